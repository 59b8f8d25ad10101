//! Where a copy grows: a hidden folder beside its place, renamed when the copy is whole.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{CopyError, CreateError, DiskError};
use crate::instant::Instant;
use crate::lock::Lock;

/// The folder of a copy that is being made. Dropping it removes it, and the folders made for it.
#[derive(Debug)]
pub struct Place {
    target: PathBuf,
    partial: PathBuf,
    /// Folders above the target that were not there, the innermost first.
    made: Vec<PathBuf>,
    _lock: Lock,
}

impl Place {
    /// Takes the place of a copy of `source` that will be `target`.
    pub fn take(source: &Path, target: &Path) -> Result<Self, CopyError> {
        require_vacant(target)?;
        let target = std::path::absolute(target).map_err(DiskError::at("find", target))?;
        let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(CreateError::NotEmpty(target).into());
        };
        let inside = fs::canonicalize(source).ok().zip(existing(parent).and_then(|dir| fs::canonicalize(dir).ok()));
        if inside.is_some_and(|(source, parent)| parent.starts_with(source)) {
            return Err(CopyError::Inside(target));
        }
        let mut partial_name = std::ffi::OsString::from(".");
        partial_name.push(name);
        partial_name.push(".partial");
        let partial = parent.join(partial_name);
        let made = parent.ancestors().take_while(|dir| !dir.exists()).map(Path::to_owned).collect();
        fs::create_dir_all(&partial).map_err(DiskError::at("create", &partial))?;
        let lock = Lock::take(&partial, Instant::now()).map_err(CreateError::from)?;
        Ok(Self { target, partial, made, _lock: lock })
    }

    /// Where files of the original go.
    pub fn scratch(&self) -> PathBuf {
        self.partial.join("scratch")
    }

    /// Where the copy is made.
    pub fn ledger(&self) -> PathBuf {
        self.partial.join("ledger")
    }

    /// Removes what an earlier try left.
    pub fn clear(&self) -> Result<(), DiskError> {
        self.clear_scratch()?;
        remove(&self.ledger())
    }

    /// Removes the files of the original.
    pub fn clear_scratch(&self) -> Result<(), DiskError> {
        remove(&self.scratch())
    }

    /// Gives the copy its name, once every byte of it is on disk; returns how many there are.
    pub fn keep(mut self) -> Result<u64, CopyError> {
        let ledger = self.ledger();
        let bytes = sync_all(&ledger)?;
        // An empty folder gives way; anything else that came meanwhile makes the system refuse.
        match fs::rename(&ledger, &self.target) {
            Err(e) if matches!(e.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory) => {
                return Err(CreateError::NotEmpty(self.target.clone()).into());
            }
            renamed => renamed.map_err(DiskError::at("rename", &ledger))?,
        }
        self.made.clear();
        sync_dir(self.target.parent().unwrap_or(&self.target))?;
        Ok(bytes)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed is hidden, holds nothing that counts, and gives way to the next copy to this place.
        let _left = fs::remove_dir_all(&self.partial);
        for dir in &self.made {
            let _in_use = fs::remove_dir(dir);
        }
    }
}

/// The innermost of a folder and those above it that is there.
fn existing(dir: &Path) -> Option<&Path> {
    dir.ancestors().find(|dir| dir.exists())
}

fn require_vacant(target: &Path) -> Result<(), CopyError> {
    if target.join("header").exists() || target.join(crate::tail::FILE).exists() {
        return Err(CreateError::Exists(target.to_owned()).into());
    }
    match fs::read_dir(target).map(Iterator::count) {
        Ok(0) => Ok(()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        _ => Err(CreateError::NotEmpty(target.to_owned()).into()),
    }
}

fn remove(dir: &Path) -> Result<(), DiskError> {
    match fs::remove_dir_all(dir) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(DiskError::at("remove", dir)(e)),
        _ => Ok(()),
    }
}

/// Makes a folder and all below it last; returns the bytes of its files.
fn sync_all(dir: &Path) -> Result<u64, DiskError> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir).map_err(DiskError::at("read", dir))? {
        let path = entry.map_err(DiskError::at("read", dir))?.path();
        if path.is_dir() {
            bytes += sync_all(&path)?;
        } else {
            let file = File::open(&path).map_err(DiskError::at("open", &path))?;
            file.sync_all().map_err(DiskError::at("sync", &path))?;
            bytes += file.metadata().map_err(DiskError::at("read", &path))?.len();
        }
    }
    sync_dir(dir)?;
    Ok(bytes)
}

fn sync_dir(dir: &Path) -> Result<(), DiskError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(DiskError::at("sync", dir))
}
