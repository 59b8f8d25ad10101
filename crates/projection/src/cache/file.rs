//! The file: a header, then sections, each with its own checksum; the header holds their table.
//!
//! ```text
//! magic 8 | version u32 | ledger 16 | size u64 | root 32 | sections u32 | table: sections x (number u32, width u32, offset u64, bytes u64, crc32c u32) | crc32c u32 of all before it
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::wire::{Decoder, Element, Encoder};
use super::{CacheError, VERSION};

const MAGIC: [u8; 8] = *b"recount\x01";
const FIXED_BYTES: usize = 8 + 4 + 16 + 8 + 32 + 4;
const ENTRY_BYTES: usize = 4 + 4 + 8 + 8 + 4;
/// More sections than any ledger's attributes ask for; a table beyond it is damage.
const SECTIONS_MAX: u32 = 1 << 20;
/// Columns are converted piece by piece, to stay in the processor's cache. Every width divides it.
const PIECE_BYTES: usize = 1 << 18;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) ledger: Uuid,
    pub(super) size: u64,
    pub(super) root: [u8; 32],
}

/// Where a section lies.
#[derive(Clone, Copy, Debug)]
struct Entry {
    width: u8,
    offset: u64,
    bytes: u64,
    crc: u32,
}

/// Writes sections one after the other, then the header in front of them.
pub(super) struct Writer {
    out: BufWriter<File>,
    at: u64,
    table: BTreeMap<u32, Entry>,
    sections: usize,
}

