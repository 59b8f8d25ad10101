//! Columns of texts: numbered, from a dictionary, or each by what it shares with the one before.

use rustc_hash::FxHashMap;

use super::arena::{ArenaBuilder, Span};
use super::blocks::{BlockReader, BlockWriter};
use super::ints::{self, Small};
use crate::codec::error::DecodeError;
use crate::validate::TEXT_BYTES_MAX;

const NUMBERED: u8 = 0;
const DICTIONARY: u8 = 1;
const FRONT_CODED: u8 = 2;
/// Below 2^60, so that the numbers make a narrow column.
const NUMBER_DIGITS_MAX: usize = 17;
/// After so many rows a dictionary must have shown that it pays.
const DICTIONARY_TRIAL: usize = 256;

/// A column of texts as read.
pub(super) enum Texts {
    Same(Span),
    Each(Vec<Span>),
}

impl Texts {
    pub(super) fn at(&self, index: usize) -> Span {
        match self {
            Self::Same(span) => *span,
            Self::Each(spans) => spans[index],
        }
    }

    pub(super) fn spans(&self) -> &[Span] {
        match self {
            Self::Same(span) => std::slice::from_ref(span),
            Self::Each(spans) => spans,
        }
    }
}

/// Writes a column. Of no values, nothing is written.
pub(super) fn write(values: &[&str], out: &mut BlockWriter) {
    if values.is_empty() {
        return;
    }
    let Some((entries, indexes)) = dictionary(values) else { return write_list(values, out) };
    out.put(u64::from(DICTIONARY));
    out.put(entries.len() as u64);
    write_list(&entries, out);
    ints::write_narrow(&indexes, out);
}

/// The distinct values in the order they appear, and where each row finds its own; none where a dictionary does not pay.
fn dictionary<'a>(values: &[&'a str]) -> Option<(Vec<&'a str>, Vec<i64>)> {
    let mut numbers: FxHashMap<&str, i64> = FxHashMap::default();
    let (mut entries, mut indexes) = (Vec::new(), Vec::with_capacity(values.len()));
    for (row, value) in values.iter().enumerate() {
        let repeats = row > 0 && values[row - 1] == *value;
        let index = if repeats {
            indexes[row - 1]
        } else {
            *numbers.entry(value).or_insert_with(|| {
                entries.push(*value);
                entries.len() as i64 - 1
            })
        };
        indexes.push(index);
        if row == DICTIONARY_TRIAL && entries.len() > DICTIONARY_TRIAL / 2 {
            return None;
        }
    }
    (entries.len() * 2 <= values.len()).then_some((entries, indexes))
}

fn write_list(values: &[&str], out: &mut BlockWriter) {
    match numbered(values) {
        Some(numbered) => numbered.write(out),
        None => write_front_coded(values, out),
    }
}

/// Texts of one prefix and a decimal number: most systems number their ids.
struct Numbered<'a> {
    prefix: &'a str,
    /// Digits of every number; 0 where there are no leading zeros.
    width: usize,
    numbers: Vec<i64>,
}

fn numbered<'a>(values: &[&'a str]) -> Option<Numbered<'a>> {
    let first = values.first()?;
    let prefix = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let width = first.len() - prefix.len();
    let tails = values.iter().map(|value| value.strip_prefix(prefix));
    let fixed = values.iter().all(|value| value.len() == first.len());
    let numbers: Option<Vec<i64>> = tails.map(|tail| number(tail?, fixed)).collect();
    Some(Numbered { prefix, width: if fixed { width } else { 0 }, numbers: numbers? })
}

fn number(digits: &str, fixed: bool) -> Option<i64> {
    let plain = !digits.is_empty() && digits.len() <= NUMBER_DIGITS_MAX && digits.bytes().all(|b| b.is_ascii_digit());
    let written_once = fixed || digits == "0" || !digits.starts_with('0');
    if plain && written_once { digits.parse().ok() } else { None }
}

impl Numbered<'_> {
    fn write(&self, out: &mut BlockWriter) {
        out.put(u64::from(NUMBERED));
        out.put(self.prefix.len() as u64);
        out.put(self.width as u64);
        out.numbers.extend_from_slice(self.prefix.as_bytes());
        ints::write_narrow(&self.numbers, out);
    }
}

