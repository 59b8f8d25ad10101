//! The compact range: what must be kept of a tree to go on appending to it.

use thiserror::Error;

use super::hash::{Hash, content_digest, node_hash};

/// The roots of the perfect subtrees that a tree of some size consists of, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peaks {
    size: u64,
    hashes: Vec<Hash>,
}

/// Bytes that are no peaks, or a subtree that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PeaksError {
    /// The bytes have the wrong length for the size they name.
    #[error("a tree of {size} leaves has {expected} peaks, {found} bytes cannot hold them")]
    Length {
        /// Leaves, as named; 0 where not even that could be read.
        size: u64,
        /// How many peaks such a tree has.
        expected: u32,
        /// How many bytes there are.
        found: usize,
    },
    /// A subtree can only follow a whole number of subtrees of its own size.
    #[error("a subtree of 2^{height} leaves cannot follow {size} leaves")]
    Unaligned {
        /// Leaves so far.
        size: u64,
        /// Height of the subtree.
        height: u32,
    },
}

impl Peaks {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many leaves there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes, of the largest subtree first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.append(0, leaf);
    }

    /// Appends a perfect subtree of 2^`height` leaves, such as a tile (height 8).
    pub fn push_subtree(&mut self, height: u32, root: Hash) -> Result<(), PeaksError> {
        let aligned = height < 63 && self.size.trailing_zeros() >= height;
        if !aligned {
            return Err(PeaksError::Unaligned { size: self.size, height });
        }
        self.append(height, root);
        Ok(())
    }

    /// Each set bit of the size above `height` that the addition carries over joins two peaks.
    fn append(&mut self, height: u32, mut root: Hash) {
        let mut carry = self.size >> height;
        while carry & 1 == 1 {
            let left = self.hashes.pop().expect("one peak per set bit of the size");
            root = node_hash(&left, &root);
            carry >>= 1;
        }
        self.hashes.push(root);
        self.size += 1 << height;
    }

    /// The root of the whole tree; of an empty one, the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut from_right = self.hashes.iter().rev();
        let Some(last) = from_right.next() else {
            return content_digest(&[]);
        };
        from_right.fold(*last, |right, left| node_hash(left, &right))
    }

    /// The size (8 bytes, little-endian) and the hashes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_le_bytes().to_vec();
        self.hashes.iter().for_each(|hash| bytes.extend_from_slice(&hash.0));
        bytes
    }

    /// Reads what [`Peaks::to_bytes`] wrote. The bytes must end with the last hash.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PeaksError> {
        let Some((size, rest)) = bytes.split_first_chunk::<8>() else {
            return Err(PeaksError::Length { size: 0, expected: 0, found: bytes.len() });
        };
        let size = u64::from_le_bytes(*size);
        let (hashes, odd) = rest.as_chunks::<32>();
        if hashes.len() != size.count_ones() as usize || !odd.is_empty() {
            return Err(PeaksError::Length { size, expected: size.count_ones(), found: bytes.len() });
        }
        Ok(Self { size, hashes: hashes.iter().copied().map(Hash).collect() })
    }
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use sha2::Sha256;

    use super::super::hash::{TILE_LEAVES, leaf_hash, subtree_root};
    use super::*;
    use crate::instant::Instant;

    fn leaf(data: &[u8]) -> Hash {
        let prefixed: Vec<u8> = [0].iter().chain(data).copied().collect();
        content_digest(&prefixed)
    }

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hex")).collect()
    }

    /// The vectors that RFC 6962 implementations share (certificate-transparency's merkle_tree_test).
    #[test]
    fn rfc_6962_vectors() {
        let leaves =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut peaks = Peaks::new();
        assert_eq!(peaks.root().to_string(), roots[0]);
        for (data, root) in leaves.iter().zip(&roots[1..]) {
            peaks.push(leaf(&bytes(data)));
            assert_eq!(peaks.root().to_string(), *root);
        }
    }

    #[test]
    fn agrees_with_ct_merkle_at_every_size() {
        let mut reference = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        let (mut peaks, mut leaves) = (Peaks::new(), Vec::new());
        for i in 0..300i64 {
            let digest = content_digest(&i.to_be_bytes());
            let at = Instant::from_micros(1_700_000_000_000_000 + i).expect("in range");
            reference.push([&at.micros().to_be_bytes()[..], &digest.0].concat());
            leaves.push(leaf_hash(at, &digest));
            peaks.push(leaves[leaves.len() - 1]);
            assert_eq!(peaks.root().0[..], reference.root().as_bytes()[..], "{i}");
            assert_eq!(subtree_root(&leaves), peaks.root());
            assert_eq!(Peaks::from_bytes(&peaks.to_bytes()), Ok(peaks.clone()));
        }
    }

    #[test]
    fn tiles_stand_for_their_leaves() {
        let leaves: Vec<Hash> = (0..3 * TILE_LEAVES as u32 + 7).map(|i| content_digest(&i.to_be_bytes())).collect();
        let (mut by_tile, mut by_leaf) = (Peaks::new(), Peaks::new());
        leaves.iter().for_each(|leaf| by_leaf.push(*leaf));
        let (tiles, rest) = leaves.as_chunks::<TILE_LEAVES>();
        tiles.iter().for_each(|tile| by_tile.push_subtree(8, subtree_root(tile)).expect("aligned"));
        rest.iter().for_each(|leaf| by_tile.push(*leaf));
        assert_eq!(by_tile, by_leaf);
        assert_eq!(by_tile.push_subtree(8, leaves[0]), Err(PeaksError::Unaligned { size: 775, height: 8 }));
    }

    #[test]
    fn refuses_bytes_of_another_size() {
        let mut peaks = Peaks::new();
        (0..11u8).for_each(|i| peaks.push(content_digest(&[i])));
        let bytes = peaks.to_bytes();
        for wrong in [&bytes[..bytes.len() - 1], &bytes[..40], &bytes[..3], &[&bytes[..], &[0; 32]].concat()] {
            assert!(Peaks::from_bytes(wrong).is_err());
        }
    }

    #[test]
    fn hex_round_trips() {
        let hash = content_digest(b"x");
        assert_eq!(Hash::from_hex(&hash.to_string()), Some(hash));
        assert_eq!(Hash::from_hex("xyz"), None);
        assert_eq!(Hash::from_hex(&"é".repeat(32)), None);
    }
}
