//! Boundaries and cuts: which records count, by when they took effect and by what was known.

use recount_ledger::Instant;

/// A point in time: what is before it is in, what is at it or after is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Boundary(pub Instant);

/// What was known: both conditions must admit a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cut {
    /// Admits what was booked before it.
    pub known_at: Option<Boundary>,
    /// Admits the first so many records.
    pub size: u64,
}

impl Cut {
    /// Everything that is recorded.
    pub const NONE: Self = Self { known_at: None, size: u64::MAX };
}
