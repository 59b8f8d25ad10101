//! Windows and their parts by the calendar of a zone, read from what a person types.

use chrono::{Datelike, Months, NaiveDate, NaiveTime};
use recount_ledger::{Instant, Zone};

/// A half-open window: its first instant, and the first one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The boundary at which it opens.
    pub open: Instant,
    /// The boundary at which it closes.
    pub close: Instant,
}

/// The window of this name, or none where it is no window or an empty one.
pub fn window(text: &str, zone: Zone, fiscal_start: u32) -> Option<Span> {
    let span = match text.split_once("..") {
        Some((from, to)) => Span { open: start(from, zone)?, close: point(to, zone)? },
        None => named(text, zone, fiscal_start)?,
    };
    (span.open < span.close).then_some(span)
}

/// A boundary given as a point or an end: a date means its end, an instant itself.
pub fn point(text: &str, zone: Zone) -> Option<Instant> {
    match text.parse::<NaiveDate>() {
        Ok(date) => zone.end_of(date).ok(),
        Err(_) => text.parse().ok(),
    }
}

fn start(text: &str, zone: Zone) -> Option<Instant> {
    match text.parse::<NaiveDate>() {
        Ok(date) => zone.start_of(date).ok(),
        Err(_) => text.parse().ok(),
    }
}

fn named(text: &str, zone: Zone, fiscal_start: u32) -> Option<Span> {
    if let Some(month) = text.strip_prefix("ttm:") {
        let (year, part) = month.split_once('-')?;
        let last = NaiveDate::from_ymd_opt(year.parse().ok()?, part.parse().ok()?, 1)?;
        let after = last.checked_add_months(Months::new(1))?;
        return between(after.checked_sub_months(Months::new(12))?, after, zone);
    }
    let (fiscal, name) = text.strip_prefix("FY").map_or((false, text), |rest| (true, rest));
    let (year, part) = name.split_once('-').unwrap_or((name, ""));
    let january = NaiveDate::from_ymd_opt(year.parse().ok()?, 1, 1)?;
    // FY2025 ends within calendar 2025: started in January it is calendar 2025, else it began in 2024.
    let first =
        if fiscal && fiscal_start > 1 { january.checked_sub_months(Months::new(13 - fiscal_start))? } else { january };
    let (skip, months) = match (part.as_bytes().first(), part.get(1..).and_then(|n| n.parse::<u32>().ok())) {
        (None, _) => (0, 12),
        (Some(b'H'), Some(half @ 1..=2)) => (6 * (half - 1), 6),
        (Some(b'Q'), Some(quarter @ 1..=4)) => (3 * (quarter - 1), 3),
        _ if !fiscal && part.len() == 2 => (part.parse::<u32>().ok().filter(|m| (1..=12).contains(m))? - 1, 1),
        _ => return None,
    };
    let first = first.checked_add_months(Months::new(skip))?;
    between(first, first.checked_add_months(Months::new(months))?, zone)
}

fn between(first: NaiveDate, after: NaiveDate, zone: Zone) -> Option<Span> {
    Some(Span { open: zone.start_of(first).ok()?, close: zone.start_of(after).ok()? })
}

/// The boundary so many months (or back, below 0) from one that begins a date here; none from within a day.
pub fn months_later(from: Instant, months: i32, zone: Zone) -> Option<Instant> {
    let date = date_begun(from, zone)?;
    let by = Months::new(months.unsigned_abs());
    let moved = if months < 0 { date.checked_sub_months(by) } else { date.checked_add_months(by) };
    zone.start_of(moved?).ok()
}

fn date_begun(at: Instant, zone: Zone) -> Option<NaiveDate> {
    let local = zone.local(at);
    let date = local.date();
    (local.time() == NaiveTime::MIN || zone.start_of(date) == Ok(at)).then_some(date)
}

/// The parts of so many months, stepped from the window's open; none where the window is not whole parts.
pub fn whole_parts(window: Span, months: u32, zone: Zone) -> Option<Vec<Span>> {
    let mut parts = Vec::new();
    let mut open = window.open;
    while open < window.close {
        let step = i32::try_from(months * (parts.len() as u32 + 1)).expect("a window of some years");
        let close = months_later(window.open, step, zone)?;
        parts.push(Span { open, close });
        open = close;
    }
    (open == window.close).then_some(parts)
}

