//! The projection: everything that the records say about MRR, by all three clocks.

use recount_ledger::{Close, Currency, Definition, Import, Instant, Position, Recorded};

use crate::bookings::Bookings;
use crate::cut::Cut;
use crate::extension::Extension;
use crate::fact::{ExtendError, Listed, MergeCycle};
use crate::lists::Lists;
use crate::rows::{AttributeColumn, Rows};
use crate::spans::Spans;
use crate::strings::Interner;
use crate::view::View;

/// The replayed records of a ledger.
///
/// ```
/// use recount_ledger::{Body, Claim, Currency, Denomination, Event, Movement, Position, Recorded};
/// use recount_projection::{Boundary, Cut, Projection};
///
/// let at: recount_ledger::Instant = "2025-03-01T00:00:00Z".parse()?;
/// let won = Movement {
///     claim: Claim::NewLogo,
///     customer: "acme".to_owned(),
///     subscription: None,
///     effective_at: at.into(),
///     mrr: Some("49.90".parse()?),
///     mrr_before: None,
///     currency: Some(Denomination::given("USD".parse::<Currency>()?)),
///     plan: None,
///     quantity: None,
///     attributes: Vec::new(),
///     replaces: None,
/// };
/// let event = Event::new(Body::Movement(won));
/// let mut projection = Projection::empty();
/// projection.extend([Recorded { position: Position(0), recorded_at: at, event }])?;
///
/// let view = projection.view(Cut::NONE)?;
/// let acme = view.customer("acme").expect("it was just recorded");
/// let later = "2025-04-01T00:00:00Z".parse()?;
/// assert_eq!(view.mrr_at(acme, Boundary(later)), 4_990_000_000);
/// assert_eq!(view.mrr_at(acme, Boundary(at)), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Projection {
    pub(crate) size: u64,
    pub(crate) root: [u8; 32],
    pub(crate) customers: Interner,
    pub(crate) attributes: Vec<AttributeColumn>,
    pub(crate) zones: Interner,
    pub(crate) currencies: Vec<Currency>,
    pub(crate) bookings: Bookings,
    pub(crate) spans: Spans,
    pub(crate) rows: Rows,
    /// How many rows no slot of a customer holds any more.
    pub(crate) garbage: u32,
    /// Whether columns have the one form that the records prescribe: nothing came since all rows were placed.
    pub(crate) settled: bool,
    pub(crate) lists: Lists,
    /// The short hash of every record's id, by position.
    pub(crate) identities: Vec<u64>,
    pub(crate) summary: Summary,
}

/// What every report of a view without a cut asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// The newest booking of a record of a source, rates excepted.
    pub(crate) newest_booking: Option<i64>,
    /// The positions of contradictions, ascending. Empty while merges form a circle: then there is no view without a cut.
    pub(crate) contradictions: Vec<u32>,
}

impl Projection {
    /// A projection of no records.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Takes more records, in order of their positions. Nothing has changed if it fails.
    pub fn extend<S: AsRef<str> + Sync>(
        &mut self,
        records: impl IntoIterator<Item = Recorded<S>>,
    ) -> Result<(), ExtendError> {
        let mut extension = self.extension();
        extension.push_all(records)?;
        extension.finish()
    }

    /// Takes more records piece by piece, for records that are borrowed from one frame after the other.
    pub fn extension(&mut self) -> Extension<'_> {
        Extension::new(self)
    }

    /// How many records are in it.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The Merkle root of its records, as told by [`Projection::seal`]; zeros until then and after every extension.
    pub fn root(&self) -> [u8; 32] {
        self.root
    }

    /// Tells the Merkle root of exactly its records, so that a cache can be matched to its ledger.
    pub fn seal(&mut self, root: [u8; 32]) {
        self.root = root;
    }

    /// How many records were recorded before an instant.
    pub fn size_before(&self, at: Instant) -> u64 {
        let runs = &self.lists.recorded;
        let run = runs.partition_point(|(_, recorded_at)| *recorded_at < at.micros());
        runs.get(run).map_or(self.size, |(position, _)| u64::from(*position))
    }

    /// The instant at which the newest record was recorded.
    pub fn last_recorded_at(&self) -> Option<Instant> {
        self.lists.recorded.last().map(|(_, at)| instant(*at))
    }

    /// When the record at a position was recorded; none beyond the last one.
    pub fn recorded_at(&self, position: Position) -> Option<Instant> {
        let runs = &self.lists.recorded;
        let run = runs.partition_point(|(first, _)| u64::from(*first) <= position.0);
        let (_, at) = runs[..run].last().filter(|_| position.0 < self.size)?;
        Some(instant(*at))
    }

    /// Every instant at which a record of a source was booked, ascending, each once.
    pub fn booked_instants(&self) -> Vec<Instant> {
        let lists = &self.lists;
        let beside = lists.rowless.iter().map(|record| record.booked);
        let rates = lists.rates.iter().map(|rate| rate.quote.booked_at.micros());
        let mut all: Vec<i64> = self.bookings.values().iter().copied().chain(beside).chain(rates).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().map(instant).collect()
    }

    /// How many one-time charges are on record, also voided ones.
    pub fn one_time_count(&self) -> usize {
        let lists = &self.lists;
        let rowless = |position: u32| lists.rowless.binary_search_by_key(&position, |it| it.position).is_ok();
        let voids = lists.voids.iter().filter(|void| rowless(void.position)).count();
        lists.rowless.len().saturating_sub(voids + lists.merges.len())
    }

    /// Every instant at which records were recorded, ascending, each once.
    pub fn recorded_instants(&self) -> Vec<Instant> {
        let mut all: Vec<i64> = self.lists.recorded.iter().map(|(_, at)| *at).collect();
        all.dedup();
        all.into_iter().map(instant).collect()
    }

    /// The closes, oldest first. A close at position N names the first N records.
    pub fn closes(&self) -> &[Listed<Close>] {
        &self.lists.closes
    }

    /// The metric definitions, oldest first.
    pub fn definitions(&self) -> &[Listed<Definition>] {
        &self.lists.definitions
    }

    /// The imports, oldest first.
    pub fn imports(&self) -> &[Listed<Import>] {
        &self.lists.imports
    }

    /// The currencies of all amounts on record, movements and one-time charges, in the order of their codes.
    pub fn currencies(&self) -> Vec<Currency> {
        let mut currencies = self.currencies.clone();
        currencies.sort_unstable();
        currencies
    }

    /// The projection under a cut.
    pub fn view(&self, cut: Cut) -> Result<View<'_>, MergeCycle> {
        View::new(self, cut)
    }

    /// Brings columns into the one form that the records prescribe, whatever the steps in which they came.
    pub(crate) fn compact(&mut self) {
        if !self.settled && self.rows.len() > 0 {
            self.place_all();
        }
    }
}

/// An instant of a column.
pub(crate) fn instant(micros: i64) -> Instant {
    Instant::from_micros(micros).expect("columns hold the microseconds of instants")
}
