//! The first line of a CSV: which delimiter it uses and what its columns hold.

use crate::blocks::{Ending, FirstRecord, first_record};
use crate::csv::fields::FieldSpans;
use crate::error::{FieldError, readable, shown};
use crate::exported;
use crate::field::{Column, Field, REJECTED_BECAUSE, known_names};
use crate::formula::unguarded;
use crate::names::ColumnNames;

/// The most columns a file may have.
pub(crate) const COLUMNS_MAX: usize = 4_096;
const DELIMITERS: [u8; 3] = *b",;\t";

/// What the header of a CSV says.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    /// What stands between fields.
    pub delimiter: u8,
    /// The names of the columns, as the file gives them.
    pub names: Vec<String>,
    /// What the columns hold.
    pub columns: Vec<Column>,
    /// Whether the file is an export, whose columns are known by their names alone.
    pub exported: bool,
    /// The header's own text, for the head of a rejects file.
    pub text: Vec<u8>,
    /// Bytes up to the first row.
    pub bytes: usize,
    /// Lines up to the first row.
    pub lines: u64,
    /// Whether it heads a rejects file, where formulas stand behind an apostrophe.
    pub rejects: bool,
}

/// A header that makes no sense.
#[derive(Debug)]
pub(crate) struct HeaderError {
    /// Its line.
    pub line: u64,
    /// The column, from 1.
    pub column: Option<u64>,
    /// What is wrong.
    pub error: FieldError,
}

impl Header {
    /// Reads the header from the beginning of a text.
    pub(crate) fn read(text: &[u8], known: &ColumnNames) -> Result<Self, HeaderError> {
        let blank = text.iter().take_while(|byte| byte.is_ascii_whitespace() && **byte != b'\t').count();
        let blank = memchr::memrchr(b'\n', &text[..blank]).map_or(0, |end| end + 1);
        let blank_lines = memchr::memchr_iter(b'\n', &text[..blank]).count() as u64;
        let wrong = |column: Option<usize>, error| HeaderError {
            line: blank_lines + 1,
            column: column.map(|index| index as u64 + 1),
            error,
        };
        let rest = &text[blank..];
        if rest.iter().all(u8::is_ascii_whitespace) {
            let error = FieldError::row("the file is empty").hint(HEADER_HINT);
            return Err(HeaderError { line: 1, column: None, error });
        }
        let (delimiter, content, end) = choose_delimiter(rest, known);
        let record = std::str::from_utf8(&rest[..content])
            .map_err(|_| wrong(None, FieldError::row("the header is not UTF-8 text").hint(NOT_TEXT_HINT)))?;
        if record.contains('\r') && !record.contains('"') {
            let error = FieldError::row("the lines end with a carriage return alone");
            return Err(wrong(None, error.hint("save the file with line ends of LF or CR LF")));
        }
        let columns = FieldSpans::new(record.as_bytes(), delimiter).count();
        if columns > COLUMNS_MAX {
            let error = FieldError::row(format!("the header has at least {columns} columns"));
            return Err(wrong(None, error.hint(format!("a file may have at most {COLUMNS_MAX}"))));
        }
        let names: Vec<String> = names_of(record, delimiter);
        let exported = exported::is_export(names.iter().map(String::as_str), known);
        let (names, columns) = if exported {
            let names = raw_names_of(record, delimiter);
            let columns = vec![Column::Ignored; names.len()];
            (names, columns)
        } else {
            let columns = columns_of(&names, known).map_err(|(column, error)| wrong(column, error))?;
            (names, columns)
        };
        let lines = blank_lines + 1 + memchr::memchr_iter(b'\n', &rest[..content]).count() as u64;
        let rejects = names.iter().any(|name| name == REJECTED_BECAUSE);
        let text = rest[..content].to_vec();
        Ok(Self { delimiter, names, columns, exported, text, bytes: blank + end, lines, rejects })
    }

