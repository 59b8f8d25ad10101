//! One file per command: its flags, and what it does.

pub mod append;
pub mod backup;
pub mod check;
pub mod checkpoint;
pub mod close;
pub mod closes;
pub mod completions;
mod copied;
pub mod define;
pub mod definitions;
pub mod demo;
pub mod explain;
pub mod export;
pub mod import;
pub mod init;
pub mod keygen;
pub mod log;
pub mod man;
pub mod movements;
pub mod mrr;
pub mod ndr;
pub mod prove;
pub mod restate;
pub mod restore;
pub mod verify;
pub mod verify_proof;
pub mod void;
