//! The columns of attributes: how many each row has, their names, and one column of values for each name.

use rustc_hash::FxHashMap;

use super::arena::{ArenaBuilder, Span};
use super::blocks::{BlockReader, BlockWriter};
use super::ints;
use super::texts;
use crate::codec::error::DecodeError;

/// A row with more attributes is kept whole, so that the texts of a frame stay bounded.
pub(super) const ROW_ATTRIBUTES_MAX: usize = 32;
/// More distinct names than this in one frame are values in disguise: all rows with attributes are then kept whole.
pub(super) const NAMES_MAX: usize = 64;

/// The attributes of all rows, as read.
pub(super) struct Attributes {
    ends: Vec<u32>,
    pairs: Vec<(Span, Span)>,
}

impl Attributes {
    pub(super) fn of(&self, row: usize) -> &[(Span, Span)] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.pairs[start as usize..self.ends[row] as usize]
    }

    pub(super) fn spans(&self) -> impl Iterator<Item = Span> {
        self.pairs.iter().flat_map(|(name, value)| [*name, *value])
    }
}

/// Writes the attributes of rows, which have at most [`NAMES_MAX`] names among them.
pub(super) fn write(rows: &[&[(&str, &str)]], out: &mut BlockWriter) {
    ints::write_narrow(&rows.iter().map(|pairs| pairs.len() as i64).collect::<Vec<_>>(), out);
    let mut numbers: FxHashMap<&str, usize> = FxHashMap::default();
    let (mut names, mut columns, mut indexes) = (Vec::new(), Vec::<Vec<&str>>::new(), Vec::new());
    for (name, value) in rows.iter().copied().flatten() {
        let index = *numbers.entry(name).or_insert_with(|| {
            names.push(*name);
            columns.push(Vec::new());
            columns.len() - 1
        });
        indexes.push(index as i64);
        columns[index].push(value);
    }
    out.put(names.len() as u64);
    texts::write(&names, out);
    ints::write_narrow(&indexes, out);
    columns.iter().for_each(|values| texts::write(values, out));
}

/// Reads the attributes of `rows` rows.
pub(super) fn read(
    rows: usize,
    arena: &mut ArenaBuilder,
    from: &mut BlockReader<'_>,
) -> Result<Attributes, DecodeError> {
    let counts = ints::read_small(rows, ROW_ATTRIBUTES_MAX, from)?;
    let mut total = 0;
    let ends: Vec<u32> = counts
        .iter(rows)
        .map(|count| {
            total += count;
            total as u32
        })
        .collect();
    let name_count = from.numbers.length(NAMES_MAX)?;
    let names = texts::read(name_count, arena, from)?;
    if total > 0 && name_count == 0 {
        return Err(from.numbers.malformed("attributes have no names"));
    }
    let indexes = ints::read_small(total, name_count.saturating_sub(1), from)?;
    let mut sizes = vec![0; name_count];
    indexes.iter(total).for_each(|index| sizes[index] += 1);
    let mut columns = Vec::with_capacity(name_count);
    for size in sizes {
        columns.push((0, texts::read(size, arena, from)?));
    }
    let next = |index: usize| {
        let (row, values) = &mut columns[index];
        *row += 1;
        (names.at(index), values.at(*row - 1))
    };
    let pairs = indexes.iter(total).map(next).collect();
    Ok(Attributes { ends, pairs })
}
