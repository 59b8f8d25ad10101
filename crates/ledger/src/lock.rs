//! The file `lock`: one process at a time writes a ledger, or opens its store.
//!
//! The lock is the operating system's, so it ends with its process however that ends; the text in the file only tells
//! others who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::{DiskError, InUse};
use crate::instant::Instant;

/// The file's name.
pub const FILE: &str = "lock";

/// Held as long as this lives.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// Why the lock could not be had.
#[derive(Debug)]
pub enum LockError {
    Held(InUse),
    Disk(DiskError),
}

impl Lock {
    /// Takes the lock at once or says who holds it.
    pub fn take(dir: &Path, now: Instant) -> Result<Self, LockError> {
        let path = dir.join(FILE);
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(|e| LockError::Disk(DiskError::at("open", &path)(e)))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Held(holder(&mut file, dir))),
            Err(TryLockError::Error(e)) => return Err(LockError::Disk(DiskError::at("lock", &path)(e))),
        }
        let text = format!("{} {now}\n", std::process::id());
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes()));
        written.map_err(|e| LockError::Disk(DiskError::at("write", &path)(e)))?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child process that is just being started shares the open file until it runs its own
        // program. What cannot be unlocked is unlocked when the last of them closes it.
        let _unlocked_later = self.file.unlock();
    }
}

/// Who holds a lock that is held.
pub fn holder(file: &mut File, dir: &Path) -> InUse {
    let mut text = String::new();
    // What cannot be read leaves the holder unnamed; that it is held is what matters.
    let _unnamed = file.take(128).read_to_string(&mut text);
    let (pid, since) = text.trim().split_once(' ').unwrap_or(("", ""));
    let since = if since.is_empty() { "a moment ago" } else { since };
    InUse { dir: dir.to_owned(), pid: pid.parse().unwrap_or(0), since: since.to_owned() }
}

macro_rules! from_lock_error {
    ($($error:ty),*) => {$(
        impl From<LockError> for $error {
            fn from(error: LockError) -> Self {
                match error {
                    LockError::Held(holder) => Self::InUse(holder),
                    LockError::Disk(disk) => Self::Disk(disk),
                }
            }
        }
    )*};
}
from_lock_error!(crate::error::CreateError, crate::error::OpenError, crate::error::ReadError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_lock_names_its_holder_and_a_stale_one_never_blocks() {
        let dir = tempfile::tempdir().expect("a folder");
        let now: Instant = "2025-01-01T00:00:00Z".parse().expect("an instant");
        std::fs::write(dir.path().join(FILE), "999999 2001-01-01T00:00:00Z\n").expect("a stale lock");
        let lock = Lock::take(dir.path(), now).expect("stale text does not block");
        match Lock::take(dir.path(), now) {
            Err(LockError::Held(holder)) => {
                assert_eq!(holder.pid, std::process::id());
                assert_eq!(holder.since, "2025-01-01T00:00:00Z");
            }
            other => panic!("{other:?}"),
        }
        drop(lock);
        Lock::take(dir.path(), now).expect("free again");
    }
}
