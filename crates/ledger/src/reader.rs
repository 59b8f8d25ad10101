//! Reading a ledger, also beside a writer of another process.

use std::ops::Range;
use std::path::Path;

use crate::chunk::Chunk;
use crate::error::{OpenError, ReadError};
use crate::header::Header;
use crate::id::EventId;
use crate::instant::Instant;
use crate::record::Recorded;

/// A ledger as it stood when it was opened. Opening takes no lock and reads two small files.
#[derive(Debug)]
pub struct Reader {
    header: Header,
}

impl Reader {
    /// Opens the ledger in `dir`.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        unimplemented!("{dir:?}")
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

    /// The records before this position lie in the store, which only one process can open at a time; those from it on in
    /// the tail, which anyone can read.
    pub fn tail_start(&self) -> u64 {
        unimplemented!()
    }

    /// The records of a range, oldest first. Those of the tail come without touching the store; for the others the
    /// store must be free.
    pub fn read(&self, positions: Range<u64>) -> Result<Records, ReadError> {
        unimplemented!("{positions:?}")
    }

    /// One record.
    pub fn record(&self, position: u64) -> Result<Recorded, ReadError> {
        unimplemented!("{position}")
    }

    /// The record of an event id. Needs the store only if the record lies there.
    pub fn find(&self, id: EventId) -> Result<Option<Recorded>, ReadError> {
        unimplemented!("{id}")
    }

    /// The Merkle root over the first `size` records.
    pub fn root_at(&self, size: u64) -> Result<[u8; 32], ReadError> {
        unimplemented!("{size}")
    }
}

/// Records, oldest first, in chunks.
#[derive(Debug)]
pub struct Records {}

impl Iterator for Records {
    type Item = Result<Chunk, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        unimplemented!()
    }
}
