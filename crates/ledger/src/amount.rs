//! Exact amounts of money: decimals with at most eight fractional digits.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use thiserror::Error;

/// Units of 1e-8 in one whole unit of a currency.
pub const UNITS_PER_ONE: i128 = 100_000_000;
const FRACTION_DIGITS: u32 = 8;
const LIMIT_UNITS: i128 = 1_000_000_000_000_000_000 * UNITS_PER_ONE;

/// An exact amount, in units of 1e-8 of a currency: below 10^18 in size, negative only for a credit.
///
/// MRR amounts are per month. The currency stands beside the amount, never inside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i128);

/// Why a text or number is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AmountError {
    /// The text is empty or holds something other than digits and one point.
    #[error(
        "{0:?} is not a decimal number; write it like 1234.50, without thousands separators, exponent or currency sign"
    )]
    Malformed(String),
    /// More than eight fractional digits.
    #[error("{0:?} has more than 8 fractional digits; round it where it is made, Recount never rounds an input")]
    TooFine(String),
    /// 10^18 or more.
    #[error("{0:?} is 10^18 or more, which is beyond the amounts Recount holds")]
    TooLarge(String),
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount of so many units of 1e-8.
    pub fn from_units(units: i128) -> Result<Self, AmountError> {
        if units.abs() < LIMIT_UNITS { Ok(Self(units)) } else { Err(AmountError::TooLarge(units_text(units))) }
    }

    /// The amount in units of 1e-8.
    pub const fn units(self) -> i128 {
        self.0
    }

    /// Whether this is exactly nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether this is less than nothing: a credit.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl TryFrom<Decimal> for Amount {
    type Error = AmountError;

    fn try_from(value: Decimal) -> Result<Self, AmountError> {
        let value = value.normalize();
        let Some(missing) = FRACTION_DIGITS.checked_sub(value.scale()) else {
            return Err(AmountError::TooFine(value.to_string()));
        };
        let units = value.mantissa().checked_mul(10i128.pow(missing));
        units.filter(|u| u.abs() < LIMIT_UNITS).map(Self).ok_or_else(|| AmountError::TooLarge(value.to_string()))
    }
}

impl From<Amount> for Decimal {
    fn from(amount: Amount) -> Self {
        Self::from_i128_with_scale(amount.0, FRACTION_DIGITS).normalize()
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let units = parse_scaled(digits, FRACTION_DIGITS).map_err(|e| e.about(text))?;
        if units >= LIMIT_UNITS {
            return Err(AmountError::TooLarge(text.to_owned()));
        }
        Ok(Self(if negative { -units } else { units }))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&units_text(self.0))
    }
}

/// Units of 1e-8 as an exact decimal without trailing zeros; for sums, which may be larger than one [`Amount`].
pub fn units_text(units: i128) -> String {
    scaled_text(units, FRACTION_DIGITS)
}

/// `value / 10^digits` as an exact decimal without trailing zeros.
pub(crate) fn scaled_text(value: i128, digits: u32) -> String {
    let one = 10u128.pow(digits);
    let (whole, fraction) = (value.unsigned_abs() / one, value.unsigned_abs() % one);
    let sign = if value < 0 { "-" } else { "" };
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let text = format!("{fraction:0width$}", width = digits as usize);
    format!("{sign}{whole}.{}", text.trim_end_matches('0'))
}

/// What is wrong with a text of digits.
#[derive(Clone, Copy)]
pub(crate) enum ScaledError {
    Malformed,
    TooFine,
    TooLarge,
}

impl ScaledError {
    fn about(self, text: &str) -> AmountError {
        // The text comes from a file: a message shows the start of it, not a megabyte.
        let text: String = text.chars().take(64).collect();
        match self {
            Self::Malformed => AmountError::Malformed(text),
            Self::TooFine => AmountError::TooFine(text),
            Self::TooLarge => AmountError::TooLarge(text),
        }
    }
}

/// Reads digits with at most one point as an integer of 10^-`digits`. Trailing zeros beyond that are harmless.
pub(crate) fn parse_scaled(text: &str, digits: u32) -> Result<i128, ScaledError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(fraction) {
        return Err(ScaledError::Malformed);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > digits as usize {
        return Err(ScaledError::TooFine);
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() > 24 {
        return Err(ScaledError::TooLarge);
    }
    let value = whole.bytes().chain(fraction.bytes()).fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    Ok(value * 10i128.pow(digits - fraction.len() as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_exactly() {
        for (text, shown) in [
            ("0", "0"),
            ("10.00", "10"),
            ("0.00000001", "0.00000001"),
            ("-12.5", "-12.5"),
            ("007.10", "7.1"),
            ("999999999999999999.99999999", "999999999999999999.99999999"),
            ("1.100000000000", "1.1"),
        ] {
            let amount: Amount = text.parse().expect(text);
            assert_eq!(amount.to_string(), shown);
            assert_eq!(Amount::try_from(Decimal::from(amount)), Ok(amount));
        }
    }

    #[test]
    fn refuses_by_name() {
        for text in ["", ".", "1.", ".5", "+1", "1e3", "1,000", "1 000", "$5", "NaN", "١", "--1", "1.2.3"] {
            assert!(matches!(text.parse::<Amount>(), Err(AmountError::Malformed(_))), "{text}");
        }
        assert!(matches!("0.000000001".parse::<Amount>(), Err(AmountError::TooFine(_))));
        for text in ["1000000000000000000", "99999999999999999999999999999999999999999999"] {
            assert!(matches!(text.parse::<Amount>(), Err(AmountError::TooLarge(_))));
        }
        assert!(Amount::from_units(LIMIT_UNITS).is_err());
    }
}
