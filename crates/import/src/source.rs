//! A file that is opened and looked at: how its rows are written, and where they begin.

use std::fs::File;
use std::path::Path;

use crate::blocks::{BlockError, Blocks, RECORD_BYTES_MAX};
use crate::csv::Header;
use crate::encoding::Utf8Reader;
use crate::error::{ImportError, RowError};
use crate::format::Format;
use crate::input::{Input, Meter, Opened, Packed};
use crate::names::ColumnNames;
use crate::options::Options;
use crate::pipeline::Dialect;
use crate::progress::Progress;
use crate::rejects::{self, Partial};
use crate::row::Rules;

/// A file that was opened and looked at.
pub(crate) struct Source {
    pub input: Input,
    pub blocks: Blocks<Utf8Reader<Packed>>,
    pub meter: Meter,
    pub dialect: Dialect,
    pub rules: Rules,
    /// Pipes cannot be read twice; where that may be needed, a copy of what came through is kept.
    pub spooled: Option<Partial>,
}

impl Source {
    pub(crate) fn open(input: &Input, options: &Options, progress: &Progress) -> Result<Self, ImportError> {
        options.rejects.as_deref().map_or(Ok(()), |path| rejects::check_path(path, input))?;
        let (spooled, spool) = match &options.rejects {
            Some(path) if !input.can_be_read_again() => spool_beside(path)?,
            _ => (None, None),
        };
        Ok(Self { spooled, ..Self::of(input.open(progress, spool)?, input, options)? })
    }

    /// Looks at the beginning of an open file.
    pub(crate) fn of(opened: Opened, input: &Input, options: &Options) -> Result<Self, ImportError> {
        let rules = options.rules(input)?;
        let names = ColumnNames::new(&options.columns)?;
        let format = options.format.or_else(|| input.format());
        let format = format.ok_or_else(|| ImportError::UnknownFormat { file: input.shown() })?;
        let mut blocks = Blocks::new(opened.text);
        let unreadable = |error| unreadable(input, 0, error);
        let dialect = match format {
            Format::JsonLines => Dialect::JsonLines(names),
            Format::Csv => {
                let header = read_header(blocks.peek().map_err(unreadable)?, &names, input)?;
                blocks.skip(header.bytes).map_err(unreadable)?;
                Dialect::Csv(header)
            }
        };
        blocks.end_records(dialect.ending());
        Ok(Self { input: input.clone(), blocks, meter: opened.meter, dialect, rules, spooled: None })
    }
}

fn read_header(start: &[u8], names: &ColumnNames, input: &Input) -> Result<Header, ImportError> {
    Header::read(start, names).map_err(|wrong| {
        let error = RowError {
            line: Some(wrong.line),
            column: wrong.column,
            column_name: wrong.error.field,
            message: wrong.error.message,
            hint: wrong.error.hint,
            ..RowError::of(input)
        };
        ImportError::File(Box::new(error))
    })
}

fn spool_beside(path: &Path) -> Result<(Option<Partial>, Option<File>), ImportError> {
    let spool = Partial::beside(path, ".input").map_err(|error| ImportError::Rejects { path: path.to_owned(), error });
    spool.map(|(partial, file)| (Some(partial), Some(file)))
}

/// The error of a file that cannot be read on after so many lines.
pub(crate) fn unreadable(input: &Input, lines: u64, error: BlockError) -> ImportError {
    match error {
        BlockError::Io(error) => ImportError::Read { file: input.shown(), error },
        BlockError::Endless => {
            let message = format!("a row that begins here is longer than {RECORD_BYTES_MAX} bytes");
            let hint = Some("is a quote not closed, or is this no file of rows?".to_owned());
            let line = Some(lines + 1);
            ImportError::File(Box::new(RowError { line, message, hint, ..RowError::of(input) }))
        }
    }
}
