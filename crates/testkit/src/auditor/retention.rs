//! Retention over one window, or over one part of a combined one.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;
use recount_ledger::Instant;

use super::known::Level;
use super::paths::{Member, Path, View};
use super::{Known, Lines, Refusal, Units};
use crate::calendar::Span;
use crate::definition::{Definition, Grain, GrossMethod, NetMethod, RatesAt, ReadAt};
use recount_ledger::Zone;

/// The customers whose attribute has this value; none for those without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The attribute.
    pub attribute: String,
    /// Its value.
    pub value: Option<String>,
}

/// What is asked, beside the definition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    pub definition: &'a Definition,
    pub segment: Option<&'a Segment>,
    /// Customers left out, as if they were excluded.
    pub without: &'a BTreeSet<String>,
    pub part: Span,
    /// Where exclusions at `open` are read: the part's, but a bridge excludes the same customers in all of its rows, so
    /// that each row opens where the one before it closed.
    pub exclude_open: Instant,
    /// The whole window, whose ends the constant rates are those of.
    pub whole: Span,
    pub zone: Zone,
}

/// The figures of one window. Ratios are pairs of numerator and denominator; a denominator of 0 is undefined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Customers of the cohort's members that are active at open.
    pub customers: usize,
    /// Members of the cohort.
    pub members: usize,
    /// Those customers that are still active at close.
    pub customers_closing: usize,
    /// MRR at open.
    pub opening: Units,
    /// What happened. New logos stand here only with `all-movements`, where no ratio counts them.
    pub lines: Lines,
    /// What the rates did.
    pub fx: Units,
    /// MRR at close.
    pub closing: Units,
    /// NDR.
    pub net: (Units, Units),
    /// GDR.
    pub gross: (Units, Units),
    /// Logo retention.
    pub logo: (Units, Units),
    /// Opening MRR per customer of the cohort.
    pub(super) owned: BTreeMap<String, Units>,
}

/// A pair as a ratio; none over zero.
pub(super) fn ratio(pair: &(Units, Units)) -> Option<BigRational> {
    (!pair.1.is_zero()).then(|| BigRational::new(pair.0.clone(), pair.1.clone()))
}

/// The paths of members at the rates of either end.
struct Valued {
    open: BTreeMap<Member, Path>,
    close: BTreeMap<Member, Path>,
}

impl Scope<'_> {
    /// The boundaries whose rates value the open end and the close end.
    pub fn rate_boundaries(&self) -> (Instant, Instant) {
        match self.definition.rates {
            RatesAt::Open => (self.whole.open, self.whole.open),
            RatesAt::Close => (self.whole.close, self.whole.close),
            RatesAt::Spot => (self.part.open, self.part.close),
            RatesAt::Date(date) => {
                let end = self.zone.end_of(date).expect("a date within the calendar");
                (end, end)
            }
        }
    }

    pub fn view(&self, rates_before: Instant) -> View {
        View { report: self.definition.report, rates_before, span: self.part, gap_days: self.definition.gap_days }
    }

    fn boundary(&self, read: ReadAt) -> Option<Instant> {
        match read {
            ReadAt::Open => Some(self.part.open),
            ReadAt::Close => Some(self.part.close),
            ReadAt::Latest => None,
        }
    }
}

impl Known {
    /// The movements in scope: without the excluded customers, and of the segment.
    pub(super) fn scoped(&self, scope: &Scope) -> Vec<Level> {
        let mut levels = self.levels();
        levels.retain(|level| !scope.without.contains(&level.customer));
        for (name, value) in &scope.definition.exclude {
            let before = (scope.definition.exclude_at == ReadAt::Open).then_some(scope.exclude_open);
            let values = self.attribute(name, before);
            levels.retain(|level| values.get(&level.customer) != Some(value));
        }
        if let Some(segment) = scope.segment {
            let values = self.attribute(&segment.attribute, scope.boundary(scope.definition.attribute_at));
            levels.retain(|level| values.get(&level.customer) == segment.value.as_ref());
        }
        levels
    }

