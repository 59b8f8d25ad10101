//! Time zones, and where a date begins in them.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;
use thiserror::Error;

use crate::instant::{Instant, InstantError};

/// An IANA time zone, such as `Europe/Berlin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

/// The text is not the name of a zone.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not an IANA time zone; write it like Europe/Berlin, America/New_York or UTC")]
pub struct ZoneError(String);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);
    /// The version of the IANA database that all zones are from, such as `2025b`.
    pub const DATABASE: &'static str = chrono_tz::IANA_TZDB_VERSION;

    /// The IANA name.
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// The first instant of a date here. Where clocks jump over midnight that is the moment after the jump.
    pub fn start_of(&self, date: NaiveDate) -> Result<Instant, InstantError> {
        let midnight = date.and_time(NaiveTime::MIN);
        let utc = match self.0.from_local_datetime(&midnight).earliest() {
            Some(local) => local.naive_utc(),
            None => self.after_gap(midnight),
        };
        Instant::from_micros(utc.and_utc().timestamp_micros())
    }

    /// The first instant after a date here: the beginning of the next one.
    pub fn end_of(&self, date: NaiveDate) -> Result<Instant, InstantError> {
        let next = date.checked_add_days(Days::new(1));
        self.start_of(next.ok_or_else(|| InstantError::OutOfRange(date.to_string()))?)
    }

    /// The date and time of day that clocks show here.
    pub fn local(&self, instant: Instant) -> NaiveDateTime {
        self.0.from_utc_datetime(&instant.to_utc().naive_utc()).naive_local()
    }

    /// The first UTC time whose local reading is at or after `local`, which no clock here ever showed. The local
    /// reading grows with UTC around the gap, so it can be found by halving.
    fn after_gap(&self, local: NaiveDateTime) -> NaiveDateTime {
        let shown = |utc: i64| self.local(Instant::from_micros(utc).expect("within a day of a valid date"));
        let guess = local.and_utc().timestamp_micros();
        let day = 86_400_000_000;
        let (mut before, mut after) = (guess - day, guess + day);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if shown(middle) < local { before = middle } else { after = middle }
        }
        Instant::from_micros(after).expect("within a day of a valid date").to_utc().naive_utc()
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        text.parse().map(Self).map_err(|_| ZoneError(text.chars().take(48).collect()))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(zone: &str, date: &str) -> String {
        let zone: Zone = zone.parse().expect("a zone");
        zone.start_of(date.parse().expect("a date")).expect("in range").to_string()
    }

    #[test]
    fn a_date_begins_at_its_first_instant() {
        assert_eq!(start("UTC", "2024-02-29"), "2024-02-29T00:00:00Z");
        assert_eq!(start("Pacific/Auckland", "2025-01-01"), "2024-12-31T11:00:00Z");
        assert_eq!(start("America/New_York", "2024-03-10"), "2024-03-10T05:00:00Z");
        // Clocks went from 23:59:59 to 01:00:00: the date begins at 01:00 local time.
        assert_eq!(start("America/Sao_Paulo", "2018-11-04"), "2018-11-04T03:00:00Z");
        // Midnight happened twice; the first one counts.
        assert_eq!(start("America/Havana", "2024-11-03"), "2024-11-03T04:00:00Z");
        // Samoa skipped the whole of 2011-12-30.
        assert_eq!(start("Pacific/Apia", "2011-12-30"), "2011-12-30T10:00:00Z");
    }
}
