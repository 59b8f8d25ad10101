//! Exchange rates in force before a boundary, and what an amount is in another currency.

use std::collections::BTreeSet;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;
use recount_ledger::{Body, Currency, FxRate, Instant, Position, Rate};

use super::{Known, Refusal, Units};
use crate::ratio::half_even;

/// A rate between two currencies: when it is from, and its price.
struct Leg {
    from: Instant,
    price: BigRational,
}

impl Known {
    fn rates(&self) -> Vec<(FxRate, Position)> {
        let rate = |r: &recount_ledger::Recorded| match &r.event.body {
            Body::FxRate(rate) => Some((*rate, r.position)),
            _ => None,
        };
        self.live.iter().filter_map(rate).collect()
    }

    /// The newest rate before the boundary in either orientation; the direct one on a tie, then the later position.
    fn leg(&self, from: Currency, to: Currency, before: Instant) -> Option<Leg> {
        let mut best: Option<((Instant, bool, Position), BigRational)> = None;
        for (rate, position) in self.rates() {
            let direct = (rate.base, rate.quote) == (from, to);
            let inverse = (rate.base, rate.quote) == (to, from);
            let key = (rate.effective_at.at, direct, position);
            let newer = best.as_ref().is_none_or(|(other, _)| key > *other);
            if rate.effective_at.at < before && (direct || inverse) && newer {
                let price = BigRational::new(rate.rate.units().into(), Rate::UNITS_PER_ONE.into());
                best = Some((key, if direct { price } else { price.recip() }));
            }
        }
        best.map(|((from, _, _), price)| Leg { from, price })
    }

    /// The exact rate in force before a boundary: a rate of the pair, else a cross over one third currency.
    pub fn rate(&self, from: Currency, to: Currency, before: Instant) -> Result<BigRational, Refusal> {
        if from == to {
            return Ok(BigRational::one());
        }
        if let Some(leg) = self.leg(from, to, before) {
            return Ok(leg.price);
        }
        let currencies: BTreeSet<Currency> = self.rates().iter().flat_map(|(r, _)| [r.base, r.quote]).collect();
        let mut best: Option<Leg> = None;
        for third in currencies {
            let (Some(one), Some(two)) = (self.leg(from, third, before), self.leg(third, to, before)) else { continue };
            let older = one.from.min(two.from);
            // Currencies come in alphabetical order, so only a newer cross replaces one that was found.
            if best.as_ref().is_none_or(|found| older > found.from) {
                best = Some(Leg { from: older, price: one.price * two.price });
            }
        }
        best.map(|leg| leg.price).ok_or(Refusal::NoRate(from, to))
    }

    /// What an amount is in the report currency, at the rates before a boundary.
    pub(super) fn convert(
        &self,
        units: &Units,
        currency: Option<Currency>,
        report: Option<Currency>,
        before: Instant,
    ) -> Result<Units, Refusal> {
        match (currency, report) {
            (Some(from), Some(to)) if from != to && *units != BigInt::ZERO => {
                let exact = BigRational::from_integer(units.clone()) * self.rate(from, to, before)?;
                Ok(half_even(&exact))
            }
            _ => Ok(units.clone()),
        }
    }
}
