//! From one cut to another, record by record: what lies between them, and the projection at every step of the way.

use rayon::prelude::*;
use recount_ledger::{Instant, Position};
use rustc_hash::FxHashMap;

use crate::cut::Cut;
use crate::fact::MergeCycle;
use crate::index::CustomerIx;
use crate::projection::{Projection, instant};
use crate::view::{Admit, View};

/// The way from one cut to another. Records turn in the order of their positions: at each step, those before it are
/// judged by the new cut and the others by the old one. So it leads from any cut to any other.
#[derive(Clone, Copy, Debug)]
pub struct Transition<'p> {
    projection: &'p Projection,
    from: Cut,
    to: Cut,
}

/// The records that only one of the two cuts admits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Movements and profiles, and voids of these, by the recorded id of the customer they change, then by position. A
    /// record that takes back one customer's and states another's stands under both.
    pub customers: Vec<(CustomerIx, Vec<Change>)>,
    /// Merges and voids of merges, under the id that is (no longer) another, by position.
    pub merges: Vec<(CustomerIx, Change)>,
    /// Rates and voids of rates, by position.
    pub rates: Vec<Change>,
    /// How many records there are, with those of one-time charges, which no figure of MRR counts.
    pub records: u64,
}

/// One record that changes what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Where it stands.
    pub position: Position,
    /// When its source knew it.
    pub booked_at: Instant,
    /// What it is.
    pub kind: ChangeKind,
}

/// What a record does to what was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// Takes back an earlier record and states another movement in its place.
    Replacement {
        /// What it takes back.
        target: Position,
    },
    /// Takes back an earlier record.
    Void {
        /// What it takes back.
        target: Position,
    },
    /// States a movement.
    Movement {
        /// When it took effect.
        effective_at: Instant,
    },
    /// Sets attributes of a customer.
    Profile {
        /// From when on.
        effective_at: Instant,
    },
    /// Says that a customer is another.
    Merge,
    /// States an exchange rate.
    Rate {
        /// Of when.
        effective_at: Instant,
    },
}

/// Both cuts, and what every row has to be looked up in.
struct Search<'p> {
    projection: &'p Projection,
    from: Admit,
    to: Admit,
    /// What the records that take another back take back.
    targets: FxHashMap<u32, u32>,
}

impl<'p> Transition<'p> {
    /// The way from one cut of a projection to another.
    pub fn new(projection: &'p Projection, from: Cut, to: Cut) -> Self {
        Self { projection, from, to }
    }

    /// The projection where the records before a position are judged by the new cut and the others by the old one.
    pub fn view(&self, turn: u64) -> Result<View<'p>, MergeCycle> {
        View::admitting(self.projection, self.from, self.admit(turn))
    }

    /// The same, with the merges of another step between which and this one no merge turns.
    pub fn view_beside(&self, other: &View<'p>, turn: u64) -> View<'p> {
        other.readmitting(self.admit(turn))
    }

    fn admit(&self, turn: u64) -> Admit {
        Admit::turned(self.projection, self.from, self.to, turn)
    }

    /// Every record that turns.
    pub fn changes(&self) -> Changes {
        let Self { projection, from, to } = *self;
        let targets = projection.lists.voids.iter().map(|void| (void.position, void.target)).collect();
        let (from, to) = (Admit::of(projection, from), Admit::of(projection, to));
        Search { projection, from, to, targets }.run()
    }
}

