//! Signed heads: what can be kept elsewhere, so that a ledger which was rewritten or rolled back is found out.
//!
//! A checkpoint is text of three lines (origin, size, root), as <https://c2sp.org/tlog-checkpoint> has it; signed, it is
//! a note of <https://c2sp.org/signed-note>, which every tool of that family can check. Nothing here reads a ledger.

mod head;
mod key;
mod lines;
mod note;

pub use head::{Checkpoint, NotedCheckpoint};
pub use key::{KeyError, SigningKey, VerifierKey};
pub use lines::{from_base64, to_base64};
pub use note::{NOTE_BYTES_MAX, Note, NoteError, SIGNATURES_MAX, Signature, SignatureError};

#[cfg(test)]
mod tests;
