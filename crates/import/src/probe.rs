//! A door for the fuzz targets of `tests/fuzz`: a whole file through the reader, without a ledger behind it. No part of the
//! interface: nothing else may use it, and it changes without notice.

use std::io::Cursor;
use std::path::Path;

use recount_ledger::Event;

use crate::draft::Drafter;
use crate::error::ImportError;
use crate::format::Compression;
use crate::input::{Input, Opened};
use crate::options::Options;
use crate::order::Order;
use crate::progress::Progress;
use crate::rows::BadRow;
use crate::source::{Source, unreadable};

/// What reading a file comes to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Rows read.
    pub read: u64,
    /// The good ones.
    pub events: Vec<Event>,
    /// Of the bad ones the line, and what is wrong.
    pub bad: Vec<(u64, String)>,
}

/// Reads bytes as the file of this name, on this thread alone.
pub fn read(bytes: &[u8], name: &str, options: &Options) -> Result<Outcome, ImportError> {
    let input = Input::named(name);
    let raw = Box::new(Cursor::new(bytes.to_vec()));
    let opened = Opened::of(raw, Compression::of_path(Path::new(name)), &Progress::default(), None)
        .map_err(|error| ImportError::Read { file: name.to_owned(), error })?;
    let Source { mut blocks, dialect, rules, .. } = Source::of(opened, &input, options)?;
    let mut order = Order::new(dialect.lines_before());
    let mut drafter = Drafter::new(&rules);
    let mut outcome = Outcome::default();
    loop {
        let block = blocks.next_block().map_err(|error| unreadable(&input, order.lines(), error))?;
        let Some(block) = block else { return Ok(outcome) };
        let mut parsed = dialect.parse(&block, &mut drafter, true);
        order.number(&mut parsed);
        outcome.read += parsed.read;
        outcome.events.append(&mut parsed.events);
        outcome.events.extend(parsed.copies.into_iter().map(|record| record.event));
        let told = |bad: BadRow| (bad.line, bad.error.reason());
        outcome.bad.extend(parsed.bad.into_iter().map(told));
        if let Some(fatal) = parsed.fatal {
            outcome.bad.push(told(fatal));
            return Ok(outcome);
        }
    }
}
