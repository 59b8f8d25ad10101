//! Contradictions from the records themselves, the slow way.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use recount_ledger::{Claim, Currency, Movement, Recorded};

type Purse = BTreeMap<Currency, i128>;
type Item<'r> = (&'r Recorded, &'r Movement);

/// The positions of movements whose claim or stated MRR before fits nothing.
pub fn contradictions(movements: &[Item<'_>], root: impl Fn(&str) -> String) -> Vec<u64> {
    let mut found = Vec::new();
    for (record, movement) in movements {
        let key = |other: &Movement| (other.customer.clone(), other.subscription_id().to_owned());
        let mine: Vec<Item<'_>> =
            movements.iter().filter(|(_, other)| root(&other.customer) == root(&movement.customer)).copied().collect();
        let own: Vec<Item<'_>> = mine.iter().filter(|(_, other)| key(other) == key(movement)).copied().collect();
        let by_record = |items: &[Item<'_>]| {
            let at = items.iter().position(|(other, _)| other.position == record.position).expect("is there");
            let ever = (0..=at).any(|count| !total(&items[..count]).is_empty());
            (total(&items[..at]), total(&items[..=at]), ever)
        };
        let until = |end: recount_ledger::Instant, with: bool| {
            let earlier = mine.iter().filter(|(_, m)| m.effective_at.at < end || with && m.effective_at.at == end);
            total(&earlier.copied().collect::<Vec<_>>())
        };
        let at = movement.effective_at.at;
        let instants = mine.iter().map(|(_, m)| m.effective_at.at).filter(|earlier| *earlier < at);
        let ever = instants.into_iter().any(|earlier| !until(earlier, true).is_empty());
        let changes = [by_record(&own), by_record(&mine), (until(at, false), until(at, true), ever)];
        let claim = changes.iter().any(|(before, after, ever)| fits(movement.claim, before, after, *ever));
        let before = movement.mrr_before.is_none_or(|stated| {
            let stated = purse([(movement.currency.map(|c| c.currency), stated.units())]);
            changes.iter().any(|(before, ..)| matches!(compare(before, &stated), None | Some(Ordering::Equal)))
        });
        if !claim || !before {
            found.push(record.position.0);
        }
    }
    found.sort_unstable();
    found
}

fn purse(amounts: impl IntoIterator<Item = (Option<Currency>, i128)>) -> Purse {
    let mut purse = Purse::new();
    for (currency, units) in amounts.into_iter().filter(|(_, units)| *units != 0) {
        *purse.entry(currency.expect("amounts have currencies")).or_default() += units;
    }
    purse
}

fn total(items: &[Item<'_>]) -> Purse {
    let last: BTreeMap<_, _> = items.iter().map(|(_, m)| ((m.customer.as_str(), m.subscription_id()), m)).collect();
    purse(last.values().map(|m| (m.currency.map(|c| c.currency), m.mrr_after().units())))
}

fn compare(one: &Purse, other: &Purse) -> Option<Ordering> {
    let mut currencies: Vec<_> = one.keys().chain(other.keys()).collect();
    currencies.sort();
    currencies.dedup();
    match currencies[..] {
        _ if one == other => Some(Ordering::Equal),
        _ if one.is_empty() => Some(Ordering::Less),
        _ if other.is_empty() => Some(Ordering::Greater),
        [only] => Some(one[only].cmp(&other[only])),
        _ => None,
    }
}

fn fits(claim: Claim, before: &Purse, after: &Purse, ever: bool) -> bool {
    let (was, is) = (!before.is_empty(), !after.is_empty());
    let order = compare(after, before);
    match claim {
        Claim::NewLogo => !was && is && !ever,
        Claim::Reactivation => !was && is,
        Claim::Churn => was && !is,
        Claim::Upgrade => was && is && matches!(order, None | Some(Ordering::Greater)),
        Claim::Downgrade => was && is && matches!(order, None | Some(Ordering::Less)),
        Claim::Change => true,
    }
}
