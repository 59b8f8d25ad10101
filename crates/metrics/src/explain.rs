//! The customers and the records behind a figure.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use recount_ledger::{Claim, Currency, Instant, Position};
use recount_projection::{CustomerIx, View};

use crate::convert::{Exchange, Mask};
use crate::error::FigureError;
use crate::retention::{Part, RetentionQuestion};
use crate::scope::Units;
use crate::warning::{self, Warning};

/// Why a window's figure is what it is. Amounts are units of 1e-8 of the report's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The currency of all amounts; none where there are no amounts at all.
    pub currency: Option<Currency>,
    /// Everyone who moved the net ratio or had a record in the window, largest effect first, then by id.
    pub customers: Vec<ExplainedCustomer>,
    /// What to know before quoting it, by code.
    pub warnings: Vec<Warning>,
}

/// What one customer did in the window; with an attribute grain, what the customers of one member did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedCustomer {
    /// Its id; of a member, the ids of its customers, joined by commas.
    pub customer: String,
    /// Whether it is in the cohort: one that was won later counts nowhere but with `all-movements`.
    pub in_cohort: bool,
    /// MRR at open, at opening rates.
    pub opening: i128,
    /// MRR at close, at closing rates.
    pub closing: i128,
    /// By how much it moves the numerator of the net ratio away from the opening MRR. All effects sum to the difference
    /// of the two (of survivors, over those who survived).
    pub effect: i128,
    /// The records that took effect in the window, in order.
    pub movements: Vec<ExplainedMovement>,
}

/// One record that took effect in the window. Amounts are at opening rates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedMovement {
    /// Where it stands.
    pub position: Position,
    /// When it took effect.
    pub effective_at: Instant,
    /// When its source knew it.
    pub booked_at: Instant,
    /// The customer that it names, before merges.
    pub customer: String,
    /// The subscription.
    pub subscription: String,
    /// What its source calls it.
    pub claim: Claim,
    /// The subscription's MRR before it.
    pub before: i128,
    /// The subscription's MRR after it.
    pub after: i128,
}

/// The customers and records behind a figure, or those of one customer. Of a combined window, the whole is explained.
pub fn explain(
    view: &View<'_>,
    question: &RetentionQuestion<'_>,
    customer: Option<&str>,
) -> Result<Explanation, FigureError> {
    let moved = |one: &ExplainedCustomer| customer.is_some() || one.effect != 0 || !one.movements.is_empty();
    explaining(view, question, customer, moved)
}

/// Everyone in the cohort, also who stayed as it was, and everyone else who moved the figure; by id.
pub fn schedule(view: &View<'_>, question: &RetentionQuestion<'_>) -> Result<Explanation, FigureError> {
    let counts = |one: &ExplainedCustomer| one.in_cohort || one.effect != 0 || !one.movements.is_empty();
    let mut all = explaining(view, question, None, counts)?;
    all.customers.sort_by(|left, right| left.customer.cmp(&right.customer));
    Ok(all)
}

fn explaining(
    view: &View<'_>,
    question: &RetentionQuestion<'_>,
    customer: Option<&str>,
    shown: impl Fn(&ExplainedCustomer) -> bool + Sync,
) -> Result<Explanation, FigureError> {
    let question = RetentionQuestion { by: None, ..*question };
    let exchange = Exchange::new(view, question.definition.parameters.currency.report);
    let part = Part::new(view, &question, &exchange, question.window)?;
    let only = customer.map(|id| view.customer(id).ok_or_else(|| FigureError::UnknownCustomer(id.to_owned())));
    let only = only.transpose()?;
    let units = units(&part, only);
    let explained: Vec<_> = units.par_iter().map(|unit| explained(&part, unit)).filter(|(one, _)| shown(one)).collect();
    let moved = explained.iter().fold(Mask::EMPTY, |needs, (_, mask)| needs | *mask);
    let needs = [(&part.job.rates.open, moved)].into_iter().chain(part.needs());
    let settled = exchange.settle(needs, "a sum of the explanation")?;
    let mut customers: Vec<_> = explained.into_iter().map(|(explained, _)| explained).collect();
    customers.sort_by(|left, right| {
        right.effect.abs().cmp(&left.effect.abs()).then_with(|| left.customer.cmp(&right.customer))
    });
    let mut warnings = warning::common(view, question.calendar);
    warnings.extend(warning::stale(&settled));
    warnings.extend(warning::incomplete(view, question.window));
    warning::sort(&mut warnings);
    Ok(Explanation { currency: settled.currency, customers, warnings })
}

/// What is evaluated together: of everyone, or what one customer is part of.
pub(crate) fn units(part: &Part<'_>, only: Option<CustomerIx>) -> Vec<Vec<CustomerIx>> {
    let scope = &part.job.scope;
    match (&scope.units, only) {
        (Units::Members(members), Some(one)) => {
            members.of(one).map(|member| members.customers(member).to_vec()).into_iter().collect()
        }
        (Units::Members(members), None) => {
            (0..members.count()).map(|member| members.customers(member).to_vec()).collect()
        }
        (_, Some(one)) if scope.is_excluded(one) => Vec::new(),
        (_, Some(one)) => vec![vec![one]],
        (_, None) => scope.view.customers().filter(|one| !scope.is_excluded(*one)).map(|one| vec![one]).collect(),
    }
}

