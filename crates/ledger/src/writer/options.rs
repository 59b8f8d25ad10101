//! How a writer works, and what it answers.

use std::fmt;

use crate::admission::Admission;
use crate::id::{EventId, Position};
use crate::instant::Instant;

/// Tells the time at which records are recorded.
pub type Clock = Box<dyn FnMut() -> Instant + Send>;

/// How a writer works.
pub struct Options {
    /// Checks every appended batch against the state it would make. Staged imports are not asked: whoever stages them
    /// looks at their records before they are published.
    pub admission: Option<Box<dyn Admission>>,
    /// Tells the time.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self { admission: None, clock: Box::new(Instant::now) }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("admission", &self.admission.is_some()).finish_non_exhaustive()
    }
}

/// What the caller of an append believes of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Any,
    /// That it has so many records. A batch that holds only duplicates is answered as such whatever the size is, so
    /// that a retry gets the answer of the first try.
    Size(u64),
}

/// What became of one event of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Where it stands.
    pub position: Position,
    /// Its id.
    pub id: EventId,
    /// Whether it stood there before.
    pub duplicate: bool,
}
