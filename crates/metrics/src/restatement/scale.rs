//! From sums to ratios: what a change of a numerator and a denominator does to a ratio, exactly and additively.
//!
//! A ratio went from `N / D` to `N' / D'`. The record that changed the numerator by `n` and the denominator by `d` moved
//! it by `(n - d * N / D) / D'`: what it added beyond what the old ratio would have made of its own share. Over all records
//! these sum to `N' / D' - N / D`, whatever their order, and all have one denominator, so millions of them add up at once.
//! In a chain the parts telescope: each is weighted by the new ratios before it and the old ones after it.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{Effect, Moved, RestatedPart, Sums};
use crate::definition::{Combine, Weight, WindowRules};
use crate::ratio::Ratio;
use crate::tally::Pair;

/// How many ratios there are: net, gross, logos.
const KINDS: usize = 3;

/// The ratios before and after, and what a change of sums is worth.
#[derive(Debug)]
pub(super) struct Scale {
    /// By kind; none where a ratio does not exist at either end.
    terms: [Option<Vec<Term>>; KINDS],
    /// The ratios after.
    after: [Option<Ratio>; KINDS],
}

/// One part of a window.
#[derive(Debug)]
struct Term {
    weight: BigRational,
    before: Pair,
    denominator: BigInt,
}

impl Scale {
    pub(super) fn new(rules: &WindowRules, before: &Sums, after: &Sums) -> Self {
        let terms = |kind| terms(rules, &ratios(before, kind)?, &ratios(after, kind)?, (before, after), kind);
        let value = |kind| combined(rules, &ratios(after, kind)?).map(Ratio);
        Self { terms: std::array::from_fn(terms), after: std::array::from_fn(value) }
    }

    /// The ratio after, of a kind.
    pub(super) fn after(&self, kind: usize) -> Option<&Ratio> {
        self.after[kind].as_ref()
    }

    /// Every part with its effect.
    pub(super) fn parts(&self, moved: Vec<Moved>) -> Vec<RestatedPart> {
        let part = |Moved { category, record, customer, by }: Moved| RestatedPart {
            category,
            record,
            customer,
            effect: self.effect(&by),
        };
        moved.into_par_iter().map(part).collect()
    }

    fn effect(&self, by: &Sums) -> Effect {
        let [ndr, gdr, logo_retention] = std::array::from_fn(|kind| self.ratio(by, kind));
        Effect { ndr, gdr, logo_retention, ..Effect::of_sums(by) }
    }

    fn ratio(&self, by: &Sums, kind: usize) -> Option<Ratio> {
        let worth = |(term, pairs): (&Term, &[Pair; KINDS])| {
            let Pair(numerator, denominator) = pairs[kind];
            let Pair(was, of) = term.before;
            let beyond = BigInt::from(numerator) * of - BigInt::from(denominator) * was;
            if beyond.is_zero() {
                return BigRational::zero();
            }
            &term.weight * BigRational::new(beyond, &term.denominator * of)
        };
        let terms = self.terms[kind].as_ref()?;
        Some(Ratio(terms.iter().zip(&by.pairs).map(worth).sum()))
    }
}

/// The ratio of every part; none where one of them does not exist.
fn ratios(sums: &Sums, kind: usize) -> Option<Vec<BigRational>> {
    let pairs = sums.pairs.iter().map(|pairs| pairs[kind]);
    pairs.map(|Pair(numerator, denominator)| Ratio::of(numerator, denominator).map(|ratio| ratio.0)).collect()
}

/// One ratio from those of the parts, which are one where they were added up before.
fn combined(rules: &WindowRules, ratios: &[BigRational]) -> Option<BigRational> {
    match (rules.combine, rules.weight) {
        (Combine::Chain, _) => Some(ratios.iter().product()),
        (Combine::Mean | Combine::MeanTrailing, Weight::Equal) => {
            let sum: BigRational = ratios.iter().sum();
            (!ratios.is_empty()).then(|| sum / BigInt::from(ratios.len()))
        }
        _ => ratios.first().cloned(),
    }
}

fn terms(
    rules: &WindowRules,
    before: &[BigRational],
    after: &[BigRational],
    (was, is): (&Sums, &Sums),
    kind: usize,
) -> Option<Vec<Term>> {
    let count = after.len();
    let weight = |place: usize| match (rules.combine, rules.weight) {
        (Combine::Chain, _) => after[..place].iter().chain(&before[place + 1..]).product(),
        (Combine::Mean | Combine::MeanTrailing, Weight::Equal) => BigRational::new(BigInt::one(), count.into()),
        _ => BigRational::one(),
    };
    let term = |place: usize| Term {
        weight: weight(place),
        before: was.pairs[place][kind],
        denominator: is.pairs[place][kind].1.into(),
    };
    Some((0..count).map(term).collect())
}
