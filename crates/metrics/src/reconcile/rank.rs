//! The likeliest explanation first.

use std::collections::BTreeMap;

use num_rational::BigRational;
use rustc_hash::{FxHashMap, FxHashSet};

use super::cause::{Cause, CauseKind};
use super::setting::Setting;
use super::{Explanation, Witness};
use crate::ratio::Ratio;

/// Explanations of one line that are told.
const MOST: usize = 5;
/// What a second change weighs beside its own weight.
const SECOND_CHANGE: u32 = 30;
/// What an explanation gains from each other line of the deck that it explains, up to so many of them.
const SHARED: (u32, usize) = (15, 3);
/// What every doubling of the customers weighs that would fit, one as well as the other.
const DOUBLING: u32 = 10;

/// One way to make a printed figure.
pub(super) struct Found {
    pub(super) causes: Vec<Cause>,
    pub(super) value: BigRational,
    /// Where the records are read otherwise.
    pub(super) setting: Option<Setting>,
    /// The customer that was counted otherwise.
    pub(super) customer: Option<Witness>,
}

/// How many lines each set of causes explains.
pub(super) type Shared = FxHashMap<String, usize>;

/// Counts the lines that each set of causes explains.
pub(super) fn shared<'f>(lines: impl Iterator<Item = &'f [Found]>) -> Shared {
    let mut shared = Shared::default();
    for found in lines {
        let texts: FxHashSet<_> = found.iter().map(|found| text(&found.causes)).collect();
        texts.into_iter().for_each(|text| *shared.entry(text).or_default() += 1);
    }
    shared
}

fn text(causes: &[Cause]) -> String {
    causes.iter().map(|cause| cause.text.as_str()).collect::<Vec<_>>().join(", ")
}

/// The likeliest ones, those of one kind and value together, each with the customers behind it.
pub(super) fn ranked(
    found: Vec<Found>,
    shared: &Shared,
    witnesses: impl Fn(&Found) -> (Vec<Witness>, usize),
) -> Vec<Explanation> {
    // Which customer was miscounted is one question, whatever the values that fit.
    let single = |found: &Found| matches!(found.causes[0].kind, CauseKind::LeftOut | CauseKind::Twice);
    let mut groups: BTreeMap<(Vec<CauseKind>, Option<BigRational>), Vec<Found>> = BTreeMap::new();
    for one in found {
        let kinds = one.causes.iter().map(|cause| cause.kind).collect();
        let value = (!single(&one)).then(|| one.value.clone());
        groups.entry((kinds, value)).or_default().push(one);
    }
    let lines = |found: &Found| shared.get(&text(&found.causes)).copied().unwrap_or(1);
    let weight = |found: &Found| {
        let own: u32 = found.causes.iter().map(Cause::weight).sum();
        let second = SECOND_CHANGE * (found.causes.len() as u32 - 1);
        (own + second).saturating_sub(SHARED.0 * (lines(found) - 1).min(SHARED.1) as u32)
    };
    let mut best: Vec<_> = groups
        .into_values()
        .map(|mut group| {
            group.sort_by_cached_key(|found| (weight(found), text(&found.causes)));
            let many = if single(&group[0]) { DOUBLING * group.len().ilog2() } else { 0 };
            (weight(&group[0]) + many, group)
        })
        .collect();
    best.sort_by_cached_key(|(weight, group)| (*weight, text(&group[0].causes)));
    best.truncate(MOST);
    let explanation = |(_, mut group): (u32, Vec<Found>)| {
        let also = group[1..].iter().map(|found| text(&found.causes)).collect();
        let first = group.swap_remove(0);
        let (customers, more_customers) = witnesses(&first);
        let lines = lines(&first);
        Explanation { causes: first.causes, value: Ratio(first.value), also, lines, customers, more_customers }
    };
    best.into_iter().map(explanation).collect()
}
