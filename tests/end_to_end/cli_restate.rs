//! Restatements through the binary: what they print, and that what they print adds up.

use insta::assert_snapshot;
use serde_json::Value;

use crate::cli_company::company;

#[test]
fn a_restatement_names_every_record_and_its_effect() {
    let home = company();
    assert_snapshot!(home.type_in("restate --window 2025 --between 11 now --currency USD").good().shown());
    assert_snapshot!(home.type_in("restate --window 2025 --between 11 now --currency USD -o csv").good().shown());
}

#[test]
fn what_the_sources_knew_can_be_restated() {
    let home = company();
    let typed = "restate --window 2025 --between known:2025-06-30 now --currency USD --rates spot";
    assert_snapshot!(home.type_in(typed).good().shown());
}

#[test]
fn another_definition_is_a_part_of_its_own() {
    let home = company();
    let typed = "restate --window 2025 --between 11 now --currency USD --rates-then spot --definition-then standard \
                 --definition strict --threshold 400";
    assert_snapshot!(home.type_in(typed).good().shown());
}

#[test]
fn a_close_brings_its_definition_and_its_zone() {
    let home = company();
    home.type_in("--tz America/New_York close board --definition strict").good();
    home.type_in("append --kind churn --customer-id acme --effective-at 2025-11-30").good();
    let json = home.type_in("restate --window 2025 --between board now --currency USD -o json").good().json();
    assert_eq!(json["then"]["definition"]["name"], "strict", "{json}");
    assert_eq!((&json["then"]["tz"], &json["now"]["tz"]), (&"America/New_York".into(), &"UTC".into()), "{json}");
    assert_eq!(json["now"]["definition"]["name"], "standard", "{json}");
    let categories: Vec<_> =
        json["categories"].as_array().expect("rows").iter().map(|it| it["category"].clone()).collect();
    assert_eq!(categories, ["late_booking", "definition"], "{json}");
    let same = "restate --window 2025 --between board board --currency USD";
    assert!(home.type_in(same).good().stdout.contains("nothing: NDR over 2025"));
}

#[test]
fn hidden_rows_are_counted_and_summed() {
    let home = company();
    let sums = |flags: &str| {
        let typed = format!("restate --window 2025 --between known:2025-01-31 now --currency USD {flags} -o json");
        let json = home.type_in(&typed).good().json();
        let closing = |of: &Value| of["closing"].as_str().expect("a text").parse::<f64>().expect("a number");
        let listed: f64 = json["records"].as_array().expect("rows").iter().map(closing).sum();
        let whole = closing(&json["difference"]);
        assert!((listed + closing(&json["more_records"]) - whole).abs() < 1e-6, "{json}");
        (json["records"].as_array().map_or(0, Vec::len), json["more_records"]["count"].as_u64().unwrap_or(0))
    };
    let (all, none) = sums("");
    assert!(all >= 4 && none == 0, "{all} records, {none} hidden");
    let (some, hidden) = sums("--threshold 300");
    assert!(some > 0 && hidden > 0 && some + hidden as usize == all, "{some} and {hidden} of {all}");
    assert_eq!(sums("--limit 1"), (1, all as u64 - 1));
    assert_eq!(sums("--threshold 1000000").0, 0);
}

#[test]
fn cuts_that_are_none_are_refused() {
    let home = company();
    assert_snapshot!(home.type_in("restate --window 2025 --between board now --currency USD").shown());
    assert_snapshot!(home.type_in("restate --window 2025 --between known:board now --currency USD").shown());
}
