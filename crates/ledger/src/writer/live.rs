//! The ledger as the writer's process sees it: shared by the writer, its readers and its subscribers.

use std::ops::{Bound, Range, RangeBounds};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::error::ReadError;
use crate::header::Header;
use crate::medium::Folder;
use crate::merkle::{Hash, Peaks};
use crate::reader::{self, Records};
use crate::record::Recorded;
use crate::shelf::{Frames, Shelf};
use crate::tail::{self, Commit, Tail};
use crate::tree::Tree;

/// What is durable.
#[derive(Debug)]
pub struct Live {
    pub dir: Folder,
    pub header: Header,
    shelf: Arc<Shelf>,
    tail: RwLock<Tail>,
    /// Whether the store was found to be what the tail says.
    compared: Mutex<bool>,
}

impl Live {
    pub fn new(dir: Folder, header: Header, shelf: Shelf, tail: Tail) -> Self {
        Self { dir, header, shelf: Arc::new(shelf), tail: RwLock::new(tail), compared: Mutex::new(false) }
    }

    pub fn tree(&self) -> Tree {
        Tree::new(&self.dir, self.header.id)
    }

    /// The number of durable records.
    pub fn size(&self) -> u64 {
        self.with_tail(Tail::size)
    }

    pub fn with_tail<T>(&self, look: impl FnOnce(&Tail) -> T) -> T {
        look(&self.tail.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Batches became durable.
    pub fn extend(&self, commits: Vec<Commit>, peaks: Peaks) {
        let mut tail = self.tail.write().unwrap_or_else(PoisonError::into_inner);
        tail.commits.extend(commits.into_iter().map(Arc::new));
        tail.peaks = peaks;
    }

    /// The store has grown and a new tail begun.
    pub fn replace_tail(&self, new: Tail) {
        *self.tail.write().unwrap_or_else(PoisonError::into_inner) = new;
    }

    pub fn read(&self, positions: impl RangeBounds<u64>) -> Result<Records, ReadError> {
        let positions = range(&positions);
        let (base, end, commits) = self.with_tail(|tail| {
            let end = reader::within(&positions, tail.size())?;
            Ok::<_, ReadError>((tail.head.base(), end, reader::commits_in(&tail.commits, &(positions.start..end))))
        })?;
        let frames: Option<Arc<dyn Frames>> =
            if positions.start < end.min(base) { Some(self.store()?.clone()) } else { None };
        Ok(Records::new(positions.start..end, base, frames, commits, self.dir.join(tail::FILE)))
    }

    /// The store, compared with the tail when it is first needed.
    pub fn store(&self) -> Result<&Arc<Shelf>, ReadError> {
        let mut compared = self.compared.lock().unwrap_or_else(PoisonError::into_inner);
        if !*compared {
            self.shelf.compare(&self.with_tail(Tail::clone), &self.tree())?;
            *compared = true;
        }
        Ok(&self.shelf)
    }

    pub fn record(&self, position: u64) -> Result<Recorded, ReadError> {
        reader::one(self.read(position..=position)?, position, self.size())
    }

    pub fn root_at(&self, size: u64) -> Result<Hash, ReadError> {
        let tail = self.with_tail(Tail::clone);
        reader::root_at(size, &tail, &self.tree(), |positions| self.read(positions))
    }
}

/// A range with both ends; one without an end goes on to the ledger's.
pub fn range(bounds: &impl RangeBounds<u64>) -> Range<u64> {
    let start = match bounds.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(before) => before.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match bounds.end_bound() {
        Bound::Included(last) => last.saturating_add(1),
        Bound::Excluded(end) => *end,
        Bound::Unbounded => u64::MAX,
    };
    start..end
}
