//! The columns of rows. A row is a movement or a profile; the rows of one subscription lie together.

use rayon::prelude::*;
use recount_ledger::{Amount, Claim};

use crate::bookings::Bookings;
use crate::column::Column;
use crate::moves::Moves;
use crate::strings::Interner;

/// The kind of a profile's row; a movement's is its claim.
const PROFILE: u8 = 6;
const CLAIMS: [Claim; 6] =
    [Claim::NewLogo, Claim::Upgrade, Claim::Downgrade, Claim::Churn, Claim::Reactivation, Claim::Change];

/// Every row, column by column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    /// `effective_at` in microseconds.
    pub(crate) effective: Vec<i64>,
    pub(crate) position: Vec<u32>,
    /// Codes of [`Bookings`].
    pub(crate) booked: Vec<u32>,
    /// Units of 1e-8; below 0, `!amount` is a place in `wide`.
    pub(crate) amount: Vec<i64>,
    pub(crate) kind: Vec<u8>,
    /// Codes of the projection's currencies.
    pub(crate) currency: Column<u8>,
    /// The stated MRR before: 1 + units, 0 where none is stated; below 0, `!before` is a place in `wide`.
    pub(crate) before: Column<i64>,
    /// 1 + the code of the zone in which bare dates began.
    pub(crate) zone: Column<u16>,
    /// Units that need more than 63 bits.
    pub(crate) wide: Vec<i128>,
}

/// A row on its way in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewRow {
    pub(crate) effective: i64,
    pub(crate) position: u32,
    pub(crate) booked: u32,
    pub(crate) zone: u16,
    pub(crate) movement: Option<NewMovement>,
}

/// What a movement's row has beside a profile's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewMovement {
    pub(crate) claim: Claim,
    pub(crate) mrr: Amount,
    pub(crate) before: Option<Amount>,
    pub(crate) currency: u8,
}

impl Rows {
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.effective.len()).expect("rows are numbered by u32")
    }

    pub(crate) fn push(&mut self, new: &NewRow) {
        let row = self.len();
        self.effective.push(new.effective);
        self.position.push(new.position);
        self.booked.push(new.booked);
        self.zone.set(row, new.zone);
        let Some(movement) = &new.movement else {
            self.amount.push(0);
            self.kind.push(PROFILE);
            return;
        };
        let mrr = self.narrow(movement.mrr.units());
        self.amount.push(mrr);
        self.kind.push(CLAIMS.iter().position(|claim| *claim == movement.claim).map_or(PROFILE, |at| at as u8));
        self.currency.set(row, movement.currency);
        if let Some(before) = movement.before {
            let narrow = self.narrow(before.units());
            self.before.set(row, if narrow < 0 { narrow } else { narrow + 1 });
        }
    }

    /// Units as a column holds them. MRR is never negative, so negative numbers are free to point at wide units.
    fn narrow(&mut self, units: i128) -> i64 {
        match i64::try_from(units) {
            Ok(narrow) if (0..i64::MAX).contains(&narrow) => narrow,
            _ => {
                self.wide.push(units);
                -(self.wide.len() as i64)
            }
        }
    }

    pub(crate) fn mrr(&self, row: u32) -> i128 {
        self.widened(self.amount[row as usize])
    }

    /// Units from the form in which a column holds them.
    pub(crate) fn widened(&self, narrow: i64) -> i128 {
        if narrow < 0 { self.wide[!narrow as usize] } else { i128::from(narrow) }
    }

    pub(crate) fn mrr_before(&self, row: u32) -> Option<i128> {
        match self.before.at(row) {
            0 => None,
            wide if wide < 0 => Some(self.widened(wide)),
            narrow => Some(i128::from(narrow - 1)),
        }
    }

    /// What a movement claims; none for a profile.
    pub(crate) fn claim(&self, row: u32) -> Option<Claim> {
        CLAIMS.get(usize::from(self.kind[row as usize])).copied()
    }

    /// What orders the rows of a customer.
    pub(crate) fn key(&self, bookings: &Bookings, row: u32) -> (i64, i64, u32) {
        let at = row as usize;
        (self.effective[at], bookings.micros(self.booked[at]), self.position[at])
    }

    /// Follows the rows to their new places.
    pub(crate) fn follow(&mut self, moves: &Moves) {
        regroup(&mut self.effective, moves);
        regroup(&mut self.position, moves);
        regroup(&mut self.booked, moves);
        regroup(&mut self.amount, moves);
        regroup(&mut self.kind, moves);
        self.currency.follow(moves);
        self.before.follow(moves);
        self.zone.follow(moves);
        if moves.base() == 0 && !self.wide.is_empty() {
            self.rewiden();
        }
    }

    /// Puts wide units into the order of their rows, so that equal rows have equal columns.
    fn rewiden(&mut self) {
        let old = std::mem::take(&mut self.wide);
        let wide = &mut self.wide;
        let mut again = |narrow: i64| {
            wide.push(old[!narrow as usize]);
            -(wide.len() as i64)
        };
        self.amount.iter_mut().filter(|amount| **amount < 0).for_each(|amount| *amount = again(*amount));
        match &mut self.before {
            Column::Uniform(value, rows) if *value < 0 => {
                let one = again(*value);
                self.before = Column::Uniform(one, *rows);
            }
            Column::Uniform(..) => {}
            Column::Dense(values) | Column::Sparse(_, values) => {
                values.iter_mut().filter(|value| **value < 0).for_each(|value| *value = again(*value));
            }
        }
    }

    /// Forgets the last rows.
    pub(crate) fn truncate(&mut self, rows: u32, wide: usize) {
        let length = rows as usize;
        self.effective.truncate(length);
        self.position.truncate(length);
        self.booked.truncate(length);
        self.amount.truncate(length);
        self.kind.truncate(length);
        self.currency.truncate(rows);
        self.before.truncate(rows);
        self.zone.truncate(rows);
        self.wide.truncate(wide);
    }

    /// Gives back what growing has reserved.
    pub(crate) fn shrink(&mut self) {
        self.effective.shrink_to_fit();
        self.position.shrink_to_fit();
        self.booked.shrink_to_fit();
        self.amount.shrink_to_fit();
        self.kind.shrink_to_fit();
    }
}

fn regroup<T: Copy + Send + Sync>(column: &mut Vec<T>, moves: &Moves) {
    let tail: Vec<T> = moves.order().par_iter().map(|row| column[*row as usize]).collect();
    if moves.base() == 0 {
        *column = tail;
    } else {
        column.truncate(moves.base() as usize);
        column.extend_from_slice(&tail);
    }
}

/// An attribute: its values, and which row sets which.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttributeColumn {
    pub(crate) name: String,
    pub(crate) values: Interner,
    /// 1 + the value's number.
    pub(crate) codes: Column<u32>,
}

impl AttributeColumn {
    /// One that no row sets yet.
    pub(crate) fn named(name: String) -> Self {
        Self { name, ..Self::default() }
    }
}
