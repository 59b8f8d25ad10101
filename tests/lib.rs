//! Shared helpers of the test targets.

mod binary;

pub use binary::{Home, Ran, recount};
