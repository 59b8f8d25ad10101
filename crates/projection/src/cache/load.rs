//! Reading the columns back, and checking that they can be what was written.

use std::path::Path;

use rayon::join;
use uuid::Uuid;

use super::file::Reader;
use super::save::{DENSE, SPARSE, UNIFORM};
use super::wire::Element;
use super::{CacheError, FILE, Section, lists};
use crate::bookings::Bookings;
use crate::column::Column;
use crate::projection::Projection;
use crate::registers::Registers;
use crate::rows::Rows;
use crate::spans::Spans;
use crate::strings::{Interner, Strings};

pub(super) fn load(directory: &Path, ledger: Uuid, size: u64) -> Result<Projection, CacheError> {
    read(&open(directory, ledger, size)?)
}

pub(super) fn registers(directory: &Path, ledger: Uuid, size: u64) -> Result<Registers, CacheError> {
    let file = open(directory, ledger, size)?;
    let mut lists = Projection { size: file.head.size, root: file.head.root, ..Projection::empty() };
    lists::decode(&file.section(Section::Lists as u32)?, &mut lists)
        .ok_or_else(|| file.damaged("its lists are none".to_owned()))?;
    Ok(Registers::of(&lists))
}

/// The file, if it is this ledger's and holds no more than its records.
fn open(directory: &Path, ledger: Uuid, size: u64) -> Result<Reader, CacheError> {
    let file = Reader::open(&directory.join(FILE))?;
    let path = || file.path().to_owned();
    if file.head.ledger != ledger {
        return Err(CacheError::Foreign { path: path(), found: file.head.ledger });
    }
    if file.head.size > size {
        return Err(CacheError::Newer { path: path(), found: file.head.size, size });
    }
    Ok(file)
}

/// The largest columns on two sides, so that two cores read.
fn read(file: &Reader) -> Result<Projection, CacheError> {
    let (rows, rest) = join(|| rows(file), || rest(file));
    let (mut projection, rows) = (rest?, rows?);
    let wide = std::mem::take(&mut projection.rows.wide);
    projection.rows = Rows { wide, ..rows };
    check(&projection).map_err(|what| file.damaged(what.to_owned()))?;
    Ok(projection)
}

fn rows(file: &Reader) -> Result<Rows, CacheError> {
    let (left, right) = join(
        || Ok((file.section(Section::Effective as u32)?, file.section(Section::Position as u32)?)),
        || Ok((file.section(Section::Amount as u32)?, file.section(Section::Booked as u32)?)),
    );
    let ((effective, position), (amount, booked)) = (left?, right?);
    Ok(Rows {
        effective,
        position,
        booked,
        amount,
        kind: file.section(Section::Kind as u32)?,
        currency: column(file, Section::Currency as u32)?,
        before: column(file, Section::Before as u32)?,
        zone: column(file, Section::Zone as u32)?,
        wide: Vec::new(),
    })
}

fn rest(file: &Reader) -> Result<Projection, CacheError> {
    let mut projection =
        Projection { size: file.head.size, root: file.head.root, settled: true, ..Projection::empty() };
    let damaged = |what: &str| file.damaged(what.to_owned());
    lists::decode(&file.section(Section::Lists as u32)?, &mut projection)
        .ok_or_else(|| damaged("its lists are none"))?;
    projection.customers = Interner::of(strings(file, Section::CustomerBytes as u32, Section::CustomerEnds as u32)?);
    projection.bookings = Bookings::of_ranked(file.section(Section::Bookings as u32)?);
    projection.identities = file.section(Section::Identities as u32)?;
    projection.summary.contradictions = file.section(Section::Contradictions as u32)?;
    projection.spans =
        spans(file).and_then(|spans| spans.ok_or_else(|| damaged("its counts of rows do not add up")))?;
    for (first, attribute) in (Section::Attributes as u32..).step_by(4).zip(&mut projection.attributes) {
        attribute.values = Interner::of(strings(file, first, first + 1)?);
        attribute.codes = column(file, first + 2)?;
    }
    Ok(projection)
}

fn strings(file: &Reader, bytes: u32, ends: u32) -> Result<Strings, CacheError> {
    let text = String::from_utf8(file.section(bytes)?).map_err(|_| file.damaged("an id is not UTF-8".to_owned()))?;
    let ends: Vec<u32> = file.section(ends)?;
    let whole = ends.is_sorted()
        && ends.last().map_or(0, |end| *end as usize) == text.len()
        && ends.iter().all(|end| text.is_char_boundary(*end as usize));
    if whole { Ok(Strings { bytes: text, ends }) } else { Err(file.damaged("its ids do not add up".to_owned())) }
}

fn column<T: Element>(file: &Reader, number: u32) -> Result<Column<T>, CacheError> {
    let (values, mut rows): (Vec<T>, Vec<u32>) = (file.section(number)?, file.section(number + 1)?);
    let form = rows.first().copied();
    match form {
        Some(UNIFORM) if rows.len() == 2 && values.len() == 1 => Ok(Column::Uniform(values[0], rows[1])),
        Some(DENSE) => Ok(Column::Dense(values)),
        Some(SPARSE) if rows.len() == values.len() + 1 && rows[1..].is_sorted() => {
            rows.remove(0);
            Ok(Column::Sparse(rows, values))
        }
        _ => Err(file.damaged(format!("section {number} is no column"))),
    }
}

/// None if the counts do not add up.
fn spans(file: &Reader) -> Result<Option<Spans>, CacheError> {
    let counts: Vec<u32> = file.section(Section::SlotsOfCustomer as u32)?;
    let rows: Vec<u32> = file.section(Section::RowsOfSlot as u32)?;
    let voided: Vec<u32> = file.section(Section::VoidedOfSlot as u32)?;
    let name: Vec<u32> = file.section(Section::NameOfSlot as u32)?;
    let names = strings(file, Section::NameBytes as u32, Section::NameEnds as u32)?;
    Ok(Spans::of_counts(&counts, &rows, &voided, name, names))
}

/// What later steps rely on without looking. Values within sections are guarded by checksums.
fn check(projection: &Projection) -> Result<(), &'static str> {
    let rows = &projection.rows;
    let length = rows.effective.len();
    let even = [rows.position.len(), rows.booked.len(), rows.amount.len(), rows.kind.len()];
    let ends = projection.spans.end.last().map_or(0, |end| *end as usize);
    if even != [length; 4] || ends != length {
        return Err("its columns are of different lengths");
    }
    if projection.spans.first.len() != projection.customers.len() as usize {
        return Err("its customers do not add up");
    }
    if projection.identities.len() as u64 != projection.size {
        return Err("its identities do not add up");
    }
    Ok(())
}
