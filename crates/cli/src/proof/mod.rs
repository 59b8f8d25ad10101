//! Proofs as documents that can be handed to somebody without the ledger: writing them, and checking them.

mod check;
mod document;
mod fields;

pub use check::{Proved, Trust, vouched};
pub use document::{Consistency, Document, Inclusion, hashes, texts};
pub use fields::Fields;

#[cfg(test)]
mod tests;
