//! Which runs are the index, and of which ledger: the one small file that is replaced whole.
//!
//! ```text
//! "RcIx" | version u32 | ledger 16 bytes | size u64 | root 32 bytes | runs u32 | (first u64, end u64) each | crc u32
//! ```

use uuid::Uuid;

use crate::merkle::Hash;

const MAGIC: [u8; 4] = *b"RcIx";
const VERSION: u32 = 2;
const FIXED_BYTES: usize = 68;

/// The runs of an index, and the records that they cover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    pub ledger: Uuid,
    /// The Merkle root over the records covered.
    pub root: Hash,
    /// First position and the one after the last, of each run.
    pub runs: Vec<(u64, u64)>,
}

impl Manifest {
    /// How many records are covered.
    pub(super) fn size(&self) -> u64 {
        self.runs.last().map_or(0, |(_, end)| *end)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(self.ledger.as_bytes());
        bytes.extend_from_slice(&self.size().to_le_bytes());
        bytes.extend_from_slice(&self.root.0);
        bytes.extend_from_slice(&(self.runs.len() as u32).to_le_bytes());
        for (first, end) in &self.runs {
            bytes.extend_from_slice(&first.to_le_bytes());
            bytes.extend_from_slice(&end.to_le_bytes());
        }
        let sum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Whether a manifest is whole, but of another version.
    pub(super) fn is_of_another_version(bytes: &[u8]) -> bool {
        let Some((content, sum)) = bytes.split_last_chunk::<4>() else { return false };
        let version = content.get(4..8);
        u32::from_le_bytes(*sum) == crc32c::crc32c(content)
            && content.starts_with(&MAGIC)
            && version.is_some_and(|version| *version != VERSION.to_le_bytes())
    }

    /// Reads a manifest; none where the bytes are not a whole one with runs that follow each other from position 0.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (content, sum) = bytes.split_last_chunk::<4>()?;
        let (fixed, rest) = content.split_first_chunk::<FIXED_BYTES>()?;
        let short = |at: usize| u32::from_le_bytes(std::array::from_fn(|i| fixed[at + i]));
        let known = fixed[..4] == MAGIC && short(4) == VERSION && u32::from_le_bytes(*sum) == crc32c::crc32c(content);
        let (pairs, odd) = rest.as_chunks::<16>();
        if !known || !odd.is_empty() || pairs.len() != short(64) as usize {
            return None;
        }
        let long = |bytes: &[u8], at: usize| u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
        let manifest = Self {
            ledger: Uuid::from_bytes(std::array::from_fn(|i| fixed[8 + i])),
            root: Hash(std::array::from_fn(|i| fixed[32 + i])),
            runs: pairs.iter().map(|pair| (long(pair, 0), long(pair, 8))).collect(),
        };
        let mut end = 0;
        let follow = manifest.runs.iter().all(|run| std::mem::replace(&mut end, run.1) == run.0 && run.1 > run.0);
        (follow && manifest.size() == long(fixed, 24)).then_some(manifest)
    }
}
