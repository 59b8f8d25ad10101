//! The levels of subscriptions: all of them in order, or the one in force at a boundary.

use std::ops::Range;

use recount_ledger::{Amount, Currency, Instant, Position};

use super::View;
use crate::cut::Boundary;
use crate::fact::Level;
use crate::index::{CustomerIx, SubscriptionIx};
use crate::projection::{Projection, instant};

/// From so many rows on, a boundary is found by halving; below, counting is faster.
const HALVE_FROM: usize = 48;

impl View<'_> {
    /// The admitted movements of a subscription that are not voided, by `effective_at`, `booked_at`, position.
    pub fn levels(&self, subscription: SubscriptionIx) -> impl Iterator<Item = Level> {
        self.rows_of(subscription.0).map(|row| self.level(row))
    }

    /// [`View::levels`] without their claims and bookings, for those who only add up: from when on, how much, in which
    /// currency (none where it is 0).
    pub fn amounts(&self, subscription: SubscriptionIx) -> impl Iterator<Item = (Instant, i128, Option<Currency>)> {
        let Projection { rows, currencies, .. } = self.projection;
        self.rows_of(subscription.0).map(move |row| {
            let mrr = rows.mrr(row);
            let currency = || currencies.get(usize::from(rows.currency.at(row))).copied();
            (instant(rows.effective[row as usize]), mrr, if mrr == 0 { None } else { currency() })
        })
    }

    /// The MRR of a subscription at a boundary, in units of 1e-8, and its currency; none before its first movement.
    pub fn level_at(&self, subscription: SubscriptionIx, boundary: Boundary) -> Option<(i128, Option<Currency>)> {
        let row = self.row_at(subscription.0, boundary.0.micros())?;
        Some((self.projection.rows.mrr(row), self.currency_of(row)))
    }

    /// The sum of a resolved customer's levels at a boundary, whatever their currencies: for views of one currency.
    pub fn mrr_at(&self, customer: CustomerIx, boundary: Boundary) -> i128 {
        let at = boundary.0.micros();
        let rows = &self.projection.rows;
        let sum = |id: CustomerIx| -> i128 {
            let slots = self.projection.spans.subscriptions(id);
            slots.filter_map(|slot| self.row_at(slot, at)).map(|row| rows.mrr(row)).sum()
        };
        match &self.merged {
            Some(_) => self.merged_ids(customer).map(sum).sum(),
            None => sum(customer),
        }
    }

    pub(crate) fn level(&self, row: u32) -> Level {
        let rows = &self.projection.rows;
        let (effective, booked, position) = rows.key(&self.projection.bookings, row);
        Level {
            effective_at: instant(effective),
            booked_at: instant(booked),
            position: Position(u64::from(position)),
            claim: rows.claim(row).expect("levels are read from the slots of subscriptions, which hold movements"),
            mrr: rows.mrr(row),
            currency: self.currency_of(row),
            mrr_before: rows.mrr_before(row).and_then(|units| Amount::from_units(units).ok()),
        }
    }

    /// The currency of a row; none where both of its amounts are 0 or missing.
    fn currency_of(&self, row: u32) -> Option<Currency> {
        let rows = &self.projection.rows;
        let needed = rows.amount[row as usize] != 0 || rows.mrr_before(row).is_some_and(|before| before != 0);
        if needed { self.projection.currencies.get(usize::from(rows.currency.at(row))).copied() } else { None }
    }

    /// The admitted rows of a slot that are not voided, in order.
    pub(crate) fn rows_of(&self, slot: u32) -> Walk<'_> {
        let spans = &self.projection.spans;
        let voided = if self.admit.is_all() { 0..0 } else { spans.voided(slot) };
        Walk { view: self, live: spans.live(slot), voided }
    }

    /// The row of a slot that is in force at an instant.
    pub(crate) fn row_at(&self, slot: u32, at: i64) -> Option<u32> {
        let live = self.projection.spans.live(slot);
        let before = self.before(&live, at);
        if self.admit.is_all() {
            return before.checked_sub(1).filter(|row| *row >= live.start);
        }
        let projection = self.projection;
        let row = (live.start..before).rev().find(|row| self.admit.row(projection, *row));
        let voided = projection.spans.voided(slot);
        if voided.is_empty() {
            return row;
        }
        let before = self.before(&voided, at);
        let revived = (voided.start..before).rev().find(|row| self.admit.voided_row(projection, *row));
        match (row, revived) {
            (Some(row), Some(other)) => Some(self.later(row, other)),
            (row, revived) => row.or(revived),
        }
    }

    /// Of two rows of one customer the one that decides.
    pub(crate) fn later(&self, row: u32, other: u32) -> u32 {
        let key = |row| self.projection.rows.key(&self.projection.bookings, row);
        if key(other) > key(row) { other } else { row }
    }

    /// The row after the last one of a sorted range that took effect before an instant.
    pub(crate) fn before(&self, range: &Range<u32>, at: i64) -> u32 {
        let effective = &self.projection.rows.effective[range.start as usize..range.end as usize];
        if effective.len() < HALVE_FROM {
            range.start + effective.iter().map(|effective| u32::from(*effective < at)).sum::<u32>()
        } else {
            range.start + effective.partition_point(|effective| *effective < at) as u32
        }
    }
}

/// Walks the admitted rows of a slot.
#[derive(Debug)]
pub(crate) struct Walk<'v> {
    view: &'v View<'v>,
    live: Range<u32>,
    voided: Range<u32>,
}

impl Iterator for Walk<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (view, projection) = (self.view, self.view.projection);
        if view.admit.is_all() {
            return self.live.next();
        }
        while !self.live.is_empty() && !view.admit.row(projection, self.live.start) {
            self.live.start += 1;
        }
        while !self.voided.is_empty() && !view.admit.voided_row(projection, self.voided.start) {
            self.voided.start += 1;
        }
        match (self.live.is_empty(), self.voided.is_empty()) {
            (true, true) => None,
            (false, true) => self.live.next(),
            (true, false) => self.voided.next(),
            (false, false) => {
                let (row, other) = (self.live.start, self.voided.start);
                if view.later(row, other) == other { self.live.next() } else { self.voided.next() }
            }
        }
    }
}
