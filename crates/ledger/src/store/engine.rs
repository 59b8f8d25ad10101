//! sled 0.34.7, with everything that it does not do by itself.
//!
//! - Its `flush` does not sync: the file `db` is synced here, through a handle of our own, also before opening.
//! - A kill while it opens leaves `snap.*.generating`, which it then takes for its newest snapshot and never opens again:
//!   removed before opening, which the ledger's own lock makes safe. Any other unreadable snapshot is moved aside, for
//!   the log holds everything.
//! - Values beyond a quarter of a segment go to files in `blobs/` that are never synced: segments are large, values
//!   small, and a test watches that `blobs/` stays empty.
//! - Its recovery can panic on a flipped bit, and stops silently at a tear: panics are caught, and whoever opens the
//!   store compares its size with the tail's head.
//! - It writes its settings (`conf`) and its snapshots with checksums, and warns only in a log where `conf` has another:
//!   both can be made again, so one that is not what it wrote is moved aside, and [`Engine::mended`] says so.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{StoreError, quiet};
use crate::error::{Damage, DiskError};

const SEGMENT_BYTES: usize = 4 << 20;
const CACHE_BYTES: u64 = 32 << 20;
/// A dropped database gives its lock free a little later.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// An open database and the file behind it.
#[derive(Debug)]
pub struct Engine {
    /// There until it is dropped.
    db: Option<sled::Db>,
    file: File,
    folder: PathBuf,
    mended: Vec<Damage>,
}

impl Engine {
    /// Opens the database in a folder, or makes it there.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        prepare(folder).map_err(StoreError::Disk)?;
        let mut mended = mend(folder).map_err(StoreError::Disk)?;
        let db = match attempt(folder) {
            Ok(db) => db,
            Err(Failure::Io(e)) => return Err(StoreError::Disk(DiskError::at("open", folder)(e))),
            Err(Failure::Unreadable) => {
                let aside = move_snapshots_aside(folder).map_err(StoreError::Disk)?;
                let again = if aside.is_empty() { Err(Failure::Unreadable) } else { attempt(folder) };
                let db = again.map_err(|failure| failure.into_error(folder))?;
                mended.extend(aside);
                db
            }
        };
        let path = folder.join("db");
        let file = File::open(&path).map_err(|e| StoreError::Disk(DiskError::at("open", &path)(e)))?;
        Ok(Self { db: Some(db), file, folder: folder.to_owned(), mended })
    }

    /// What was damaged when it was opened, and could be made again.
    pub fn mended(&self) -> &[Damage] {
        &self.mended
    }

    pub fn read(&self, key: &[u8]) -> Result<Option<sled::IVec>, StoreError> {
        self.guard("read", |db| db.get(key))
    }

    /// Inserts an empty value.
    pub fn reserve(&self, key: &[u8]) -> Result<(), StoreError> {
        self.guard("write", |db| db.insert(key, &[][..])).map(drop)
    }

    /// Writes values, all or none.
    pub fn write(&self, values: Vec<([u8; 10], Vec<u8>)>) -> Result<(), StoreError> {
        self.guard("write", |db| {
            let mut batch = sled::Batch::default();
            values.iter().for_each(|(key, value)| batch.insert(&key[..], value.as_slice()));
            db.apply_batch(batch)
        })
    }

    /// Makes what was written durable.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.guard("flush", |db| db.flush())?;
        self.file.sync_data().map_err(|e| StoreError::Disk(DiskError::at("sync", &self.folder)(e)))
    }

    /// All keys, greatest first, and whether their value is empty.
    pub fn backwards(&self) -> impl Iterator<Item = Result<(sled::IVec, bool), StoreError>> {
        let mut entries = self.db().iter();
        std::iter::from_fn(move || {
            let next = self.guard("read", |_| entries.next_back().transpose()).transpose()?;
            Some(next.map(|(key, value)| (key, value.is_empty())))
        })
    }

    fn db(&self) -> &sled::Db {
        self.db.as_ref().expect("it is there until it is dropped")
    }

    fn guard<T>(&self, doing: &'static str, work: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, StoreError> {
        match quiet::caught(|| work(self.db())) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(sled::Error::Io(e))) if of_system(&e) => {
                Err(StoreError::Disk(DiskError::at(doing, &self.folder)(e)))
            }
            Ok(Err(_)) | Err(_) => Err(Failure::Unreadable.into_error(&self.folder)),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let db = self.db.take();
        // It syncs its file once more, and panics where that fails. What counts was synced before it was relied upon.
        let _synced_before = quiet::caught(|| drop(db));
    }
}

