//! The sums behind retention: what the members of a cohort add up to over one span.

use std::cmp::{Ordering, Reverse};

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use recount_projection::{Boundary, CustomerIx, SubscriptionIx, View};

use crate::convert::{Converter, EndRates, Mask};
use crate::definition::{Count, GrossMethod, NetMethod, Parameters, Winback};
use crate::path::{Gap, Lines, Path, line};
use crate::scope::{Scope, Units};
use crate::window::Span;

/// Above so many segments one core counts them all: a set of sums per core would outweigh the speed.
const SEGMENTS_IN_PARALLEL: usize = 4_096;
/// The largest customers that concentration looks at.
const TOP: usize = 10;

/// One span under one definition: turns members into sums.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) parameters: &'a Parameters,
    pub(crate) scope: Scope<'a>,
    pub(crate) span: Span,
    pub(crate) rates: EndRates,
}

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

/// The state of a member at both ends.
#[derive(Clone, Copy, Debug, Default)]
struct EndStates {
    open: (i128, Mask),
    /// At opening rates.
    close: (i128, Mask),
    /// At closing rates.
    end: (i128, Mask),
}

/// What a worker keeps from member to member.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    path: Path,
    /// The same member at closing rates, or a customer within a member.
    other: Path,
    subscriptions: Vec<SubscriptionIx>,
}

