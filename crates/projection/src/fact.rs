//! What a projection tells: levels, rates, listed records, contradictions, findings, and how a replay can fail.

use recount_ledger::{Amount, Claim, Currency, Instant, Position, Rate};
use thiserror::Error;

use crate::index::CustomerIx;

/// One admitted movement of a subscription: its MRR from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// From when on.
    pub effective_at: Instant,
    /// When its source knew it.
    pub booked_at: Instant,
    /// Where its record stands.
    pub position: Position,
    /// What its source calls it.
    pub claim: Claim,
    /// The subscription's MRR from then on, in units of 1e-8.
    pub mrr: i128,
    /// Its currency; only a level of 0 may lack one.
    pub currency: Option<Currency>,
    /// The MRR before it, where its source states it.
    pub mrr_before: Option<Amount>,
}

/// An exchange rate on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FxQuote {
    /// Where its record stands.
    pub position: Position,
    /// Its date.
    pub effective_at: Instant,
    /// When it was known; its own date where its source does not say.
    pub booked_at: Instant,
    /// The currency that is priced.
    pub base: Currency,
    /// The currency of the price.
    pub quote: Currency,
    /// The price.
    pub rate: Rate,
}

/// A record that the projection keeps whole, with where and when it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// Where it stands.
    pub position: Position,
    /// When the ledger took it.
    pub recorded_at: Instant,
    /// When its source knew it.
    pub booked_at: Instant,
    /// Who or what wrote it.
    pub recorded_by: String,
    /// The system it came from.
    pub source: String,
    /// What it says.
    pub body: T,
}

/// A movement whose claim or stated MRR before does not fit what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// Where its record stands.
    pub position: Position,
    /// The customer it names.
    pub customer: CustomerIx,
    /// What does not fit, with the MRR before and after.
    pub message: String,
}

/// Something in the records that is worth a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub code: FindingCode,
    /// The record it is about (of several, the last).
    pub position: Position,
    /// The customer it names.
    pub customer: CustomerIx,
    /// What was found, in full.
    pub message: String,
}

/// The kinds of [`Finding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingCode {
    /// A claim or stated MRR before that does not fit: a [`Contradiction`].
    Contradiction,
    /// Movements of one subscription that only their positions order.
    PositionOrder,
    /// A spell at 0 of at most a day between two active states.
    ZeroSpell,
    /// One subscription id that is active under two customers at once.
    SharedSubscription,
}

impl FindingCode {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contradiction => "contradiction",
            Self::PositionOrder => "position_order",
            Self::ZeroSpell => "zero_spell",
            Self::SharedSubscription => "shared_subscription",
        }
    }
}

/// Customer ids that were merged into each other in a circle.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("customers are merged in a circle: {}; void one of these merges", ids.join(" -> "))]
pub struct MergeCycle {
    /// The ids on the circle; the first is repeated at the end.
    pub ids: Vec<String>,
}

/// Why records cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExtendError {
    /// The next record is not the next position.
    #[error("record {found} follows where record {expected} was due: the records are not read in order")]
    OutOfOrder {
        /// The position that was due.
        expected: u64,
        /// The position that came.
        found: u64,
    },
    /// More than the columns can number.
    #[error("record {0}: a projection holds at most 4 billion records and 4 GiB of ids")]
    TooLarge(u64),
    /// A void that names nothing recorded before it.
    #[error("record {position} voids {target}, which is not recorded before it; run `recount verify`")]
    UnknownTarget {
        /// Where the void stands.
        position: u64,
        /// What it names.
        target: String,
    },
    /// A void whose target cannot be told apart from another record.
    #[error(
        "record {position} voids {target}, whose short hash it shares with another record; void the other by its own id"
    )]
    AmbiguousTarget {
        /// Where the void stands.
        position: u64,
        /// What it names.
        target: String,
    },
}
