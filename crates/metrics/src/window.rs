//! Windows and points in time, as people type them.

use std::fmt;

use chrono::NaiveDate;
use recount_ledger::{Instant, InstantError};
use recount_projection::Boundary;
use thiserror::Error;

use crate::calendar::{Calendar, Every, Month, Trailing};

/// A half-open span of time: what happens at `open` is in, what happens at `close` is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// As typed, or the name of the part.
    pub name: String,
    /// Its open end; states are read before what takes effect there.
    pub open: Boundary,
    /// Its closed end, after `open`.
    pub close: Boundary,
}

/// The ends of a window, without its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) open: Boundary,
    pub(crate) close: Boundary,
}

/// Why a text is not a window, or a window cannot be cut.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WindowError {
    /// None of the forms of a window.
    #[error(
        "{0:?} is not a window; write 2025, 2025-H1, 2025-Q3, 2025-06, ttm:2025-06, FY2025, FY2025-Q1, or two ends like 2025-01-01..2025-06-30"
    )]
    Malformed(String),
    /// One of two ends is neither a date nor an instant.
    #[error(
        "{0:?} is not an end of a window; write a date (2025-06-30, inclusive) or an instant (2025-07-01T00:00:00Z)"
    )]
    End(String),
    /// A point is neither a date nor an instant.
    #[error(
        "{0:?} is not a point in time; write a date (2025-06-30, which means its end) or an instant (2025-07-01T00:00:00Z)"
    )]
    Point(String),
    /// It closes before or where it opens.
    #[error(
        "the window {name} is empty: it opens at {open} and closes at {close}; its second end must lie after its first"
    )]
    Empty {
        /// As typed.
        name: String,
        /// Where it would open.
        open: Instant,
        /// Where it would close.
        close: Instant,
    },
    /// Beyond the years that Recount holds.
    #[error(transparent)]
    OutOfRange(#[from] InstantError),
    /// Not a number of whole parts.
    #[error(
        "the window {name} is not whole {every}s in {zone}: it must open and close where a month begins there, a whole number of {every}s apart"
    )]
    NotWhole {
        /// The window.
        name: String,
        /// The parts asked for.
        every: Every,
        /// The report's zone.
        zone: &'static str,
    },
    /// A series over this window has no part.
    #[error("no {every} closes inside the window {name}; choose a longer window or shorter parts")]
    NoPart {
        /// The window.
        name: String,
        /// The parts asked for.
        every: Every,
    },
}

impl Window {
    /// Reads a window in a calendar.
    pub fn parse(text: &str, calendar: &Calendar) -> Result<Self, WindowError> {
        let (open, close) = match text.split_once("..") {
            Some((first, last)) => (end(first, calendar, false)?, end(last, calendar, true)?),
            None => {
                let (first, months) =
                    named(text, calendar).ok_or_else(|| WindowError::Malformed(text.chars().take(64).collect()))?;
                (calendar.start_of(first)?, calendar.start_of(first.plus(months))?)
            }
        };
        Self::new(text.to_owned(), open, close)
    }

    pub(crate) const fn span(&self) -> Span {
        Span { open: self.open, close: self.close }
    }

    /// A window between two boundaries.
    pub fn new(name: String, open: Boundary, close: Boundary) -> Result<Self, WindowError> {
        if open < close {
            Ok(Self { name, open, close })
        } else {
            Err(WindowError::Empty { name, open: open.0, close: close.0 })
        }
    }

    /// The whole parts of this window, stepped from its open; an error where it is not whole parts.
    pub fn whole_parts(&self, every: Every, calendar: &Calendar) -> Result<Vec<Self>, WindowError> {
        let whole = || {
            let first = calendar.month_starting_at(self.open)?;
            let months = calendar.month_starting_at(self.close)?.since(first);
            (months % every.months() == 0).then_some((first, months / every.months()))
        };
        let not_whole = || WindowError::NotWhole { name: self.name.clone(), every, zone: calendar.zone().name() };
        let (first, count) = whole().ok_or_else(not_whole)?;
        (0..count).map(|n| span(first.plus(n * every.months()), every.months(), calendar)).collect()
    }

