//! Which rows have a value: none, all, or a bitmap.

use super::blocks::{BlockReader, BlockWriter};
use crate::codec::error::DecodeError;

const NONE: u8 = 0;
const ALL: u8 = 1;
const SOME: u8 = 2;

/// Where a row's value stands among the values there are.
pub(super) enum Presence {
    None,
    All,
    /// The rank of each row; [`ABSENT`] where it has none.
    Some(Vec<u16>, usize),
}

const ABSENT: u16 = u16::MAX;

impl Presence {
    pub(super) fn rank(&self, row: usize) -> Option<usize> {
        match self {
            Self::None => None,
            Self::All => Some(row),
            Self::Some(ranks, _) => Some(ranks[row]).filter(|rank| *rank != ABSENT).map(usize::from),
        }
    }

    /// How many of `rows` rows have a value.
    pub(super) fn count(&self, rows: usize) -> usize {
        match self {
            Self::None => 0,
            Self::All => rows,
            Self::Some(_, count) => *count,
        }
    }
}

/// Writes which rows have a value.
pub(super) fn write(present: &[bool], out: &mut BlockWriter) {
    let count = present.iter().filter(|present| **present).count();
    if count == 0 {
        out.put(u64::from(NONE));
    } else if count == present.len() {
        out.put(u64::from(ALL));
    } else {
        out.put(u64::from(SOME));
        let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
        out.block(|bytes| bytes.extend(present.chunks(8).map(byte)));
    }
}

/// Reads which of `rows` rows have a value.
pub(super) fn read(rows: usize, from: &mut BlockReader<'_>) -> Result<Presence, DecodeError> {
    match from.numbers.byte()? {
        NONE => Ok(Presence::None),
        ALL => Ok(Presence::All),
        SOME => {
            let bytes = from.block_of(rows.div_ceil(8))?;
            let mut count = 0;
            let mut rank = |row: usize| {
                if bytes[row / 8] >> (row % 8) & 1 == 0 {
                    return ABSENT;
                }
                count += 1;
                count - 1
            };
            let ranks = (0..rows).map(&mut rank).collect();
            Ok(Presence::Some(ranks, usize::from(count)))
        }
        _ => Err(from.numbers.malformed("a column has an unknown form of presence")),
    }
}
