//! One file into a ledger: read, staged, looked at by the caller, and published whole or not at all.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use recount_ledger::{Currency, Staged, Writer, Zone};

use crate::error::{ImportError, RowError};
use crate::format::Format;

/// Where the rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file.
    Path(PathBuf),
    /// Standard input, `-` on the command line.
    Stdin,
}

impl Input {
    /// The input that a command line names.
    pub fn named(name: &str) -> Self {
        if name == "-" { Self::Stdin } else { Self::Path(PathBuf::from(name)) }
    }
}

/// How a file is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The format; none to tell it from the file's name.
    pub format: Option<Format>,
    /// The source that event keys belong to, `native` where nothing else is said.
    pub source: String,
    /// The currency of rows that name none: from `--currency`, else the ledger's.
    pub currency: Option<Currency>,
    /// The zone in which bare dates begin.
    pub zone: Zone,
    /// `--map old=new`: a column of the file and the native name it is read as; an empty name leaves it out.
    pub columns: Vec<(String, String)>,
    /// `--map-kind old=new`.
    pub kinds: Vec<(String, String)>,
    /// Who or what writes the rows.
    pub recorded_by: String,
    /// Where bad rows go, each with its reason. Without it a file with a bad row records nothing.
    pub rejects: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: None,
            source: recount_ledger::DEFAULT_SOURCE.to_owned(),
            currency: None,
            zone: Zone::UTC,
            columns: Vec::new(),
            kinds: Vec::new(),
            recorded_by: "recount import".to_owned(),
            rejects: None,
        }
    }
}

/// How far an import is; shared with whoever shows it.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    bytes: AtomicU64,
    total: AtomicU64,
    rows: AtomicU64,
}

impl Progress {
    /// Bytes read of the file as it lies on disk.
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Bytes of the file as it lies on disk, where that is known.
    pub fn total_bytes(&self) -> Option<u64> {
        Some(self.0.total.load(Ordering::Relaxed)).filter(|total| *total > 0)
    }

    /// Rows staged.
    pub fn rows(&self) -> u64 {
        self.0.rows.load(Ordering::Relaxed)
    }
}

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
    unimplemented!("{writer:?} {input:?} {options:?} {progress:?}")
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
        unimplemented!()
    }

    /// Records nothing; still writes the rejects file, so that a dry run shows what would be in it.
    pub fn discard(self) -> Result<Report, ImportError> {
        unimplemented!()
    }
}
