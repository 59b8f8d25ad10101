//! Batches that become durable together: accepted one by one, synced once.

use rustc_hash::FxHashMap;

use super::check::Checked;
use super::{Expected, Outcome, Writer};
use crate::chunk::FRAME_RECORDS;
use crate::codec::{CONTENT_BYTES_MAX, decode_content, encode_content};
use crate::error::{AppendError, Damage, ReadError, Rejection};
use crate::event::Event;
use crate::id::{EventId, Position};
use crate::merkle::{content_digest, leaf_hash};
use crate::record::Recorded;
use crate::tail::{Commit, ENTRY_BYTES_MAX, FILE};

/// The most bytes of one batch: a group takes more while it has less than this, and must then fit an entry.
const BATCH_BYTES_MAX: usize = ENTRY_BYTES_MAX / 2;

/// Ids and voids of the records that the identity index does not hold yet.
#[derive(Debug, Default)]
pub struct Recent {
    pub ids: FxHashMap<EventId, u64>,
    /// By the id that is voided.
    pub voids: FxHashMap<EventId, u64>,
}

impl Recent {
    pub fn add(&mut self, id: EventId, voids: Option<EventId>, position: u64) {
        self.ids.insert(id, position);
        voids.map(|target| self.voids.insert(target, position));
    }
}

impl Writer {
    /// Takes a batch into the group that the next [`Writer::commit`] makes durable. Later batches of the group see it.
    pub(crate) fn accept(&mut self, batch: Vec<Event>, expected: Expected) -> Result<Vec<Outcome>, AppendError> {
        if self.stopped {
            return Err(AppendError::Stopped);
        }
        let taken = self.take(batch, expected);
        // Reading to compare may have met an error of the disk, too.
        self.stopped |= taken.as_ref().is_err_and(AppendError::is_of_disk);
        taken
    }

    fn take(&mut self, batch: Vec<Event>, expected: Expected) -> Result<Vec<Outcome>, AppendError> {
        let recorded_at = self.now();
        let checked = self.check(batch, recorded_at)?;
        if checked.fresh.is_empty() {
            return Ok(checked.outcomes);
        }
        match expected {
            Expected::Size(expected) if expected != self.size() => {
                return Err(AppendError::WrongSize { expected, actual: self.size() });
            }
            _ => {}
        }
        if let Some(admission) = &mut self.admission {
            admission.admit(&checked.fresh)?;
        }
        if checked.fresh.len() as u64 > FRAME_RECORDS {
            return self.append_staged(checked);
        }
        let contents = contents_of(&checked.fresh)?;
        if let Some(admission) = &mut self.admission {
            admission.recorded(&checked.fresh);
        }
        for (content, (record, id)) in contents.iter().zip(checked.fresh.iter().zip(&checked.ids)) {
            self.recent.add(*id, record.event.voids(), record.position.0);
            self.peaks.push(leaf_hash(recorded_at, &content_digest(content)));
        }
        self.last_recorded_at = Some(recorded_at);
        self.waiting.push(Commit { first: checked.fresh[0].position.0, recorded_at, contents });
        Ok(checked.outcomes)
    }

    /// Makes everything accepted durable, with one sync.
    pub(crate) fn commit(&mut self) -> Result<(), AppendError> {
        if self.stopped {
            return Err(AppendError::Stopped);
        }
        let Some(first) = self.waiting.first().map(|commit| commit.first) else { return Ok(()) };
        self.dirty = true;
        let written = self.journal.append(&self.waiting.iter().collect::<Vec<_>>(), first, self.peaks.root());
        self.stop_on(written)?;
        self.live.extend(std::mem::take(&mut self.waiting), self.peaks.clone());
        if self.live.with_tail(|tail| tail.size() - tail.head.base()) >= FRAME_RECORDS { self.drain() } else { Ok(()) }
    }

    /// Whether the group should be committed before it takes more: one entry of the tail holds all of it.
    pub(crate) fn group_is_full(&self) -> bool {
        let contents = || self.waiting.iter().flat_map(|commit| &commit.contents);
        contents().count() as u64 >= FRAME_RECORDS || bytes_of(contents()) >= BATCH_BYTES_MAX
    }

    /// A record that is durable or waits to be.
    pub(crate) fn record_or_waiting(&self, position: u64) -> Result<Recorded, ReadError> {
        let Some(commit) = self.waiting.iter().find(|commit| (commit.first..commit.end()).contains(&position)) else {
            return self.live.record(position);
        };
        let content = &commit.contents[(position - commit.first) as usize];
        let event = decode_content(content).map_err(|e| {
            Damage::of(&self.live.dir.join(FILE), format!("a waiting record: {e}")).at(position, position + 1)
        })?;
        Ok(Recorded { position: Position(position), recorded_at: commit.recorded_at, event })
    }

    /// More records than a frame go the way of an import; whole or absent like any batch.
    fn append_staged(&mut self, checked: Checked) -> Result<Vec<Outcome>, AppendError> {
        self.commit()?;
        let mut stage = self.stage()?;
        stage.push_chunk(checked.fresh.into_iter().map(|record| record.event).collect())?;
        stage.finish()?.publish(None)?;
        Ok(checked.outcomes)
    }
}

/// The canonical content bytes of a batch.
fn contents_of(records: &[Recorded]) -> Result<Vec<Box<[u8]>>, AppendError> {
    let mut contents: Vec<Box<[u8]>> = Vec::with_capacity(records.len());
    for (index, record) in records.iter().enumerate() {
        let mut content = Vec::with_capacity(128);
        encode_content(&record.event, &mut content);
        if content.len() > CONTENT_BYTES_MAX {
            let rejection = Rejection::TooLarge { bytes: content.len(), most: CONTENT_BYTES_MAX };
            return Err(AppendError::Rejected { index, rejection });
        }
        contents.push(content.into());
    }
    let bytes = bytes_of(contents.iter());
    if bytes > BATCH_BYTES_MAX {
        return Err(AppendError::TooLarge { bytes, most: BATCH_BYTES_MAX });
    }
    Ok(contents)
}

/// What contents take in an entry, with room for the head of a batch each.
fn bytes_of<'a>(contents: impl Iterator<Item = &'a Box<[u8]>>) -> usize {
    contents.map(|content| content.len() + 16).sum()
}