/// One unit, and what its movements are made of.
fn explained(part: &Part<'_>, unit: &[CustomerIx]) -> (ExplainedCustomer, Mask) {
    let (job, view) = (&part.job, part.job.scope.view);
    let tally = job.of_unit(unit);
    let net = job.net(&tally);
    let (opening, closing) = job.ends_of_unit(unit);
    let (movements, mask) = movements(part, unit);
    let ids: Vec<_> = unit.iter().map(|customer| view.customer_id(*customer)).collect();
    let counts = tally.members > 0 || job.sums_everyone();
    let explained = ExplainedCustomer {
        customer: ids.join(","),
        in_cohort: tally.members > 0,
        opening,
        closing,
        effect: net.0 - net.1,
        movements: if counts { movements } else { Vec::new() },
    };
    (explained, if counts { mask } else { Mask::EMPTY })
}

fn movements(part: &Part<'_>, unit: &[CustomerIx]) -> (Vec<ExplainedMovement>, Mask) {
    let (job, view) = (&part.job, part.job.scope.view);
    let (mut movements, mut made_of) = (Vec::new(), Mask::EMPTY);
    for subscription in unit.iter().flat_map(|customer| view.subscriptions(*customer)) {
        let (recorded, id) = view.subscription_key(subscription);
        let (mut before, mut before_mask) = (0, Mask::EMPTY);
        for level in view.levels(subscription).take_while(|level| level.effective_at < job.span.close.0) {
            let (after, mask) = job.rates.open.convert(level.mrr, level.currency);
            if level.effective_at >= job.span.open.0 {
                made_of |= mask | before_mask;
                movements.push(ExplainedMovement {
                    position: level.position,
                    effective_at: level.effective_at,
                    booked_at: level.booked_at,
                    customer: view.customer_id(recorded).to_owned(),
                    subscription: id.to_owned(),
                    claim: level.claim,
                    before,
                    after,
                });
            }
            (before, before_mask) = (after, mask);
        }
    }
    movements.sort_by_key(|movement| (movement.effective_at, movement.booked_at, movement.position));
    (movements, made_of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Book, definition, money, utc, window};

    const BOOK: &str = "
        2024-01-01 A 100
        2024-01-01 B 100
        2024-01-01 C 100
        2025-02-01 A 130
        2025-03-01 B 0
        2025-04-01 C 120
        2025-05-01 C 100
        2024-01-01 D 100
        2025-06-01 E 500";

    fn told(settings: &str, customer: Option<&str>) -> Vec<String> {
        let (book, calendar, window, definition) = (Book::of(BOOK), utc(), window("2025"), definition(settings));
        let question = RetentionQuestion { window: &window, definition: &definition, calendar: &calendar, by: None };
        let explanation = explain(&book.view(), &question, customer).expect("an explanation");
        let line = |one: &ExplainedCustomer| {
            let amounts = money(&[one.opening, one.closing, one.effect]);
            let steps: Vec<_> = one.movements.iter().map(|m| money(&[m.before, m.after]).join(">")).collect();
            format!("{} {} [{}]", one.customer, amounts.join(" "), steps.join(" "))
        };
        explanation.customers.iter().map(line).collect()
    }

    #[test]
    fn the_largest_effect_comes_first() {
        assert_eq!(told("", None), ["B 100 0 -100 [100>0]", "A 100 130 30 [100>130]", "C 100 100 0 [100>120 120>100]"]);
        assert_eq!(
            told("net.method = \"all-movements\"", None)[2..],
            ["C 100 100 0 [100>120 120>100]", "E 0 500 0 [0>500]"]
        );
        assert_eq!(
            told("net.contraction = \"ignore\"; net.method = \"movements\"", None)[2],
            "C 100 100 20 [100>120 120>100]"
        );
    }

    #[test]
    fn a_schedule_has_the_whole_cohort_by_id() {
        let (book, calendar, window, definition) = (Book::of(BOOK), utc(), window("2025"), definition(""));
        let question = RetentionQuestion { window: &window, definition: &definition, calendar: &calendar, by: None };
        let all = schedule(&book.view(), &question).expect("a schedule");
        let ids: Vec<&str> = all.customers.iter().map(|one| one.customer.as_str()).collect();
        assert_eq!(ids, ["A", "B", "C", "D"]);
    }

    #[test]
    fn one_customer_is_told_whatever_it_did() {
        assert_eq!(told("", Some("D")), ["D 100 100 0 []"]);
        assert_eq!(told("", Some("E")), ["E 0 500 0 []"]);
        let (book, calendar, window, definition) = (Book::of(BOOK), utc(), window("2025"), definition(""));
        let question = RetentionQuestion { window: &window, definition: &definition, calendar: &calendar, by: None };
        assert!(matches!(explain(&book.view(), &question, Some("Z")), Err(FigureError::UnknownCustomer(_))));
    }
}