    /// The parts of this window: whole ones if it is made of them, else those of the (fiscal) calendar that it touches,
    /// in full length.
    pub fn parts(&self, every: Every, calendar: &Calendar) -> Result<Vec<Self>, WindowError> {
        if let Ok(parts) = self.whole_parts(every, calendar) {
            return Ok(parts);
        }
        let step = every.months();
        let month = calendar.month_of(self.open.0);
        let year_start = Month::new(month.year(), i32::from(calendar.fiscal_start()) - 1);
        let mut first = month.plus(-month.since(year_start).rem_euclid(step));
        let mut parts = Vec::new();
        loop {
            let part = span(first, step, calendar)?;
            if part.open >= self.close {
                return Ok(parts);
            }
            parts.push(part);
            first = first.plus(step);
        }
    }

    /// The parts of this window, cut off at its ends.
    pub fn clipped_parts(&self, every: Every, calendar: &Calendar) -> Result<Vec<Self>, WindowError> {
        let mut parts = self.parts(every, calendar)?;
        for part in &mut parts {
            if part.open < self.open || part.close > self.close {
                part.open = part.open.max(self.open);
                part.close = part.close.min(self.close);
                part.name = format!("{}..{}", part.open.0, part.close.0);
            }
        }
        Ok(parts)
    }

    /// The windows of a series: for each part that closes inside this window, the span that ends with it.
    pub fn series(
        &self,
        every: Every,
        trailing: Option<Trailing>,
        calendar: &Calendar,
    ) -> Result<Vec<Self>, WindowError> {
        let inside = |part: &Self| part.close > self.open && part.close <= self.close;
        let parts = self.parts(every, calendar)?.into_iter().filter(inside);
        let windows: Result<Vec<_>, _> = parts
            .map(|part| match trailing {
                Some(Trailing(months)) => part.trailing(months, calendar),
                None => Ok(part),
            })
            .collect();
        match windows?.as_slice() {
            [] => Err(WindowError::NoPart { name: self.name.clone(), every }),
            some => Ok(some.to_vec()),
        }
    }

    /// The window of the same length so many months later, or earlier where negative; none where its ends are not days.
    pub(crate) fn shifted(&self, months: i32, calendar: &Calendar) -> Option<Self> {
        let zone = calendar.zone();
        if let (Some(first), Some(after)) =
            (calendar.month_starting_at(self.open), calendar.month_starting_at(self.close))
        {
            return span(first.plus(months), after.since(first), calendar).ok();
        }
        let shift = |at: Boundary| {
            let date = zone.local(at.0).date();
            let by = chrono::Months::new(months.unsigned_abs());
            let date = if months < 0 { date.checked_sub_months(by) } else { date.checked_add_months(by) }?;
            zone.start_of(date).ok().map(Boundary)
        };
        let (open, close) = (shift(self.open)?, shift(self.close)?);
        Self::new(dates(open, close, calendar), open, close).ok()
    }

    /// The span of so many months that ends where this window, which closes where a month begins, does.
    pub(crate) fn trailing(&self, months: i32, calendar: &Calendar) -> Result<Self, WindowError> {
        let after = calendar.month_of(self.close.0);
        span(after.plus(-months), months, calendar)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A point in time as typed: a date, which becomes its end in the report's zone, or an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// A date.
    Date(NaiveDate),
    /// An instant.
    Instant(Instant),
}

impl Point {
    /// Reads a point.
    pub fn parse(text: &str) -> Result<Self, WindowError> {
        match date(text) {
            Some(date) => Ok(Self::Date(date)),
            None => instant(text).map(Self::Instant).map_err(WindowError::Point),
        }
    }

