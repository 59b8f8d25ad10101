//! What a ledger lies on: files, their names, the store's frames and the lock, behind one seam.
//!
//! Everything but the store's engine and the lock reads and writes through here, so that the simulation can put a disk
//! underneath that loses, tears and refuses. [`disk`] is the real one, [`folder`] has the small habits of writing files
//! so that they are there after a power cut.

mod disk;
mod folder;

use std::ffi::OsString;
use std::fmt::Debug;
use std::io;
use std::path::Path;
use std::sync::Arc;

pub use disk::Disk;
pub use folder::Folder;

use crate::instant::Instant;
use crate::lock::LockError;
use crate::store::{FrameStore, StoreError};

/// How a file is opened. All but the first can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It must be there, and is only read.
    Read,
    /// It must be there.
    Change,
    /// It is made if it is missing.
    Grow,
    /// It is made, and emptied if it was there.
    Replace,
}

/// A file that is open; what is written is durable only after a sync, and a new name only after one of its folder.
pub trait MediumFile: Debug + Send + Sync {
    /// Fills `bytes` from a place in the file; an error if it ends before.
    fn read_exact_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()>;

    /// Writes all of `bytes` to a place in the file, which grows if it must. After an error any part may be written.
    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;

    /// How many bytes it has.
    fn length(&self) -> io::Result<u64>;

    /// Makes what was written durable, and the length if it grew.
    fn sync_data(&self) -> io::Result<()>;

    /// Makes what was written durable, and everything the system knows of the file.
    fn sync_all(&self) -> io::Result<()>;
}

/// A lock that is held as long as this lives.
pub trait Held: Debug + Send + Sync {}

/// Where ledgers lie. Paths are whole; errors are the system's, and callers say what they were doing.
pub trait Medium: Debug + Send + Sync {
    /// All bytes of a file.
    fn read(&self, file: &Path) -> io::Result<Vec<u8>>;

    /// Opens a file.
    fn open(&self, file: &Path, access: Access) -> io::Result<Arc<dyn MediumFile>>;

    /// Whether a file or folder is there.
    fn exists(&self, path: &Path) -> io::Result<bool>;

    /// Gives a file another name, in the place of whatever had it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, file: &Path) -> io::Result<()>;

    /// Removes a folder and everything in it.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;

    /// Makes a folder, and those above it.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;

    /// The names in a folder.
    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>>;

    /// Makes the names in a folder durable.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Makes the empty store of a ledger.
    fn make_store(&self, dir: &Path) -> Result<(), StoreError>;

    /// Opens the store of a ledger, whose lock the caller holds.
    fn open_store(&self, dir: &Path) -> Result<Box<dyn FrameStore>, StoreError>;

    /// Takes the lock of a ledger at once, or says who holds it.
    fn lock(&self, dir: &Path, now: Instant) -> Result<Box<dyn Held>, LockError>;
}
