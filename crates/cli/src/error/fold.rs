//! Every crate's errors as one: whose fault, where, and the way out.

use recount_import::{FieldError, ImportError, MapError, RowError};
use recount_ledger::{
    AppendError, CopyError, CreateError, Damage, DiskError, InUse, OpenError, ReadError, Refusal, Rejection, StageError,
};
use recount_metrics::{DefinitionError, FigureError, RatesError, WindowError};
use recount_projection::{ExtendError, MergeCycle};

use super::{CommandError, ErrorKind};

const RESTORE: &str = "`recount verify` lists all damage and which records are intact; restore the ledger from a backup, or make a new one of what is intact with `recount salvage --to DIR`";

impl From<DiskError> for CommandError {
    fn from(error: DiskError) -> Self {
        let hint = way_out(error.source.kind());
        Self::new(ErrorKind::Unavailable, "io", &error).in_file(&error.file).hint(hint)
    }
}

/// What to do when the disk said no.
fn way_out(said: std::io::ErrorKind) -> &'static str {
    use std::io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match said {
        StorageFull | QuotaExceeded | FileTooLarge => {
            "make room and run the command again; what was acknowledged is kept, and of this command all or nothing"
        }
        PermissionDenied | ReadOnlyFilesystem => {
            "this needs a folder that can be written to: run it as its owner, or on a copy of the whole ledger"
        }
        _ => {
            "check the disk and run the command again; what was acknowledged is kept, and of this command all or nothing"
        }
    }
}

impl From<InUse> for CommandError {
    fn from(error: InUse) -> Self {
        Self::new(ErrorKind::Unavailable, "in_use", &error).in_file(&error.dir)
    }
}

impl From<Damage> for CommandError {
    fn from(error: Damage) -> Self {
        let folded = Self::new(ErrorKind::Damaged, "damaged", &error).in_file(&error.file).hint(RESTORE);
        Self { position: error.positions.map(|(first, _)| first), ..folded }
    }
}

impl From<CreateError> for CommandError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Exists(_) => Self::new(ErrorKind::Unavailable, "ledger_exists", error),
            CreateError::NotEmpty(_) => Self::new(ErrorKind::Unavailable, "not_empty", error),
            CreateError::InUse(in_use) => in_use.into(),
            CreateError::Disk(disk) => disk.into(),
            CreateError::Damaged(damage) => damage.into(),
        }
    }
}

impl From<OpenError> for CommandError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Missing(dir) => Self::missing_ledger(&dir),
            OpenError::InUse(in_use) => in_use.into(),
            OpenError::Damaged(damage) => damage.into(),
            OpenError::Newer { ref file, .. } => {
                Self::new(ErrorKind::Unavailable, "newer_format", &error).in_file(file)
            }
            OpenError::Disk(disk) => disk.into(),
        }
    }
}

impl From<ReadError> for CommandError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::InUse(in_use) => in_use.into(),
            ReadError::Damaged(damage) => damage.into(),
            ReadError::Disk(disk) => disk.into(),
            ReadError::Beyond { asked, .. } => {
                Self { position: Some(asked), ..Self::new(ErrorKind::Usage, "beyond", error) }
            }
            ReadError::Stopped => Self::new(ErrorKind::Unavailable, "stopped", error),
        }
    }
}

impl From<Rejection> for CommandError {
    fn from(rejection: Rejection) -> Self {
        let code = match rejection {
            Rejection::Conflict { .. } => "conflict",
            Rejection::Invalid(_) => "invalid",
            Rejection::UnknownVoid { .. } => "unknown_void",
            Rejection::AlreadyVoided { .. } => "already_voided",
            Rejection::NotVoidable { .. } => "not_voidable",
            Rejection::KeylessVoided { .. } => "keyless_voided",
            Rejection::BookedLater { .. } | Rejection::RateAhead { .. } => "booked_later",
            Rejection::TooLarge { .. } => "too_large",
        };
        let position = match &rejection {
            Rejection::Conflict { position, .. } | Rejection::KeylessVoided { position, .. } => Some(position.0),
            Rejection::AlreadyVoided { by, .. } => Some(by.0),
            _ => None,
        };
        let column = match &rejection {
            Rejection::Invalid(invalid) => Some(invalid.field.clone()),
            _ => None,
        };
        Self { position, column, ..Self::new(ErrorKind::Input, code, rejection) }
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        // Strict mode is the only judge that the command line sets.
        Self::new(ErrorKind::Input, "contradiction", refusal)
    }
}

impl From<AppendError> for CommandError {
    fn from(error: AppendError) -> Self {
        match error {
            // The command line appends one event at a time: its number says nothing.
            AppendError::Rejected { rejection, .. } => rejection.into(),
            AppendError::Refused(refusal) => refusal.into(),
            AppendError::Read(read) => read.into(),
            AppendError::Stage(stage) => stage.into(),
            AppendError::Disk(disk) => disk.into(),
            AppendError::WrongSize { .. } | AppendError::TooLarge { .. } => {
                Self::new(ErrorKind::Input, "refused", error)
            }
            AppendError::Stopped => Self::new(ErrorKind::Unavailable, "stopped", error),
        }
    }
}

