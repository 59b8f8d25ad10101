//! Writing the columns: a new file beside the old one, made durable, then put in its place.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use uuid::Uuid;

use super::file::{Head, Writer};
use super::wire::Element;
use super::{CacheError, FILE, Section, lists};
use crate::column::Column;
use crate::projection::Projection;

/// The name of the file while it is written.
const NEW: &str = "columns.new";
/// Sections that every file has; every attribute has four more.
const SECTIONS: usize = 23;

pub(super) fn save(projection: &Projection, directory: &Path, ledger: Uuid) -> Result<(), CacheError> {
    let path = directory.join(FILE);
    let failed = |action| {
        let path = path.clone();
        move |source| CacheError::Io { action, path, source }
    };
    fs::create_dir_all(directory).map_err(failed("make the directory of"))?;
    let new = directory.join(NEW);
    let Some(file) = claim(&new).map_err(failed("begin"))? else {
        return Err(CacheError::Busy { path });
    };
    let written = write(projection, file, ledger).and_then(|_file| fs::rename(&new, &path));
    written.and_then(|()| File::open(directory)?.sync_all()).map_err(failed("write"))
}

/// Takes the file that is to become the cache, also a leftover; none if another process is writing it.
fn claim(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Between open and lock another process may have put this very file in place as the cache: then it is not ours.
        let named = fs::metadata(path).ok().map(|found| found.ino());
        if named == Some(file.metadata()?.ino()) {
            file.set_len(0)?;
            return Ok(Some(file));
        }
    }
}

/// Gives the file back, still locked.
fn write(projection: &Projection, file: File, ledger: Uuid) -> io::Result<File> {
    let attributes = &projection.attributes;
    let mut out = Writer::new(file, SECTIONS + 4 * attributes.len())?;
    out.section(Section::Lists as u32, &lists::encode(projection))?;
    let customers = projection.customers.strings();
    out.section(Section::CustomerBytes as u32, customers.bytes.as_bytes())?;
    out.section(Section::CustomerEnds as u32, &customers.ends)?;
    out.section(Section::NameBytes as u32, projection.spans.names.bytes.as_bytes())?;
    out.section(Section::NameEnds as u32, &projection.spans.names.ends)?;
    spans(projection, &mut out)?;
    let rows = &projection.rows;
    out.section(Section::Effective as u32, &rows.effective)?;
    out.section(Section::Position as u32, &rows.position)?;
    out.section(Section::Booked as u32, &rows.booked)?;
    out.section(Section::Amount as u32, &rows.amount)?;
    out.section(Section::Kind as u32, &rows.kind)?;
    column(&mut out, Section::Currency as u32, &rows.currency)?;
    column(&mut out, Section::Before as u32, &rows.before)?;
    column(&mut out, Section::Zone as u32, &rows.zone)?;
    out.section(Section::Bookings as u32, projection.bookings.values())?;
    out.section(Section::Identities as u32, &projection.identities)?;
    out.section(Section::Contradictions as u32, &projection.summary.contradictions)?;
    for (first, attribute) in (Section::Attributes as u32..).step_by(4).zip(attributes) {
        let values = attribute.values.strings();
        out.section(first, values.bytes.as_bytes())?;
        out.section(first + 1, &values.ends)?;
        column(&mut out, first + 2, &attribute.codes)?;
    }
    out.finish(&Head { ledger, size: projection.size, root: projection.root })
}

/// All rows were just placed: slots follow each other without gaps, so counts say everything.
fn spans(projection: &Projection, out: &mut Writer) -> io::Result<()> {
    let spans = &projection.spans;
    let slots = || spans.live.iter().zip(&spans.end);
    let rows: Vec<u32> = slots().map(|([start, _], end)| end - start).collect();
    let voided: Vec<u32> = slots().map(|([_, live], end)| end - live).collect();
    // A customer's count as it is written: twice the slots, one more where the last of them holds profiles.
    let counts: Vec<u32> = spans.count.iter().map(|count| count.rotate_left(1)).collect();
    out.section(Section::SlotsOfCustomer as u32, &counts)?;
    out.section(Section::RowsOfSlot as u32, &rows)?;
    out.section(Section::VoidedOfSlot as u32, &voided)?;
    out.section(Section::NameOfSlot as u32, &spans.name)
}

/// A column as two sections: its values, and the rows that have one. A uniform one is a value and a count; a dense one
/// has no rows.
fn column<T: Element>(out: &mut Writer, number: u32, column: &Column<T>) -> io::Result<()> {
    match column {
        Column::Uniform(value, rows) => {
            out.section(number, &[*value])?;
            out.section(number + 1, &[UNIFORM, *rows])
        }
        Column::Dense(values) => {
            out.section(number, values)?;
            out.section(number + 1, &[DENSE])
        }
        Column::Sparse(rows, values) => {
            out.section(number, values)?;
            let marked: Vec<u32> = std::iter::once(SPARSE).chain(rows.iter().copied()).collect();
            out.section(number + 1, &marked)
        }
    }
}

/// The forms of a column, before its rows.
pub(super) const UNIFORM: u32 = 0;
pub(super) const DENSE: u32 = 1;
pub(super) const SPARSE: u32 = 2;
