//! An export as CSV: columns that fit all its records, and cells that no spreadsheet takes for a formula.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use recount_ledger::{Amount, Body, Event, Recorded};
use thiserror::Error;

use super::row::{BEFORE, BEHIND, CONTENT, exported_fields};
use crate::csv::COLUMNS_MAX;
use crate::export::fields_of;
use crate::field::{ATTRIBUTE_PREFIX, Field};

/// The fields of the ledger's own records, in their order.
const OWN: [&str; 25] = [
    "name",
    "version",
    "hash",
    "document",
    "root",
    "definition",
    "definition_hash",
    "zone",
    "fiscal_year_start",
    "period",
    "figures",
    "note",
    "prepared_by",
    "approved_by",
    "file",
    "bytes",
    "sha256",
    "format",
    "rules",
    "read",
    "recorded",
    "duplicates",
    "rejected",
    "first",
    "last",
];

/// There would be more columns than an import takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the export needs {0} columns, for its attributes; a CSV may have at most {COLUMNS_MAX}: export it as jsonl")]
pub struct CsvExportError(pub usize);

/// The columns of an export; made of all its records, before its rows can be written.
#[derive(Debug, Default)]
pub struct CsvExport {
    own: BTreeSet<usize>,
    attributes: BTreeSet<String>,
    /// Of every column, its place.
    places: HashMap<String, usize>,
}

impl CsvExport {
    /// Looks at a record that the export will have.
    pub fn look<S: AsRef<str>>(&mut self, event: &Event<S>) {
        let attributes = match &event.body {
            Body::Movement(movement) => &movement.attributes,
            Body::Profile(profile) => &profile.attributes,
            Body::Definition(_) | Body::Close(_) | Body::Import(_) => {
                let fields = fields_of(event);
                self.own.extend(fields.iter().filter_map(|(name, _)| OWN.iter().position(|own| own == name)));
                return;
            }
            Body::Void(_) | Body::Merge(_) | Body::OneTime(_) | Body::FxRate(_) => return,
        };
        for (name, _) in attributes {
            if !self.attributes.contains(name.as_ref()) {
                self.attributes.insert(name.as_ref().to_owned());
            }
        }
    }

    /// The header, with its line end. No record may come after it that was not looked at.
    pub fn header(&mut self) -> Result<String, CsvExportError> {
        let fixed = BEFORE.into_iter().chain(Field::ALL.map(Field::name)).chain(BEHIND);
        let own = self.own.iter().map(|index| OWN[*index]);
        let attributes = self.attributes.iter().map(|name| format!("{ATTRIBUTE_PREFIX}{name}"));
        let names = fixed.chain(own).map(str::to_owned).chain(attributes).chain([CONTENT.to_owned()]);
        let names: Vec<String> = names.collect();
        if names.len() > COLUMNS_MAX {
            return Err(CsvExportError(names.len()));
        }
        let line = line(names.iter().map(String::as_str));
        self.places = names.into_iter().zip(0..).collect();
        Ok(line)
    }

    /// The row of a record, with its line end.
    pub fn row<S: AsRef<str>>(&self, recorded: &Recorded<S>) -> String {
        let mut cells = vec![String::new(); self.places.len()];
        for (name, value) in exported_fields(recorded) {
            cells[self.places[&name]] = value;
        }
        line(cells.iter().map(String::as_str))
    }
}

fn line<'c>(cells: impl Iterator<Item = &'c str>) -> String {
    let mut line = String::with_capacity(512);
    for (index, value) in cells.enumerate() {
        if index > 0 {
            line.push(',');
        }
        let cell = cell(value);
        if cell.contains([',', ';', '\t', '"', '\n', '\r']) || cell.trim() != cell {
            line.push('"');
            line.push_str(&cell.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(&cell);
        }
    }
    line.push('\n');
    line
}

/// A value as a cell. What a spreadsheet would take for a formula gets an apostrophe in front, a zero byte, which no
/// CSV can hold, stands as U+FFFD; an import makes the same of what the content says, and so finds no difference.
pub(crate) fn cell(value: &str) -> Cow<'_, str> {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && value.parse::<Amount>().is_err();
    let zero = value.contains('\0');
    match (formula, zero) {
        (false, false) => Cow::Borrowed(value),
        (true, _) => Cow::Owned(format!("'{}", value.replace('\0', "\u{fffd}"))),
        (false, true) => Cow::Owned(value.replace('\0', "\u{fffd}")),
    }
}
