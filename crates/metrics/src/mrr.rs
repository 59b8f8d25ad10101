//! MRR at a point in time, per customer or per value of an attribute.

use rayon::iter::ParallelIterator;
use recount_ledger::Currency;
use recount_projection::{Boundary, CustomerIx, ValueIx, View};
use rustc_hash::FxHashMap;

use crate::calendar::Calendar;
use crate::convert::{Converter, Exchange, Mask};
use crate::definition::Rates;
use crate::error::FigureError;
use crate::rates::RateUsed;
use crate::tally::{plain, sum_at};
use crate::warning::{self, Warning};

/// A question for MRR at a point.
#[derive(Clone, Copy, Debug)]
pub struct MrrQuestion<'a> {
    /// Before which boundary.
    pub at: Boundary,
    /// Of which customer alone.
    pub customer: Option<&'a str>,
    /// By which attribute, read at the same boundary.
    pub by: Option<&'a str>,
    /// In which currency.
    pub currency: Option<Currency>,
    /// At which rates: those before `at` unless they are `constant:DATE`.
    pub rates: Rates,
    /// In which zone.
    pub calendar: &'a Calendar,
}

/// The answer to an [`MrrQuestion`]. Amounts are units of 1e-8 of the report's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MrrReport {
    /// Before which boundary.
    pub at: Boundary,
    /// The currency of all amounts; none where there are no amounts at all.
    pub currency: Option<Currency>,
    /// The sum.
    pub total: i128,
    /// The active customers, by id.
    pub customers: Vec<CustomerMrr>,
    /// The segments, where asked for, by value; customers without one come last.
    pub groups: Vec<GroupMrr>,
    /// The rates that entered it, by pair, date and position.
    pub rates: Vec<RateUsed>,
    /// What to know before quoting it, by code.
    pub warnings: Vec<Warning>,
}

/// The MRR of one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerMrr {
    /// Its id.
    pub customer: String,
    /// Its MRR, above 0.
    pub mrr: i128,
}

/// The MRR of one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMrr {
    /// The attribute's value; none where it is not set.
    pub value: Option<String>,
    /// Active customers.
    pub customers: u64,
    /// Their MRR.
    pub mrr: i128,
}

/// MRR at a point.
pub fn mrr(view: &View<'_>, question: &MrrQuestion<'_>) -> Result<MrrReport, FigureError> {
    let MrrQuestion { at, customer, by, currency, rates, calendar } = *question;
    let exchange = Exchange::new(view, currency);
    let converter = exchange.at(match rates {
        Rates::Constant(point) => point.boundary(calendar)?,
        Rates::ConstantOpen | Rates::ConstantClose | Rates::Spot => at,
    });
    let one = customer.map(|id| view.customer(id).ok_or_else(|| FigureError::UnknownCustomer(id.to_owned())));
    let active = active(view, one.transpose()?, at, &converter);
    let needs = active.iter().fold(Mask::EMPTY, |needs, (_, _, mask)| needs | *mask);
    let settled = exchange.settle(std::iter::once((&converter, needs)), "the sum of MRR")?;
    let groups = by.map_or(Ok(Vec::new()), |name| groups(view, name, at, &active))?;
    let mut customers: Vec<_> = active
        .iter()
        .filter(|(_, mrr, _)| *mrr > 0)
        .map(|(customer, mrr, _)| CustomerMrr { customer: view.customer_id(*customer).to_owned(), mrr: *mrr })
        .collect();
    customers.sort_unstable_by(|left, right| left.customer.cmp(&right.customer));
    let mut warnings = warning::common(view, calendar);
    warnings.extend(warning::stale(&settled));
    warning::sort(&mut warnings);
    let total = customers.iter().map(|customer| customer.mrr).sum();
    let rates = settled.rates.into_iter().collect();
    Ok(MrrReport { at, currency: settled.currency, total, customers, groups, rates, warnings })
}

/// What every customer pays at a boundary, where it is above 0, without a word on what to know before quoting it.
pub(crate) fn of_customers(
    view: &View<'_>,
    question: &MrrQuestion<'_>,
) -> Result<Vec<(CustomerIx, i128)>, FigureError> {
    let MrrQuestion { at, currency, rates, calendar, .. } = *question;
    let exchange = Exchange::new(view, currency);
    let converter = exchange.at(match rates {
        Rates::Constant(point) => point.boundary(calendar)?,
        Rates::ConstantOpen | Rates::ConstantClose | Rates::Spot => at,
    });
    let active = active(view, None, at, &converter);
    let needs = active.iter().fold(Mask::EMPTY, |needs, (_, _, mask)| needs | *mask);
    exchange.settle(std::iter::once((&converter, needs)), "the sum of MRR")?;
    Ok(active.into_iter().filter(|(_, mrr, _)| *mrr > 0).map(|(customer, mrr, _)| (customer, mrr)).collect())
}

