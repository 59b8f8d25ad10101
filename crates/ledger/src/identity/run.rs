//! One sorted run of hashes: an immutable file.
//!
//! ```text
//! "RcId" | version u8 | bucket bits u8 | position bits u8 | 0
//! first u64 | end u64 | entries u64 | voids u64
//! crc of the buckets u32 | crc of the entries u32 | 0 u32 | crc of the 52 bytes before u32
//! 2^bucket bits + 1 times: offset u32, crc u32 | entries u64
//! ```
//!
//! Little-endian. An entry is the high bits of a hash and, in its low bits, a position less `first`. Bucket b holds the
//! entries whose top bits are b, from offset b to offset b + 1. Its crc is of its entries and both offsets: all that a
//! lookup reads, which therefore never takes damage for an id that is not there.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::DiskError;
use crate::medium::{Access, Folder, MediumFile};

pub(super) const HEADER_BYTES: u64 = 56;
pub(super) const MAGIC: [u8; 4] = *b"RcId";
pub(super) const VERSION: u8 = 2;
/// Offset and checksum of a bucket.
pub(super) const BUCKET_BYTES: u64 = 8;
/// Entries read at a time when a whole run is read.
const READ_ENTRIES: usize = 8_192;
/// What to do about a run that is not what was written.
const ADVICE: &str = "delete the folder identity, it is rebuilt from the records";

/// What a run's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RunHeader {
    pub bucket_bits: u32,
    pub position_bits: u32,
    pub first: u64,
    pub end: u64,
    pub entries: u64,
    pub voids: u64,
    pub buckets_crc: u32,
    pub entries_crc: u32,
}

impl RunHeader {
    pub(super) fn to_bytes(self) -> [u8; HEADER_BYTES as usize] {
        let mut bytes = [0; HEADER_BYTES as usize];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..7].copy_from_slice(&[VERSION, self.bucket_bits as u8, self.position_bits as u8]);
        for (at, value) in [self.first, self.end, self.entries, self.voids].into_iter().enumerate() {
            bytes[8 + at * 8..16 + at * 8].copy_from_slice(&value.to_le_bytes());
        }
        bytes[40..44].copy_from_slice(&self.buckets_crc.to_le_bytes());
        bytes[44..48].copy_from_slice(&self.entries_crc.to_le_bytes());
        let sum = crc32c::crc32c(&bytes[..52]);
        bytes[52..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; HEADER_BYTES as usize]) -> Option<Self> {
        let long = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
        let short = |at: usize| u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
        let header = Self {
            bucket_bits: bytes[5].into(),
            position_bits: bytes[6].into(),
            first: long(8),
            end: long(16),
            entries: long(24),
            voids: long(32),
            buckets_crc: short(40),
            entries_crc: short(44),
        };
        let sound = bytes[..4] == MAGIC
            && bytes[4] == VERSION
            && short(52) == crc32c::crc32c(&bytes[..52])
            && (1..=32).contains(&header.bucket_bits)
            && (1..=56).contains(&header.position_bits)
            && header.bucket_bits + header.position_bits <= 64
            && header.end > header.first
            && header.entries <= u32::MAX.into();
        sound.then_some(header)
    }

    /// The bits of an entry that are its position.
    pub(super) const fn position_mask(&self) -> u64 {
        (1 << self.position_bits) - 1
    }

    pub(super) const fn entries_start(&self) -> u64 {
        HEADER_BYTES + ((1 << self.bucket_bits) + 1) * BUCKET_BYTES
    }
}

/// A run that is open for reading.
#[derive(Debug)]
pub(super) struct Run {
    pub header: RunHeader,
    pub name: String,
    path: PathBuf,
    file: Arc<dyn MediumFile>,
    /// Whether something read of it was not what was written.
    broken: AtomicBool,
}

/// The name of the run of these positions.
pub(super) fn file_name(first: u64, end: u64) -> String {
    format!("run-{first}-{end}")
}

impl Run {
    /// Opens a run; none where the file is no such run, or not as long as it says.
    pub(super) fn open(dir: &Folder, name: String) -> Result<Option<Self>, DiskError> {
        let path = dir.join(&name);
        let file = match dir.open(&name, Access::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(DiskError::at("open", &path))?,
        };
        let mut bytes = [0; HEADER_BYTES as usize];
        let length = file.length().map_err(DiskError::at("read", &path))?;
        if length < HEADER_BYTES {
            return Ok(None);
        }
        file.read_exact_at(&mut bytes, 0).map_err(DiskError::at("read", &path))?;
        let header = RunHeader::from_bytes(&bytes).filter(|h| length == h.entries_start() + h.entries * 8);
        Ok(header.map(|header| Self { header, name, path, file, broken: AtomicBool::new(false) }))
    }

