//! The simulated store: what was synced stays; of what was put since, a prefix survives.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::medium::{Fate, Faulty};
use super::rng::Rng;
use super::world::{Lie, World};
use crate::error::{Damage, DiskError};
use crate::store::{FrameStore, StoreError};

/// The frames of a store on the simulated disk.
#[derive(Debug, Default)]
pub struct Shelved {
    now: BTreeMap<u64, Vec<u8>>,
    durable: BTreeMap<u64, Vec<u8>>,
    unsynced: Vec<u64>,
}

impl Shelved {
    pub fn cut_power(&mut self, rng: &mut Rng) {
        let kept = rng.below(self.unsynced.len() as u64 + 1) as usize;
        for number in self.unsynced.drain(..).take(kept) {
            self.durable.insert(number, self.now[&number].clone());
        }
        self.now.clone_from(&self.durable);
    }

    fn put(&mut self, number: u64, bytes: &[u8]) {
        self.now.insert(number, bytes.to_vec());
        self.unsynced.push(number);
    }

    fn sync(&mut self) {
        for number in std::mem::take(&mut self.unsynced) {
            self.durable.insert(number, self.now[&number].clone());
        }
    }

    /// Everything, for a store that is made anew.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// An open store.
#[derive(Debug)]
pub struct Open {
    medium: Faulty,
    folder: PathBuf,
}

impl Open {
    pub fn new(medium: Faulty, folder: PathBuf) -> Self {
        Self { medium, folder }
    }

    fn world(&self) -> &Arc<Mutex<World>> {
        self.medium.world()
    }

    fn change(&self, what: &'static str, number: u64, work: impl FnOnce(&mut World)) -> Result<(), StoreError> {
        let worked = self.medium.changing(what, &self.folder, [number, 0], |world, fate| match fate {
            Fate::Failed(error) => Err(error),
            Fate::Done | Fate::Ended => {
                work(world);
                Ok(())
            }
        });
        worked.map_err(|error| StoreError::Disk(DiskError::at("write", &self.folder)(error)))
    }
}

impl FrameStore for Open {
    fn frames(&self) -> u64 {
        let world = self.world().lock().expect("no thread panics with the disk");
        world.store.now.last_key_value().map_or(0, |(number, _)| number + 1)
    }

    fn frame(&mut self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let failed = self.medium.reading(&self.folder, number);
        failed.map_err(|error| StoreError::Disk(DiskError::at("read", &self.folder)(error)))?;
        Ok(self.world().lock().expect("no thread panics with the disk").store.now.get(&number).cloned())
    }

    fn put(&mut self, number: u64, bytes: &[u8]) -> Result<(), StoreError> {
        if number > self.frames() {
            return Err(StoreError::Damaged(Damage::of(&self.folder, "a hole")));
        }
        self.change("put", number, |world| world.store.put(number, bytes))
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.change("flush", 0, |world| {
            if world.lie != Some(Lie::Store) {
                world.store.sync();
            }
        })
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        self.sync()
    }
}

/// What the system says when a call fails.
pub fn refusal(kind: u64) -> Error {
    match kind {
        0 => Error::new(ErrorKind::StorageFull, "No space left on device (simulated)"),
        1 => Error::new(ErrorKind::ReadOnlyFilesystem, "Read-only file system (simulated)"),
        _ => Error::other("Input/output error (simulated)"),
    }
}
