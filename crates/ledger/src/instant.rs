//! Instants: UTC, to the microsecond.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Timelike, Utc};
use thiserror::Error;

/// A moment in UTC, in microseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// The text is not an instant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InstantError {
    /// Not RFC 3339.
    #[error("{0:?} is not an instant; write it like 2025-06-30T23:59:59Z or with an offset, 2025-06-30T18:00:00-05:00")]
    Malformed(String),
    /// More than six fractional digits of a second, or a leap second.
    #[error("{0:?} is finer than a microsecond or names a leap second, which Recount cannot hold exactly")]
    TooFine(String),
    /// Outside the years 0001 to 9999.
    #[error("{0:?} lies outside the years 0001 to 9999")]
    OutOfRange(String),
}

impl Instant {
    const FIRST: i64 = -62_135_596_800_000_000;
    const AFTER_LAST: i64 = 253_402_300_800_000_000;

    /// The instant so many microseconds after 1970 began.
    pub fn from_micros(micros: i64) -> Result<Self, InstantError> {
        if (Self::FIRST..=Self::AFTER_LAST).contains(&micros) {
            Ok(Self(micros))
        } else {
            Err(InstantError::OutOfRange(format!("{micros} microseconds")))
        }
    }

    /// The system's clock.
    pub fn now() -> Self {
        let now = Utc::now().timestamp_micros();
        Self(now.clamp(Self::FIRST, Self::AFTER_LAST))
    }

    /// Microseconds since 1970 began.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The instant as a chrono value.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).expect("an Instant lies within chrono's range")
    }
}

impl TryFrom<DateTime<Utc>> for Instant {
    type Error = InstantError;

    fn try_from(value: DateTime<Utc>) -> Result<Self, InstantError> {
        if !value.nanosecond().is_multiple_of(1_000) || value.nanosecond() >= 1_000_000_000 {
            return Err(InstantError::TooFine(value.to_rfc3339()));
        }
        Self::from_micros(value.timestamp_micros())
    }
}

impl FromStr for Instant {
    type Err = InstantError;

    fn from_str(text: &str) -> Result<Self, InstantError> {
        let shown = || text.chars().take(48).collect::<String>();
        let parsed = DateTime::parse_from_rfc3339(text).map_err(|_| InstantError::Malformed(shown()))?;
        // chrono reads ten fractional digits and more by cutting them off; look at the text itself.
        let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 6 && fraction[6..digits].bytes().any(|b| b != b'0') {
            return Err(InstantError::TooFine(shown()));
        }
        Self::try_from(parsed.to_utc())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = self.to_utc();
        let pattern = if self.0 % 1_000_000 == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.6fZ" };
        write!(f, "{}", utc.format(pattern))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_offsets_and_microseconds() {
        for (text, shown) in [
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
            ("2024-12-31T23:59:59.999999Z", "2024-12-31T23:59:59.999999Z"),
            ("2025-06-30T18:00:00-05:00", "2025-06-30T23:00:00Z"),
            ("2025-06-30T18:00:00.5000000000Z", "2025-06-30T18:00:00.500000Z"),
        ] {
            assert_eq!(text.parse::<Instant>().expect(text).to_string(), shown);
        }
    }

    #[test]
    fn refuses_what_it_cannot_hold() {
        for text in ["2025-02-29T00:00:00Z", "2025-06-30", "2025-06-30T18:00:00", "", "now"] {
            assert!(matches!(text.parse::<Instant>(), Err(InstantError::Malformed(_))), "{text}");
        }
        for text in ["2025-06-30T18:00:00.0000001Z", "2016-12-31T23:59:60Z"] {
            assert!(matches!(text.parse::<Instant>(), Err(InstantError::TooFine(_))), "{text}");
        }
        assert!(matches!("0000-06-30T18:00:00Z".parse::<Instant>(), Err(InstantError::OutOfRange(_))));
    }
}
