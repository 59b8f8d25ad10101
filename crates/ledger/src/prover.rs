//! Making proofs: roots of subtrees from stored hashes, and from the records of at most two tiles.

use std::cell::{OnceCell, RefCell};
use std::collections::hash_map::Entry;
use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::chunk::leaf_of;
use crate::error::{Damage, ReadError};
use crate::merkle::{
    ConsistencyProof, Hash, InclusionProof, ProofError, consistency_ranges, inclusion_ranges, split, subtree_root,
};
use crate::reader::{Records, within};
use crate::tail::Tail;
use crate::tree::{TILE, Tree};

/// Leaves are kept of so many tiles: 8 KiB each.
const TILES_MAX: usize = 1_024;

type Read<'a> = dyn Fn(Range<u64>) -> Result<Records, ReadError> + 'a;

/// Makes proofs about a ledger, and checks each before it hands it out. It keeps what it read, so one for many proofs is
/// quicker than one for each.
pub struct Prover<'a> {
    tail: &'a Tail,
    tree: Tree,
    read: Box<Read<'a>>,
    stored: OnceCell<Vec<Hash>>,
    leaves: RefCell<FxHashMap<u64, Vec<Hash>>>,
}

impl<'a> Prover<'a> {
    pub(crate) fn new(tail: &'a Tail, tree: Tree, read: Box<Read<'a>>) -> Self {
        Self { tail, tree, read, stored: OnceCell::new(), leaves: RefCell::default() }
    }

    /// How many records the ledger has.
    pub fn size(&self) -> u64 {
        self.tail.size()
    }

    /// The root over the first `size` records, proved to be the beginning of the whole ledger.
    pub fn root_at(&self, size: u64) -> Result<Hash, ReadError> {
        within(&(0..size), self.size())?;
        let root = if size == self.size() { self.tail.peaks.root() } else { self.root_of(0..size)? };
        self.extends(size, &root)?;
        Ok(root)
    }

    /// That the record at a position is among the first `size`.
    pub fn inclusion(&self, position: u64, size: u64) -> Result<InclusionProof, ReadError> {
        let root = self.root_at(size)?;
        if position >= size {
            return Err(ReadError::Beyond { asked: position, size });
        }
        let proof = InclusionProof { position, size, path: self.roots_of(inclusion_ranges(position, size))? };
        let leaf = self.root_of(position..position + 1)?;
        proof.verify(&leaf, &root).map_err(|error| self.damaged(error))?;
        Ok(proof)
    }

    /// That the first `size` records begin with the first `from`.
    pub fn consistency(&self, from: u64, size: u64) -> Result<ConsistencyProof, ReadError> {
        let root = self.root_at(size)?;
        if from > size {
            return Err(ReadError::Beyond { asked: from - 1, size });
        }
        let proof = ConsistencyProof { from, size, path: self.roots_of(consistency_ranges(from, size))? };
        proof.verify(&self.root_of(0..from)?, &root).map_err(|error| self.damaged(error))?;
        Ok(proof)
    }

    /// What the stored hashes give must be what the tail vouches for.
    fn extends(&self, size: u64, root: &Hash) -> Result<(), ReadError> {
        let proof = ConsistencyProof {
            from: size,
            size: self.size(),
            path: self.roots_of(consistency_ranges(size, self.size()))?,
        };
        proof.verify(root, &self.tail.peaks.root()).map_err(|error| self.damaged(error).into())
    }

    fn damaged(&self, error: ProofError) -> Damage {
        let what = format!(
            "it and the records do not give the root that was written with them ({error}); run `recount verify`"
        );
        Damage::of(self.tree.path(), what)
    }

    fn roots_of(&self, ranges: Vec<Range<u64>>) -> Result<Vec<Hash>, ReadError> {
        ranges.into_iter().map(|range| self.root_of(range)).collect()
    }

    /// The root of a subtree, from the largest parts that are stored.
    fn root_of(&self, range: Range<u64>) -> Result<Hash, ReadError> {
        let base = self.tail.head.base();
        if range.is_empty() {
            return Ok(subtree_root(&[]));
        }
        if let Some(peak) = self.peak(&range) {
            return Ok(peak);
        }
        let aligned = range.start.is_multiple_of(TILE) && range.end.is_multiple_of(TILE);
        if aligned && range.end <= base {
            let tiles = self.tiles()?;
            return Ok(subtree_root(&tiles[(range.start / TILE) as usize..(range.end / TILE) as usize]));
        }
        let one_tile = range.start / TILE == (range.end - 1) / TILE;
        if one_tile && (range.end <= base || range.start >= base) {
            return self.of_leaves(&range);
        }
        let middle = split(&range);
        let left = self.root_of(range.start..middle)?;
        Ok(crate::merkle::node_hash(&left, &self.root_of(middle..range.end)?))
    }

    /// What the tail's head holds: with it, records of the tail are proved without touching the store.
    fn peak(&self, range: &Range<u64>) -> Option<Hash> {
        let peaks = &self.tail.head.peaks;
        let leaves = range.end - range.start;
        // A peak stands behind all larger ones: those of the higher bits of the size.
        let before = peaks.size() & !(leaves - 1) & !leaves;
        let is_peak = leaves.is_power_of_two() && peaks.size() & leaves != 0 && range.start == before;
        if is_peak { peaks.hashes().get(before.count_ones() as usize).copied() } else { None }
    }

    fn tiles(&self) -> Result<&[Hash], ReadError> {
        if let Some(tiles) = self.stored.get() {
            return Ok(tiles);
        }
        let tiles = self.tree.read(self.tail.head.base() / TILE)?;
        Ok(self.stored.get_or_init(|| tiles))
    }

    /// The root of leaves of one tile, all in the store or all in the tail.
    fn of_leaves(&self, range: &Range<u64>) -> Result<Hash, ReadError> {
        let (base, number) = (self.tail.head.base(), range.start / TILE);
        let tile = number * TILE..(number + 1) * TILE;
        let (key, held) = if range.start < base {
            (number * 2, tile.start..tile.end.min(base))
        } else {
            (number * 2 + 1, tile.start.max(base)..tile.end.min(self.size()))
        };
        let mut kept = self.leaves.borrow_mut();
        if kept.len() >= TILES_MAX && !kept.contains_key(&key) {
            kept.clear();
        }
        let leaves = match kept.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(self.read_leaves(held.clone())?),
        };
        Ok(subtree_root(&leaves[(range.start - held.start) as usize..(range.end - held.start) as usize]))
    }

    fn read_leaves(&self, range: Range<u64>) -> Result<Vec<Hash>, ReadError> {
        let (mut leaves, mut content) = (Vec::with_capacity(TILE as usize), Vec::new());
        for chunk in (self.read)(range)? {
            chunk?.records().for_each(|record| leaves.push(leaf_of(&record, &mut content)));
        }
        Ok(leaves)
    }
}

impl std::fmt::Debug for Prover<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prover").field("size", &self.size()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "prover_tests.rs"]
mod tests;
