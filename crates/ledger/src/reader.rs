//! Reading a ledger, also beside a writer of another process.

use std::io::ErrorKind;
use std::ops::{Range, RangeBounds};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::chunk::{Chunk, FRAME_RECORDS, leaf_of};
use crate::error::{Damage, DiskError, OpenError, ReadError};
use crate::header::Header;
use crate::id::EventId;
use crate::identity::{self, Index};
use crate::instant::Instant;
use crate::medium::{Access, Folder, Held};
use crate::merkle::Hash;
use crate::prover::Prover;
use crate::read_ahead::ReadAhead;
use crate::record::Recorded;
use crate::shelf::{Frames, Shelf};
use crate::tail::{self, Commit, Tail};
use crate::tree::{TILE, Tree};
use crate::writer::range;

/// A reader waits so long for another reader of the store to end.
const PATIENCE: Duration = Duration::from_secs(2);
/// A tail read while it is replaced or appended to is read again.
const TAIL_TRIES: u32 = 3;

/// A ledger as it stood when it was opened. Opening takes no lock and reads two small files.
#[derive(Debug)]
pub struct Reader {
    dir: Folder,
    header: Header,
    tail: Tail,
    store: Mutex<Option<Arc<Locked>>>,
}

impl Reader {
    /// Opens the ledger in `dir`.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        crate::links::refuse(dir)?;
        Self::open_in(&Folder::on_disk(dir))
    }

    /// Opens the ledger in a folder of any medium.
    pub(crate) fn open_in(dir: &Folder) -> Result<Self, OpenError> {
        let header = Header::read_in(dir)?;
        let tail = settled_tail(dir, &header)?;
        Ok(Self { dir: dir.clone(), header, tail, store: Mutex::new(None) })
    }

    /// What holds for the whole ledger.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How many records there are.
    pub fn size(&self) -> u64 {
        self.tail.size()
    }

    /// The Merkle root over all of them.
    pub fn root(&self) -> [u8; 32] {
        self.tail.peaks.root().0
    }

    /// The `recorded_at` of the newest record.
    pub fn last_recorded_at(&self) -> Option<Instant> {
        self.tail.last_recorded_at()
    }

    /// The records before this position lie in the store, which only one process can open at a time; those from it on in
    /// the tail, which anyone can read.
    pub fn tail_start(&self) -> u64 {
        self.tail.head.base()
    }

    /// The records of a range, oldest first. Those of the tail come without touching the store; for the others the
    /// store must be free: a writer of another process is named in [`ReadError::InUse`].
    pub fn read(&self, positions: impl RangeBounds<u64>) -> Result<Records, ReadError> {
        let positions = range(&positions);
        let end = within(&positions, self.size())?;
        let frames: Option<Arc<dyn Frames>> =
            if positions.start < end.min(self.tail_start()) { Some(self.store()?) } else { None };
        let path = self.dir.join(tail::FILE);
        Ok(Records::new(
            positions.start..end,
            self.tail_start(),
            frames,
            commits_in(&self.tail.commits, &(positions.start..end)),
            path,
        ))
    }

    /// One record.
    pub fn record(&self, position: u64) -> Result<Recorded, ReadError> {
        one(self.read(position..position.saturating_add(1))?, position, self.size())
    }

    /// The Merkle root over the first `size` records.
    pub fn root_at(&self, size: u64) -> Result<[u8; 32], ReadError> {
        let tree = Tree::new(&self.dir, self.header.id);
        root_at(size, &self.tail, &tree, |positions| self.read(positions)).map(|root| root.0)
    }

    /// Makes proofs about the ledger as this reader sees it.
    pub fn prover(&self) -> Prover<'_> {
        let tree = Tree::new(&self.dir, self.header.id);
        Prover::new(&self.tail, tree, Box::new(|positions| self.read(positions)))
    }

    /// The record of an event id. Unless it lies in the tail, the store must be free.
    pub fn find(&self, id: EventId) -> Result<Option<Recorded>, ReadError> {
        for chunk in self.read(self.tail_start()..)? {
            if let Some(found) = chunk?.records().find(|record| record.event.id() == id) {
                return Ok(Some(found.to_owned_record()));
            }
        }
        if self.tail_start() == 0 {
            return Ok(None);
        }
        // Whoever holds the store's lock is alone with the index.
        let _store = self.store()?;
        let known = |size| if size > self.size() { None } else { self.root_at(size).ok().map(Hash) };
        let index = Index::look(self.dir.inner(identity::FOLDER), self.header.id, known)?;
        let candidates = match index.candidates(id) {
            // What it covers is unknown then; the next writer that asks it makes it again.
            Err(_) if index.is_broken() => return self.find_from(0, id),
            other => other?,
        };
        for position in candidates.into_iter().filter(|position| *position < self.size()) {
            let record = self.record(position)?;
            if record.event.id() == id {
                return Ok(Some(record));
            }
        }
        self.find_from(index.covered(), id)
    }

    /// Looks through the records that no index covers.
    fn find_from(&self, position: u64, id: EventId) -> Result<Option<Recorded>, ReadError> {
        for chunk in self.read(position..self.tail_start().max(position))? {
            if let Some(found) = chunk?.records().find(|record| record.event.id() == id) {
                return Ok(Some(found.to_owned_record()));
            }
        }
        Ok(None)
    }

    /// The store, behind the ledger's lock.
    fn store(&self) -> Result<Arc<Locked>, ReadError> {
        let mut slot = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = &*slot {
            return Ok(open.clone());
        }
        let lock = self.dir.lock_within(Instant::now(), PATIENCE)?;
        let locked = Arc::new(Locked { shelf: Shelf::new(&self.dir), _lock: lock });
        // The tail may have been drained since this reader was opened; only the present one speaks of the store.
        let tail = settled_tail(&self.dir, &self.header)?;
        if tail.size() < self.size() {
            let what = format!("it had {} records when it was opened, now {}", self.size(), tail.size());
            return Err(Damage::of(&self.dir.join(tail::FILE), what).into());
        }
        locked.shelf.compare(&tail, &Tree::new(&self.dir, self.header.id))?;
        Ok(slot.insert(locked).clone())
    }

    /// Gives the store free for others, as far as no records are being read.
    pub fn release(&self) {
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Fields drop in order: the store is closed before the lock is given free.
#[derive(Debug)]
struct Locked {
    shelf: Shelf,
    _lock: Box<dyn Held>,
}

impl Frames for Locked {
    fn frame(&self, number: u64) -> Result<Vec<u8>, ReadError> {
        self.shelf.frame(number)
    }

    fn path(&self) -> &Path {
        self.shelf.path()
    }
}

/// What looks like damage while a writer is at work may be an entry half read.
pub(crate) fn settled_tail(dir: &Folder, header: &Header) -> Result<Tail, OpenError> {
    for _ in 1..TAIL_TRIES {
        match tail::load(dir, header.id) {
            Err(OpenError::Damaged(_)) => std::thread::sleep(Duration::from_millis(5)),
            other => return durable(dir, other?),
        }
    }
    durable(dir, tail::load(dir, header.id)?)
}

/// The newest entry that was read may be one that its writer has not synced yet, or never did. A reader that has told of
/// it must not be belied by a power cut, so it is synced here; where all is on disk already, that costs next to nothing.
fn durable(dir: &Folder, tail: Tail) -> Result<Tail, OpenError> {
    if tail.commits.is_empty() {
        return Ok(tail);
    }
    match dir.open(tail::FILE, Access::Read).and_then(|file| file.sync_data()) {
        // What cannot be written to has nothing to sync.
        Err(e) if !matches!(e.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::InvalidInput) => {
            Err(DiskError::at("sync", &dir.join(tail::FILE))(e).into())
        }
        _ => Ok(tail),
    }
}

/// Records, oldest first, in chunks.
#[derive(Debug)]
pub struct Records {
    left: Range<u64>,
    base: u64,
    frames: Option<Arc<dyn Frames>>,
    commits: std::vec::IntoIter<Arc<Commit>>,
    tail_path: PathBuf,
}

impl Records {
    pub(crate) fn new(
        left: Range<u64>,
        base: u64,
        frames: Option<Arc<dyn Frames>>,
        commits: Vec<Arc<Commit>>,
        tail_path: PathBuf,
    ) -> Self {
        Self { left, base, frames, commits: commits.into_iter(), tail_path }
    }

    /// The same, read and decoded on a thread of its own while the caller works on what came before.
    pub fn read_ahead(self) -> ReadAhead {
        ReadAhead::of(self)
    }

    fn next_chunk(&mut self) -> Result<Chunk, ReadError> {
        if self.left.start < self.base {
            let frames = self.frames.as_ref().expect("a range that begins in the store has its frames");
            return frames.chunk(self.left.start / FRAME_RECORDS, &(self.left.start..self.left.end.min(self.base)));
        }
        let commit = self.commits.next();
        let commit = commit.ok_or_else(|| Damage::of(&self.tail_path, "lacks records that it counts"))?;
        Chunk::of_commit(&commit, &self.left, &self.tail_path)
    }
}

impl Iterator for Records {
    type Item = Result<Chunk, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left.is_empty() {
            return None;
        }
        let chunk = self.next_chunk();
        // Nothing comes after an error.
        self.left.start = chunk.as_ref().map_or(self.left.end, |chunk| chunk.positions().end);
        Some(chunk)
    }
}

