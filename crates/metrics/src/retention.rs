//! Retention: NDR, GDR, logo retention and their companions over a fixed cohort.

mod evaluation;
mod part;

use std::collections::BTreeSet;

use recount_ledger::Currency;
use recount_projection::View;

use crate::calendar::{Calendar, Every, Trailing};
use crate::convert::Exchange;
use crate::definition::Definition;
use crate::error::FigureError;
use crate::rates::RateUsed;
use crate::ratio::{Figure, Ratio};
use crate::warning::Warning;
use crate::window::Window;
pub(crate) use part::Part;

/// What the printed lines are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinesBasis {
    /// Each member's change from open to close.
    Endpoints,
    /// The cohort's steps inside the window.
    CohortMovements,
    /// The steps of all members inside the window.
    AllMovements,
}

impl LinesBasis {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Endpoints => "endpoint",
            Self::CohortMovements => "movements",
            Self::AllMovements => "all-movements",
        }
    }
}

/// The retention of one cohort, whole or of one segment. Amounts are units of 1e-8 of the report's currency; losses are
/// positive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Customers of the cohort's members that are active at open.
    pub customers: u64,
    /// Members of the cohort.
    pub members: u64,
    /// MRR at open.
    pub opening: i128,
    /// More MRR of members that stayed.
    pub expansion: i128,
    /// Less MRR of members that stayed.
    pub contraction: i128,
    /// MRR of members that left.
    pub churn: i128,
    /// MRR of members that came back inside the window; 0 where lines are by endpoints.
    pub reactivation: i128,
    /// What rates alone changed.
    pub fx: i128,
    /// MRR at close.
    pub closing: i128,
    /// Net retention (NDR, NRR).
    pub ndr: Figure,
    /// Gross retention (GDR, GRR).
    pub gdr: Figure,
    /// Customers (members, with an attribute grain) still active at close, over those at open.
    pub logo_retention: Figure,
    /// Of `customers`, those still active at close, by any subscription.
    pub customers_closing: u64,
    /// The weight of the largest customers.
    pub top_ten: TopTen,
    /// The rates that entered it, by pair, date and position.
    pub rates: Vec<RateUsed>,
}

/// The ten largest customers at open; ties go by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopTen {
    /// Their ids, largest first.
    pub customers: Vec<String>,
    /// Their share of opening MRR.
    pub share: Figure,
    /// NDR without them.
    pub ndr_without: Figure,
}

impl Retention {
    /// `1 - logo retention`.
    pub fn customer_churn_rate(&self) -> Figure {
        self.logo_retention.as_ref().map(Ratio::complement).map_err(Clone::clone)
    }

    /// `1 - GDR`.
    pub fn revenue_churn_rate(&self) -> Figure {
        self.gdr.as_ref().map(Ratio::complement).map_err(Clone::clone)
    }

    /// `1 - NDR`; below 0 where the cohort grew.
    pub fn net_revenue_churn_rate(&self) -> Figure {
        self.ndr.as_ref().map(Ratio::complement).map_err(Clone::clone)
    }
}

/// A question for retention.
#[derive(Clone, Copy, Debug)]
pub struct RetentionQuestion<'a> {
    /// Over which span.
    pub window: &'a Window,
    /// By which definition.
    pub definition: &'a Definition,
    /// In which zone and fiscal year.
    pub calendar: &'a Calendar,
    /// By which attribute, too.
    pub by: Option<&'a str>,
}

/// The answer to a [`RetentionQuestion`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionReport {
    /// The window asked for.
    pub window: Window,
    /// The currency of all amounts; none where there are no amounts at all.
    pub currency: Option<Currency>,
    /// What the lines are made of.
    pub lines_basis: LinesBasis,
    /// All customers.
    pub total: Retention,
    /// The segments, where asked for, by value; customers without one come last.
    pub groups: Vec<(Option<String>, Retention)>,
    /// What to know before quoting it, by code.
    pub warnings: Vec<Warning>,
}

/// Retention over one window.
pub fn retention(view: &View<'_>, question: &RetentionQuestion<'_>) -> Result<RetentionReport, FigureError> {
    let exchange = Exchange::new(view, question.definition.parameters.currency.report);
    evaluation::Evaluation::new(view, question, &exchange)?.report()
}

/// Retention without a word on what to know before quoting it, for figures that are only compared.
pub(crate) fn unwarned(view: &View<'_>, question: &RetentionQuestion<'_>) -> Result<RetentionReport, FigureError> {
    let exchange = Exchange::new(view, question.definition.parameters.currency.report);
    evaluation::Evaluation::new(view, question, &exchange)?.unwarned()
}

/// Retention as a series: a report for each part that closes inside the window, over the span that ends with it.
pub fn retention_series(
    view: &View<'_>,
    question: &RetentionQuestion<'_>,
    every: Every,
    trailing: Option<Trailing>,
) -> Result<Vec<RetentionReport>, FigureError> {
    let exchange = Exchange::new(view, question.definition.parameters.currency.report);
    let windows = question.window.series(every, trailing, question.calendar)?;
    let row = |window| {
        let question = RetentionQuestion { window, ..*question };
        evaluation::Evaluation::new(view, &question, &exchange)?.report()
    };
    let mut rows: Vec<RetentionReport> = windows.iter().map(row).collect::<Result<_, _>>()?;
    let currencies: BTreeSet<_> = rows.iter().filter_map(|row| row.currency).collect();
    if currencies.len() > 1 {
        return Err(FigureError::SeveralCurrencies(currencies.into_iter().collect()));
    }
    rows.iter_mut().for_each(|row| row.currency = currencies.first().copied());
    Ok(rows)
}

#[cfg(test)]
mod tests;