    /// Who moves when a level changes, by the definition's grain.
    pub(super) fn member_of(&self, scope: &Scope) -> Result<impl Fn(&Level) -> Member + use<>, Refusal> {
        let grain = scope.definition.grain.clone();
        let read = scope.boundary(scope.definition.attribute_at);
        let shared = match &grain {
            Grain::Attribute(name) if name == "parent" => self.topmost(read)?,
            Grain::Attribute(name) => self.attribute(name, read),
            _ => BTreeMap::new(),
        };
        Ok(move |level: &Level| match &grain {
            Grain::Subscription => Member::Subscription(level.subscription.0.clone(), level.subscription.1.clone()),
            // A parent is a customer itself, and in one member with its children.
            Grain::Attribute(name) if name == "parent" => {
                Member::Customer(shared.get(&level.customer).unwrap_or(&level.customer).clone())
            }
            _ => match shared.get(&level.customer) {
                Some(value) => Member::Value(value.clone()),
                None => Member::Customer(level.customer.clone()),
            },
        })
    }

    /// The figures of one part.
    pub(super) fn part(&self, scope: &Scope) -> Result<Retention, Refusal> {
        let levels = self.scoped(scope);
        let member = self.member_of(scope)?;
        let (opening, closing) = scope.rate_boundaries();
        let valued = Valued {
            open: self.paths(&levels, &member, scope.view(opening))?,
            close: self.paths(&levels, &member, scope.view(closing))?,
        };
        let floor = &scope.definition.floor;
        let active = |path: &Path| path.at(scope.part.open) > BigInt::ZERO;
        let all: BTreeSet<Member> =
            valued.open.iter().filter(|(_, path)| active(path)).map(|(m, _)| m.clone()).collect();
        let mut cohort = all;
        if scope.definition.net != NetMethod::AllMovements {
            cohort.retain(|member| valued.open[member].at(scope.part.open) >= *floor);
        }
        let mut figures = Retention { gross: valued.gross(scope, &cohort), ..Retention::default() };
        figures.members = cohort.len();
        valued.net(scope, &cohort, &mut figures);
        self.count_customers(scope, &levels, &member, &cohort, &mut figures)?;
        if matches!(scope.definition.grain, Grain::Attribute(_)) {
            let kept = cohort.iter().filter(|m| valued.open[m].at(scope.part.close) > BigInt::ZERO).count();
            figures.logo = (kept.into(), figures.members.into());
        }
        Ok(figures)
    }

    /// The customers behind the cohort: how many, what they had, how many stayed by any subscription.
    fn count_customers(
        &self,
        scope: &Scope,
        levels: &[Level],
        member: impl Fn(&Level) -> Member,
        cohort: &BTreeSet<Member>,
        figures: &mut Retention,
    ) -> Result<(), Refusal> {
        let (opening, _) = scope.rate_boundaries();
        let per_customer = |level: &Level| Member::Customer(level.customer.clone());
        let each = self.paths(levels, per_customer, scope.view(opening))?;
        let of_cohort: Vec<Level> = levels.iter().filter(|level| cohort.contains(&member(level))).cloned().collect();
        let owned = self.paths(&of_cohort, per_customer, scope.view(opening))?;
        for who in owned.keys() {
            let Member::Customer(customer) = who else { continue };
            if each[who].at(scope.part.open).is_zero() {
                continue;
            }
            figures.customers += 1;
            figures.customers_closing += usize::from(!each[who].at(scope.part.close).is_zero());
            figures.owned.insert(customer.clone(), owned[who].at(scope.part.open));
        }
        figures.logo = (figures.customers_closing.into(), figures.customers.into());
        Ok(())
    }
}

