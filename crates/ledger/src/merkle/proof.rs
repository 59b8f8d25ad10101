//! Proofs that somebody without the ledger can check: that a record is in it, and that it only grew (RFC 6962, RFC 9162).
//!
//! Verifying is pure. Making a proof needs roots of subtrees: which ones, [`inclusion_ranges`] and
//! [`consistency_ranges`] say.

use std::ops::Range;

use thiserror::Error;

use super::hash::{Hash, content_digest, node_hash};

/// The longest path there can be: one hash per bit of a size, and one more for where a consistency proof begins.
pub const PATH_HASHES_MAX: usize = 64;

/// That a leaf is in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// The leaf's index: the record's position.
    pub position: u64,
    /// Leaves of the tree.
    pub size: u64,
    /// Hashes beside the way from the leaf to the root, the leaf's neighbour first.
    pub path: Vec<Hash>,
}

/// That a tree begins with all leaves of an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// Leaves of the earlier tree.
    pub from: u64,
    /// Leaves of the later tree.
    pub size: u64,
    /// The hashes, in the order of RFC 6962.
    pub path: Vec<Hash>,
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProofError {
    /// The leaf lies beyond the tree.
    #[error("position {position} is not among the first {size} records")]
    Beyond {
        /// The leaf.
        position: u64,
        /// The tree.
        size: u64,
    },
    /// The earlier tree is the larger one.
    #[error("{from} records cannot be the beginning of {size}")]
    Backwards {
        /// The earlier tree.
        from: u64,
        /// The later tree.
        size: u64,
    },
    /// Too many hashes, or too few.
    #[error("the path has {found} hashes, such a proof has {expected}")]
    Length {
        /// What such a proof has.
        expected: usize,
        /// What there is.
        found: usize,
    },
    /// The hashes give another root for the tree.
    #[error("the path leads to the root {found}, not to {expected}")]
    Root {
        /// The root that was to be reached.
        expected: Hash,
        /// The one that was.
        found: Hash,
    },
    /// The hashes give another root for the earlier tree.
    #[error("the path begins at the root {found}, not at {expected}")]
    OldRoot {
        /// The root that was to be reached.
        expected: Hash,
        /// The one that was.
        found: Hash,
    },
}

impl InclusionProof {
    /// The root of the tree, if this leaf is where the proof says.
    pub fn root(&self, leaf: &Hash) -> Result<Hash, ProofError> {
        let (position, size) = (self.position, self.size);
        if position >= size {
            return Err(ProofError::Beyond { position, size });
        }
        // The ranges alone say on which side each hash stands.
        let ranges = inclusion_ranges(position, size);
        self.length(ranges.len())?;
        let sides = ranges.iter().map(|range| range.end <= position);
        Ok(sides.zip(&self.path).fold(*leaf, |below, (left, hash)| match left {
            true => node_hash(hash, &below),
            false => node_hash(&below, hash),
        }))
    }

    /// Whether this leaf is at this position of the tree with this root.
    pub fn verify(&self, leaf: &Hash, root: &Hash) -> Result<(), ProofError> {
        let found = self.root(leaf)?;
        if found == *root { Ok(()) } else { Err(ProofError::Root { expected: *root, found }) }
    }

    fn length(&self, expected: usize) -> Result<(), ProofError> {
        let found = self.path.len();
        if found == expected { Ok(()) } else { Err(ProofError::Length { expected, found }) }
    }
}

impl ConsistencyProof {
    /// Whether the tree with the root `new` begins with the one that has the root `old`. Everything begins with the empty
    /// tree, whose root is the hash of nothing.
    pub fn verify(&self, old: &Hash, new: &Hash) -> Result<(), ProofError> {
        let (from, size) = (self.from, self.size);
        if from > size {
            return Err(ProofError::Backwards { from, size });
        }
        let (expected, found) = (consistency_ranges(from, size).len(), self.path.len());
        if found != expected {
            return Err(ProofError::Length { expected, found });
        }
        let (reached_old, reached_new) = if from == 0 {
            (content_digest(&[]), *new)
        } else if from == size {
            (*old, *old)
        } else {
            self.roots(old)
        };
        if reached_old != *old {
            return Err(ProofError::OldRoot { expected: *old, found: reached_old });
        }
        if reached_new != *new {
            return Err(ProofError::Root { expected: *new, found: reached_new });
        }
        Ok(())
    }

    /// Both roots that the path leads to, for 0 < from < size: section 2.1.4.2 of RFC 9162.
    fn roots(&self, old: &Hash) -> (Hash, Hash) {
        // A tree of a power of two leaves is a subtree of the later one, so its root is left out of the path.
        let whole = self.from.is_power_of_two();
        let (first, rest) = if whole { (*old, &self.path[..]) } else { (self.path[0], &self.path[1..]) };
        let mut node = self.from - 1;
        let mut last = self.size - 1;
        let shift = node.trailing_ones();
        (node, last) = (node >> shift, last >> shift);
        let (mut old_root, mut new_root) = (first, first);
        for hash in rest {
            if node & 1 == 1 || node == last {
                old_root = node_hash(hash, &old_root);
                new_root = node_hash(hash, &new_root);
                // Up to where the node is a right child again: in between it has no neighbour.
                let skipped = if node & 1 == 0 { node.trailing_zeros() } else { 0 };
                (node, last) = (shifted(node, skipped), shifted(last, skipped));
            } else {
                new_root = node_hash(&new_root, hash);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        (old_root, new_root)
    }
}

fn shifted(number: u64, bits: u32) -> u64 {
    number.checked_shr(bits).unwrap_or(0)
}

/// The leaves below each hash of an inclusion proof, in its order. The leaf must be in the tree.
pub fn inclusion_ranges(position: u64, size: u64) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    let mut tree = 0..size;
    while tree.end - tree.start > 1 {
        let middle = split(&tree);
        let (beside, inside) = if position < middle {
            (middle..tree.end, tree.start..middle)
        } else {
            (tree.start..middle, middle..tree.end)
        };
        ranges.push(beside);
        tree = inside;
    }
    ranges.reverse();
    ranges
}

/// The leaves below each hash of a consistency proof, in its order.
pub fn consistency_ranges(from: u64, size: u64) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    let mut tree = 0..size;
    if from == 0 || from >= size {
        return ranges;
    }
    while tree.end != from {
        let middle = split(&tree);
        let (beside, inside) = if from <= middle {
            (middle..tree.end, tree.start..middle)
        } else {
            (tree.start..middle, middle..tree.end)
        };
        ranges.push(beside);
        tree = inside;
    }
    if tree.start > 0 {
        ranges.push(tree);
    }
    ranges.reverse();
    ranges
}

/// Where RFC 6962 splits a tree of two leaves and more: after the largest power of two below its size.
pub(crate) fn split(leaves: &Range<u64>) -> u64 {
    let size = leaves.end - leaves.start;
    leaves.start + (1 << (size - 1).ilog2())
}

#[cfg(test)]
#[path = "proof_tests.rs"]
mod tests;
