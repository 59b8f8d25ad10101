//! The rows of a deck, as text, from a CSV or XLSX file.

use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};

use crate::error::{CommandError, ErrorKind};

/// The most rows that a deck may have: it is something that people read.
const MOST_ROWS: usize = 10_000;
/// The most bytes of a file that is read whole.
const MOST_BYTES: u64 = 64 << 20;

/// A row with its number in the file, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub number: u64,
    pub cells: Vec<String>,
}

/// Every row that is not blank; the first is the header.
pub fn rows(file: &Path, sheet: Option<&str>) -> Result<Vec<Row>, CommandError> {
    let size = std::fs::metadata(file).map_err(|error| CommandError::io("read", file, &error))?.len();
    if size > MOST_BYTES {
        return Err(refused(file, format!("the deck has {size} bytes; the most are {MOST_BYTES}")));
    }
    let ending = file.extension().unwrap_or_default().to_ascii_lowercase();
    let rows = match ending.to_str() {
        Some("xlsx" | "xlsm") => workbook(file, sheet)?,
        _ if sheet.is_some() => return Err(CommandError::usage("--sheet is for XLSX files; a CSV file has no sheets")),
        Some("csv" | "txt") | None => separated(file)?,
        Some(other) => {
            return Err(
                refused(file, format!("a deck is a CSV or XLSX file, not .{other}")).hint("save it as one of them")
            );
        }
    };
    if rows.len() > MOST_ROWS {
        return Err(refused(file, format!("the deck has {} rows; the most are {MOST_ROWS}", rows.len())));
    }
    if rows.is_empty() { Err(refused(file, "the deck is empty".to_owned())) } else { Ok(rows) }
}

fn refused(file: &Path, message: String) -> CommandError {
    CommandError::new(ErrorKind::Input, "bad_deck", message).in_file(file)
}

fn separated(file: &Path) -> Result<Vec<Row>, CommandError> {
    let bytes = std::fs::read(file).map_err(|error| CommandError::io("read", file, &error))?;
    let text = String::from_utf8(bytes).map_err(|_| refused(file, "the deck is not UTF-8 text".to_owned()))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| refused(file, format!("the deck is no CSV: {error}")))?;
        let number = record.position().map_or(0, csv::Position::line);
        put(&mut rows, number, record.iter().map(|cell| cell.trim().to_owned()).collect());
    }
    Ok(rows)
}

fn workbook(file: &Path, sheet: Option<&str>) -> Result<Vec<Row>, CommandError> {
    let bad = |error: calamine::XlsxError| refused(file, format!("the workbook cannot be read: {error}"));
    let mut workbook: Xlsx<_> = open_workbook(file).map_err(bad)?;
    let names = workbook.sheet_names();
    let wanted = sheet.map(str::to_owned).or_else(|| names.first().cloned());
    let known = wanted.filter(|name| names.contains(name)).ok_or_else(|| {
        let error = refused(file, format!("the workbook has no sheet {:?}", sheet.unwrap_or_default()));
        error.hint(format!("its sheets are {}", names.join(", ")))
    })?;
    let range = workbook.worksheet_range(&known).map_err(bad)?;
    let top = range.start().map_or(0, |(row, _)| u64::from(row));
    let mut rows = Vec::new();
    for (place, cells) in (0u64..).zip(range.rows()) {
        put(&mut rows, top + place + 1, cells.iter().map(text).collect());
    }
    Ok(rows)
}

fn put(rows: &mut Vec<Row>, number: u64, cells: Vec<String>) {
    if cells.iter().any(|cell| !cell.is_empty()) {
        rows.push(Row { number, cells });
    }
}

/// A cell as text. A number has the digits that the workbook holds, which are all that can be known of it: how it is
/// shown is a matter of its format. A date has its day.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::String(text) => text.trim().to_owned(),
        other => other.to_string().trim().to_owned(),
    }
}
