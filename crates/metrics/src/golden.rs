//! The worked example of `docs/semantics.md`, every cell: eight customers whose NDR spans 69 to 98 %.

use crate::testing::{Book, definition, money};
use crate::{Definition, Retention};

const EVENTS: &str = "
    2024-01-01 rate EUR/USD 1.10
    2025-12-01 rate EUR/USD 1.05
    2024-03-01 A 1000
    2025-07-01 A 1500
    2024-03-01 B 1000
    2025-04-15 B 600
    2024-03-01 C 1000
    2025-06-30 C 0
    2024-03-01 D 1000
    2025-02-10 D 0
    2025-09-09 D 800
    2024-03-01 F 400
    2024-10-01 F 0
    2025-05-11 F 400
    2024-03-01 G EUR 1000
    2024-03-01 H 1000
    2025-03-20 H 2000
    2025-10-21 H 1000
    2025-03-05 E 500
    2025-08-19 E 900";

fn tried(settings: &str, rates: &str) -> Definition {
    definition(&format!("{settings}; currency.report = \"USD\"; currency.rates = \"{rates}\""))
}

fn total(settings: &str, rates: &str) -> Retention {
    Book::of(EVENTS).retention("2025", &tried(settings, rates)).expect("a figure").total
}

fn ndr(settings: &str) -> [String; 2] {
    ["constant-open", "spot"].map(|rates| total(settings, rates).ndr.expect("defined").to_string())
}

fn gdr(settings: &str) -> [String; 2] {
    ["constant-open", "spot"].map(|rates| total(settings, rates).gdr.expect("defined").to_string())
}

#[test]
fn opening_closing_and_the_lines_of_endpoint() {
    for (rates, expected) in [
        ("constant-open", ["6100", "5000", "500", "600", "1000", "0"]),
        ("spot", ["6100", "4950", "500", "600", "1000", "-50"]),
    ] {
        let r = total("", rates);
        assert_eq!(money(&[r.opening, r.closing, r.expansion, r.contraction, r.churn, r.fx]), expected, "{rates}");
        assert_eq!((r.customers, r.members, r.customers_closing), (6, 6, 5));
        assert_eq!(r.logo_retention.expect("defined").to_string(), "0.8333333333");
    }
}

#[test]
fn the_bridge_of_all_customers() {
    for (rates, fx, closing) in [("constant-open", "0", "6300"), ("spot", "-50", "6250")] {
        let report = Book::of(EVENTS).movements("2025", &tried("", rates), None, None).expect("a bridge");
        let row = report.rows[0];
        let lines = [row.opening, row.new_logo, row.reactivation, row.expansion, row.contraction, row.churn, row.fx];
        assert_eq!(money(&lines), ["6100", "500", "1200", "1900", "1400", "2000", fx], "{rates}");
        assert_eq!(money(&[row.closing]), [closing]);
    }
}

#[test]
fn net_ratios() {
    for (settings, expected) in [
        ("", ["0.8196721311", "0.8114754098"]),
        ("net.winback = \"zero\"", ["0.6885245902", "0.6803278689"]),
        ("net.contraction = \"ignore\"", ["0.9180327869", "0.9098360656"]),
        ("net.method = \"movements\"", ["0.8196721311", "0.8196721311"]),
        ("net.method = \"all-movements\"", ["0.9508196721", "0.9508196721"]),
        ("net.method = \"all-movements\"; net.reactivation = \"ignore\"", ["0.7540983607", "0.7540983607"]),
        (
            "net.method = \"all-movements\"; net.reactivation = \"ignore\"; net.contraction = \"ignore\"",
            ["0.9836065574", "0.9836065574"],
        ),
        ("net.method = \"survivors\"", ["0.9803921569", "0.9705882353"]),
        ("window.combine = \"chain\"", ["0.7984263557", "0.7920896386"]),
    ] {
        assert_eq!(ndr(settings), expected, "{settings}");
    }
}

#[test]
fn gross_ratios() {
    for (settings, expected) in [
        ("", "0.737704918"),
        ("gross.winback = \"zero\"", "0.606557377"),
        ("gross.method = \"movements\"", "0.4426229508"),
        ("gross.method = \"running-min\"", "0.606557377"),
        ("gross.method = \"all-movements\"", "0.4426229508"),
    ] {
        assert_eq!(gdr(settings), [expected, expected], "{settings}");
    }
}
