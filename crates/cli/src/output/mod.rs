//! The only room that prints: answers to stdout as a table, JSON or CSV; notes, progress and errors to stderr.

pub mod csv;
pub mod json;
pub mod moment;
pub mod money;
pub mod page;
pub mod plain;
pub mod progress;
pub mod style;
pub mod table;

use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

use crate::args::{Colour, Format, Global};
use crate::error::{CommandError, ErrorKind};

pub use page::Page;
use plain::visible;
pub use style::Style;
pub use table::{Cell, Column, Table};

/// An answer that can be shown in all three ways.
pub trait Report: Serialize {
    /// For people.
    fn page(&self) -> Page;
    /// For spreadsheets: a header and rows.
    fn records(&self) -> csv::Records;
}

/// Where answers go, and how.
pub struct Output {
    format: Format,
    colour: bool,
    colour_errors: bool,
    quiet: bool,
    progress: bool,
    /// Whether a person looks at the answer itself.
    watched: bool,
    stdout: Box<dyn Write>,
}

impl Output {
    /// The output that the flags and the terminal ask for.
    pub fn new(flags: &Global) -> Self {
        let wanted = |terminal: bool| match flags.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        let stderr_shown = io::stderr().is_terminal();
        Self {
            format: flags.output.unwrap_or_default(),
            colour: wanted(io::stdout().is_terminal()),
            colour_errors: wanted(stderr_shown),
            quiet: flags.quiet,
            progress: stderr_shown && !flags.no_progress && !flags.quiet,
            watched: io::stdout().is_terminal(),
            stdout: Box::new(BufWriter::with_capacity(1 << 16, io::stdout())),
        }
    }

    /// How answers are printed.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Whether progress may be shown.
    pub const fn shows_progress(&self) -> bool {
        self.progress
    }

    /// Prints an answer.
    pub fn report(&mut self, report: &impl Report) -> Result<(), CommandError> {
        match self.format {
            Format::Table => self.page(&report.page()),
            Format::Json => self.json_line(report),
            Format::Csv => {
                self.csv(&report.records(), true)?;
                self.notes(&report.page().warnings())
            }
        }
    }

    /// Prints rows for spreadsheets, below their header or as more of what was printed before.
    pub fn csv(&mut self, records: &csv::Records, header: bool) -> Result<(), CommandError> {
        let text = records.to_text(header, self.watched);
        self.text(&text)
    }

    /// Prints a report; its JSON ends with its id.
    pub fn identified(&mut self, report: &impl Report, id: &str) -> Result<(), CommandError> {
        if self.format != Format::Json {
            return self.report(report);
        }
        let text = json::with_id(report, id);
        self.text(&text)
    }

    /// Prints a page for people.
    pub fn page(&mut self, page: &Page) -> Result<(), CommandError> {
        let text = page.render(self.colour);
        self.text(&text)
    }

    /// Prints one JSON document on one line.
    pub fn json_line(&mut self, document: &impl Serialize) -> Result<(), CommandError> {
        let text = json::document(document);
        self.text(&text)
    }

    /// Prints text as it is.
    pub fn text(&mut self, text: &str) -> Result<(), CommandError> {
        self.stdout.write_all(text.as_bytes()).map_err(|error| stdout_error(&error))
    }

    /// Prints bytes as they are.
    pub fn stdout(&mut self) -> &mut dyn Write {
        &mut self.stdout
    }

    /// Pushes out what was printed so far.
    pub fn flush(&mut self) -> Result<(), CommandError> {
        self.stdout.flush().map_err(|error| stdout_error(&error))
    }

    /// Tells a person something that is no part of the answer.
    pub fn note(&mut self, note: &str) -> Result<(), CommandError> {
        if !self.quiet {
            // What was printed before must stand before the note where both go to one terminal.
            self.flush()?;
            let text = Style::Dim.paint(&format!("note: {}", visible(note)), self.colour_errors);
            // stderr may be closed; the answer is worth more than the note.
            writeln!(io::stderr(), "{text}").ok();
        }
        Ok(())
    }

    /// Tells a person several things.
    pub fn notes(&mut self, notes: &[String]) -> Result<(), CommandError> {
        notes.iter().try_for_each(|note| self.note(note))
    }

    /// Says why the command failed, on stderr.
    pub fn error(&mut self, error: &CommandError) {
        // Whatever of the answer was made stands before the error; a closed stdout changes nothing here.
        self.stdout.flush().ok();
        let text = if self.format == Format::Json { error.json() } else { error_text(error, self.colour_errors) };
        writeln!(io::stderr(), "{text}").ok();
    }
}

/// Prints an error that came before there was an [`Output`].
pub fn early_error(text: &str) {
    writeln!(io::stderr(), "{text}").ok();
}

/// The code of the error that stands for a reader of stdout who went away, which is no failure.
pub const STDOUT_CLOSED: &str = "stdout_closed";

/// What it means that stdout takes no more.
pub fn stdout_error(error: &io::Error) -> CommandError {
    let code = if error.kind() == io::ErrorKind::BrokenPipe { STDOUT_CLOSED } else { "io" };
    CommandError::new(ErrorKind::Unavailable, code, format!("cannot write to stdout: {error}"))
}

fn error_text(error: &CommandError, colour: bool) -> String {
    // A "no" is an answer, not a failure.
    let mut text = match error.kind {
        ErrorKind::No => visible(&error.message).into_owned(),
        _ => format!("{} {}", Style::Bad.paint("error:", colour), visible(&error.message)),
    };
    if let Some(place) = error.place().filter(|place| !error.message.contains(place.as_str())) {
        text.push_str(&format!("\n   at: {}", visible(&place)));
    }
    for other in &error.others {
        text.push_str(&format!("\n also: {}", visible(other)));
    }
    for hint in &error.hints {
        text.push_str(&format!("\n {} {}", Style::Strong.paint("hint:", colour), visible(hint)));
    }
    text
}
