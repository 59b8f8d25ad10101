//! The path of a member: its MRR from instant to instant. One kernel serves every method, grain, part and end.

use recount_ledger::Instant;
use recount_projection::{Boundary, SubscriptionIx, View};

use crate::convert::{Converter, Mask};
use crate::definition::Winback;
use crate::window::Span;

/// The longest spell at 0 that counts as if the state before it had gone on, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap(i64);

impl Gap {
    /// So many days of 24 hours; 0 bridges nothing.
    pub(crate) fn days(days: u32) -> Self {
        Self(i64::from(days) * 86_400_000_000)
    }

    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// The MRR from an instant on, after every record of that instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) at: Instant,
    pub(crate) mrr: i128,
    /// What the MRR is made of.
    pub(crate) mask: Mask,
}

/// The path of one member. Its buffers are kept from member to member.
#[derive(Debug, Default)]
pub(crate) struct Path {
    steps: Vec<Step>,
    /// What each subscription, by its number within the member, pays from when on.
    levels: Vec<(usize, Step)>,
    current: Vec<(i128, Mask)>,
}

impl Path {
    /// Loads the path of these subscriptions together.
    pub(crate) fn load(
        &mut self,
        view: &View<'_>,
        subscriptions: impl Iterator<Item = SubscriptionIx>,
        converter: &Converter,
        gap: Gap,
    ) {
        self.steps.clear();
        let mut subscriptions = subscriptions.peekable();
        let Some(first) = subscriptions.next() else { return };
        let amount = |(at, units, currency)| {
            let (mrr, mask) = converter.convert(units, currency);
            Step { at, mrr, mask }
        };
        if subscriptions.peek().is_none() {
            // By far the most members have one subscription, and need no sorting.
            view.amounts(first).map(amount).for_each(|step| put(&mut self.steps, step));
        } else {
            self.levels.clear();
            let mut count = 0;
            for subscription in std::iter::once(first).chain(subscriptions) {
                self.levels.extend(view.amounts(subscription).map(amount).map(|step| (count, step)));
                count += 1;
            }
            self.follow(count);
        }
        if !gap.is_none() {
            bridge(&mut self.steps, gap);
        }
    }

    fn follow(&mut self, count: usize) {
        // Stable: the records of one subscription keep their order within an instant.
        self.levels.sort_by_key(|(_, level)| level.at);
        self.current.clear();
        self.current.resize(count, (0, Mask::EMPTY));
        let mut total = 0;
        let mut made_of = Census::default();
        for (subscription, level) in &self.levels {
            let (mrr, mask) = std::mem::replace(&mut self.current[*subscription], (level.mrr, level.mask));
            total += level.mrr - mrr;
            made_of.replace(mask, level.mask);
            put(&mut self.steps, Step { at: level.at, mrr: total, mask: made_of.mask });
        }
    }

    /// The state before a boundary.
    pub(crate) fn at(&self, boundary: Boundary) -> (i128, Mask) {
        match self.before(boundary).last() {
            Some(step) => (step.mrr, step.mask),
            None => (0, Mask::EMPTY),
        }
    }

    /// The steps before a boundary.
    pub(crate) fn before(&self, boundary: Boundary) -> &[Step] {
        &self.steps[..self.steps.partition_point(|step| step.at < boundary.0)]
    }

    /// The steps inside a span.
    pub(crate) fn inside(&self, span: Span) -> &[Step] {
        let first = self.steps.partition_point(|step| step.at < span.open.0);
        let end = self.steps.partition_point(|step| step.at < span.close.0);
        &self.steps[first..end]
    }

    /// Whether an instant before a boundary ended above 0.
    pub(crate) fn was_active_before(&self, boundary: Boundary) -> bool {
        self.before(boundary).iter().any(|step| step.mrr > 0)
    }
}

/// Adds a step; records at the same instant make one.
fn put(steps: &mut Vec<Step>, step: Step) {
    match steps.last_mut() {
        Some(last) if last.at == step.at => *last = step,
        _ => steps.push(step),
    }
}

/// Removes the spells at 0 that are no longer than the gap and lie between two active states.
fn bridge(steps: &mut Vec<Step>, gap: Gap) {
    let (mut kept, mut next) = (0, 0);
    while next < steps.len() {
        let lapse = steps[next].mrr == 0 && kept > 0 && steps[kept - 1].mrr > 0;
        let back = if lapse { (next..steps.len()).find(|&later| steps[later].mrr > 0) } else { None };
        match back {
            Some(back) if steps[back].at.micros() - steps[next].at.micros() <= gap.0 => next = back,
            _ => {
                steps[kept] = steps[next];
                kept += 1;
                next += 1;
            }
        }
    }
    steps.truncate(kept);
}

/// How many current amounts are in each currency, so that the mask of a large member need not be made anew per step.
struct Census {
    mask: Mask,
    counts: [u32; 128],
}

impl Default for Census {
    fn default() -> Self {
        Self { mask: Mask::EMPTY, counts: [0; 128] }
    }
}

