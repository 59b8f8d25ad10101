//! A [`Medium`] on the simulated disk: every call can fail, every call that changes something can be the last.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::rng::mix;
use super::store::{Open, refusal};
use super::world::{Lie, Mood, Node, World};
use crate::error::{Damage, DiskError, InUse};
use crate::instant::Instant;
use crate::lock::LockError;
use crate::medium::{Access, Held, Medium, MediumFile};
use crate::store::{FrameStore, StoreError};

/// What becomes of a call.
#[derive(Debug)]
pub enum Fate {
    Done,
    /// It fails; part of it may be done.
    Failed(io::Error),
    /// The process or the machine ends with it; part of it may be done.
    Ended,
}

/// The disk as one process sees it.
#[derive(Clone, Debug)]
pub struct Faulty {
    world: Arc<Mutex<World>>,
    process: u64,
}

impl Faulty {
    /// The disk for the present process.
    pub fn of(world: &Arc<Mutex<World>>) -> Self {
        let process = world.lock().expect("no thread panics with the disk").process;
        Self { world: world.clone(), process }
    }

    pub fn world(&self) -> &Arc<Mutex<World>> {
        &self.world
    }

    fn look(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("no thread panics with the disk")
    }

    /// A call that changes something. `work` does what of it is done.
    pub fn changing<T>(
        &self,
        what: &str,
        path: &Path,
        numbers: [u64; 2],
        work: impl FnOnce(&mut World, Fate) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut world = self.look();
        if world.process != self.process || world.ended {
            return Err(gone());
        }
        if world.fuse == Some(0) {
            let _unheard = work(&mut world, Fate::Ended);
            world.stop();
            world.note(what, path, numbers, false);
            return Err(gone());
        }
        world.fuse = world.fuse.map(|left| left - 1);
        let failed = match world.mood {
            Mood::Healthy => None,
            Mood::Failing(times) => world.rng.one_in(times).then_some(2),
            Mood::Full => matches!(what, "write" | "create" | "put" | "name").then_some(0),
            Mood::ReadOnly => (!what.contains("sync")).then_some(1),
        };
        let fate = failed.map_or(Fate::Done, |kind| Fate::Failed(refusal(kind)));
        let result = work(&mut world, fate);
        world.note(what, path, numbers, result.is_ok());
        result
    }

    /// A call that only looks. Threads may look at the same time, so what fails hangs on what is looked at alone.
    pub fn reading(&self, path: &Path, at: u64) -> io::Result<()> {
        let world = self.look();
        if world.process != self.process || world.ended {
            return Err(gone());
        }
        let Mood::Failing(times) = world.mood else { return Ok(()) };
        let place = path.to_string_lossy().bytes().fold(at ^ world.step << 32, |sum, byte| mix(sum ^ u64::from(byte)));
        if place % (times * 4) == 0 { Err(refusal(2)) } else { Ok(()) }
    }
}

fn gone() -> io::Error {
    io::Error::other("the process has ended (simulated)")
}

fn missing() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

/// A file that a process has open.
#[derive(Debug)]
struct Handle {
    medium: Faulty,
    path: PathBuf,
    file: usize,
}

impl Handle {
    fn sync(&self, what: &str) -> io::Result<()> {
        let lied = |world: &World| match world.lie {
            Some(Lie::Contents(start)) => self.path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(start)),
            _ => false,
        };
        self.medium.changing(what, &self.path, [0, 0], |world, fate| match fate {
            Fate::Done if lied(world) => Ok(()),
            Fate::Done => {
                world.files[self.file].sync();
                Ok(())
            }
            Fate::Ended => Ok(()),
            Fate::Failed(error) => {
                let World { files, rng, .. } = world;
                files[self.file].fail_sync(rng);
                Err(error)
            }
        })
    }
}

impl MediumFile for Handle {
    fn read_exact_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        self.medium.reading(&self.path, at)?;
        let world = self.medium.look();
        let from = world.files[self.file].now.get(at as usize..at as usize + bytes.len());
        bytes.copy_from_slice(from.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.medium.changing("write", &self.path, [at, bytes.len() as u64], |world, fate| {
            let done = match &fate {
                Fate::Done => bytes.len(),
                _ => world.rng.below(bytes.len() as u64 + 1) as usize,
            };
            if done > 0 && !matches!(world.mood, Mood::ReadOnly) {
                world.files[self.file].write(&bytes[..done], at as usize);
            }
            match fate {
                Fate::Failed(error) => Err(error),
                _ => Ok(()),
            }
        })
    }

    fn length(&self) -> io::Result<u64> {
        self.medium.reading(&self.path, u64::MAX)?;
        Ok(self.medium.look().files[self.file].now.len() as u64)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.sync("sync data")
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync("sync all")
    }
}

