//! The path of a member: its MRR after every instant at which something happened to it.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_traits::Zero;
use recount_ledger::{Currency, Instant};

use super::known::Level;
use super::{Known, Refusal, Units};
use crate::calendar::Span;

const DAY_MICROS: i64 = 86_400_000_000;

/// Who moves: by the grain of a definition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Member {
    Customer(String),
    /// The customer it was recorded under, and its id.
    Subscription(String, String),
    /// Customers that share an attribute's value.
    Value(String),
}

/// MRR after each instant, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Path(Vec<(Instant, Units)>);

/// Amounts by what happened. Losses are positive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// From nothing, for the first time.
    pub new_logo: Units,
    /// From nothing, again.
    pub reactivation: Units,
    /// More.
    pub expansion: Units,
    /// Less.
    pub contraction: Units,
    /// To nothing.
    pub churn: Units,
}

/// What one step of a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    NewLogo,
    Reactivation,
    Expansion,
    Contraction,
    Churn,
}

impl Path {
    /// The MRR at a boundary.
    pub fn at(&self, boundary: Instant) -> Units {
        self.0.iter().rev().find(|(at, _)| *at < boundary).map_or(BigInt::ZERO, |(_, units)| units.clone())
    }

    /// The MRR after everything that takes effect at this instant.
    pub fn after(&self, instant: Instant) -> Units {
        self.0.iter().rev().find(|(at, _)| *at <= instant).map_or(BigInt::ZERO, |(_, units)| units.clone())
    }

    /// Whether an instant before this one ended above nothing.
    pub fn was_active_before(&self, instant: Instant) -> bool {
        self.0.iter().any(|(at, units)| *at < instant && !units.is_zero())
    }

    /// The instants inside a window, with the MRR after each.
    pub fn inside(&self, span: Span) -> Vec<(Instant, Units)> {
        self.0.iter().filter(|(at, _)| (span.open..span.close).contains(at)).cloned().collect()
    }

    /// Whether it ended an instant of the window at nothing.
    pub fn lapsed(&self, span: Span) -> bool {
        self.inside(span).iter().any(|(_, units)| units.is_zero())
    }

    /// What the change at an instant is, and its size; none where nothing changed.
    pub fn step(&self, instant: Instant) -> Option<(Step, Units)> {
        let (before, after) = (self.at(instant), self.after(instant));
        if before == after {
            return None;
        }
        let step = match () {
            () if before.is_zero() && self.was_active_before(instant) => Step::Reactivation,
            () if before.is_zero() => Step::NewLogo,
            () if after.is_zero() => Step::Churn,
            () if after > before => Step::Expansion,
            () => Step::Contraction,
        };
        Some((step, if after > before { after - before } else { before - after }))
    }

    /// The path as if no spell at nothing of at most so many days, between two active states, had been.
    fn bridged(self, gap_days: u32) -> Self {
        let longest = i64::from(gap_days) * DAY_MICROS;
        let mut kept: Vec<(Instant, Units)> = Vec::new();
        for (index, (at, units)) in self.0.iter().enumerate() {
            let began = units.is_zero() && kept.last().is_some_and(|(_, units)| !units.is_zero());
            let back = self.0[index..].iter().find(|(_, units)| !units.is_zero());
            let short = back.is_some_and(|(back, _)| back.micros() - at.micros() <= longest);
            if !(began && short) {
                kept.push((*at, units.clone()));
            }
        }
        Self(kept)
    }
}

impl Lines {
    /// Adds one step.
    pub(super) fn add(&mut self, step: Step, units: &Units) {
        let line = match step {
            Step::NewLogo => &mut self.new_logo,
            Step::Reactivation => &mut self.reactivation,
            Step::Expansion => &mut self.expansion,
            Step::Contraction => &mut self.contraction,
            Step::Churn => &mut self.churn,
        };
        *line += units;
    }

    /// Adds the steps of a path inside a window; with `until_zero` only those up to its first churn.
    pub(super) fn walk(&mut self, path: &Path, span: Span, until_zero: bool) {
        for (instant, _) in path.inside(span) {
            if let Some((step, units)) = path.step(instant) {
                self.add(step, &units);
                if until_zero && step == Step::Churn {
                    return;
                }
            }
        }
    }
}

/// Which amounts to see: in which currency, at the rates before which boundary, over which window, with which gaps.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub report: Option<Currency>,
    pub rates_before: Instant,
    pub span: Span,
    pub gap_days: u32,
}

impl Known {
    /// The path of every member. Levels are in the order in which they decide.
    pub(super) fn paths(
        &self,
        levels: &[Level],
        member: impl Fn(&Level) -> Member,
        view: View,
    ) -> Result<BTreeMap<Member, Path>, Refusal> {
        let mut now: BTreeMap<Member, BTreeMap<(String, String), Units>> = BTreeMap::new();
        let mut paths: BTreeMap<Member, Path> = BTreeMap::new();
        one_currency(levels, view)?;
        for (index, level) in levels.iter().enumerate() {
            let units = match self.convert(&level.units, level.currency, view.report, view.rates_before) {
                // An amount that lay outside the window altogether only tells that its owner was active then.
                Err(Refusal::NoRate(..)) if !in_force(levels, index, view) => level.units.clone(),
                converted => converted?,
            };
            let subscriptions = now.entry(member(level)).or_default();
            subscriptions.insert(level.subscription.clone(), units);
            let total: Units = subscriptions.values().sum();
            let path = paths.entry(member(level)).or_default();
            if path.0.last().is_some_and(|(at, _)| *at == level.at) {
                path.0.pop();
            }
            path.0.push((level.at, total));
        }
        Ok(paths.into_iter().map(|(member, path)| (member, path.bridged(view.gap_days))).collect())
    }
}

/// Whether a level was in force at some moment from the window's open (less the gap) to its close.
fn in_force(levels: &[Level], index: usize, view: View) -> bool {
    let level = &levels[index];
    let next = levels[index + 1..].iter().find(|other| other.subscription == level.subscription);
    let gap = i64::from(view.gap_days) * DAY_MICROS;
    let lasts = next.is_none_or(|next| next.at > level.at && next.at.micros() + gap >= view.span.open.micros());
    level.at < view.span.close && lasts && !level.units.is_zero()
}

fn one_currency(levels: &[Level], view: View) -> Result<(), Refusal> {
    let in_scope = (0..levels.len()).filter(|index| in_force(levels, *index, view));
    let currencies: BTreeSet<_> = in_scope.filter_map(|index| levels[index].currency).collect();
    if view.report.is_none() && currencies.len() > 1 { Err(Refusal::SeveralCurrencies) } else { Ok(()) }
}
