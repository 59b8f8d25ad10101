//! Which rows have an id that is known: in the ledger or among the rows before.
//!
//! Hashes only nominate; the records are read and compared. They are read in the order in which they lie, a block of
//! rows at a time, so that a file imported once more costs about two passes over the ledger.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::FRAME;
use super::file::StageFile;
use super::rows::Sorted;
use crate::chunk::FRAME_RECORDS;
use crate::codec::Frame;
use crate::error::{Damage, ReadError};
use crate::id::EventId;
use crate::record::Recorded;
use crate::shelf::Frames;
use crate::writer::Writer;

/// Rows that are compared at a time.
const BLOCK: usize = 1 << 18;

/// A row whose id stands at an earlier position already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The provisional position of the row.
    pub later: u64,
    /// The position of the record, provisional if it is a row.
    pub earlier: u64,
    /// Whether both give the same.
    pub same: bool,
}

/// The ledger's records and the rows behind them.
#[derive(Debug)]
pub struct View<'a> {
    pub writer: &'a Writer,
    pub file: &'a StageFile,
    pub base: u64,
}

impl View<'_> {
    /// One record or row.
    pub fn record(&self, position: u64) -> Result<Recorded, ReadError> {
        let mut found = None;
        self.visit(&mut [(position, ())], |(), record| found = Some(record.to_owned_record()))?;
        found.ok_or(ReadError::Beyond { asked: position, size: self.base })
    }

    /// Shows the records at some positions, in the order in which they lie.
    pub fn visit<T>(&self, wanted: &mut [(u64, T)], mut see: impl FnMut(&T, &Recorded<&str>)) -> Result<(), ReadError> {
        wanted.sort_unstable_by_key(|(position, _)| *position);
        let mut rest = &*wanted;
        while let Some((position, _)) = rest.first() {
            let frame = self.span(*position);
            let (here, after) = rest.split_at(rest.partition_point(|(position, _)| *position < frame.end));
            rest = after;
            let mut asked = here.iter().peekable();
            let mut show = |record: &Recorded<&str>| {
                while let Some((_, tag)) = asked.next_if(|(position, _)| *position == record.position.0) {
                    see(tag, record);
                }
            };
            if frame.start < self.base {
                let chunk = self.writer.live.store()?.chunk(frame.start / FRAME_RECORDS, &frame)?;
                chunk.records().for_each(|record| show(&record));
            } else {
                self.provisional(((frame.start - self.base) / FRAME_RECORDS) as usize)?
                    .records()
                    .for_each(|record| show(&record));
            }
        }
        Ok(())
    }

    /// A frame of rows.
    pub fn provisional(&self, number: usize) -> Result<Frame, ReadError> {
        provisional(self.file, self.base, number)
    }

    /// The positions in the frame of a position.
    fn span(&self, position: u64) -> Range<u64> {
        match position.checked_sub(self.base) {
            Some(index) => {
                let start = self.base + index / FRAME_RECORDS * FRAME_RECORDS;
                start..start + FRAME_RECORDS
            }
            None => {
                let start = position / FRAME_RECORDS * FRAME_RECORDS;
                start..(start + FRAME_RECORDS).min(self.base)
            }
        }
    }

    /// All matches, in the order of the rows; of one row the earliest first. Rows of one id are matched with its first.
    pub fn matches(&self, sorted: &Sorted) -> Result<Vec<Match>, ReadError> {
        let mut pairs = self.writer.index.join(sorted.hashes(), sorted.hash_mask())?;
        for mut group in sorted.groups() {
            let first = group.next().unwrap_or_default();
            pairs.extend(group.map(|later| (later, first)));
        }
        pairs.sort_unstable();
        let mut matches = Vec::new();
        let mut strays = Vec::new();
        for block in pairs.chunks(BLOCK) {
            self.compare(block, &mut matches, |later, id| strays.push((later, id)))?;
        }
        drop(pairs);
        // Two ids of one hash: the row's own id may stand later in the group than its first.
        let hasher = self.writer.index.hasher();
        let mut more: Vec<(u64, u64)> = Vec::new();
        for (later, id) in strays {
            let earlier = sorted.candidates(hasher.id(id)).filter(|earlier| *earlier < later);
            more.extend(earlier.map(|earlier| (later, earlier)));
        }
        for block in more.chunks(BLOCK) {
            self.compare(block, &mut matches, |_, _| ())?;
        }
        matches.sort_unstable_by_key(|found| (found.later, found.earlier));
        matches.dedup();
        Ok(matches)
    }

    /// Compares pairs of a later row and an earlier record; `stray` hears of rows whose earlier row has another id.
    fn compare(
        &self,
        pairs: &[(u64, u64)],
        matches: &mut Vec<Match>,
        mut stray: impl FnMut(u64, EventId),
    ) -> Result<(), ReadError> {
        let mut facts: Vec<Option<(EventId, [u8; 32])>> = vec![None; pairs.len()];
        let mut wanted: Vec<(u64, usize)> = pairs.iter().enumerate().map(|(i, (later, _))| (*later, i)).collect();
        self.visit(&mut wanted, |i, record| facts[*i] = Some((record.event.id(), given_digest(record))))?;
        let mut wanted: Vec<(u64, usize)> = pairs.iter().enumerate().map(|(i, (_, earlier))| (*earlier, i)).collect();
        self.visit(&mut wanted, |i, record| {
            let (later, earlier) = pairs[*i];
            match facts[*i] {
                Some((id, given)) if id == record.event.id() => {
                    matches.push(Match { later, earlier, same: given == given_digest(record) });
                }
                Some((id, _)) if earlier >= self.base => stray(later, id),
                _ => {}
            }
        })
    }
}

/// A frame of the rows behind `base` records.
pub fn provisional(file: &StageFile, base: u64, number: usize) -> Result<Frame, ReadError> {
    let bytes = file.read(file.places()[number])?;
    let first = base + (number * FRAME) as u64;
    Frame::decode(&bytes).map_err(|e| {
        let what = format!("a staged frame: {e}; import again");
        Damage::of(file.path(), what).at(first, first + FRAME_RECORDS).into()
    })
}

fn given_digest(record: &Recorded<&str>) -> [u8; 32] {
    Sha256::digest(record.event.given()).into()
}