    /// The number (from 1) and name of the column that holds a native field.
    pub(crate) fn place(&self, field: Option<&str>) -> (Option<u64>, Option<String>) {
        let Some(native) = field else { return (None, None) };
        if let Some(index) = self.names.iter().position(|name| self.exported && name == native) {
            return (Some(index as u64 + 1), Some(native.to_owned()));
        }
        let holds = |column: &Column| match column {
            Column::Field(field) => field.name() == native,
            Column::Attribute(name) => native.strip_prefix("attr.") == Some(name),
            Column::Ignored | Column::Unnamed => false,
        };
        match self.columns.iter().position(holds) {
            Some(index) => (Some(index as u64 + 1), Some(readable(&self.names[index]))),
            None => (None, Some(native.to_owned())),
        }
    }
}

const HEADER_HINT: &str = "the first line names the columns, at least kind";
/// What to do about bytes that are no text.
pub(crate) const NOT_TEXT_HINT: &str = "save the file as UTF-8, or as UTF-16 with a byte order mark";

fn names_of(record: &str, delimiter: u8) -> Vec<String> {
    raw_names_of(record, delimiter).into_iter().map(|name| name.trim().to_owned()).collect()
}

fn raw_names_of(record: &str, delimiter: u8) -> Vec<String> {
    let spans = FieldSpans::new(record.as_bytes(), delimiter);
    let names: Vec<String> = spans.map(|span| span.value(record).into_owned()).collect();
    let rejects = names.iter().any(|name| name.trim() == REJECTED_BECAUSE);
    if rejects { names.into_iter().map(|name| unguarded(name.into()).into_owned()).collect() } else { names }
}

/// The delimiter under which the header names the most columns that are known; of equals, that which gives the most.
fn choose_delimiter(text: &[u8], known: &ColumnNames) -> (u8, usize, usize) {
    let mut best = ((0, 0), (DELIMITERS[0], 0, 0));
    for delimiter in DELIMITERS {
        let FirstRecord { content, end, .. } = first_record(text, Ending::QuotedBy { delimiter });
        let columns = FieldSpans::new(&text[..content], delimiter).count();
        // A header of more columns than there may be is refused whatever they are called: nobody reads a million names.
        let names = match columns {
            0..=COLUMNS_MAX => names_of(&String::from_utf8_lossy(&text[..content]), delimiter),
            _ => Vec::new(),
        };
        let score = (names.iter().filter(|name| known.column(name).is_ok()).count(), columns);
        if score > best.0 {
            best = (score, (delimiter, content, end));
        }
    }
    best.1
}

/// Names for a message: a hostile header holds a million of them.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let listed = names.iter().take(SHOWN).map(|name| shown(name)).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{listed} and {} more", names.len() - SHOWN) } else { listed }
}

type ColumnError = (Option<usize>, FieldError);

fn columns_of(names: &[String], known: &ColumnNames) -> Result<Vec<Column>, ColumnError> {
    if let Some(old) = known.missing_from(names) {
        let error = FieldError::row(format!("--map names a column {} that the header lacks", shown(old)));
        return Err((None, error.hint(format!("the header has {}", listed(names)))));
    }
    let mut columns = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let column =
            if name.is_empty() { Column::Unnamed } else { known.column(name).map_err(|error| (Some(index), error))? };
        let repeats = !matches!(column, Column::Ignored | Column::Unnamed) && columns.contains(&column);
        if repeats {
            let error = FieldError::new(Some(name), format!("{} is in the header twice", shown(name)));
            return Err((Some(index), error.hint("each column stands once; leave one out with --map NAME=")));
        }
        columns.push(column);
    }
    if !columns.contains(&Column::Field(Field::Kind)) {
        let hint = format!(
            "name the column that says what happened with --map NAME=kind; the known names are {}",
            known_names()
        );
        return Err((None, FieldError::row("the header has no column kind").hint(hint)));
    }
    Ok(columns)
}
