//! Receipts: every report can leave one, and `reproduce` answers it again.
//!
//! `metrics` has the document and its ids. Here the question is put into it and taken out of it again: the flags of each
//! command, the definitions and the deck that were read, the records that were there.

mod asked;
mod cause;
mod give;
mod library;
mod replay;
pub mod text;
mod verdict;

pub use asked::Asked;
pub use cause::Cause;
pub use give::give;
pub use library::Library;
pub use replay::Replay;
pub use verdict::{Verdict, judge, judge_today};