/// The calendar's (or fiscal year's) months, quarters or years that touch the window, not clipped.
pub fn calendar_parts(window: Span, months: u32, fiscal_start: u32, zone: Zone) -> Vec<Span> {
    let mut parts = Vec::new();
    let first_year = zone.local(window.open).year() - 2;
    let mut date = NaiveDate::from_ymd_opt(first_year, fiscal_start, 1).expect("a month's first day");
    loop {
        let next = date.checked_add_months(Months::new(months)).expect("within the calendar");
        let part = between(date, next, zone).expect("within the calendar");
        if part.open >= window.close {
            return parts;
        }
        if part.close > window.open {
            parts.push(part);
        }
        date = next;
    }
}

/// The span of so many months that ends with a boundary.
pub fn trailing(close: Instant, months: u32, zone: Zone) -> Option<Span> {
    let back = -i32::try_from(months).ok()?;
    Some(Span { open: months_later(close, back, zone)?, close })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, zone: &str, fiscal_start: u32) -> String {
        let zone = zone.parse().expect("a zone");
        let span = window(text, zone, fiscal_start).expect(text);
        format!("{} {}", span.open, span.close)
    }

    #[test]
    fn reads_every_kind_of_window() {
        for (text, want) in [
            ("2025", "2025-01-01T00:00:00Z 2026-01-01T00:00:00Z"),
            ("2025-H2", "2025-07-01T00:00:00Z 2026-01-01T00:00:00Z"),
            ("2025-Q3", "2025-07-01T00:00:00Z 2025-10-01T00:00:00Z"),
            ("2025-06", "2025-06-01T00:00:00Z 2025-07-01T00:00:00Z"),
            ("ttm:2025-06", "2024-07-01T00:00:00Z 2025-07-01T00:00:00Z"),
            ("2024-02-28..2024-02-29", "2024-02-28T00:00:00Z 2024-03-01T00:00:00Z"),
            ("2025-01-01..2025-06-30T12:00:00Z", "2025-01-01T00:00:00Z 2025-06-30T12:00:00Z"),
            ("FY2025", "2024-02-01T00:00:00Z 2025-02-01T00:00:00Z"),
            ("FY2025-H1", "2024-02-01T00:00:00Z 2024-08-01T00:00:00Z"),
            ("FY2025-Q4", "2024-11-01T00:00:00Z 2025-02-01T00:00:00Z"),
        ] {
            assert_eq!(shown(text, "UTC", 2), want, "{text}");
        }
        assert_eq!(shown("FY2025", "UTC", 1), shown("2025", "UTC", 1));
        assert_eq!(shown("2025", "Pacific/Auckland", 1), "2024-12-31T11:00:00Z 2025-12-31T11:00:00Z");
        for text in ["2025-06-30..2025-06-01", "2025-13", "2025-Q5", "x", "", "FY2025-03", "2025-00"] {
            assert_eq!(window(text, Zone::UTC, 1), None, "{text}");
        }
    }

    #[test]
    fn parts_are_whole_or_none() {
        let zone: Zone = "America/New_York".parse().expect("a zone");
        let year = window("2024", zone, 1).expect("a window");
        let months = whole_parts(year, 1, zone).expect("whole months");
        assert_eq!((months.len(), months[11].close), (12, year.close));
        assert_eq!(whole_parts(year, 3, zone).expect("whole quarters").len(), 4);
        let odd = window("2024-01-01..2024-01-30", zone, 1).expect("a window");
        assert_eq!(whole_parts(odd, 1, zone), None);
        assert_eq!(calendar_parts(odd, 1, 1, zone).len(), 1);
        assert_eq!(calendar_parts(year, 12, 2, zone).len(), 2);
        let instants = window("2024-01-01T05:00:00.000001Z..2024-02-01T05:00:00.000001Z", zone, 1).expect("a window");
        assert_eq!(whole_parts(instants, 1, zone), None);
    }
}
