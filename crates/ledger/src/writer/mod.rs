//! The one writer of a ledger.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use crate::admission::Admission;
use crate::error::{AppendError, OpenError, ReadError, StageError};
use crate::event::Event;
use crate::header::Header;
use crate::id::{EventId, Position};
use crate::instant::Instant;
use crate::reader::Records;
use crate::record::Recorded;
use crate::stage::Stage;

/// Tells the time at which records are recorded.
pub type Clock = Box<dyn FnMut() -> Instant + Send>;

/// How a writer works.
pub struct Options {
    /// Checks every appended batch against the state it would make. Staged imports are not asked: whoever stages them
    /// looks at their records before they are published.
    pub admission: Option<Box<dyn Admission>>,
    /// Tells the time.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self { admission: None, clock: Box::new(Instant::now) }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("admission", &self.admission.is_some()).finish_non_exhaustive()
    }
}

/// What the caller of an append believes of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Any,
    /// That it has so many records. A batch that holds only duplicates is answered as such whatever the size is, so
    /// that a retry gets the answer of the first try.
    Size(u64),
}

/// What became of one event of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Where it stands.
    pub position: Position,
    /// Its id.
    pub id: EventId,
    /// Whether it stood there before.
    pub duplicate: bool,
}

/// The one writer of a ledger: other processes that want to write are told that it is in use.
#[derive(Debug)]
pub struct Writer {
    header: Header,
}

impl Writer {
    /// Opens the ledger in `dir` for writing; finishes or discards what a crash left behind.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        unimplemented!("{dir:?} {options:?}")
    }

    /// What holds for the whole ledger.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How many records there are.
    pub fn size(&self) -> u64 {
        unimplemented!()
    }

    /// The Merkle root over all of them.
    pub fn root(&self) -> [u8; 32] {
        unimplemented!()
    }

    /// The `recorded_at` of the newest record.
    pub fn last_recorded_at(&self) -> Option<Instant> {
        unimplemented!()
    }

    /// Appends a batch, whole or not at all, and returns once it is durable. Events that are recorded already with the
    /// same content are skipped; their outcome names the earlier record.
    pub fn append(&mut self, batch: Vec<Event>, expected: Expected) -> Result<Vec<Outcome>, AppendError> {
        unimplemented!("{batch:?} {expected:?}")
    }

    /// Begins an import of any length. Nothing is recorded before it is published.
    pub fn stage(&mut self) -> Result<Stage<'_>, StageError> {
        unimplemented!()
    }

    /// The records of a range, oldest first.
    pub fn read(&self, positions: Range<u64>) -> Result<Records, ReadError> {
        unimplemented!("{positions:?}")
    }

    /// The record of an event id.
    pub fn find(&self, id: EventId) -> Result<Option<Recorded>, ReadError> {
        unimplemented!("{id}")
    }

    /// The Merkle root over the first `size` records.
    pub fn root_at(&self, size: u64) -> Result<[u8; 32], ReadError> {
        unimplemented!("{size}")
    }

    /// Moves the tail into the store and gives the ledger free. A writer that is only dropped leaves the tail as it is,
    /// which is just as durable and quicker after a single append.
    pub fn close(self) -> Result<(), AppendError> {
        unimplemented!()
    }
}
