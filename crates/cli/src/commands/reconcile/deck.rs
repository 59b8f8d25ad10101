//! The lines of a deck: each row read into a question, with the row and column of what cannot be read.

use recount_metrics::{Basis, Calendar, Line, Metric, Point, Quoted, Segment, Window, parse_point};
use recount_projection::Cut;

use super::Args;
use super::sheet::Row;
use crate::args::DefinitionArgs;
use crate::error::{CommandError, ErrorKind};
use crate::scope::{Scope, overridden};

/// A line with what the deck says of it.
pub struct Entry {
    /// The row of the file, from 1.
    pub row: u64,
    pub line: Line,
    pub definition: String,
    pub known_at: Option<String>,
}

/// Where each column stands.
struct Columns {
    metric: usize,
    value: usize,
    window: Option<usize>,
    at: Option<usize>,
    segment: Option<usize>,
    definition: Option<usize>,
    known_at: Option<usize>,
}

impl Columns {
    fn read(header: &Row) -> Result<Self, CommandError> {
        let named = |name: &str| {
            header.cells.iter().position(|cell| cell.to_ascii_lowercase().replace([' ', '-'], "_") == name)
        };
        let needed = |name: &str| {
            let error = CommandError::new(ErrorKind::Input, "bad_deck", format!("the deck has no column {name:?}"));
            let hint = "a deck has the columns metric, value, and window or at; a row above the lines names them";
            named(name).ok_or_else(|| CommandError { line: Some(header.number), ..error.hint(hint) })
        };
        let (window, at) = (named("window"), named("at"));
        if window.is_none() && at.is_none() {
            needed("window")?;
        }
        Ok(Self {
            metric: needed("metric")?,
            value: needed("value")?,
            window,
            at,
            segment: named("segment"),
            definition: named("definition"),
            known_at: named("known_at"),
        })
    }
}

/// Every line of the deck.
pub fn read(rows: &[Row], scope: &Scope<'_>, args: &Args) -> Result<Vec<Entry>, CommandError> {
    // A deck may have a title above its header.
    let names =
        |row: &Row| ["metric", "value"].iter().all(|name| row.cells.iter().any(|cell| cell.eq_ignore_ascii_case(name)));
    let start = rows.iter().position(names).unwrap_or(0);
    let Some((header, rows)) = rows[start..].split_first() else { return Ok(Vec::new()) };
    let columns = Columns::read(header)?;
    if rows.is_empty() {
        return Err(CommandError::new(ErrorKind::Input, "bad_deck", "the deck has a header and no lines"));
    }
    rows.iter().map(|row| Cells { row, columns: &columns, scope, args }.entry()).collect()
}

/// One row on its way to a line.
struct Cells<'r> {
    row: &'r Row,
    columns: &'r Columns,
    scope: &'r Scope<'r>,
    args: &'r Args,
}

impl Cells<'_> {
    fn cell(&self, column: usize) -> Option<&str> {
        self.row.cells.get(column).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    fn bad(&self, column: &str, message: impl std::fmt::Display) -> CommandError {
        let error = CommandError::new(ErrorKind::Input, "bad_deck", message);
        CommandError { line: Some(self.row.number), column: Some(column.to_owned()), ..error }
    }

    fn needed(&self, column: usize, name: &str) -> Result<&str, CommandError> {
        self.cell(column).ok_or_else(|| self.bad(name, format!("{name} is blank")))
    }

    fn entry(&self) -> Result<Entry, CommandError> {
        let Columns { metric, value, segment, .. } = *self.columns;
        let metric: Metric = self.needed(metric, "metric")?.parse().map_err(|error| self.bad("metric", error))?;
        let quoted = self.needed(value, "value")?;
        let quoted = Quoted::parse(quoted, metric).map_err(|error| self.bad("value", error))?;
        let segment = segment.and_then(|column| self.cell(column)).map(|text| self.segment(text)).transpose()?;
        let basis = self.basis(metric)?;
        let definition = basis.definition.name.clone();
        let known_at = self.columns.known_at.and_then(|column| self.cell(column)).map(str::to_owned);
        Ok(Entry { row: self.row.number, line: Line { metric, quoted, basis, segment }, definition, known_at })
    }

    fn segment(&self, text: &str) -> Result<Segment, CommandError> {
        let (attribute, value) = text
            .split_once('=')
            .ok_or_else(|| self.bad("segment", format!("{text:?} is no segment; write region=europe")))?;
        let attribute = attribute.trim();
        if self.scope.view.attribute(attribute).is_none() {
            let known: Vec<_> = self.scope.view.attribute_names().collect();
            let error = self.bad("segment", format!("no record sets the attribute {attribute:?}"));
            return Err(if known.is_empty() {
                error
            } else {
                error.hint(format!("those set are {}", known.join(", ")))
            });
        }
        Ok(Segment { attribute: attribute.to_owned(), value: value.trim().to_owned() })
    }

    fn basis(&self, metric: Metric) -> Result<Basis, CommandError> {
        let scope = self.scope;
        let of = |column: Option<usize>| column.and_then(|column| self.cell(column)).map(str::to_owned);
        let (window, at) = (of(self.columns.window), of(self.columns.at));
        let calendar = scope.calendar;
        if metric.needs_window() && window.is_none() {
            return Err(self.bad("window", format!("{metric} needs a window, such as 2025 or ttm:2025-06")));
        }
        self.period(window.as_deref(), at.as_deref(), &calendar)?;
        let named = of(self.columns.definition);
        let definition = match named {
            Some(name) => {
                let found = scope.named_definition(&name).map_err(|error| self.at("definition", error))?;
                overridden(found.definition, &self.args.currency)?
            }
            None => scope.definition(
                &DefinitionArgs { definition: self.args.definition.definition.clone() },
                &self.args.currency,
            )?,
        };
        let known_at = of(self.columns.known_at).map(|text| parse_point(&text, &calendar)).transpose();
        let known_at = known_at.map_err(|error| self.bad("known_at", error))?;
        let cut = Cut { known_at: known_at.or(scope.view.cut().known_at), ..scope.view.cut() };
        // A window's close is the point of what is at a point.
        Ok(Basis { cut, window: window.filter(|_| at.is_none() || metric.needs_window()), at, definition, calendar })
    }

    fn period(&self, window: Option<&str>, at: Option<&str>, calendar: &Calendar) -> Result<(), CommandError> {
        if let Some(window) = window {
            Window::parse(window, calendar).map_err(|error| self.bad("window", error))?;
        }
        if let Some(at) = at {
            Point::parse(at).and_then(|point| point.boundary(calendar)).map_err(|error| self.bad("at", error))?;
        }
        if window.is_none() && at.is_none() {
            return Err(self.bad("window", "the line names neither a window nor a point"));
        }
        Ok(())
    }

    /// An error of another part of the program, found in this row.
    fn at(&self, column: &str, error: CommandError) -> CommandError {
        CommandError { kind: ErrorKind::Input, line: Some(self.row.number), column: Some(column.to_owned()), ..error }
    }
}
