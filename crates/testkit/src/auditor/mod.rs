//! The second implementation: slow, plain, recomputed from the records for every question.
//!
//! An [`Auditor`] holds records; [`Auditor::known`] picks those that a cut admits and nobody took back; every figure is
//! worked out from that list alone. Where it and the product differ, the contract decides which of them is wrong.

mod attributes;
mod bridge;
mod claims;
mod combine;
#[cfg(test)]
mod golden;
mod known;
mod paths;
mod rates;
mod retention;
mod totals;

use num_bigint::BigInt;
use recount_ledger::{Body, Currency, Recorded};

pub use bridge::{Bridge, Counts};
pub use combine::{Ratios, TopTen};
pub use known::{Cut, Known};
pub use paths::Lines;
pub use retention::{Retention, Segment};
pub use totals::Group;

/// Amounts and their sums, in units of 1e-8.
pub type Units = BigInt;

/// Why there is no figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Customers are merged in a circle.
    MergeCycle,
    /// Parents form a circle.
    ParentCycle,
    /// No rate from the first to the second currency.
    NoRate(Currency, Currency),
    /// Amounts in several currencies and no report currency.
    SeveralCurrencies,
    /// The window is not whole parts.
    NotWholeParts,
}

/// All records of a ledger, in the order of their positions.
#[derive(Clone, Debug, Default)]
pub struct Auditor {
    records: Vec<Recorded>,
}

impl Auditor {
    /// An auditor of these records.
    pub fn new(records: Vec<Recorded>) -> Self {
        Self { records }
    }

    /// Whether any record sets an attribute, admitted or not.
    pub fn names(&self, attribute: &str) -> bool {
        self.records.iter().any(|record| {
            let attributes = match &record.event.body {
                Body::Movement(movement) => &movement.attributes,
                Body::Profile(profile) => &profile.attributes,
                _ => return false,
            };
            attributes.iter().any(|(name, _)| name == attribute)
        })
    }

    /// Its records.
    pub fn records(&self) -> &[Recorded] {
        &self.records
    }
}
