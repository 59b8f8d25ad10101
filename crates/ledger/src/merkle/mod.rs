//! The tree that makes the ledger tamper-evident: RFC 6962 over SHA-256, one leaf per record.
//!
//! A leaf's data is `recorded_at` (8 bytes, big-endian microseconds) and the SHA-256 of the record's content bytes. The
//! position is not in it: it is the leaf's index, which a proof shows.

mod hash;
mod peaks;
mod proof;

pub use hash::{Hash, TILE_LEAVES, content_digest, leaf_hash, node_hash, subtree_root};
pub use peaks::{Peaks, PeaksError};
pub(crate) use proof::split;
pub use proof::{ConsistencyProof, InclusionProof, PATH_HASHES_MAX, ProofError, consistency_ranges, inclusion_ranges};
