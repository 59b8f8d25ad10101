//! Ratios: exact until they are shown.

use std::fmt;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use serde::Deserialize;
use thiserror::Error;

/// Fractional digits of a ratio in machine-readable output.
const RATIO_DIGITS: u32 = 10;

/// An exact ratio of two sums, or of such ratios.
///
/// It displays as a decimal of at most 10 fractional digits, rounded half-even once, without trailing zeros.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio(pub(crate) BigRational);

/// A ratio as reports print it: rounded half-even to 10 fractional digits, once. Sums and differences of such are exact,
/// so what is printed beside each other adds up to the last digit.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Printed(BigInt);

/// Why a ratio does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Undefined {
    /// There was nothing to retain.
    #[error("the cohort's opening MRR is 0")]
    NoOpening,
    /// `survivors` over a cohort of which nobody is left.
    #[error("no member of the cohort is active at the close")]
    NoSurvivors,
    /// There was nobody to retain.
    #[error("no customer of the cohort is active at the open")]
    NoCustomers,
    /// The ten largest customers are all there was.
    #[error("no opening MRR is left without the ten largest customers")]
    OnlyTopTen,
    /// One part of a combined window has no ratio.
    #[error("part {part}: {reason}")]
    Part {
        /// The name of the part.
        part: String,
        /// Why it has none.
        reason: Box<Undefined>,
    },
}

/// A ratio, or why there is none.
pub type Figure = Result<Ratio, Undefined>;

/// How a percentage is rounded for display.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// A half goes away from zero.
    #[default]
    HalfUp,
    /// A half goes to the even neighbour.
    HalfEven,
}

impl Rounding {
    /// Its name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HalfUp => "half-up",
            Self::HalfEven => "half-even",
        }
    }
}

impl Ratio {
    /// `numerator / denominator`; nothing where the denominator is 0.
    pub fn of(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> Option<Self> {
        let denominator = denominator.into();
        if denominator.is_zero() { None } else { Some(Self(BigRational::new(numerator.into(), denominator))) }
    }

    /// 1.
    pub fn one() -> Self {
        Self(BigRational::one())
    }

    /// The exact value.
    pub fn exact(&self) -> &BigRational {
        &self.0
    }

    /// `1 - self`: the churn rate of a retention.
    pub fn complement(&self) -> Self {
        Self(BigRational::one() - &self.0)
    }

    /// The product, as chained parts have it.
    pub fn times(&self, other: &Self) -> Self {
        Self(&self.0 * &other.0)
    }

    /// The plain mean; nothing where there is nothing to average.
    pub fn mean(ratios: &[Self]) -> Option<Self> {
        let sum: BigRational = ratios.iter().map(|ratio| &ratio.0).sum();
        if ratios.is_empty() { None } else { Some(Self(sum / BigInt::from(ratios.len()))) }
    }

    /// The sum.
    pub fn plus(&self, other: &Self) -> Self {
        Self(&self.0 + &other.0)
    }

    /// The difference.
    pub fn minus(&self, other: &Self) -> Self {
        Self(&self.0 - &other.0)
    }

    /// 0.
    pub fn zero() -> Self {
        Self(BigRational::zero())
    }

    /// Without its sign.
    pub fn magnitude(&self) -> Self {
        Self(self.0.abs())
    }

    /// The exact value as a fraction in lowest terms, `-5/61`; a whole number without a denominator.
    pub fn fraction(&self) -> String {
        self.0.to_string()
    }

    /// Whether it is below a number of hundredths.
    pub fn is_below_percent(&self, percent: u32) -> bool {
        self.0 < BigRational::new(percent.into(), 100.into())
    }

    /// What reports print.
    pub fn printed(&self) -> Printed {
        let scaled = &self.0 * BigInt::from(10).pow(RATIO_DIGITS);
        Printed(round(&scaled, Rounding::HalfEven))
    }

    /// The percentage with exactly so many digits, without the sign: `81.97`.
    pub fn percent(&self, digits: u8, rounding: Rounding) -> String {
        let scaled = &self.0 * BigInt::from(10).pow(u32::from(digits) + 2);
        fixed(&round(&scaled, rounding), u32::from(digits))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.printed().fmt(f)
    }
}

impl Printed {
    /// The percentage with exactly so many digits, without the sign.
    pub fn percent(&self, digits: u8, rounding: Rounding) -> String {
        Ratio(BigRational::new(self.0.clone(), BigInt::from(10).pow(RATIO_DIGITS))).percent(digits, rounding)
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }
}

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = fixed(&self.0, RATIO_DIGITS);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl std::ops::Sub for &Printed {
    type Output = Printed;

    fn sub(self, other: Self) -> Printed {
        Printed(&self.0 - &other.0)
    }
}

impl std::ops::Add for &Printed {
    type Output = Printed;

