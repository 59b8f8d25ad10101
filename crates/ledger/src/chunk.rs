//! Records in the hand of a reader, a frame at a time.

use std::ops::Range;

use crate::record::Recorded;

/// Some records that follow each other.
#[derive(Debug)]
pub struct Chunk {
    records: Vec<Recorded>,
}

impl Chunk {
    /// Their positions.
    pub fn positions(&self) -> Range<u64> {
        unimplemented!()
    }

    /// The records, oldest first.
    pub fn records(&self) -> impl Iterator<Item = Recorded<&str>> {
        let _ = &self.records;
        std::iter::empty()
    }
}
