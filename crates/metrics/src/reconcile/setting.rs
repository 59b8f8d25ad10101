//! One way to make a figure: a cut, a window or point, a definition and a calendar; and the figures made that way.

use num_bigint::BigInt;
use num_rational::BigRational;
use recount_ledger::UNITS_PER_ONE;
use recount_projection::{Boundary, Cut, View};
use rustc_hash::FxHashMap;

use super::Segment;
use super::metric::{Family, Metric};
use crate::calendar::Calendar;
use crate::definition::Definition;
use crate::error::FigureError;
use crate::movements::{self, Bridge, MovementsQuestion};
use crate::mrr::{self, MrrQuestion};
use crate::ratio::Figure;
use crate::retention::{self, Retention, RetentionQuestion};
use crate::window::Window;

/// How a figure is made.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) cut: Cut,
    /// None where the deck names a point.
    pub(super) window: Option<Window>,
    /// The point, or the close of the window.
    pub(super) at: Boundary,
    pub(super) definition: Definition,
    pub(super) calendar: Calendar,
}

/// What tells two settings apart, of a family of figures.
pub(super) type Key = (Family, Cut, Option<(Boundary, Boundary)>, Boundary, [u8; 32], &'static str, Option<Segment>);

/// A quantity that figures are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Quantity {
    Ndr,
    Gdr,
    Logos,
    New,
    Reactivation,
    Expansion,
    Contraction,
    Churn,
    Mrr,
    Customers,
}

/// The quantities of a family under one setting.
pub(super) type Values = FxHashMap<Quantity, BigRational>;

impl Quantity {
    /// What a metric reads; ARR is twelve times its.
    pub(super) const fn of(metric: Metric) -> Self {
        match metric {
            Metric::Ndr => Self::Ndr,
            Metric::Gdr => Self::Gdr,
            Metric::LogoRetention => Self::Logos,
            Metric::Mrr | Metric::Arr => Self::Mrr,
            Metric::New => Self::New,
            Metric::Expansion => Self::Expansion,
            Metric::Contraction => Self::Contraction,
            Metric::Churn => Self::Churn,
            Metric::Customers => Self::Customers,
        }
    }
}

/// Units of 1e-8 as an exact number.
pub(super) fn amount(units: i128) -> BigRational {
    BigRational::new(units.into(), UNITS_PER_ONE.into())
}

impl Setting {
    pub(super) fn key(&self, family: Family, segment: Option<&Segment>) -> Key {
        let span = self.window.as_ref().filter(|_| family != Family::Stock).map(|window| (window.open, window.close));
        let zone = self.calendar.zone().name();
        (family, self.cut, span, self.at, self.definition.hash(), zone, segment.cloned())
    }

    /// The figures of a family; those that do not exist are left out.
    pub(super) fn values(
        &self,
        view: &View<'_>,
        family: Family,
        segment: Option<&Segment>,
    ) -> Result<Values, FigureError> {
        match (family, &self.window) {
            (Family::Retention, Some(window)) => self.retention(view, window, segment),
            (Family::Flow, Some(window)) => self.flow(view, window, segment),
            (Family::Stock, _) => self.stock(view, segment),
            _ => Ok(Values::default()),
        }
    }

    fn retention(&self, view: &View<'_>, window: &Window, segment: Option<&Segment>) -> Result<Values, FigureError> {
        let by = segment.map(|segment| segment.attribute.as_str());
        let Self { definition, calendar, .. } = self;
        let report = retention::unwarned(view, &RetentionQuestion { window, definition, calendar, by })?;
        let of = |group: &Retention| {
            let ratios: [(Quantity, &Figure); 3] =
                [(Quantity::Ndr, &group.ndr), (Quantity::Gdr, &group.gdr), (Quantity::Logos, &group.logo_retention)];
            ratios.into_iter().filter_map(|(name, figure)| Some((name, figure.as_ref().ok()?.0.clone()))).collect()
        };
        Ok(match segment {
            None => of(&report.total),
            Some(segment) => find(&report.groups, segment).map(of).unwrap_or_default(),
        })
    }

    fn flow(&self, view: &View<'_>, window: &Window, segment: Option<&Segment>) -> Result<Values, FigureError> {
        let by = segment.map(|segment| segment.attribute.as_str());
        let Self { definition, calendar, .. } = self;
        let question = MovementsQuestion { window, every: None, definition, calendar, by };
        let (report, _) = movements::unwarned(view, &question)?;
        let of = |row: &Bridge| {
            [
                (Quantity::New, amount(row.new_logo)),
                (Quantity::Reactivation, amount(row.reactivation)),
                (Quantity::Expansion, amount(row.expansion)),
                (Quantity::Contraction, amount(row.contraction)),
                (Quantity::Churn, amount(row.churn)),
            ]
            .into_iter()
            .collect()
        };
        Ok(match segment {
            None => report.rows.first().map(of).unwrap_or_default(),
            Some(segment) => find(&report.groups, segment).and_then(|rows| rows.first()).map(of).unwrap_or_default(),
        })
    }

    fn stock(&self, view: &View<'_>, segment: Option<&Segment>) -> Result<Values, FigureError> {
        let customers = self.paying(view)?;
        let attribute = segment.and_then(|segment| Some((view.attribute(&segment.attribute)?, &segment.value)));
        let counted = customers.iter().filter(|(customer, _)| match (&attribute, segment) {
            (Some((attribute, value)), _) => {
                attribute.value_at(*customer, Some(self.at)).is_some_and(|it| attribute.text(it) == value.as_str())
            }
            (None, segment) => segment.is_none(),
        });
        let (mut total, mut count) = (0, 0u64);
        for (_, mrr) in counted {
            total += mrr;
            count += 1;
        }
        let count = BigRational::from_integer(BigInt::from(count));
        Ok([(Quantity::Mrr, amount(total)), (Quantity::Customers, count)].into_iter().collect())
    }

    /// What every customer pays at the point.
    pub(super) fn paying(&self, view: &View<'_>) -> Result<Vec<(recount_projection::CustomerIx, i128)>, FigureError> {
        let rules = &self.definition.parameters.currency;
        let question = MrrQuestion {
            at: self.at,
            customer: None,
            by: None,
            currency: rules.report,
            rates: rules.rates,
            calendar: &self.calendar,
        };
        mrr::of_customers(view, &question)
    }
}

fn find<'g, T>(groups: &'g [(Option<String>, T)], segment: &Segment) -> Option<&'g T> {
    groups.iter().find(|(value, _)| value.as_ref() == Some(&segment.value)).map(|(_, group)| group)
}
