//! The figures: pure functions of a [`View`](recount_projection::View).
//!
//! A question is a window, a definition and a calendar; the answer holds exact sums and exact ratios. Nothing here reads
//! a clock or a file, and nothing rounds but where `docs/semantics.md` says so.
//!
//! ```
//! use recount_ledger::Zone;
//! use recount_metrics::{Calendar, Definition, RetentionQuestion, Window, retention};
//! use recount_projection::{Cut, Projection};
//!
//! let projection = Projection::empty();
//! let view = projection.view(Cut::NONE)?;
//! let calendar = Calendar::new(Zone::UTC);
//! let window = Window::parse("2025-Q3", &calendar)?;
//! let definition = Definition::preset("strict")?;
//! let question = RetentionQuestion { window: &window, definition: &definition, calendar: &calendar, by: None };
//! let report = retention(&view, &question)?;
//! assert!(report.total.ndr.is_err(), "nobody to retain: undefined, never 0 %");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod calendar;
mod combine;
mod comparison;
mod convert;
mod definition;
mod error;
mod explain;
mod movements;
mod mrr;
mod path;
mod period;
mod rates;
mod ratio;
pub mod receipt;
mod reconcile;
mod restatement;
mod retention;
mod scope;
mod share;
mod tally;
mod warning;
mod window;

pub use calendar::{Calendar, Every, EveryError, FiscalStartError, Trailing, TrailingError};
pub use comparison::{Comparison, ComparisonQuestion, Difference, Headline, ParameterChange, compare};
pub use definition::{
    Cohort, Combine, Count, CurrencyRules, Definition, DefinitionError, Display, Exclusion, ExclusionAt, Grain, Gross,
    GrossMethod, Net, NetMethod, PRESETS, Parameters, Preset, Rates, RatesError, ReadAt, Weight, Winback, WindowRules,
};
pub use error::FigureError;
pub use explain::{ExplainedCustomer, ExplainedMovement, Explanation, explain, schedule};
pub use movements::{Bridge, BridgeCounts, MovementsQuestion, MovementsReport, movements};
pub use mrr::{CustomerMrr, GroupMrr, MrrQuestion, MrrReport, mrr};
pub use period::{Adjustment, PeriodFigures, adjustments, period_figures};
pub use rates::RateUsed;
pub use ratio::{Figure, Printed, PrintedError, Ratio, Rounding, Undefined};
pub use reconcile::{
    Basis, Cause, CauseKind, Charge, Explanation as Reconciled, Line, Metric, MetricError, Nearest, Outcome, Quoted,
    QuotedError, Segment, Surroundings, Verdict, Witness, reconcile,
};
pub use restatement::{Category, Effect, RestatedPart, Restatement, RestatementQuestion, Side, restate};
pub use retention::{LinesBasis, Retention, RetentionQuestion, RetentionReport, TopTen, retention, retention_series};
pub use share::{CustomerShare, FigureName, FigureNameError, Shares, Stated, shares};
pub use warning::{Warning, WarningCode};
pub use window::{Point, Window, WindowError, parse_point};

#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod testing;
