//! Moments for people: in the report's zone, and a midnight as the date that begins there.

use chrono::NaiveTime;
use recount_ledger::{Instant, Zone};
use recount_metrics::Window;

/// `2025-06-30`, or `2025-06-30 17:05` where it is no midnight; files and scripts get the exact instant.
pub fn local(at: Instant, zone: Zone) -> String {
    let shown = zone.local(at);
    let midnight = shown.time() == NaiveTime::MIN;
    shown.format(if midnight { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" }).to_string()
}

/// The first and the last date of a window; its ends where it has no whole dates.
pub fn span(window: &Window, zone: Zone) -> String {
    let (open, close) = (zone.local(window.open.0), zone.local(window.close.0));
    let last = close.date().pred_opt().filter(|_| zone.start_of(close.date()) == Ok(window.close.0));
    match (zone.start_of(open.date()), last) {
        (Ok(start), Some(last)) if start == window.open.0 => format!("{} to {last}", open.date()),
        _ => format!("{} to before {}", local(window.open.0, zone), local(window.close.0, zone)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnights_are_dates_of_the_zone() {
        let zone: Zone = "America/New_York".parse().expect("a zone");
        for (text, shown) in [
            ("2025-01-01T05:00:00Z", "2025-01-01"),
            ("2025-01-01T00:00:00Z", "2024-12-31 19:00"),
            ("2025-07-01T04:00:07Z", "2025-07-01 00:00"),
        ] {
            assert_eq!(local(text.parse().expect("an instant"), zone), shown);
        }
    }
}
