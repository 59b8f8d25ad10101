//! Imports of any length: rows are prepared and spilled as they come, and recorded whole or not at all.
//!
//! [`pool`] turns rows into provisional frames on all cores, [`file`] holds them, [`matches`] and [`judge`] compare rows
//! with each other and with the ledger, [`rechunk`] makes the final frames where rows fell out, [`staged`] publishes,
//! [`recover`] finishes what a crash left behind.

mod file;
mod judge;
mod matches;
mod outcome;
mod pool;
mod rechunk;
mod recover;
mod rows;
mod staged;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use outcome::{Published, RejectedRow, StageOutcome};
pub use recover::{Pending, forget, recover};
pub use staged::Staged;

use crate::error::{ReadError, StageError};
use crate::event::Event;
use crate::instant::Instant;
use crate::reader::Records;
use crate::record::Recorded;
use crate::tail::Tail;
use crate::writer::{Writer, judge_alone};
pub(crate) use file::End;
use file::{Leftover, StageFile};
use pool::{Done, Job, Pool};
use rows::Rows;

/// The file's name.
pub const FILE: &str = "stage";

/// Records of a provisional frame.
const FRAME: usize = crate::chunk::FRAME_RECORDS as usize;

/// An import that takes rows. Dropping it discards them.
pub struct Stage<'w> {
    writer: &'w mut Writer,
    recorded_at: Instant,
    /// When the newest record of a copy was recorded.
    last_copied: Option<Instant>,
    pool: Pool,
    file: StageFile,
    leftover: Leftover,
    rows: Rows,
    /// Events of the frame that is being filled.
    open: Vec<Recorded>,
    outcome: StageOutcome,
}

impl<'w> Stage<'w> {
    pub(crate) fn begin(writer: &'w mut Writer) -> Result<Self, StageError> {
        writer.commit()?;
        // Rows are compared with the store and its index only.
        writer.drain()?;
        let sound = writer.index.check().map_err(ReadError::from);
        let sound = writer.or_mend_index(sound);
        writer.stop_on_failure(sound)?;
        let recorded_at = writer.now();
        let index = writer.index.hasher();
        let head = writer.live.with_tail(|tail: &Tail| tail.head.clone());
        let file = writer.stop_on(StageFile::create(&writer.live.dir, &head))?;
        let rows = Rows::new(head.base());
        let leftover = Leftover::of(&file);
        Ok(Self {
            writer,
            leftover,
            recorded_at,
            last_copied: None,
            pool: Pool::start(index),
            file,
            rows,
            open: Vec::new(),
            outcome: StageOutcome::default(),
        })
    }

    /// The `recorded_at` of the rows that are pushed next: one for a whole import, a record's own for a copy.
    pub fn recorded_at(&self) -> Instant {
        self.recorded_at
    }

    /// The position that the first row will have.
    pub fn first_position(&self) -> u64 {
        self.rows.base()
    }

    /// Records that the ledger has already, oldest first.
    pub fn read(&self, positions: Range<u64>) -> Result<Records, ReadError> {
        self.writer.read(positions)
    }

    /// Adds one row.
    pub fn push(&mut self, event: Event) -> Result<(), StageError> {
        let row = self.outcome.read;
        self.outcome.read += 1;
        if let Err(rejection) = judge_alone(&event, self.recorded_at) {
            self.rows.skip(row);
            self.outcome.rejected.push(RejectedRow { row, event: Box::new(event), rejection });
            return Ok(());
        }
        let position = self.rows.next_position(event.voids());
        self.open.push(Recorded { position, recorded_at: self.recorded_at, event });
        if self.open.len() < FRAME {
            return Ok(());
        }
        let handed = self.hand_over();
        self.writer.stop_on_failure(handed)
    }

    /// Adds a record of a copy of this ledger as it is: the one that stands next, not recorded before the one it follows.
    ///
    /// A record that the copy could not have held shows in the outcome of [`Stage::finish`] as a duplicate or rejected row;
    /// whoever copies must then not publish.
    pub fn push_recorded(&mut self, record: Recorded) -> Result<(), StageError> {
        let position = record.position;
        let wrong = |why| Err(StageError::DoesNotFollow { position, why });
        if position.0 != self.rows.end() {
            return wrong("records of a copy come one after the other, from the end of the ledger on");
        }
        let last = self.last_copied.or(self.writer.last_recorded_at);
        if last.is_some_and(|last| record.recorded_at < last) {
            return wrong("it was recorded before the record that it follows");
        }
        self.last_copied = Some(record.recorded_at);
        self.recorded_at = record.recorded_at;
        self.push(record.event)
    }

    /// Adds rows. Rows are numbered from 0 in the order in which they are pushed; the work on them is spread over all
    /// cores, and what needs the ledger or other rows shows up in [`Stage::finish`].
    pub fn push_chunk(&mut self, events: Vec<Event>) -> Result<(), StageError> {
        events.into_iter().try_for_each(|event| self.push(event))
    }

    /// Ends the rows: compares them with each other and with the ledger.
    pub fn finish(mut self) -> Result<Staged<'w>, StageError> {
        let spilled = self.spill();
        self.writer.stop_on_failure(spilled)?;
        let judged = judge::judge(self.writer, &self.file, self.rows, self.outcome);
        let judged = self.writer.stop_on_failure(judged)?;
        let finals = rechunk::finals(self.writer, &mut self.file, &judged);
        let finals = self.writer.stop_on_failure(finals)?;
        Ok(Staged::new(self.writer, self.recorded_at, self.file, self.leftover, judged, finals))
    }

    /// Everything that was pushed lies in the file.
    fn spill(&mut self) -> Result<(), StageError> {
        if !self.open.is_empty() {
            self.hand_over()?;
        }
        while let Some(done) = self.pool.finish()? {
            self.keep(done)?;
        }
        Ok(self.file.flush()?)
    }

    fn hand_over(&mut self) -> Result<(), StageError> {
        let records = std::mem::replace(&mut self.open, Vec::with_capacity(FRAME));
        self.pool.give(Job { records })?;
        while let Some(done) = self.pool.ready()? {
            self.keep(done)?;
        }
        Ok(())
    }

    fn keep(&mut self, done: Done) -> Result<(), StageError> {
        self.file.add(&done.bytes)?;
        self.rows.add(done.hashes, done.leaves);
        Ok(())
    }
}

impl std::fmt::Debug for Stage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("recorded_at", &self.recorded_at).finish_non_exhaustive()
    }
}
