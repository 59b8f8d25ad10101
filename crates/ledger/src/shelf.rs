//! The store as the readers and the writer of one process share it: opened when first needed, compared with the tail.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::chunk::{Chunk, FRAME_RECORDS, leaf_of};
use crate::error::{Damage, ReadError};
use crate::medium::Folder;
use crate::mended;
use crate::merkle::{Hash, Peaks};
use crate::record::Recorded;
use crate::stage::Pending;
use crate::store::{self, FrameStore};
use crate::tail::{Commit, Tail};
use crate::tree::{TILE, Tiles, Tree};

/// Whatever frames can be read from.
pub trait Frames: Send + Sync + std::fmt::Debug {
    /// The bytes of a frame that must be there.
    fn frame(&self, number: u64) -> Result<Vec<u8>, ReadError>;

    /// Where they lie, to name in errors.
    fn path(&self) -> &Path;

    /// The records of a frame that lie in a range.
    fn chunk(&self, number: u64, wanted: &std::ops::Range<u64>) -> Result<Chunk, ReadError> {
        Chunk::of_frame(number, &self.frame(number)?, wanted, self.path())
    }
}

/// Whether the tiles before the last frame, and those of its leaves, are what the tail counts on.
fn fits(tree: &Tree, start: u64, leaves: &[Hash], tail: &Tail) -> bool {
    let (Ok(stored), Ok(mut peaks)) = (tree.read(tail.head.base() / TILE), tree.peaks(start / TILE)) else {
        return false;
    };
    let mut tiles = Tiles::from(start);
    for leaf in leaves {
        tiles.push(*leaf);
        peaks.push(*leaf);
    }
    let (first, done) = tiles.complete();
    peaks == tail.head.peaks && stored.get(first as usize..).is_some_and(|stored| stored == done)
}

/// The store of a ledger. Whoever makes one holds the ledger's lock as long as it lives.
#[derive(Debug)]
pub struct Shelf {
    dir: Folder,
    path: PathBuf,
    open: Mutex<Option<Box<dyn FrameStore>>>,
}

impl Shelf {
    pub fn new(dir: &Folder) -> Self {
        Self { dir: dir.clone(), path: dir.join(store::FOLDER), open: Mutex::new(None) }
    }

    /// Works with the store, opening it if it is not.
    pub fn with<T>(
        &self,
        work: impl FnOnce(&mut dyn FrameStore) -> Result<T, store::StoreError>,
    ) -> Result<T, ReadError> {
        let mut slot = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let store = match slot.take() {
            Some(store) => store,
            None => self.dir.medium().open_store(&self.dir)?,
        };
        Ok(work(&mut **slot.insert(store))?)
    }

    /// Whether the store is what the tail says it is. It may hold more than that: the first records of the tail where
    /// a drain was interrupted, those of an import where its publishing was.
    pub fn compare(&self, tail: &Tail, tree: &Tree) -> Result<(), ReadError> {
        let base = tail.head.base();
        let (frames, mended) = self.with(|store| Ok((store.frames(), store.mended())))?;
        mended.into_iter().for_each(mended::add);
        if frames < base.div_ceil(FRAME_RECORDS) {
            let what = format!(
                "the tail counts on {base} records, the store has {frames} frames of {FRAME_RECORDS}: it lost some, was \
                 rolled back or belongs to another ledger; restore the whole ledger from a copy"
            );
            return Err(self.damaged(what, frames * FRAME_RECORDS, base).into());
        }
        self.compare_last(tail, tree)?;
        let (pending, spoilt) = match Pending::after(&self.dir, tail) {
            Err(ReadError::Damaged(damage)) => (None, Some(damage)),
            other => (other?, None),
        };
        for number in base / FRAME_RECORDS..frames {
            match (self.compare_extra(number, tail, pending.as_ref()), spoilt.clone()) {
                // They may be those of the import that cannot be read.
                (Err(ReadError::Damaged(_)), Some(damage)) => return Err(damage.into()),
                (compared, _) => compared?,
            }
        }
        Ok(())
    }

