//! A text cut into blocks of whole records, so that they can be parsed on several cores.

use std::io::Read;

use memchr::{memchr, memrchr};

use crate::encoding::read_some;

/// The longest record, in bytes of UTF-8.
pub(crate) const RECORD_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How much text a block holds: some thousand rows.
const BLOCK_BYTES: usize = 384 * 1024;
const READ_BYTES: usize = 128 * 1024;

/// Where records end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// At every line end.
    Line,
    /// At a line end outside quotes; a quote opens only where a field begins.
    QuotedBy {
        /// What stands between fields.
        delimiter: u8,
    },
}

/// Why there is no next block.
#[derive(Debug)]
pub(crate) enum BlockError {
    Io(std::io::Error),
    /// A record that began after so many lines of blocks has no end within [`RECORD_BYTES_MAX`].
    Endless,
}

/// Reads blocks of whole records. The last block holds whatever the text ends with.
pub(crate) struct Blocks<R> {
    reader: R,
    ending: Ending,
    text: Vec<u8>,
    scan: Scan,
    ended: bool,
}

impl<R: Read> Blocks<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, ending: Ending::Line, text: Vec::new(), scan: Scan::default(), ended: false }
    }

    /// Chooses where records end, before the first block is taken.
    pub(crate) fn end_records(&mut self, ending: Ending) {
        self.ending = ending;
        self.scan = Scan::default();
    }

    /// The text that comes next, at least a block of it unless it ends before.
    pub(crate) fn peek(&mut self) -> Result<&[u8], BlockError> {
        self.fill(BLOCK_BYTES.max(RECORD_BYTES_MAX)).map_err(BlockError::Io)?;
        Ok(&self.text)
    }

    /// Passes over the first bytes of the text.
    pub(crate) fn skip(&mut self, bytes: usize) -> Result<(), BlockError> {
        self.fill(bytes).map_err(BlockError::Io)?;
        self.text.drain(..bytes.min(self.text.len()));
        Ok(())
    }

    fn fill(&mut self, atleast: usize) -> std::io::Result<()> {
        while self.text.len() < atleast && !self.ended {
            let before = self.text.len();
            self.text.resize(before + READ_BYTES, 0);
            let got = read_some(&mut self.reader, &mut self.text[before..])?;
            self.text.truncate(before + got);
            self.ended = got == 0;
        }
        Ok(())
    }

    /// The next block; none at the end of the text.
    pub(crate) fn next_block(&mut self) -> Result<Option<Vec<u8>>, BlockError> {
        let mut wanted = BLOCK_BYTES;
        loop {
            self.fill(wanted).map_err(BlockError::Io)?;
            if self.ended && self.text.len() <= BLOCK_BYTES {
                let last = std::mem::take(&mut self.text);
                self.scan = Scan::default();
                return Ok(Some(last).filter(|text| !text.is_empty()));
            }
            self.scan.advance(&self.text, self.ending, self.ended);
            if self.scan.whole > 0 {
                let rest = self.text.split_off(self.scan.whole);
                self.scan = Scan::default();
                return Ok(Some(std::mem::replace(&mut self.text, rest)));
            }
            if self.ended && self.text.len() <= RECORD_BYTES_MAX {
                return Ok(Some(std::mem::take(&mut self.text)));
            }
            if self.text.len() > RECORD_BYTES_MAX {
                return Err(BlockError::Endless);
            }
            wanted = self.text.len() + READ_BYTES;
        }
    }
}

/// How far a text was looked through for the ends of records.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scan {
    /// Everything before is whole records.
    pub whole: usize,
    at: usize,
    quoted: bool,
}

impl Scan {
    /// Looks on from where it stopped.
    pub(crate) fn advance(&mut self, text: &[u8], ending: Ending, ended: bool) {
        let Ending::QuotedBy { delimiter } = ending else {
            self.look_for_end(text, text.len());
            return;
        };
        while self.at < text.len() {
            let Some(quote) = memchr(b'"', &text[self.at..]).map(|found| self.at + found) else {
                if self.quoted {
                    self.at = text.len()
                } else {
                    self.look_for_end(text, text.len())
                }
                return;
            };
            if !self.quoted {
                self.look_for_end(text, quote);
                self.quoted = opens(text, quote, delimiter);
                self.at = quote + 1;
            } else if text.get(quote + 1) == Some(&b'"') {
                self.at = quote + 2;
            } else if quote + 1 == text.len() && !ended {
                // Whether it closes or is doubled shows in what is read next.
                self.at = quote;
                return;
            } else {
                self.quoted = false;
                self.at = quote + 1;
            }
        }
    }

    fn look_for_end(&mut self, text: &[u8], until: usize) {
        if let Some(end) = memrchr(b'\n', &text[self.at..until]) {
            self.whole = self.at + end + 1;
        }
        self.at = until;
    }
}

/// Whether a quote stands where a field begins.
pub(crate) fn opens(text: &[u8], quote: usize, delimiter: u8) -> bool {
    quote == 0 || text[quote - 1] == delimiter || text[quote - 1] == b'\n'
}

/// The first record of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FirstRecord {
    /// Where its content ends.
    pub content: usize,
    /// Where the next record begins.
    pub end: usize,
    /// Lines that it takes.
    pub lines: u64,
    /// Whether a quote stays open until the end of the text.
    pub open: bool,
}

/// Finds the end of the first record.
pub(crate) fn first_record(text: &[u8], ending: Ending) -> FirstRecord {
    let line = memchr(b'\n', text).map_or(text.len(), |end| end + 1);
    let (end, open) = match ending {
        Ending::QuotedBy { delimiter } if memchr(b'"', &text[..line]).is_some() => quoted_record(text, delimiter),
        _ => (line, false),
    };
    let content = text[..end].strip_suffix(b"\n").unwrap_or(&text[..end]);
    let content = content.strip_suffix(b"\r").unwrap_or(content).len();
    let lines = if end == line { 1 } else { 1 + memchr::memchr_iter(b'\n', &text[..content]).count() as u64 };
    FirstRecord { content, end, lines, open }
}

fn quoted_record(text: &[u8], delimiter: u8) -> (usize, bool) {
    let (mut at, mut quoted) = (0, false);
    loop {
        let quote = memchr(b'"', &text[at..]).map(|found| at + found);
        if !quoted && let Some(end) = memchr(b'\n', &text[at..quote.unwrap_or(text.len())]) {
            return (at + end + 1, false);
        }
        let Some(quote) = quote else { return (text.len(), quoted) };
        if !quoted {
            quoted = opens(text, quote, delimiter);
        } else if text.get(quote + 1) == Some(&b'"') {
            at = quote + 2;
            continue;
        } else {
            quoted = false;
        }
        at = quote + 1;
    }
}
