//! What windows mean, form by form.

use super::*;
use recount_ledger::Zone;

fn calendar(zone: &str, fiscal_start: u8) -> Calendar {
    let zone: Zone = zone.parse().expect("a zone");
    Calendar::new(zone).with_fiscal_start(fiscal_start).expect("a month")
}

fn shown(text: &str, calendar: &Calendar) -> String {
    let window = Window::parse(text, calendar).expect(text);
    format!("{} {}", window.open.0, window.close.0)
}

#[test]
fn every_form_has_its_ends() {
    let utc = calendar("UTC", 1);
    for (text, ends) in [
        ("2025", "2025-01-01T00:00:00Z 2026-01-01T00:00:00Z"),
        ("2025-H1", "2025-01-01T00:00:00Z 2025-07-01T00:00:00Z"),
        ("2025-H2", "2025-07-01T00:00:00Z 2026-01-01T00:00:00Z"),
        ("2025-Q3", "2025-07-01T00:00:00Z 2025-10-01T00:00:00Z"),
        ("2025-06", "2025-06-01T00:00:00Z 2025-07-01T00:00:00Z"),
        ("2024-02", "2024-02-01T00:00:00Z 2024-03-01T00:00:00Z"),
        ("ttm:2025-06", "2024-07-01T00:00:00Z 2025-07-01T00:00:00Z"),
        ("ttm:2025-12", "2025-01-01T00:00:00Z 2026-01-01T00:00:00Z"),
        ("2025-01-01..2025-01-01", "2025-01-01T00:00:00Z 2025-01-02T00:00:00Z"),
        ("2024-02-28..2024-02-29", "2024-02-28T00:00:00Z 2024-03-01T00:00:00Z"),
        ("2023-12-31T23:59:59.999999Z..2024-12-31", "2023-12-31T23:59:59.999999Z 2025-01-01T00:00:00Z"),
        ("2025-01-01T00:00:00+02:00..2025-01-01T00:00:00Z", "2024-12-31T22:00:00Z 2025-01-01T00:00:00Z"),
        ("FY2025", "2025-01-01T00:00:00Z 2026-01-01T00:00:00Z"),
    ] {
        assert_eq!(shown(text, &utc), ends, "{text}");
    }
    let new_york = calendar("America/New_York", 1);
    assert_eq!(shown("2024-03-10..2024-11-03", &new_york), "2024-03-10T05:00:00Z 2024-11-04T05:00:00Z");
}

#[test]
fn fiscal_years_end_within_their_calendar_year() {
    let fiscal = calendar("UTC", 2);
    for (text, ends) in [
        ("FY2025", "2024-02-01T00:00:00Z 2025-02-01T00:00:00Z"),
        ("FY2025-H1", "2024-02-01T00:00:00Z 2024-08-01T00:00:00Z"),
        ("FY2025-Q4", "2024-11-01T00:00:00Z 2025-02-01T00:00:00Z"),
        ("2025", "2025-01-01T00:00:00Z 2026-01-01T00:00:00Z"),
        ("2025-Q1", "2025-01-01T00:00:00Z 2025-04-01T00:00:00Z"),
    ] {
        assert_eq!(shown(text, &fiscal), ends, "{text}");
    }
    assert_eq!(shown("FY2025", &calendar("UTC", 12)), "2024-12-01T00:00:00Z 2025-12-01T00:00:00Z");
    assert!(Calendar::new(Zone::UTC).with_fiscal_start(13).is_err());
}

#[test]
fn what_is_no_window_is_refused() {
    let utc = calendar("UTC", 1);
    for text in [
        "",
        "25",
        "2025-",
        "2025-Q5",
        "2025-Q0",
        "2025-H3",
        "2025-13",
        "2025-00",
        "2025-6",
        "ttm:2025",
        "ttm:2025-13",
        "2025-06-30",
        "0000",
        "FY2025-06",
        "FY25",
        "..",
        "2025..2026",
        "2025-01-01..",
        "2025-02-30..2025-03-01",
        "2025-01-01..2025-06-30..2025-07-01",
        "２０２５",
        "2025-Qé",
        "+202",
        "20250",
    ] {
        assert!(Window::parse(text, &utc).is_err(), "{text}");
    }
    for text in ["2025-01-02..2025-01-01", "2025-01-01T00:00:00Z..2025-01-01T00:00:00Z"] {
        assert!(matches!(Window::parse(text, &utc), Err(WindowError::Empty { .. })), "{text}");
    }
    assert!(Window::parse("9999-12", &utc).is_ok());
}

#[test]
fn a_point_is_the_end_of_its_date() {
    let zone = calendar("Europe/Berlin", 1);
    assert_eq!(parse_point("2025-06-30", &zone).expect("a date").0.to_string(), "2025-06-30T22:00:00Z");
    assert_eq!(parse_point("2025-06-30T10:00:00Z", &zone).expect("an instant").0.to_string(), "2025-06-30T10:00:00Z");
    assert!(matches!(parse_point("June", &zone), Err(WindowError::Point(_))));
}

fn names(parts: Result<Vec<Window>, WindowError>) -> Vec<String> {
    parts.expect("parts").into_iter().map(|part| part.name).collect()
}

#[test]
fn parts_step_from_the_open_of_a_window_of_whole_parts() {
    let utc = calendar("UTC", 1);
    let window = |text| Window::parse(text, &utc).expect("a window");
    assert_eq!(names(window("2025-Q1").whole_parts(Every::Month, &utc)), ["2025-01", "2025-02", "2025-03"]);
    assert_eq!(names(window("2025-H1").whole_parts(Every::Quarter, &utc)), ["2025-Q1", "2025-Q2"]);
    assert_eq!(
        names(window("2025-02-01..2025-07-31").whole_parts(Every::Quarter, &utc)),
        ["2025-02-01..2025-04-30", "2025-05-01..2025-07-31"]
    );
    assert_eq!(names(window("ttm:2025-06").whole_parts(Every::Year, &utc)), ["ttm:2025-06"]);
    for (text, every) in
        [("2025-01-15..2025-03-31", Every::Month), ("2025-01", Every::Quarter), ("2025-Q1", Every::Year)]
    {
        assert!(matches!(window(text).whole_parts(every, &utc), Err(WindowError::NotWhole { .. })), "{text}");
    }
}

#[test]
fn other_windows_have_calendar_parts() {
    let utc = calendar("UTC", 1);
    let odd = Window::parse("2025-01-15..2025-03-10", &utc).expect("a window");
    assert_eq!(names(odd.parts(Every::Month, &utc)), ["2025-01", "2025-02", "2025-03"]);
    let clipped = odd.clipped_parts(Every::Month, &utc).expect("parts");
    assert_eq!(clipped[0].open, odd.open);
    assert_eq!(clipped[2].close, odd.close);
    assert_eq!(clipped[1].name, "2025-02");
    assert_eq!(
        names(odd.parts(Every::Quarter, &calendar("UTC", 2))),
        ["2024-11-01..2025-01-31", "2025-02-01..2025-04-30"]
    );
    assert_eq!(names(odd.series(Every::Month, None, &utc)), ["2025-01", "2025-02"]);
    assert_eq!(names(odd.series(Every::Month, "12m".parse().ok(), &utc)), ["ttm:2025-01", "ttm:2025-02"]);
    assert!(matches!(odd.series(Every::Year, None, &utc), Err(WindowError::NoPart { .. })));
}
