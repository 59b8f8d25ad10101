//! What of a batch is new: ids against the ledger and against each other, voids against what they take back.

use rustc_hash::FxHashMap;

use super::{Outcome, Writer};
use crate::differ::differing_fields;
use crate::error::{AppendError, ReadError, Rejection};
use crate::event::{Body, Event};
use crate::id::{EventId, Key, Position};
use crate::instant::Instant;
use crate::record::Recorded;

/// A batch that can be recorded.
#[derive(Debug, Default)]
pub struct Checked {
    pub outcomes: Vec<Outcome>,
    /// The events that are new, as they will be recorded.
    pub fresh: Vec<Recorded>,
    pub ids: Vec<EventId>,
}

impl Writer {
    /// Looks at every event of a batch; the first that cannot be recorded fails all of it.
    pub fn check(&mut self, batch: Vec<Event>, recorded_at: Instant) -> Result<Checked, AppendError> {
        let checked = self.compare(&batch, recorded_at);
        if checked.is_err() && self.index.is_broken() {
            self.mend_index()?;
            return self.compare(&batch, recorded_at);
        }
        checked
    }

    fn compare(&self, batch: &[Event], recorded_at: Instant) -> Result<Checked, AppendError> {
        let mut view = View { writer: self, fresh: FxHashMap::default(), voids: FxHashMap::default() };
        let mut checked = Checked::default();
        for (index, event) in batch.iter().enumerate() {
            let position = Position(self.size() + checked.fresh.len() as u64);
            let verdict = view.judge(event, recorded_at, &checked.fresh)?;
            let (id, earlier) = verdict.map_err(|rejection| AppendError::Rejected { index, rejection })?;
            let duplicate = earlier.is_some();
            checked.outcomes.push(Outcome { position: earlier.unwrap_or(position), id, duplicate });
            if !duplicate {
                view.fresh.insert(id, checked.fresh.len());
                event.voids().map(|target| view.voids.insert(target, position));
                checked.ids.push(id);
                checked.fresh.push(Recorded { position, recorded_at, event: event.clone() });
            }
        }
        Ok(checked)
    }

    /// The record of an id, durable or about to be.
    pub fn lookup(&self, id: EventId) -> Result<Option<Recorded>, ReadError> {
        if let Some(position) = self.recent.ids.get(&id) {
            return self.record_or_waiting(*position).map(Some);
        }
        for position in self.index.candidates(id)? {
            let record = self.live.record(position)?;
            if record.event.id() == id {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Where the void of an id stands.
    pub fn voided_by(&self, target: EventId) -> Result<Option<Position>, ReadError> {
        if let Some(position) = self.recent.voids.get(&target) {
            return Ok(Some(Position(*position)));
        }
        for position in self.index.void_candidates(target)? {
            if self.live.record(position)?.event.voids() == Some(target) {
                return Ok(Some(Position(position)));
            }
        }
        Ok(None)
    }
}

/// The ledger with the new events of a batch behind it.
struct View<'a> {
    writer: &'a Writer,
    fresh: FxHashMap<EventId, usize>,
    voids: FxHashMap<EventId, Position>,
}

/// The event's id, and where it stands already if it does.
type Verdict = Result<(EventId, Option<Position>), Rejection>;

impl View<'_> {
    fn judge(&self, event: &Event, recorded_at: Instant, fresh: &[Recorded]) -> Result<Verdict, ReadError> {
        if let Err(rejection) = judge_alone(event, recorded_at) {
            return Ok(Err(rejection));
        }
        let id = event.id();
        if let Some(earlier) = self.find(id, fresh)? {
            let void = if matches!(event.key, Key::Content { .. }) { self.void_of(id, fresh)? } else { None };
            return Ok(judge_repeat(event, &earlier, void).map(|position| (id, Some(position))));
        }
        if let Some(target) = event.voids() {
            let found = self.find(target, fresh)?;
            let by = self.void_position(target)?;
            if let Err(rejection) = judge_void(target, found.map(|record| record.event.body.kind()), by) {
                return Ok(Err(rejection));
            }
        }
        Ok(Ok((id, None)))
    }

    fn find(&self, id: EventId, fresh: &[Recorded]) -> Result<Option<Recorded>, ReadError> {
        match self.fresh.get(&id) {
            Some(index) => Ok(Some(fresh[*index].clone())),
            None => self.writer.lookup(id),
        }
    }

    fn void_position(&self, target: EventId) -> Result<Option<Position>, ReadError> {
        match self.voids.get(&target) {
            Some(position) => Ok(Some(*position)),
            None => self.writer.voided_by(target),
        }
    }

    /// Position and id of the void of a record.
    fn void_of(&self, target: EventId, fresh: &[Recorded]) -> Result<Option<(Position, EventId)>, ReadError> {
        let Some(by) = self.void_position(target)? else { return Ok(None) };
        let void = match by.0.checked_sub(self.writer.size()) {
            Some(index) => fresh[index as usize].event.id(),
            None => self.writer.record_or_waiting(by.0)?.event.id(),
        };
        Ok(Some((by, void)))
    }
}

/// What can be known of an event without the ledger's records.
pub fn judge_alone(event: &Event, recorded_at: Instant) -> Result<(), Rejection> {
    event.validate()?;
    match (event.booked_at, &event.body) {
        (Some(booked), _) if booked.at > recorded_at => {
            Err(Rejection::BookedLater { booked_at: booked.at, recorded_at })
        }
        // Its own date is when a rate counts as booked, where its source does not say.
        (None, Body::FxRate(rate)) if rate.effective_at.at > recorded_at => {
            Err(Rejection::RateAhead { date: rate.effective_at.at, recorded_at })
        }
        _ => Ok(()),
    }
}

/// An event whose id is recorded: where, if it says the same. `void` is the void of that record, looked up for events
/// without a key: those cannot say whether they mean the fact again.
pub fn judge_repeat(
    event: &Event,
    earlier: &Recorded,
    void: Option<(Position, EventId)>,
) -> Result<Position, Rejection> {
    let position = earlier.position;
    if let Some(differs) = differing_fields(&event.given(), &earlier.event.given()) {
        return Err(Rejection::Conflict { id: event.id(), position, differs });
    }
    match (&event.key, void) {
        (Key::Content { .. }, Some((by, void))) => Err(Rejection::KeylessVoided { position, by, void }),
        _ => Ok(position),
    }
}

/// Whether a record can be voided: `found` is the kind of what stands under the id, `by` where its void stands.
pub fn judge_void(target: EventId, found: Option<&'static str>, by: Option<Position>) -> Result<(), Rejection> {
    let Some(kind) = found else { return Err(Rejection::UnknownVoid { target }) };
    match by {
        _ if matches!(kind, "void" | "definition" | "close" | "import") => Err(Rejection::NotVoidable { target, kind }),
        Some(by) => Err(Rejection::AlreadyVoided { target, by }),
        None => Ok(()),
    }
}
