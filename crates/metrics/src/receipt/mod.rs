//! Receipts: a question, the ledger it was asked of, and the answer, in one document that anybody can hash again.
//!
//! Pure: what a question means and how it is answered is the caller's. Here lie the document, its canonical bytes
//! (RFC 8785), its id, and where two answers first differ.

mod canonical;
mod difference;
mod document;
mod exact;
mod zones;

pub use canonical::{NotCanonical, canonical, id_of};
pub use difference::{FirstDifference, first_difference};
pub use document::{DeckRow, DefinitionUsed, LedgerAt, MadeBy, Question, RECEIPT_SCHEMA, Receipt, ReceiptError};
pub use exact::exact_json;
pub use zones::{days_of, zones_named};

#[cfg(test)]
mod tests;
