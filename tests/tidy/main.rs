//! The invariants of docs/architecture.md as tests: who may depend on whom, who may name what, how files are kept.

mod edges;
mod files;
mod fixtures;
mod source;
mod words;
