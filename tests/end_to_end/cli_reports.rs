//! What each report prints, to the letter.

use insta::assert_snapshot;

use crate::cli_company::company;

#[test]
fn point_in_time_mrr() {
    let home = company();
    assert_snapshot!(home.type_in("mrr --at 2025-06-30 --currency USD").good().shown());
    assert_snapshot!(home.type_in("mrr --at 2025-06-30 --currency USD -o json").good().shown());
    assert_snapshot!(home.type_in("mrr --at 2025-06-30 --currency EUR --by region").good().shown());
    assert_snapshot!(home.type_in("mrr --at 2025-06-30 --currency EUR --by region -o csv").good().shown());
    assert_snapshot!(home.type_in("mrr --at 2025-06-30 --customer acme -o csv").good().shown());
}

#[test]
fn movements() {
    let home = company();
    assert_snapshot!(home.type_in("movements --window 2025 --currency USD --rates spot").good().shown());
    assert_snapshot!(home.type_in("movements --window 2025 --currency USD --every quarter").good().shown());
    assert_snapshot!(home.type_in("movements --window 2025 --currency USD --by region").good().shown());
    assert_snapshot!(home.type_in("movements --window 2025-H1 --currency USD --every quarter -o json").good().shown());
    assert_snapshot!(home.type_in("movements --window 2025 --currency USD --every quarter -o csv").good().shown());
}

#[test]
fn retention() {
    let home = company();
    assert_snapshot!(home.type_in("ndr --window 2025 --currency USD").good().shown());
    assert_snapshot!(home.type_in("ndr --window 2025 --currency USD --rates spot -o json").good().shown());
    assert_snapshot!(home.type_in("ndr --window 2025 --currency USD --definition vendor-movements").good().shown());
    assert_snapshot!(home.type_in("ndr --window 2025 --currency USD --by region").good().shown());
    assert_snapshot!(home.type_in("ndr --window 2025 --currency USD --every quarter --trailing 12m").good().shown());
    assert_snapshot!(home.type_in("ndr --window 2025 --currency USD --every quarter -o csv").good().shown());
}

#[test]
fn segments_and_rows_read_like_the_total() {
    let home = company();
    let total = home.type_in("ndr --window 2025 --currency USD --by region -o json").good().json();
    let series = home.type_in("ndr --window 2025 --currency USD --every quarter --by region -o json").good().json();
    let rows = series["rows"].as_array().expect("rows");
    for whole in rows.iter().chain([&total]) {
        assert_eq!(whole["definition"], total["definition"]);
        for group in whole["groups"].as_array().expect("groups") {
            for key in ["window", "currency", "definition"] {
                assert_eq!(group[key], whole[key], "{key}");
            }
        }
    }
    assert!(total["definition"]["hash"].is_string(), "{total}");
}

#[test]
fn retention_of_nobody_is_undefined() {
    let home = company();
    let shown = home.type_in("ndr --window 2023 --currency USD").good().shown();
    assert!(shown.contains("undefined"), "{shown}");
    let json = home.type_in("ndr --window 2023 --currency USD -o json").good().json();
    assert!(json["ndr"].is_null() && json["undefined"]["ndr"].is_string(), "{json}");
}

#[test]
fn a_cut_changes_the_figure_and_is_told() {
    let home = company();
    let now = home.type_in("ndr --window 2025 --currency USD -o json").good().json();
    let then = home.type_in("ndr --window 2025 --currency USD --known-at 2025-09-30 -o json").good().json();
    // What was known in September has neither the winback of gamma, booked in October, nor the void undone.
    assert_eq!(now["churn"], "0");
    assert_eq!(then["churn"], "400");
    assert_eq!(then["ledger"]["cut"]["known_at"], "2025-10-01T00:00:00Z");
    let first = home.type_in("ndr --window 2025 --currency USD --ledger-at 11 -o json").good().json();
    assert_eq!(first["ledger"]["cut"]["size"], 11);
    assert_eq!(first["ledger"]["cut"]["ledger_at"], "11");
    assert_eq!(first["ledger"]["size"], now["ledger"]["size"]);
    assert_snapshot!(home.type_in("ndr --window 2025 --currency USD --known-at 2025-09-30").good().shown());
}

#[test]
fn the_alias_is_the_same_command() {
    let home = company();
    let ndr = home.type_in("ndr --window 2025 --currency USD -o json").good();
    assert_eq!(ndr.stdout, home.type_in("nrr --window 2025 --currency USD -o json").good().stdout);
}

#[test]
fn a_definition_can_be_a_file() {
    let home = company();
    home.write("board.toml", "name = \"board\"\n[net]\nwinback = \"zero\"\n[display]\npercent_digits = 3\n");
    let shown = home.type_in("ndr --window 2025 --currency USD --definition board.toml").good().shown();
    assert_snapshot!(shown);
    let strict = home.type_in("ndr --window 2025 --currency USD --definition strict@0 -o json").good().json();
    let board = home.type_in("ndr --window 2025 --currency USD --definition board.toml -o json").good().json();
    assert_eq!(strict["ndr"], board["ndr"]);
    assert_eq!(board["definition"]["version"], serde_json::Value::Null);
}

#[test]
fn explanations() {
    let home = company();
    assert_snapshot!(home.type_in("explain --window 2025 --currency USD").good().shown());
    assert_snapshot!(home.type_in("explain --window 2025 --currency USD --customer gamma -o json").good().shown());
    assert_snapshot!(home.type_in("explain --window 2025 --currency USD -o csv").good().shown());
}

#[test]
fn findings_are_the_answer_no() {
    let home = company();
    assert_snapshot!(home.type_in("check").shown());
    assert_snapshot!(home.type_in("check -o json").shown());
    assert_snapshot!(home.type_in("check --ledger-at 3").good().shown());
}

#[test]
fn the_log() {
    let home = company();
    assert_snapshot!(home.type_in("log").good().shown());
    assert_snapshot!(home.type_in("log --from 11 --customer delta -o csv").good().shown());
    assert_snapshot!(home.type_in("log --customer gamma -o json --ledger-at 9").good().shown());
    let lines = home.type_in("log -o json").good().stdout;
    assert_eq!(lines.lines().count(), 16);
    assert!(home.type_in("log --from 16").good().stdout.is_empty());
    assert_eq!(home.type_in("log --from 17").code, 2);
}
