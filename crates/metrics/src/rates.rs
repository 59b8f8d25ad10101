//! Exchange rates: which one is in force before a boundary.

use num_rational::BigRational;
use recount_ledger::{Currency, Instant, Position, Rate};
use recount_projection::{Boundary, FxQuote, View};
use rustc_hash::FxHashMap;

/// A rate on record that entered a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RateUsed {
    /// The currency that is priced.
    pub base: Currency,
    /// The currency of the price.
    pub quote: Currency,
    /// The rate's own date.
    pub date: Instant,
    /// The price.
    pub rate: Rate,
    /// Where its record stands.
    pub position: Position,
}

/// The admitted rates, by pair.
#[derive(Debug, Default)]
pub(crate) struct RateBook {
    /// By the pair in alphabetical order; each list by date, then position.
    pairs: FxHashMap<(Currency, Currency), Vec<FxQuote>>,
    /// Every currency with a rate, in alphabetical order.
    currencies: Vec<Currency>,
}

/// How much of another currency one unit of a currency is, and by which records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Price {
    pub(crate) factor: BigRational,
    /// One record, or the two legs of a cross.
    pub(crate) legs: Vec<RateUsed>,
}

impl RateBook {
    pub(crate) fn new(view: &View<'_>) -> Self {
        Self::of(view.fx_rates())
    }

    fn of(quotes: impl Iterator<Item = FxQuote>) -> Self {
        let mut book = Self::default();
        for quote in quotes {
            book.currencies.extend([quote.base, quote.quote]);
            book.pairs.entry(pair(quote.base, quote.quote)).or_default().push(quote);
        }
        book.currencies.sort_unstable();
        book.currencies.dedup();
        book.pairs.values_mut().for_each(|quotes| quotes.sort_by_key(|quote| (quote.effective_at, quote.position)));
        book
    }

    /// What one unit of `from` is in `to` by the rates before a boundary: directly, else over one third currency.
    pub(crate) fn price(&self, from: Currency, to: Currency, before: Boundary) -> Option<Price> {
        self.leg(from, to, before).or_else(|| self.cross(from, to, before))
    }

    /// The newest rate between two currencies; of one date the direct one, then the later record.
    fn leg(&self, from: Currency, to: Currency, before: Boundary) -> Option<Price> {
        let quotes = self.pairs.get(&pair(from, to))?;
        let earlier = &quotes[..quotes.partition_point(|quote| quote.effective_at < before.0)];
        let newest = earlier.last()?.effective_at;
        let same_date = earlier.iter().rev().take_while(|quote| quote.effective_at == newest);
        let quote = same_date.max_by_key(|quote| (quote.base == from, quote.position))?;
        let (rate, one) = (quote.rate.units().into(), Rate::UNITS_PER_ONE.into());
        let factor = if quote.base == from { BigRational::new(rate, one) } else { BigRational::new(one, rate) };
        let FxQuote { base, quote, effective_at: date, rate, position, .. } = *quote;
        Some(Price { factor, legs: vec![RateUsed { base, quote, date, rate, position }] })
    }

    /// The cross whose older leg is newest; of those, the alphabetically first.
    fn cross(&self, from: Currency, to: Currency, before: Boundary) -> Option<Price> {
        let mut best: Option<(Instant, Price)> = None;
        for &third in self.currencies.iter().filter(|third| **third != from && **third != to) {
            let (Some(first), Some(second)) = (self.leg(from, third, before), self.leg(third, to, before)) else {
                continue;
            };
            let older = first.legs[0].date.min(second.legs[0].date);
            if best.as_ref().is_none_or(|(date, _)| older > *date) {
                let legs = [first.legs, second.legs].concat();
                best = Some((older, Price { factor: first.factor * second.factor, legs }));
            }
        }
        best.map(|(_, price)| price)
    }
}

fn pair(a: Currency, b: Currency) -> (Currency, Currency) {
    if a < b { (a, b) } else { (b, a) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(date: &str) -> Instant {
        format!("{date}T00:00:00Z").parse().expect("an instant")
    }

    /// Rates written `2024-01-01 EUR/USD 1.10`, in recording order.
    fn book(lines: &[&str]) -> RateBook {
        RateBook::of(lines.iter().enumerate().map(|(position, line)| {
            let words: Vec<_> = line.split([' ', '/']).collect();
            let at = instant(words[0]);
            FxQuote {
                position: Position(position as u64),
                effective_at: at,
                booked_at: at,
                base: words[1].parse().expect("a currency"),
                quote: words[2].parse().expect("a currency"),
                rate: words[3].parse().expect("a rate"),
            }
        }))
    }

    fn price(book: &RateBook, from: &str, to: &str, before: &str) -> Option<(String, Vec<u64>)> {
        let currency = |code: &str| code.parse().expect("a currency");
        let price = book.price(currency(from), currency(to), Boundary(instant(before)))?;
        Some((price.factor.to_string(), price.legs.iter().map(|leg| leg.position.0).collect()))
    }

    #[test]
    fn the_newest_before_the_boundary_in_either_orientation() {
        let book = book(&["2024-01-01 EUR/USD 1.1", "2025-12-01 EUR/USD 1.05", "2025-06-01 USD/EUR 0.8"]);
        assert_eq!(price(&book, "EUR", "USD", "2024-01-01"), None);
        assert_eq!(price(&book, "EUR", "USD", "2025-06-01"), Some(("11/10".to_owned(), vec![0])));
        assert_eq!(price(&book, "EUR", "USD", "2025-12-01"), Some(("5/4".to_owned(), vec![2])));
        assert_eq!(price(&book, "USD", "EUR", "2026-01-01"), Some(("20/21".to_owned(), vec![1])));
    }

    #[test]
    fn on_one_date_the_direct_one_then_the_later_position() {
        let book = book(&["2025-01-01 EUR/USD 2", "2025-01-01 EUR/USD 4", "2025-01-01 USD/EUR 1"]);
        assert_eq!(price(&book, "EUR", "USD", "2025-02-01"), Some(("4".to_owned(), vec![1])));
        assert_eq!(price(&book, "USD", "EUR", "2025-02-01"), Some(("1".to_owned(), vec![2])));
    }

    #[test]
    fn a_cross_goes_over_the_currency_whose_older_leg_is_newest() {
        let book = book(&[
            "2025-01-01 EUR/USD 2",
            "2025-01-09 USD/JPY 100",
            "2025-01-02 EUR/CHF 1",
            "2025-01-02 CHF/JPY 150",
            "2025-01-02 EUR/CAD 3",
            "2025-01-05 CAD/JPY 3",
        ]);
        assert_eq!(price(&book, "EUR", "JPY", "2025-02-01"), Some(("9".to_owned(), vec![4, 5])));
        assert_eq!(price(&book, "EUR", "JPY", "2025-01-04"), Some(("150".to_owned(), vec![2, 3])));
        assert_eq!(price(&book, "JPY", "EUR", "2025-02-01"), Some(("1/9".to_owned(), vec![5, 4])));
        assert_eq!(price(&book, "EUR", "GBP", "2025-02-01"), None);
    }
}
