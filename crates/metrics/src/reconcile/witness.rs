//! The customers and records that make the difference between two ways to make a figure.

use std::cmp::Reverse;

use recount_ledger::Position;
use recount_projection::{CustomerIx, Transition, View};
use rustc_hash::FxHashMap;

use super::Segment;
use super::metric::Metric;
use super::setting::Setting;
use super::shares::{Share, Shares};
use crate::tally::Pair;

/// At most so many customers are named, and so many records of each.
const MOST_CUSTOMERS: usize = 5;
const MOST_RECORDS: usize = 4;

/// A customer that makes a part of a difference. Changes are units of 1e-8; of customers and logos, heads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Its id.
    pub customer: String,
    /// By how much its part of the figure differs; of a ratio, of its numerator.
    pub change: i128,
    /// Of a ratio, by how much its part of the denominator differs.
    pub base_change: i128,
    /// The records behind it, the newest of many.
    pub records: Vec<Position>,
}

/// Who makes the difference, largest first, and how many more there are.
pub(super) fn between(
    (was, view): (&Setting, &View<'_>),
    (is, other): (&Setting, &View<'_>),
    metric: Metric,
    segment: Option<&Segment>,
) -> (Vec<Witness>, usize) {
    let shares = |view, setting| Shares::of(view, setting, metric, segment);
    let (Some(before), Some(after)) = (shares(view, was), shares(other, is)) else { return (Vec::new(), 0) };
    let mut changes: FxHashMap<CustomerIx, Pair> = FxHashMap::default();
    for Share { customer, pair } in after.all {
        changes.insert(customer, pair);
    }
    for Share { customer, pair } in before.all {
        let change = changes.entry(customer).or_default();
        *change = change.minus(pair);
    }
    let mut changed: Vec<_> = changes.into_iter().filter(|(_, pair)| *pair != Pair::default()).collect();
    changed.sort_by_key(|(customer, pair)| (Reverse(pair.0.abs().max(pair.1.abs())), *customer));
    let more = changed.len().saturating_sub(MOST_CUSTOMERS);
    changed.truncate(MOST_CUSTOMERS);
    let records = records(was, is, view, other);
    let witness = |(customer, Pair(change, base_change)): (CustomerIx, Pair)| Witness {
        customer: view.customer_id(customer).to_owned(),
        change,
        base_change,
        records: records(customer),
    };
    (changed.into_iter().map(witness).collect(), more)
}

/// One customer, counted otherwise than once.
pub(super) fn single(view: &View<'_>, setting: &Setting, share: &Share, sign: i128) -> Witness {
    let Pair(change, base_change) = share.pair;
    Witness {
        customer: view.customer_id(share.customer).to_owned(),
        change: sign * change,
        base_change: sign * base_change,
        records: in_force(view, setting, share.customer),
    }
}

/// The records behind a customer's difference: those that turn between two cuts, else those that take effect between
/// the ends.
fn records<'s>(
    was: &'s Setting,
    is: &'s Setting,
    view: &'s View<'_>,
    other: &'s View<'_>,
) -> impl Fn(CustomerIx) -> Vec<Position> + 's {
    let turning: Option<FxHashMap<CustomerIx, Vec<Position>>> = (was.cut != is.cut).then(|| {
        let changes = Transition::new(view.projection(), was.cut, is.cut).changes();
        let mut of: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for (id, own) in &changes.customers {
            of.entry(other.resolved(*id)).or_default().extend(own.iter().map(|change| change.position));
        }
        of
    });
    move |customer| match &turning {
        Some(of) => newest(of.get(&customer).cloned().unwrap_or_default()),
        None => {
            let own = in_force(view, was, customer);
            if own.is_empty() { in_force(other, is, customer) } else { own }
        }
    }
}

/// The movements of a customer inside the window; without one, before the point.
fn in_force(view: &View<'_>, setting: &Setting, customer: CustomerIx) -> Vec<Position> {
    let open = setting.window.as_ref().map(|window| window.open);
    let levels = view.subscriptions(customer).flat_map(|subscription| view.levels(subscription));
    let inside = levels
        .filter(|level| level.effective_at < setting.at.0 && open.is_none_or(|open| level.effective_at >= open.0));
    newest(inside.map(|level| level.position).collect())
}

fn newest(mut positions: Vec<Position>) -> Vec<Position> {
    positions.sort_unstable();
    positions.dedup();
    positions.split_off(positions.len().saturating_sub(MOST_RECORDS))
}
