//! The customers and the records behind a figure.

use recount_ledger::{Claim, Currency, Instant, Position};
use recount_projection::View;

use crate::error::FigureError;
use crate::retention::RetentionQuestion;
use crate::warning::Warning;

/// Why a window's figure is what it is. Amounts are units of 1e-8 of the report's currency, at opening rates but `fx`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The currency of all amounts; none where there are no amounts at all.
    pub currency: Option<Currency>,
    /// Customers with MRR at either end or a step in between, largest effect first, then by id.
    pub customers: Vec<ExplainedCustomer>,
    /// What to know before quoting it, by code.
    pub warnings: Vec<Warning>,
}

/// What one customer did in the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedCustomer {
    /// Its id.
    pub customer: String,
    /// Whether it is in the cohort: a customer won later counts nowhere in NDR.
    pub in_cohort: bool,
    /// MRR at open.
    pub opening: i128,
    /// MRR at close, at the close end's rates.
    pub closing: i128,
    /// What it moved: closing - opening.
    pub effect: i128,
    /// Of that, what rates alone changed.
    pub fx: i128,
    /// The records that took effect in the window, in order.
    pub movements: Vec<ExplainedMovement>,
}

/// One record that took effect in the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedMovement {
    /// Where it stands.
    pub position: Position,
    /// When it took effect.
    pub effective_at: Instant,
    /// When its source knew it.
    pub booked_at: Instant,
    /// The subscription.
    pub subscription: String,
    /// What its source calls it.
    pub claim: Claim,
    /// The subscription's MRR before it.
    pub before: i128,
    /// The subscription's MRR after it.
    pub after: i128,
}

/// The customers and records behind a figure, or those of one customer.
pub fn explain(
    _view: &View<'_>,
    _question: &RetentionQuestion<'_>,
    _customer: Option<&str>,
) -> Result<Explanation, FigureError> {
    unimplemented!("skeleton")
}
