//! The tail: a journal in front of the store. Write-ahead log, head and small-frame buffer in one file.
//!
//! A commit is one entry and one sync. [`head`] says what the store holds, [`entry`] how a commit looks, [`scan`] reads
//! a tail back and tells a torn end from damage, [`inspect`] goes on behind damage, [`journal`] appends.

mod entry;
mod head;
mod inspect;
mod journal;
mod scan;
#[cfg(test)]
mod tests;

pub use entry::{Commit, ENTRY_BYTES_MAX};
pub use head::TailHead;
pub use inspect::inspect;
pub use journal::Journal;
pub use scan::{Tail, load, scan};

/// The file's name.
pub const FILE: &str = "tail";
