//! Edges of money: eight digits, sums of 28 digits, the tiny and the huge, currencies without cents, what is refused.

use recount_ledger::{Amount, AmountError, Currency, UNITS_PER_ONE};
use recount_metrics::{Calendar, FigureError, MrrQuestion, Rates, mrr};
use recount_projection::{Boundary, Cut};
use recount_testkit::{instant, records};

use crate::check::{Ledger, check_ndr};
use crate::product::projected;

const HUGE: &str = "999999999999999999.99999999";

fn total(script: &str, currency: &str) -> Result<String, FigureError> {
    let projection = projected(&records(script));
    let view = projection.view(Cut::NONE).expect("no circle of merges");
    let currency: Option<Currency> = Some(currency.parse().expect("a currency"));
    let calendar = Calendar::new(recount_ledger::Zone::UTC);
    let at = Boundary(instant("2025-01-01"));
    let question = MrrQuestion { at, customer: None, by: None, currency, rates: Rates::default(), calendar: &calendar };
    mrr(&view, &question).map(|report| recount_ledger::units_text(report.total))
}

#[test]
fn eight_digits_are_kept() {
    check_ndr("2024-01-01 a new 8.33333333\n2024-06-01 a up 8.33333334", "2024-02-01..2024-12-31", "1.0000000012");
    check_ndr("2024-01-01 a new 0.00000003\n2024-06-01 a down 0.00000001", "2024-02-01..2024-12-31", "0.3333333333");
}

#[test]
fn sums_of_28_digits_are_exact() {
    let customers: String = (0..150).map(|n| format!("2024-01-01 c{n} new {HUGE}\n")).collect();
    assert_eq!(total(&customers, "USD").as_deref(), Ok("149999999999999999999.9999985"));
    let script = customers + "2024-06-01 c0 churn\n2024-06-01 tiny new 0.00000001";
    Ledger::of(&script).expect(
        "2024-02-01..2024-12-31",
        &[
            ("opening", "149999999999999999999.9999985"),
            ("churn", HUGE),
            ("closing", "148999999999999999999.99999851"),
            ("ndr", "0.9933333333"),
        ],
    );
}

#[test]
fn the_tiny_beside_the_huge() {
    let script = format!("2024-01-01 huge new {HUGE}\n2024-01-01 tiny new 0.00000001\n2024-06-01 tiny churn");
    Ledger::of(&script).expect(
        "2024-02-01..2024-12-31",
        &[
            ("opening", "1000000000000000000"),
            ("churn", "0.00000001"),
            ("closing", HUGE),
            ("ndr", "1"),
            ("logo retention", "0.5"),
        ],
    );
}

#[test]
fn currencies_with_no_and_with_three_decimals() {
    let script = "2024-01-01 fx USD/JPY 147.5\n2024-01-01 fx KWD/USD 3.25\n2024-01-01 a new 1475 JPY\n\
                  2024-01-01 b new 1.234 KWD";
    assert_eq!(total(script, "USD").as_deref(), Ok("14.0105"));
    assert_eq!(total(script, "JPY").as_deref(), Ok("2066.54875"));
    assert_eq!(total(script, "KWD").as_deref(), Ok("4.31092308"));
}

#[test]
fn an_amount_is_converted_once_half_to_even() {
    let rate = "2024-01-01 fx EUR/USD 0.5\n";
    assert_eq!(total(&format!("{rate}2024-01-02 a new 0.00000001 EUR"), "USD").as_deref(), Ok("0"));
    assert_eq!(total(&format!("{rate}2024-01-02 a new 0.00000003 EUR"), "USD").as_deref(), Ok("0.00000002"));
    let two = format!("{rate}2024-01-02 a/one new 0.00000001 EUR\n2024-01-02 a/two new 0.00000001 EUR");
    assert_eq!(total(&two, "USD").as_deref(), Ok("0"), "each subscription is rounded, not their sum");
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let rates = "2024-01-01 fx USD/JPY 999999999999\n2024-01-01 fx EUR/USD 999999999999\n";
    let huge = format!("{rates}2024-01-02 a new {HUGE} EUR");
    let refusal = total(&huge, "JPY");
    assert!(matches!(refusal, Err(FigureError::Overflow(_))), "a cross of two huge rates: {refusal:?}");
}

#[test]
fn bad_amounts_are_refused() {
    for text in ["1e3", "1E3", "-", "+5", "1,000", "0x10", "1_000", "NaN", "inf", "", " 1", "1."] {
        assert!(matches!(text.parse::<Amount>(), Err(AmountError::Malformed(_))), "{text:?}");
    }
    assert!(matches!("0.123456789".parse::<Amount>(), Err(AmountError::TooFine(_))));
    assert!(matches!("1000000000000000000".parse::<Amount>(), Err(AmountError::TooLarge(_))));
    let negative = recount_testkit::events("2024-01-01 a new 1").remove(0);
    let mut below = negative.clone();
    if let recount_ledger::Body::Movement(movement) = &mut below.body {
        movement.mrr = Amount::from_units(-UNITS_PER_ONE).ok();
    }
    assert_eq!(negative.validate(), Ok(()));
    assert_eq!(below.validate().map_err(|invalid| invalid.field), Err("mrr".to_owned()));
}
