//! One file into a ledger: read, staged, looked at by the caller, and published whole or not at all.

use std::collections::HashMap;

use recount_ledger::{Body, Event, Import, Origin, Recorded, RejectedRow, Rejection, Stage, Staged, Writer};

use crate::blocks::BlockError;
use crate::continuation::{Continuation, Refused};
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

const MIXED: &str = "some rows are those of an export, others are not";
const MIXED_HINT: &str = "import them from files of their own";

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
    /// The import record; none for an export, which brings all records that are to be.
    import: Option<Event>,
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
    let Read { staged, report, rejects, copied } = reading.finish(&again, &dialect, sha256)?;
    if copied {
        return Ok(Prepared { staged, report, import: None, rejects });
    }
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
    let import = Event { origin, ..import.by(&rules.recorded_by) };
    Ok(Prepared { staged, report, import: Some(import), rejects })
}

impl<'w> Prepared<'w> {
    /// What will become of the rows when it is published.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Whether the file is an export, whose records were in a ledger before.
    pub fn is_copy(&self) -> bool {
        self.import.is_none()
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
        self.staged.publish(self.import)?;
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
    /// Where the file is an export.
    copy: Option<Continuation>,
}

/// A file whose rows are staged.
struct Read<'w> {
    staged: Staged<'w>,
    report: Report,
    rejects: Option<Rejects>,
    copied: bool,
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
            copy: None,
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
        if hopeless {
            return Ok(());
        }
        if !parsed.copies.is_empty() {
            return self.take_copies(parsed.copies, parsed.events.is_empty());
        }
        match &self.copy {
            Some(_) if !parsed.events.is_empty() => Err(self.refuse_file(None, MIXED, MIXED_HINT)),
            _ => Ok(self.stage.push_chunk(parsed.events)?),
        }
    }

    /// Takes records of an export; `alone`, unless other rows stand beside them.
    fn take_copies(&mut self, records: Vec<Recorded>, alone: bool) -> Result<(), ImportError> {
        if self.rejects.is_some() {
            let hint = "leave out --rejects; nothing of an export can be left out";
            return Err(self.refuse_file(None, "the file is an export, which is taken whole or not at all", hint));
        }
        if !alone || self.copy.is_none() && self.report.read > records.len() as u64 {
            return Err(self.refuse_file(None, MIXED, MIXED_HINT));
        }
        let mut copy = self.copy.take().unwrap_or_else(|| Continuation::of(&self.stage));
        for record in records {
            match copy.take(record, &mut self.stage) {
                Ok(()) => {}
                Err(Refused::Ledger(error)) => return Err(error.into()),
                Err(Refused::Foreign { position, message, hint }) => {
                    return Err(self.refuse_file(Some(position), &message, &hint));
                }
            }
        }
        self.copy = Some(copy);
        Ok(())
    }

    fn refuse_file(&self, position: Option<u64>, message: &str, hint: &str) -> ImportError {
        let (message, hint) = (message.to_owned(), Some(hint.to_owned()));
        ImportError::File(Box::new(RowError { position, message, hint, ..RowError::of(&self.input) }))
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
        let Self { stage, input, order, mut rejects, mut report, copy, .. } = self;
        let staged = stage.finish()?;
        let outcome = staged.outcome();
        let conflicts = outcome.conflicts();
        report.conflicts = conflicts;
        report.rejected += outcome.rejected.len() as u64 - conflicts;
        report.recorded = outcome.recorded;
        let compared = copy.as_ref().map(|copy| copy.compared);
        if compared.is_some() && outcome.duplicates > 0 {
            let message = "the export holds an event twice, which no ledger does".to_owned();
            let hint = Some(crate::exported::ALTERED_HINT.to_owned());
            return Err(ImportError::File(Box::new(RowError { message, hint, ..RowError::of(&input) })));
        }
        report.duplicates = outcome.duplicates + compared.unwrap_or_default();
        for rejected in outcome.rejected.iter().take(ERRORS_MAX - report.errors.len().min(ERRORS_MAX)) {
            let row = match compared {
                Some(compared) => compared + rejected.row + 1,
                None => rejected.event.origin.row.unwrap_or_default(),
            };
            report.errors.push(rejected_row(rejected, row, &input, &order));
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
        Ok(Read { staged, report, rejects, copied: copy.is_some() })
    }
}

fn reason_by_row(row: &RejectedRow) -> Option<(u64, String)> {
    row.event.origin.row.map(|number| (number, row.rejection.to_string()))
}

/// What the ledger has against a row, where the file's reader looks for it.
fn rejected_row(rejected: &RejectedRow, row: u64, input: &Input, order: &Order) -> RowError {
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
