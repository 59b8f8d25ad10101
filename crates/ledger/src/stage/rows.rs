//! What is remembered of every row: eight bytes each, and the few that need more.
//!
//! Valid rows are numbered by their provisional position: where they would stand if no row fell out.

use crate::id::{EventId, Position};
use crate::merkle::Hash;

/// The rows of an import.
#[derive(Debug)]
pub struct Rows {
    base: u64,
    next: u64,
    /// Per provisional frame, the index hash of each id.
    hashes: Vec<Box<[u64]>>,
    /// Per provisional frame, the hashes of its tiles, and of the leaves after the last whole tile.
    leaves: Vec<FrameLeaves>,
    /// Provisional position and target of every row that voids something.
    voids: Vec<(u64, EventId)>,
    /// Rows that have no provisional position, in order.
    skipped: Vec<u64>,
}

/// The tree below one frame.
#[derive(Debug, Default)]
pub struct FrameLeaves {
    pub tiles: Vec<Hash>,
    pub rest: Vec<Hash>,
}

impl Rows {
    pub fn new(base: u64) -> Self {
        Self { base, next: base, hashes: Vec::new(), leaves: Vec::new(), voids: Vec::new(), skipped: Vec::new() }
    }

    /// How many records the ledger has before the rows.
    pub const fn base(&self) -> u64 {
        self.base
    }

    /// The provisional position after the last row.
    pub const fn end(&self) -> u64 {
        self.next
    }

    /// A row that is not valid.
    pub fn skip(&mut self, row: u64) {
        self.skipped.push(row);
    }

    /// The provisional position of the next valid row.
    pub fn next_position(&mut self, voids: Option<EventId>) -> Position {
        let position = self.next;
        self.next += 1;
        self.voids.extend(voids.map(|target| (position, target)));
        Position(position)
    }

    /// What the workers found of the next frame.
    pub fn add(&mut self, hashes: Box<[u64]>, leaves: FrameLeaves) {
        self.hashes.push(hashes);
        self.leaves.push(leaves);
    }

    pub fn voids(&self) -> &[(u64, EventId)] {
        &self.voids
    }

    pub fn leaves(&self) -> &[FrameLeaves] {
        &self.leaves
    }

    /// The number of the row that has a provisional position.
    pub fn row_of(&self, position: u64) -> u64 {
        let index = position - self.base;
        // A skipped row has as many valid ones before it as its number less the skipped ones before it.
        let (mut low, mut high) = (0, self.skipped.len());
        while low < high {
            let middle = (low + high) / 2;
            if self.skipped[middle] - middle as u64 <= index { low = middle + 1 } else { high = middle }
        }
        index + low as u64
    }

    /// The index hashes of all rows with their provisional index in the low bits, sorted: equal ids stand together. Gives
    /// the memory of the hashes back.
    pub fn sorted(&mut self) -> Sorted {
        use rayon::slice::ParallelSliceMut;
        let count = self.next - self.base;
        let bits = u64::BITS - count.leading_zeros();
        let mask = (1u64 << bits) - 1;
        let mut entries = Vec::with_capacity(count as usize);
        for frame in std::mem::take(&mut self.hashes) {
            let first = entries.len() as u64;
            entries.extend(frame.iter().zip(first..).map(|(hash, index)| hash & !mask | index));
        }
        entries.par_sort_unstable();
        Sorted { entries, mask, base: self.base }
    }
}

/// The ids of all rows, sorted by hash.
#[derive(Debug)]
pub struct Sorted {
    entries: Vec<u64>,
    mask: u64,
    base: u64,
}

impl Sorted {
    /// The provisional positions of the rows whose id may have this hash.
    pub fn candidates(&self, hash: u64) -> impl Iterator<Item = u64> {
        let wanted = hash & !self.mask;
        let first = self.entries.partition_point(|entry| entry & !self.mask < wanted);
        let rest = self.entries[first..].iter();
        rest.take_while(move |entry| *entry & !self.mask == wanted).map(|entry| self.base + (entry & self.mask))
    }

    /// Rows whose ids may be equal, group by group; each group in the order of the rows.
    pub fn groups(&self) -> impl Iterator<Item = impl Iterator<Item = u64> + Clone> {
        let same = |a: &u64, b: &u64| a & !self.mask == b & !self.mask;
        let groups = self.entries.chunk_by(same).filter(|group| group.len() > 1);
        groups.map(|group| group.iter().map(|entry| self.base + (entry & self.mask)))
    }

    /// The hashes in ascending order, each with the provisional position of its row. Low bits of a hash are lost.
    pub fn hashes(&self) -> impl Iterator<Item = (u64, u64)> + Clone {
        self.entries.iter().map(|entry| (entry & !self.mask, self.base + (entry & self.mask)))
    }

    /// The bits of a hash that are kept.
    pub const fn hash_mask(&self) -> u64 {
        !self.mask
    }
}
