//! Contradictions: records whose kind or stated MRR-before fits neither their subscription nor their customer.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::Zero;
use recount_ledger::{Claim, Currency, Position};

use super::known::Level;
use super::{Known, Units};

/// Native amounts by currency, nothing left out but zeros.
type Purse = BTreeMap<Option<Currency>, Units>;

/// A change as one observer sees it.
struct Change {
    before: Purse,
    after: Purse,
    /// Whether it was ever above nothing before.
    ever: bool,
}

impl Known {
    /// The positions of the contradictions.
    pub fn contradictions(&self) -> Vec<Position> {
        let levels = self.levels();
        let fails = |index: &usize| !claim_fits(&levels, *index) || !before_fits(&levels, *index);
        let mut positions: Vec<Position> =
            (0..levels.len()).filter(fails).map(|index| levels[index].position).collect();
        positions.sort();
        positions
    }
}

fn claim_fits(levels: &[Level], index: usize) -> bool {
    let claim = levels[index].claim;
    [subscription(levels, index), customer(levels, index), instant(levels, index)].iter().any(|c| c.fits(claim))
}

fn before_fits(levels: &[Level], index: usize) -> bool {
    let Some(stated) = &levels[index].before else { return true };
    let stated = purse([(levels[index].currency, stated)]);
    [subscription(levels, index), customer(levels, index), instant(levels, index)]
        .iter()
        .any(|change| change.before == stated || compare(&change.before, &stated).is_none())
}

fn purse<'a>(amounts: impl IntoIterator<Item = (Option<Currency>, &'a Units)>) -> Purse {
    let mut purse = Purse::new();
    for (currency, units) in amounts {
        *purse.entry(currency).or_default() += units;
    }
    purse.retain(|_, units| !units.is_zero());
    purse
}

/// What a customer's subscriptions sum to after the first so many of its movements.
fn total(levels: &[Level]) -> Purse {
    let last: BTreeMap<_, _> = levels.iter().map(|level| (&level.subscription, level)).collect();
    purse(last.values().map(|level| (level.currency, &level.units)))
}

/// The change of the subscription by this record.
fn subscription(levels: &[Level], index: usize) -> Change {
    let own = |level: &&Level| level.subscription == levels[index].subscription;
    let earlier: Vec<&Level> = levels[..index].iter().filter(own).collect();
    let of = |level: &Level| purse([(level.currency, &level.units)]);
    Change {
        before: earlier.last().map(|level| of(level)).unwrap_or_default(),
        after: of(&levels[index]),
        ever: earlier.iter().any(|level| level.units > BigInt::ZERO),
    }
}

/// The change of the customer by this record.
fn customer(levels: &[Level], index: usize) -> Change {
    let own = |level: &&Level| level.customer == levels[index].customer;
    let mine: Vec<Level> = levels[..=index].iter().filter(own).cloned().collect();
    let earlier = mine.len() - 1;
    Change {
        before: total(&mine[..earlier]),
        after: total(&mine),
        ever: (1..=earlier).any(|count| !total(&mine[..count]).is_empty()),
    }
}

/// The change of the customer by everything at this record's instant.
fn instant(levels: &[Level], index: usize) -> Change {
    let own = |level: &&Level| level.customer == levels[index].customer;
    let mine: Vec<Level> = levels.iter().filter(own).cloned().collect();
    let until = |keep: &dyn Fn(&Level) -> bool| mine.iter().filter(|l| keep(l)).cloned().collect::<Vec<_>>();
    let at = levels[index].at;
    let earlier = until(&|level| level.at < at);
    Change {
        before: total(&earlier),
        after: total(&until(&|level| level.at <= at)),
        ever: earlier.iter().any(|end| !total(&until(&|level| level.at <= end.at)).is_empty()),
    }
}

/// How two amounts compare; none where their currencies differ. Nothing has no currency.
fn compare(one: &Purse, other: &Purse) -> Option<Ordering> {
    if one == other {
        return Some(Ordering::Equal);
    }
    if one.is_empty() || other.is_empty() {
        return Some(other.is_empty().cmp(&one.is_empty()));
    }
    match (one.len(), other.len(), one.first_key_value(), other.first_key_value()) {
        (1, 1, Some((c, a)), Some((d, b))) if c == d => Some(a.cmp(b)),
        _ => None,
    }
}

impl Change {
    fn fits(&self, claim: Claim) -> bool {
        let (was, is) = (!self.before.is_empty(), !self.after.is_empty());
        let grown = compare(&self.after, &self.before);
        match claim {
            Claim::NewLogo => !was && is && !self.ever,
            Claim::Reactivation => !was && is,
            Claim::Churn => was && !is,
            Claim::Upgrade => was && is && grown.is_none_or(|order| order == Ordering::Greater),
            Claim::Downgrade => was && is && grown.is_none_or(|order| order == Ordering::Less),
            Claim::Change => true,
        }
    }
}
