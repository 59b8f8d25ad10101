//! Hashes of leaves and nodes.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::instant::Instant;

/// The leaves below one stored interior hash.
pub const TILE_LEAVES: usize = 256;

/// A SHA-256 hash; prints as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The hash that 64 hexadecimal digits write.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digit = |byte: u8| char::from(byte).to_digit(16).map(|d| d as u8);
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The hash of a record's canonical content bytes. It needs no position and no clock, so it can be taken in parallel
/// and before anyone knows whether the record is a duplicate.
pub fn content_digest(content: &[u8]) -> Hash {
    Hash(Sha256::digest(content).into())
}

/// The leaf of a record.
pub fn leaf_hash(recorded_at: Instant, digest: &Hash) -> Hash {
    let mut data = [0; 41];
    data[1..9].copy_from_slice(&recorded_at.micros().to_be_bytes());
    data[9..].copy_from_slice(&digest.0);
    Hash(Sha256::digest(data).into())
}

/// The node above two others.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut data = [1; 65];
    data[1..33].copy_from_slice(&left.0);
    data[33..].copy_from_slice(&right.0);
    Hash(Sha256::digest(data).into())
}

/// The root of a tree of these leaves. Of exactly [`TILE_LEAVES`] leaves, that is the hash of a tile.
pub fn subtree_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => content_digest(&[]),
        [leaf] => *leaf,
        _ => {
            // RFC 6962 splits at the largest power of two below the size.
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&subtree_root(left), &subtree_root(right))
        }
    }
}
