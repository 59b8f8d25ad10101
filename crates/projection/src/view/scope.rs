//! What a report says about its scope: currencies, rates, the newest booking, what was recorded later than it claims.

use std::sync::OnceLock;

use rayon::prelude::*;
use recount_ledger::{Currency, Instant};

use super::View;
use crate::fact::FxQuote;
use crate::projection::instant;

/// Computed once per view, when the first of it is asked for.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) rates: Vec<FxQuote>,
    currencies: OnceLock<Vec<Currency>>,
    pub(crate) contradictions: OnceLock<Vec<u32>>,
    zones: OnceLock<Vec<u64>>,
    span: OnceLock<Span>,
}

/// Of the admitted rows.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    first_movement: Option<i64>,
    newest_booking: Option<i64>,
    /// Of those recorded when `known_at` had passed.
    unsealed: u64,
}

/// Rows are scanned in pieces of so many.
const PIECE: usize = 1 << 15;

impl<'p> View<'p> {
    pub(crate) fn scope(&self) -> &Scope {
        self.scope.get_or_init(|| Scope {
            rates: self.rates(),
            currencies: OnceLock::new(),
            contradictions: OnceLock::new(),
            zones: OnceLock::new(),
            span: OnceLock::new(),
        })
    }

    /// The currencies of the admitted levels above 0, in the order of their codes.
    pub fn currencies(&self) -> &[Currency] {
        self.scope().currencies.get_or_init(|| self.used_currencies())
    }

    fn rates(&self) -> Vec<FxQuote> {
        let quotes = self.projection.lists.rates.iter().map(|rate| rate.quote);
        let mut rates: Vec<FxQuote> = quotes.filter(|quote| self.admits_rate(quote)).collect();
        rates.sort_by_key(|quote| (quote.effective_at, quote.position));
        rates
    }

    fn admits_rate(&self, quote: &FxQuote) -> bool {
        let position = u32::try_from(quote.position.0).expect("positions of a projection are u32");
        self.admit.record(position, quote.booked_at.micros()) && !self.admit.is_voided(self.projection, position)
    }

    fn used_currencies(&self) -> Vec<Currency> {
        let known = &self.projection.currencies;
        let rows = &self.projection.rows;
        let of_slot = |slot: u32| {
            let above = self.rows_of(slot).filter(|row| rows.amount[*row as usize] != 0);
            above.fold(Used::default(), |used, row| used.with(rows.currency.at(row)))
        };
        let enough = if known.len() == 1 { Some(self.any_level()) } else { None };
        let used = match enough {
            Some(false) => Used::default(),
            Some(true) => Used::default().with(0),
            None => self.par_slots().map(of_slot).reduce(Used::default, Used::or),
        };
        let mut currencies: Vec<Currency> =
            (0..).zip(known).filter(|(code, _)| used.has(*code)).map(|(_, currency)| *currency).collect();
        currencies.sort_unstable();
        currencies
    }

    /// Whether any admitted level is above 0.
    fn any_level(&self) -> bool {
        let rows = &self.projection.rows;
        self.par_slots().any(|slot| self.rows_of(slot).any(|row| rows.amount[row as usize] != 0))
    }

    /// The slots of all subscriptions, also of merged customers.
    fn par_slots(&self) -> impl ParallelIterator<Item = u32> {
        let customers = (0..self.customer_count()).into_par_iter().map(crate::index::CustomerIx);
        customers.flat_map_iter(|customer| self.projection.spans.subscriptions(customer))
    }

    /// The newest booking of an admitted record of a source: movement, profile, void, merge or one_time. Rates and the
    /// ledger's own records (import, close, definition) tell nothing about how complete the movements are.
    pub fn newest_booking(&self) -> Option<Instant> {
        let newest = if self.admit.is_all() {
            self.projection.summary.newest_booking
        } else {
            let rowless = self.projection.lists.rowless.iter();
            let beside = rowless.filter(|it| self.admit.record(it.position, it.booked)).map(|it| it.booked).max();
            self.span().newest_booking.max(beside)
        };
        newest.map(instant)
    }

    /// The earliest `effective_at` of the admitted movements that are not voided.
    pub fn first_movement(&self) -> Option<Instant> {
        self.span().first_movement.map(instant)
    }

    fn span(&self) -> Span {
        *self.scope().span.get_or_init(|| {
            let (newest_booking, unsealed) =
                if self.admit.is_all() { (None, self.unsealed_rows()) } else { self.scan() };
            Span { first_movement: self.first_effective(), newest_booking, unsealed }
        })
    }

    fn first_effective(&self) -> Option<i64> {
        let first = |slot| self.rows_of(slot).next().map(|row| self.projection.rows.effective[row as usize]);
        self.par_slots().filter_map(first).min()
    }

