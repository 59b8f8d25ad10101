//! Rates, their policies, and what needs them.

use super::{fails, ratios, total};
use crate::testing::{Book, definition, money};
use crate::{Definition, FigureError};

#[test]
fn the_floor_is_inclusive_and_in_the_report_currency_at_opening_rates() {
    let book = "2024-01-01 rate EUR/USD 2
                2025-06-01 rate EUR/USD 1
                2024-01-01 A EUR 50
                2024-01-01 B 99.99999999
                2024-01-01 C 100";
    let r = total(book, "2025", "cohort.floor = \"100\"; currency.report = \"USD\"; currency.rates = \"spot\"");
    assert_eq!((r.members, money(&[r.opening, r.closing, r.fx])), (2, vec!["200".into(), "150".into(), "-50".into()]));
}

#[test]
fn a_gap_in_money_that_has_a_currency_of_its_own_keeps_its_rates() {
    let book = "2024-01-01 rate EUR/USD 2
                2025-06-01 rate EUR/USD 3
                2024-01-01 A EUR 100
                2025-12-30 A 0
                2026-01-02 A 1";
    let settings = "cohort.gap_days = 3; currency.report = \"USD\"; currency.rates = \"spot\"";
    let r = total(book, "2025", settings);
    assert_eq!(money(&[r.opening, r.closing, r.fx]), ["200", "300", "100"]);
}

#[test]
fn several_currencies_need_a_report_currency_and_only_what_enters_needs_a_rate() {
    let book = "2024-01-01 rate EUR/USD 2
                2024-01-01 A 100
                2024-02-01 B EUR 10
                2020-01-01 C JPY 5
                2021-01-01 C JPY 0
                2025-05-01 D GBP 5";
    let error = fails(book, "2025", "");
    assert!(matches!(&error, FigureError::SeveralCurrencies(found) if found.len() == 2), "{error}");
    let dollars = "currency.report = \"USD\"";
    let report = Book::of(book).retention("2025", &definition(dollars)).expect("a figure");
    assert_eq!(money(&[report.total.opening]), ["120"]);
    assert_eq!(report.total.rates.len(), 1);
    // D was won later: it counts nowhere but in movements of everyone.
    for method in ["net.method", "gross.method"] {
        let all = format!("{dollars}; {method} = \"all-movements\"");
        assert!(matches!(fails(book, "2025", &all), FigureError::NoRate { from, .. } if from.code() == "GBP"));
    }
    let early = fails(book, "2025", "currency.report = \"CHF\"").to_string();
    assert!(early.contains("CHF") && early.contains("2025-01-01T00:00:00Z"), "{early}");
    // Alone in scope, a currency needs no word; without any amount there is none.
    let alone = Book::of(book).retention("2020-06", &Definition::standard()).expect("a figure");
    assert_eq!(alone.currency.map(|c| c.to_string()), Some("JPY".to_owned()));
    assert_eq!(Book::of(book).retention("2019", &Definition::standard()).expect("a figure").currency, None);
}

#[test]
fn constant_rates_at_a_date_include_that_date() {
    let book = "2024-01-01 rate EUR/USD 2
                2025-06-30 rate EUR/USD 3
                2024-01-01 A EUR 1";
    let opening = |rates: &str| {
        let r = total(book, "2025", &format!("currency.report = \"USD\"; currency.rates = \"{rates}\""));
        money(&[r.opening, r.closing]).join(" ")
    };
    assert_eq!(opening("constant:2025-06-30"), "3 3");
    assert_eq!(opening("constant:2025-06-29"), "2 2");
    assert_eq!(opening("constant:2025-06-30T00:00:00Z"), "2 2");
    assert_eq!(opening("constant-open"), "2 2");
    assert_eq!(opening("constant-close"), "3 3");
    assert_eq!(opening("spot"), "2 3");
}

#[test]
fn an_amount_that_converts_to_nothing_is_not_active() {
    let book = "2024-01-01 rate JPY/USD 0.5
                2024-01-01 A JPY 0.00000001
                2024-01-01 B JPY 0.00000003";
    let r = total(book, "2025", "currency.report = \"USD\"");
    assert_eq!((r.customers, money(&[r.opening])), (1, vec!["0.00000002".to_owned()]));
}

#[test]
fn sums_out_of_range_are_an_error_by_name() {
    let book = "2024-01-01 rate EUR/GBP 999999999999
                2024-01-01 rate GBP/USD 999999999999
                2024-01-01 A EUR 999999999999999999";
    let error = fails(book, "2025", "currency.report = \"USD\"");
    assert!(matches!(error, FigureError::Overflow(_)), "{error}");
    // Large and exact: two of the largest amounts.
    let large = "2024-01-01 A 999999999999999999.99999999\n2024-01-01 B 999999999999999999.99999999";
    assert_eq!(money(&[total(large, "2025", "").opening]), ["1999999999999999999.99999998"]);
}

#[test]
fn parts_of_a_spot_window_have_their_own_rates_and_constant_ones_the_whole_windows() {
    let book = "2024-01-01 rate EUR/USD 2
                2025-02-10 rate EUR/USD 4
                2024-01-01 A EUR 100
                2024-01-01 B 100";
    let ndr = |rates: &str| {
        let settings = format!("window.combine = \"chain\"; currency.report = \"USD\"; currency.rates = \"{rates}\"");
        ratios(&total(book, "2025-Q1", &settings))[0].clone()
    };
    assert_eq!([ndr("constant-open"), ndr("spot")], ["1", "1.6666666667"]);
}
