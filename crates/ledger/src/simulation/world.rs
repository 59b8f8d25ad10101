//! The simulated disk: files and names, each as the system shows it and as it would be found after a power cut.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::rng::{Rng, mix};
use super::store::Shelved;

/// What a disk writes at once.
const SECTOR: usize = 512;

/// How the disk behaves at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// As it should.
    Healthy,
    /// One call in so many fails.
    Failing(u64),
    /// Nothing can grow.
    Full,
    /// Nothing can be changed.
    ReadOnly,
}

/// A sync that is acknowledged and not done; shows that the simulation notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Of the contents of files whose name begins so.
    Contents(&'static str),
    /// Of the names in every folder.
    Names,
    /// Of the store.
    Store,
}

/// A file's contents.
#[derive(Debug, Default)]
pub struct Contents {
    /// As the system shows it.
    pub now: Vec<u8>,
    /// As it lies on the disk.
    durable: Vec<u8>,
    /// Places that were written since the last sync, in their order.
    dirty: Vec<Range<usize>>,
    /// Whether it was emptied before they were.
    emptied: bool,
}

impl Contents {
    pub fn empty(&mut self) {
        self.now.clear();
        self.dirty.clear();
        self.emptied = true;
    }

    pub fn write(&mut self, bytes: &[u8], at: usize) {
        let end = at + bytes.len();
        self.now.resize(self.now.len().max(end), 0);
        self.now[at..end].copy_from_slice(bytes);
        self.dirty.push(at..end);
    }

    pub fn sync(&mut self) {
        if std::mem::take(&mut self.emptied) {
            self.durable.clear();
        }
        for range in std::mem::take(&mut self.dirty) {
            self.keep(range);
        }
    }

    fn keep(&mut self, range: Range<usize>) {
        let range = range.start.min(self.now.len())..range.end.min(self.now.len());
        self.durable.resize(self.durable.len().max(range.end), 0);
        self.durable[range.clone()].copy_from_slice(&self.now[range]);
    }

    /// Some of what was not synced reaches the disk, and nothing of the rest ever will.
    fn lose(&mut self, rng: &mut Rng) {
        let emptied = std::mem::take(&mut self.emptied);
        let dirty = std::mem::take(&mut self.dirty);
        if emptied && !rng.one_in(3) {
            self.durable.clear();
        }
        match rng.below(4) {
            0 => {}
            1 => dirty.into_iter().for_each(|range| self.keep(range)),
            2 => {
                let sectors = |range: &Range<usize>| (range.start / SECTOR)..range.end.div_ceil(SECTOR);
                let sectors: BTreeSet<usize> = dirty.iter().flat_map(sectors).collect();
                for sector in sectors {
                    if rng.one_in(2) {
                        self.keep(sector * SECTOR..(sector + 1) * SECTOR);
                    }
                }
            }
            _ => {
                let whole = rng.below(dirty.len() as u64 + 1) as usize;
                let torn =
                    dirty.get(whole).map(|range| range.start..range.start + rng.below(range.len() as u64 + 1) as usize);
                dirty.into_iter().take(whole).chain(torn).for_each(|range| self.keep(range));
            }
        }
    }

    /// A sync fails: what it did not write is forgotten, though the system may go on showing it.
    pub fn fail_sync(&mut self, rng: &mut Rng) {
        self.lose(rng);
        if rng.one_in(3) {
            self.now.clone_from(&self.durable);
        }
    }

    fn cut_power(&mut self, rng: &mut Rng) {
        self.lose(rng);
        self.now.clone_from(&self.durable);
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    Folder,
    /// Its number.
    File(usize),
}

/// A change of names that its folder was not synced after.
#[derive(Clone, Debug)]
enum Change {
    Named(PathBuf, Node),
    Removed(PathBuf),
    Renamed(PathBuf, PathBuf, Node),
}

impl Change {
    fn folder(&self) -> Option<&Path> {
        let (Self::Named(path, _) | Self::Removed(path) | Self::Renamed(_, path, _)) = self;
        path.parent()
    }

    fn apply(self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Named(path, node) => drop(names.insert(path, node)),
            Self::Removed(path) => drop(names.remove(&path)),
            Self::Renamed(from, to, node) => {
                names.remove(&from);
                names.insert(to, node);
            }
        }
    }
}

