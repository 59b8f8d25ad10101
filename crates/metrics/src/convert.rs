//! Amounts in the report's currency: each subscription's amount is converted once and rounded half-even to 1e-8.

use std::collections::BTreeSet;
use std::ops::{BitOr, BitOrAssign};

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::ToPrimitive;
use recount_ledger::{Currency, Instant};
use recount_projection::{Boundary, View};

use crate::calendar::Calendar;
use crate::definition::Rates;
use crate::error::FigureError;
use crate::rates::{Price, RateBook, RateUsed};
use crate::ratio::{Rounding, round};
use crate::window::{Span, WindowError};

/// A rate this much older than its boundary is stale.
const STALE_AFTER_MICROS: i64 = 7 * 86_400_000_000;
/// Sums of one figure add each converted amount at most this often.
const SUMS_PER_AMOUNT: i128 = 16;

/// Which currencies amounts are made of, one bit each; and whether one of them left the range of exact sums.
///
/// It travels with every value, so that a figure needs rates for exactly the currencies that entered it. Bits are the
/// places in the view's list of currencies; beyond 126 of them the rest share the last bit and are needed together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mask(pub(crate) u128);

impl Mask {
    /// No amount at all.
    pub(crate) const EMPTY: Self = Self(0);
    /// A sum left the range of exact amounts.
    pub(crate) const OVERFLOW: Self = Self(1 << 127);
    const LAST_BIT: usize = 126;

