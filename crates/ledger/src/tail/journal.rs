//! Appending to the tail.

use std::path::PathBuf;
use std::sync::Arc;

use super::FILE;
use super::entry::{Commit, ENTRY_HEAD, closed_entry, commit_entry};
use super::head::{HEAD_BYTES, TailHead};
use super::scan::Tail;
use crate::error::DiskError;
use crate::medium::{Access, Folder, MediumFile};
use crate::merkle::Hash;

/// A tail that is about to take the place of the one there is.
const NEW: &str = "tail.new";
/// Zeros are written ahead of the entries in steps of this, so that a commit changes no metadata of the file.
const AHEAD: usize = 512 << 10;
/// No tail is ever shorter.
pub const LENGTH_MIN: usize = HEAD_BYTES + AHEAD;

/// The tail, open for appending.
#[derive(Debug)]
pub struct Journal {
    file: Arc<dyn MediumFile>,
    path: PathBuf,
    head: TailHead,
    end: u64,
    written: u64,
}

impl Journal {
    /// Starts a new tail, in place of the one there is.
    pub fn start(dir: &Folder, head: TailHead) -> Result<Self, DiskError> {
        let path = dir.join(FILE);
        let new = dir.join(NEW);
        let mut bytes = head.to_bytes();
        bytes.resize(LENGTH_MIN, 0);
        let file = dir.open(NEW, Access::Replace).map_err(DiskError::at("create", &new))?;
        file.write_all_at(&bytes, 0).and_then(|()| file.sync_all()).map_err(DiskError::at("write", &new))?;
        dir.put_in_place(NEW, FILE)?;
        Ok(Self { file, path, head, end: HEAD_BYTES as u64, written: bytes.len() as u64 })
    }

    /// Goes on with a tail that was read. The bytes of a torn entry are cleared, so that they never pass for a later one.
    pub fn resume(dir: &Folder, tail: &Tail) -> Result<Self, DiskError> {
        let path = dir.join(FILE);
        let file = dir.open(FILE, Access::Change).map_err(DiskError::at("open", &path))?;
        let written = file.length().map_err(DiskError::at("read", &path))?;
        let mut journal = Self { file, path, head: tail.head.clone(), end: tail.end, written };
        if tail.torn {
            journal.clear(tail.end, written)?;
        }
        if tail.closed {
            // All is durable but the mark itself, which must not be lost before what follows it.
            journal.renew(tail.end - ENTRY_HEAD as u64)?;
        } else {
            journal.renew(HEAD_BYTES as u64)?;
            dir.sync()?;
        }
        Ok(journal)
    }

    /// Writes the entries from a place on once more, and syncs them. That they can be read does not mean that they ever
    /// were: their writer may have been killed, and after a sync that failed the system takes them for written.
    fn renew(&self, at: u64) -> Result<(), DiskError> {
        let mut entries = vec![0; (self.end - at) as usize];
        self.file.read_exact_at(&mut entries, at).map_err(DiskError::at("read", &self.path))?;
        self.file.write_all_at(&entries, at).map_err(DiskError::at("append to", &self.path))?;
        self.sync()
    }

    /// What the tail says of the store.
    pub const fn head(&self) -> &TailHead {
        &self.head
    }

    /// Appends batches as one entry and makes them durable.
    pub fn append(&mut self, batches: &[&Commit], first: u64, root: Hash) -> Result<(), DiskError> {
        self.write(&commit_entry(batches, first, root, self.head.salt))?;
        self.sync()
    }

    /// Notes that the writer ended in order. All entries before are durable, so this one need not be.
    pub fn close(&mut self, size: u64, root: Hash) -> Result<(), DiskError> {
        self.write(&closed_entry(size, root, self.head.salt))
    }

    fn write(&mut self, entry: &[u8]) -> Result<(), DiskError> {
        let end = self.end + entry.len() as u64;
        if end > self.written {
            let ahead = end.next_multiple_of(AHEAD as u64);
            self.clear(self.written.max(self.end), ahead)?;
            self.written = ahead;
        }
        self.file.write_all_at(entry, self.end).map_err(DiskError::at("append to", &self.path))?;
        self.end = end;
        Ok(())
    }

    fn clear(&mut self, from: u64, to: u64) -> Result<(), DiskError> {
        let zeros = vec![0; AHEAD];
        let mut at = from;
        while at < to {
            let step = (to - at).min(AHEAD as u64);
            self.file.write_all_at(&zeros[..step as usize], at).map_err(DiskError::at("append to", &self.path))?;
            at += step;
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), DiskError> {
        self.file.sync_data().map_err(DiskError::at("sync", &self.path))
    }
}