impl Medium for Faulty {
    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        self.reading(file, 0)?;
        let world = self.look();
        match world.node(file) {
            Some(Node::File(file)) => Ok(world.files[file].now.clone()),
            _ => Err(missing()),
        }
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Arc<dyn MediumFile>> {
        let there = self.look().node(path);
        let file = match there {
            Some(Node::File(file)) if access != Access::Replace => {
                self.reading(path, 1)?;
                file
            }
            Some(Node::File(file)) => self.changing("empty", path, [0, 0], |world, fate| match fate {
                Fate::Failed(error) => Err(error),
                _ => {
                    world.files[file].empty();
                    Ok(file)
                }
            })?,
            _ if matches!(access, Access::Read | Access::Change) => return Err(missing()),
            _ => self.changing("create", path, [0, 0], |world, fate| match fate {
                Fate::Failed(error) => Err(error),
                _ => {
                    let file = world.files.len();
                    world.files.push(super::world::Contents::default());
                    world.name(path, Node::File(file));
                    Ok(file)
                }
            })?,
        };
        Ok(Arc::new(Handle { medium: self.clone(), path: path.to_owned(), file }))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.reading(path, 2)?;
        Ok(self.look().node(path).is_some())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.changing("rename", to, [0, 0], |world, fate| {
            let node = world.node(from).ok_or_else(missing)?;
            match fate {
                Fate::Failed(error) => Err(error),
                _ => {
                    world.rename(from, to, node);
                    Ok(())
                }
            }
        })
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        self.look().node(file).ok_or_else(missing)?;
        self.changing("remove", file, [0, 0], |world, fate| match fate {
            Fate::Failed(error) => Err(error),
            _ => {
                world.unname(file);
                Ok(())
            }
        })
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.look().node(folder).ok_or_else(missing)?;
        self.changing("remove folder", folder, [0, 0], |world, fate| match fate {
            Fate::Failed(error) => Err(error),
            _ => {
                let inside: Vec<PathBuf> = world.names_in(folder).map(Path::to_owned).collect();
                inside.iter().for_each(|path| world.unname(path));
                world.unname(folder);
                Ok(())
            }
        })
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        if self.look().node(folder).is_some() {
            return Ok(());
        }
        self.changing("name", folder, [0, 0], |world, fate| match fate {
            Fate::Failed(error) => Err(error),
            _ => {
                world.name(folder, Node::Folder);
                Ok(())
            }
        })
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.reading(folder, 3)?;
        Ok(self.look().names_in(folder).filter_map(|path| path.file_name().map(OsString::from)).collect())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.changing("sync folder", folder, [0, 0], |world, fate| match fate {
            Fate::Failed(error) => Err(error),
            Fate::Ended => Ok(()),
            Fate::Done if world.lie == Some(Lie::Names) => Ok(()),
            Fate::Done => {
                world.sync_folder(folder);
                Ok(())
            }
        })
    }

    fn make_store(&self, dir: &Path) -> Result<(), StoreError> {
        let folder = dir.join(crate::store::FOLDER);
        let made = self.make_folder(&folder).and_then(|()| {
            drop(self.open(&folder.join(crate::store::FILE), Access::Replace)?);
            self.changing("put", &folder, [0, 0], |world, fate| match fate {
                Fate::Failed(error) => Err(error),
                _ => {
                    world.store.clear();
                    Ok(())
                }
            })?;
            let db = self.open(&folder.join(crate::store::FILE), Access::Change)?;
            db.write_all_at(b"db", 0)?;
            db.sync_data()?;
            self.sync_folder(&folder)
        });
        made.map_err(|error| StoreError::Disk(DiskError::at("create", &folder)(error)))
    }

    fn open_store(&self, dir: &Path) -> Result<Box<dyn FrameStore>, StoreError> {
        let folder = dir.join(crate::store::FOLDER);
        if self.look().node(&folder.join(crate::store::FILE)).is_none() {
            return Err(StoreError::Damaged(Damage::of(&folder, "is missing")));
        }
        self.reading(&folder, 4).map_err(|error| StoreError::Disk(DiskError::at("open", &folder)(error)))?;
        Ok(Box::new(Open::new(self.clone(), folder)))
    }

    fn lock(&self, dir: &Path, _now: Instant) -> Result<Box<dyn Held>, LockError> {
        let mut world = self.look();
        if std::mem::replace(&mut world.held, true) {
            return Err(LockError::Held(InUse { dir: dir.to_owned(), pid: 1, since: "now".to_owned() }));
        }
        drop(world);
        Ok(Box::new(Locked(self.clone())))
    }
}

/// The lock of a process on the simulated machine.
#[derive(Debug)]
struct Locked(Faulty);

impl Held for Locked {}

impl Drop for Locked {
    fn drop(&mut self) {
        let mut world = self.0.look();
        if world.process == self.0.process {
            world.held = false;
        }
    }
}
