//! Exchange rates: which one is in force before a boundary.

use recount_ledger::{Currency, Instant, Position, Rate};

/// A rate on record that entered a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RateUsed {
    /// The currency that is priced.
    pub base: Currency,
    /// The currency of the price.
    pub quote: Currency,
    /// The rate's own date.
    pub date: Instant,
    /// The price.
    pub rate: Rate,
    /// Where its record stands.
    pub position: Position,
}
