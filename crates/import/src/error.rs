//! What can be wrong with a file, and where.

use std::fmt;
use std::io;
use std::path::PathBuf;

use recount_ledger::{InvalidEvent, StageError};
use thiserror::Error;

use crate::field::Field;
use crate::input::Input;

/// What is wrong with one field of a row, or with the row as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field by its native name; none where the row as a whole is wrong.
    pub field: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl FieldError {
    pub(crate) fn new(field: Option<&str>, message: impl Into<String>) -> Self {
        Self { field: field.map(readable), message: message.into(), hint: None }
    }

    pub(crate) fn of(field: Field, message: impl Into<String>) -> Self {
        Self::new(Some(field.name()), message)
    }

    pub(crate) fn row(message: impl Into<String>) -> Self {
        Self::new(None, message)
    }

    /// What the ledger says: its messages end with what to do, after the last semicolon.
    pub(crate) fn told(field: Option<&str>, text: &str) -> Self {
        let text = short(text);
        match text.rsplit_once("; ") {
            Some((message, hint)) => Self::new(field, message).hint(hint),
            None => Self::new(field, text),
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Message and hint in one line: the reason in a rejects file.
    pub(crate) fn reason(&self) -> String {
        let field = self.field.as_deref().map(|name| format!("{name}: ")).unwrap_or_default();
        let hint = self.hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default();
        format!("{field}{}{hint}", self.message)
    }
}

impl From<InvalidEvent> for FieldError {
    fn from(invalid: InvalidEvent) -> Self {
        Self::told(Some(&invalid.field), &invalid.problem)
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason())
    }
}

impl std::error::Error for FieldError {}

/// A row that cannot be recorded, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// What kind of error it is, for programs: `bad_row`, or why the ledger refuses it (`conflict`, `unknown_void`, ...).
    pub code: &'static str,
    /// The file as it was named.
    pub file: String,
    /// The physical line on which the row begins, from 1; none where a file has too many rows of several lines to tell.
    pub line: Option<u64>,
    /// The row: the first after a CSV header is 1; in JSON Lines the line.
    pub row: u64,
    /// The number of the column, from 1; in JSON Lines the character at which the text stops being JSON.
    pub column: Option<u64>,
    /// The name of the column in this file.
    pub column_name: Option<String>,
    /// Where the record stands that is in the way.
    pub position: Option<u64>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl RowError {
    /// An error in a file, with nothing said yet about where and what.
    pub(crate) fn of(input: &Input) -> Self {
        Self {
            code: "bad_row",
            file: input.shown(),
            line: None,
            row: 0,
            column: None,
            column_name: None,
            position: None,
            message: String::new(),
            hint: None,
        }
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: ", self.file)?,
            None => write!(f, "{} row {}: ", self.file, self.row)?,
        }
        match (self.column, &self.column_name) {
            (Some(column), Some(name)) => write!(f, "column {column} ({name}): ")?,
            (Some(column), None) => write!(f, "column {column}: ")?,
            (None, Some(name)) => write!(f, "{name}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

impl std::error::Error for RowError {}

/// Why `--map` or `--map-kind` makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MapError {
    /// The target is not a kind.
    #[error("{new:?} is not a kind; the kinds are {known}")]
    Kind {
        /// The target as typed.
        new: String,
        /// The kinds.
        known: &'static str,
    },
    /// The target is not a native column.
    #[error("{new:?} is not a native column; the known names are {known}")]
    Column {
        /// The target as typed.
        new: String,
        /// The columns.
        known: String,
    },
    /// One name is given two meanings.
    #[error("{0:?} is mapped twice")]
    Twice(String),
}

/// Why a file was not imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// A mapping makes no sense.
    #[error(transparent)]
    Map(#[from] MapError),
    /// The format cannot be told from the file's name.
    #[error("{file}: the format cannot be told from the name; say --format csv or --format jsonl")]
    UnknownFormat {
        /// The file.
        file: String,
    },
    /// The file cannot be read.
    #[error("{file}: {error}")]
    Read {
        /// The file.
        file: String,
        /// What the system says.
        error: io::Error,
    },
    /// The file is not what it was when its rows were read first.
    #[error("{file}: changed while it was read; import it again when it is written completely")]
    Changed {
        /// The file.
        file: String,
    },
    /// The ledger cannot take rows.
    #[error(transparent)]
    Ledger(#[from] StageError),
    /// The rejects file cannot be written.
    #[error("rejects file {}: {error}", path.display())]
    Rejects {
        /// The rejects file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file as a whole makes no sense: its header, an unclosed quote, a record without end.
    #[error("{0}")]
    File(Box<RowError>),
    /// Rows were refused, so nothing of the file was recorded.
    #[error("{}", rows_message(.errors, *.rejected, *.gave_up))]
    Rows {
        /// The first of them.
        errors: Vec<RowError>,
        /// How many there are, as far as the file was read.
        rejected: u64,
        /// Whether reading stopped before the end of the file because there were so many.
        gave_up: bool,
    },
}

fn rows_message(errors: &[RowError], rejected: u64, gave_up: bool) -> String {
    let first = errors.first().map(ToString::to_string).unwrap_or_default();
    match (rejected, gave_up) {
        (0 | 1, false) => first,
        (_, false) => format!("{first} (and {} more)", rejected - 1),
        (_, true) => format!("{first} (and at least {} more)", rejected - 1),
    }
}

/// A value as a message shows it: quoted, escaped and cut to a readable length.
pub(crate) fn shown(text: &str) -> String {
    const CHARS_SHOWN: usize = 60;
    if text.chars().nth(CHARS_SHOWN).is_none() {
        return format!("{text:?}");
    }
    format!("{:?}...", text.chars().take(CHARS_SHOWN).collect::<String>())
}

/// A name cut to a readable length: a column of a hostile file is named by a mebibyte.
pub(crate) fn readable(name: &str) -> String {
    const CHARS_SHOWN: usize = 100;
    match name.char_indices().nth(CHARS_SHOWN) {
        Some((end, _)) => format!("{}...", &name[..end]),
        None => name.to_owned(),
    }
}

/// A whole message cut to what anyone reads: values that another crate repeats in it may be as long as a row.
fn short(message: &str) -> String {
    const BYTES_SHOWN: usize = 1_000;
    if message.len() <= BYTES_SHOWN {
        return message.to_owned();
    }
    let (start, end) = (message.chars().take(BYTES_SHOWN / 2), message.chars().rev().take(BYTES_SHOWN / 5));
    let end: String = end.collect::<Vec<_>>().into_iter().rev().collect();
    format!("{} ... {end}", start.collect::<String>())
}
