//! The staging file: frames one after the other, and at the end, once it is to be published, what they make.
//!
//! With its end in place it is a redo log: whoever opens the ledger next finishes the import. Without, it is nothing.
//! That the end is there is said in two places, one after the other: by the trailer behind it, and, once that is synced,
//! by the seal in the head. So damage can be told from a kill: a seal was begun only where a whole end lay on disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use super::FILE;
use crate::error::{Damage, DiskError, ReadError};
use crate::instant::Instant;
use crate::medium::{Access, Folder, MediumFile};
use crate::merkle::{Hash, Peaks};
use crate::tail::TailHead;

const MAGIC: &[u8; 8] = b"RCNTSTGE";
const DONE: &[u8; 8] = b"RCNTDONE";
const VERSION: u64 = 2;
/// Magic, version, ledger, base and the root there.
const FIELDS_BYTES: usize = 8 + 8 + 16 + 8 + 32;
/// The same and their checksum.
const SEAL_AT: usize = FIELDS_BYTES + 4;
/// Where the end begins, its length, its checksum, and one of these.
const SEAL_BYTES: usize = 8 + 8 + 4 + 4;
const HEAD_BYTES: usize = SEAL_AT + SEAL_BYTES;
/// What to do about a stage that is damaged.
const ADVICE: &str = "restore the whole ledger from a copy, or save what is intact with `recount salvage`";
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

    /// Writes the end and then the seal, durably. From here on the import is recorded, whatever happens.
    pub fn complete(&mut self, end: &End) -> Result<(), DiskError> {
        let body = end.to_bytes();
        // What the end counts on lies on disk before the end does.
        self.flush()?;
        self.file.sync_data().map_err(DiskError::at("sync", &self.path))?;
        write_end(&*self.file, &self.path, self.written, &body)?;
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
    /// Where the end lies.
    at: u64,
}

impl Complete {
    /// Opens the staging file of a ledger, if there is one and it is complete. One whose end never came to be is none;
    /// one that was complete and is not what was written any more, or belongs to another ledger, is damage.
    pub fn open(dir: &Folder, ledger: Uuid) -> Result<Option<Self>, ReadError> {
        let path = dir.join(FILE);
        let file = match dir.open(FILE, Access::Read) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(DiskError::at("open", &path)(e).into()),
        };
        match Self::parse(file, path)? {
            Some(found) if found.ledger != ledger => {
                let what = format!(
                    "holds an import that was recorded in another ledger, {}; move it back there, or out of this folder",
                    found.ledger
                );
                Err(Damage::of(&found.path, what).into())
            }
            found => Ok(found),
        }
    }

    fn parse(file: Arc<dyn MediumFile>, path: PathBuf) -> Result<Option<Self>, ReadError> {
        let length = file.length().map_err(DiskError::at("read", &path))?;
        let head_bytes = length.min(HEAD_BYTES as u64) as u32;
        let mut head = read(&*file, &path, Place { at: 0, length: head_bytes })?;
        head.resize(HEAD_BYTES, 0);
        let (fields, seal) = head.split_at(SEAL_AT);
        // Discarded, it could be an import that another program has recorded.
        if let Some(version) = other_version(fields) {
            let which = if version > VERSION { "a newer" } else { "the older" };
            if version < VERSION && trailer_place(&*file, &path, length)?.is_none() {
                return Ok(None);
            }
            let why = format!(
                "version {version} of a staged import, this program knows {VERSION}; use {which} recount to finish it"
            );
            return Err(DiskError::at("read", &path)(std::io::Error::other(why)).into());
        }
        let sealed = seal.iter().any(|byte| *byte != 0);
        let ends = [seal_place(seal), trailer_place(&*file, &path, length)?];
        let mut end = None;
        for (place, sum) in ends.into_iter().flatten() {
            let whole = place.at.checked_add(place.length.into()).is_some_and(|end| end <= length);
            if end.is_none() && whole {
                let body = read(&*file, &path, place)?;
                let body = Some(body).filter(|body| crc32c::crc32c(body) == sum);
                end = body.and_then(|body| Some((End::parse(&body)?, place.at)));
            }
        }
        let damaged = |what: &str| Damage::of(&path, format!("holds an import that was recorded, {what}; {ADVICE}"));
        match (end, parse_fields(fields)) {
            (Some((end, at)), Some((ledger, base, base_root))) => {
                Ok(Some(Self { file, path, ledger, base, base_root, end, at }))
            }
            (Some(_), None) => Err(damaged("but its head has another checksum").into()),
            (None, _) if sealed => Err(damaged("but its end is not what was written").into()),
            (None, _) => Ok(None),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn read(&self, place: Place) -> Result<Vec<u8>, DiskError> {
        read(&*self.file, &self.path, place)
    }

    /// Makes what is seen of the file last: the process that wrote it may have ended before its syncs. The frames were
    /// synced before the end was begun.
    pub fn renew(&self, dir: &Folder) -> Result<(), DiskError> {
        let file = dir.open(FILE, Access::Change).map_err(DiskError::at("open", &self.path))?;
        write_end(&*file, &self.path, self.at, &self.end.to_bytes())?;
        dir.sync()
    }
}

/// Writes the end and what is behind it, durably, and then the seal.
fn write_end(file: &dyn MediumFile, path: &Path, at: u64, body: &[u8]) -> Result<(), DiskError> {
    let mut end = body.to_vec();
    end.extend_from_slice(&(body.len() as u64).to_le_bytes());
    end.extend_from_slice(&crc32c::crc32c(body).to_le_bytes());
    end.extend_from_slice(DONE);
    file.write_all_at(&end, at).map_err(DiskError::at("write", path))?;
    file.sync_data().map_err(DiskError::at("sync", path))?;
    file.write_all_at(&seal(at, body), SEAL_AT as u64).map_err(DiskError::at("write", path))?;
    file.sync_all().map_err(DiskError::at("sync", path))
}

/// A head that is not sealed yet.
fn head_bytes(ledger: Uuid, base: u64, root: Hash) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(ledger.as_bytes());
    out.extend_from_slice(&base.to_le_bytes());
    out.extend_from_slice(&root.0);
    out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
    out.resize(HEAD_BYTES, 0);
    out
}

