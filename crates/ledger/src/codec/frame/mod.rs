//! A frame: up to 2,048 records in columns, compressed, with a checksum; it needs nothing but itself to be read.
//!
//! ```text
//! magic "RcFr" | version u16 | records u16 | first position u64 | crc32c u32 | payload
//! ```
//!
//! Numbers are little-endian; the checksum covers everything else. A frame gives every record back as its canonical
//! content bytes had it, which the encoder checks by decoding what it wrote.

mod arena;
mod attributes;
mod blocks;
mod columns;
mod cursor;
mod derived;
mod encode;
mod ints;
mod presence;
mod texts;

use thiserror::Error;
use zstd::bulk::{Compressor, Decompressor};

use self::arena::{Arena, ArenaBuilder};
use self::blocks::{BlockReader, BlockWriter};
use self::columns::{Columns, WHOLE};
use super::content::{CONTENT_BYTES_MAX, decode_content};
use super::error::DecodeError;
use super::wire;
use crate::event::Event;
use crate::id::Position;
use crate::instant::Instant;
use crate::record::Recorded;

/// The most records in a frame; every frame of the store but the last one has as many.
pub const FRAME_RECORDS: usize = 2_048;
/// The bytes before the payload.
const HEADER_BYTES: usize = 20;
const MAGIC: [u8; 4] = *b"RcFr";
const VERSION: u16 = 1;
/// The slower levels gain a few per cent on columns and cost several times the time.
const LEVEL: i32 = 1;

/// Why records do not become a frame.
#[derive(Debug, Error)]
pub enum FrameError {
    /// None, or more than a frame holds.
    #[error("a frame holds 1 to {FRAME_RECORDS} records, not {0}")]
    Count(usize),
    /// The positions do not follow each other.
    #[error("record {0} does not follow the one before it")]
    Position(Position),
    /// The frame did not give back what went in: a defect of Recount. Nothing was written.
    #[error("the frame does not give record {0} back as it was; nothing was written, please report this")]
    Unfaithful(Position),
    /// Memory or a compressor failed.
    #[error("the frame could not be compressed: {0}")]
    Compress(#[from] std::io::Error),
}

/// Records in columns, read and checked.
pub struct Frame {
    first: Position,
    arena: Arena,
    columns: Columns,
    kinds: ints::Small,
    /// Where each row stands among those in columns, or among those kept whole.
    ranks: Vec<u16>,
    whole: Vec<Event>,
    /// The end of each run of one `recorded_at`.
    runs: Vec<(usize, Instant)>,
}

impl Frame {
    /// Reads a frame.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        FrameDecoder::new().decode(bytes)
    }

    /// The position of the first record.
    pub const fn first(&self) -> Position {
        self.first
    }

    /// How many records there are: never none.
    pub fn len(&self) -> usize {
        self.ranks.len()
    }

    /// Always false.
    pub fn is_empty(&self) -> bool {
        self.ranks.is_empty()
    }

    /// The records, in order. Of all their parts only attributes take an allocation.
    pub fn records(&self) -> impl ExactSizeIterator<Item = Recorded<&str>> {
        (0..self.len()).map(|index| self.at(index))
    }

    /// The record at a position, if it is in this frame.
    pub fn record(&self, position: Position) -> Option<Recorded<&str>> {
        let index = usize::try_from(position.0.checked_sub(self.first.0)?).ok()?;
        (index < self.len()).then(|| self.at(index))
    }

    fn at(&self, index: usize) -> Recorded<&str> {
        let rank = usize::from(self.ranks[index]);
        let event = match self.kinds.at(index) {
            WHOLE => self.whole[rank].borrowed(),
            kind => self.columns.event(rank, kind, &self.arena),
        };
        let run = self.runs.partition_point(|(end, _)| *end <= index);
        Recorded { position: Position(self.first.0 + index as u64), recorded_at: self.runs[run].1, event }
    }
}

/// Writes frames; keeps its memory between them.
pub struct FrameEncoder {
    blocks: BlockWriter,
    compressor: Compressor<'static>,
    decoder: FrameDecoder,
}

impl FrameEncoder {
    /// An encoder.
    pub fn new() -> Result<Self, FrameError> {
        Ok(Self { blocks: BlockWriter::default(), compressor: Compressor::new(LEVEL)?, decoder: FrameDecoder::new() })
    }

    /// The frame of records that follow each other.
    pub fn encode<S: AsRef<str>>(&mut self, records: &[Recorded<S>]) -> Result<Vec<u8>, FrameError> {
        let Some(first) = records.first().filter(|_| records.len() <= FRAME_RECORDS) else {
            return Err(FrameError::Count(records.len()));
        };
        let follows = |(index, record): &(usize, &Recorded<S>)| record.position.0 == first.position.0 + *index as u64;
        if let Some((_, odd)) = records.iter().enumerate().find(|pair| !follows(pair)) {
            return Err(FrameError::Position(odd.position));
        }
        self.blocks.clear();
        encode::write(records, &mut self.blocks);
        let mut bytes = Vec::with_capacity(HEADER_BYTES + records.len() * 16);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&(records.len() as u16).to_le_bytes());
        bytes.extend_from_slice(&first.position.0.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        self.blocks.write(&mut self.compressor, &mut bytes)?;
        let sum = checksum(&bytes);
        bytes[16..HEADER_BYTES].copy_from_slice(&sum.to_le_bytes());
        self.check(records, &bytes)?;
        Ok(bytes)
    }

