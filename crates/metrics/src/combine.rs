//! One ratio from the ratios of a window's parts.

use num_bigint::BigInt;

use crate::calendar::Calendar;
use crate::definition::{Combine, Weight, WindowRules};
use crate::ratio::{Figure, Ratio, Undefined};
use crate::tally::Pair;
use crate::window::{Window, WindowError};

/// The months of a trailing ratio.
const TRAILING_MONTHS: i32 = 12;

/// The windows whose ratios are combined; none where the window is one part.
pub(crate) fn combined_windows(
    rules: &WindowRules,
    window: &Window,
    calendar: &Calendar,
) -> Result<Vec<Window>, WindowError> {
    match rules.combine {
        Combine::Whole => Ok(Vec::new()),
        Combine::Chain | Combine::Mean => window.whole_parts(rules.every, calendar),
        Combine::MeanTrailing => {
            let parts = window.whole_parts(rules.every, calendar)?;
            parts.iter().map(|part| part.trailing(TRAILING_MONTHS, calendar)).collect()
        }
    }
}

/// The sums of one part, and why they might make no ratio.
#[derive(Clone, Debug)]
pub(crate) struct PartRatio {
    pub(crate) name: String,
    pub(crate) pair: Pair,
    pub(crate) undefined: Undefined,
}

impl PartRatio {
    fn figure(&self) -> Figure {
        Ratio::of(self.pair.0, self.pair.1).ok_or_else(|| self.undefined.clone())
    }

    fn named(&self) -> Figure {
        self.figure().map_err(|reason| Undefined::Part { part: self.name.clone(), reason: Box::new(reason) })
    }
}

/// The ratio of a whole window, or of its parts together.
pub(crate) fn combine(rules: &WindowRules, whole: &PartRatio, parts: &[PartRatio]) -> Figure {
    match (rules.combine, rules.weight) {
        (Combine::Whole, _) => whole.figure(),
        (Combine::Chain, _) => parts.iter().try_fold(Ratio::one(), |product, part| Ok(product.times(&part.named()?))),
        (Combine::Mean | Combine::MeanTrailing, Weight::Equal) => {
            let ratios: Vec<_> = parts.iter().map(PartRatio::named).collect::<Result<_, _>>()?;
            Ratio::mean(&ratios).ok_or_else(|| whole.undefined.clone())
        }
        (Combine::Mean | Combine::MeanTrailing, Weight::Opening) => {
            let sum = |side: fn(&Pair) -> i128| parts.iter().map(|part| BigInt::from(side(&part.pair))).sum::<BigInt>();
            Ratio::of(sum(|pair| pair.0), sum(|pair| pair.1)).ok_or_else(|| whole.undefined.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn combined(combine_by: Combine, weight: Weight, pairs: &[(i128, i128)]) -> Result<String, String> {
        let part = |name: String, (numerator, denominator): (i128, i128)| PartRatio {
            name,
            pair: Pair(numerator, denominator),
            undefined: Undefined::NoOpening,
        };
        let parts: Vec<_> = pairs.iter().enumerate().map(|(n, pair)| part(format!("part {n}"), *pair)).collect();
        let rules = WindowRules { combine: combine_by, weight, ..WindowRules::default() };
        let figure = combine(&rules, &part("whole".to_owned(), (3, 4)), &parts);
        figure.map(|ratio| ratio.to_string()).map_err(|reason| reason.to_string())
    }

    #[test]
    fn parts_make_one_ratio() {
        let pairs = [(1, 2), (9, 6)];
        assert_eq!(combined(Combine::Whole, Weight::Equal, &pairs), Ok("0.75".to_owned()));
        assert_eq!(combined(Combine::Chain, Weight::Equal, &pairs), Ok("0.75".to_owned()));
        assert_eq!(combined(Combine::Mean, Weight::Equal, &pairs), Ok("1".to_owned()));
        assert_eq!(combined(Combine::MeanTrailing, Weight::Opening, &pairs), Ok("1.25".to_owned()));
    }

    #[test]
    fn an_empty_part_is_named_or_weighs_nothing() {
        let pairs = [(1, 2), (0, 0)];
        for by in [Combine::Chain, Combine::Mean, Combine::MeanTrailing] {
            let reason = combined(by, Weight::Equal, &pairs).expect_err("undefined");
            assert_eq!(reason, "part part 1: the cohort's opening MRR is 0");
        }
        assert_eq!(combined(Combine::Mean, Weight::Opening, &pairs), Ok("0.5".to_owned()));
        assert!(combined(Combine::Mean, Weight::Opening, &[(0, 0)]).is_err());
    }
}
