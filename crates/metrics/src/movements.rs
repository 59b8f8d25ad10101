//! The bridge from opening to closing MRR. It always foots, exactly.

use recount_ledger::Currency;
use recount_projection::View;

use crate::calendar::{Calendar, Every};
use crate::definition::Definition;
use crate::error::FigureError;
use crate::rates::RateUsed;
use crate::warning::Warning;
use crate::window::Window;

/// One row of a bridge. Amounts are units of 1e-8 of the report's currency; losses are positive.
///
/// opening + new logo + reactivation + expansion - contraction - churn + fx + entering - leaving = closing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bridge {
    /// MRR at open.
    pub opening: i128,
    /// From 0 for the first time.
    pub new_logo: i128,
    /// From 0 again.
    pub reactivation: i128,
    /// Upwards.
    pub expansion: i128,
    /// Downwards, not to 0.
    pub contraction: i128,
    /// To 0.
    pub churn: i128,
    /// What rates alone changed.
    pub fx: i128,
    /// MRR of members that came from another segment; 0 without segments.
    pub entering: i128,
    /// MRR of members that went to another segment; 0 without segments.
    pub leaving: i128,
    /// MRR at close.
    pub closing: i128,
    /// The same in heads.
    pub customers: BridgeCounts,
}

/// A bridge in heads: how many members, and how many steps of each kind. With the customer grain, members are customers.
///
/// opening + new logo + reactivation - churn + entering - leaving = closing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BridgeCounts {
    /// Active at open.
    pub opening: u64,
    /// First times.
    pub new_logo: u64,
    /// Returns.
    pub reactivation: u64,
    /// Losses.
    pub churn: u64,
    /// Came from another segment while active.
    pub entering: u64,
    /// Went to another segment while active.
    pub leaving: u64,
    /// Active at close.
    pub closing: u64,
}

/// A question for movements.
#[derive(Clone, Copy, Debug)]
pub struct MovementsQuestion<'a> {
    /// Over which span.
    pub window: &'a Window,
    /// Cut into which parts; none for one row.
    pub every: Option<Every>,
    /// By which definition: its grain, gaps, exclusions and currency count.
    pub definition: &'a Definition,
    /// In which zone and fiscal year.
    pub calendar: &'a Calendar,
    /// By which attribute, too, read at each instant.
    pub by: Option<&'a str>,
}

/// The answer to a [`MovementsQuestion`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovementsReport {
    /// The window asked for.
    pub window: Window,
    /// The currency of all amounts; none where there are no amounts at all.
    pub currency: Option<Currency>,
    /// The rows' windows.
    pub parts: Vec<Window>,
    /// All members, a row per part.
    pub rows: Vec<Bridge>,
    /// The segments, where asked for, by value; customers without one come last. A row per part each.
    pub groups: Vec<(Option<String>, Vec<Bridge>)>,
    /// The rates that entered it, by pair, date and position.
    pub rates: Vec<RateUsed>,
    /// What to know before quoting it, by code.
    pub warnings: Vec<Warning>,
}

/// The bridge over a window.
pub fn movements(_view: &View<'_>, _question: &MovementsQuestion<'_>) -> Result<MovementsReport, FigureError> {
    unimplemented!("skeleton")
}
