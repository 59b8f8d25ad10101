//! From a figure to its customers, their records and the rows they came from, and from a record to its figures.

use insta::assert_snapshot;
use recount_tests::Home;
use serde_json::Value;

use crate::cli_company::company;

/// The company with its year closed, and what came after.
fn closed() -> Home {
    let home = company();
    home.write("usd.toml", "name = \"usd\"\n[currency]\nreport = \"USD\"\n");
    home.type_in("define usd.toml").good();
    home.type_in("close board-jan --period 2025 --definition usd").good();
    let late = "event_id,kind,customer_id,effective_at,booked_at,mrr,currency,voids\n\
                l1,upgrade,delta,2025-12-01,2026-01-20,300,USD,\n\
                l2,upgrade,acme,2025-02-01,2026-01-21,1450,USD,e5\n";
    home.write("late.csv", late);
    home.type_in("import late.csv").good();
    home
}

#[test]
fn a_figure_is_drilled_to_its_source_rows() {
    let home = closed();
    assert_snapshot!(home.type_in("explain --window 2025 --currency USD --figure ndr").good().shown());
    assert_snapshot!(home.type_in("explain --window 2025 --currency USD --figure new_logo -o csv").good().shown());
    let typed = "explain --window 2025 --currency USD --figure expansion --customer acme --known-at 2025-12-31 -o json";
    assert_snapshot!(home.type_in(typed).good().shown());
}

#[test]
fn every_record_says_why_it_counts_or_not() {
    let home = closed();
    let standings = |flags: &str| -> Vec<String> {
        let typed = format!("explain --window 2025 --currency USD --figure closing {flags} -o json");
        let json = home.type_in(&typed).good().json();
        let records = json["customers"][0]["records"].as_array().expect("a list").clone();
        let text = |of: &Value| format!("{} {}{}", of["position"], of["standing"].as_str().unwrap_or("?"), by(of));
        records.iter().map(text).collect()
    };
    fn by(of: &Value) -> String {
        of["by"].as_u64().map(|by| format!(" by {by}")).unwrap_or_default()
    }
    let all = standings("--customer acme");
    assert_eq!(all, ["1 at_open", "6 replaced by 19", "10 voided by 11", "11 counts", "19 in_window"]);
    let then = standings("--customer acme --ledger-at board-jan");
    assert_eq!(then, ["1 at_open", "6 in_window", "10 voided by 11", "11 counts", "19 recorded_later"]);
    let known = standings("--customer acme --known-at 2025-06-30");
    assert_eq!(known, ["1 at_open", "6 in_window", "10 in_window", "11 booked_later", "19 booked_later"]);
}

#[test]
fn shares_on_a_table_foot_whatever_is_hidden() {
    let home = closed();
    let shown = home.type_in("explain --window 2025 --currency USD --figure closing --limit 1").good().shown();
    assert!(shown.contains("2 more customers") && shown.contains("all customers"), "{shown}");
    let json = home.type_in("explain --window 2025 --currency USD --figure customers -o json").good().json();
    let sum: i64 = json["customers"].as_array().expect("a list").iter().filter_map(|one| one["share"].as_i64()).sum();
    assert_eq!((Some(sum), &json["figure"]["value"]), (Some(3), &json["figure"]["sum"]));
}

#[test]
fn a_record_knows_the_figures_that_it_enters() {
    let home = closed();
    assert_snapshot!(home.type_in("explain --event l2 --currency USD").good().shown());
    assert_snapshot!(home.type_in("explain --event e6 --currency USD --window 2025 -o json").good().shown());
    assert_snapshot!(home.type_in("explain --event e9 --currency USD --window 2025 -o csv").good().shown());
    assert_snapshot!(home.type_in("explain --event v1 --currency USD --window 2025").good().shown());
    assert_snapshot!(home.type_in("explain --event e4 --currency USD").good().shown());
}

#[test]
fn what_was_appended_by_hand_has_no_file() {
    let home = company();
    let appended = "append --kind upgrade --customer-id gamma --subscription-id gamma/main --effective-at 2025-12-01 \
                    --mrr 500 --currency USD";
    home.type_in(appended).good();
    let typed = "explain --window 2025 --currency USD --figure closing --customer gamma -o json";
    let json = home.type_in(typed).good().json();
    let records = json["customers"][0]["records"].as_array().expect("a list").clone();
    let last = records.last().expect("a record");
    assert_eq!((&last["source"]["file"], &last["file_sha256"]), (&Value::Null, &Value::Null));
    let first = records.first().expect("a record");
    assert_eq!((first["source"]["file"].as_str(), first["source"]["row"].as_u64()), (Some("events.csv"), Some(4)));
    assert_eq!(first["file_sha256"].as_str().map(str::len), Some(64));
}

#[test]
fn what_cannot_be_explained_is_refused() {
    let home = company();
    for typed in [
        "explain",
        "explain --event nobody",
        "explain --window 2025 --figure profit",
        "explain --window 2025 --currency USD --figure ndr --definition chained-monthly",
        "explain --window 2025 --currency USD --figure churn --customer nobody",
        "explain --event e1 --figure ndr",
    ] {
        assert_snapshot!(home.type_in(typed).shown());
    }
}
