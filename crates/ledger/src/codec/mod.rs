//! Bytes: the canonical content of a record, and the frames that hold many records in columns.
//!
//! Only this room knows how events become bytes. What is hashed is the content ([`encode_content`]); a frame
//! ([`Frame`]) is only a smaller way to hold the same content, and gives it back to the byte.
//! `docs/format.md` describes both; `fixtures/records` holds golden bytes of every version.

mod content;
mod error;
mod frame;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod samples;
mod wire;

pub use content::{CONTENT_BYTES_MAX, decode_content, encode_content, view_content};
pub use error::DecodeError;
pub use frame::{FRAME_RECORDS, Frame, FrameDecoder, FrameEncoder, FrameError};