impl Job<'_> {
    /// The sums of each segment; of everyone where there are no segments.
    pub(crate) fn run(&self) -> Vec<Tally> {
        match &self.scope.units {
            Units::Members(members) => self.sum((0..members.count()).into_par_iter()),
            _ => self.sum(self.scope.view.par_customers().map(|customer| customer.0)),
        }
    }

    /// Sums over units: the numbers of members where customers share them, else of customers.
    fn sum(&self, units: impl ParallelIterator<Item = u32>) -> Vec<Tally> {
        let scope = &self.scope;
        let new = || vec![Tally::default(); scope.segments.count()];
        let add = |(mut scratch, mut tallies): (Scratch, Vec<Tally>), unit: u32| {
            let alone = [CustomerIx(unit)];
            let customers = match &scope.units {
                Units::Members(members) => members.customers(unit),
                _ if scope.is_excluded(alone[0]) => &[],
                _ => &alone,
            };
            if let Some(first) = customers.first() {
                self.unit(customers, &mut scratch, &mut tallies[scope.segments.of(*first)]);
            }
            (scratch, tallies)
        };
        let merge = |mut left: Vec<Tally>, right: Vec<Tally>| {
            left.iter_mut().zip(&right).for_each(|(left, right)| left.merge(scope.view, right));
            left
        };
        if scope.segments.count() > SEGMENTS_IN_PARALLEL {
            let units: Vec<_> = units.collect();
            return units.into_iter().fold((Scratch::default(), new()), add).1;
        }
        units.fold(|| (Scratch::default(), new()), add).map(|worker| worker.1).reduce(new, merge)
    }

    /// What the sums would lack without these customers, which lie in one segment; linear in every sum but the top.
    pub(crate) fn share_of(&self, customers: &[CustomerIx], segment: Option<usize>) -> (Tally, Tally) {
        let scope = &self.scope;
        let counted = |customer: &CustomerIx| {
            !scope.is_excluded(*customer) && segment.is_none_or(|segment| scope.segments.of(*customer) == segment)
        };
        let customers: Vec<_> = customers.iter().copied().filter(counted).collect();
        let (mut scratch, mut with, mut without) = (Scratch::default(), Tally::default(), Tally::default());
        if let Units::Members(members) = &scope.units {
            let mut touched: Vec<_> = customers.iter().filter_map(|customer| members.of(*customer)).collect();
            touched.sort_unstable();
            touched.dedup();
            for member in touched {
                let all = members.customers(member);
                let rest: Vec<_> = all.iter().copied().filter(|customer| !customers.contains(customer)).collect();
                self.unit(all, &mut scratch, &mut with);
                self.unit(&rest, &mut scratch, &mut without);
            }
        } else {
            customers.iter().for_each(|customer| self.unit(&[*customer], &mut scratch, &mut with));
        }
        (with, without)
    }

    /// The sums of one customer alone, or of the member that it belongs to.
    pub(crate) fn of_unit(&self, unit: &[CustomerIx]) -> Tally {
        let mut tally = Tally::default();
        self.unit(unit, &mut Scratch::default(), &mut tally);
        tally
    }

    /// The MRR of some customers together at open, at opening rates, and at close, at closing rates.
    pub(crate) fn ends_of_unit(&self, unit: &[CustomerIx]) -> (i128, i128) {
        let view = self.scope.view;
        let subscriptions = || unit.iter().flat_map(|customer| view.subscriptions(*customer));
        let gap = Gap::days(self.parameters.cohort.gap_days);
        let mut path = Path::default();
        path.load(view, subscriptions(), &self.rates.open, gap);
        let opening = path.at(self.span.open).0;
        path.load(view, subscriptions(), self.rates.at_close(), gap);
        (opening, path.at(self.span.close).0)
    }

    /// Adds what is evaluated together: a customer, its subscriptions, or the customers of a member.
    fn unit(&self, unit: &[CustomerIx], scratch: &mut Scratch, tally: &mut Tally) {
        let view = self.scope.view;
        match (&self.scope.units, unit) {
            (Units::Customers, &[customer]) => {
                let states = self.member(|| view.subscriptions(customer), Some(customer), scratch, tally);
                if let Some(states) = states {
                    self.customer(customer, states.open.0, states, tally);
                }
            }
            (Units::Subscriptions, &[customer]) => self.subscriptions(customer, scratch, tally),
            _ => {
                let all = || unit.iter().flat_map(|customer| view.subscriptions(*customer));
                if let Some(states) = self.member(all, None, scratch, tally) {
                    tally.members_kept += u64::from(states.close.0 > 0);
                    for customer in unit {
                        let own = self.customer_states(*customer, &mut scratch.other);
                        self.customer(*customer, own.open.0, own, tally);
                    }
                }
            }
        }
    }

    fn subscriptions(&self, customer: CustomerIx, scratch: &mut Scratch, tally: &mut Tally) {
        let view = self.scope.view;
        let mut subscriptions = std::mem::take(&mut scratch.subscriptions);
        subscriptions.clear();
        subscriptions.extend(view.subscriptions(customer));
        let (members, opening) = (tally.members, tally.opening);
        for subscription in &subscriptions {
            self.member(|| std::iter::once(*subscription), None, scratch, tally);
        }
        if tally.members > members {
            let states = self.customer_states(customer, &mut scratch.other);
            self.customer(customer, tally.opening - opening, states, tally);
        }
        scratch.subscriptions = subscriptions;
    }

    /// Counts a customer of the cohort's members, where it is active at open.
    fn customer(&self, customer: CustomerIx, opening: i128, states: EndStates, tally: &mut Tally) {
        if states.open.0 > 0 {
            tally.customers += 1;
            tally.customers_kept += u64::from(states.close.0 > 0);
            tally.top.offer(self.scope.view, opening, customer);
        }
    }

    /// Adds one member; tells its states if it is in the cohort.
    fn member<I: Iterator<Item = SubscriptionIx>>(
        &self,
        subscriptions: impl Fn() -> I,
        customer: Option<CustomerIx>,
        scratch: &mut Scratch,
        tally: &mut Tally,
    ) -> Option<EndStates> {
        if !self.needs_steps() {
            let states = self.look_up(subscriptions, customer);
            return self.cohort_member(states, None, tally);
        }
        let view = self.scope.view;
        let gap = Gap::days(self.parameters.cohort.gap_days);
        scratch.path.load(view, subscriptions(), &self.rates.open, gap);
        let mut states = EndStates::of(&scratch.path, self.span);
        if let Some(closing) = &self.rates.close {
            scratch.other.load(view, subscriptions(), closing, gap);
            states.end = scratch.other.at(self.span.close);
        }
        if self.sums_everyone() {
            self.add_whole(&scratch.path, states, tally);
        }
        self.cohort_member(states, Some(&scratch.path), tally)
    }

    /// The ends alone, without the steps between them.
    fn look_up<I: Iterator<Item = SubscriptionIx>>(
        &self,
        subscriptions: impl Fn() -> I,
        customer: Option<CustomerIx>,
    ) -> EndStates {
        let EndRates { open, close } = &self.rates;
        let view = self.scope.view;
        if let (Some(customer), true) = (customer, open.is_plain()) {
            let at = |boundary| plain(view.mrr_at(customer, boundary));
            let opening = at(self.span.open);
            if opening.0 == 0 {
                return EndStates::default();
            }
            let closing = at(self.span.close);
            return EndStates { open: opening, close: closing, end: closing };
        }
        let opening = sum_at(view, subscriptions(), self.span.open, open);
        if opening.0 == 0 {
            return EndStates { open: opening, ..EndStates::default() };
        }
        let closing = sum_at(view, subscriptions(), self.span.close, open);
        let end = close.as_ref().map_or(closing, |close| sum_at(view, subscriptions(), self.span.close, close));
        EndStates { open: opening, close: closing, end }
    }

    fn cohort_member(&self, states: EndStates, path: Option<&Path>, tally: &mut Tally) -> Option<EndStates> {
        let EndStates { open: (open, open_mask), close: (close, close_mask), end: (mut end, end_mask) } = states;
        tally.needs.0 |= open_mask;
        if open == 0 || open < self.parameters.cohort.floor.units() {
            return None;
        }
        tally.needs.0 |= close_mask;
        tally.needs.1 |= end_mask;
        tally.members += 1;
        tally.opening += open;
        if close > 0 {
            tally.survivors.0 += end;
            tally.survivors.1 += open;
        }
        let inside = path.map_or(&[][..], |path| path.inside(self.span));
        let lapsed = inside.iter().any(|step| step.mrr == 0);
        let Parameters { net, gross, .. } = self.parameters;
        if net.method == NetMethod::Movements
            || matches!(gross.method, GrossMethod::Movements | GrossMethod::RunningMin)
        {
            inside.iter().for_each(|step| tally.needs.0 |= step.mask);
        }
        tally.gross += match gross.method {
            GrossMethod::EndpointMin if lapsed && gross.winback == Winback::Zero => 0,
            GrossMethod::EndpointMin => open.min(close),
            GrossMethod::RunningMin => inside.iter().map(|step| step.mrr).fold(open, i128::min),
            GrossMethod::Movements => {
                let mut lines = Lines::default();
                lines.walk(inside, open, gross.winback);
                open - lines.contraction - lines.churn
            }
            GrossMethod::AllMovements => 0,
        };
        let mut last = close;
        if lapsed && net.winback == Winback::Zero {
            (last, end) = (0, 0);
        }
        tally.closing += end;
        tally.fx += end - last;
        match net.method {
            NetMethod::Endpoint | NetMethod::Survivors => {
                if let Some(line) = line(open, last, true) {
                    tally.lines.add(line, (last - open).abs());
                }
            }
            NetMethod::Movements => tally.lines.walk(inside, open, net.winback),
            NetMethod::AllMovements => (),
        }
        Some(states)
    }

    fn add_whole(&self, path: &Path, states: EndStates, tally: &mut Tally) {
        let EndStates { open: (open, _), close: (close, close_mask), end: (end, end_mask) } = states;
        let whole = &mut tally.whole;
        whole.opening += open;
        whole.closing += end;
        whole.fx += end - close;
        tally.needs.0 |= close_mask;
        tally.needs.1 |= end_mask;
        let (mut before, mut ever) = (open, None);
        for step in path.inside(self.span) {
            tally.needs.0 |= step.mask;
            let ever = ever.get_or_insert_with(|| path.was_active_before(self.span.open));
            if let Some(line) = line(before, step.mrr, *ever) {
                whole.lines.add(line, (step.mrr - before).abs());
            }
            *ever |= step.mrr > 0;
            before = step.mrr;
        }
    }

    /// A customer's own states, whatever the grain; what it is made of is needed by nothing.
    fn customer_states(&self, customer: CustomerIx, path: &mut Path) -> EndStates {
        let subscriptions = self.scope.view.subscriptions(customer);
        if !self.needs_steps() {
            let view = self.scope.view;
            let open = sum_at(view, self.scope.view.subscriptions(customer), self.span.open, &self.rates.open);
            let close = sum_at(view, subscriptions, self.span.close, &self.rates.open);
            return EndStates { open, close, end: close };
        }
        let gap = Gap::days(self.parameters.cohort.gap_days);
        path.load(self.scope.view, subscriptions, &self.rates.open, gap);
        EndStates::of(path, self.span)
    }

    /// Whether the ends alone do not tell.
    fn needs_steps(&self) -> bool {
        let Parameters { net, gross, cohort, .. } = self.parameters;
        cohort.gap_days > 0
            || net.winback == Winback::Zero
            || gross.winback == Winback::Zero
            || matches!(net.method, NetMethod::Movements | NetMethod::AllMovements)
            || gross.method != GrossMethod::EndpointMin
    }

    /// Whether members outside the cohort count, too.
    pub(crate) fn sums_everyone(&self) -> bool {
        let Parameters { net, gross, .. } = self.parameters;
        net.method == NetMethod::AllMovements || gross.method == GrossMethod::AllMovements
    }

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

    /// The logo retention's counts.
    pub(crate) fn logos(&self, tally: &Tally) -> Pair {
        let (kept, all) = match self.scope.has_shared_members() {
            true => (tally.members_kept, tally.members),
            false => (tally.customers_kept, tally.customers),
        };
        Pair(kept.into(), all.into())
    }
}

impl EndStates {
    fn of(path: &Path, span: Span) -> Self {
        let close = path.at(span.close);
        Self { open: path.at(span.open), close, end: close }
    }
}

/// An amount of a view's one currency.
pub(crate) fn plain(mrr: i128) -> (i128, Mask) {
    (mrr, if mrr > 0 { Mask(1) } else { Mask::EMPTY })
}

/// The MRR of some subscriptions before a boundary.
pub(crate) fn sum_at(
    view: &View<'_>,
    subscriptions: impl Iterator<Item = SubscriptionIx>,
    boundary: Boundary,
    converter: &Converter,
) -> (i128, Mask) {
    subscriptions.filter_map(|subscription| view.level_at(subscription, boundary)).fold(
        (0, Mask::EMPTY),
        |(sum, made_of), (units, currency)| {
            let (mrr, mask) = converter.convert(units, currency);
            (sum + mrr, made_of | mask)
        },
    )
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
    fn offer(&mut self, view: &View<'_>, mrr: i128, customer: CustomerIx) {
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
