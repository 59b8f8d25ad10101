//! Which records a cut admits.

use crate::cut::Cut;
use crate::projection::Projection;

/// A cut, in the terms of the columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admit {
    all: bool,
    size: u64,
    known_at: i64,
    /// Bookings below this rank are admitted ...
    ranked_before: u32,
    /// ... of those below this one; what has no rank is compared by its instant.
    ranked: u32,
}

impl Admit {
    pub(crate) fn of(projection: &Projection, cut: Cut) -> Self {
        let bookings = &projection.bookings;
        let Some(known_at) = cut.known_at else {
            let ranked = bookings.ranked();
            let all = cut.size >= projection.size();
            return Self { all, size: cut.size, known_at: i64::MAX, ranked_before: ranked, ranked };
        };
        let known_at = known_at.0;
        let newest = projection.summary.newest_booking;
        let knew = newest.is_none_or(|newest| newest < known_at.micros())
            && projection.lists.rates.iter().all(|rate| rate.quote.booked_at < known_at);
        Self {
            all: knew && cut.size >= projection.size(),
            size: cut.size,
            known_at: known_at.micros(),
            ranked_before: bookings.ranked_before(known_at),
            ranked: bookings.ranked(),
        }
    }

    /// Whether nothing that has a row, a rate or a void is left out.
    pub(crate) fn is_all(&self) -> bool {
        self.all
    }

    pub(crate) fn record(&self, position: u32, booked: i64) -> bool {
        u64::from(position) < self.size && booked < self.known_at
    }

    pub(crate) fn row(&self, projection: &Projection, row: u32) -> bool {
        let at = row as usize;
        self.coded(projection, projection.rows.position[at], projection.rows.booked[at])
    }

    /// Whether a row of this position and this code of its booking is admitted.
    pub(crate) fn coded(&self, projection: &Projection, position: u32, code: u32) -> bool {
        let known = if code < self.ranked {
            code < self.ranked_before
        } else {
            projection.bookings.micros(code) < self.known_at
        };
        known && u64::from(position) < self.size
    }

    /// Whether an admitted void takes back the record at a position.
    pub(crate) fn is_voided(&self, projection: &Projection, position: u32) -> bool {
        projection.lists.void_of(position).is_some_and(|void| self.record(void.position, void.booked))
    }

    /// A voided row that counts nevertheless: it is admitted and its void is not.
    pub(crate) fn voided_row(&self, projection: &Projection, row: u32) -> bool {
        self.row(projection, row) && !self.is_voided(projection, projection.rows.position[row as usize])
    }
}
