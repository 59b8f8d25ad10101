//! Bridges: named changes, rows, segments that members enter and leave.

use super::{Bridge, BridgeCounts};
use crate::testing::{Book, definition, money};
use crate::{Definition, FigureError};

fn rows(book: &str, text: &str, settings: &str, every: Option<&str>) -> Vec<Bridge> {
    Book::of(book).movements(text, &definition(settings), every, None).expect("a bridge").rows
}

fn lines(row: &Bridge) -> Vec<String> {
    money(&[row.opening, row.new_logo, row.reactivation, row.expansion, row.contraction, row.churn, row.closing])
}

#[test]
fn changes_are_named_by_the_state() {
    let book = "2024-03-01 A 100
                2024-04-01 A 0
                2025-02-01 A 50
                2025-02-01 B 10
                2025-03-01 B 0
                2025-03-01 B 20
                2025-04-01 B 0
                2025-05-01 B 5";
    // On March 1 two records make one step: an expansion.
    let row = rows(book, "2025", "", None)[0];
    assert_eq!(lines(&row), ["0", "10", "55", "10", "0", "20", "55"]);
    let heads = BridgeCounts { new_logo: 1, reactivation: 2, churn: 1, closing: 2, ..BridgeCounts::default() };
    assert_eq!(row.customers, heads);
}

#[test]
fn a_customer_moves_as_one_whatever_its_subscriptions_do() {
    let book = "2025-01-10 A/one 100
                2025-02-10 A/one 0
                2025-02-10 A/two 100
                2025-03-10 A/three 5";
    assert_eq!(lines(&rows(book, "2025", "", None)[0]), ["0", "100", "0", "5", "0", "0", "105"]);
    let each = rows(book, "2025", "cohort.grain = \"subscription\"", None)[0];
    assert_eq!(lines(&each), ["0", "205", "0", "0", "0", "100", "105"]);
    let bridged = "2025-01-10 A 100\n2025-02-01 A 0\n2025-02-04 A 120";
    assert_eq!(lines(&rows(bridged, "2025", "cohort.gap_days = 3", None)[0]), ["0", "100", "0", "20", "0", "0", "120"]);
}

#[test]
fn rows_chain_and_sum() {
    let book = "2024-06-01 A 100
                2025-01-31T23:59:59.999999Z A 80
                2025-02-01 A 90
                2025-03-15 A 0";
    let months = rows(book, "2025-Q1", "", Some("month"));
    let told: Vec<_> = months.iter().map(lines).collect();
    assert_eq!(told[0], ["100", "0", "0", "0", "20", "0", "80"]);
    assert_eq!(told[1], ["80", "0", "0", "10", "0", "0", "90"]);
    assert_eq!(told[2], ["90", "0", "0", "0", "0", "90", "0"]);
    let odd = rows(book, "2025-01-20..2025-02-10", "", Some("month"));
    assert_eq!(odd.iter().map(lines).collect::<Vec<_>>(), told[..2]);
}

#[test]
fn under_spot_each_row_has_its_own_rates() {
    let book = "2024-01-01 rate EUR/USD 2
                2025-02-10 rate EUR/USD 3
                2024-01-01 A EUR 100
                2025-02-20 A EUR 110";
    let months = rows(book, "2025-Q1", "currency.report = \"USD\"; currency.rates = \"spot\"", Some("month"));
    assert_eq!(
        months.iter().map(|row| money(&[row.expansion, row.fx])).collect::<Vec<_>>(),
        [["0", "0"], ["20", "110"], ["0", "0"]]
    );
    assert_eq!(months.iter().map(|row| row.closing).collect::<Vec<_>>()[..2], [months[1].opening, months[2].opening]);
    let constant = rows(book, "2025-Q1", "currency.report = \"USD\"", Some("month"));
    assert_eq!(
        constant.iter().map(|row| money(&[row.expansion, row.fx])).collect::<Vec<_>>(),
        [["0", "0"], ["20", "0"], ["0", "0"]]
    );
}

#[test]
fn segments_are_entered_and_left_where_the_attribute_changes() {
    let book = "2024-06-01 A 100 channel=ads
                2025-02-01 profile A channel=sales
                2025-03-01 A 150 channel=ads
                2025-04-01 B 10 channel=ads
                2025-05-01 C 7
                2025-06-01 profile C channel=ads
                2025-07-01 C 0 channel=sales";
    let report = Book::of(book).movements("2025", &Definition::standard(), None, Some("channel")).expect("a bridge");
    let told: Vec<_> = report
        .groups
        .iter()
        .map(|(value, rows)| (value.as_deref(), lines(&rows[0]), money(&[rows[0].entering, rows[0].leaving])))
        .collect();
    let text = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    // A comes back to `ads` and grows there at one instant; C is lost where it has just gone to.
    assert_eq!(told[0], (Some("ads"), text(&["100", "10", "0", "50", "0", "0", "160"]), text(&["107", "107"])));
    assert_eq!(told[1], (Some("sales"), text(&["0", "0", "0", "0", "0", "7", "0"]), text(&["107", "100"])));
    assert_eq!(told[2], (None, text(&["0", "7", "0", "0", "0", "0", "0"]), text(&["0", "7"])));
    assert_eq!(lines(&report.rows[0]), ["100", "17", "0", "50", "0", "7", "160"]);
    assert_eq!((report.rows[0].entering, report.rows[0].leaving), (0, 0));
    assert_eq!(report.groups[0].1[0].customers.entering, 2);
}

#[test]
fn a_change_at_the_open_is_inside() {
    let book = "2024-06-01 A 100 channel=ads\n2025-01-01 profile A channel=sales";
    let report = Book::of(book).movements("2025", &Definition::standard(), None, Some("channel")).expect("a bridge");
    assert_eq!(money(&[report.groups[0].1[0].opening, report.groups[0].1[0].leaving]), ["100", "100"]);
    assert_eq!(money(&[report.groups[1].1[0].entering, report.groups[1].1[0].closing]), ["100", "100"]);
}

#[test]
fn exclusions_and_refusals() {
    let book = "2024-06-01 A 100 channel=ads\n2024-06-01 B 10";
    let without = rows(book, "2025", "cohort.exclude = [{ attribute = \"channel\", value = \"ads\" }]", None);
    assert_eq!(money(&[without[0].opening]), ["10"]);
    let shared = definition("cohort.grain = \"attribute:channel\"");
    let error = Book::of(book).movements("2025", &shared, None, Some("channel")).expect_err("refused");
    assert!(matches!(error, FigureError::GroupedMembers(_)), "{error}");
    assert_eq!(lines(&rows(book, "2025", "cohort.grain = \"attribute:channel\"", Some("month"))[11])[6], "110");
    let error = Book::of(book).movements("2025", &Definition::standard(), None, Some("size")).expect_err("unknown");
    assert!(matches!(error, FigureError::UnknownAttribute { .. }), "{error}");
}