/// The end of a range, which must lie within the ledger; an open end means the ledger's.
pub(crate) fn within(positions: &Range<u64>, size: u64) -> Result<u64, ReadError> {
    match positions.end {
        u64::MAX => Ok(size.max(positions.start)),
        end if end > size && end > positions.start => Err(ReadError::Beyond { asked: end - 1, size }),
        end => Ok(end),
    }
}

/// The commits that hold records of a range.
pub(crate) fn commits_in(commits: &[Arc<Commit>], positions: &Range<u64>) -> Vec<Arc<Commit>> {
    let first = commits.partition_point(|commit| commit.end() <= positions.start);
    let end = commits.partition_point(|commit| commit.first < positions.end);
    commits.get(first..end).unwrap_or_default().to_vec()
}

/// The only record of a range.
pub(crate) fn one(mut records: Records, position: u64, size: u64) -> Result<Recorded, ReadError> {
    let chunk = records.next().transpose()?;
    let record = chunk.as_ref().and_then(|chunk| chunk.records().next().map(|record| record.to_owned_record()));
    record.ok_or(ReadError::Beyond { asked: position, size })
}

/// The root over the first `size` records.
pub(crate) fn root_at(
    size: u64,
    tail: &Tail,
    tree: &Tree,
    read: impl Fn(Range<u64>) -> Result<Records, ReadError>,
) -> Result<Hash, ReadError> {
    let base = tail.head.base();
    if size > tail.size() {
        return Err(ReadError::Beyond { asked: size - 1, size: tail.size() });
    }
    let from = if size >= base { base } else { size / TILE * TILE };
    // Read first: where the store is opened for it, a tree that lies is made again.
    let records = read(from..size)?;
    let mut peaks = if size >= base { tail.head.peaks.clone() } else { tree.peaks(size / TILE)? };
    let mut content = Vec::new();
    for chunk in records {
        chunk?.records().for_each(|record| peaks.push(leaf_of(&record, &mut content)));
    }
    Ok(peaks.root())
}
