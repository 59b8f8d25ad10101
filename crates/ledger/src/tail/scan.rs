//! Reading a tail back.
//!
//! A bad entry at the end is a commit that was never acknowledged, torn by a crash. A bad entry with a good one behind
//! it is damage: the later commit was only begun when the earlier was durable.

use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use super::entry::{ALIGN, Commit, ENTRY_HEAD, EntryHead, read_payload};
use super::head::{HEAD_BYTES, HeadError, TailHead};
use super::journal::LENGTH_MIN;
use crate::error::{Damage, DiskError, OpenError};
use crate::instant::Instant;
use crate::medium::Folder;
use crate::merkle::{Peaks, content_digest, leaf_hash};

/// A tail as it lies on disk.
#[derive(Clone, Debug)]
pub struct Tail {
    /// What it says of the store.
    pub head: TailHead,
    /// The batches, oldest first.
    pub commits: Vec<Arc<Commit>>,
    /// The tree over store and batches.
    pub peaks: Peaks,
    /// Where the next entry goes.
    pub end: u64,
    /// Whether bytes of a torn entry lie from there on.
    pub torn: bool,
    /// Whether it ends with the mark of a writer that ended in order, all of whose commits are durable.
    pub closed: bool,
}

impl Tail {
    /// A tail without entries.
    pub fn empty(head: TailHead) -> Self {
        Self {
            peaks: head.peaks.clone(),
            head,
            commits: Vec::new(),
            end: HEAD_BYTES as u64,
            torn: false,
            closed: false,
        }
    }

    /// How many records the ledger has.
    pub const fn size(&self) -> u64 {
        self.peaks.size()
    }

    /// The `recorded_at` of the newest record.
    pub fn last_recorded_at(&self) -> Option<Instant> {
        self.commits.last().map(|commit| commit.recorded_at).or(self.head.last_recorded_at)
    }
}

/// Reads the tail of a ledger. A writer may be appending to it: then its newest entry may look torn.
pub fn load(dir: &Folder, ledger: Uuid) -> Result<Tail, OpenError> {
    let path = dir.join(super::FILE);
    let bytes = match dir.read(super::FILE) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(Damage::of(&path, "is missing; restore the whole ledger from a copy").into());
        }
        Err(e) => return Err(DiskError::at("read", &path)(e).into()),
    };
    let tail = scan(&bytes, &path, ledger)?;
    match shortened(&bytes, &path, &tail) {
        Some(damage) => Err(damage.into()),
        None => Ok(tail),
    }
}

/// Damage if a tail's file was cut. It gets its name with zeros written ahead and never shrinks, so one that is shorter lost
/// its end, and with it perhaps commits whose loss shows nowhere else.
pub fn shortened(bytes: &[u8], path: &Path, tail: &Tail) -> Option<Damage> {
    (bytes.len() < LENGTH_MIN).then(|| {
        let what = format!(
            "has {} bytes and was made with {LENGTH_MIN}: it was cut, records from position {} on may be lost; restore the \
             whole ledger from a copy",
            bytes.len(),
            tail.size()
        );
        Damage::of(path, what)
    })
}

/// Reads a tail from its bytes.
pub fn scan(bytes: &[u8], path: &Path, ledger: Uuid) -> Result<Tail, OpenError> {
    let head = match TailHead::parse(bytes) {
        Ok(head) => head,
        Err(HeadError::Newer(found)) => {
            return Err(OpenError::Newer { file: path.to_owned(), found, known: crate::header::FORMAT_VERSION });
        }
        Err(HeadError::Bad(what)) => {
            return Err(Damage::of(path, format!("{what}; restore the whole ledger from a copy")).into());
        }
    };
    if head.ledger != ledger {
        let what = format!("it belongs to the ledger {}, the header to {ledger}; put back the one it had", head.ledger);
        return Err(Damage::of(path, what).into());
    }
    let mut tail = Tail::empty(head);
    let mut rest = &bytes[HEAD_BYTES..];
    while let Some((head, payload)) =
        EntryHead::parse(rest, tail.head.salt).and_then(|h| Some((h, h.payload_of(rest)?)))
    {
        take(&mut tail, &head, payload).map_err(|what| {
            let end = head.first.saturating_add(u64::from(head.count.max(1)));
            Damage::of(path, what).at(head.first, end)
        })?;
        tail.end += head.stride() as u64;
        tail.closed = head.closed;
        rest = rest.get(head.stride()..).unwrap_or_default();
    }
    let (words, odd) = rest.as_chunks();
    tail.torn = words.iter().any(|word| u128::from_ne_bytes(*word) != 0) || odd.iter().any(|byte| *byte != 0);
    if tail.torn
        && let Some(next) = successor(rest, &tail)
    {
        let what =
            "an entry does not match its checksum, though a later one does; restore the whole ledger from a copy";
        return Err(Damage::of(path, what).at(tail.size(), next.max(tail.size().saturating_add(1))).into());
    }
    tail.closed &= !tail.torn;
    Ok(tail)
}

/// Adds an entry to what was read so far.
fn take(tail: &mut Tail, head: &EntryHead, payload: &[u8]) -> Result<(), &'static str> {
    if head.first != tail.size() {
        return Err("an entry does not follow the one before it; restore the whole ledger from a copy");
    }
    let batches = read_payload(head, payload).ok_or("an entry does not hold the records that it counts")?;
    for batch in batches {
        if tail.last_recorded_at().is_some_and(|last| last > batch.recorded_at) {
            return Err("a record was recorded before its predecessor; restore the whole ledger from a copy");
        }
        for content in &batch.contents {
            tail.peaks.push(leaf_hash(batch.recorded_at, &content_digest(content)));
        }
        tail.commits.push(Arc::new(batch));
    }
    if tail.peaks.root() == head.root {
        Ok(())
    } else {
        Err("the records do not give the root that was written with them; restore the whole ledger from a copy")
    }
}

/// The position that the first good entry behind a bad one begins at.
fn successor(rest: &[u8], tail: &Tail) -> Option<u64> {
    (ALIGN..rest.len().saturating_sub(ENTRY_HEAD - 1)).step_by(ALIGN).find_map(|at| {
        let head = EntryHead::parse(&rest[at..], tail.head.salt)?;
        head.payload_of(&rest[at..])?;
        (head.first >= tail.size()).then_some(head.first)
    })
}
