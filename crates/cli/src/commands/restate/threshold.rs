//! What is too small to list.

use std::fmt;
use std::str::FromStr;

use recount_ledger::Amount;
use recount_metrics::{Effect, Ratio, Rounding};

/// The least effect that is listed: on any line of the bridge, or on NDR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// In the report currency.
    Amount(Amount),
    /// Points of NDR: 0.5 of a hundredth is 0.5 points.
    Points(Ratio),
}

impl Threshold {
    /// Whether an effect is listed.
    pub fn admits(&self, effect: &Effect) -> bool {
        match self {
            Self::Amount(least) => effect.largest_line() >= least.units(),
            Self::Points(least) => effect.ndr.as_ref().is_some_and(|ndr| ndr.magnitude() >= *least),
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount(least) => least.fmt(f),
            // Read from an amount, it has no more digits than that.
            Self::Points(least) => write!(f, "{}%", least.percent(8, Rounding::HalfUp)),
        }
    }
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let points = text.strip_suffix('%').map(str::trim_end);
        let amount: Result<Amount, _> = points.unwrap_or(text).parse();
        let amount = amount.ok().filter(|amount| amount.units() >= 0);
        let amount = amount.ok_or("write an amount like 500, or points of NDR like 0.05%")?;
        let hundredths = 100 * recount_ledger::UNITS_PER_ONE;
        match points {
            Some(_) => Ok(Self::Points(Ratio::of(amount.units(), hundredths).expect("a hundred is not 0"))),
            None => Ok(Self::Amount(amount)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_points() {
        let effect = Effect { closing: -50_000_000_000, ndr: Ratio::of(-1, 1000), ..Effect::default() };
        for (text, admits) in [("500", true), ("500.01", false), ("0.1%", true), ("0.11 %", false), ("0", true)] {
            assert_eq!(text.parse::<Threshold>().map(|it| it.admits(&effect)), Ok(admits), "{text}");
        }
        for text in ["500.01", "0", "0.00000001%", "0.11 %", "12%"] {
            let threshold: Threshold = text.parse().expect("a threshold");
            assert_eq!(threshold.to_string().parse(), Ok(threshold), "{text}");
        }
        for text in ["", "-1", "x", "%", "1 USD"] {
            assert!(text.parse::<Threshold>().is_err(), "{text}");
        }
    }
}
