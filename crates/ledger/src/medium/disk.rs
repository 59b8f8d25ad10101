//! The file system.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::{Access, Held, Medium, MediumFile};
use crate::instant::Instant;
use crate::lock::{Lock, LockError};
use crate::store::{FrameStore, Store, StoreError};

/// The file system of this machine.
#[derive(Debug)]
pub struct Disk;

impl Medium for Disk {
    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        fs::read(file)
    }

    fn open(&self, file: &Path, access: Access) -> io::Result<Arc<dyn MediumFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(access != Access::Read);
        options.create(matches!(access, Access::Grow | Access::Replace)).truncate(access == Access::Replace);
        Ok(Arc::new(options.open(file)?))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        fs::exists(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        fs::remove_file(file)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        fs::remove_dir_all(folder)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()
    }

    fn make_store(&self, dir: &Path) -> Result<(), StoreError> {
        Store::create(dir)
    }

    fn open_store(&self, dir: &Path) -> Result<Box<dyn FrameStore>, StoreError> {
        Ok(Box::new(Store::open(dir)?))
    }

    fn lock(&self, dir: &Path, now: Instant) -> Result<Box<dyn Held>, LockError> {
        Ok(Box::new(Lock::take(dir, now)?))
    }
}

impl Held for Lock {}

impl MediumFile for File {
    fn read_exact_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        FileExt::read_exact_at(self, bytes, at)
    }

    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, at)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn sync_data(&self) -> io::Result<()> {
        Self::sync_data(self)
    }

    fn sync_all(&self) -> io::Result<()> {
        Self::sync_all(self)
    }
}
