//! What a block of text comes to: events, and rows that are none.

use recount_ledger::{Event, Key, Recorded};
use sha2::{Digest, Sha256};

use crate::blocks::{Ending, first_record};
use crate::error::FieldError;
use crate::import::ERRORS_MAX;

/// Enough of a hash to tell rows of one file apart.
pub(crate) type ContentHash = [u8; 12];

/// The rows of one block, numbered from its start.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// The events, in the order of their rows.
    pub events: Vec<Event>,
    /// Which of the events have no key, and the hash of what they give.
    pub keyless: Vec<(usize, ContentHash)>,
    /// The records, in the order of their rows, where the file is an export.
    pub copies: Vec<Recorded>,
    /// The rows that are no events.
    pub bad: Vec<BadRow>,
    /// A row that makes the rest of the file unreadable.
    pub fatal: Option<BadRow>,
    /// Rows read.
    pub read: u64,
    /// By how much the number of the next row grows.
    pub rows: u64,
    /// Lines.
    pub lines: u64,
    /// Rows from which on the line is another number of lines away, and their lines.
    pub breaks: Vec<(u64, u64)>,
}

/// What a row says.
pub(crate) enum Row {
    /// An event, to be recorded.
    Event(Event),
    /// A record of another ledger's export, to be taken as it is.
    Copy(Recorded),
}

/// A row that is no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadRow {
    /// The row, from 1.
    pub row: u64,
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: Option<u64>,
    /// The column's name in the file.
    pub column_name: Option<String>,
    /// What is wrong.
    pub error: FieldError,
    /// The text of the row, where a rejects file wants it.
    pub text: Vec<u8>,
}

impl Parsed {
    /// Takes what a row says.
    pub(crate) fn take(&mut self, row: Row) {
        let event = match row {
            Row::Event(event) => event,
            Row::Copy(record) => return self.copies.push(record),
        };
        if matches!(event.key, Key::Content { .. }) {
            self.keyless.push((self.events.len(), content_hash(&event.given())));
        }
        self.events.push(event);
    }

    /// Whether so many rows are bad that nobody will read on, unless all of them are kept: a hostile block has a hundred
    /// thousand, and each of them says at length what is wrong.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.bad.len() >= ERRORS_MAX
    }

    /// Remembers where a row stands if that does not follow from the row before.
    pub(crate) fn stands(&mut self, row: u64, line: u64) {
        let (last_row, last_line) = self.breaks.last().copied().unwrap_or((1, 1));
        if row - last_row != line - last_line {
            self.breaks.push((row, line));
        }
    }
}

fn content_hash(given: &[u8]) -> ContentHash {
    let digest = Sha256::digest(given);
    std::array::from_fn(|index| digest[index])
}

/// One record within a block.
pub(crate) struct Record<'t> {
    /// Its text without the line end.
    pub text: &'t [u8],
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Whether a quote stays open until the end of the block.
    pub open: bool,
}

/// The records of a block that are not blank, and at the end the number of its lines.
pub(crate) struct Records<'t> {
    rest: &'t [u8],
    ending: Ending,
    /// Lines passed.
    pub lines: u64,
}

impl<'t> Records<'t> {
    pub(crate) fn new(block: &'t [u8], ending: Ending) -> Self {
        Self { rest: block, ending, lines: 0 }
    }
}

impl<'t> Iterator for Records<'t> {
    type Item = Record<'t>;

    fn next(&mut self) -> Option<Record<'t>> {
        while !self.rest.is_empty() {
            let found = first_record(self.rest, self.ending);
            let text = &self.rest[..found.content];
            let line = self.lines + 1;
            self.lines += found.lines;
            self.rest = &self.rest[found.end..];
            if !is_blank(text, self.ending) {
                return Some(Record { text, line, open: found.open });
            }
        }
        None
    }
}

/// Whether a record says nothing: spreadsheets end files with rows of delimiters alone.
fn is_blank(record: &[u8], ending: Ending) -> bool {
    let between = match ending {
        Ending::QuotedBy { delimiter } => delimiter,
        Ending::Line => b' ',
    };
    record.iter().all(|byte| *byte == between || byte.is_ascii_whitespace())
}
