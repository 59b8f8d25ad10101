//! Opening a ledger for writing: what a crash left behind is finished or discarded, what is damaged is named.
//!
//! The store is not opened here unless something has to be finished: that would cost every single append tens of
//! milliseconds. It is compared with the tail whenever it is opened.

use super::group::Recent;
use super::{Live, Options, Writer};
use crate::codec::view_content;
use crate::error::{Damage, DiskError, OpenError, ReadError};
use crate::header::Header;
use crate::id::EventId;
use crate::identity::{self, Index};
use crate::instant::Instant;
use crate::medium::{Access, Folder};
use crate::mended;
use crate::reader::Records;
use crate::shelf::Shelf;
use crate::tail::{self, Journal, Tail, TailHead};
use crate::tree::{TILE, Tree};
use crate::{ledger, stage, store};

/// Opens the ledger in `dir` for writing.
pub fn open(dir: &Folder, options: Options) -> Result<Writer, OpenError> {
    // Looked at before the lock, so that no lock file appears where no ledger is.
    Header::read_in(dir)?;
    let lock = dir.lock(Instant::now())?;
    let header = Header::read_in(dir)?;
    remove_leftovers(dir)?;
    let tail = tail::load(dir, header.id)?;
    require_store(dir, &tail)?;
    restore_tree(dir, &header, &tail)?;
    let (journal, tail) = match stage::recover(dir, &header, &tail)? {
        Some(head) => {
            let journal = Journal::start(dir, head.clone())?;
            stage::forget(dir)?;
            (journal, Tail::empty(head))
        }
        None => (Journal::resume(dir, &tail)?, tail),
    };
    let recent = recent_of(&tail, dir)?;
    let live = Live::new(dir.clone(), header, Shelf::new(dir), tail.clone());
    let index = open_index(&live, &tail.head)?;
    Ok(Writer {
        live: live.into(),
        journal,
        index,
        recent,
        waiting: Vec::new(),
        last_recorded_at: tail.last_recorded_at(),
        peaks: tail.peaks,
        admission: options.admission,
        clock: options.clock,
        stopped: false,
        dirty: false,
        _lock: lock,
    })
}

/// Files that were about to take another's place, and the mark of a ledger in the making.
fn remove_leftovers(dir: &Folder) -> Result<(), OpenError> {
    for name in ["tail.new", "header.new", ledger::CREATING] {
        dir.remove_if_there(name)?;
    }
    Ok(())
}

fn require_store(dir: &Folder, tail: &Tail) -> Result<(), OpenError> {
    let folder = dir.inner(store::FOLDER);
    let file = folder.join(store::FILE);
    match folder.open(store::FILE, Access::Read).and_then(|db| db.length()) {
        Ok(1..) => return Ok(()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(DiskError::at("read", &file)(error).into());
        }
        _ => {}
    }
    let what = "is missing or empty, though the tail counts on it; restore the whole ledger from a copy";
    Err(Damage::of(&file, what).at(0, tail.head.base()).into())
}

/// Makes the tree again if it was lost.
fn restore_tree(dir: &Folder, header: &Header, tail: &Tail) -> Result<(), OpenError> {
    let tree = Tree::new(dir, header.id);
    let base = tail.head.base();
    if tree.has(base / TILE) {
        return Ok(());
    }
    let (tiles, peaks) = Shelf::new(dir).tiles(base)?;
    if peaks != tail.head.peaks {
        let what = "its records do not give the root that the tail counts on; restore the whole ledger from a copy";
        return Err(Damage::of(&dir.join(store::FOLDER), what).at(0, base).into());
    }
    tree.make(&tiles)?;
    mended::note(tree.path(), "it was missing, too short or of another ledger; it was made again from the records");
    Ok(())
}

fn recent_of(tail: &Tail, dir: &Folder) -> Result<Recent, OpenError> {
    let mut recent = Recent::default();
    for commit in &tail.commits {
        for (position, content) in (commit.first..).zip(&commit.contents) {
            let event = view_content(content)
                .map_err(|e| Damage::of(&dir.join(tail::FILE), e.to_string()).at(position, position + 1))?;
            recent.add(event.id(), event.voids(), position);
        }
    }
    Ok(recent)
}

/// The identity index up to the store's size; what it lacks is read from the store.
fn open_index(live: &Live, head: &TailHead) -> Result<Index, OpenError> {
    let base = head.base();
    let root_at = |size| if size == base { Some(head.peaks.root()) } else { live.root_at(size).ok() };
    let mut index = Index::open(live.dir.inner(identity::FOLDER), live.header.id, base, root_at)?;
    let folder = live.dir.join(identity::FOLDER);
    if let Some(why) = index.discarded() {
        mended::note(&folder, format!("{why}; it was made again from the records"));
        // A tail that was put back to an earlier time looks so too.
        live.store()?;
    }
    if index.covered() < base {
        if index.covered() == 0 && index.discarded().is_none() {
            mended::note(&folder, "it was missing; it was made again from the records");
        }
        let missing = index.covered()..base;
        index.extend(identities(live.read(missing)?), head.peaks.root())?;
    }
    Ok(index)
}

impl Writer {
    /// Makes the identity index again from the records: something of it was not what had been written.
    pub(crate) fn mend_index(&mut self) -> Result<(), ReadError> {
        let (base, root) = self.live.with_tail(|tail| (tail.head.base(), tail.head.peaks.root()));
        self.index.clear()?;
        self.index.extend(identities(self.live.read(0..base)?), root)?;
        mended::note(&self.live.dir.join(identity::FOLDER), "it was made again from the records");
        Ok(())
    }

    /// The same where that is why something failed.
    pub(crate) fn or_mend_index<T: Default>(&mut self, result: Result<T, ReadError>) -> Result<T, ReadError> {
        if result.is_err() && self.index.is_broken() {
            self.mend_index()?;
            return Ok(T::default());
        }
        result
    }
}

/// Id and void target of records, one by one.
fn identities(records: Records) -> impl Iterator<Item = Result<(EventId, Option<EventId>), ReadError>> {
    records.flat_map(|chunk| -> Vec<Result<_, ReadError>> {
        match chunk {
            Ok(chunk) => chunk.records().map(|record| Ok((record.event.id(), record.event.voids()))).collect(),
            Err(error) => vec![Err(error)],
        }
    })
}
