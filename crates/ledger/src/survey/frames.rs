//! Reading every frame of a store, good or bad.

use std::path::Path;

use rayon::prelude::*;

use super::vouch::Found;
use crate::chunk::{Chunk, FRAME_RECORDS, leaf_of};
use crate::codec::{Frame, encode_content, view_content};
use crate::error::{Damage, ReadError};
use crate::id::EventId;
use crate::instant::Instant;
use crate::merkle::{Hash, Peaks};
use crate::record::Recorded;
use crate::shelf::{Frames, Shelf};
use crate::tree::{TILE, Tiles};

/// Frames that are looked at together.
const WINDOW: u64 = 16;
/// Not every bad record is listed when a whole store is bad.
pub const DAMAGE_MAX: usize = 1_000;

/// What one frame holds.
#[derive(Debug)]
pub struct Seen {
    /// The position of its first record.
    pub first: u64,
    /// Ids, and the ids that they void; as many as there are good records.
    pub ids: Vec<(EventId, Option<EventId>)>,
    leaves: Vec<Hash>,
    recorded: Option<(Instant, Instant)>,
    damage: Option<Damage>,
}

/// What all frames hold together.
#[derive(Debug, Default)]
pub struct Walked {
    /// The hashes that they give.
    pub found: Found,
    /// What is wrong with them.
    pub damage: Vec<Damage>,
    /// How many records there are, the unreadable ones among them.
    pub extent: u64,
    /// The `recorded_at` of the newest record that can be read.
    pub last: Option<Instant>,
}

/// Reads the first `frames` frames of a store, of which `counted` records are counted on; where that is not known, every
/// record. `each` sees the frames in order.
pub fn walk(
    shelf: &Shelf,
    frames: u64,
    counted: Option<u64>,
    each: &mut dyn FnMut(&Seen) -> Result<(), ReadError>,
) -> Result<Walked, ReadError> {
    let mut walked = Walked::default();
    walked.found.rest = Some(Vec::new());
    for first in (0..frames).step_by(WINDOW as usize) {
        let numbers = first..(first + WINDOW).min(frames);
        let bytes: Vec<(u64, Result<Vec<u8>, Damage>)> =
            numbers.map(|number| Ok((number, readable(shelf.frame(number))?))).collect::<Result<_, ReadError>>()?;
        let seen: Vec<Seen> = bytes
            .into_par_iter()
            .map(|(number, bytes)| bytes.map_or_else(|e| Seen::bad(number, e), |b| look(number, &b, counted, shelf)))
            .collect();
        for seen in seen {
            each(&seen)?;
            walked.take(seen, frames, counted, shelf.path());
        }
    }
    Ok(walked)
}

/// Damage is what is looked for; that the disk refuses ends the search.
fn readable(frame: Result<Vec<u8>, ReadError>) -> Result<Result<Vec<u8>, Damage>, ReadError> {
    match frame {
        Ok(bytes) => Ok(Ok(bytes)),
        Err(ReadError::Damaged(damage)) => Ok(Err(damage)),
        Err(other) => Err(other),
    }
}

impl Walked {
    fn take(&mut self, seen: Seen, frames: u64, counted: Option<u64>, path: &Path) {
        let full = seen.first + FRAME_RECORDS;
        let last = full == frames * FRAME_RECORDS;
        let end = match counted {
            Some(counted) => full.min(counted),
            None if last && seen.damage.is_none() => seen.first + seen.leaves.len() as u64,
            None => full,
        };
        self.extent = end;
        if seen.recorded.zip(self.last).is_some_and(|((first, _), before)| before > first) {
            let what = "a record was recorded before its predecessor";
            self.report(Damage::of(path, what).at(seen.first, seen.first + 1));
        }
        self.last = seen.recorded.map(|(_, last)| last).or(self.last);
        let whole = seen.first + seen.leaves.len() as u64 == end;
        let tail_end = end % TILE != 0;
        if whole {
            let mut tiles = Tiles::from(seen.first);
            seen.leaves.iter().for_each(|leaf| tiles.push(*leaf));
            self.found.tiles.extend(tiles.complete().1.iter().copied().map(Some));
            if tail_end {
                self.found.rest = Some(seen.leaves[((end - seen.first) / TILE * TILE) as usize..].to_vec());
            }
        } else {
            self.found.tiles.resize((end / TILE) as usize, None);
            self.found.rest = (!tail_end).then(Vec::new);
        }
        seen.damage.into_iter().for_each(|damage| self.report(damage));
    }

    fn report(&mut self, damage: Damage) {
        if self.damage.len() < DAMAGE_MAX {
            self.damage.push(damage);
        }
    }

    /// The tree over all records; none where one cannot be read.
    pub fn peaks(&self) -> Option<Peaks> {
        let mut peaks = Peaks::new();
        for tile in &self.found.tiles {
            peaks.push_subtree(TILE.trailing_zeros(), (*tile)?).expect("tiles alone are always aligned");
        }
        self.found.rest.as_ref()?.iter().for_each(|leaf| peaks.push(*leaf));
        (peaks.size() == self.extent).then_some(peaks)
    }
}

impl Seen {
    fn bad(number: u64, damage: Damage) -> Self {
        let first = number * FRAME_RECORDS;
        let damage = if damage.positions.is_some() { damage } else { damage.at(first, first + FRAME_RECORDS) };
        Self { first, ids: Vec::new(), leaves: Vec::new(), recorded: None, damage: Some(damage) }
    }
}

/// Reads a frame; records beyond those counted on count for nothing yet.
fn look(number: u64, bytes: &[u8], counted: Option<u64>, shelf: &Shelf) -> Seen {
    let start = number * FRAME_RECORDS;
    let held = || Frame::decode(bytes).map_or(FRAME_RECORDS, |frame| frame.len() as u64);
    let end = counted.unwrap_or_else(|| start + held()).min(start + FRAME_RECORDS);
    let chunk = match Chunk::of_frame(number, bytes, &(start..end), shelf.path()) {
        Ok(chunk) => chunk,
        Err(ReadError::Damaged(damage)) => return Seen::bad(number, damage),
        Err(other) => return Seen::bad(number, Damage::of(shelf.path(), other.to_string())),
    };
    let mut seen = Seen { first: start, ids: Vec::new(), leaves: Vec::new(), recorded: None, damage: None };
    let mut content = Vec::new();
    for record in chunk.records() {
        seen.leaves.push(leaf_of(&record, &mut content));
        seen.ids.push((record.event.id(), record.event.voids()));
        let at = record.recorded_at;
        seen.recorded = Some((seen.recorded.map_or(at, |(first, _)| first), at));
        if seen.damage.is_none() {
            seen.damage = canonical(&record, shelf.path());
        }
    }
    seen
}

/// The canonical bytes of a record must give it back.
fn canonical(record: &Recorded<&str>, path: &Path) -> Option<Damage> {
    let mut content = Vec::new();
    encode_content(&record.event, &mut content);
    let position = record.position.0;
    let problem = match view_content(&content) {
        Ok(event) if event == record.event => return None,
        Ok(_) => "reads otherwise from its canonical bytes".to_owned(),
        Err(error) => error.to_string(),
    };
    Some(Damage::of(path, problem).at(position, position + 1))
}
