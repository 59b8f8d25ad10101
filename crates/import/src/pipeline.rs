//! Blocks of text through parsers on several cores, and back into the order of the file.

use std::io::Read;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::blocks::{BlockError, Blocks, Ending};
use crate::csv::{self, Header};
use crate::draft::Drafter;
use crate::jsonl;
use crate::names::ColumnNames;
use crate::row::Rules;
use crate::rows::Parsed;

/// More parsers than this would wait for the ledger.
const PARSERS_MAX: usize = 4;
/// Blocks that wait before and after each parser; they bound the memory of an import.
const WAITING: usize = 1;

/// How the rows of a file are written, as its beginning told.
#[derive(Clone, Debug)]
pub(crate) enum Dialect {
    Csv(Header),
    JsonLines(ColumnNames),
}

impl Dialect {
    pub(crate) fn ending(&self) -> Ending {
        match self {
            Self::Csv(header) => Ending::QuotedBy { delimiter: header.delimiter },
            Self::JsonLines(_) => Ending::Line,
        }
    }

    /// Lines before the first row.
    pub(crate) fn lines_before(&self) -> u64 {
        match self {
            Self::Csv(header) => header.lines,
            Self::JsonLines(_) => 0,
        }
    }

    pub(crate) fn parse(&self, block: &[u8], drafter: &mut Drafter<'_>, keep_text: bool) -> Parsed {
        match self {
            Self::Csv(header) => csv::parse_block(block, header, drafter, keep_text),
            Self::JsonLines(names) => jsonl::parse_block(block, names, drafter, keep_text),
        }
    }
}

/// What the parsers work by.
#[derive(Clone, Copy)]
pub(crate) struct Plan<'p> {
    pub dialect: &'p Dialect,
    pub rules: &'p Rules,
    /// Whether bad rows keep their text.
    pub keep_text: bool,
}

/// Parses all blocks and gives them to `take` in the order of the file, until that fails.
///
/// Blocks go to the parsers in turn and are taken from them in turn, so that the order needs no sorting and nothing
/// piles up behind a slow block.
pub(crate) fn run<R: Read + Send, E>(
    blocks: Blocks<R>,
    plan: Plan<'_>,
    mut take: impl FnMut(Parsed) -> Result<(), E>,
) -> Result<Result<(), BlockError>, E> {
    let parsers = thread::available_parallelism().map_or(1, NonZero::get).min(PARSERS_MAX);
    thread::scope(|scope| {
        let (mut to, mut from) = (Vec::new(), Vec::new());
        for _ in 0..parsers {
            let (text_to, text_from) = sync_channel(WAITING);
            let (rows_to, rows_from) = sync_channel(WAITING);
            scope.spawn(move || parse_all(plan, &text_from, &rows_to));
            to.push(text_to);
            from.push(rows_from);
        }
        let cutter = scope.spawn(move || cut(blocks, &to));
        let taken = from.iter().cycle().map_while(|rows| rows.recv().ok()).try_for_each(&mut take);
        // Whoever still works on what nobody will take finds the channel closed, and ends.
        drop(from);
        let cut = cutter.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        taken.map(|()| cut)
    })
}

fn cut<R: Read>(mut blocks: Blocks<R>, to: &[SyncSender<Vec<u8>>]) -> Result<(), BlockError> {
    for parser in to.iter().cycle() {
        let Some(block) = blocks.next_block()? else { break };
        if parser.send(block).is_err() {
            break;
        }
    }
    Ok(())
}

fn parse_all(plan: Plan<'_>, from: &Receiver<Vec<u8>>, to: &SyncSender<Parsed>) {
    let mut drafter = Drafter::new(plan.rules);
    for block in from {
        if to.send(plan.dialect.parse(&block, &mut drafter, plan.keep_text)).is_err() {
            break;
        }
    }
}