    /// The boundary that it means in a calendar.
    pub fn boundary(self, calendar: &Calendar) -> Result<Boundary, WindowError> {
        match self {
            Self::Date(date) => Ok(Boundary(calendar.zone().end_of(date)?)),
            Self::Instant(instant) => Ok(Boundary(instant)),
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => date.fmt(f),
            Self::Instant(instant) => instant.fmt(f),
        }
    }
}

/// A date or an instant as the boundary it means: of a date its end, the next midnight in the zone.
pub fn parse_point(text: &str, calendar: &Calendar) -> Result<Boundary, WindowError> {
    Point::parse(text)?.boundary(calendar)
}

fn end(text: &str, calendar: &Calendar, last: bool) -> Result<Boundary, WindowError> {
    let zone = calendar.zone();
    match date(text) {
        Some(date) => Ok(Boundary(if last { zone.end_of(date)? } else { zone.start_of(date)? })),
        None => instant(text).map(Boundary).map_err(WindowError::End),
    }
}

fn instant(text: &str) -> Result<Instant, String> {
    text.parse().map_err(|_| text.chars().take(64).collect())
}

/// A date in its one form, YYYY-MM-DD.
fn date(text: &str) -> Option<NaiveDate> {
    let shape = text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    if text.len() == 10 && shape { text.parse().ok() } else { None }
}

/// The first month of a named window, and how many months it has.
fn named(text: &str, calendar: &Calendar) -> Option<(Month, i32)> {
    if let Some(rest) = text.strip_prefix("ttm:") {
        let (year, month) = rest.split_once('-')?;
        return Some((Month::new(number(year, 4)?, number(month, 2).filter(|m| (1..=12).contains(m))? - 12), 12));
    }
    let (fiscal, rest) = text.strip_prefix("FY").map_or((false, text), |rest| (true, rest));
    let (year, part) = rest.split_once('-').map_or((rest, None), |(year, part)| (year, Some(part)));
    let year = number(year, 4).filter(|y| *y > 0)?;
    let january = Month::new(year, 0);
    let start = match calendar.fiscal_start() {
        month if fiscal && month > 1 => january.plus(i32::from(month) - 13),
        _ => january,
    };
    match part.map(|part| (part, part.as_bytes().first())) {
        None => Some((start, 12)),
        Some((part, Some(b'H'))) => nth(start, &part[1..], 6),
        Some((part, Some(b'Q'))) => nth(start, &part[1..], 3),
        Some((part, _)) if !fiscal => Some((start.plus(number(part, 2).filter(|m| (1..=12).contains(m))? - 1), 1)),
        Some(_) => None,
    }
}

fn nth(start: Month, digit: &str, months: i32) -> Option<(Month, i32)> {
    let n = number(digit, 1).filter(|n| (1..=12 / months).contains(n))?;
    Some((start.plus((n - 1) * months), months))
}

fn number(text: &str, digits: usize) -> Option<i32> {
    let plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// So many months from one on, under the shortest name that says it.
fn span(first: Month, months: i32, calendar: &Calendar) -> Result<Window, WindowError> {
    let last = first.plus(months - 1);
    let (year, month0) = (first.year(), first.month0());
    let name = match (months, month0) {
        (1, _) => first.to_string(),
        (3, 0 | 3 | 6 | 9) => format!("{year:04}-Q{}", month0 / 3 + 1),
        (6, 0 | 6) => format!("{year:04}-H{}", month0 / 6 + 1),
        (12, 0) => format!("{year:04}"),
        (12, _) => format!("ttm:{last}"),
        _ => String::new(),
    };
    let (open, close) = (calendar.start_of(first)?, calendar.start_of(last.plus(1))?);
    let name = if name.is_empty() { dates(open, close, calendar) } else { name };
    Window::new(name, open, close)
}

/// The window as its first and last date, both inclusive.
fn dates(open: Boundary, close: Boundary, calendar: &Calendar) -> String {
    let last = Instant::from_micros(close.0.micros() - 1).unwrap_or(close.0);
    format!("{}..{}", calendar.date_of(open.0), calendar.date_of(last))
}

#[cfg(test)]
mod tests;
