//! MRR at a point in time, per customer or per value of an attribute.

use recount_ledger::Currency;
use recount_projection::{Boundary, View};

use crate::calendar::Calendar;
use crate::definition::Rates;
use crate::error::FigureError;
use crate::rates::RateUsed;
use crate::warning::Warning;

/// A question for MRR at a point.
#[derive(Clone, Copy, Debug)]
pub struct MrrQuestion<'a> {
    /// Before which boundary.
    pub at: Boundary,
    /// Of which customer alone.
    pub customer: Option<&'a str>,
    /// By which attribute, read at the same boundary.
    pub by: Option<&'a str>,
    /// In which currency.
    pub currency: Option<Currency>,
    /// At which rates: those before `at` unless they are `constant:DATE`.
    pub rates: Rates,
    /// In which zone.
    pub calendar: &'a Calendar,
}

/// The answer to an [`MrrQuestion`]. Amounts are units of 1e-8 of the report's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MrrReport {
    /// Before which boundary.
    pub at: Boundary,
    /// The currency of all amounts; none where there are no amounts at all.
    pub currency: Option<Currency>,
    /// The sum.
    pub total: i128,
    /// The active customers, by id.
    pub customers: Vec<CustomerMrr>,
    /// The segments, where asked for, by value; customers without one come last.
    pub groups: Vec<GroupMrr>,
    /// The rates that entered it, by pair, date and position.
    pub rates: Vec<RateUsed>,
    /// What to know before quoting it, by code.
    pub warnings: Vec<Warning>,
}

/// The MRR of one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerMrr {
    /// Its id.
    pub customer: String,
    /// Its MRR, above 0.
    pub mrr: i128,
}

/// The MRR of one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMrr {
    /// The attribute's value; none where it is not set.
    pub value: Option<String>,
    /// Active customers.
    pub customers: u64,
    /// Their MRR.
    pub mrr: i128,
}

/// MRR at a point.
pub fn mrr(_view: &View<'_>, _question: &MrrQuestion<'_>) -> Result<MrrReport, FigureError> {
    unimplemented!("skeleton")
}
