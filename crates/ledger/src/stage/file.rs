//! The staging file: frames one after the other, and at the end, once it is to be published, what they make.
//!
//! With its end in place it is a redo log: whoever opens the ledger next finishes the import. Without, it is nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use super::FILE;
use crate::error::DiskError;
use crate::instant::Instant;
use crate::medium::{Access, Folder, MediumFile};
use crate::merkle::{Hash, Peaks};
use crate::tail::TailHead;

const MAGIC: &[u8; 8] = b"RCNTSTGE";
const DONE: &[u8; 8] = b"RCNTDONE";
const VERSION: u64 = 1;
/// Magic, version, ledger, base and the root there.
const HEAD_BYTES: usize = 8 + 8 + 16 + 8 + 32;
/// Length and checksum of the end, and its magic.
const TRAILER_BYTES: usize = 8 + 4 + 8;
/// Frames are handed to the system in pieces of this.
const BUFFER: usize = 1 << 20;

/// Where a frame lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub at: u64,
    pub length: u32,
}

/// A staging file that is being written.
#[derive(Debug)]
pub struct StageFile {
    dir: Folder,
    file: Arc<dyn MediumFile>,
    path: PathBuf,
    buffer: Vec<u8>,
    written: u64,
    places: Vec<Place>,
}