    /// Columns are a clever form and content bytes a plain one: what is hashed must come back to the byte. Content bytes
    /// say nothing but the event, so equal events have equal ones.
    fn check<S: AsRef<str>>(&mut self, records: &[Recorded<S>], bytes: &[u8]) -> Result<(), FrameError> {
        let frame = self.decoder.decode(bytes).map_err(|_| FrameError::Unfaithful(records[0].position))?;
        if frame.len() != records.len() {
            return Err(FrameError::Unfaithful(records[0].position));
        }
        match records.iter().zip(frame.records()).find(|(record, read)| record.borrowed() != *read) {
            Some((record, _)) => Err(FrameError::Unfaithful(record.position)),
            None => Ok(()),
        }
    }
}

/// Reads frames; keeps its memory between them.
pub struct FrameDecoder {
    raw: Vec<u8>,
    decompressor: Decompressor<'static>,
}

impl Default for FrameDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl FrameDecoder {
    /// A decoder.
    pub fn new() -> Self {
        Self { raw: Vec::new(), decompressor: Decompressor::new().expect("memory for a decompressor") }
    }

    /// Reads a frame.
    pub fn decode(&mut self, bytes: &[u8]) -> Result<Frame, DecodeError> {
        let (count, first, payload) = open(bytes)?;
        let mut from = BlockReader::open(payload, &mut self.decompressor, &mut self.raw)?;
        let from = &mut from;
        let runs = read_runs(count, from)?;
        let kinds = ints::read_small(count, WHOLE, from)?;
        let mut counts = [0u16; 2];
        let rank = |kind: usize| {
            let group = &mut counts[usize::from(kind == WHOLE)];
            *group += 1;
            *group - 1
        };
        let ranks = kinds.iter(count).map(rank).collect();
        let [rows, whole_rows] = counts.map(usize::from);
        let mut arena = ArenaBuilder::with_capacity(rows * 40);
        let columns = Columns::read(rows, &mut arena, from)?;
        let whole = read_whole(whole_rows, from)?;
        from.end()?;
        let arena = arena.finish()?;
        columns.check(&arena)?;
        Ok(Frame { first, arena, columns, kinds, ranks, whole, runs })
    }
}

/// Checks the header and the checksum.
fn open(bytes: &[u8]) -> Result<(usize, Position, &[u8]), DecodeError> {
    let Some((header, payload)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(DecodeError::malformed("frame", "it is shorter than its header"));
    };
    let [m0, m1, m2, m3, v0, v1, c0, c1, position @ .., s0, s1, s2, s3] = *header;
    if [m0, m1, m2, m3] != MAGIC {
        return Err(DecodeError::malformed("frame", "it does not begin like a frame"));
    }
    let (expected, found) = (u32::from_le_bytes([s0, s1, s2, s3]), checksum(bytes));
    if expected != found {
        return Err(DecodeError::Checksum { what: "a frame", expected, found });
    }
    let version = u16::from_le_bytes([v0, v1]);
    if version != VERSION {
        return Err(DecodeError::Version { what: "a frame", found: version, known: VERSION });
    }
    let (count, first) = (usize::from(u16::from_le_bytes([c0, c1])), u64::from_le_bytes(position));
    if !(1..=FRAME_RECORDS).contains(&count) || first.checked_add(count as u64).is_none() {
        return Err(DecodeError::malformed("frame", "it has an impossible number of records"));
    }
    Ok((count, Position(first), payload))
}

/// Over all bytes but the checksum itself.
fn checksum(bytes: &[u8]) -> u32 {
    let (header, payload) = bytes.split_at(HEADER_BYTES);
    crc32c::crc32c_append(crc32c::crc32c(&header[..16]), payload)
}

fn read_runs(count: usize, from: &mut BlockReader<'_>) -> Result<Vec<(usize, Instant)>, DecodeError> {
    let runs = from.numbers.length(count)?;
    let (starts, lengths) = (ints::read(runs, from)?, ints::read_small(runs, count, from)?);
    let mut end = 0;
    let mut read = Vec::with_capacity(runs);
    for run in 0..runs {
        end += lengths.at(run);
        let micros = i64::try_from(starts.at(run)).map_err(|_| from.numbers.malformed("an instant is out of range"))?;
        read.push((end, wire::instant(micros)?));
    }
    if end == count { Ok(read) } else { Err(from.numbers.malformed("some records were never recorded")) }
}

fn read_whole(count: usize, from: &mut BlockReader<'_>) -> Result<Vec<Event>, DecodeError> {
    let lengths = ints::read_small(count, CONTENT_BYTES_MAX, from)?;
    let mut bytes = from.block()?;
    let mut events = Vec::with_capacity(count);
    for length in lengths.iter(count) {
        let (content, rest) =
            bytes.split_at_checked(length).ok_or_else(|| from.numbers.malformed("a record is cut off"))?;
        events.push(decode_content(content)?);
        bytes = rest;
    }
    if bytes.is_empty() { Ok(events) } else { Err(from.numbers.malformed("bytes follow the last record")) }
}

#[cfg(test)]
mod tests;
