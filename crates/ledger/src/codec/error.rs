//! Why bytes are not a record.

use thiserror::Error;

/// What is wrong with the bytes of a record or a frame. Whoever read them knows the file and the position, and adds them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Written by a version of Recount that this one does not know.
    #[error("version {found} of {what} is unknown to this Recount, which reads up to {known}; use a newer one")]
    Version {
        /// What has the version.
        what: &'static str,
        /// The version found.
        found: u16,
        /// The newest one known.
        known: u16,
    },
    /// A kind of record that this version of Recount does not know.
    #[error("record kind {0} is unknown to this Recount; use a newer one")]
    Kind(u8),
    /// Fewer or other bytes than the format needs.
    #[error("{what} is malformed: {problem}")]
    Malformed {
        /// The part.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Bytes are left over after the end.
    #[error("{0} bytes are left over after the end of the record")]
    Trailing(usize),
    /// The bytes say the same as other, shorter bytes would: Recount never writes them so.
    #[error("the bytes are not the canonical form of what they say")]
    NotCanonical,
    /// A checksum does not match.
    #[error("checksum mismatch in {what}: {found:08x} instead of {expected:08x}")]
    Checksum {
        /// The part.
        what: &'static str,
        /// The checksum stored.
        expected: u32,
        /// The checksum of the bytes.
        found: u32,
    },
}

impl DecodeError {
    /// Whether the bytes may be good, written by a newer Recount than this one.
    pub const fn is_newer(&self) -> bool {
        matches!(self, Self::Version { .. } | Self::Kind(_))
    }

    pub(crate) fn malformed(what: &'static str, problem: impl Into<String>) -> Self {
        Self::Malformed { what, problem: problem.into() }
    }
}
