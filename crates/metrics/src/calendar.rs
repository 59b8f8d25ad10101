//! The report's calendar: its zone, its fiscal year, and the months that windows are made of.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use recount_ledger::{Instant, InstantError, Zone};
use recount_projection::Boundary;
use thiserror::Error;

/// In which zone dates begin, and in which month the fiscal year does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone: Zone,
    fiscal_start: u8,
}

/// The month of a fiscal year's start is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a fiscal year starts in a month from 01 to 12, not in {0}; write it like --fiscal-year-start 02")]
pub struct FiscalStartError(pub u8);

impl Calendar {
    /// A calendar of a zone whose fiscal years are calendar years.
    pub const fn new(zone: Zone) -> Self {
        Self { zone, fiscal_start: 1 }
    }

    /// The same calendar with fiscal years that start in this month, 1 to 12.
    pub fn with_fiscal_start(self, month: u8) -> Result<Self, FiscalStartError> {
        if (1..=12).contains(&month) { Ok(Self { fiscal_start: month, ..self }) } else { Err(FiscalStartError(month)) }
    }

    /// The zone.
    pub const fn zone(&self) -> Zone {
        self.zone
    }

    /// The month, 1 to 12, in which the fiscal year starts.
    pub const fn fiscal_start(&self) -> u8 {
        self.fiscal_start
    }

    /// Where a month begins here.
    pub(crate) fn start_of(&self, month: Month) -> Result<Boundary, InstantError> {
        let date = month.first_day().ok_or_else(|| InstantError::OutOfRange(month.to_string()))?;
        self.zone.start_of(date).map(Boundary)
    }

    /// The month that begins exactly at a boundary, if one does.
    pub(crate) fn month_starting_at(&self, at: Boundary) -> Option<Month> {
        let month = self.month_of(at.0);
        (self.start_of(month) == Ok(at)).then_some(month)
    }

    /// The month that an instant falls in here.
    pub(crate) fn month_of(&self, at: Instant) -> Month {
        let local = self.zone.local(at).date();
        Month::new(local.year(), local.month0() as i32)
    }

    /// The date that an instant falls on here.
    pub fn date_of(&self, at: Instant) -> NaiveDate {
        self.zone.local(at).date()
    }
}

/// A calendar month, counted from the year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Month(i32);

impl Month {
    /// The month with this number (from 0) of a year.
    pub(crate) const fn new(year: i32, month0: i32) -> Self {
        Self(year * 12 + month0)
    }

    /// So many months later, or earlier where negative.
    pub(crate) const fn plus(self, months: i32) -> Self {
        Self(self.0 + months)
    }

    /// Months from an earlier one to this one.
    pub(crate) const fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// The calendar year.
    pub(crate) const fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// The number within the year, from 0.
    pub(crate) const fn month0(self) -> i32 {
        self.0.rem_euclid(12)
    }

    fn first_day(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.year(), self.month0() as u32 + 1, 1)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month0() + 1)
    }
}

/// The length of the parts that a window is cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// One month.
    Month,
    /// Three months.
    Quarter,
    /// Twelve months.
    Year,
}

/// The text is not a length of parts.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not a length of parts; write month, quarter or year")]
pub struct EveryError(String);

impl Every {
    /// How many months long a part is.
    pub const fn months(self) -> i32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }
}

impl FromStr for Every {
    type Err = EveryError;

    fn from_str(text: &str) -> Result<Self, EveryError> {
        match text {
            "month" => Ok(Self::Month),
            "quarter" => Ok(Self::Quarter),
            "year" => Ok(Self::Year),
            _ => Err(EveryError(text.chars().take(32).collect())),
        }
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        })
    }
}

/// The length of the span that ends with each part of a series, in months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trailing(pub(crate) i32);

/// The text is not a trailing span.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not a trailing span; write a number of months, quarters or years, like 12m, 4q or 1y")]
pub struct TrailingError(String);

impl fmt::Display for Trailing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}m", self.0)
    }
}

impl FromStr for Trailing {
    type Err = TrailingError;

    fn from_str(text: &str) -> Result<Self, TrailingError> {
        let refuse = || TrailingError(text.chars().take(32).collect());
        let (digits, months) = [("m", 1), ("q", 3), ("y", 12)]
            .into_iter()
            .find_map(|(unit, months)| Some((text.strip_suffix(unit)?, months)))
            .ok_or_else(refuse)?;
        let plain = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let count: i32 = if plain { digits.parse().map_err(|_| refuse())? } else { 0 };
        if count > 0 { Ok(Self(count * months)) } else { Err(refuse()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_spans() {
        assert_eq!("12m".parse(), Ok(Trailing(12)));
        assert_eq!("4q".parse(), Ok(Trailing(12)));
        assert_eq!("1y".parse(), Ok(Trailing(12)));
        for text in ["", "m", "0m", "12", "-1m", "1.5m", "12 m", "99999m"] {
            assert!(text.parse::<Trailing>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_month_begins_at_its_first_instant_here() {
        let calendar = Calendar::new("Pacific/Auckland".parse().expect("a zone"));
        let start = calendar.start_of(Month::new(2025, 0)).expect("in range");
        assert_eq!(start.0.to_string(), "2024-12-31T11:00:00Z");
        assert_eq!(calendar.month_starting_at(start), Some(Month::new(2025, 0)));
        let later = Boundary(Instant::from_micros(start.0.micros() + 1).expect("in range"));
        assert_eq!(calendar.month_starting_at(later), None);
    }
}
