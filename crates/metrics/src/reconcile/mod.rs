//! Reconciliation: what a published figure meant.
//!
//! A line of a deck either is the figure, or it is searched for among figures that were made otherwise: as of another
//! day, by another definition, over another window ... One change is tried before two; what is likelier before looking
//! stands first, and what explains several lines at once before what explains one. Finding nothing is an answer, too.

mod cause;
mod charges;
mod metric;
mod parameters;
mod quoted;
mod rank;
mod readings;
mod search;
mod setting;
mod shares;
mod variations;
mod witness;

use recount_projection::{Boundary, Cut, Projection};

use crate::calendar::Calendar;
use crate::definition::Definition;
use crate::ratio::Ratio;

pub use cause::{Cause, CauseKind};
pub use charges::Charge;
pub use metric::{Metric, MetricError};
pub use quoted::{Quoted, QuotedError};
pub use witness::Witness;

/// The customers of one value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Segment {
    /// The attribute.
    pub attribute: String,
    /// The value.
    pub value: String,
}

/// How a line of a deck says that its figure was made.
#[derive(Clone, Debug)]
pub struct Basis {
    /// What was known.
    pub cut: Cut,
    /// The window as typed, where there is one.
    pub window: Option<String>,
    /// The point as typed, where there is one; else the window's close.
    pub at: Option<String>,
    /// By which definition.
    pub definition: Definition,
    /// In which zone and fiscal year.
    pub calendar: Calendar,
}

/// A line of a deck.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is called.
    pub metric: Metric,
    /// What was printed.
    pub quoted: Quoted,
    /// How it was made, as far as the deck says.
    pub basis: Basis,
    /// Of whom alone.
    pub segment: Option<Segment>,
}

/// What figures may have been made of, beside the records.
#[derive(Clone, Debug, Default)]
pub struct Surroundings<'a> {
    /// The closes, oldest first, with the records that they name.
    pub closes: Vec<(String, Cut)>,
    /// Published definitions and presets, the likeliest first.
    pub definitions: Vec<Definition>,
    /// The one-time charges on record.
    pub charges: &'a [Charge],
    /// The deck's date: nothing later was known.
    pub until: Option<Boundary>,
}

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The figure made as the deck says, or why there is none.
    pub figure: Result<Ratio, String>,
    /// Whether that is what was printed.
    pub outcome: Outcome,
    /// How many other figures were tried.
    pub tried: usize,
}

/// Whether a printed figure was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is the figure.
    Match,
    /// It is another one, most likely the first of these.
    Explained(Vec<Explanation>),
    /// It is none that was tried; the nearest of them, if any has a value.
    Unexplained(Option<Nearest>),
}

/// A way to make the printed figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What was done otherwise: one thing, rarely two.
    pub causes: Vec<Cause>,
    /// What that makes, exactly.
    pub value: Ratio,
    /// Other ways of the same kind that make the printed figure as well, in words.
    pub also: Vec<String>,
    /// How many lines of the deck the same causes explain.
    pub lines: usize,
    /// The customers that make the difference to the figure as the deck says, largest first.
    pub customers: Vec<Witness>,
    /// How many more there are.
    pub more_customers: usize,
}

/// The figure that came nearest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// How it was made; nothing for the figure as the deck says.
    pub cause: Option<Cause>,
    /// What it is.
    pub value: Ratio,
}

/// Searches every line of a deck, in their order.
pub fn reconcile(projection: &Projection, lines: &[Line], around: &Surroundings<'_>) -> Vec<Verdict> {
    search::Search::new(projection, around).run(lines)
}
