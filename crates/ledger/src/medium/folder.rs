//! A folder on a medium, and small habits of writing files in it so that they are there after a power cut.

use std::ffi::OsString;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{Access, Disk, Held, Medium, MediumFile};
use crate::error::DiskError;
use crate::instant::Instant;
use crate::lock::LockError;

/// A folder: where it is, and what it lies on. Reads as its path.
#[derive(Clone, Debug)]
pub struct Folder {
    medium: Arc<dyn Medium>,
    path: PathBuf,
}

impl Folder {
    /// A folder of the file system.
    pub fn on_disk(path: &Path) -> Self {
        Self { medium: Arc::new(Disk), path: path.to_owned() }
    }

    /// A folder of another medium.
    #[cfg(test)]
    pub fn on(medium: Arc<dyn Medium>, path: &Path) -> Self {
        Self { medium, path: path.to_owned() }
    }

    /// A folder in this one.
    pub fn inner(&self, name: &str) -> Self {
        Self { medium: self.medium.clone(), path: self.path.join(name) }
    }

    /// What it lies on.
    pub fn medium(&self) -> &dyn Medium {
        &*self.medium
    }

    /// All bytes of a file in it.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.medium.read(&self.path.join(name))
    }

    /// Opens a file in it.
    pub fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn MediumFile>> {
        self.medium.open(&self.path.join(name), access)
    }

    /// Whether it holds a file or folder of that name.
    pub fn has(&self, name: &str) -> Result<bool, DiskError> {
        let path = self.path.join(name);
        self.medium.exists(&path).map_err(DiskError::at("look for", &path))
    }

    /// The names in it.
    pub fn list(&self) -> Result<Vec<OsString>, DiskError> {
        self.medium.list(&self.path).map_err(DiskError::at("read", &self.path))
    }

    /// Makes it, if it is missing.
    pub fn make(&self) -> Result<(), DiskError> {
        self.medium.make_folder(&self.path).map_err(DiskError::at("create", &self.path))
    }

    /// Replaces a file whole: readers see the old bytes or the new ones, also after a crash.
    pub fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let new = format!("{name}.new");
        let path = self.path.join(&new);
        let out = self.open(&new, Access::Replace).map_err(DiskError::at("create", &path))?;
        out.write_all_at(bytes, 0).and_then(|()| out.sync_all()).map_err(DiskError::at("write", &path))?;
        self.put_in_place(&new, name)
    }

    /// Gives a complete and synced file its name.
    pub fn put_in_place(&self, new: &str, name: &str) -> Result<(), DiskError> {
        let new = self.path.join(new);
        self.medium.rename(&new, &self.path.join(name)).map_err(DiskError::at("rename", &new))?;
        self.sync()
    }

    /// Makes the names in it last.
    pub fn sync(&self) -> Result<(), DiskError> {
        self.medium.sync_folder(&self.path).map_err(DiskError::at("sync", &self.path))
    }

    /// Removes a file that may be missing.
    pub fn remove_if_there(&self, name: &str) -> Result<(), DiskError> {
        let path = self.path.join(name);
        match self.medium.remove(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(DiskError::at("remove", &path)(e)),
            _ => Ok(()),
        }
    }

    /// Takes the lock of the ledger in it at once, or says who holds it.
    pub fn lock(&self, now: Instant) -> Result<Box<dyn Held>, LockError> {
        self.medium.lock(&self.path, now)
    }

    /// Takes the lock, waiting up to `patience` for a holder that is about to end.
    pub fn lock_within(&self, now: Instant, patience: Duration) -> Result<Box<dyn Held>, LockError> {
        let pause = Duration::from_millis(20);
        let mut left = patience;
        loop {
            match self.lock(now) {
                Err(LockError::Held(_)) if left > Duration::ZERO => {
                    std::thread::sleep(pause);
                    left = left.saturating_sub(pause);
                }
                other => return other,
            }
        }
    }
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}
