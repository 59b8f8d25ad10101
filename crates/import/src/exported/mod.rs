//! An export: every record with its place and time, the fields that people read, and the content that was hashed.
//!
//! The content says everything, to the byte; the fields beside it are for people and other programs. A row is read by
//! making its fields again from its content: a row in which the two disagree was altered, and is refused.

mod read;
mod row;
mod sheet;

pub(crate) use read::{ALTERED_HINT, is_export, record_of};
pub use row::exported_json;
pub(crate) use sheet::cell;
pub use sheet::{CsvExport, CsvExportError};
