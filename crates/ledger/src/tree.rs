//! The file `tree`: the hash of every tile of 256 leaves, so that the root of any prefix needs few of them.
//!
//! It can always be made again from the records; it is written before the tail that counts on it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::error::{Damage, DiskError, ReadError};
use crate::medium::{Access, Folder};
use crate::merkle::{Hash, Peaks, TILE_LEAVES};

/// The file's name.
pub const FILE: &str = "tree";

/// Records below one stored hash.
pub const TILE: u64 = TILE_LEAVES as u64;
/// Height of a tile in the tree.
const TILE_HEIGHT: u32 = TILE_LEAVES.trailing_zeros();

const MAGIC: &[u8; 8] = b"RCNTTREE";
const VERSION: u64 = 1;
const HEAD_BYTES: usize = 32;
const HASH_BYTES: usize = 32;

/// The tiles of a ledger.
#[derive(Debug)]
pub struct Tree {
    dir: Folder,
    path: PathBuf,
    head: [u8; HEAD_BYTES],
}

impl Tree {
    pub fn new(dir: &Folder, ledger: Uuid) -> Self {
        let mut head = [0; HEAD_BYTES];
        head[..8].copy_from_slice(MAGIC);
        head[8..16].copy_from_slice(&VERSION.to_le_bytes());
        head[16..].copy_from_slice(ledger.as_bytes());
        Self { dir: dir.clone(), path: dir.join(FILE), head }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The hashes of the first `count` tiles.
    pub fn read(&self, count: u64) -> Result<Vec<Hash>, ReadError> {
        if count == 0 {
            // A kill while the first tiles were written may have left the file without its head.
            return Ok(Vec::new());
        }
        let bytes = match self.dir.read(FILE) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Err(self.damaged("is missing").into()),
            Err(e) => return Err(DiskError::at("read", &self.path)(e).into()),
        };
        let Some(tiles) = bytes.strip_prefix(&self.head) else {
            return Err(self.damaged("does not belong to this ledger").into());
        };
        let (hashes, _) = tiles.as_chunks::<HASH_BYTES>();
        match hashes.get(..count as usize) {
            Some(hashes) => Ok(hashes.iter().copied().map(Hash).collect()),
            None => Err(self.damaged("is too short").into()),
        }
    }

    /// Puts the hashes of tiles in place from tile `first` on, and makes them durable.
    pub fn write(&self, first: u64, tiles: &[Hash]) -> Result<(), DiskError> {
        if tiles.is_empty() {
            return Ok(());
        }
        let file = self.dir.open(FILE, Access::Grow).map_err(DiskError::at("open", &self.path))?;
        let bytes: Vec<u8> = tiles.iter().flat_map(|tile| tile.0).collect();
        let at = HEAD_BYTES as u64 + first * HASH_BYTES as u64;
        let written = file.write_all_at(&self.head, 0).and_then(|()| file.write_all_at(&bytes, at));
        written.and_then(|()| file.sync_data()).map_err(DiskError::at("write", &self.path))?;
        if first == 0 { self.dir.sync() } else { Ok(()) }
    }

    /// Whether the hashes of so many tiles are there, as far as can be seen without the records.
    pub fn has(&self, count: u64) -> bool {
        let length = HEAD_BYTES as u64 + count * HASH_BYTES as u64;
        let read_head = || {
            let file = self.dir.open(FILE, Access::Read).ok()?;
            let mut head = [0; HEAD_BYTES];
            file.read_exact_at(&mut head, 0).ok()?;
            Some(head == self.head && file.length().ok()? >= length)
        };
        count == 0 || read_head().unwrap_or(false)
    }

    /// Starts over with these tiles.
    pub fn make(&self, tiles: &[Hash]) -> Result<(), DiskError> {
        self.dir.remove_if_there(FILE)?;
        self.write(0, tiles)
    }

    /// The tree over the first `count` tiles.
    pub fn peaks(&self, count: u64) -> Result<Peaks, ReadError> {
        let mut peaks = Peaks::new();
        for tile in self.read(count)? {
            peaks.push_subtree(TILE_HEIGHT, tile).expect("tiles alone are always aligned");
        }
        Ok(peaks)
    }

    fn damaged(&self, what: &str) -> Damage {
        Damage::of(&self.path, format!("{what}; remove it, it is made again when the ledger is next written to"))
    }
}

/// The ledger that a `tree` says it belongs to.
pub fn ledger_of(dir: &Folder) -> Option<Uuid> {
    let bytes = dir.read(FILE).ok()?;
    let (head, _) = bytes.split_first_chunk::<HEAD_BYTES>()?;
    let (magic, version) = (head[..8] == *MAGIC, head[8..16] == VERSION.to_le_bytes());
    (magic && version).then(|| Uuid::from_bytes(std::array::from_fn(|at| head[16 + at])))
}

/// Collects the hashes of the tiles that a run of leaves completes.
#[derive(Debug)]
pub struct Tiles {
    first: u64,
    leaves: Vec<Hash>,
    done: Vec<Hash>,
}

impl Tiles {
    /// Leaves follow from this position on, where a tile begins.
    pub fn from(position: u64) -> Self {
        Self { first: position / TILE, leaves: Vec::with_capacity(TILE_LEAVES), done: Vec::new() }
    }

    pub fn push(&mut self, leaf: Hash) {
        self.leaves.push(leaf);
        if self.leaves.len() == TILE_LEAVES {
            self.done.push(crate::merkle::subtree_root(&self.leaves));
            self.leaves.clear();
        }
    }

    /// The number of the first tile, and the hashes of all complete ones.
    pub fn complete(&self) -> (u64, &[Hash]) {
        (self.first, &self.done)
    }
}
