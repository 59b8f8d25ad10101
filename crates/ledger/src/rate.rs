//! Exact exchange rates.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::amount::{parse_scaled, scaled_text};

const DIGITS: u32 = 12;

/// How much of the quote currency one unit of the base currency buys: above 0, at most 12 digits before and 12 after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(i128);

/// The text is not a rate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{0:?} is not a rate; write a decimal above 0 with at most 12 digits before and 12 after the point, like 1.0875"
)]
pub struct RateError(String);

impl Rate {
    /// 10^12, the denominator of [`Rate::units`].
    pub const UNITS_PER_ONE: i128 = 10i128.pow(DIGITS);

    /// The rate of so many units of 1e-12.
    pub fn from_units(units: i128) -> Result<Self, RateError> {
        if units > 0 && units < 10i128.pow(2 * DIGITS) {
            Ok(Self(units))
        } else {
            Err(RateError(scaled_text(units, DIGITS)))
        }
    }

    /// The rate in units of 1e-12.
    pub const fn units(self) -> i128 {
        self.0
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let refuse = || RateError(text.chars().take(64).collect());
        let units = parse_scaled(text, DIGITS).map_err(|_| refuse())?;
        Self::from_units(units).map_err(|_| refuse())
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&scaled_text(self.0, DIGITS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds() {
        for text in ["1.10", "0.000000000001", "999999999999.999999999999"] {
            assert_eq!(text.parse::<Rate>().expect(text).to_string(), text.trim_end_matches('0'));
        }
        for text in ["0", "-1", "1e2", "1000000000000", "0.0000000000001", "", "1,1"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}