fn write_front_coded(values: &[&str], out: &mut BlockWriter) {
    let (mut shared, mut lengths) = (Vec::with_capacity(values.len()), Vec::with_capacity(values.len()));
    let mut before = "";
    for value in values {
        let mut same = before.bytes().zip(value.bytes()).take_while(|(a, b)| a == b).count();
        while !value.is_char_boundary(same) {
            same -= 1;
        }
        shared.push(same as i64);
        lengths.push((value.len() - same) as i64);
        before = value;
    }
    out.put(u64::from(FRONT_CODED));
    ints::write_narrow(&shared, out);
    ints::write_narrow(&lengths, out);
    let own = values.iter().zip(&shared).map(|(value, same)| &value.as_bytes()[*same as usize..]);
    out.block(|bytes| own.for_each(|letters| bytes.extend_from_slice(letters)));
}

/// Reads a column of `count` texts into the arena.
pub(super) fn read(count: usize, arena: &mut ArenaBuilder, from: &mut BlockReader<'_>) -> Result<Texts, DecodeError> {
    if count == 0 {
        return Ok(Texts::Each(Vec::new()));
    }
    match from.numbers.byte()? {
        NUMBERED => read_numbered(count, arena, from),
        FRONT_CODED => read_front_coded(count, arena, from),
        DICTIONARY => {
            let entries = from.numbers.length(count)?;
            let listed = match from.numbers.byte()? {
                NUMBERED if entries > 0 => read_numbered(entries, arena, from)?,
                FRONT_CODED if entries > 0 => read_front_coded(entries, arena, from)?,
                _ => return Err(from.numbers.malformed("a dictionary has an unknown form")),
            };
            match ints::read_small(count, entries - 1, from)? {
                Small::Same(index) => Ok(Texts::Same(listed.at(index))),
                Small::Each(indexes) => Ok(Texts::Each(indexes.iter().map(|i| listed.at(*i as usize)).collect())),
            }
        }
        _ => Err(from.numbers.malformed("a text column has an unknown form")),
    }
}

fn read_numbered(count: usize, arena: &mut ArenaBuilder, from: &mut BlockReader<'_>) -> Result<Texts, DecodeError> {
    let (prefix, width) = (from.numbers.length(TEXT_BYTES_MAX)?, from.numbers.length(NUMBER_DIGITS_MAX)?);
    let prefix = from.numbers.take(prefix)?;
    let numbers = ints::read(count, from)?;
    if !numbers.all(|number| (0..10i128.pow(NUMBER_DIGITS_MAX as u32)).contains(&number)) {
        return Err(from.numbers.malformed("a number within a text is out of range"));
    }
    let mut text = |number: i128| {
        let start = arena.begin();
        arena.push(prefix);
        arena.digits(number as u64, width);
        arena.end(start)
    };
    match numbers {
        ints::Ints::Same(number) => Ok(Texts::Same(text(i128::from(number))?)),
        _ => Ok(Texts::Each((0..count).map(|row| text(numbers.at(row))).collect::<Result<_, _>>()?)),
    }
}

fn read_front_coded(count: usize, arena: &mut ArenaBuilder, from: &mut BlockReader<'_>) -> Result<Texts, DecodeError> {
    let shared = ints::read_small(count, TEXT_BYTES_MAX, from)?;
    let lengths = ints::read_small(count, TEXT_BYTES_MAX, from)?;
    let mut letters = from.block()?;
    let mut spans = Vec::with_capacity(count);
    let mut before = Span::default();
    for (shared, length) in shared.iter(count).zip(lengths.iter(count)) {
        let Some((own, rest)) = letters.split_at_checked(length) else {
            return Err(from.numbers.malformed("a text is longer than its letters"));
        };
        if shared > before.len as usize || shared + length > TEXT_BYTES_MAX {
            return Err(from.numbers.malformed("a text shares more than the one before it has"));
        }
        let start = arena.begin();
        arena.repeat(Span { start: before.start, len: shared as u32 });
        arena.push(own);
        before = arena.end(start)?;
        spans.push(before);
        letters = rest;
    }
    if letters.is_empty() { Ok(Texts::Each(spans)) } else { Err(from.numbers.malformed("letters are left over")) }
}
