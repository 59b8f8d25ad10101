//! Foreign files to events: native CSV and JSON Lines, streamed, with errors that say where and what to do.
//!
//! This crate turns rows into valid events and hands them to the ledger in the file's order. What is a duplicate, what is
//! in conflict and what a void may take back, the ledger decides; what it means for MRR, the projection.

mod blocks;
mod continuation;
mod csv;
mod draft;
mod encoding;
mod error;
mod export;
mod exported;
mod field;
mod format;
mod formula;
mod import;
mod input;
mod jsonl;
mod kind;
mod names;
mod options;
mod order;
mod pipeline;
#[doc(hidden)]
pub mod probe;
mod progress;
mod rejects;
mod row;
mod rows;
mod source;
#[cfg(test)]
mod tests;
mod value;

pub use draft::event_from_fields;
pub use error::{FieldError, ImportError, MapError, RowError};
pub use export::{RecordJson, fields_of, record_json};
pub use exported::{CsvExport, CsvExportError, exported_json};
pub use field::Field;
pub use format::{Format, FormatError};
pub use formula::guarded;
pub use import::{ERRORS_MAX, Prepared, Report, prepare};
pub use input::Input;
pub use kind::{Kind, KindNames};
pub use options::Options;
pub use progress::Progress;
pub use row::{Fields, Rules};