/// The disk, and the machine that it is in.
#[derive(Debug)]
pub struct World {
    pub rng: Rng,
    pub mood: Mood,
    pub lie: Option<Lie>,
    /// Calls that change something until the machine stops, if it will.
    pub fuse: Option<u64>,
    /// The present process; calls of those before it come to nothing.
    pub process: u64,
    /// Whether the present process has ended.
    pub ended: bool,
    pub held: bool,
    /// Counts the steps of the script; a read that failed in one may succeed in the next.
    pub step: u64,
    pub files: Vec<Contents>,
    names: BTreeMap<PathBuf, Node>,
    durable: BTreeMap<PathBuf, Node>,
    changes: Vec<Change>,
    pub store: Shelved,
    /// Sums up every call that changed something, and what came of it.
    pub trace: u64,
}

impl World {
    pub fn new(seed: u64, lie: Option<Lie>) -> Self {
        let root = BTreeMap::from([(PathBuf::from("/"), Node::Folder)]);
        Self {
            rng: Rng::new(mix(seed)),
            mood: Mood::Healthy,
            lie,
            fuse: None,
            process: 0,
            ended: false,
            held: false,
            step: 0,
            files: Vec::new(),
            names: root.clone(),
            durable: root,
            changes: Vec::new(),
            store: Shelved::default(),
            trace: 0,
        }
    }

    pub fn node(&self, path: &Path) -> Option<Node> {
        self.names.get(path).copied()
    }

    pub fn names_in<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = &'a Path> {
        self.names.keys().map(PathBuf::as_path).filter(move |path| path.parent() == Some(folder))
    }

    pub fn name(&mut self, path: &Path, node: Node) {
        self.change(Change::Named(path.to_owned(), node));
    }

    pub fn unname(&mut self, path: &Path) {
        self.change(Change::Removed(path.to_owned()));
    }

    pub fn rename(&mut self, from: &Path, to: &Path, node: Node) {
        self.change(Change::Renamed(from.to_owned(), to.to_owned(), node));
    }

    fn change(&mut self, change: Change) {
        change.clone().apply(&mut self.names);
        self.changes.push(change);
    }

    pub fn sync_folder(&mut self, folder: &Path) {
        let (here, elsewhere) = std::mem::take(&mut self.changes).into_iter().partition(|c| c.folder() == Some(folder));
        self.changes = elsewhere;
        let here: Vec<Change> = here;
        here.into_iter().for_each(|change| change.apply(&mut self.durable));
    }

    /// The process ends; the system goes on.
    pub fn kill(&mut self) {
        self.process += 1;
        self.ended = true;
        self.held = false;
        self.fuse = None;
    }

    /// Everything ends, and what was not synced is lost in part.
    pub fn cut_power(&mut self) {
        self.kill();
        let changes = std::mem::take(&mut self.changes);
        let whole = self.rng.below(changes.len() as u64 + 1) as usize;
        let any = self.rng.one_in(2);
        for (number, change) in changes.into_iter().enumerate() {
            if if any { self.rng.one_in(2) } else { number < whole } {
                change.apply(&mut self.durable);
            }
        }
        // What lies in a folder that was lost is lost.
        let all = std::mem::take(&mut self.durable);
        for (path, node) in &all {
            if path.ancestors().all(|above| all.contains_key(above)) {
                self.durable.insert(path.clone(), *node);
            }
        }
        self.names.clone_from(&self.durable);
        let Self { files, rng, store, .. } = self;
        files.iter_mut().for_each(|file| file.cut_power(rng));
        store.cut_power(rng);
    }

    /// The fuse has burnt down.
    pub fn stop(&mut self) {
        if self.rng.one_in(3) { self.kill() } else { self.cut_power() }
    }

    pub fn note(&mut self, what: &str, path: &Path, numbers: [u64; 2], worked: bool) {
        let text = what.bytes().chain(path.to_string_lossy().bytes().collect::<Vec<_>>()).map(u64::from);
        for number in text.chain(numbers).chain([u64::from(worked)]) {
            self.trace = mix(self.trace ^ number).wrapping_add(number);
        }
    }
}
