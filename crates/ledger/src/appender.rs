//! The asynchronous front of a writer: one thread owns it, many tasks await it.

use std::ops::Range;

use crate::error::{AppendError, ReadError};
use crate::event::Event;
use crate::reader::Records;
use crate::record::Recorded;
use crate::writer::{Expected, Outcome, Writer};

/// A handle on a writer that runs in a thread of its own. Clones share it.
#[derive(Clone, Debug)]
pub struct Appender {}

impl Appender {
    /// Gives the writer a thread.
    pub fn start(writer: Writer) -> Self {
        let _ = writer;
        unimplemented!()
    }

    /// Appends a batch, whole or not at all, and returns once it is durable. Batches of many callers share one sync.
    /// Dropping the future never leaves half a batch: it is recorded whole or not.
    pub async fn append(&self, batch: Vec<Event>, expected: Expected) -> Result<Vec<Outcome>, AppendError> {
        unimplemented!("{batch:?} {expected:?}")
    }

    /// How many records are durable.
    pub fn size(&self) -> u64 {
        unimplemented!()
    }

    /// The durable records of a range, oldest first.
    pub fn read(&self, positions: Range<u64>) -> Result<Records, ReadError> {
        unimplemented!("{positions:?}")
    }

    /// Follows the ledger from a position on.
    pub fn subscribe(&self, from: u64) -> Subscription {
        unimplemented!("{from}")
    }

    /// Ends the thread after what is queued, drains the tail and gives the ledger free.
    pub async fn close(self) -> Result<(), AppendError> {
        unimplemented!()
    }
}

/// Durable records as they come.
#[derive(Debug)]
pub struct Subscription {}

impl Subscription {
    /// The next records; waits until there are some. None once the appender is closed and all was seen.
    pub async fn next(&mut self) -> Option<Result<Vec<Recorded>, ReadError>> {
        unimplemented!()
    }
}
