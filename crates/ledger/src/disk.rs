//! Small habits of writing files so that they are there after a power cut.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::error::DiskError;

/// Replaces a file whole: readers see the old bytes or the new ones, also after a crash.
pub fn replace(file: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let new = file.with_extension("new");
    let mut out = File::create(&new).map_err(DiskError::at("create", &new))?;
    out.write_all(bytes).and_then(|()| out.sync_all()).map_err(DiskError::at("write", &new))?;
    put_in_place(&new, file)
}

/// Gives a complete and synced file its name.
pub fn put_in_place(new: &Path, file: &Path) -> Result<(), DiskError> {
    fs::rename(new, file).map_err(DiskError::at("rename", new))?;
    sync_parent(file)
}

/// Makes the name of a file last.
pub fn sync_parent(file: &Path) -> Result<(), DiskError> {
    let parent = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    sync_dir(parent)
}

/// Makes the names in a folder last.
pub fn sync_dir(dir: &Path) -> Result<(), DiskError> {
    File::open(dir).and_then(|d| d.sync_all()).map_err(DiskError::at("sync", dir))
}

/// Removes a file that may be missing.
pub fn remove_if_there(file: &Path) -> Result<(), DiskError> {
    match fs::remove_file(file) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(DiskError::at("remove", file)(e)),
        _ => Ok(()),
    }
}
