//! What only the whole file knows: the numbers of its rows, their lines, and which rows repeat each other.

use recount_ledger::Key;
use rustc_hash::FxHashMap;

use crate::rows::{ContentHash, Parsed};

/// Rows of several lines that are remembered; beyond, messages name the row alone.
const BREAKS_MAX: usize = 1_000_000;

/// Numbers blocks as they come, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Order {
    rows: u64,
    lines: u64,
    seen: FxHashMap<ContentHash, u32>,
    /// Rows and their lines where these do not follow from the row before.
    breaks: Vec<(u64, u64)>,
    too_many_breaks: bool,
}

impl Order {
    pub(crate) fn new(lines_before: u64) -> Self {
        Self { lines: lines_before, breaks: vec![(1, lines_before + 1)], ..Self::default() }
    }

    /// Lines so far.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    /// Turns the numbers within a block into those of the file, and tells equal rows without keys apart.
    pub(crate) fn number(&mut self, parsed: &mut Parsed) {
        for event in &mut parsed.events {
            event.origin.row = event.origin.row.map(|row| row + self.rows);
        }
        for bad in parsed.bad.iter_mut().chain(parsed.fatal.as_mut()) {
            bad.row += self.rows;
            bad.line += self.lines;
        }
        self.remember_breaks(parsed);
        for (index, hash) in &parsed.keyless {
            let ordinal = self.seen.entry(*hash).and_modify(|count| *count += 1).or_insert(0);
            parsed.events[*index].key = Key::Content { ordinal: *ordinal };
        }
        self.rows += parsed.rows;
        self.lines += parsed.lines;
    }

    fn remember_breaks(&mut self, parsed: &Parsed) {
        let within = parsed.breaks.iter().map(|(row, line)| (row + self.rows, line + self.lines));
        for (row, line) in std::iter::once((self.rows + 1, self.lines + 1)).chain(within) {
            if self.expected(row) != line {
                self.too_many_breaks |= self.breaks.len() >= BREAKS_MAX;
                if !self.too_many_breaks {
                    self.breaks.push((row, line));
                }
            }
        }
    }

    fn expected(&self, row: u64) -> u64 {
        let (known_row, known_line) = self.breaks.last().copied().unwrap_or((1, 1));
        known_line + (row - known_row)
    }

    /// The line on which a row begins, where that is still known.
    pub(crate) fn line_of(&self, row: u64) -> Option<u64> {
        let after = self.breaks.partition_point(|(known, _)| *known <= row);
        let (known_row, known_line) = self.breaks.get(after.checked_sub(1)?)?;
        let beyond = self.too_many_breaks && after == self.breaks.len();
        (!beyond).then(|| known_line + (row - known_row))
    }
}
