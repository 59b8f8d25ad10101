//! Whole runs of a ledger over a faulty disk in memory, each made by a seed, against a model that is a plain list.
//!
//! [`world`] is the disk: what is durable, what is only in the system's cache, and what a power cut leaves of it.
//! [`medium`] lets the ledger work on it and makes calls fail. [`script`] draws what is done, [`auditor`] knows what must
//! come of it, [`driver`] does it and compares after every step. The same seed gives the same run.

mod auditor;
mod driver;
mod found_tests;
mod medium;
mod rng;
mod script;
mod store;
mod tests;
mod world;
