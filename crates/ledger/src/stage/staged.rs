//! An import whose rows are all in: looked at, then published or discarded.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file::{self, End, Leftover, Place, StageFile};
use super::judge::Judged;
use super::outcome::{Published, StageOutcome};
use super::rechunk::Finals;
use crate::chunk::FRAME_RECORDS;
use crate::error::{Damage, DiskError, ReadError, Rejection, StageError};
use crate::event::Event;
use crate::id::{EventId, Position};
use crate::instant::Instant;
use crate::medium::MediumFile;
use crate::merkle::Hash;
use crate::reader::Records;
use crate::record::Recorded;
use crate::shelf::Frames;
use crate::tree::TILE;
use crate::writer::{Writer, judge_alone};

/// An import whose rows are all in and compared. Dropping it discards them.
pub struct Staged<'w> {
    writer: &'w mut Writer,
    recorded_at: Instant,
    file: StageFile,
    leftover: Leftover,
    judged: Judged,
    finals: Finals,
    /// The root with the rows, before the import record.
    rows_root: Hash,
    /// The id of the import record.
    import: Option<EventId>,
}

impl<'w> Staged<'w> {
    pub(super) fn new(
        writer: &'w mut Writer,
        recorded_at: Instant,
        file: StageFile,
        leftover: Leftover,
        judged: Judged,
        finals: Finals,
    ) -> Self {
        let rows_root = finals.peaks.root();
        Self { writer, recorded_at, file, leftover, judged, finals, rows_root, import: None }
    }

    /// What became of the rows.
    pub fn outcome(&self) -> &StageOutcome {
        &self.judged.outcome
    }

    /// The `recorded_at` of all records of this import; of a copy, that of its newest.
    pub fn recorded_at(&self) -> Instant {
        self.recorded_at
    }

    /// The positions that the rows will have.
    pub fn positions(&self) -> Range<u64> {
        let base = self.judged.rows.base();
        base..base + self.judged.outcome.recorded
    }

    /// The records as they will be, with their positions, oldest first.
    pub fn records(&self) -> Result<Records, ReadError> {
        let frames = StagedFrames {
            file: self.file.handle(),
            path: self.file.path().to_owned(),
            first: self.finals.first_frame,
            places: self.finals.places.clone(),
        };
        Ok(Records::new(self.positions(), u64::MAX, Some(Arc::new(frames)), Vec::new(), PathBuf::new()))
    }

    /// Records all rows that can be, and after them the import record, in one step: killed in the middle, the ledger has
    /// all of it or nothing when it is next written to.
    pub fn publish(mut self, import: Option<Event>) -> Result<Published, StageError> {
        let rows = self.positions();
        let position = import.map(|event| self.add_import(event, rows.end)).transpose();
        let position = self.writer.stop_on_failure(position)?;
        if rows.is_empty() && position.is_none() {
            return Ok(Published { rows, import: None });
        }
        // Whether it is recorded is not known after a failure: the next writer finds out.
        let recorded = self.record();
        let end = self.writer.stop_on(recorded)?;
        let applied = self.apply(&end);
        self.writer.stop_on(applied)?;
        Ok(Published { rows, import: position })
    }

    /// Writes the end of the staging file: the import is recorded, and whoever opens the ledger finishes it.
    fn record(&mut self) -> Result<End, StageError> {
        let end = End {
            places: self.finals.places.clone(),
            first_frame: self.finals.first_frame,
            recorded_at: self.recorded_at,
            peaks: self.finals.peaks.clone(),
        };
        self.file.complete(&end)?;
        self.leftover.keep();
        Ok(end)
    }

    /// Stops where a kill between recording and publishing would.
    #[cfg(test)]
    pub(crate) fn killed_before_publishing(mut self) {
        self.record().expect("records");
        self.writer.stopped = true;
    }

    /// Forgets the rows.
    pub fn discard(self) -> Result<(), StageError> {
        drop(self);
        Ok(())
    }

    fn add_import(&mut self, event: Event, position: u64) -> Result<Position, StageError> {
        judge_alone(&event, self.recorded_at).map_err(StageError::Import)?;
        if let Some(earlier) = self.writer.lookup(event.id())? {
            let rejection = Rejection::Conflict {
                id: event.id(),
                position: earlier.position,
                differs: "each import needs an id of its own".to_owned(),
            };
            return Err(StageError::Import(rejection));
        }
        let position = Position(position);
        self.import = Some(event.id());
        self.finals.push(&mut self.file, Recorded { position, recorded_at: self.recorded_at, event })?;
        Ok(position)
    }

    /// What was promised durably is done.
    fn apply(&mut self, end: &End) -> Result<(), ReadError> {
        let live = self.writer.live.clone();
        for (number, place) in (end.first_frame..).zip(&end.places) {
            let bytes = self.file.read(*place)?;
            live.store()?.with(|store| store.put(number, &bytes))?;
        }
        live.store()?.with(|store| store.sync())?;
        live.tree().write(end.first_frame * (FRAME_RECORDS / TILE), &self.finals.tiles)?;
        self.writer.published(end.peaks.clone(), self.recorded_at)?;
        super::recover::forget(&live.dir)?;
        // The store writes its snapshot when it is opened: now, rather than when someone waits for it.
        live.store()?.with(|store| store.reopen())?;
        let indexed = self.index(end);
        self.writer.or_mend_index(indexed)?;
        self.writer.tell_admission(self.judged.rows.base())
    }
}

impl Staged<'_> {
    /// Adds the published records to the identity index.
    fn index(&mut self, end: &End) -> Result<(), ReadError> {
        let Judged { rows, sorted, dropped, .. } = &self.judged;
        let kept = |(_, position): &(u64, u64)| !dropped.contains(*position);
        let settled = |(what, position)| (what, dropped.settled(position));
        let hashes = sorted.hashes().filter(kept).map(settled);
        let voids = rows.voids().iter().filter(|(position, _)| !dropped.contains(*position));
        let voids: Vec<(EventId, u64)> =
            voids.map(|(position, target)| (*target, dropped.settled(*position))).collect();
        let after = rows.base() + self.judged.outcome.recorded;
        self.writer.index.extend_sorted(after, hashes, sorted.hash_mask(), &voids, self.rows_root)?;
        let import = self.import.map(|id| Ok::<_, DiskError>((id, None)));
        Ok(self.writer.index.extend(import, end.peaks.root())?)
    }
}

impl std::fmt::Debug for Staged<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Staged").field("outcome", self.outcome()).finish_non_exhaustive()
    }
}

/// The final frames in the staging file.
#[derive(Debug)]
struct StagedFrames {
    file: Arc<dyn MediumFile>,
    path: PathBuf,
    first: u64,
    places: Vec<Place>,
}

impl Frames for StagedFrames {
    fn frame(&self, number: u64) -> Result<Vec<u8>, ReadError> {
        let place = number.checked_sub(self.first).and_then(|index| self.places.get(index as usize));
        match place {
            Some(place) => Ok(file::read(&*self.file, &self.path, *place)?),
            None => Err(Damage::of(&self.path, format!("frame {number} is not staged")).into()),
        }
    }

    fn path(&self) -> &Path {
        &self.path
    }
}