impl From<StageError> for CommandError {
    fn from(error: StageError) -> Self {
        match error {
            StageError::Read(read) => read.into(),
            StageError::Disk(disk) => disk.into(),
            StageError::Import(rejection) => rejection.into(),
            StageError::DoesNotFollow { position, .. } => {
                Self { position: Some(position.0), ..Self::new(ErrorKind::Input, "does_not_follow", error) }
            }
            StageError::Worker(_) | StageError::Stopped => Self::new(ErrorKind::Unavailable, "stopped", error),
        }
    }
}

impl From<FieldError> for CommandError {
    fn from(error: FieldError) -> Self {
        let folded = Self {
            column: error.field.clone(),
            hints: error.hint.clone().into_iter().collect(),
            ..Self::new(ErrorKind::Input, "bad_field", "")
        };
        let field = error.field.map(|field| format!("{field}: ")).unwrap_or_default();
        Self { message: format!("{field}{}", error.message), ..folded }
    }
}

impl From<RowError> for CommandError {
    fn from(error: RowError) -> Self {
        let column = error.column_name.clone().or_else(|| error.column.map(|column| column.to_string()));
        Self {
            line: error.line,
            column,
            position: error.position,
            hints: error.hint.clone().into_iter().collect(),
            ..Self::new(ErrorKind::Input, error.code, &error.message).in_file(&error.file)
        }
    }
}

impl From<MapError> for CommandError {
    fn from(error: MapError) -> Self {
        Self::usage(error)
    }
}

impl From<ImportError> for CommandError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Map(map) => map.into(),
            ImportError::UnknownFormat { ref file } => Self::usage(&error).in_file(file),
            ImportError::Read { ref file, error: ref cause } if cause.kind() == std::io::ErrorKind::InvalidData => {
                Self::new(ErrorKind::Input, "bad_file", &error).in_file(file)
            }
            ImportError::Read { ref file, .. } => Self::new(ErrorKind::Unavailable, "io", &error).in_file(file),
            ImportError::Rejects { ref path, .. } => Self::new(ErrorKind::Unavailable, "io", &error).in_file(path),
            ImportError::File(row) => Self { code: "bad_file", ..(*row).into() },
            ImportError::Rows { errors, rejected, .. } => rows(errors, rejected),
            ImportError::Changed { ref file } => {
                Self::new(ErrorKind::Unavailable, "file_changed", &error).in_file(file)
            }
            ImportError::Ledger(stage) => stage.into(),
        }
    }
}

/// Bad rows shown of one file.
const SHOWN_MAX: usize = 10;

/// The first bad row is the error; that there are more is said beside it.
fn rows(errors: Vec<RowError>, rejected: u64) -> CommandError {
    let count = rejected.max(errors.len() as u64);
    let mut errors = errors.into_iter();
    let first = errors.next().map(CommandError::from);
    let mut folded = first.unwrap_or_else(|| CommandError::new(ErrorKind::Input, "bad_row", "rows were refused"));
    folded.others.extend(errors.take(SHOWN_MAX - 1).map(|row| row.to_string()));
    folded.hint(format!(
        "{count} row{} refused, so nothing of the file was recorded; with --rejects FILE the good rows are recorded and the bad ones written there",
        if count == 1 { " was" } else { "s were" }
    ))
}

impl From<FigureError> for CommandError {
    fn from(error: FigureError) -> Self {
        let (kind, code) = match error {
            FigureError::NoRate { .. } => (ErrorKind::Input, "no_rate"),
            FigureError::Overflow(_) => (ErrorKind::Input, "overflow"),
            FigureError::ParentCycle(_) => (ErrorKind::Input, "parent_cycle"),
            FigureError::SeveralCurrencies(_) => (ErrorKind::Usage, "several_currencies"),
            FigureError::UnknownCustomer(_) => (ErrorKind::Usage, "unknown_customer"),
            FigureError::UnknownAttribute { .. } => (ErrorKind::Usage, "unknown_attribute"),
            FigureError::NoShares(_) => (ErrorKind::Usage, "no_shares"),
            FigureError::Window(_) => (ErrorKind::Usage, "window"),
            _ => (ErrorKind::Usage, "usage"),
        };
        Self::new(kind, code, error)
    }
}

impl From<WindowError> for CommandError {
    fn from(error: WindowError) -> Self {
        Self::new(ErrorKind::Usage, "window", error)
    }
}

impl From<RatesError> for CommandError {
    fn from(error: RatesError) -> Self {
        Self::usage(error)
    }
}

impl From<DefinitionError> for CommandError {
    fn from(error: DefinitionError) -> Self {
        Self::new(ErrorKind::Usage, "definition", error)
    }
}

impl From<MergeCycle> for CommandError {
    fn from(error: MergeCycle) -> Self {
        Self::new(ErrorKind::Input, "merge_cycle", error)
    }
}

impl From<ExtendError> for CommandError {
    fn from(error: ExtendError) -> Self {
        Self::new(ErrorKind::Damaged, "damaged", error).hint(RESTORE)
    }
}

impl From<CopyError> for CommandError {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Target(create) => create.into(),
            CopyError::Source(open) => open.into(),
            CopyError::Disk(disk) => disk.into(),
            CopyError::Inside(_) => Self::usage(error),
            CopyError::Busy { ref holder, .. } => {
                Self::new(ErrorKind::Unavailable, "in_use", &error).in_file(&holder.dir)
            }
        }
    }
}
