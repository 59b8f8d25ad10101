//! What became of the rows of an import.

use std::ops::Range;

use crate::error::Rejection;
use crate::event::Event;
use crate::id::Position;

/// What became of the rows of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageOutcome {
    /// Rows pushed.
    pub read: u64,
    /// Rows that will be recorded when it is published.
    pub recorded: u64,
    /// Rows that are recorded already, or that repeat an earlier row.
    pub duplicates: u64,
    /// Rows that cannot be recorded, in their order; those with another content under a known id are conflicts.
    pub rejected: Vec<RejectedRow>,
}

impl StageOutcome {
    /// How many of the rejected rows are conflicts.
    pub fn conflicts(&self) -> u64 {
        self.rejected.iter().filter(|row| row.is_conflict()).count() as u64
    }
}

/// A row that cannot be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRow {
    /// The row, from 0 in the order of pushing.
    pub row: u64,
    /// What it says.
    pub event: Box<Event>,
    /// Why not.
    pub rejection: Rejection,
}

impl RejectedRow {
    /// Whether its id is known with other content.
    pub fn is_conflict(&self) -> bool {
        matches!(self.rejection, Rejection::Conflict { .. })
    }
}

/// Where an import stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The positions of its rows.
    pub rows: Range<u64>,
    /// Where the import record stands, if there is one.
    pub import: Option<Position>,
}
