//! Imports of any length: rows are prepared and spilled as they come, and recorded whole or not at all.

use std::ops::Range;

use crate::error::{ReadError, Rejection, StageError};
use crate::event::Event;
use crate::id::Position;
use crate::instant::Instant;
use crate::reader::Records;
use crate::writer::Writer;

/// An import that takes rows. Dropping it discards them.
#[derive(Debug)]
pub struct Stage<'w> {
    writer: &'w mut Writer,
}

impl<'w> Stage<'w> {
    /// The `recorded_at` of all records of this import.
    pub fn recorded_at(&self) -> Instant {
        unimplemented!("{:?}", self.writer)
    }

    /// Adds one row.
    pub fn push(&mut self, event: Event) -> Result<(), StageError> {
        unimplemented!("{event:?}")
    }

    /// Adds rows. Rows are numbered from 0 in the order in which they are pushed; the work on them is spread over all
    /// cores, so that bad rows show up in [`Stage::finish`].
    pub fn push_chunk(&mut self, events: Vec<Event>) -> Result<(), StageError> {
        unimplemented!("{events:?}")
    }

    /// Ends the rows: compares them with each other and with the ledger.
    pub fn finish(self) -> Result<Staged<'w>, StageError> {
        unimplemented!()
    }
}

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

/// An import whose rows are all in and compared. Dropping it discards them.
#[derive(Debug)]
pub struct Staged<'w> {
    writer: &'w mut Writer,
}

impl Staged<'_> {
    /// What became of the rows.
    pub fn outcome(&self) -> &StageOutcome {
        unimplemented!("{:?}", self.writer)
    }

    /// The positions that the rows will have.
    pub fn positions(&self) -> Range<u64> {
        unimplemented!()
    }

    /// The records as they will be, with their positions, oldest first.
    pub fn records(&self) -> Result<Records, ReadError> {
        unimplemented!()
    }

    /// Records all rows that can be, and after them the import record, in one step. Returns the positions of the rows.
    pub fn publish(self, import: Option<Event>) -> Result<Published, StageError> {
        unimplemented!("{import:?}")
    }

    /// Forgets the rows.
    pub fn discard(self) -> Result<(), StageError> {
        unimplemented!()
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
