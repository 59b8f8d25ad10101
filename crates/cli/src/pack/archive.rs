//! The ZIP file: fixed names in a fixed order without times, so that equal packs are equal bytes; and reading one that
//! anybody may have made.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::{ABOUT, CHECKPOINT, DEFINITION, DOCUMENT, README, RECORDS, REPORT, SCHEDULE, bad};
use crate::error::{CommandError, ErrorKind};

/// The largest file that is read.
pub const PACK_BYTES_MAX: usize = 1 << 30;
/// The longest text beside records and schedule.
const TEXT_BYTES_MAX: usize = 16 << 20;
/// The longest schedule.
const SCHEDULE_BYTES_MAX: usize = 256 << 20;
/// The most that all records may take.
const RECORDS_BYTES_MAX: usize = 1 << 30;

/// The entries, in their order, with the most bytes that each may have once it is unpacked.
const ENTRIES: [(&str, usize); 8] = [
    (README, TEXT_BYTES_MAX),
    (ABOUT, TEXT_BYTES_MAX),
    (REPORT, TEXT_BYTES_MAX),
    (DEFINITION, TEXT_BYTES_MAX),
    (DOCUMENT, TEXT_BYTES_MAX),
    (SCHEDULE, SCHEDULE_BYTES_MAX),
    (RECORDS, RECORDS_BYTES_MAX),
    (CHECKPOINT, TEXT_BYTES_MAX),
];

/// What a ZIP file ends with where it has no comment: 22 bytes that begin so, the count of entries among them.
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;

/// The entries of a pack, unpacked.
#[derive(Clone, Debug, Default)]
pub struct Pack([Vec<u8>; ENTRIES.len()]);

impl Pack {
    /// An entry by its name.
    pub fn entry(&self, name: &str) -> &[u8] {
        &self.0[place(name).expect("entries are asked for by the names of ENTRIES")]
    }

    /// Sets an entry.
    pub fn set(&mut self, name: &str, text: String) {
        self.0[place(name).expect("entries are set by the names of ENTRIES")] = text.into_bytes();
    }

    /// Names and bytes, in order.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        ENTRIES.iter().zip(&self.0).map(|((name, _), bytes)| (*name, bytes.as_slice()))
    }

    /// The file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CommandError> {
        for ((name, most), bytes) in ENTRIES.iter().zip(&self.0) {
            if bytes.len() > *most {
                let message = format!("{name} would have {} bytes, and a pack holds {most} of it at most", bytes.len());
                let error = CommandError::new(ErrorKind::Usage, "too_large", message);
                return Err(error.hint("hand over a backup instead (`recount backup`): it can be verified alike"));
            }
        }
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let written = self.entries().try_for_each(|(name, bytes)| {
            writer.start_file(name, options)?;
            Ok::<(), zip::result::ZipError>(writer.write_all(bytes)?)
        });
        written.expect("memory takes every byte, and names and sizes are those of ENTRIES");
        Ok(writer.finish().expect("memory takes every byte").into_inner())
    }

    /// Reads a file; nothing of it is believed. Every entry once, no other, none longer than it may be.
    pub fn read(bytes: &[u8]) -> Result<Self, CommandError> {
        let end = bytes.len().checked_sub(END_BYTES).map(|at| &bytes[at..]).filter(|end| end.starts_with(END));
        let end = end.ok_or_else(|| bad("it does not end as a ZIP file without comment ends"))?;
        let counted = usize::from(u16::from_le_bytes([end[10], end[11]]));
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(bad)?;
        let mut pack = Self::default();
        let mut found = [false; ENTRIES.len()];
        for index in 0..archive.len() {
            let file = archive.by_index(index).map_err(bad)?;
            let name = file.name().map_err(bad)?.into_owned();
            let shown: String = name.chars().take(64).collect();
            let place = place(&name).ok_or_else(|| bad(format!("it holds {shown:?}, which is none of its entries")))?;
            if std::mem::replace(&mut found[place], true) {
                return Err(bad(format!("it holds {name:?} twice")));
            }
            let most = ENTRIES[place].1;
            let read = file.take(most as u64 + 1).read_to_end(&mut pack.0[place]);
            read.map_err(|error| bad(format!("{name}: {error}")))?;
            if pack.0[place].len() > most {
                return Err(bad(format!("{name} has more than the {most} bytes that it may have")));
            }
        }
        if let Some(missing) = found.iter().position(|found| !found) {
            return Err(bad(format!("{} is missing", ENTRIES[missing].0)));
        }
        // Names that stand twice are one to the archive's reader.
        if counted != ENTRIES.len() {
            return Err(bad(format!("it lists {counted} entries, a pack has {}; one stands twice", ENTRIES.len())));
        }
        Ok(pack)
    }
}

fn place(name: &str) -> Option<usize> {
    ENTRIES.iter().position(|(known, _)| *known == name)
}