impl StageFile {
    /// Starts an import into the ledger whose store has this head.
    pub fn create(dir: &Folder, head: &TailHead) -> Result<Self, DiskError> {
        let path = dir.join(FILE);
        let file = dir.open(FILE, Access::Replace).map_err(DiskError::at("create", &path))?;
        let buffer = head_bytes(head.ledger, head.base(), head.peaks.root());
        Ok(Self { dir: dir.clone(), file, path, buffer, written: 0, places: Vec::new() })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file itself, for those who go on reading frames.
    pub fn handle(&self) -> Arc<dyn MediumFile> {
        self.file.clone()
    }

    /// Adds a frame.
    pub fn add(&mut self, frame: &[u8]) -> Result<(), DiskError> {
        let at = self.written + self.buffer.len() as u64;
        self.places.push(Place { at, length: frame.len() as u32 });
        self.buffer.extend_from_slice(frame);
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    /// Hands everything to the system, so that it can be read back.
    pub fn flush(&mut self) -> Result<(), DiskError> {
        self.file.write_all_at(&self.buffer, self.written).map_err(DiskError::at("write", &self.path))?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Where the frames lie, in the order in which they were added.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    pub fn read(&self, place: Place) -> Result<Vec<u8>, DiskError> {
        read(&*self.file, &self.path, place)
    }

    /// Writes the end, durably. From here on the import is recorded, whatever happens.
    pub fn complete(&mut self, end: &End) -> Result<(), DiskError> {
        let body = end.to_bytes();
        // What the end counts on lies on disk before the end does.
        self.flush()?;
        self.file.sync_data().map_err(DiskError::at("sync", &self.path))?;
        self.buffer.extend_from_slice(&body);
        self.buffer.extend_from_slice(&(body.len() as u64).to_le_bytes());
        self.buffer.extend_from_slice(&crc32c::crc32c(&body).to_le_bytes());
        self.buffer.extend_from_slice(DONE);
        self.flush()?;
        self.file.sync_all().map_err(DiskError::at("sync", &self.path))?;
        self.dir.sync()
    }
}

/// Removes the staging file when it goes, unless the import was recorded.
#[derive(Debug)]
pub struct Leftover(Option<Folder>);

impl Leftover {
    pub fn of(file: &StageFile) -> Self {
        Self(Some(file.dir.clone()))
    }

    /// The file is a redo log now, and stays.
    pub fn keep(&mut self) {
        self.0 = None;
    }
}

impl Drop for Leftover {
    fn drop(&mut self) {
        if let Some(dir) = &self.0 {
            // What cannot be removed now is discarded by the next writer.
            let _discarded_later = dir.remove_if_there(FILE).and_then(|()| dir.sync());
        }
    }
}

/// What the frames of a staging file make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The frames in the order of their numbers.
    pub places: Vec<Place>,
    /// The number of the first.
    pub first_frame: u64,
    pub recorded_at: Instant,
    /// The tree over the ledger with the import.
    pub peaks: Peaks,
}

impl End {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.first_frame.to_le_bytes().to_vec();
        out.extend_from_slice(&self.recorded_at.micros().to_le_bytes());
        out.extend_from_slice(&(self.places.len() as u64).to_le_bytes());
        for place in &self.places {
            out.extend_from_slice(&place.at.to_le_bytes());
            out.extend_from_slice(&place.length.to_le_bytes());
        }
        out.extend_from_slice(&self.peaks.to_bytes());
        out
    }

    pub(crate) fn parse(mut rest: &[u8]) -> Option<Self> {
        let first_frame = u64::from_le_bytes(take(&mut rest)?);
        let recorded_at = Instant::from_micros(i64::from_le_bytes(take(&mut rest)?)).ok()?;
        let count = u64::from_le_bytes(take(&mut rest)?);
        let place = |rest: &mut &[u8]| {
            Some(Place { at: u64::from_le_bytes(take(rest)?), length: u32::from_le_bytes(take(rest)?) })
        };
        let places = (0..count).map(|_| place(&mut rest)).collect::<Option<_>>()?;
        Some(Self { places, first_frame, recorded_at, peaks: Peaks::from_bytes(rest).ok()? })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (field, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*field)
}

/// A complete staging file that was found.
#[derive(Debug)]
pub struct Complete {
    file: Arc<dyn MediumFile>,
    path: PathBuf,
    pub ledger: Uuid,
    pub base: u64,
    pub base_root: Hash,
    pub end: End,
}

impl Complete {
    /// Opens the staging file of a ledger, if there is one and it is complete.
    pub fn open(dir: &Folder) -> Result<Option<Self>, DiskError> {
        let path = dir.join(FILE);
        let file = match dir.open(FILE, Access::Read) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(DiskError::at("open", &path)(e)),
        };
        Self::parse(file, path)
    }

    fn parse(file: Arc<dyn MediumFile>, path: PathBuf) -> Result<Option<Self>, DiskError> {
        let length = file.length().map_err(DiskError::at("read", &path))?;
        let piece = |at: u64, bytes: u64| match u32::try_from(bytes) {
            Ok(bytes) if at + u64::from(bytes) <= length => read(&*file, &path, Place { at, length: bytes }).map(Some),
            _ => Ok(None),
        };
        let Some(head) = piece(0, HEAD_BYTES as u64)? else { return Ok(None) };
        // Discarded, it could be an import that a later program has recorded.
        if let Some(version) = version_of(&head).filter(|version| *version > VERSION) {
            let why =
                format!("version {version} of a staged import, this program knows {VERSION}; use a newer recount");
            return Err(DiskError::at("read", &path)(std::io::Error::other(why)));
        }
        let Some(trailer_at) = length.checked_sub(TRAILER_BYTES as u64) else { return Ok(None) };
        let Some(trailer) = piece(trailer_at, TRAILER_BYTES as u64)? else { return Ok(None) };
        let mut rest = trailer.as_slice();
        let fields = (|| Some((take::<8>(&mut rest)?, take::<4>(&mut rest)?, take::<8>(&mut rest)?)))();
        let Some((body, sum, done)) = fields.filter(|fields| fields.2 == *DONE) else { return Ok(None) };
        debug_assert_eq!(done, *DONE);
        let body_bytes = u64::from_le_bytes(body);
        let Some(body_at) = trailer_at.checked_sub(body_bytes) else { return Ok(None) };
        let Some(body) = piece(body_at, body_bytes)? else { return Ok(None) };
        if crc32c::crc32c(&body) != u32::from_le_bytes(sum) {
            return Ok(None);
        }
        let Some(end) = End::parse(&body) else { return Ok(None) };
        let Some((ledger, base, base_root)) = parse_head(&head) else { return Ok(None) };
        Ok(Some(Self { file, path, ledger, base, base_root, end }))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn read(&self, place: Place) -> Result<Vec<u8>, DiskError> {
        read(&*self.file, &self.path, place)
    }
}

fn head_bytes(ledger: Uuid, base: u64, root: Hash) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(ledger.as_bytes());
    out.extend_from_slice(&base.to_le_bytes());
    out.extend_from_slice(&root.0);
    out
}

/// The version in a head that begins like one.
fn version_of(head: &[u8]) -> Option<u64> {
    let mut rest = head;
    (take::<8>(&mut rest)? == *MAGIC).then_some(u64::from_le_bytes(take(&mut rest)?))
}

fn parse_head(head: &[u8]) -> Option<(Uuid, u64, Hash)> {
    let mut rest = head;
    let known = take::<8>(&mut rest)? == *MAGIC && u64::from_le_bytes(take(&mut rest)?) == VERSION;
    let ledger = Uuid::from_bytes(take(&mut rest)?);
    let base = u64::from_le_bytes(take(&mut rest)?);
    known.then_some((ledger, base, Hash(take(&mut rest)?)))
}

pub fn read(file: &dyn MediumFile, path: &Path, place: Place) -> Result<Vec<u8>, DiskError> {
    let mut bytes = vec![0; place.length as usize];
    file.read_exact_at(&mut bytes, place.at).map_err(DiskError::at("read", path))?;
    Ok(bytes)
}
