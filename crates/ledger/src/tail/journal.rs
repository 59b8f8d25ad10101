//! Appending to the tail.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::FILE;
use super::entry::{Commit, closed_entry, commit_entry};
use super::head::{HEAD_BYTES, TailHead};
use super::scan::Tail;
use crate::disk;
use crate::error::DiskError;
use crate::merkle::Hash;

/// Zeros are written ahead of the entries in steps of this, so that a commit changes no metadata of the file.
const AHEAD: usize = 512 << 10;

/// The tail, open for appending.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    head: TailHead,
    end: u64,
    written: u64,
}

impl Journal {
    /// Starts a new tail, in place of the one there is.
    pub fn start(dir: &Path, head: TailHead) -> Result<Self, DiskError> {
        let path = dir.join(FILE);
        let new = dir.join("tail.new");
        let mut bytes = head.to_bytes();
        bytes.resize(HEAD_BYTES + AHEAD, 0);
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&new);
        let mut file = open.map_err(DiskError::at("create", &new))?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(DiskError::at("write", &new))?;
        disk::put_in_place(&new, &path)?;
        Ok(Self { file, path, head, end: HEAD_BYTES as u64, written: bytes.len() as u64 })
    }

    /// Goes on with a tail that was read. The bytes of a torn entry are cleared, so that they never pass for a later one.
    pub fn resume(dir: &Path, tail: &Tail) -> Result<Self, DiskError> {
        let path = dir.join(FILE);
        let open = OpenOptions::new().read(true).write(true).open(&path);
        let file = open.map_err(DiskError::at("open", &path))?;
        let written = file.metadata().map_err(DiskError::at("read", &path))?.len();
        let mut journal = Self { file, path, head: tail.head.clone(), end: tail.end, written };
        if tail.torn {
            journal.clear(tail.end, written)?;
            journal.sync()?;
        }
        Ok(journal)
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
