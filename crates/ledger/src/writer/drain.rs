//! Moving the tail into the store.
//!
//! Frames first, synced; then the tree; then a new tail, whose head counts on them; then the identity index, which can
//! always be made again. Killed in between, the next writer finds the store ahead of the tail and does it once more.

use super::Writer;
use super::group::Recent;
use crate::chunk::{FRAME_RECORDS, leaf_of, unframed};
use crate::codec::FrameEncoder;
use crate::error::{AppendError, DiskError, ReadError};
use crate::id::EventId;
use crate::instant::Instant;
use crate::merkle::Peaks;
use crate::record::Recorded;
use crate::tail::{Journal, Tail, TailHead};
use crate::tree::{TILE, Tiles};

impl Writer {
    /// Moves the tail into the store.
    pub(crate) fn drain(&mut self) -> Result<(), AppendError> {
        if self.stopped {
            return Err(AppendError::Stopped);
        }
        let drained = self.try_drain();
        self.stop_on(drained).map_err(|error| match error {
            ReadError::Disk(disk) => AppendError::Disk(disk),
            other => AppendError::Read(other),
        })
    }

    fn try_drain(&mut self) -> Result<(), ReadError> {
        let live = self.live.clone();
        let tail = live.with_tail(Tail::clone);
        let (base, size) = (tail.head.base(), tail.size());
        if base == size {
            return Ok(());
        }
        let start = base / FRAME_RECORDS * FRAME_RECORDS;
        let mut records = Vec::with_capacity((size - start) as usize);
        for chunk in live.read(start..size)? {
            records.extend(chunk?.records().map(|record| record.to_owned_record()));
        }
        let path = live.dir.join(crate::store::FOLDER);
        let mut encoder = FrameEncoder::new().map_err(unframed(&path))?;
        for (number, frame) in (start / FRAME_RECORDS..).zip(records.chunks(FRAME_RECORDS as usize)) {
            let bytes = encoder.encode(frame).map_err(unframed(&path))?;
            live.store()?.with(|store| store.put(number, &bytes))?;
        }
        live.store()?.with(|store| store.sync())?;
        self.write_tiles(base, start, &records)?;
        let ids: Vec<(EventId, Option<EventId>)> =
            records[(base - start) as usize..].iter().map(|record| (record.event.id(), record.event.voids())).collect();
        self.begin_tail(tail.peaks)?;
        let extended = self.index.extend(ids.into_iter().map(Ok::<_, DiskError>), self.peaks.root());
        self.or_mend_index(extended.map_err(ReadError::from))
    }

    fn write_tiles(&self, base: u64, start: u64, records: &[Recorded]) -> Result<(), ReadError> {
        let from = base / TILE * TILE;
        let mut tiles = Tiles::from(from);
        let mut content = Vec::new();
        records[(from - start) as usize..].iter().for_each(|record| tiles.push(leaf_of(record, &mut content)));
        let (first, done) = tiles.complete();
        Ok(self.live.tree().write(first, done)?)
    }

    /// An import lies in the store: counts on it.
    pub(crate) fn published(&mut self, peaks: Peaks, recorded_at: Instant) -> Result<(), ReadError> {
        self.last_recorded_at = Some(recorded_at);
        self.peaks = peaks.clone();
        self.begin_tail(peaks)
    }

    /// Lets the state check follow records that it was not asked about.
    pub(crate) fn tell_admission(&mut self, from: u64) -> Result<(), ReadError> {
        let Some(admission) = &mut self.admission else { return Ok(()) };
        for chunk in self.live.read(from..)? {
            let records: Vec<Recorded> = chunk?.records().map(|record| record.to_owned_record()).collect();
            admission.recorded(&records);
        }
        Ok(())
    }

    /// Starts a tail that counts on everything in the store.
    pub(crate) fn begin_tail(&mut self, peaks: Peaks) -> Result<(), ReadError> {
        let head: TailHead = self.journal.head().next(peaks, self.last_recorded_at);
        self.journal = Journal::start(&self.live.dir, head.clone())?;
        self.recent = Recent::default();
        self.dirty = false;
        self.live.replace_tail(Tail::empty(head));
        Ok(())
    }
}
