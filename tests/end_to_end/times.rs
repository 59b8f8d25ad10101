//! Edges of time: leap days, clock changes, year ends far from Greenwich, events exactly on a boundary, microseconds.

use crate::check::Ledger;

#[test]
fn the_leap_day_is_a_day() {
    let script = "2024-01-01 a new 100\n2024-02-29 a up 150\n2024-03-01 a up 175";
    Ledger::of(script).expect("2024-02", &[("opening", "100"), ("closing", "150"), ("ndr", "1.5")]);
    Ledger::of(script).expect("2024-02-29..2024-02-29", &[("opening", "100"), ("closing", "150")]);
    Ledger::of(script).expect("2024-03", &[("opening", "150"), ("closing", "175")]);
    Ledger::of(script).expect("2023-02-28..2024-02-28", &[("opening", "0"), ("ndr", "undefined")]);
}

#[test]
fn an_event_on_a_boundary_belongs_to_what_begins_there() {
    let script = "2024-01-01 a new 100\n2025-01-01 a up 150";
    Ledger::of(script).expect("2024-06-01..2024-12-31", &[("opening", "100"), ("closing", "100")]);
    Ledger::of(script).expect("2025", &[("opening", "100"), ("closing", "150"), ("expansion", "50")]);
    Ledger::of(script).expect("2024", &[("opening", "0"), ("customers", "0")]);
}

#[test]
fn a_microsecond_decides() {
    let script = "2024-01-01 a new 100\n2024-12-31T23:59:59.999999Z a up 150\n2025-01-01T00:00:00.000001Z a up 175";
    Ledger::of(script).expect("2024-02-01..2024-12-31", &[("closing", "150")]);
    Ledger::of(script).expect("2024-02-01..2024-12-31T23:59:59.999999Z", &[("closing", "100")]);
    Ledger::of(script).expect("2025-01-01..2025-01-01T00:00:00.000001Z", &[("opening", "150"), ("closing", "150")]);
    Ledger::of(script).expect("2025-01-01..2025-01-01T00:00:00.000002Z", &[("opening", "150"), ("closing", "175")]);
}

#[test]
fn the_year_ends_first_in_auckland() {
    let script = "2024-01-01 a new 100\n2024-12-31T10:59:59.999999Z a up 120\n2024-12-31T11:00:00Z a up 150";
    let there = || Ledger::of(script).in_zone("Pacific/Auckland");
    there().expect("2024-02-01..2024-12-31", &[("closing", "120")]);
    there().expect("2025", &[("opening", "120"), ("closing", "150")]);
    Ledger::of(script).expect("2024-02-01..2024-12-31", &[("closing", "150")]);
    Ledger::of(script).in_zone("America/New_York").expect("2025", &[("opening", "150")]);
}

#[test]
fn days_are_as_long_as_their_zone_has_them() {
    // In New York 2024-03-10 has 23 hours and 2024-11-03 has 25.
    let script = "2024-01-01 a new 100\n2024-03-11T03:59:59Z a up 110\n2024-03-11T04:00:00Z a up 120\n\
                  2024-11-04T04:59:59Z a up 130\n2024-11-04T05:00:00Z a up 140";
    let there = || Ledger::of(script).in_zone("America/New_York");
    there().expect("2024-03-10..2024-03-10", &[("opening", "100"), ("closing", "110")]);
    there().expect("2024-11-03..2024-11-03", &[("opening", "120"), ("closing", "130")]);
    there().expect("2024-11-04..2024-11-04", &[("opening", "130"), ("closing", "140")]);
}

#[test]
fn half_hours_count_in_kolkata() {
    let script = "2024-01-01 a new 100\n2024-12-31T18:29:59Z a up 110\n2024-12-31T18:30:00Z a up 120";
    Ledger::of(script).in_zone("Asia/Kolkata").expect("2025", &[("opening", "110"), ("closing", "120")]);
}

#[test]
fn records_of_one_instant_make_one_step() {
    let script = "2024-01-01 a new 100\n2025-03-01 a churn\n2025-03-01 a react 130 booked=2025-03-02";
    Ledger::of(script).expect("2025", &[("expansion", "30"), ("churn", "0"), ("gdr", "1"), ("ndr", "1.3")]);
    let zero = "net.method=movements net.winback=zero gross.winback=zero";
    Ledger::of(script)
        .by(zero)
        .expect("2025", &[("expansion", "30"), ("reactivation", "0"), ("ndr", "1.3"), ("gdr", "1")]);
}

#[test]
fn a_scheduled_change_waits() {
    let script = "2024-01-01 a new 100\n2025-07-01 a down 60 booked=2024-11-01";
    Ledger::of(script).expect("2025-H1", &[("closing", "100")]);
    Ledger::of(script).expect("2025", &[("closing", "60"), ("gdr", "0.6")]);
}
