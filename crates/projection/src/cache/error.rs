//! Why a cache cannot be used. Each is answered by a replay of the records.

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use uuid::Uuid;

/// Why a cache cannot be read or written.
#[derive(Debug, Error)]
pub enum CacheError {
    /// There is none.
    #[error("there is no projection cache at {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// It was written by another version of Recount.
    #[error("the projection cache {} has version {found}; this Recount reads version {expected}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The one that can be read.
        expected: u32,
    },
    /// It belongs to another ledger.
    #[error("the projection cache {} belongs to ledger {found}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The ledger that it names.
        found: Uuid,
    },
    /// It holds records that the ledger does not have.
    #[error("the projection cache {} holds {found} records, but the ledger has {size}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// How many records it holds.
        found: u64,
        /// How many records the ledger has.
        size: u64,
    },
    /// Its bytes are not those that were written.
    #[error("the projection cache {} is damaged: {what}; delete it, it is made anew from the records", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Another process is writing it.
    #[error("another process is writing the projection cache {}", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The disk said no.
    #[error("cannot {action} the projection cache {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