    /// The newest booking of admitted rows, also of voided ones (they were known), and how many of these rows are unsealed.
    fn scan(&self) -> (Option<i64>, u64) {
        let projection = self.projection;
        let (rows, sealed) = (&projection.rows, self.sealed());
        let pieces = rows.position.par_chunks(PIECE).zip(rows.booked.par_chunks(PIECE));
        let ranked = projection.bookings.ranked();
        let piece = |(positions, bookings): (&[u32], &[u32])| {
            // Ranks order like their instants: only the highest one is looked up.
            let (mut top, mut newest, mut unsealed) = (None, None, 0);
            for (position, code) in positions.iter().zip(bookings) {
                if self.admit.coded(projection, *position, *code) {
                    if *code < ranked {
                        top = top.max(Some(*code));
                    } else {
                        newest = newest.max(Some(projection.bookings.micros(*code)));
                    }
                    unsealed += u64::from(u64::from(*position) >= sealed);
                }
            }
            (newest.max(top.map(|code| projection.bookings.micros(code))), unsealed)
        };
        let (newest, unsealed) = pieces.map(piece).reduce(|| (None, 0), |a, b| (a.0.max(b.0), a.1 + b.1));
        // Garbage rows repeat others: harmless to the newest, but not to the count.
        (newest, if projection.garbage == 0 { unsealed } else { self.unsealed_rows() })
    }

    /// The first position that was recorded when `known_at` had passed; beyond all of them without one.
    fn sealed(&self) -> u64 {
        self.cut().known_at.map_or(u64::MAX, |known_at| self.projection.size_before(known_at.0))
    }

    fn unsealed_rows(&self) -> u64 {
        let (projection, sealed) = (self.projection, self.sealed());
        if sealed >= self.cut().size {
            return 0;
        }
        let rows = self.par_rows().filter(|row| u64::from(projection.rows.position[*row as usize]) >= sealed);
        rows.filter(|row| self.admit.row(projection, *row)).count() as u64
    }

    /// How many records `known_at` admits although they were recorded at that instant or later.
    pub fn unsealed_knowledge(&self) -> u64 {
        let (projection, sealed) = (self.projection, self.sealed());
        if sealed >= self.cut().size {
            return 0;
        }
        let unsealed =
            |position: u32, booked: i64| u64::from(position) >= sealed && self.admit.record(position, booked);
        let rowless = projection.lists.rowless.iter().filter(|it| unsealed(it.position, it.booked));
        let rates = projection.lists.rates.iter().map(|rate| rate.quote);
        let rates = rates.filter(|quote| quote.position.0 >= sealed && self.admits_rate_record(quote));
        self.span().unsealed + (rowless.count() + rates.count()) as u64
    }

    fn admits_rate_record(&self, quote: &FxQuote) -> bool {
        quote.position.0 < self.cut().size && self.cut().known_at.is_none_or(|at| quote.booked_at < at.0)
    }

    /// Every row that is not garbage, also voided ones and profiles.
    fn par_rows(&self) -> impl ParallelIterator<Item = u32> {
        let customers = (0..self.customer_count()).into_par_iter().map(crate::index::CustomerIx);
        let spans = &self.projection.spans;
        customers.flat_map_iter(|customer| spans.slots(customer).flat_map(|slot| spans.rows(slot)))
    }

    /// The zones in which bare dates of admitted records began, with how many records each.
    pub fn bare_date_zones(&self) -> Vec<(&'p str, u64)> {
        let counts = self.scope().zones.get_or_init(|| self.count_zones());
        let zones = (0..).zip(counts.iter()).filter(|(_, count)| **count > 0);
        let mut zones: Vec<(&'p str, u64)> =
            zones.map(|(code, count)| (self.projection.zones.text(code), *count)).collect();
        zones.sort_unstable();
        zones
    }

    /// How many admitted records, by the code of the zone.
    fn count_zones(&self) -> Vec<u64> {
        let none = || vec![0u64; self.projection.zones.len() as usize];
        let zone = &self.projection.rows.zone;
        let add = |mut counts: Vec<u64>, code: u16| {
            if code > 0 {
                counts[usize::from(code) - 1] += 1;
            }
            counts
        };
        let join = |a: Vec<u64>, b: Vec<u64>| a.iter().zip(&b).map(|(a, b)| a + b).collect();
        let mut counts = if zone.is_blank() {
            none()
        } else {
            let customers = (0..self.customer_count()).into_par_iter().map(crate::index::CustomerIx);
            let rows =
                customers.flat_map_iter(|id| self.projection.spans.slots(id).flat_map(|slot| self.rows_of(slot)));
            rows.fold(none, |counts, row| add(counts, zone.at(row))).reduce(none, join)
        };
        for rate in &self.projection.lists.rates {
            if self.admits_rate(&rate.quote) {
                counts = add(counts, rate.zone);
            }
        }
        counts
    }
}

/// A set of currency codes.
#[derive(Clone, Copy, Debug, Default)]
struct Used([u128; 2]);

impl Used {
    fn with(mut self, code: u8) -> Self {
        self.0[usize::from(code >> 7)] |= 1 << (code & 127);
        self
    }

    fn has(self, code: u8) -> bool {
        self.0[usize::from(code >> 7)] >> (code & 127) & 1 == 1
    }

    fn or(self, other: Self) -> Self {
        Self([self.0[0] | other.0[0], self.0[1] | other.0[1]])
    }
}
