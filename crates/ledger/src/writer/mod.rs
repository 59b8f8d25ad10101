//! The one writer of a ledger.
//!
//! [`check`] decides what of a batch is new, [`group`] makes batches durable together, [`drain`] moves the tail into the
//! store, [`open`] finishes what a crash left behind.

mod check;
mod drain;
mod group;
mod live;
mod open;
mod options;
#[cfg(test)]
mod recovery_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod version_tests;

use std::ops::RangeBounds;
use std::path::Path;
use std::sync::Arc;

pub use check::{judge_alone, judge_repeat, judge_void};
pub use live::{Live, range};
pub use options::{Clock, Expected, Options, Outcome};

use crate::admission::Admission;
use crate::error::{AppendError, OpenError, ReadError, StageError};
use crate::event::Event;
use crate::header::Header;
use crate::id::EventId;
use crate::identity::Index;
use crate::instant::Instant;
use crate::medium::{Folder, Held};
use crate::merkle::Peaks;
use crate::reader::Records;
use crate::record::Recorded;
use crate::stage::Stage;
use crate::tail::{Commit, Journal};
use group::Recent;

/// The one writer of a ledger: other processes that want to write are told that it is in use.
///
/// ```
/// use recount_ledger::{Body, Claim, Denomination, Event, Expected, Ledger, Movement, Options, Settings, Writer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let home = tempfile::tempdir()?;
/// # let dir = home.path().join("ledger");
/// Ledger::create(&dir, Settings::default())?;
/// let mut writer = Writer::open(&dir, Options::default())?;
/// let won = Movement {
///     claim: Claim::NewLogo,
///     customer: "acme".to_owned(),
///     subscription: None,
///     effective_at: "2025-01-01T00:00:00Z".parse::<recount_ledger::Instant>()?.into(),
///     mrr: Some("100".parse()?),
///     mrr_before: None,
///     currency: Some(Denomination::given("USD".parse()?)),
///     plan: None,
///     quantity: None,
///     attributes: vec![],
///     replaces: None,
/// };
/// let event = Event::new(Body::Movement(won)).keyed("billing", "evt_1");
///
/// let outcomes = writer.append(vec![event.clone()], Expected::Size(0))?;
/// assert_eq!(outcomes[0].position.0, 0);
/// // The same event again is no news.
/// assert!(writer.append(vec![event], Expected::Any)?[0].duplicate);
/// for chunk in writer.read(..)? {
///     chunk?.records().for_each(|record| println!("{} {}", record.position, record.event.body.kind()));
/// }
/// # Ok(())
/// # }
/// ```
pub struct Writer {
    pub(crate) live: Arc<Live>,
    pub(crate) journal: Journal,
    pub(crate) index: Index,
    /// Ids and voids of the tail and of what waits to be durable.
    recent: Recent,
    /// Accepted, not yet durable.
    waiting: Vec<Commit>,
    /// The tree over everything durable and waiting.
    pub(crate) peaks: Peaks,
    pub(crate) last_recorded_at: Option<Instant>,
    pub(crate) admission: Option<Box<dyn Admission>>,
    clock: Clock,
    /// Set by the first failure to write; what is on disk is then known only after opening again.
    pub(crate) stopped: bool,
    /// Whether anything was appended since the tail was last marked as closed.
    dirty: bool,
    /// Last, so that everything else is closed before others may come.
    _lock: Box<dyn Held>,
}

impl Writer {
    /// Opens the ledger in `dir` for writing; finishes or discards what a crash left behind.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        crate::links::refuse(dir)?;
        Self::open_in(&Folder::on_disk(dir), options)
    }

    /// Opens the ledger in a folder of any medium for writing.
    pub(crate) fn open_in(dir: &Folder, options: Options) -> Result<Self, OpenError> {
        open::open(dir, options)
    }

    /// What holds for the whole ledger.
    pub fn header(&self) -> &Header {
        &self.live.header
    }

    /// How many records there are.
    pub fn size(&self) -> u64 {
        self.peaks.size()
    }

    /// The Merkle root over all of them.
    pub fn root(&self) -> [u8; 32] {
        self.peaks.root().0
    }

    /// The `recorded_at` of the newest record.
    pub fn last_recorded_at(&self) -> Option<Instant> {
        self.last_recorded_at
    }

    /// The records that a batch would become now: checked as [`Writer::append`] checks it, but for the state check, and
    /// nothing is recorded. Events that are recorded already are left out.
    pub fn preview(&mut self, batch: Vec<Event>) -> Result<Vec<Recorded>, AppendError> {
        let recorded_at = self.now();
        Ok(self.check(batch, recorded_at)?.fresh)
    }

    /// Appends a batch, whole or not at all, and returns once it is durable. Events that are recorded already with the
    /// same content are skipped; their outcome names the earlier record. A batch of more than 2,048 new events is staged
    /// like an import.
    pub fn append(&mut self, batch: Vec<Event>, expected: Expected) -> Result<Vec<Outcome>, AppendError> {
        let outcomes = self.accept(batch, expected)?;
        self.commit()?;
        Ok(outcomes)
    }

    /// Begins an import of any length. Nothing is recorded before it is published.
    pub fn stage(&mut self) -> Result<Stage<'_>, StageError> {
        Stage::begin(self)
    }

    /// The records of a range, oldest first.
    pub fn read(&self, positions: impl RangeBounds<u64>) -> Result<Records, ReadError> {
        self.live.read(positions)
    }

    /// The record of an event id.
    pub fn find(&self, id: EventId) -> Result<Option<Recorded>, ReadError> {
        self.lookup(id)
    }

    /// The Merkle root over the first `size` records.
    pub fn root_at(&self, size: u64) -> Result<[u8; 32], ReadError> {
        self.live.root_at(size).map(|root| root.0)
    }

    /// Moves the tail into the store and gives the ledger free. A writer that is only dropped leaves the tail as it is,
    /// which is just as durable and quicker after a single append.
    pub fn close(mut self) -> Result<(), AppendError> {
        self.commit()?;
        self.drain()
    }

    /// The ledger's time: the clock's, but never before the newest record.
    pub(crate) fn now(&mut self) -> Instant {
        let now = (self.clock)();
        self.last_recorded_at.map_or(now, |last| last.max(now))
    }

    /// The same for an import, of which a step may also fail because its rows are wrong.
    pub(crate) fn stop_on_failure<T, E: Into<StageError>>(&mut self, result: Result<T, E>) -> Result<T, StageError> {
        let result = result.map_err(Into::into);
        self.stopped |= result.as_ref().is_err_and(StageError::is_failure);
        result
    }

    /// Notes that the writer can no longer know what is on disk.
    pub(crate) fn stop_on<T, E>(&mut self, result: Result<T, E>) -> Result<T, E> {
        self.stopped |= result.is_err();
        result
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.dirty && !self.stopped && self.waiting.is_empty() {
            // Only sharpens what a later reader can say of damage; nothing depends on it.
            let _unmarked = self.journal.close(self.peaks.size(), self.peaks.root());
        }
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("live", &self.live).field("stopped", &self.stopped).finish_non_exhaustive()
    }
}