    /// The last frame and the tiles before it must give the root that the tail counts on. A tree that does not fit the
    /// records is made again from them where they give that root: whoever has a shelf is alone with the ledger.
    fn compare_last(&self, tail: &Tail, tree: &Tree) -> Result<(), ReadError> {
        let base = tail.head.base();
        let start = base.saturating_sub(1) / FRAME_RECORDS * FRAME_RECORDS;
        if base == 0 {
            return Ok(());
        }
        let chunk = self.chunk(start / FRAME_RECORDS, &(start..base))?;
        let mut content = Vec::new();
        let leaves: Vec<Hash> = chunk.records().map(|record| leaf_of(&record, &mut content)).collect();
        if fits(tree, start, &leaves, tail) {
            return Ok(());
        }
        // Either the records or the tree are not what they were.
        let (tiles, peaks) = self.tiles(base)?;
        if peaks == tail.head.peaks {
            tree.make(&tiles)?;
            mended::note(tree.path(), "it did not agree with the records; it was made again from them");
            return Ok(());
        }
        let what = "its last records do not give the root that the tail counts on: it was changed or belongs to another \
                    ledger; restore the whole ledger from a copy";
        Err(self.damaged(what.to_owned(), start, base).into())
    }

    /// The hashes of all tiles of the first `base` records, and the tree over those records.
    pub fn tiles(&self, base: u64) -> Result<(Vec<Hash>, Peaks), ReadError> {
        let (mut tiles, mut peaks, mut content) = (Tiles::from(0), Peaks::new(), Vec::new());
        for number in 0..base.div_ceil(FRAME_RECORDS) {
            for record in self.chunk(number, &(0..base))?.records() {
                let leaf = leaf_of(&record, &mut content);
                tiles.push(leaf);
                peaks.push(leaf);
            }
        }
        Ok((tiles.complete().1.to_vec(), peaks))
    }

    /// Records beyond what the tail counts on must be the tail's own, or those of an import killed while it published.
    pub fn compare_extra(&self, number: u64, tail: &Tail, pending: Option<&Pending>) -> Result<(), ReadError> {
        let start = number * FRAME_RECORDS;
        let bytes = self.frame(number)?;
        if pending.map_or(Ok(false), |pending| pending.holds(number, &bytes))? {
            return Ok(());
        }
        let held = crate::codec::Frame::decode(&bytes).map_or(0, |frame| frame.len() as u64);
        let extra = tail.head.base().max(start)..start + held;
        if extra.is_empty() {
            return Ok(());
        }
        let chunk = Chunk::of_frame(number, &bytes, &extra, &self.path)?;
        for record in chunk.records() {
            if !held_by(&tail.commits, &record) {
                let what = "the store holds records that the tail does not: the tail was rolled back or belongs to \
                            another ledger; restore the whole ledger from a copy";
                return Err(self.damaged(what.to_owned(), record.position.0, extra.end).into());
            }
        }
        Ok(())
    }

    fn damaged(&self, what: String, first: u64, end: u64) -> Damage {
        Damage::of(&self.path, what).at(first, end)
    }
}

impl Frames for Shelf {
    fn frame(&self, number: u64) -> Result<Vec<u8>, ReadError> {
        let start = number * FRAME_RECORDS;
        let missing = || self.damaged(format!("frame {number} is missing"), start, start + FRAME_RECORDS);
        self.with(|store| store.frame(number))?.ok_or_else(|| missing().into())
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether a record is one of those that these commits hold.
pub fn held_by(commits: &[std::sync::Arc<Commit>], record: &Recorded<&str>) -> bool {
    let position = record.position.0;
    let index = commits.partition_point(|commit| commit.end() <= position);
    let Some(commit) = commits.get(index).filter(|commit| commit.first <= position) else { return false };
    let mut content = Vec::new();
    crate::codec::encode_content(&record.event, &mut content);
    commit.recorded_at == record.recorded_at && *commit.contents[(position - commit.first) as usize] == *content
}
