//! Foreign files to events: native CSV and JSON Lines, streamed, with errors that say where and what to do.
//!
//! This crate turns rows into valid events and hands them to the ledger in the file's order. What is a duplicate, what is
//! in conflict and what a void may take back, the ledger decides; what it means for MRR, the projection.

mod draft;
mod error;
mod export;
mod field;
mod format;
mod import;
mod kind;
mod row;
mod value;

pub use draft::event_from_fields;
pub use error::{FieldError, ImportError, MapError, RowError};
pub use export::{fields_of, record_json};
pub use field::Field;
pub use format::{Format, FormatError};
pub use import::{Input, Options, Prepared, Progress, Report, prepare};
pub use kind::{Kind, KindNames};
pub use row::{Fields, Rules};
