//! The store: frames of records in sled, each under its number.
//!
//! Only this room names sled, and [`engine`] holds every precaution that sled 0.34.7 needs. A frame of more than one
//! part goes on under part keys; part 0 says how many there are. Empty values are keys reserved for frames to come.

mod engine;
mod frames;
mod quiet;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};

use engine::Engine;
pub use frames::FrameStore;

use crate::error::{Damage, DiskError};

/// The folder's name.
pub const FOLDER: &str = "store";
/// The file in it that is there as soon as there is a store.
pub const FILE: &str = "db";
/// What the engine was made with.
const CONF: &str = "conf";

/// The most bytes of one value: seventeen of them stay below a quarter of a segment, beyond which sled writes files of
/// its own that it never syncs.
const PART_BYTES: usize = 48 << 10;
/// Part 0 begins with the number of parts.
const COUNT_BYTES: usize = 2;
/// Keys are reserved this far ahead: sequential inserts rewrite leaves, filling a reserved key does not.
const RESERVED_AHEAD: u64 = 256;
/// Frames are made durable at least this often.
const UNSYNCED_MAX: usize = 2 << 20;
/// The engine's cache is not bounded by its setting; after so many bytes read it is closed and opened again.
const READ_MAX: usize = 64 << 20;

/// Why the store did not do what was asked.
#[derive(Debug)]
pub enum StoreError {
    /// It is not as it was written.
    Damaged(Damage),
    /// The disk said no.
    Disk(DiskError),
}

/// The frames of a ledger, open. The caller holds the ledger's lock.
#[derive(Debug)]
pub struct Store {
    engine: Option<Engine>,
    folder: PathBuf,
    frames: u64,
    reserved: u64,
    unsynced: usize,
    read: usize,
    mended: Vec<Damage>,
}

impl Store {
    /// Makes an empty store in a ledger's folder.
    pub fn create(dir: &Path) -> Result<(), StoreError> {
        let folder = dir.join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(|e| StoreError::Disk(DiskError::at("create", &folder)(e)))?;
        Engine::open(&folder)?.sync()?;
        // The engine makes these and leaves them to the system.
        for made in [folder.join(CONF), folder.join("blobs"), folder] {
            let sync = File::open(&made).and_then(|file| file.sync_all());
            sync.map_err(|e| StoreError::Disk(DiskError::at("sync", &made)(e)))?;
        }
        Ok(())
    }

    /// Opens the store of a ledger.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let folder = dir.join(FOLDER);
        if !folder.join(FILE).exists() {
            let what = "is missing; restore the whole ledger from a copy";
            return Err(StoreError::Damaged(Damage::of(&folder.join(FILE), what)));
        }
        let engine = Engine::open(&folder)?;
        let (frames, reserved) = extent(&engine, &folder)?;
        let mended = engine.mended().to_vec();
        Ok(Self { engine: Some(engine), folder, frames, reserved, unsynced: 0, read: 0, mended })
    }

    /// The engine; opened again where that failed once, so that reads go on when the disk does.
    fn engine(&mut self) -> Result<&Engine, StoreError> {
        let engine = match self.engine.take() {
            Some(engine) => engine,
            None => Engine::open(&self.folder)?,
        };
        Ok(self.engine.insert(engine))
    }

    fn damaged(&self, what: String) -> StoreError {
        StoreError::Damaged(Damage::of(&self.folder, what))
    }
}

impl FrameStore for Store {
    fn frames(&self) -> u64 {
        self.frames
    }

    fn mended(&self) -> Vec<Damage> {
        self.mended.clone()
    }

    fn frame(&mut self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        if self.read > READ_MAX && self.unsynced == 0 {
            self.reopen()?;
        }
        let Some(first) = self.engine()?.read(&key(number, 0))? else { return Ok(None) };
        let Some((count, head)) = first.split_first_chunk::<COUNT_BYTES>() else { return Ok(None) };
        let mut bytes = head.to_vec();
        for part in 1..u16::from_be_bytes(*count) {
            match self.engine()?.read(&key(number, part))? {
                Some(more) => bytes.extend_from_slice(&more),
                None => return Err(self.damaged(format!("frame {number} lacks its part {part}"))),
            }
        }
        self.read += bytes.len();
        Ok(Some(bytes))
    }

    fn put(&mut self, number: u64, bytes: &[u8]) -> Result<(), StoreError> {
        if number > self.frames {
            return Err(self.damaged(format!("frame {number} would leave a hole after {} frames", self.frames)));
        }
        while self.reserved <= number {
            for ahead in self.reserved..self.reserved + RESERVED_AHEAD {
                self.engine()?.reserve(&key(ahead, 0))?;
            }
            self.reserved += RESERVED_AHEAD;
        }
        let (first, rest) = bytes.split_at(bytes.len().min(PART_BYTES - COUNT_BYTES));
        let more = rest.chunks(PART_BYTES);
        let count = u16::try_from(more.len() + 1).map_err(|_| self.damaged(format!("frame {number} is too large")))?;
        let mut parts = vec![(key(number, 0), [&count.to_be_bytes()[..], first].concat())];
        parts.extend((1..).zip(more).map(|(part, bytes)| (key(number, part), bytes.to_vec())));
        self.engine()?.write(parts)?;
        self.frames = self.frames.max(number + 1);
        self.unsynced += bytes.len();
        if self.unsynced >= UNSYNCED_MAX { self.sync() } else { Ok(()) }
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.engine()?.sync()?;
        self.unsynced = 0;
        Ok(())
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        // The engine writes its snapshot when it is opened.
        self.sync()?;
        self.engine = None;
        let engine = Engine::open(&self.folder)?;
        self.read = 0;
        let (frames, _) = extent(&engine, &self.folder)?;
        self.engine = Some(engine);
        if frames == self.frames {
            Ok(())
        } else {
            Err(self.damaged(format!("{frames} frames came back of {}; restore the ledger from a copy", self.frames)))
        }
    }
}

/// How many frames are written and how many keys are there for them.
fn extent(engine: &Engine, folder: &Path) -> Result<(u64, u64), StoreError> {
    let mut reserved = None;
    for entry in engine.backwards() {
        let (key, empty) = entry?;
        let Some((number, _)) = key.split_first_chunk::<8>() else {
            return Err(StoreError::Damaged(Damage::of(
                folder,
                "holds a key that is no frame's; it is not this ledger's",
            )));
        };
        let number = u64::from_be_bytes(*number);
        let reserved = *reserved.get_or_insert(number + 1);
        if !empty {
            return Ok((number + 1, reserved));
        }
    }
    Ok((0, reserved.unwrap_or(0)))
}

fn key(number: u64, part: u16) -> [u8; 10] {
    let mut key = [0; 10];
    key[..8].copy_from_slice(&number.to_be_bytes());
    key[8..].copy_from_slice(&part.to_be_bytes());
    key
}

macro_rules! from_store_error {
    ($($error:ty),*) => {$(
        impl From<StoreError> for $error {
            fn from(error: StoreError) -> Self {
                match error {
                    StoreError::Damaged(damage) => Self::Damaged(damage),
                    StoreError::Disk(disk) => Self::Disk(disk),
                }
            }
        }
    )*};
}
from_store_error!(crate::error::CreateError, crate::error::OpenError, crate::error::ReadError);
