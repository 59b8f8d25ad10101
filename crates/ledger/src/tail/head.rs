//! The first bytes of a tail: what lies in the store, and which tail of which ledger this is.

use uuid::Uuid;

use crate::instant::Instant;
use crate::merkle::{Hash, Peaks};

/// The head's place in the file; the entries begin behind it.
pub const HEAD_BYTES: usize = 4_096;

const MAGIC: &[u8; 8] = b"RCNTTAIL";
const VERSION: u32 = 1;
const NEVER: i64 = i64::MIN;

/// What a tail says before its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TailHead {
    /// The ledger it belongs to.
    pub ledger: Uuid,
    /// 1 for the first tail of a ledger, then 2 and so on.
    pub generation: u64,
    /// Random; entries repeat it, so that bytes of an older tail or of a record's text never pass for an entry.
    pub salt: u64,
    /// The `recorded_at` of the newest record in the store.
    pub last_recorded_at: Option<Instant>,
    /// The tree over the records in the store, and so their number.
    pub peaks: Peaks,
}

impl TailHead {
    /// The head of the first tail of a ledger.
    pub fn first(ledger: Uuid) -> Self {
        Self { ledger, generation: 1, salt: fresh_salt(), last_recorded_at: None, peaks: Peaks::new() }
    }

    /// The head of the tail that follows when the store has grown.
    pub fn next(&self, peaks: Peaks, last_recorded_at: Option<Instant>) -> Self {
        Self { ledger: self.ledger, generation: self.generation + 1, salt: fresh_salt(), last_recorded_at, peaks }
    }

    /// How many records lie in the store.
    pub const fn base(&self) -> u64 {
        self.peaks.size()
    }

    /// The bytes, [`HEAD_BYTES`] of them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let peaks = self.peaks.to_bytes();
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(self.ledger.as_bytes());
        out.extend_from_slice(&self.generation.to_le_bytes());
        out.extend_from_slice(&self.salt.to_le_bytes());
        out.extend_from_slice(&self.last_recorded_at.map_or(NEVER, Instant::micros).to_le_bytes());
        out.extend_from_slice(&self.peaks.root().0);
        out.extend_from_slice(&(peaks.len() as u32).to_le_bytes());
        out.extend_from_slice(&peaks);
        out.resize(HEAD_BYTES - 4, 0);
        out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
        out
    }

    /// Reads a head; the error says what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeadError> {
        let bytes = bytes.get(..HEAD_BYTES).ok_or(HeadError::Bad("is cut off"))?;
        let mut rest = Fields(bytes);
        if rest.take() != *MAGIC {
            return Err(HeadError::Bad("does not begin like a tail"));
        }
        let version = u32::from_le_bytes(rest.take());
        if version > VERSION {
            return Err(HeadError::Newer(version));
        }
        let sum = u32::from_le_bytes(Fields(&bytes[HEAD_BYTES - 4..]).take());
        if crc32c::crc32c(&bytes[..HEAD_BYTES - 4]) != sum {
            return Err(HeadError::Bad("has a head that does not match its checksum"));
        }
        let ledger = Uuid::from_bytes(rest.take());
        let generation = u64::from_le_bytes(rest.take());
        let salt = u64::from_le_bytes(rest.take());
        let last = i64::from_le_bytes(rest.take());
        let root = Hash(rest.take());
        let length = u32::from_le_bytes(rest.take()) as usize;
        let peaks = rest.0.get(..length).and_then(|peaks| Peaks::from_bytes(peaks).ok());
        let peaks = peaks.filter(|p| p.root() == root).ok_or(HeadError::Bad("has peaks that do not give its root"))?;
        let last_recorded_at = Instant::from_micros(last).ok();
        Ok(Self { ledger, generation, salt, last_recorded_at, peaks })
    }
}

/// Why bytes are not the head of a tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadError {
    Bad(&'static str),
    Newer(u32),
}

/// Fixed fields, one after the other; callers have checked that there are enough bytes.
pub struct Fields<'a>(pub &'a [u8]);

impl Fields<'_> {
    pub fn take<const N: usize>(&mut self) -> [u8; N] {
        let (field, rest) = self.0.split_first_chunk::<N>().expect("the caller checked the length");
        self.0 = rest;
        *field
    }
}

fn fresh_salt() -> u64 {
    // Never 0, so that zeros are never an entry.
    Uuid::new_v4().as_u64_pair().1 | 1
}
