//! What crosses crates: the product against the auditor, published examples, edges of money and time, the binary itself.

mod answer; // answers as flat text, and the auditor's
mod differential; // random ledgers: every number of the product is the auditor's
mod product; // the product's answers, in memory
mod replay; // views under any cut, in any steps
mod shrink; // makes a failing ledger small