    /// The positions of the entries that agree with a hash in the bits of `mask`.
    pub(super) fn find(&self, hash: u64, mask: u64, found: &mut Vec<u64>) -> Result<(), DiskError> {
        let bucket = hash >> (64 - self.header.bucket_bits);
        let mut read = [0; 12];
        self.read_at(&mut read, HEADER_BYTES + bucket * BUCKET_BYTES)?;
        let [from, sum, to] = std::array::from_fn(|at| u32::from_le_bytes(std::array::from_fn(|i| read[at * 4 + i])));
        if from > to || u64::from(to) > self.header.entries {
            return Err(self.damaged("its offsets do not ascend"));
        }
        let mut bytes = vec![0; (to - from) as usize * 8];
        self.read_at(&mut bytes, self.header.entries_start() + u64::from(from) * 8)?;
        if bucket_crc(crc32c::crc32c(&bytes), from, to) != sum {
            return Err(self.damaged("entries have another checksum"));
        }
        let mask = mask & !self.header.position_mask();
        let entries = bytes.as_chunks::<8>().0.iter().map(|entry| u64::from_le_bytes(*entry));
        found.extend(entries.filter(|entry| (entry ^ hash) & mask == 0).map(|entry| self.position(entry)));
        Ok(())
    }

    /// The position of an entry.
    pub(super) const fn position(&self, entry: u64) -> u64 {
        self.header.first + (entry & self.header.position_mask())
    }

    /// All entries, in ascending order of their hashes. Ends with an error if they are not what was written.
    pub(super) fn entries(&self) -> Entries<'_> {
        Entries { run: self, next: 0, buffer: Vec::new().into_iter(), crc: 0 }
    }

    /// Whether the offsets and all entries are what was written.
    pub(super) fn check(&self) -> Result<(), DiskError> {
        let mut buckets = vec![0; (self.header.entries_start() - HEADER_BYTES) as usize];
        self.read_at(&mut buckets, HEADER_BYTES)?;
        if crc32c::crc32c(&buckets) != self.header.buckets_crc {
            return Err(self.damaged("its offsets have another checksum"));
        }
        self.entries().try_for_each(|entry| entry.map(|_| ()))
    }

    fn read_at(&self, bytes: &mut [u8], at: u64) -> Result<(), DiskError> {
        self.file.read_exact_at(bytes, at).map_err(DiskError::at("read", &self.path))
    }

    /// Whether something read of it was not what was written.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    fn damaged(&self, what: &str) -> DiskError {
        self.broken.store(true, Ordering::Relaxed);
        let error = io::Error::new(io::ErrorKind::InvalidData, format!("{what}; {ADVICE}"));
        DiskError::at("read", &self.path)(error)
    }
}

/// The checksum of a bucket: of its entries, whose own is given, and of where they lie.
pub(super) fn bucket_crc(entries: u32, from: u32, to: u32) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(entries, &from.to_le_bytes()), &to.to_le_bytes())
}

/// The entries of a run, read in pieces.
pub(super) struct Entries<'a> {
    run: &'a Run,
    next: u64,
    buffer: std::vec::IntoIter<u64>,
    crc: u32,
}

impl Entries<'_> {
    fn fill(&mut self) -> Result<(), DiskError> {
        let count = (self.run.header.entries - self.next).min(READ_ENTRIES as u64);
        let mut bytes = vec![0; count as usize * 8];
        self.run.read_at(&mut bytes, self.run.header.entries_start() + self.next * 8)?;
        self.next += count;
        self.crc = crc32c::crc32c_append(self.crc, &bytes);
        if self.next == self.run.header.entries && self.crc != self.run.header.entries_crc {
            return Err(self.run.damaged("its entries have another checksum"));
        }
        let entries: Vec<u64> = bytes.as_chunks::<8>().0.iter().map(|entry| u64::from_le_bytes(*entry)).collect();
        self.buffer = entries.into_iter();
        Ok(())
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<u64, DiskError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.buffer.len() == 0
            && self.next < self.run.header.entries
            && let Err(error) = self.fill()
        {
            self.next = self.run.header.entries;
            return Some(Err(error));
        }
        self.buffer.next().map(Ok)
    }
}

/// Reads a whole small file; none where there is none.
pub(super) fn read_if_there(dir: &Folder, name: &str, most: u64) -> Result<Option<Vec<u8>>, DiskError> {
    let path = dir.join(name);
    let file = match dir.open(name, Access::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(DiskError::at("open", &path))?,
    };
    let mut bytes = vec![0; file.length().map_err(DiskError::at("read", &path))?.min(most) as usize];
    file.read_exact_at(&mut bytes, 0).map_err(DiskError::at("read", &path))?;
    Ok(Some(bytes))
}