    fn bit(place: usize) -> Self {
        Self(1 << place.min(Self::LAST_BIT))
    }

    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Mask {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Mask {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// The rates of a view and the currency of a report.
#[derive(Debug)]
pub(crate) struct Exchange {
    book: RateBook,
    /// Of all admitted levels above 0.
    currencies: Vec<Currency>,
    report: Option<Currency>,
    /// The largest converted amount whose sums stay exact.
    limit: i128,
    /// Whether an amount without a rate counts as nothing, rather than being an error.
    lenient: bool,
}

/// Converts native amounts by the rates before one boundary; without a report currency it leaves them as they are.
#[derive(Debug)]
pub(crate) struct Converter {
    at: Boundary,
    entries: Vec<Entry>,
    limit: i128,
    /// All amounts are in one currency and stay as they are.
    plain: bool,
}

#[derive(Debug)]
struct Entry {
    currency: Currency,
    factor: Factor,
    legs: Vec<RateUsed>,
}

#[derive(Debug, PartialEq, Eq)]
enum Factor {
    One,
    /// Found out only if an amount needs it.
    Missing,
    /// There is no rate, and what has none counts as nothing.
    Nothing,
    Small(i128, i128),
    Large(BigRational),
}

/// The converters of the two ends of a window.
#[derive(Debug)]
pub(crate) struct EndRates {
    /// Of the open end; steps and GDR are at these, too.
    pub(crate) open: Converter,
    /// Of the close end, where it has its own.
    pub(crate) close: Option<Converter>,
}

/// What the amounts of a figure turned out to need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    /// The currency of all amounts; none where there are none.
    pub(crate) currency: Option<Currency>,
    pub(crate) rates: BTreeSet<RateUsed>,
    /// Of those, the stale ones, each with the boundary that it was used at.
    pub(crate) stale: BTreeSet<(RateUsed, Instant)>,
}

impl Exchange {
    pub(crate) fn new(view: &View<'_>, report: Option<Currency>) -> Self {
        let (book, currencies) = (RateBook::new(view), view.currencies().to_vec());
        Self { book, currencies, report, limit: limit(view.cut().size), lenient: false }
    }

    /// For states between two figures, by the rates of a view: amounts may be in any currency on record, and one that has
    /// no rate counts as nothing. The two figures themselves have every rate that they need.
    pub(crate) fn between(view: &View<'_>, report: Option<Currency>) -> Self {
        let projection = view.projection();
        let (book, currencies) = (RateBook::new(view), projection.currencies());
        Self { book, currencies, report, limit: limit(projection.size()), lenient: true }
    }

    /// The converter by the rates before a boundary.
    pub(crate) fn at(&self, boundary: Boundary) -> Converter {
        let entry = |&currency: &Currency| match self.report {
            Some(report) if report != currency => match self.book.price(currency, report, boundary) {
                Some(Price { factor, legs }) => Entry { currency, factor: Factor::of(factor), legs },
                None if self.lenient => Entry { currency, factor: Factor::Nothing, legs: Vec::new() },
                None => Entry { currency, factor: Factor::Missing, legs: Vec::new() },
            },
            _ => Entry { currency, factor: Factor::One, legs: Vec::new() },
        };
        let entries: Vec<_> = self.currencies.iter().map(entry).collect();
        let plain = entries.len() <= 1 && entries.iter().all(|entry| matches!(entry.factor, Factor::One));
        Converter { at: boundary, entries, limit: self.limit, plain }
    }

    /// The converters of a part's ends, by a policy over the whole window.
    pub(crate) fn ends(
        &self,
        rates: Rates,
        whole: Span,
        part: Span,
        calendar: &Calendar,
    ) -> Result<EndRates, WindowError> {
        let open = self.at(match rates {
            Rates::ConstantOpen => whole.open,
            Rates::ConstantClose => whole.close,
            Rates::Constant(point) => point.boundary(calendar)?,
            Rates::Spot => part.open,
        });
        let own = rates == Rates::Spot && self.report.is_some() && !open.plain;
        let close = own.then(|| self.at(part.close));
        Ok(EndRates { open, close })
    }

    /// Checks what a figure's amounts needed: one currency or rates for all of them, and sums in range.
    pub(crate) fn settle<'c>(
        &self,
        needs: impl Iterator<Item = (&'c Converter, Mask)>,
        figure: &'static str,
    ) -> Result<Settled, FigureError> {
        let mut settled = Settled::default();
        let mut native = BTreeSet::new();
        for (converter, mask) in needs {
            if mask.has(Mask::OVERFLOW) {
                return Err(FigureError::Overflow(figure));
            }
            let needed = converter.entries.iter().enumerate().filter(|(place, _)| mask.has(Mask::bit(*place)));
            for (_, entry) in needed {
                native.insert(entry.currency);
                self.settle_entry(converter, entry, &mut settled)?;
            }
        }
        settled.currency = match (self.report, &*native.into_iter().collect::<Vec<_>>(), &*self.currencies) {
            (Some(report), ..) => Some(report),
            (None, [one], _) | (None, [], [one]) => Some(*one),
            (None, [], _) => None,
            (None, several, _) => return Err(FigureError::SeveralCurrencies(several.to_vec())),
        };
        Ok(settled)
    }

    fn settle_entry(&self, converter: &Converter, entry: &Entry, settled: &mut Settled) -> Result<(), FigureError> {
        let at = converter.at.0;
        if let (Factor::Missing, Some(to)) = (&entry.factor, self.report) {
            return Err(FigureError::NoRate { from: entry.currency, to, at });
        }
        for leg in &entry.legs {
            settled.rates.insert(*leg);
            if at.micros() - leg.date.micros() > STALE_AFTER_MICROS {
                settled.stale.insert((*leg, at));
            }
        }
        Ok(())
    }
}

impl EndRates {
    /// Whether every amount converts to the same in both, at either end.
    pub(crate) fn value_like(&self, other: &Self) -> bool {
        self.open.values_like(&other.open) && self.at_close().values_like(other.at_close())
    }

    /// The converter of the close end.
    pub(crate) fn at_close(&self) -> &Converter {
        self.close.as_ref().unwrap_or(&self.open)
    }
}

impl Converter {
    /// Whether every amount converts to the same in both.
    pub(crate) fn values_like(&self, other: &Self) -> bool {
        let factors = self.entries.iter().map(|entry| &entry.factor);
        factors.eq(other.entries.iter().map(|entry| &entry.factor))
    }

    /// Whether all amounts are in one currency and stay as they are.
    pub(crate) const fn is_plain(&self) -> bool {
        self.plain
    }

    /// A native amount in the report's currency. Without a rate it stays native, which the mask will tell.
    #[inline]
    pub(crate) fn convert(&self, units: i128, currency: Option<Currency>) -> (i128, Mask) {
        if units == 0 {
            return (0, Mask::EMPTY);
        }
        if self.plain {
            return (units, Mask(1));
        }
        let place = self.entries.iter().position(|entry| Some(entry.currency) == currency);
        let place = place.expect("a view lists the currency of every level above 0");
        let mask = Mask::bit(place);
        let converted = match &self.entries[place].factor {
            Factor::One | Factor::Missing => return (units, mask),
            Factor::Nothing => return (0, Mask::EMPTY),
            Factor::Small(numerator, denominator) => small(units, *numerator, *denominator),
            Factor::Large(factor) => large(units, factor),
        };
        match converted {
            Some(value) if value <= self.limit => (value, mask),
            _ => (self.limit, mask | Mask::OVERFLOW),
        }
    }
}

/// The largest converted amount of which sums over so many records stay exact.
fn limit(records: u64) -> i128 {
    i128::MAX / SUMS_PER_AMOUNT / (i128::from(records) + 1)
}

impl Factor {
    fn of(factor: BigRational) -> Self {
        match (factor.numer().to_i128(), factor.denom().to_i128()) {
            (Some(numerator), Some(denominator)) => Self::Small(numerator, denominator),
            _ => Self::Large(factor),
        }
    }
}

/// `units * numerator / denominator`, half-even; by machine integers where the product fits them.
fn small(units: i128, numerator: i128, denominator: i128) -> Option<i128> {
    let Some(product) = units.checked_mul(numerator) else {
        return large(units, &BigRational::new_raw(numerator.into(), denominator.into()));
    };
    let (whole, rest) = product.div_rem(&denominator);
    // Compared without doubling: the rest may be as large as the denominator.
    let up = match rest.cmp(&(denominator - rest)) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => whole.is_odd(),
    };
    Some(whole + i128::from(up))
}

fn large(units: i128, factor: &BigRational) -> Option<i128> {
    round(&(factor * BigInt::from(units)), Rounding::HalfEven).to_i128()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_round_half_even_once() {
        for (units, numerator, denominator, expected) in
            [(5, 1, 2, 2), (7, 1, 2, 4), (1, 1, 2, 0), (3, 1, 3, 1), (100, 11, 10, 110), (0, 7, 3, 0), (2, 1, 3, 1)]
        {
            assert_eq!(small(units, numerator, denominator), Some(expected), "{units} * {numerator} / {denominator}");
            let factor = BigRational::new(numerator.into(), denominator.into());
            assert_eq!(large(units, &factor), Some(expected), "{units} * {numerator} / {denominator}");
        }
    }

    #[test]
    fn products_beyond_machine_integers_stay_exact() {
        let units = 10i128.pow(26) - 1;
        let denominator = 10i128.pow(24) + 7;
        assert_eq!(small(units, denominator * 3, denominator), Some(units * 3));
        assert_eq!(small(units, 10i128.pow(38), 1), None);
    }
}