impl Census {
    fn replace(&mut self, old: Mask, new: Mask) {
        if old == new {
            return;
        }
        for place in places(old) {
            self.counts[place] -= 1;
            if self.counts[place] == 0 {
                self.mask.0 &= !(1 << place);
            }
        }
        for place in places(new) {
            self.counts[place] += 1;
            self.mask.0 |= 1 << place;
        }
    }
}

/// The places of the bits that are set: of one amount, its currency and perhaps the overflow.
fn places(mut mask: Mask) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = mask.0.trailing_zeros();
        mask.0 &= mask.0.checked_sub(1)?;
        Some(place as usize)
    })
}

/// What a change from one amount to another is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    NewLogo,
    Reactivation,
    Expansion,
    Contraction,
    Churn,
}

/// Names the change of a member's MRR; nothing where it stays. `ever`: whether an earlier instant ended above 0.
pub(crate) fn line(before: i128, after: i128, ever: bool) -> Option<Line> {
    match (before, after) {
        _ if before == after => None,
        (0, _) => Some(if ever { Line::Reactivation } else { Line::NewLogo }),
        (_, 0) => Some(Line::Churn),
        _ => Some(if after > before { Line::Expansion } else { Line::Contraction }),
    }
}

/// Sums of changes by their names; losses are positive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    pub(crate) new_logo: i128,
    pub(crate) reactivation: i128,
    pub(crate) expansion: i128,
    pub(crate) contraction: i128,
    pub(crate) churn: i128,
}

impl Lines {
    /// Adds one change.
    pub(crate) fn add(&mut self, line: Line, amount: i128) {
        *match line {
            Line::NewLogo => &mut self.new_logo,
            Line::Reactivation => &mut self.reactivation,
            Line::Expansion => &mut self.expansion,
            Line::Contraction => &mut self.contraction,
            Line::Churn => &mut self.churn,
        } += amount;
    }

    /// Adds the steps of a member of the cohort, which was active at open; up to its first loss where that is for good.
    pub(crate) fn walk(&mut self, inside: &[Step], opening: i128, winback: Winback) {
        let mut before = opening;
        for step in inside {
            if let Some(line) = line(before, step.mrr, true) {
                self.add(line, (step.mrr - before).abs());
                if line == Line::Churn && winback == Winback::Zero {
                    return;
                }
            }
            before = step.mrr;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.new_logo += other.new_logo;
        self.reactivation += other.reactivation;
        self.expansion += other.expansion;
        self.contraction += other.contraction;
        self.churn += other.churn;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(path: &[(i64, i128)]) -> Vec<Step> {
        let at = |day: i64| Instant::from_micros(day * 86_400_000_000).expect("in range");
        path.iter().map(|&(day, mrr)| Step { at: at(day), mrr, mask: Mask::EMPTY }).collect()
    }

    fn bridged(path: &[(i64, i128)], days: u32) -> Vec<Step> {
        let mut path = steps(path);
        bridge(&mut path, Gap::days(days));
        path
    }

    #[test]
    fn a_gap_of_at_most_so_many_days_is_bridged() {
        let path = [(0, 5), (10, 0), (13, 7), (20, 0), (24, 0), (30, 8)];
        assert_eq!(bridged(&path, 3), steps(&[(0, 5), (13, 7), (20, 0), (24, 0), (30, 8)]));
        assert_eq!(bridged(&path, 2), steps(&path));
        // Two records at 0 are one spell.
        assert_eq!(bridged(&path, 10), steps(&[(0, 5), (13, 7), (30, 8)]));
    }

    #[test]
    fn a_spell_at_either_end_is_no_gap() {
        let path = [(0, 0), (1, 5), (2, 0)];
        assert_eq!(bridged(&path, 100), steps(&path));
    }

    #[test]
    fn changes_have_names() {
        assert_eq!(line(0, 5, false), Some(Line::NewLogo));
        assert_eq!(line(0, 5, true), Some(Line::Reactivation));
        assert_eq!(line(5, 0, true), Some(Line::Churn));
        assert_eq!(line(5, 6, true), Some(Line::Expansion));
        assert_eq!(line(5, 4, true), Some(Line::Contraction));
        assert_eq!(line(5, 5, true), None);
        assert_eq!(line(0, 0, false), None);
    }

    #[test]
    fn a_loss_is_for_good_where_winback_is_zero() {
        let inside = steps(&[(0, 8), (1, 0), (2, 4), (3, 0)]);
        let walked = |winback| {
            let mut lines = Lines::default();
            lines.walk(&inside, 10, winback);
            (lines.contraction, lines.churn, lines.reactivation)
        };
        assert_eq!(walked(Winback::Count), (2, 12, 4));
        assert_eq!(walked(Winback::Zero), (2, 8, 0));
    }

    #[test]
    fn a_census_knows_what_an_amount_is_made_of() {
        let mut census = Census::default();
        let bit = |place: u32| Mask(1 << place);
        census.replace(Mask::EMPTY, bit(0));
        census.replace(Mask::EMPTY, bit(1) | bit(127));
        census.replace(Mask::EMPTY, bit(1));
        census.replace(bit(1) | bit(127), bit(0));
        assert_eq!(census.mask, bit(0) | bit(1));
        census.replace(bit(1), Mask::EMPTY);
        assert_eq!(census.mask, bit(0));
    }
}