impl Writer {
    /// Leaves room for the header of so many sections.
    pub(super) fn new(file: File, sections: usize) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(PIECE_BYTES, file);
        let room = FIXED_BYTES + ENTRY_BYTES * sections + 4;
        out.write_all(&vec![0; room])?;
        Ok(Self { out, at: room as u64, table: BTreeMap::new(), sections })
    }

    pub(super) fn section<T: Element>(&mut self, number: u32, values: &[T]) -> io::Result<()> {
        let width = T::width(values);
        let (offset, mut crc, mut bytes) = (self.at, 0, Vec::with_capacity(PIECE_BYTES));
        for piece in values.chunks(PIECE_BYTES / usize::from(T::WIDTH)) {
            bytes.clear();
            T::encode(piece, width, &mut bytes);
            crc = crc32c::crc32c_append(crc, &bytes);
            self.out.write_all(&bytes)?;
            self.at += bytes.len() as u64;
        }
        self.table.insert(number, Entry { width, offset, bytes: self.at - offset, crc });
        Ok(())
    }

    /// Writes the header and makes everything durable.
    pub(super) fn finish(mut self, head: &Head) -> io::Result<File> {
        debug_assert_eq!(self.table.len(), self.sections, "the header has room for as many sections as were announced");
        self.out.flush()?;
        let file = self.out.get_ref();
        file.write_all_at(&header(head, &self.table), 0)?;
        file.sync_all()?;
        self.out.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

fn header(head: &Head, table: &BTreeMap<u32, Entry>) -> Vec<u8> {
    let mut out = Encoder::default();
    out.0.extend_from_slice(&MAGIC);
    out.u32(VERSION);
    out.0.extend_from_slice(head.ledger.as_bytes());
    out.u64(head.size);
    out.0.extend_from_slice(&head.root);
    out.u32(table.len() as u32);
    for (number, entry) in table {
        out.u32(*number);
        out.u32(u32::from(entry.width));
        out.u64(entry.offset);
        out.u64(entry.bytes);
        out.u32(entry.crc);
    }
    let crc = crc32c::crc32c(&out.0);
    out.u32(crc);
    out.0
}

/// Reads sections by their numbers.
#[derive(Debug)]
pub(super) struct Reader {
    file: File,
    path: PathBuf,
    pub(super) head: Head,
    table: BTreeMap<u32, Entry>,
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Self, CacheError> {
        let path = path.to_owned();
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(CacheError::Missing { path }),
            Err(source) => return Err(CacheError::Io { action: "open", path, source }),
        };
        let mut fixed = [0; FIXED_BYTES];
        read_at(&file, &path, &mut fixed, 0)?;
        let damaged = |what: &str| CacheError::Damaged { path: path.clone(), what: what.to_owned() };
        let mut input = Decoder(&fixed);
        if input.array() != Some(MAGIC) {
            return Err(damaged("it does not begin like one"));
        }
        let found = input.u32().unwrap_or_default();
        if found != VERSION {
            return Err(CacheError::Version { path, found, expected: VERSION });
        }
        let head = head_of(&mut input).ok_or_else(|| damaged("its header is too short"))?;
        let sections = input.u32().filter(|sections| *sections <= SECTIONS_MAX);
        let sections = sections.ok_or_else(|| damaged("its table of sections is too long"))? as usize;
        let mut bytes = vec![0; FIXED_BYTES + ENTRY_BYTES * sections + 4];
        read_at(&file, &path, &mut bytes, 0)?;
        let (body, crc) = bytes.split_at(bytes.len() - 4);
        if crc != crc32c::crc32c(body).to_le_bytes() {
            return Err(damaged("the checksum of its header is wrong"));
        }
        let mut input = Decoder(&body[FIXED_BYTES..]);
        let table: Option<BTreeMap<u32, Entry>> = (0..sections).map(|_| entry_of(&mut input)).collect();
        let table = table.ok_or_else(|| damaged("its table of sections is no table"))?;
        Ok(Self { file, path, head, table })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads one section and checks it.
    pub(super) fn section<T: Element>(&self, number: u32) -> Result<Vec<T>, CacheError> {
        let entry = self.table.get(&number).ok_or_else(|| self.damaged(format!("section {number} is missing")))?;
        let length = usize::try_from(entry.bytes).map_err(|_| self.damaged(format!("section {number} is too long")))?;
        let width = usize::from(entry.width);
        if width == 0 || length % width != 0 || width > usize::from(T::WIDTH) {
            return Err(self.damaged(format!("section {number} has a length that no column has")));
        }
        let within = self.file.metadata().is_ok_and(|file| entry.offset.saturating_add(entry.bytes) <= file.len());
        if !within {
            return Err(self.damaged(format!("section {number} lies beyond the end of the file")));
        }
        let mut values = Vec::with_capacity(length / width);
        let mut piece = vec![0; length.min(PIECE_BYTES)];
        let (mut done, mut crc) = (0, 0);
        while done < length {
            let bytes = &mut piece[..(length - done).min(PIECE_BYTES)];
            read_at(&self.file, &self.path, bytes, entry.offset + done as u64)?;
            crc = crc32c::crc32c_append(crc, bytes);
            T::decode(bytes, entry.width, &mut values);
            done += bytes.len();
        }
        if crc != entry.crc {
            return Err(self.damaged(format!("the checksum of section {number} is wrong")));
        }
        Ok(values)
    }

    pub(super) fn damaged(&self, what: String) -> CacheError {
        CacheError::Damaged { path: self.path.clone(), what }
    }
}

fn head_of(input: &mut Decoder<'_>) -> Option<Head> {
    Some(Head { ledger: Uuid::from_bytes(input.array()?), size: input.u64()?, root: input.array()? })
}

fn entry_of(input: &mut Decoder<'_>) -> Option<(u32, Entry)> {
    let number = input.u32()?;
    let width = u8::try_from(input.u32()?).ok()?;
    Some((number, Entry { width, offset: input.u64()?, bytes: input.u64()?, crc: input.u32()? }))
}

fn read_at(file: &File, path: &Path, bytes: &mut [u8], offset: u64) -> Result<(), CacheError> {
    file.read_exact_at(bytes, offset).map_err(|source| match source.kind() {
        io::ErrorKind::UnexpectedEof => {
            CacheError::Damaged { path: path.to_owned(), what: "it ends too early".to_owned() }
        }
        _ => CacheError::Io { action: "read", path: path.to_owned(), source },
    })
}
