//! Evidence packs: a figure, and everything from which somebody without the ledger can compute and prove it again.
//!
//! `select` decides which records bear on a figure, `build` writes them down, `archive` is the ZIP file, `check` reads a
//! pack that may be hostile, and `recompute` makes the figure of nothing but the records. docs/format.md has the layout.

mod about;
mod archive;
mod build;
mod check;
mod json;
mod lines;
mod readme;
mod recompute;
mod schedule;
mod select;

pub use about::Reach;
pub use archive::{PACK_BYTES_MAX, Pack};
pub use build::{Figure, build};
pub use check::{Verified, verify};
pub use select::{Needs, select};

use crate::error::{CommandError, ErrorKind};

/// For people: what is in the pack, how to check it, what it shows and what it does not.
pub const README: &str = "README.txt";
/// What kind of pack it is, and the digests of all other entries.
pub const ABOUT: &str = "pack.json";
/// The report as `ndr -o json` prints it.
pub const REPORT: &str = "report.json";
/// The definition with every parameter as it was used, and its hash.
pub const DEFINITION: &str = "definition.json";
/// The same as a document.
pub const DOCUMENT: &str = "definition.toml";
/// Per customer: open, every movement, close.
pub const SCHEDULE: &str = "schedule.csv";
/// The records, one a line, with their paths to the root.
pub const RECORDS: &str = "records.jsonl";
/// The head of the ledger, signed or not.
pub const CHECKPOINT: &str = "checkpoint.txt";

/// A file that is no pack, or none of ours.
fn bad(problem: impl std::fmt::Display) -> CommandError {
    CommandError::new(ErrorKind::Input, "bad_pack", format!("this is no evidence pack: {problem}"))
        .hint("`recount evidence` writes one; get it again if it was damaged on its way")
}

/// The pack is whole, but what it prints is not what its records come to.
fn differs(problem: impl std::fmt::Display) -> CommandError {
    CommandError::new(ErrorKind::No, "pack_differs", format!("the pack differs from its own records: {problem}"))
}

/// The records are not what the checkpoint vouches for.
fn unproved(problem: impl std::fmt::Display) -> CommandError {
    CommandError::new(ErrorKind::Damaged, "proof", format!("the pack does not hold: {problem}"))
}
