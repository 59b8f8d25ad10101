//! The sums of one segment, and the ratios that they are sums of.

use std::cmp::{Ordering, Reverse};

use recount_projection::{CustomerIx, View};

use super::Job;
use crate::convert::Mask;
use crate::definition::{Count, GrossMethod, NetMethod};
use crate::path::Lines;

/// The largest customers that concentration looks at.
const TOP: usize = 10;

/// Sums over the members of one segment. Every sum is exact; amounts are units of 1e-8.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) members: u64,
    /// Of those, active at close.
    pub(crate) members_kept: u64,
    pub(crate) customers: u64,
    /// Of those, active at close.
    pub(crate) customers_kept: u64,
    /// The cohort's MRR at open.
    pub(crate) opening: i128,
    /// The cohort's MRR at close, as the net method sees it.
    pub(crate) closing: i128,
    pub(crate) fx: i128,
    pub(crate) lines: Lines,
    /// Open and close of the members active at close.
    pub(crate) survivors: (i128, i128),
    /// The numerator of the gross ratio, where it is over the cohort.
    pub(crate) gross: i128,
    /// Every member's movements, where a method wants them.
    pub(crate) whole: Whole,
    pub(crate) top: Top,
    /// What entered at opening rates, and at closing rates.
    pub(crate) needs: (Mask, Mask),
}

/// The bridge of every member, won later or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) opening: i128,
    pub(crate) lines: Lines,
    pub(crate) fx: i128,
    pub(crate) closing: i128,
}

/// A numerator and a denominator that were summed, not yet divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pair(pub(crate) i128, pub(crate) i128);

/// The largest customers at open, largest first, ties by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Top(pub(crate) Vec<(i128, CustomerIx)>);

impl Job<'_> {
    /// The net ratio's sums.
    pub(crate) fn net(&self, tally: &Tally) -> Pair {
        let net = &self.parameters.net;
        let (base, lines) = match net.method {
            NetMethod::Survivors => return Pair(tally.survivors.0, tally.survivors.1),
            NetMethod::AllMovements => (tally.whole.opening, &tally.whole.lines),
            NetMethod::Endpoint | NetMethod::Movements => (tally.opening, &tally.lines),
        };
        let counted = |rule: Count, amount: i128| if rule == Count::Count { amount } else { 0 };
        let back = counted(net.reactivation, lines.reactivation);
        let less = counted(net.contraction, lines.contraction);
        let fx = if net.method == NetMethod::Endpoint { tally.fx } else { 0 };
        Pair(base + lines.expansion + back - less - lines.churn + fx, base)
    }

    /// The gross ratio's sums.
    pub(crate) fn gross(&self, tally: &Tally) -> Pair {
        let Whole { opening, lines, .. } = &tally.whole;
        match self.parameters.gross.method {
            GrossMethod::AllMovements => Pair(opening - lines.contraction - lines.churn, *opening),
            _ => Pair(tally.gross, tally.opening),
        }
    }

    /// The printed lines: opening, what happened, what rates did, closing.
    pub(crate) fn lines(&self, tally: &Tally) -> (i128, Lines, i128, i128) {
        if self.parameters.net.method != NetMethod::AllMovements {
            return (tally.opening, tally.lines, tally.fx, tally.closing);
        }
        let Whole { opening, lines, fx, closing } = tally.whole;
        (opening, lines, fx, closing - lines.new_logo)
    }

    /// The logo retention's counts.
    pub(crate) fn logos(&self, tally: &Tally) -> Pair {
        let (kept, all) = match self.scope.has_shared_members() {
            true => (tally.members_kept, tally.members),
            false => (tally.customers_kept, tally.customers),
        };
        Pair(kept.into(), all.into())
    }
}

impl Tally {
    pub(crate) fn merge(&mut self, view: &View<'_>, other: &Self) {
        self.members += other.members;
        self.members_kept += other.members_kept;
        self.customers += other.customers;
        self.customers_kept += other.customers_kept;
        self.opening += other.opening;
        self.closing += other.closing;
        self.fx += other.fx;
        self.lines.merge(&other.lines);
        self.survivors.0 += other.survivors.0;
        self.survivors.1 += other.survivors.1;
        self.gross += other.gross;
        self.whole.opening += other.whole.opening;
        self.whole.lines.merge(&other.whole.lines);
        self.whole.fx += other.whole.fx;
        self.whole.closing += other.whole.closing;
        other.top.0.iter().for_each(|(mrr, customer)| self.top.offer(view, *mrr, *customer));
        self.needs.0 |= other.needs.0;
        self.needs.1 |= other.needs.1;
    }

    /// Whether anything at all was counted.
    pub(crate) fn is_empty(&self) -> bool {
        self.members == 0 && self.whole == Whole::default()
    }
}

impl Pair {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self(self.0 - other.0, self.1 - other.1)
    }
}

impl Top {
    pub(super) fn offer(&mut self, view: &View<'_>, mrr: i128, customer: CustomerIx) {
        let smallest = self.0.last().map_or(0, |(mrr, _)| *mrr);
        if self.0.len() == TOP && mrr < smallest {
            return;
        }
        let rank = |(other, own): &(i128, CustomerIx)| {
            let by_size = Reverse(*other).cmp(&Reverse(mrr));
            by_size.then_with(|| view.customer_id(*own).cmp(view.customer_id(customer))) == Ordering::Less
        };
        let place = self.0.partition_point(rank);
        self.0.insert(place, (mrr, customer));
        self.0.truncate(TOP);
    }

    pub(crate) fn mrr(&self) -> i128 {
        self.0.iter().map(|(mrr, _)| mrr).sum()
    }

    pub(crate) fn customers(&self) -> Vec<CustomerIx> {
        self.0.iter().map(|(_, customer)| *customer).collect()
    }
}
