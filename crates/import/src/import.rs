//! One file into a ledger: read, staged, looked at by the caller, and published whole or not at all.

use std::collections::HashMap;

use recount_ledger::{Body, Event, Import, Origin, RejectedRow, Rejection, Stage, Staged, Writer};

use crate::blocks::BlockError;
use crate::error::{FieldError, ImportError, RowError};
use crate::format::Format;
use crate::input::Input;
use crate::options::{Options, rules_json};
use crate::order::Order;
use crate::pipeline::{self, Dialect, Plan};
use crate::progress::Progress;
use crate::rejects::{self, Rejects};
use crate::rows::{BadRow, Parsed};
use crate::source::{Source, unreadable};

/// Bad rows that are reported one by one; a file with more of them is not read to its end, unless rejects are written.
pub const ERRORS_MAX: usize = 100;

/// What became of a file; `read` is the sum of `recorded`, `duplicates`, `rejected` and `conflicts`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows read.
    pub read: u64,
    /// Rows recorded, or that would be.
    pub recorded: u64,
    /// Rows that were recorded before.
    pub duplicates: u64,
    /// Rows refused, conflicts not among them.
    pub rejected: u64,
    /// Rows whose id is recorded with other content.
    pub conflicts: u64,
    /// First and last position of the rows, where any were recorded.
    pub positions: Option<(u64, u64)>,
    /// The first of the bad rows.
    pub errors: Vec<RowError>,
}

/// A file that was read whole and compared with the ledger, and that nothing stands in the way of. Dropping it forgets it.
#[derive(Debug)]
pub struct Prepared<'w> {
    staged: Staged<'w>,
    report: Report,
    import: Event,
    rejects: Option<Rejects>,
}

/// Reads a file and stages its rows. Nothing is recorded before [`Prepared::publish`].
///
/// A file with a bad row is an error that lists the first of them, unless the options name a file for rejects.
pub fn prepare<'w>(
    writer: &'w mut Writer,
    input: &Input,
    options: &Options,
    progress: &Progress,
) -> Result<Prepared<'w>, ImportError> {
    let source = Source::open(input, options, progress)?;
    let mut reading = Reading::begin(writer, &source, options, progress)?;
    let Source { blocks, meter, dialect, rules, spooled, .. } = source;
    let plan = Plan { dialect: &dialect, rules: &rules, keep_text: options.rejects.is_some() };
    let ended = pipeline::run(blocks, plan, |parsed| reading.take(parsed))?;
    ended.map_err(|error| reading.unreadable(error))?;
    let (bytes, sha256) = meter.bytes_and_sha256();
    let again = spooled.as_ref().map_or_else(|| input.clone(), |spool| Input::Path(spool.path().to_owned()));
    let Read { staged, report, rejects } = reading.finish(&again, &dialect, sha256)?;
    let import = Event::new(Body::Import(Import {
        file: input.file_name(),
        bytes,
        sha256,
        format: format_of(&dialect).name().to_owned(),
        rules: rules_json(&rules, options, &dialect)?,
        read: report.read,
        recorded: report.recorded,
        duplicates: report.duplicates,
        rejected: report.rejected + report.conflicts,
        positions: report.positions,
    }));
    let origin = Origin { source: rules.source.clone(), file: Some(input.file_name()), row: None };
    Ok(Prepared { staged, report, import: Event { origin, ..import.by(&rules.recorded_by) }, rejects })
}

impl<'w> Prepared<'w> {
    /// What will become of the rows when it is published.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The rows as staged: their records, with the positions they will have, can be read before they are published.
    pub fn staged(&self) -> &Staged<'w> {
        &self.staged
    }

    /// Records the good rows and after them the import record, in one step; writes the rejects file. A file without a row
    /// to record leaves no trace in the ledger.
    pub fn publish(self) -> Result<Report, ImportError> {
        if self.report.recorded == 0 {
            return self.discard();
        }
        self.staged.publish(Some(self.import))?;
        self.rejects.map_or(Ok(()), Rejects::finish)?;
        Ok(self.report)
    }

    /// Records nothing; still writes the rejects file, so that a dry run shows what would be in it.
    pub fn discard(self) -> Result<Report, ImportError> {
        self.staged.discard()?;
        self.rejects.map_or(Ok(()), Rejects::finish)?;
        Ok(self.report)
    }
}

/// A file while its rows are staged.
struct Reading<'w, 'p> {
    stage: Stage<'w>,
    input: Input,
    progress: &'p Progress,
    order: Order,
    rejects: Option<Rejects>,
    report: Report,
}

/// A file whose rows are staged.
struct Read<'w> {
    staged: Staged<'w>,
    report: Report,
    rejects: Option<Rejects>,
}

impl<'w, 'p> Reading<'w, 'p> {
    fn begin(
        writer: &'w mut Writer,
        source: &Source,
        options: &Options,
        progress: &'p Progress,
    ) -> Result<Self, ImportError> {
        let rejects = options.rejects.as_deref().map(|path| Rejects::create(path, &source.dialect)).transpose()?;
        Ok(Self {
            stage: writer.stage()?,
            input: source.input.clone(),
            progress,
            order: Order::new(source.dialect.lines_before()),
            rejects,
            report: Report::default(),
        })
    }

