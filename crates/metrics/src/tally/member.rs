//! One member: its states at both ends, its steps where a method wants them, and what they add to the sums.

use recount_projection::{Boundary, CustomerIx, SubscriptionIx, View};

use super::{Job, Tally};
use crate::convert::{Converter, EndRates, Mask};
use crate::definition::{GrossMethod, NetMethod, Parameters, Winback};
use crate::path::{Gap, Lines, Path, Step, line};
use crate::window::Span;

/// The state of a member at both ends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EndStates {
    pub(super) open: (i128, Mask),
    /// At opening rates.
    pub(super) close: (i128, Mask),
    /// At closing rates.
    end: (i128, Mask),
}

/// What a worker keeps from member to member.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(super) path: Path,
    /// The same member at closing rates, or a customer within a member.
    pub(super) other: Path,
    pub(super) subscriptions: Vec<SubscriptionIx>,
}

impl Job<'_> {
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

    /// Adds one member; tells its states if it is in the cohort.
    pub(super) fn member<I: Iterator<Item = SubscriptionIx>>(
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
        let EndRates { open, close } = &*self.rates;
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

    /// Adds a member that is active at open and not below the floor; others only say what their state there was made of.
    fn cohort_member(&self, states: EndStates, path: Option<&Path>, tally: &mut Tally) -> Option<EndStates> {
        let EndStates { open: (open, open_mask), close: (close, close_mask), end: (end, end_mask) } = states;
        let Parameters { net, gross, cohort, .. } = self.parameters;
        tally.needs.0 |= open_mask;
        // The whole opening MRR is measured, so nobody is too small to count.
        let floor = if net.method == NetMethod::AllMovements { 0 } else { cohort.floor.units() };
        if open == 0 || open < floor {
            return None;
        }
        let inside = path.map_or(&[][..], |path| path.inside(self.span));
        tally.needs.0 |= close_mask;
        tally.needs.1 |= end_mask;
        if net.method == NetMethod::Movements
            || matches!(gross.method, GrossMethod::Movements | GrossMethod::RunningMin)
        {
            inside.iter().for_each(|step| tally.needs.0 |= step.mask);
        }
        tally.members += 1;
        tally.opening += open;
        if close > 0 {
            tally.survivors.0 += end;
            tally.survivors.1 += open;
        }
        let lapsed = inside.iter().any(|step| step.mrr == 0);
        tally.gross += self.gross_share(open, close, inside, lapsed);
        let (close, end) = if lapsed && net.winback == Winback::Zero { (0, 0) } else { (close, end) };
        tally.closing += end;
        tally.fx += end - close;
        match (net.method, line(open, close, true)) {
            (NetMethod::Movements, _) => tally.lines.walk(inside, open, net.winback),
            (NetMethod::Endpoint | NetMethod::Survivors, Some(line)) => tally.lines.add(line, (close - open).abs()),
            _ => (),
        }
        Some(states)
    }

    /// What a member of the cohort adds to the numerator of the gross ratio.
    fn gross_share(&self, open: i128, close: i128, inside: &[Step], lapsed: bool) -> i128 {
        let gross = &self.parameters.gross;
        match gross.method {
            GrossMethod::EndpointMin if lapsed && gross.winback == Winback::Zero => 0,
            GrossMethod::EndpointMin => open.min(close),
            GrossMethod::RunningMin => inside.iter().map(|step| step.mrr).fold(open, i128::min),
            GrossMethod::Movements => {
                let mut lines = Lines::default();
                lines.walk(inside, open, gross.winback);
                open - lines.contraction - lines.churn
            }
            GrossMethod::AllMovements => 0,
        }
    }

    /// Adds the movements of any member, in the cohort or not.
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
    pub(super) fn customer_states(&self, customer: CustomerIx, path: &mut Path) -> EndStates {
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
