//! What is on disk, taken in a moment: the tail in memory, the store's files in a folder of our own.
//!
//! The tail comes first: what its head counts on lies in the store by then, and only more can follow. While no writer is
//! at work the files are copied under the ledger's lock. Beside one they are copied without; sled's log can come out torn
//! or with pages missing that were moved meanwhile, which shows in records that are missing or give another root.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Damage, DiskError, InUse, OpenError};
use crate::header::Header;
use crate::instant::Instant;
use crate::lock::LockError;
use crate::medium::Folder;
use crate::read_ahead::ReadAhead;
use crate::reader::{Records, commits_in, settled_tail};
use crate::shelf::{Frames, Shelf};
use crate::tail::{self, Tail};

/// So long a writer that is about to end is waited for.
const PATIENCE: Duration = Duration::from_millis(100);

/// Whether somebody else could change the files meanwhile.
#[derive(Debug)]
pub enum Access {
    /// Nobody: the lock was held, or the files cannot be written to.
    Alone,
    /// A writer of another process.
    Beside(InUse),
}

/// The records of a ledger as of a moment.
#[derive(Debug)]
pub struct Snapshot {
    pub header: Header,
    pub access: Access,
    source: PathBuf,
    scratch: PathBuf,
    tail: Tail,
    shelf: Arc<Shelf>,
}

impl Snapshot {
    /// Takes it, with the store's files in `scratch`.
    pub fn take(source: &Path, header: Header, scratch: &Path) -> Result<Self, OpenError> {
        crate::links::refuse(source)?;
        let (access, lock) = match Folder::on_disk(source).lock_within(Instant::now(), PATIENCE) {
            Ok(lock) => (Access::Alone, Some(lock)),
            Err(LockError::Held(holder)) => (Access::Beside(holder), None),
            // A folder that we may only read, such as a backup on a medium that cannot be written to.
            Err(LockError::Disk(e)) if is_read_only(&e) => (Access::Alone, None),
            Err(LockError::Disk(e)) => return Err(e.into()),
        };
        let tail = settled_tail(&Folder::on_disk(source), &header)?;
        copy_store(&source.join(crate::store::FOLDER), &scratch.join(crate::store::FOLDER))?;
        drop(lock);
        let shelf = Arc::new(Shelf::new(&Folder::on_disk(scratch)));
        Ok(Self { header, access, source: source.to_owned(), scratch: scratch.to_owned(), tail, shelf })
    }

    /// How many records it has.
    pub fn size(&self) -> u64 {
        self.tail.size()
    }

    /// The root that they must give.
    pub fn root(&self) -> [u8; 32] {
        self.tail.peaks.root().0
    }

    /// All records, oldest first. Frames beyond what the tail counts on are left alone: the tail has their records.
    pub fn records(&self) -> ReadAhead {
        let all = 0..self.size();
        let frames: Arc<dyn Frames> = self.shelf.clone();
        let commits = commits_in(&self.tail.commits, &all);
        let path = self.source.join(tail::FILE);
        Records::new(all, self.tail.head.base(), Some(frames), commits, path).read_ahead()
    }

    /// Damage of the ledger that the snapshot was taken of.
    pub fn damage(&self, what: impl Into<String>) -> Damage {
        Damage::of(&self.source, what)
    }

    /// The same damage, named by the original's file instead of the copy's.
    pub fn as_of_source(&self, damage: Damage) -> Damage {
        let file = match damage.file.strip_prefix(&self.scratch) {
            Ok(inner) => self.source.join(inner),
            Err(_) => damage.file,
        };
        Damage { file, ..damage }
    }
}

fn is_read_only(error: &DiskError) -> bool {
    matches!(error.source.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied)
}

/// Copies what sled needs. Its snapshots only save it time, and may be of another moment than its log.
fn copy_store(from: &Path, to: &Path) -> Result<(), OpenError> {
    fs::create_dir_all(to).map_err(DiskError::at("create", to))?;
    let entries = match fs::read_dir(from) {
        Err(e) if e.kind() == ErrorKind::NotFound => {
            return Err(Damage::of(from, "is missing; restore the whole ledger from a copy").into());
        }
        entries => entries.map_err(DiskError::at("read", from))?,
    };
    for entry in entries {
        let entry = entry.map_err(DiskError::at("read", from))?;
        let name = entry.file_name();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || name.to_string_lossy().contains("snap.") {
            continue;
        }
        match fs::copy(entry.path(), to.join(&name)) {
            // Gone since the folder was read; what is needed will be missed.
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            copied => drop(copied.map_err(DiskError::at("copy", &entry.path()))?),
        }
    }
    Ok(())
}
