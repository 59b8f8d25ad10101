//! The customers' schedule: of each what it had at open, every movement in the window, what it had at close.

use recount_metrics::ExplainedCustomer;

use crate::output::csv::Records;
use crate::output::money::exact;

const HEADER: [&str; 11] = [
    "customer",
    "in_cohort",
    "row",
    "subscription",
    "position",
    "effective_at",
    "booked_at",
    "kind",
    "before",
    "after",
    "effect",
];

/// The schedule as CSV; positions are those of the ledger.
pub fn csv(customers: &[ExplainedCustomer], position: impl Fn(u64) -> u64) -> String {
    let mut records = Records::new(HEADER);
    for of in customers {
        let (customer, cohort) = (of.customer.clone(), of.in_cohort.to_string());
        let (opening, closing) = (exact(of.opening), exact(of.closing));
        let blank = "";
        records.row([&customer, &cohort, "open", blank, blank, blank, blank, blank, blank, &opening, blank]);
        for one in &of.movements {
            records.row([
                &one.customer,
                &cohort,
                "movement",
                &one.subscription,
                &position(one.position.0).to_string(),
                &one.effective_at.to_string(),
                &one.booked_at.to_string(),
                one.claim.name(),
                &exact(one.before),
                &exact(one.after),
                blank,
            ]);
        }
        let effect = exact(of.effect);
        records.row([&customer, &cohort, "close", blank, blank, blank, blank, blank, blank, &closing, &effect]);
    }
    records.to_text(true, false)
}