/// What is written into the head once the end lies on disk.
fn seal(at: u64, body: &[u8]) -> Vec<u8> {
    let mut out = at.to_le_bytes().to_vec();
    out.extend_from_slice(&(body.len() as u64).to_le_bytes());
    out.extend_from_slice(&crc32c::crc32c(body).to_le_bytes());
    out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
    out
}

/// Where the end lies, and its checksum, as a whole seal has it.
fn seal_place(mut seal: &[u8]) -> Option<(Place, u32)> {
    let known = crc32c::crc32c(seal.get(..SEAL_BYTES - 4)?);
    let at = u64::from_le_bytes(take(&mut seal)?);
    let length = u32::try_from(u64::from_le_bytes(take(&mut seal)?)).ok()?;
    let sum = u32::from_le_bytes(take(&mut seal)?);
    (u32::from_le_bytes(take(&mut seal)?) == known).then_some((Place { at, length }, sum))
}

/// The same as the trailer has it.
fn trailer_place(file: &dyn MediumFile, path: &Path, length: u64) -> Result<Option<(Place, u32)>, DiskError> {
    let Some(trailer_at) = length.checked_sub(TRAILER_BYTES as u64) else { return Ok(None) };
    let trailer = read(file, path, Place { at: trailer_at, length: TRAILER_BYTES as u32 })?;
    let mut rest = trailer.as_slice();
    let mut place = || {
        let body_bytes = u64::from_le_bytes(take(&mut rest)?);
        let sum = u32::from_le_bytes(take(&mut rest)?);
        let at = trailer_at.checked_sub(body_bytes)?;
        let place = Place { at, length: u32::try_from(body_bytes).ok()? };
        (take::<8>(&mut rest)? == *DONE).then_some((place, sum))
    };
    Ok(place())
}

/// The version of a head that another program wrote. One that is of this version but for its number is damaged.
fn other_version(fields: &[u8]) -> Option<u64> {
    let mut rest = fields;
    let known = take::<8>(&mut rest)? == *MAGIC;
    let version = u64::from_le_bytes(take(&mut rest)?);
    let mut own = fields.to_vec();
    own.get_mut(8..16)?.copy_from_slice(&VERSION.to_le_bytes());
    (known && version > 0 && version != VERSION && parse_fields(&own).is_none()).then_some(version)
}

fn parse_fields(fields: &[u8]) -> Option<(Uuid, u64, Hash)> {
    let sum = crc32c::crc32c(fields.get(..FIELDS_BYTES)?);
    let mut rest = fields;
    let known = take::<8>(&mut rest)? == *MAGIC && u64::from_le_bytes(take(&mut rest)?) == VERSION;
    let ledger = Uuid::from_bytes(take(&mut rest)?);
    let base = u64::from_le_bytes(take(&mut rest)?);
    let root = Hash(take(&mut rest)?);
    (known && u32::from_le_bytes(take(&mut rest)?) == sum).then_some((ledger, base, root))
}

pub fn read(file: &dyn MediumFile, path: &Path, place: Place) -> Result<Vec<u8>, DiskError> {
    let mut bytes = vec![0; place.length as usize];
    file.read_exact_at(&mut bytes, place.at).map_err(DiskError::at("read", path))?;
    Ok(bytes)
}