impl Search<'_> {
    fn run(&self) -> Changes {
        let ids = (0..self.projection.customers.len()).into_par_iter().map(CustomerIx);
        let of_rows: Vec<_> = ids.map(|id| (id, self.of_customer(id))).filter(|(_, (_, rows))| *rows > 0).collect();
        let rows: u64 = of_rows.iter().map(|(_, (_, rows))| rows).sum();
        let customers: Vec<_> = of_rows.into_iter().map(|(id, (changes, _))| (id, changes)).collect();
        let lists = &self.projection.lists;
        let rowless = lists.rowless.iter().filter(|it| self.turns(it.position, it.booked)).count();
        let rates = lists.rates.iter().map(|rate| rate.quote);
        let rates_turning = rates.filter(|it| self.turns(short(it.position), it.booked_at.micros())).count();
        let records = rows + (rowless + rates_turning) as u64;
        // Voids alone change a customer, too: they are rowless, and counted there.
        Changes { customers: self.with_voids(customers), merges: self.merges(), rates: self.rates(), records }
    }

    fn turns(&self, position: u32, booked: i64) -> bool {
        self.from.record(position, booked) != self.to.record(position, booked)
    }

    /// The rows of a customer id that turn, and how many they are.
    fn of_customer(&self, id: CustomerIx) -> (Vec<Change>, u64) {
        let projection = self.projection;
        let rows = projection.spans.slots(id).flat_map(|slot| projection.spans.rows(slot));
        let turning = rows.filter(|row| self.from.row(projection, *row) != self.to.row(projection, *row));
        let changes: Vec<_> = turning.map(|row| self.of_row(row)).collect();
        let rows = changes.len() as u64;
        (changes, rows)
    }

    fn of_row(&self, row: u32) -> Change {
        let rows = &self.projection.rows;
        let (effective, booked, position) = rows.key(&self.projection.bookings, row);
        let effective_at = instant(effective);
        let kind = match (self.targets.get(&position), rows.claim(row)) {
            (Some(target), _) => ChangeKind::Replacement { target: long(*target) },
            (None, Some(_)) => ChangeKind::Movement { effective_at },
            (None, None) => ChangeKind::Profile { effective_at },
        };
        Change { position: long(position), booked_at: instant(booked), kind }
    }

    /// Adds, to the customers whose rows they take back, the voids and replacements that turn.
    fn with_voids(&self, customers: Vec<(CustomerIx, Vec<Change>)>) -> Vec<(CustomerIx, Vec<Change>)> {
        let lists = &self.projection.lists;
        let voids = lists.voids.iter().filter(|void| self.turns(void.position, void.booked));
        let turning: FxHashMap<u32, Change> =
            voids.map(|void| (void.target, self.taking_back(void.position, void.booked, void.target))).collect();
        if turning.is_empty() {
            return customers.into_iter().map(|(id, changes)| (id, ordered(changes))).collect();
        }
        let mut own: FxHashMap<CustomerIx, Vec<Change>> = customers.into_iter().collect();
        let ids = (0..self.projection.customers.len()).into_par_iter().map(CustomerIx);
        let taken: Vec<_> = ids.flat_map_iter(|id| self.taken_back(id, &turning)).collect();
        taken.into_iter().for_each(|(id, change)| own.entry(id).or_default().push(change));
        let mut customers: Vec<_> = own.into_iter().map(|(id, changes)| (id, ordered(changes))).collect();
        customers.sort_unstable_by_key(|(id, _)| *id);
        customers
    }

    fn taken_back(&self, id: CustomerIx, turning: &FxHashMap<u32, Change>) -> Vec<(CustomerIx, Change)> {
        let spans = &self.projection.spans;
        let rows = spans.slots(id).flat_map(|slot| spans.voided(slot));
        rows.filter_map(|row| Some((id, *turning.get(&self.projection.rows.position[row as usize])?))).collect()
    }

    /// A record that takes another back: without a row of its own it states nothing in its place.
    fn taking_back(&self, position: u32, booked: i64, target: u32) -> Change {
        let target = long(target);
        let rowless = self.projection.lists.rowless.binary_search_by_key(&position, |it| it.position).is_ok();
        let kind = if rowless { ChangeKind::Void { target } } else { ChangeKind::Replacement { target } };
        Change { position: long(position), booked_at: instant(booked), kind }
    }

    /// The void of the record at a position, where it turns.
    fn void_of(&self, position: u32) -> Option<Change> {
        let void = self.projection.lists.void_of(position)?;
        let turns = self.turns(void.position, void.booked);
        turns.then(|| self.taking_back(void.position, void.booked, position))
    }

    fn merges(&self) -> Vec<(CustomerIx, Change)> {
        let mut found = Vec::new();
        for merge in &self.projection.lists.merges {
            let id = CustomerIx(merge.customer);
            if self.turns(merge.position, merge.booked) {
                let (position, booked_at) = (long(merge.position), instant(merge.booked));
                found.push((id, Change { position, booked_at, kind: ChangeKind::Merge }));
            }
            found.extend(self.void_of(merge.position).map(|void| (id, void)));
        }
        found.sort_unstable_by_key(|(_, change)| *change);
        found
    }

    fn rates(&self) -> Vec<Change> {
        let mut found = Vec::new();
        for rate in &self.projection.lists.rates {
            let crate::fact::FxQuote { position, booked_at, effective_at, .. } = rate.quote;
            if self.turns(short(position), booked_at.micros()) {
                found.push(Change { position, booked_at, kind: ChangeKind::Rate { effective_at } });
            }
            found.extend(self.void_of(short(position)));
        }
        found.sort_unstable();
        found
    }
}

/// By position, each once: a replacement within one customer is found by both of its ends.
fn ordered(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_unstable();
    changes.dedup_by_key(|change| change.position);
    changes
}

fn long(position: u32) -> Position {
    Position(position.into())
}

fn short(position: Position) -> u32 {
    u32::try_from(position.0).expect("positions of a projection are u32")
}
