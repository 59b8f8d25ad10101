//! A block of CSV rows to events.

use std::borrow::Cow;

use crate::blocks::Ending;
use crate::csv::fields::FieldSpans;
use crate::csv::header::{Header, NOT_TEXT_HINT};
use crate::draft::Drafter;
use crate::error::{FieldError, readable, shown};
use crate::exported;
use crate::field::Column;
use crate::formula::unguarded;
use crate::row::Fields;
use crate::rows::{BadRow, Parsed, Record, Records, Row};

/// Reads the rows of a block. With `keep_text`, bad rows keep theirs.
pub(crate) fn parse_block(block: &[u8], header: &Header, drafter: &mut Drafter<'_>, keep_text: bool) -> Parsed {
    let mut parsed = Parsed::default();
    let mut cells = Vec::with_capacity(header.columns.len());
    let mut records = Records::new(block, Ending::QuotedBy { delimiter: header.delimiter });
    for record in records.by_ref() {
        if !keep_text && parsed.is_hopeless() {
            break;
        }
        parsed.read += 1;
        parsed.rows += 1;
        parsed.stands(parsed.rows, record.line);
        let problem = match row(&record, header, drafter, parsed.rows, &mut cells) {
            Ok(said) => {
                parsed.take(said);
                continue;
            }
            Err(problem) => problem,
        };
        let bad = bad_row(problem, &record, parsed.rows, header, keep_text);
        if record.open {
            parsed.fatal = Some(bad);
            break;
        }
        parsed.bad.push(bad);
    }
    parsed.lines = records.lines;
    parsed
}

/// A problem, and the column where it shows if that does not follow from the field.
type Problem = (Option<usize>, FieldError);

fn row<'t>(
    record: &Record<'t>,
    header: &Header,
    drafter: &mut Drafter<'_>,
    row: u64,
    cells: &mut Vec<Cow<'t, str>>,
) -> Result<Row, Problem> {
    cut(record, header, cells)?;
    if header.exported {
        let given = header.names.iter().zip(cells.iter_mut()).filter(|(_, cell)| !cell.is_empty());
        let given: Vec<_> = given.map(|(name, cell)| (name.as_str(), std::mem::take(cell))).collect();
        return exported::record_of(&given, exported::cell).map(Row::Copy).map_err(|error| (None, error));
    }
    let mut fields = Fields::default();
    for (index, (column, cell)) in header.columns.iter().zip(cells.iter()).enumerate() {
        match column {
            Column::Field(field) => fields.set(*field, cell),
            Column::Attribute(name) => fields.set_attribute(name, cell),
            Column::Ignored => {}
            Column::Unnamed if cell.trim().is_empty() => {}
            Column::Unnamed => {
                let error = FieldError::row(format!("{} stands in a column without a name", shown(cell)));
                return Err((
                    Some(index),
                    error.hint("name the column in the header, or quote values that hold a delimiter"),
                ));
            }
        }
    }
    drafter.event(&fields, Some(row)).map(Row::Event).map_err(|error| (None, error))
}

/// Cuts a record into as many cells as the header has columns.
fn cut<'t>(record: &Record<'t>, header: &Header, cells: &mut Vec<Cow<'t, str>>) -> Result<(), Problem> {
    cells.clear();
    if record.open {
        let error = FieldError::row("a quote opens in this row and is never closed");
        return Err((None, error.hint("close it, or double quotes that belong to a quoted value")));
    }
    let text = std::str::from_utf8(record.text).map_err(|error| not_text(record.text, error.valid_up_to(), header))?;
    if let Some(at) = memchr::memchr(0, record.text) {
        let error = FieldError::row("the row holds a zero byte, which is no text").hint(NOT_TEXT_HINT);
        return Err((Some(column_at(record.text, at, header)), error));
    }
    let mut count = 0;
    for span in FieldSpans::new(record.text, header.delimiter) {
        if span.torn {
            let error =
                FieldError::row("text follows a closing quote").hint("double quotes that belong to a quoted value");
            return Err((Some(count), error));
        }
        // A hostile row has a million fields; those that no column names are only counted.
        if count < header.columns.len() {
            let value = span.value(text);
            cells.push(if header.rejects { unguarded(value) } else { value });
        }
        count += 1;
    }
    if count == header.columns.len() {
        return Ok(());
    }
    let error = FieldError::row(format!("the row has {count} fields, the header {}", header.columns.len()));
    let delimiter = char::from(header.delimiter).escape_debug();
    Err((
        None,
        error.hint(format!("quote values that hold the delimiter {delimiter:}, and leave blank what is not given")),
    ))
}

fn not_text(record: &[u8], valid: usize, header: &Header) -> Problem {
    (Some(column_at(record, valid, header)), FieldError::row("the row is not UTF-8 text").hint(NOT_TEXT_HINT))
}

/// The column in which a byte of a record lies.
fn column_at(record: &[u8], at: usize, header: &Header) -> usize {
    FieldSpans::new(record, header.delimiter).take_while(|span| span.end < at).count()
}

fn bad_row((column, error): Problem, record: &Record<'_>, row: u64, header: &Header, keep_text: bool) -> BadRow {
    let (column, column_name) = match column {
        Some(index) => {
            (Some(index as u64 + 1), header.names.get(index).filter(|name| !name.is_empty()).map(|name| readable(name)))
        }
        None => header.place(error.field.as_deref()),
    };
    let text = if keep_text { record.text.to_vec() } else { Vec::new() };
    BadRow { row, line: record.line, column, column_name, error, text }
}
