//! What was known: the records that a cut admits, less those that were taken back, with merged customers resolved.

use std::collections::{BTreeMap, BTreeSet};

use recount_ledger::{Body, Claim, Currency, EventId, Instant, Position, Recorded};

use super::{Auditor, Refusal, Units};

/// What to admit. The default admits everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Only what was booked before this.
    pub known_at: Option<Instant>,
    /// Only the first so many records.
    pub size: Option<u64>,
}

/// The admitted records that nobody took back.
#[derive(Clone, Debug)]
pub struct Known {
    pub(super) live: Vec<Recorded>,
    merged: BTreeMap<String, String>,
    admitted: Vec<Recorded>,
}

/// A movement, as the figures see it.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub position: Position,
    pub at: Instant,
    pub booked: Instant,
    /// The resolved customer.
    pub customer: String,
    /// The customer it was recorded under, and the id within that.
    pub subscription: (String, String),
    pub claim: Claim,
    pub units: Units,
    pub currency: Option<Currency>,
    pub before: Option<Units>,
}

impl Cut {
    fn admits(self, record: &Recorded) -> bool {
        self.known_at.is_none_or(|at| record.booked_at() < at) && self.size.is_none_or(|size| record.position.0 < size)
    }
}

impl Auditor {
    /// What a cut admits, as it stands.
    pub fn known(&self, cut: Cut) -> Result<Known, Refusal> {
        let admitted: Vec<Recorded> = self.records.iter().filter(|r| cut.admits(r)).cloned().collect();
        let taken_back: BTreeSet<EventId> = admitted.iter().filter_map(|r| r.event.voids()).collect();
        let mut live: Vec<Recorded> = admitted.clone();
        live.retain(|r| !matches!(r.event.body, Body::Void(_)) && !taken_back.contains(&r.event.id()));
        live.sort_by_key(|r| (r.event.effective_at().map(|m| m.at), r.booked_at(), r.position));
        let mut merged = BTreeMap::new();
        for record in &live {
            if let Body::Merge(merge) = &record.event.body {
                merged.insert(merge.customer.clone(), merge.into.clone());
            }
        }
        let known = Known { live, merged, admitted };
        for customer in known.merged.keys() {
            known.follow(customer)?;
        }
        Ok(known)
    }
}

impl Known {
    /// Whom a customer id stands for.
    pub fn customer(&self, id: &str) -> String {
        self.follow(id).expect("cycles were refused when the knowledge was gathered")
    }

    fn follow(&self, id: &str) -> Result<String, Refusal> {
        let mut seen = BTreeSet::new();
        let mut id = id;
        while let Some(into) = self.merged.get(id) {
            if !seen.insert(id) {
                return Err(Refusal::MergeCycle);
            }
            id = into;
        }
        Ok(id.to_owned())
    }

    /// The live movements, in the order in which they decide.
    pub(super) fn levels(&self) -> Vec<Level> {
        let mut levels = Vec::new();
        for record in &self.live {
            let Body::Movement(movement) = &record.event.body else { continue };
            levels.push(Level {
                position: record.position,
                at: movement.effective_at.at,
                booked: record.booked_at(),
                customer: self.customer(&movement.customer),
                subscription: (movement.customer.clone(), movement.subscription_id().to_owned()),
                claim: movement.claim,
                units: movement.mrr_after().units().into(),
                currency: movement.currency.map(|c| c.currency),
                before: movement.mrr_before.map(|b| b.units().into()),
            });
        }
        levels
    }

    /// The live movements that only their position puts after another of the same subscription, instant and booking:
    /// of each such group the last.
    pub fn ties(&self) -> Vec<Position> {
        let levels = self.levels();
        let tied = |one: &Level, other: &Level| {
            (&one.subscription, one.at, one.booked) == (&other.subscription, other.at, other.booked)
        };
        let last = levels.iter().enumerate().filter(|(index, level)| {
            let earlier = levels[..*index].iter().any(|other| tied(level, other));
            earlier && !levels[index + 1..].iter().any(|other| tied(level, other))
        });
        let mut positions: Vec<Position> = last.map(|(_, level)| level.position).collect();
        positions.sort();
        positions
    }

    /// How many admitted records were recorded at or after an instant.
    pub fn recorded_since(&self, at: Instant) -> usize {
        self.admitted.iter().filter(|r| r.recorded_at >= at).count()
    }

    /// The newest booking of an admitted record about customers; rates and the ledger's own records tell nothing about
    /// how complete the movements are.
    pub fn newest_booking(&self) -> Option<Instant> {
        let of_customers = |r: &&Recorded| {
            matches!(
                r.event.body,
                Body::Movement(_) | Body::Void(_) | Body::Profile(_) | Body::Merge(_) | Body::OneTime(_)
            )
        };
        self.admitted.iter().filter(of_customers).map(Recorded::booked_at).max()
    }

    /// The effective instant of the first live movement.
    pub fn first_movement(&self) -> Option<Instant> {
        self.levels().iter().map(|level| level.at).min()
    }

    /// Native MRR at a boundary, per resolved customer and currency, without zeros.
    pub fn native(&self, at: Instant) -> BTreeMap<(String, Currency), Units> {
        let mut last = BTreeMap::new();
        for level in self.levels().into_iter().filter(|level| level.at < at) {
            last.insert(level.subscription.clone(), level);
        }
        let mut totals: BTreeMap<(String, Currency), Units> = BTreeMap::new();
        for level in last.into_values() {
            if let Some(currency) = level.currency.filter(|_| level.units != Units::ZERO) {
                *totals.entry((level.customer, currency)).or_default() += level.units;
            }
        }
        totals
    }
}
