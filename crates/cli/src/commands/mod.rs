//! One file per command: its flags, and what it does.

pub mod append;
pub mod check;
pub mod completions;
pub mod demo;
pub mod explain;
pub mod import;
pub mod init;
pub mod log;
pub mod man;
pub mod movements;
pub mod mrr;
pub mod ndr;
pub mod restate;
pub mod verify;
pub mod void;