impl Valued {
    fn opening<'a>(&'a self, members: impl IntoIterator<Item = &'a Member>, part: Span) -> Units {
        members.into_iter().map(|member| self.open[member].at(part.open)).sum()
    }

    fn walk<'a>(&self, members: impl IntoIterator<Item = &'a Member>, part: Span, until_zero: bool) -> Lines {
        let mut lines = Lines::default();
        members.into_iter().for_each(|member| lines.walk(&self.open[member], part, until_zero));
        lines
    }

    fn gross(&self, scope: &Scope, cohort: &BTreeSet<Member>) -> (Units, Units) {
        let (part, zero) = (scope.part, scope.definition.gross_winback_zero);
        let opening = self.opening(cohort, part);
        let left = |member: &Member| {
            let path = &self.open[member];
            let at_open = path.at(part.open);
            match scope.definition.gross {
                GrossMethod::RunningMin => {
                    path.inside(part).into_iter().map(|(_, units)| units).fold(at_open, Units::min)
                }
                _ if zero && path.lapsed(part) => BigInt::ZERO,
                _ => at_open.min(path.at(part.close)),
            }
        };
        match scope.definition.gross {
            GrossMethod::EndpointMin | GrossMethod::RunningMin => (cohort.iter().map(left).sum(), opening),
            GrossMethod::Movements => {
                let lines = self.walk(cohort, part, zero);
                (&opening - lines.contraction - lines.churn, opening)
            }
            GrossMethod::AllMovements => {
                let (lines, whole) = (self.walk(self.open.keys(), part, false), self.opening(self.open.keys(), part));
                (&whole - lines.contraction - lines.churn, whole)
            }
        }
    }

    /// Opening, lines, fx, closing and the net ratio.
    fn net(&self, scope: &Scope, cohort: &BTreeSet<Member>, figures: &mut Retention) {
        let (part, definition) = (scope.part, scope.definition);
        let everyone: BTreeSet<Member> = self.open.keys().cloned().collect();
        let counted = if definition.net == NetMethod::AllMovements { &everyone } else { cohort };
        let mut survivors = (BigInt::ZERO, BigInt::ZERO);
        figures.opening = self.opening(counted, part);
        for member in counted {
            let path = &self.open[member];
            let stays_out = definition.net_winback_zero && path.lapsed(part);
            let at_open = path.at(part.open);
            let mut at_close = path.at(part.close);
            let mut converted = self.close[member].at(part.close);
            if !at_close.is_zero() {
                survivors.0 += &converted;
                survivors.1 += &at_open;
            }
            if stays_out {
                (at_close, converted) = (BigInt::ZERO, BigInt::ZERO);
            }
            figures.fx += &converted - &at_close;
            figures.closing += converted;
            if matches!(definition.net, NetMethod::Endpoint | NetMethod::Survivors) {
                figures.lines.add_change(&at_open, &at_close);
            }
        }
        if matches!(definition.net, NetMethod::Movements | NetMethod::AllMovements) {
            figures.lines = self.walk(counted, part, definition.net_winback_zero);
        }
        figures.closing -= &figures.lines.new_logo;
        figures.net = if definition.net == NetMethod::Survivors { survivors } else { net_of(definition, figures) };
    }
}

impl Lines {
    fn add_change(&mut self, open: &Units, close: &Units) {
        if close.is_zero() {
            self.churn += open;
        } else if close > open {
            self.expansion += close - open;
        } else {
            self.contraction += open - close;
        }
    }
}

fn net_of(definition: &Definition, figures: &Retention) -> (Units, Units) {
    let lines = &figures.lines;
    let mut kept = &figures.opening + &lines.expansion - &lines.churn;
    if !definition.contraction_ignored {
        kept -= &lines.contraction;
    }
    if !definition.reactivation_ignored {
        kept += &lines.reactivation;
    }
    if definition.net == NetMethod::Endpoint {
        kept += &figures.fx;
    }
    (kept, figures.opening.clone())
}