/// What may be left behind by a crash is removed, and what the system has not yet written is written.
fn prepare(folder: &Path) -> Result<(), DiskError> {
    let names = std::fs::read_dir(folder).map_err(DiskError::at("read", folder))?;
    for entry in names {
        let path = entry.map_err(DiskError::at("read", folder))?.path();
        if is_snapshot(&path) && path.extension().is_some_and(|extension| extension == "generating") {
            std::fs::remove_file(&path).map_err(DiskError::at("remove", &path))?;
        }
    }
    let db = folder.join("db");
    match File::open(&db) {
        Ok(file) => file.sync_data().map_err(DiskError::at("sync", &db)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(DiskError::at("open", &db)(e)),
    }
}

enum Failure {
    Io(std::io::Error),
    Unreadable,
}

impl Failure {
    fn into_error(self, folder: &Path) -> StoreError {
        match self {
            Self::Io(e) => StoreError::Disk(DiskError::at("open", folder)(e)),
            Self::Unreadable => {
                let what = "its log is not what was written: it was cut, overwritten or changed";
                StoreError::Damaged(Damage::of(&folder.join("db"), what))
            }
        }
    }
}

fn attempt(folder: &Path) -> Result<sled::Db, Failure> {
    let config = sled::Config::new()
        .path(folder)
        .segment_size(SEGMENT_BYTES)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(None)
        .use_compression(false);
    for _ in 1..LOCK_TRIES {
        match open_once(&config) {
            Err(Failure::Io(e)) if e.to_string().contains("acquire lock") => std::thread::sleep(LOCK_PAUSE),
            other => return other,
        }
    }
    open_once(&config)
}

fn open_once(config: &sled::Config) -> Result<sled::Db, Failure> {
    match quiet::caught(|| config.open()) {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(sled::Error::Io(e))) if of_system(&e) || e.to_string().contains("acquire lock") => Err(Failure::Io(e)),
        Ok(Err(_)) | Err(_) => Err(Failure::Unreadable),
    }
}

/// Whether the system refused something; sled calls it an IO error, too, where a file ends too early. Sled hands out copies
/// of an error that it keeps, and in a copy only the text has the system's code.
fn of_system(error: &std::io::Error) -> bool {
    error.raw_os_error().is_some() || error.to_string().contains("Os { code: ")
}

/// Moves aside what sled wrote with a checksum and does not have it any more.
fn mend(folder: &Path) -> Result<Vec<Damage>, DiskError> {
    let mut mended = Vec::new();
    let conf = folder.join("conf");
    match std::fs::read(&conf) {
        Ok(bytes) if sound(&bytes, 0) => {}
        Ok(_) => mended.push(put_aside(&conf)?),
        // A store that is being made has none yet.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && !folder.join("db").exists() => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            mended.push(Damage::of(&conf, "was missing; it was made again"));
        }
        Err(e) => return Err(DiskError::at("read", &conf)(e)),
    }
    if let Some(newest) = snapshots(folder)?.pop() {
        let bytes = std::fs::read(&newest).map_err(DiskError::at("read", &newest))?;
        let length = bytes.len().checked_sub(SNAPSHOT_END).map(|length| (length as u64).to_le_bytes());
        let told = bytes.len().checked_sub(SNAPSHOT_END).and_then(|at| bytes.get(at..at + 8));
        if !sound(&bytes, 8) || told != length.as_ref().map(<[u8; 8]>::as_slice) {
            mended.extend(move_snapshots_aside(folder)?);
        }
    }
    Ok(mended)
}

/// Length and checksum.
const SNAPSHOT_END: usize = 12;

/// Whether bytes end with their checksum; `between` bytes before it are not covered.
fn sound(bytes: &[u8], between: usize) -> bool {
    let Some((content, sum)) = bytes.split_last_chunk::<4>() else { return false };
    let Some(covered) = content.len().checked_sub(between) else { return false };
    crc32fast::hash(&content[..covered]) == u32::from_le_bytes(*sum)
}

/// All snapshots, the newest last.
fn snapshots(folder: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let names = std::fs::read_dir(folder).map_err(DiskError::at("read", folder))?;
    let paths = names.map(|entry| Ok(entry.map_err(DiskError::at("read", folder))?.path()));
    let mut found: Vec<PathBuf> = paths.collect::<Result<_, DiskError>>()?;
    found.retain(|path| is_snapshot(path));
    found.sort();
    Ok(found)
}

fn move_snapshots_aside(folder: &Path) -> Result<Vec<Damage>, DiskError> {
    snapshots(folder)?.iter().map(|path| put_aside(path)).collect()
}

fn put_aside(path: &Path) -> Result<Damage, DiskError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    std::fs::rename(path, path.with_file_name(format!("aside.{name}"))).map_err(DiskError::at("rename", path))?;
    Ok(Damage::of(path, format!("was not what was written; it was moved to aside.{name} and is made again")))
}

pub(super) fn is_snapshot(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("snap."))
}
