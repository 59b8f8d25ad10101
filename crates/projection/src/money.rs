//! What a customer's subscriptions sum to while its claims are judged: one number, or one per currency.

use std::cmp::Ordering;

/// Native amounts.
pub(crate) trait Money: Clone + Default {
    /// Replaces a part of the sum.
    fn replace(&mut self, old: (u8, i128), new: (u8, i128));

    /// How it compares with another; none where their currencies differ. Nothing has no currency.
    fn compare(&self, other: &Self) -> Option<Ordering>;

    fn is_nothing(&self) -> bool;

    /// Amounts by currency, without zeros.
    fn parts(&self) -> Vec<(u8, i128)>;

    /// Just this.
    fn only(currency: u8, units: i128) -> Self {
        let mut sum = Self::default();
        sum.replace((0, 0), (currency, units));
        sum
    }
}

/// For projections of one currency.
impl Money for i128 {
    fn replace(&mut self, old: (u8, i128), new: (u8, i128)) {
        *self += new.1 - old.1;
    }

    fn compare(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }

    fn is_nothing(&self) -> bool {
        *self == 0
    }

    fn parts(&self) -> Vec<(u8, i128)> {
        if *self == 0 { Vec::new() } else { vec![(0, *self)] }
    }
}

/// Amounts above 0 of several currencies, by currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Purse(Vec<(u8, i128)>);

impl Money for Purse {
    fn replace(&mut self, old: (u8, i128), new: (u8, i128)) {
        self.add(old.0, -old.1);
        self.add(new.0, new.1);
    }

    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self.0.as_slice(), other.0.as_slice()) {
            ([], others) => Some(if others.is_empty() { Ordering::Equal } else { Ordering::Less }),
            (_, []) => Some(Ordering::Greater),
            ([(currency, units)], [(other, others)]) if currency == other => Some(units.cmp(others)),
            (one, other) if one == other => Some(Ordering::Equal),
            _ => None,
        }
    }

    fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    fn parts(&self) -> Vec<(u8, i128)> {
        self.0.clone()
    }
}

impl Purse {
    fn add(&mut self, currency: u8, units: i128) {
        if units == 0 {
            return;
        }
        match self.0.binary_search_by_key(&currency, |(currency, _)| *currency) {
            Ok(at) => {
                self.0[at].1 += units;
                if self.0[at].1 == 0 {
                    self.0.remove(at);
                }
            }
            Err(at) => self.0.insert(at, (currency, units)),
        }
    }
}
