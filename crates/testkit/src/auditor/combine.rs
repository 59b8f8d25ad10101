//! Retention as a definition asks for it: whole, or combined from parts; and without the ten largest customers.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;
use recount_ledger::Zone;

use super::retention::{Scope, ratio};
use super::{Known, Refusal, Retention, Segment, Units};
use crate::calendar::{Span, trailing, whole_parts};
use crate::definition::{Combine, Definition};

/// The ratios of a window; none where undefined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ratios {
    /// NDR.
    pub ndr: Option<BigRational>,
    /// GDR.
    pub gdr: Option<BigRational>,
    /// Logo retention.
    pub logo: Option<BigRational>,
}

/// How much hangs on the ten largest customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopTen {
    /// Who they are, largest first.
    pub customers: Vec<String>,
    /// Their share of the opening MRR.
    pub share: Option<BigRational>,
    /// NDR as if they were excluded.
    pub ndr_without: Option<BigRational>,
}

impl Known {
    /// The figures of the whole window and the ratios as the definition combines them.
    pub fn retention(
        &self,
        definition: &Definition,
        window: Span,
        zone: Zone,
        segment: Option<&Segment>,
    ) -> Result<(Retention, Ratios, TopTen), Refusal> {
        let nobody = BTreeSet::new();
        let scope = Scope {
            definition,
            segment,
            without: &nobody,
            part: window,
            exclude_open: window.open,
            whole: window,
            zone,
        };
        let figures = self.part(&scope)?;
        let ratios = self.combined(&scope)?;
        let mut owned: Vec<(String, Units)> = figures.owned.clone().into_iter().collect();
        owned.sort_by_key(|(customer, units)| (Reverse(units.clone()), customer.clone()));
        owned.truncate(10);
        let share: Units = owned.iter().map(|(_, units)| units).sum();
        let customers: Vec<String> = owned.into_iter().map(|(customer, _)| customer).collect();
        let without: BTreeSet<String> = customers.iter().cloned().collect();
        let rest = self.combined(&Scope { without: &without, ..scope })?;
        let top = TopTen { customers, share: ratio(&(share, figures.opening.clone())), ndr_without: rest.ndr };
        Ok((figures, ratios, top))
    }

    fn combined(&self, scope: &Scope) -> Result<Ratios, Refusal> {
        let definition = scope.definition;
        let mut spans = vec![scope.whole];
        if definition.combine != Combine::Whole {
            spans = whole_parts(scope.whole, definition.part_months(), scope.zone).ok_or(Refusal::NotWholeParts)?;
        }
        if definition.combine == Combine::MeanTrailing {
            let year = |part: &Span| trailing(part.close, 12, scope.zone).expect("parts begin on dates");
            spans = spans.iter().map(year).collect();
        }
        let mut parts = Vec::new();
        for part in spans {
            parts.push(self.part(&Scope { part, exclude_open: part.open, ..*scope })?);
        }
        let pick = |pair: fn(&Retention) -> &(Units, Units)| {
            let pairs: Vec<(Units, Units)> = parts.iter().map(|part| pair(part).clone()).collect();
            combine(definition, &pairs)
        };
        Ok(Ratios { ndr: pick(|p| &p.net), gdr: pick(|p| &p.gross), logo: pick(|p| &p.logo) })
    }
}

fn combine(definition: &Definition, pairs: &[(Units, Units)]) -> Option<BigRational> {
    let mean = matches!(definition.combine, Combine::Mean | Combine::MeanTrailing);
    if mean && definition.weight_opening {
        return ratio(&(pairs.iter().map(|p| &p.0).sum(), pairs.iter().map(|p| &p.1).sum()));
    }
    let ratios = pairs.iter().map(ratio).collect::<Option<Vec<_>>>()?;
    match definition.combine {
        Combine::Whole | Combine::Chain => Some(ratios.into_iter().fold(BigRational::one(), |all, one| all * one)),
        Combine::Mean | Combine::MeanTrailing => {
            let count = BigRational::from_integer(BigInt::from(ratios.len()));
            Some(ratios.into_iter().sum::<BigRational>() / count)
        }
    }
}
