//! The payload of a frame: small numbers in a row, and blocks of bytes, each compressed on its own.
//!
//! A block holds bytes of one nature (one byte plane of a column, the letters of its texts), because zstd makes one
//! code table a block: mixed columns cost a third more bytes.

use std::io;

use zstd::bulk::{Compressor, Decompressor};

use super::cursor::{Cursor, put};
use crate::codec::error::DecodeError;

/// Below this a block is not worth a compressor's call.
const COMPRESS_FROM: usize = 48;
/// The most bytes in the blocks of one frame.
pub(super) const RAW_BYTES_MAX: usize = 1 << 31;
const BLOCKS_MAX: usize = 1 << 14;

/// A payload being written.
#[derive(Default)]
pub(super) struct BlockWriter {
    /// The small numbers.
    pub numbers: Vec<u8>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl BlockWriter {
    /// Adds a number.
    pub(super) fn put(&mut self, value: u64) {
        put(&mut self.numbers, value);
    }

    /// Adds a block that `fill` appends.
    pub(super) fn block(&mut self, fill: impl FnOnce(&mut Vec<u8>)) {
        fill(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.bytes.clear();
        self.ends.clear();
    }

    /// Appends numbers, the table of blocks and the blocks.
    pub(super) fn write(&self, compressor: &mut Compressor<'_>, out: &mut Vec<u8>) -> io::Result<()> {
        put(out, self.numbers.len() as u64);
        out.extend_from_slice(&self.numbers);
        put(out, self.ends.len() as u64);
        let (mut start, mut stored) = (0, Vec::with_capacity(self.bytes.len() / 2));
        for end in &self.ends {
            let block = &self.bytes[start..*end];
            let compressed = if block.len() < COMPRESS_FROM { None } else { Some(compressor.compress(block)?) };
            let kept = compressed.as_deref().filter(|bytes| bytes.len() < block.len()).unwrap_or(block);
            put(out, block.len() as u64);
            put(out, kept.len() as u64);
            stored.extend_from_slice(kept);
            start = *end;
        }
        out.extend_from_slice(&stored);
        Ok(())
    }
}

/// A payload being read.
pub(super) struct BlockReader<'a> {
    /// The small numbers.
    pub numbers: Cursor<'a>,
    raw: &'a [u8],
    lengths: std::vec::IntoIter<usize>,
}

impl<'a> BlockReader<'a> {
    /// Reads the table and decompresses all blocks into `raw`.
    pub(super) fn open(
        payload: &'a [u8],
        decompressor: &mut Decompressor<'_>,
        raw: &'a mut Vec<u8>,
    ) -> Result<Self, DecodeError> {
        let mut cursor = Cursor::new("frame payload", payload);
        let numbers = cursor.length(payload.len())?;
        let numbers = Cursor::new("frame column", cursor.take(numbers)?);
        let count = cursor.length(BLOCKS_MAX)?;
        let mut table = Vec::with_capacity(count);
        let mut total = 0;
        for _ in 0..count {
            let (length, stored) = (cursor.length(RAW_BYTES_MAX - total)?, cursor.length(payload.len())?);
            total += length;
            table.push((length, stored));
        }
        raw.clear();
        for (length, stored) in &table {
            unpack(cursor.take(*stored)?, *length, decompressor, raw)?;
        }
        cursor.end()?;
        let lengths: Vec<usize> = table.into_iter().map(|(length, _)| length).collect();
        Ok(Self { numbers, raw, lengths: lengths.into_iter() })
    }

    /// The next block.
    pub(super) fn block(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.lengths.next().ok_or_else(|| self.numbers.malformed("a block is missing"))?;
        let (block, rest) = self.raw.split_at(length);
        self.raw = rest;
        Ok(block)
    }

    /// The next block, which must have so many bytes.
    pub(super) fn block_of(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let block = self.block()?;
        if block.len() == length { Ok(block) } else { Err(self.numbers.malformed("a block has the wrong length")) }
    }

    pub(super) fn end(&self) -> Result<(), DecodeError> {
        self.numbers.end()?;
        if self.lengths.len() == 0 { Ok(()) } else { Err(self.numbers.malformed("blocks are left over")) }
    }
}

/// Appends exactly `length` bytes to `raw`.
fn unpack(
    stored: &[u8],
    length: usize,
    decompressor: &mut Decompressor<'_>,
    raw: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    if stored.len() == length {
        raw.extend_from_slice(stored);
        return Ok(());
    }
    // A table may claim gigabytes for a few bytes; zstd's own header must agree before memory is taken.
    let claimed = zstd::zstd_safe::get_frame_content_size(stored);
    if !matches!(claimed, Ok(Some(size)) if size == length as u64) {
        return Err(DecodeError::malformed("frame block", "its compressed form has another length"));
    }
    let start = raw.len();
    raw.resize(start + length, 0);
    match decompressor.decompress_to_buffer(stored, &mut raw[start..]) {
        Ok(written) if written == length => Ok(()),
        Ok(_) => Err(DecodeError::malformed("frame block", "it is shorter than its table says")),
        Err(error) => Err(DecodeError::malformed("frame block", error.to_string())),
    }
}