/// The customers with any amount at a boundary, also one that converts to 0, and what it is made of.
fn active(
    view: &View<'_>,
    only: Option<CustomerIx>,
    at: Boundary,
    converter: &Converter,
) -> Vec<(CustomerIx, i128, Mask)> {
    let of = |customer: CustomerIx| {
        let (mrr, mask) = match converter.is_plain() {
            true => plain(view.mrr_at(customer, at)),
            false => sum_at(view, view.subscriptions(customer), at, converter),
        };
        (mask != Mask::EMPTY).then_some((customer, mrr, mask))
    };
    match only {
        Some(customer) => of(customer).into_iter().collect(),
        None => view.par_customers().filter_map(of).collect(),
    }
}

fn groups(
    view: &View<'_>,
    name: &str,
    at: Boundary,
    active: &[(CustomerIx, i128, Mask)],
) -> Result<Vec<GroupMrr>, FigureError> {
    let attribute = view.attribute(name).ok_or_else(|| FigureError::unknown_attribute(view, name))?;
    let mut groups: FxHashMap<Option<ValueIx>, GroupMrr> = FxHashMap::default();
    for (customer, mrr, _) in active.iter().filter(|(_, mrr, _)| *mrr > 0) {
        let value = attribute.value_at(*customer, Some(at));
        let group = groups.entry(value).or_insert_with(|| GroupMrr {
            value: value.map(|value| attribute.text(value).to_owned()),
            customers: 0,
            mrr: 0,
        });
        group.customers += 1;
        group.mrr += mrr;
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by(|left, right| (left.value.is_none(), &left.value).cmp(&(right.value.is_none(), &right.value)));
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Book, money, utc};
    use crate::window::parse_point;

    const BOOK: &str = "
        2024-01-01 rate EUR/USD 2
        2024-06-01 rate EUR/USD 3
        2024-01-01 b EUR 10 channel=ads
        2024-01-01 a/one 5 channel=ads
        2024-02-01 a/two 7
        2024-03-01 c 1
        2024-05-01 c 0
        2024-07-01 profile a channel=tv
        2024-01-01 A 2";

    fn asked(at: &str, currency: Option<&str>, rates: &str, customer: Option<&str>) -> Result<MrrReport, FigureError> {
        let calendar = utc();
        let question = MrrQuestion {
            at: parse_point(at, &calendar).expect("a point"),
            customer,
            by: Some("channel"),
            currency: currency.map(|code| code.parse().expect("a currency")),
            rates: rates.parse().expect("a policy"),
            calendar: &calendar,
        };
        mrr(&Book::of(BOOK).view(), &question)
    }

    fn customers(report: &MrrReport) -> Vec<String> {
        report.customers.iter().map(|one| format!("{} {}", one.customer, recount_ledger::units_text(one.mrr))).collect()
    }

    #[test]
    fn active_customers_by_id_with_their_total() {
        let report = asked("2024-03-01", Some("USD"), "spot", None).expect("a figure");
        assert_eq!(customers(&report), ["A 2", "a 12", "b 20", "c 1"]);
        assert_eq!(money(&[report.total]), ["35"]);
        let later = asked("2024-07-01", Some("USD"), "constant-open", None).expect("a figure");
        assert_eq!(customers(&later), ["A 2", "a 12", "b 30"]);
        let fixed = asked("2024-07-01", Some("USD"), "constant:2024-01-01", None).expect("a figure");
        assert_eq!(customers(&fixed), ["A 2", "a 12", "b 20"]);
    }

    #[test]
    fn groups_by_value_then_those_without() {
        let report = asked("2024-07-01", Some("USD"), "spot", None).expect("a figure");
        let told: Vec<_> =
            report.groups.iter().map(|g| (g.value.as_deref(), g.customers, money(&[g.mrr])[0].clone())).collect();
        assert_eq!(told, [(Some("ads"), 1, "30".into()), (Some("tv"), 1, "12".into()), (None, 1, "2".into())]);
    }

    #[test]
    fn one_customer_needs_only_its_own_currency() {
        let report = asked("2024-03-01", None, "spot", Some("b")).expect("a figure");
        assert_eq!(
            (customers(&report), report.currency.map(|c| c.to_string())),
            (vec!["b 10".into()], Some("EUR".into()))
        );
        assert!(matches!(asked("2024-03-01", None, "spot", None), Err(FigureError::SeveralCurrencies(_))));
        assert!(matches!(asked("2024-03-01", None, "spot", Some("z")), Err(FigureError::UnknownCustomer(_))));
        assert!(matches!(asked("2024-03-01", Some("CHF"), "spot", None), Err(FigureError::NoRate { .. })));
    }
}
