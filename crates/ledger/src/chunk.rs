//! Records in the hand of a reader, a frame at a time.

use std::ops::Range;
use std::path::Path;

use crate::codec::{Frame, FrameError, decode_content, encode_content};
use crate::error::{Damage, DiskError, ReadError};
use crate::id::Position;
use crate::merkle::{Hash, content_digest, leaf_hash};
use crate::record::Recorded;
use crate::tail::Commit;

/// Records per frame; a frame's number is its first position divided by this.
pub const FRAME_RECORDS: u64 = crate::codec::FRAME_RECORDS as u64;

/// Some records that follow each other.
pub struct Chunk {
    first: u64,
    end: u64,
    held: Held,
}

enum Held {
    /// A frame, which may hold more records than are asked for.
    Frame(Box<Frame>),
    /// Records of the tail.
    Tail(Vec<Recorded>),
}

impl Chunk {
    /// The records of a frame that lie in a range; they must be in the frame.
    pub(crate) fn of_frame(number: u64, bytes: &[u8], wanted: &Range<u64>, file: &Path) -> Result<Self, ReadError> {
        let start = number * FRAME_RECORDS;
        let damaged = |what: String| Damage::of(file, what).at(start, start + FRAME_RECORDS);
        let frame = Frame::decode(bytes).map_err(|e| {
            // Nothing is lost where a newer program wrote, and its error says what to do.
            let remedy = if e.is_newer() { "" } else { "; restore the whole ledger from a copy" };
            damaged(format!("frame {number}: {e}{remedy}"))
        })?;
        if frame.first().0 != start {
            return Err(damaged(format!("frame {number} holds the records from {} on", frame.first())).into());
        }
        let (first, end) = (wanted.start.max(start), wanted.end.min(start + FRAME_RECORDS));
        let held = start + frame.len() as u64;
        if held < end {
            let what = format!(
                "frame {number} ends before position {held}, {end} are counted on: some were lost, the file was rolled \
                 back or belongs to another ledger; restore the whole ledger from a copy"
            );
            return Err(Damage::of(file, what).at(held, end).into());
        }
        Ok(Self { first, end, held: Held::Frame(Box::new(frame)) })
    }

    /// The records of a commit that lie in a range.
    pub(crate) fn of_commit(commit: &Commit, wanted: &Range<u64>, file: &Path) -> Result<Self, ReadError> {
        let (first, end) = (wanted.start.max(commit.first), wanted.end.min(commit.end()));
        let records = (first..end).map(|position| {
            let content = &commit.contents[(position - commit.first) as usize];
            let event =
                decode_content(content).map_err(|e| Damage::of(file, e.to_string()).at(position, position + 1))?;
            Ok(Recorded { position: Position(position), recorded_at: commit.recorded_at, event })
        });
        Ok(Self { first, end, held: Held::Tail(records.collect::<Result<_, Damage>>()?) })
    }

    /// Their positions.
    pub fn positions(&self) -> Range<u64> {
        self.first..self.end
    }

    /// The records, oldest first.
    pub fn records(&self) -> Box<dyn Iterator<Item = Recorded<&str>> + '_> {
        match &self.held {
            Held::Frame(frame) => Box::new(self.positions().filter_map(|position| frame.record(Position(position)))),
            Held::Tail(records) => Box::new(records.iter().map(Recorded::borrowed)),
        }
    }
}

impl std::fmt::Debug for Chunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Chunk").field(&self.positions()).finish()
    }
}

/// A frame that could not be made; it names the store that it was for.
pub fn unframed(store: &Path) -> impl Fn(FrameError) -> DiskError + '_ {
    |error| DiskError::at("make a frame for", store)(std::io::Error::other(error))
}

/// The leaf of a record; `content` is scratch space.
pub fn leaf_of<S: AsRef<str>>(record: &Recorded<S>, content: &mut Vec<u8>) -> Hash {
    content.clear();
    encode_content(&record.event, content);
    leaf_hash(record.recorded_at, &content_digest(content))
}
