//! Records in the hand of a reader, a frame at a time.

use std::ops::Range;
use std::path::Path;

use crate::codec::{decode_content, encode_content};
use crate::error::{Damage, ReadError};
use crate::frame_shim::Frame;
use crate::id::Position;
use crate::merkle::{Hash, content_digest, leaf_hash};
use crate::record::Recorded;
use crate::tail::Commit;

/// Records per frame; a frame's number is its first position divided by this.
pub const FRAME_RECORDS: u64 = crate::frame_shim::FRAME_RECORDS as u64;

/// Some records that follow each other.
#[derive(Debug)]
pub struct Chunk {
    first: u64,
    end: u64,
    held: Held,
}

#[derive(Debug)]
enum Held {
    /// A frame, which may hold more records than are asked for.
    Frame { frame: Box<Frame>, skip: usize },
    /// Records of the tail.
    Tail(Vec<Recorded>),
}

impl Chunk {
    /// The records of a frame that lie in a range; they must be in the frame.
    pub(crate) fn of_frame(number: u64, bytes: &[u8], wanted: &Range<u64>, file: &Path) -> Result<Self, ReadError> {
        let start = number * FRAME_RECORDS;
        let damaged = |what: String| Damage::of(file, what).at(start, start + FRAME_RECORDS);
        let frame = Frame::decode(bytes)
            .map_err(|e| damaged(format!("frame {number}: {e}; restore the whole ledger from a copy")))?;
        if frame.first() != start {
            return Err(damaged(format!("frame {number} holds the records from {} on", frame.first())).into());
        }
        let (first, end) = (wanted.start.max(start), wanted.end.min(start + FRAME_RECORDS));
        if start + (frame.len() as u64) < end {
            let what = format!("frame {number} holds {} records, {} are needed", frame.len(), end - start);
            return Err(damaged(what).into());
        }
        Ok(Self { first, end, held: Held::Frame { frame: Box::new(frame), skip: (first - start) as usize } })
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
        let take = (self.end - self.first) as usize;
        match &self.held {
            Held::Frame { frame, skip } => Box::new(frame.records().skip(*skip).take(take)),
            Held::Tail(records) => Box::new(records.iter().map(Recorded::borrowed)),
        }
    }
}

/// The leaf of a record; `content` is scratch space.
pub fn leaf_of<S: AsRef<str>>(record: &Recorded<S>, content: &mut Vec<u8>) -> Hash {
    content.clear();
    encode_content(&record.event, content);
    leaf_hash(record.recorded_at, &content_digest(content))
}
