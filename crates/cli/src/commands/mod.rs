//! One file per command: its flags, and what it does.

pub mod append;
pub mod check;
pub mod checkpoint;
pub mod close;
pub mod closes;
pub mod completions;
pub mod define;
pub mod definitions;
pub mod demo;
pub mod explain;
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
pub mod verify;
pub mod verify_proof;
pub mod void;
