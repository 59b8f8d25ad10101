//! The final frames: the provisional ones as they are where that is possible, others where rows fell out or the ledger
//! does not end with a whole frame.

use rayon::prelude::*;

use super::file::{Place, StageFile};
use super::judge::Judged;
use super::matches::provisional;
use super::rows::FrameLeaves;
use crate::chunk::{FRAME_RECORDS, leaf_of, unframed};
use crate::codec::{Frame, FrameEncoder, FrameError};
use crate::error::{DiskError, ReadError, StageError};
use crate::id::Position;
use crate::merkle::{Hash, Peaks, TILE_LEAVES, subtree_root};
use crate::record::Recorded;
use crate::tail::Tail;
use crate::tree::TILE;
use crate::writer::Writer;

/// Frames that are read and written at a time.
const WINDOW: usize = 16;

/// The frames as the store will hold them.
#[derive(Debug)]
pub struct Finals {
    /// The number of the first.
    pub first_frame: u64,
    pub places: Vec<Place>,
    /// The hashes of all whole tiles from the first frame on.
    pub tiles: Vec<Hash>,
    /// The tree over the ledger with the rows.
    pub peaks: Peaks,
}

impl Finals {
    fn add(&mut self, place: Place, leaves: &FrameLeaves) {
        self.places.push(place);
        for tile in &leaves.tiles {
            self.peaks.push_subtree(TILE.trailing_zeros(), *tile).expect("frames begin where tiles do");
        }
        leaves.rest.iter().for_each(|leaf| self.peaks.push(*leaf));
        self.tiles.extend_from_slice(&leaves.tiles);
    }

    /// Adds records as a frame of its own.
    pub fn write(&mut self, file: &mut StageFile, frame: &Encoded) -> Result<(), DiskError> {
        file.add(&frame.bytes)?;
        self.add(file.places()[file.places().len() - 1], &frame.leaves);
        Ok(())
    }

    /// Adds one more record behind all others.
    pub fn push(&mut self, file: &mut StageFile, record: Recorded) -> Result<(), StageError> {
        let mut records = Vec::new();
        let partial = !self.peaks.size().is_multiple_of(FRAME_RECORDS);
        if let Some(place) = self.places.pop_if(|_| partial) {
            file.flush()?;
            records = decode(&file.read(place)?, file)?;
        }
        // The last frame's tiles are taken again; its leaves beyond the last tile are in the peaks.
        self.tiles.truncate(self.tiles.len() - records.len() / TILE_LEAVES);
        let mut content = Vec::new();
        self.peaks.push(leaf_of(&record, &mut content));
        records.push(record);
        let frame = FrameEncoder::new().and_then(|mut encoder| Encoded::of(&records, &mut encoder));
        let frame = frame.map_err(unframed(file.path()))?;
        file.add(&frame.bytes)?;
        self.places.push(file.places()[file.places().len() - 1]);
        self.tiles.extend_from_slice(&frame.leaves.tiles);
        Ok(())
    }
}

/// A frame and the tree below it.
#[derive(Debug)]
pub struct Encoded {
    pub bytes: Vec<u8>,
    pub leaves: FrameLeaves,
}

impl Encoded {
    pub fn of(records: &[Recorded], encoder: &mut FrameEncoder) -> Result<Self, FrameError> {
        Ok(Self { bytes: encoder.encode(records)?, leaves: leaves_of(records.iter()) })
    }
}

/// The tree below the records of a frame.
pub fn leaves_of<S: AsRef<str>>(records: impl Iterator<Item = impl std::borrow::Borrow<Recorded<S>>>) -> FrameLeaves {
    let mut content = Vec::new();
    let leaves: Vec<Hash> = records.map(|record| leaf_of(record.borrow(), &mut content)).collect();
    let (tiles, rest) = leaves.as_chunks::<TILE_LEAVES>();
    FrameLeaves { tiles: tiles.iter().map(|tile| subtree_root(tile)).collect(), rest: rest.to_vec() }
}

/// Makes the final frames of an import.
pub fn finals(writer: &Writer, file: &mut StageFile, judged: &Judged) -> Result<Finals, StageError> {
    let base = judged.rows.base();
    let start = base / FRAME_RECORDS * FRAME_RECORDS;
    let peaks = if start == base {
        writer.live.with_tail(|tail: &Tail| tail.head.peaks.clone())
    } else {
        writer.live.tree().peaks(start / TILE)?
    };
    let mut finals = Finals { first_frame: start / FRAME_RECORDS, places: Vec::new(), tiles: Vec::new(), peaks };
    let frames = judged.rows.leaves().len();
    let kept = match judged.dropped.first() {
        _ if start != base => 0,
        Some(position) => ((position - base) / FRAME_RECORDS) as usize,
        None => frames,
    };
    for (place, leaves) in file.places().iter().zip(judged.rows.leaves()).take(kept) {
        finals.add(*place, leaves);
    }
    if kept == frames && start == base {
        return Ok(finals);
    }
    // Records of the ledger's last frame, which will grow.
    let mut open = Vec::new();
    for chunk in writer.live.read(start..base)? {
        open.extend(chunk?.records().map(|record| record.to_owned_record()));
    }
    let mut next = finals.peaks.size() + open.len() as u64;
    for first in (kept..frames).step_by(WINDOW) {
        let window = first..(first + WINDOW).min(frames);
        for records in read_window(file, judged, window)? {
            for mut record in records {
                record.position = Position(next);
                next += 1;
                open.push(record);
            }
        }
        let whole = open.len() / FRAME_RECORDS as usize * FRAME_RECORDS as usize;
        write_frames(&mut finals, file, &open[..whole])?;
        open.drain(..whole);
    }
    write_frames(&mut finals, file, &open)?;
    file.flush()?;
    Ok(finals)
}

/// The rows of some provisional frames that will be recorded.
fn read_window(
    file: &StageFile,
    judged: &Judged,
    window: std::ops::Range<usize>,
) -> Result<Vec<Vec<Recorded>>, ReadError> {
    let read = |number: usize| {
        let frame = provisional(file, judged.rows.base(), number)?;
        let kept = frame.records().filter(|record| !judged.dropped.contains(record.position.0));
        Ok(kept.map(|record| record.to_owned_record()).collect())
    };
    window.into_par_iter().map(read).collect()
}

fn write_frames(finals: &mut Finals, file: &mut StageFile, records: &[Recorded]) -> Result<(), DiskError> {
    let encode = |encoder: &mut Result<FrameEncoder, FrameError>, records: &[Recorded]| match encoder {
        Ok(encoder) => Encoded::of(records, encoder),
        Err(_) => Encoded::of(records, &mut FrameEncoder::new()?),
    };
    let chunks = records.par_chunks(FRAME_RECORDS as usize);
    let frames: Result<Vec<Encoded>, FrameError> = chunks.map_init(FrameEncoder::new, encode).collect();
    let frames = frames.map_err(unframed(file.path()))?;
    frames.iter().try_for_each(|frame| finals.write(file, frame))
}

fn decode(bytes: &[u8], file: &StageFile) -> Result<Vec<Recorded>, ReadError> {
    let damaged = |e: crate::codec::DecodeError| crate::error::Damage::of(file.path(), format!("a staged frame: {e}"));
    let frame = Frame::decode(bytes).map_err(damaged)?;
    Ok(frame.records().map(|record| record.to_owned_record()).collect())
}