    fn add(self, other: Self) -> Printed {
        Printed(&self.0 + &other.0)
    }
}

/// The text is not what a report prints for a ratio.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not a decimal of at most 10 fractional digits")]
pub struct PrintedError(String);

impl std::str::FromStr for Printed {
    type Err = PrintedError;

    fn from_str(text: &str) -> Result<Self, PrintedError> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let refuse = || PrintedError(text.chars().take(48).collect());
        if whole.is_empty() || !plain(whole) || !plain(fraction) || fraction.len() > RATIO_DIGITS as usize {
            return Err(refuse());
        }
        let units = format!("{whole}{fraction:0<width$}", width = RATIO_DIGITS as usize);
        let units: BigInt = units.parse().map_err(|_| refuse())?;
        Ok(Self(if negative { -units } else { units }))
    }
}

/// The nearest integer.
pub(crate) fn round(value: &BigRational, rounding: Rounding) -> BigInt {
    let magnitude = value.abs();
    let (whole, rest) = magnitude.numer().div_rem(magnitude.denom());
    let up = match (rest * 2u32).cmp(magnitude.denom()) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => rounding == Rounding::HalfUp || whole.is_odd(),
    };
    let rounded = whole + u8::from(up);
    if value.is_negative() { -rounded } else { rounded }
}

/// `value / 10^digits` with all its digits.
fn fixed(value: &BigInt, digits: u32) -> String {
    let sign = if value.is_negative() { "-" } else { "" };
    let text = format!("{:0>width$}", value.magnitude(), width = digits as usize + 1);
    let (whole, fraction) = text.split_at(text.len() - digits as usize);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(numerator: i64, denominator: i64) -> String {
        Ratio::of(numerator, denominator).expect("not over 0").to_string()
    }

    #[test]
    fn ten_digits_half_even_without_trailing_zeros() {
        assert_eq!(shown(5000, 6100), "0.8196721311");
        assert_eq!(shown(4500, 6100), "0.737704918");
        assert_eq!(shown(3, 2), "1.5");
        assert_eq!(shown(0, 7), "0");
        assert_eq!(shown(-1, 8), "-0.125");
        assert_eq!(shown(-1, 100_000_000_000), "0");
        assert_eq!(shown(100, 1), "100");
        assert_eq!(shown(5, 100_000_000_000), "0");
        assert_eq!(shown(15, 100_000_000_000), "0.0000000002");
        assert_eq!(Ratio::of(1, 0), None);
    }

    #[test]
    fn percentages_round_as_told() {
        let ratio = |n: i64, d: i64| Ratio::of(n, d).expect("not over 0");
        assert_eq!(ratio(5000, 6100).percent(1, Rounding::HalfUp), "82.0");
        assert_eq!(ratio(1125, 100_000).percent(2, Rounding::HalfEven), "1.12");
        assert_eq!(ratio(1125, 100_000).percent(2, Rounding::HalfUp), "1.13");
        assert_eq!(ratio(5, 1000).percent(0, Rounding::HalfUp), "1");
        assert_eq!(ratio(-5, 1000).percent(0, Rounding::HalfEven), "0");
    }

    #[test]
    fn what_is_printed_can_be_read_and_added_up() {
        let printed = |n: i64, d: i64| Ratio::of(n, d).expect("not over 0").printed();
        for (n, d) in [(5000, 6100), (-1, 8), (0, 7), (100, 1), (-1, 3)] {
            assert_eq!(printed(n, d).to_string(), shown(n, d));
            assert_eq!(shown(n, d).parse(), Ok(printed(n, d)));
        }
        assert_eq!((&printed(2, 3) - &printed(1, 3)).to_string(), "0.3333333334");
        assert_eq!((&printed(2, 3) + &printed(-2, 3)).to_string(), "0");
        assert_eq!(printed(5000, 6100).percent(1, Rounding::HalfUp), "82.0");
        for text in ["", "-", "1,5", ".5", "1.12345678901", "1e3", "+1", "1.-5"] {
            assert!(text.parse::<Printed>().is_err(), "{text}");
        }
    }

    #[test]
    fn means_and_products_stay_exact() {
        let third = Ratio::of(1, 3).expect("not over 0");
        assert_eq!(third.times(&Ratio::of(3, 1).expect("not over 0")), Ratio::one());
        assert_eq!(Ratio::mean(&[third.clone(), third.clone(), third.clone()]), Some(third.clone()));
        assert_eq!(third.complement().to_string(), "0.6666666667");
        assert_eq!(Ratio::mean(&[]), None);
    }
}