    fn take(&mut self, mut parsed: Parsed) -> Result<(), ImportError> {
        self.order.number(&mut parsed);
        if let Some(fatal) = parsed.fatal {
            return Err(ImportError::File(Box::new(self.row_error(fatal))));
        }
        self.report.read += parsed.read;
        self.progress.add_rows(parsed.read);
        for bad in parsed.bad {
            self.refuse(bad)?;
        }
        let hopeless = self.rejects.is_none() && self.report.rejected > 0;
        if hopeless && self.report.errors.len() >= ERRORS_MAX {
            return Err(self.refused(true));
        }
        if hopeless { Ok(()) } else { Ok(self.stage.push_chunk(parsed.events)?) }
    }

    fn refuse(&mut self, bad: BadRow) -> Result<(), ImportError> {
        self.report.rejected += 1;
        if let Some(rejects) = &mut self.rejects {
            rejects.add(&bad.text, &bad.error.reason())?;
        }
        if self.report.errors.len() < ERRORS_MAX {
            let error = self.row_error(bad);
            self.report.errors.push(error);
        }
        Ok(())
    }

    fn row_error(&self, bad: BadRow) -> RowError {
        RowError {
            line: Some(bad.line),
            row: bad.row,
            column: bad.column,
            column_name: bad.column_name,
            message: bad.error.message,
            hint: bad.error.hint,
            ..RowError::of(&self.input)
        }
    }

    fn refused(&mut self, gave_up: bool) -> ImportError {
        let errors = std::mem::take(&mut self.report.errors);
        ImportError::Rows { errors, rejected: self.report.rejected + self.report.conflicts, gave_up }
    }

    fn unreadable(&self, error: BlockError) -> ImportError {
        unreadable(&self.input, self.order.lines(), error)
    }

    /// Ends the rows, and adds those that the ledger refuses to the ones that were bad to begin with.
    fn finish(mut self, again: &Input, dialect: &Dialect, sha256: [u8; 32]) -> Result<Read<'w>, ImportError> {
        if self.rejects.is_none() && self.report.rejected > 0 {
            return Err(self.refused(false));
        }
        let Self { stage, input, order, mut rejects, mut report, .. } = self;
        let staged = stage.finish()?;
        let outcome = staged.outcome();
        let conflicts = outcome.conflicts();
        report.conflicts = conflicts;
        report.rejected += outcome.rejected.len() as u64 - conflicts;
        report.recorded = outcome.recorded;
        report.duplicates = outcome.duplicates;
        for row in outcome.rejected.iter().take(ERRORS_MAX - report.errors.len().min(ERRORS_MAX)) {
            report.errors.push(rejected_row(row, &input, &order));
        }
        if outcome.recorded > 0 {
            let positions = staged.positions();
            report.positions = Some((positions.start, positions.end - 1));
        }
        match &mut rejects {
            None if !outcome.rejected.is_empty() => {
                let rejected = report.rejected + report.conflicts;
                return Err(ImportError::Rows { errors: report.errors, rejected, gave_up: false });
            }
            Some(rejects) if !outcome.rejected.is_empty() => {
                let reasons: HashMap<u64, String> = outcome.rejected.iter().filter_map(reason_by_row).collect();
                if rejects::add_by_row(rejects, again, dialect, reasons)? != sha256 {
                    return Err(ImportError::Changed { file: input.shown() });
                }
            }
            _ => {}
        }
        rejects.as_mut().map_or(Ok(()), Rejects::complete)?;
        Ok(Read { staged, report, rejects })
    }
}

fn reason_by_row(row: &RejectedRow) -> Option<(u64, String)> {
    row.event.origin.row.map(|number| (number, row.rejection.to_string()))
}

/// What the ledger has against a row, where the file's reader looks for it.
fn rejected_row(rejected: &RejectedRow, input: &Input, order: &Order) -> RowError {
    let row = rejected.event.origin.row.unwrap_or_default();
    let FieldError { message, hint, .. } = FieldError::told(None, &rejected.rejection.to_string());
    let (code, field, position) = match &rejected.rejection {
        Rejection::Conflict { position, .. } => ("conflict", Some("event_id"), Some(position.0)),
        Rejection::UnknownVoid { .. } => ("unknown_void", Some("voids"), None),
        Rejection::AlreadyVoided { by, .. } => ("already_voided", Some("voids"), Some(by.0)),
        Rejection::NotVoidable { .. } => ("not_voidable", Some("voids"), None),
        Rejection::KeylessVoided { position, .. } => ("keyless_voided", None, Some(position.0)),
        Rejection::BookedLater { .. } | Rejection::RateAhead { .. } => ("booked_later", Some("booked_at"), None),
        _ => ("bad_row", None, None),
    };
    RowError {
        code,
        line: order.line_of(row),
        row,
        column_name: field.map(str::to_owned),
        position,
        message,
        hint,
        ..RowError::of(input)
    }
}

fn format_of(dialect: &Dialect) -> Format {
    match dialect {
        Dialect::Csv(_) => Format::Csv,
        Dialect::JsonLines(_) => Format::JsonLines,
    }
}
