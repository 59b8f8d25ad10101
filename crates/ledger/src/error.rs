//! What can go wrong with a ledger on disk, by operation; every error says where and what to do.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::id::{EventId, Position};
use crate::instant::Instant;
use crate::validate::InvalidEvent;

/// Reading or writing a file failed.
#[derive(Debug, Error)]
#[error("cannot {doing} {}: {source}", file.display())]
pub struct DiskError {
    /// The file or folder.
    pub file: PathBuf,
    /// What was tried, such as `read`.
    pub doing: &'static str,
    /// What the system said.
    pub source: io::Error,
}

impl DiskError {
    /// For `map_err`: what was tried on which file.
    pub(crate) fn at<'a>(doing: &'static str, file: &'a Path) -> impl FnOnce(io::Error) -> Self + use<'a> {
        move |source| Self { file: file.to_owned(), doing, source }
    }
}

/// Bytes that are not what was written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{} is damaged{}: {what}", file.display(), Span(*positions))]
pub struct Damage {
    /// The file or folder.
    pub file: PathBuf,
    /// The records it concerns: the first, and the one after the last.
    pub positions: Option<(u64, u64)>,
    /// What is wrong, and what to do.
    pub what: String,
}

impl Damage {
    /// Damage of a file that concerns no certain records.
    pub(crate) fn of(file: &Path, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), positions: None, what: what.into() }
    }

    /// The same damage, which concerns these records.
    pub(crate) fn at(mut self, first: u64, end: u64) -> Self {
        self.positions = Some((first, end));
        self
    }
}

struct Span(Option<(u64, u64)>);

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some((first, end)) if end == first.saturating_add(1) => write!(f, " at position {first}"),
            Some((first, end)) => write!(f, " at positions {first} to {}", end.saturating_sub(1)),
            None => Ok(()),
        }
    }
}

/// Someone else holds the ledger's lock.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the ledger {} is in use by process {pid} since {since}; try again when it is done", dir.display())]
pub struct InUse {
    /// The ledger.
    pub dir: PathBuf,
    /// The process that holds it; 0 where it did not say.
    pub pid: u32,
    /// Since when, RFC 3339.
    pub since: String,
}

