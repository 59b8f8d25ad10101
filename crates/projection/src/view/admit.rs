//! Which records a cut admits.

use recount_ledger::Instant;

use crate::cut::{Boundary, Cut};
use crate::projection::Projection;

/// A cut, in the terms of the columns; or two of them, which share the records at a position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admit {
    all: bool,
    judge: Judge,
    /// Who judges the records before a position, where that is another cut.
    before: Option<(u64, Judge)>,
    /// A record that is left out, whatever the cut says.
    without: Option<u32>,
    /// Bookings below this rank are compared by their ranks, the others by their instants.
    ranked: u32,
}

/// One cut.
#[derive(Clone, Copy, Debug)]
struct Judge {
    size: u64,
    known_at: i64,
    /// Ranked bookings below this rank are admitted.
    ranked_before: u32,
}

impl Judge {
    fn of(projection: &Projection, cut: Cut) -> Self {
        let bookings = &projection.bookings;
        let known_at = cut.known_at.map(|known_at| known_at.0);
        Self {
            size: cut.size,
            known_at: known_at.map_or(i64::MAX, Instant::micros),
            ranked_before: known_at.map_or(bookings.ranked(), |at| bookings.ranked_before(at)),
        }
    }
}

impl Admit {
    pub(crate) fn of(projection: &Projection, cut: Cut) -> Self {
        let knew = cut.known_at.is_none_or(|Boundary(known_at)| {
            let newest = projection.summary.newest_booking;
            newest.is_none_or(|newest| newest < known_at.micros())
                && projection.lists.rates.iter().all(|rate| rate.quote.booked_at < known_at)
        });
        Self {
            all: knew && cut.size >= projection.size(),
            judge: Judge::of(projection, cut),
            before: None,
            without: None,
            ranked: projection.bookings.ranked(),
        }
    }

    /// The records before a position by the one cut, the others by the other.
    pub(crate) fn turned(projection: &Projection, from: Cut, to: Cut, turn: u64) -> Self {
        let turned = Some((turn, Judge::of(projection, to)));
        Self { all: false, before: turned, ..Self::of(projection, from) }
    }

    /// The same records but one.
    pub(crate) fn without(self, position: u32) -> Self {
        Self { all: false, without: Some(position), ..self }
    }

    fn judge(&self, position: u32) -> &Judge {
        match &self.before {
            Some((turn, judge)) if u64::from(position) < *turn => judge,
            _ => &self.judge,
        }
    }

    /// Whether nothing that has a row, a rate or a void is left out.
    pub(crate) fn is_all(&self) -> bool {
        self.all
    }

    pub(crate) fn record(&self, position: u32, booked: i64) -> bool {
        let judge = self.judge(position);
        u64::from(position) < judge.size && booked < judge.known_at && self.without != Some(position)
    }

    pub(crate) fn row(&self, projection: &Projection, row: u32) -> bool {
        let at = row as usize;
        self.coded(projection, projection.rows.position[at], projection.rows.booked[at])
    }

    /// Whether a row of this position and this code of its booking is admitted.
    pub(crate) fn coded(&self, projection: &Projection, position: u32, code: u32) -> bool {
        let judge = self.judge(position);
        let known = if code < self.ranked {
            code < judge.ranked_before
        } else {
            projection.bookings.micros(code) < judge.known_at
        };
        known && u64::from(position) < judge.size && self.without != Some(position)
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
