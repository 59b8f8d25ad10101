//! The movements bridge: what happened between two boundaries, for everyone or for a segment.

use std::collections::BTreeSet;

use num_traits::Zero;
use recount_ledger::{Instant, Zone};

use super::paths::{Member, Path, Step};
use super::retention::Scope;
use super::{Known, Lines, Refusal, Segment, Units};
use crate::calendar::Span;
use crate::definition::Definition;

/// One row of the bridge. Losses are positive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bridge {
    /// MRR at open, at the opening rates.
    pub opening: Units,
    /// What happened.
    pub lines: Lines,
    /// What the rates did.
    pub fx: Units,
    /// MRR of those who came into the segment.
    pub entering: Units,
    /// MRR of those who went out of it.
    pub leaving: Units,
    /// MRR at close, at the closing rates.
    pub closing: Units,
    /// How many.
    pub customers: Counts,
}

/// Numbers of members, customers unless the grain says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Active at open.
    pub opening: usize,
    /// Times of a first start.
    pub new_logo: usize,
    /// Times of a new start.
    pub reactivation: usize,
    /// Times of an end.
    pub churn: usize,
    /// Came into the segment while active.
    pub entering: usize,
    /// Went out of it while active.
    pub leaving: usize,
    /// Active at close.
    pub closing: usize,
}

impl Bridge {
    /// Whether it foots.
    pub fn foots(&self) -> bool {
        let lines = &self.lines;
        let up = &self.opening + &lines.new_logo + &lines.reactivation + &lines.expansion + &self.entering;
        up - &lines.contraction - &lines.churn - &self.leaving + &self.fx == self.closing
    }
}

/// Where a member stands in the segment: its customer's value, read at an instant.
struct Membership<'a> {
    known: &'a Known,
    segment: Option<&'a Segment>,
    customer: String,
}

impl Membership<'_> {
    /// Whether it is in the segment by what took effect before a boundary.
    fn at(&self, boundary: Instant) -> bool {
        self.segment.is_none_or(|segment| {
            let values = self.known.attribute(&segment.attribute, Some(boundary));
            values.get(&self.customer) == segment.value.as_ref()
        })
    }

    /// Whether it is in the segment once everything of an instant has taken effect.
    fn after(&self, instant: Instant) -> bool {
        self.at(Instant::from_micros(instant.micros() + 1).expect("within the calendar"))
    }

    fn changes(&self) -> BTreeSet<Instant> {
        self.segment.map_or_else(BTreeSet::new, |s| self.known.attribute_instants(&s.attribute, &self.customer))
    }
}

impl Known {
    /// The bridge over one part of a window. A segment is read at each instant, per customer or subscription.
    pub fn bridge(
        &self,
        definition: &Definition,
        (part, whole): (Span, Span),
        zone: Zone,
        segment: Option<&Segment>,
    ) -> Result<Bridge, Refusal> {
        let nobody = BTreeSet::new();
        let scope = Scope { definition, segment: None, without: &nobody, part, exclude_open: whole.open, whole, zone };
        let levels = self.scoped(&scope);
        let member = self.member_of(&scope)?;
        let (opening, closing) = scope.rate_boundaries();
        let open = self.paths(&levels, &member, scope.view(opening))?;
        let close = self.paths(&levels, &member, scope.view(closing))?;
        let mut bridge = Bridge::default();
        for (who, path) in &open {
            let customer = match who {
                Member::Customer(customer) => customer.clone(),
                Member::Subscription(customer, _) => self.customer(customer),
                Member::Value(value) => value.clone(),
            };
            let membership = Membership { known: self, segment, customer };
            bridge.add(path, &close[who], &membership, part);
        }
        Ok(bridge)
    }
}

impl Bridge {
    fn add(&mut self, path: &Path, at_closing_rates: &Path, membership: &Membership, part: Span) {
        if membership.at(part.open) {
            let units = path.at(part.open);
            self.customers.opening += usize::from(!units.is_zero());
            self.opening += units;
        }
        let mut instants = membership.changes();
        instants.extend(path.inside(part).into_iter().map(|(at, _)| at));
        for instant in instants.range(part.open..part.close) {
            let (was, is) = (membership.at(*instant), membership.after(*instant));
            match (was, is) {
                (false, true) => {
                    self.customers.entering += usize::from(!path.at(*instant).is_zero());
                    self.entering += path.at(*instant);
                }
                (true, false) => {
                    self.customers.leaving += usize::from(!path.at(*instant).is_zero());
                    self.leaving += path.at(*instant);
                }
                _ => (),
            }
            if let Some((step, units)) = path.step(*instant).filter(|_| is) {
                self.lines.add(step, &units);
                self.customers.count(step);
            }
        }
        if membership.at(part.close) {
            let units = at_closing_rates.at(part.close);
            self.fx += &units - path.at(part.close);
            // Heads are counted at the rates that value the steps, or they would not foot.
            self.customers.closing += usize::from(!path.at(part.close).is_zero());
            self.closing += units;
        }
    }
}

impl Counts {
    fn count(&mut self, step: Step) {
        match step {
            Step::NewLogo => self.new_logo += 1,
            Step::Reactivation => self.reactivation += 1,
            Step::Churn => self.churn += 1,
            Step::Expansion | Step::Contraction => (),
        }
    }
}