/// A ledger could not be made.
#[derive(Debug, Error)]
pub enum CreateError {
    /// There is one already.
    #[error("{} is a ledger already; use it, or choose another folder", .0.display())]
    Exists(PathBuf),
    /// The folder holds other things.
    #[error("{} is not empty and not a ledger; choose an empty or a new folder", .0.display())]
    NotEmpty(PathBuf),
    /// Another process is making it.
    #[error(transparent)]
    InUse(#[from] InUse),
    /// The disk said no.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The store could not be made.
    #[error(transparent)]
    Damaged(#[from] Damage),
}

/// A ledger could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// There is none.
    #[error("{} is not a ledger; make one with `recount init`, or name another with --ledger", .0.display())]
    Missing(PathBuf),
    /// Another process holds it.
    #[error(transparent)]
    InUse(#[from] InUse),
    /// It is not what was written.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// A newer program wrote it.
    #[error("{} has format {found}, this program knows up to {known}; use a newer recount", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// The disk said no.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Nothing was salvaged; no new ledger was made.
#[derive(Debug, Error)]
pub enum SalvageError {
    /// The damaged ledger could not be looked at.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The new ledger could not be made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// Not even its first record is intact.
    #[error("nothing of {} can be salvaged: its first record cannot be read, or is not the one that was written", dir.display())]
    Nothing {
        /// The damaged ledger.
        dir: PathBuf,
        /// Everything that is wrong with it.
        damage: Vec<Damage>,
    },
}

impl From<ReadError> for SalvageError {
    fn from(error: ReadError) -> Self {
        Self::Open(error.into())
    }
}

impl From<DiskError> for SalvageError {
    fn from(error: DiskError) -> Self {
        Self::Open(error.into())
    }
}

/// Records could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// Another process holds the records.
    #[error(transparent)]
    InUse(#[from] InUse),
    /// They are not what was written.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The ledger is shorter than that.
    #[error("the ledger has {size} records; position {asked} is beyond them")]
    Beyond {
        /// The position asked for.
        asked: u64,
        /// The records there are.
        size: u64,
    },
    /// The writer has stopped, and with it those who follow it.
    #[error("the writer has stopped; open the ledger again")]
    Stopped,
    /// The disk said no.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Why one event cannot be recorded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejection {
    /// It breaks a rule that can be known without the ledger.
    #[error(transparent)]
    Invalid(#[from] InvalidEvent),
    /// The same id was recorded with other content.
    #[error(
        "event {id} is recorded at position {position} with other content ({differs}); a correction is a new event that voids it"
    )]
    Conflict {
        /// The id.
        id: EventId,
        /// Where the other one stands, or would stand if it comes earlier in the same batch.
        position: Position,
        /// The fields that differ, by their native names.
        differs: String,
    },
    /// It voids what is not there.
    #[error("voids {target}, which is not recorded; the record must come before its void (is the source name right?)")]
    UnknownVoid {
        /// The id that it voids.
        target: EventId,
    },
    /// It voids what is voided already.
    #[error("voids {target}, which the record at position {by} voided already")]
    AlreadyVoided {
        /// The id that it voids.
        target: EventId,
        /// Where the earlier void stands.
        by: Position,
    },
    /// It voids a kind of record that cannot be voided.
    #[error("voids {target}, which is a {kind} record and cannot be voided; record the fact again under a new id")]
    NotVoidable {
        /// The id that it voids.
        target: EventId,
        /// What stands there.
        kind: &'static str,
    },
    /// It has no key and equals a record that was voided.
    #[error(
        "equals the record at position {position}, which event {void} (position {by}) voided; give it an event_id of its own to record it again"
    )]
    KeylessVoided {
        /// Where the equal record stands.
        position: Position,
        /// Where its void stands.
        by: Position,
        /// The void.
        void: EventId,
    },
    /// It was booked after the ledger's clock.
    #[error(
        "booked_at {booked_at} is later than the ledger's clock, {recorded_at}; nothing can be known before it is booked"
    )]
    BookedLater {
        /// As given.
        booked_at: Instant,
        /// When the ledger would record it.
        recorded_at: Instant,
    },
    /// A rate that does not say when it was booked counts as booked at its date, which is after the ledger's clock.
    #[error(
        "the rate's date {date} is later than the ledger's clock, {recorded_at}, and would count as its booked_at; give the booked_at of a rate that is agreed ahead"
    )]
    RateAhead {
        /// The rate's date.
        date: Instant,
        /// When the ledger would record it.
        recorded_at: Instant,
    },
    /// It is too large to be recorded.
    #[error("takes {bytes} bytes; one event may take at most {most}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The most there may be.
        most: usize,
    },
}

/// What a state check has against a batch.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct Refusal {
    /// The event of the batch, from 0, where one is to blame.
    pub index: Option<usize>,
    /// What is wrong and what to do.
    pub reason: String,
}

/// A batch was not recorded; nothing of it was.
#[derive(Debug, Error)]
pub enum AppendError {
    /// One of its events cannot be recorded.
    #[error("event {index} of the batch: {rejection}")]
    Rejected {
        /// The event, from 0.
        index: usize,
        /// Why.
        rejection: Rejection,
    },
    /// The ledger is not as long as the caller thought.
    #[error("expected a ledger of {expected} records, it has {actual}; read what was added and decide again")]
    WrongSize {
        /// What the caller expected.
        expected: u64,
        /// What is there.
        actual: u64,
    },
    /// A state check refused it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The batch is too large for one commit.
    #[error("the batch takes {bytes} bytes; a batch may take at most {most}: split it, or stage it as an import")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The most there may be.
        most: usize,
    },
    /// The ledger's records could not be read to compare.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It was to be staged, which failed; nothing of it is recorded unless the writer stopped.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The disk said no. The writer has stopped; whether this batch was recorded shows after it is opened again.
    #[error("{0}; the writer has stopped, open the ledger again")]
    Disk(#[from] DiskError),
    /// The writer had stopped before.
    #[error("the writer stopped after an earlier failure; open the ledger again")]
    Stopped,
}

