//! Proofs as documents that can be handed to somebody without the ledger: writing them, and checking them.

mod check;
mod document;
mod fields;

pub use check::{Proved, Trust};
pub use document::{Consistency, Document, Inclusion};

#[cfg(test)]
mod tests;
