//! Native CSV: a header, then a row per event.

mod fields;
mod header;
mod parse;

pub(crate) use fields::FieldSpans;
pub(crate) use header::{COLUMNS_MAX, Header, NOT_TEXT_HINT};
pub(crate) use parse::parse_block;