/// An import could not be staged or published; nothing of it is recorded unless said.
#[derive(Debug, Error)]
pub enum StageError {
    /// Reading the ledger to compare failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The disk said no. The writer has stopped; whether an import was recorded that was being published shows after it
    /// is opened again.
    #[error("{0}; the writer has stopped, open the ledger again")]
    Disk(#[from] DiskError),
    /// The record that follows the import is not valid.
    #[error("the record that follows the rows: {0}")]
    Import(Rejection),
    /// A record of a copy is not one that this ledger can continue with.
    #[error("the record at position {} does not follow: {why}", position.0)]
    DoesNotFollow {
        /// Where the record says that it stands.
        position: Position,
        /// Why it cannot.
        why: &'static str,
    },
    /// A worker thread ended early.
    #[error("a worker stopped while it prepared rows: {0}")]
    Worker(String),
    /// The writer had stopped before.
    #[error("the writer stopped after an earlier failure; open the ledger again")]
    Stopped,
}

impl StageError {
    /// Whether disk or program failed, rather than that the rows are not good.
    pub(crate) const fn is_failure(&self) -> bool {
        matches!(self, Self::Disk(_) | Self::Read(ReadError::Disk(_)) | Self::Worker(_))
    }
}

/// A ledger could not be copied; nothing is left of the copy.
#[derive(Debug, Error)]
pub enum CopyError {
    /// There is something where the copy should go.
    #[error(transparent)]
    Target(#[from] CreateError),
    /// The copy would lie inside of the ledger.
    #[error("{} lies inside of the ledger that is to be copied; choose a folder outside", .0.display())]
    Inside(PathBuf),
    /// The ledger that is to be copied cannot be opened or read, or is damaged.
    #[error(transparent)]
    Source(#[from] OpenError),
    /// The store was never quiet for long enough.
    #[error("no good copy came out of {tries} tries while process {} writes ({damage}); try again when it writes less", holder.pid)]
    Busy {
        /// Who writes.
        holder: InUse,
        /// How often it was tried.
        tries: u32,
        /// What was wrong with the last one.
        damage: Damage,
    },
    /// The disk said no.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl From<Damage> for CopyError {
    fn from(damage: Damage) -> Self {
        Self::Source(damage.into())
    }
}

impl AppendError {
    /// Whether the disk failed, rather than that the batch is not good.
    pub(crate) const fn is_of_disk(&self) -> bool {
        match self {
            Self::Disk(_) | Self::Read(ReadError::Disk(_)) => true,
            Self::Stage(error) => error.is_failure(),
            _ => false,
        }
    }
}

impl From<AppendError> for StageError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Disk(e) => Self::Disk(e),
            AppendError::Read(e) => Self::Read(e),
            AppendError::Stage(e) => e,
            AppendError::Stopped => Self::Stopped,
            // Of one batch only; what is staged has no batches.
            other => Self::Worker(other.to_string()),
        }
    }
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::InUse(e) => Self::InUse(e),
            ReadError::Damaged(e) => Self::Damaged(e),
            ReadError::Disk(e) => Self::Disk(e),
            other @ (ReadError::Beyond { .. } | ReadError::Stopped) => {
                Self::Damaged(Damage { file: PathBuf::new(), positions: None, what: other.to_string() })
            }
        }
    }
}

impl From<OpenError> for ReadError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::InUse(e) => Self::InUse(e),
            OpenError::Damaged(e) => Self::Damaged(e),
            OpenError::Disk(e) => Self::Disk(e),
            other @ (OpenError::Missing(_) | OpenError::Newer { .. }) => {
                Self::Damaged(Damage { file: PathBuf::new(), positions: None, what: other.to_string() })
            }
        }
    }
}
