//! Receipts: every report has an id and can leave one, `reproduce` answers it again, and nothing that was touched passes.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;
use recount_metrics::receipt::id_of;
use recount_tests::Home;
use serde_json::{Value, json};

use crate::cli_company::company;

const BOARD: &str = "name = \"board\"\n[net]\nmethod = \"movements\"\n[currency]\nreport = \"USD\"\n";

/// One line at least of every command that answers with a report.
const REPORTS: &[&str] = &[
    "mrr --currency USD",
    "mrr --at 2025-06-30 --by region --currency USD --known-at 2025-09-30",
    "mrr --at 2025-06-30 --ledger-at year --tz America/New_York",
    "movements --window 2025 --every quarter --currency USD",
    "movements --window 2025 --by region --currency USD --rates spot",
    "ndr --window 2025 --definition board",
    "ndr --window 2025 --definition ./board.toml --by region",
    "ndr --window FY2025 --fiscal-year-start 02 --tz Europe/Berlin --currency USD --ledger-at 12",
    "ndr --window 2025 --every month --trailing 6m --definition strict --currency EUR --by region",
    "ndr --window 2025 --ledger-at year",
    "nrr --window 2024-01-01..2024-12-31 --currency USD --rates constant:2024-06-30",
    "explain --window 2025 --limit 2 --currency USD",
    "explain --window 2025 --customer acme --definition board@1",
    "explain --window 2025 --figure churn --currency USD",
    "explain --event e6 --currency USD",
    "restate --window 2025 --between year now --currency USD --rates-then spot --threshold 0.1%",
    "restate --window 2025 --between known:2025-06-30 now --definition board --limit 1",
    "reconcile deck.csv --currency USD",
    "check",
    "closes",
    "definitions",
    "show board@1",
    "show ./board.toml",
    "show strict",
    "diff standard ./board.toml --window 2025 --currency USD",
    "definitions diff strict board --window 2025 --currency USD",
];

const DECK: &str = "metric,window,value\nndr,2025,92.9%\nmrr,2025,1 USD\n";

/// The company with a definition, a close and a deck.
fn books() -> Home {
    let home = company();
    home.write("board.toml", BOARD).write("deck.csv", &DECK.replace("1 USD", "1"));
    home.type_in("define board.toml").good();
    home.type_in("close year --period 2025 --definition board --prepared-by ada").good();
    home
}

fn read(home: &Home, file: &str) -> Value {
    let text = std::fs::read_to_string(home.path().join(file)).expect("a receipt");
    serde_json::from_str(&text).expect("JSON")
}

/// A receipt of every line, and the reports.
fn receipts(home: &Home) -> (Vec<String>, Vec<Value>) {
    let ask = |(at, line): (usize, &&str)| {
        let file = format!("r{at}.json");
        let ran = home.type_in(&format!("{line} -o json --receipt {file}"));
        assert!(ran.code == 0 || ran.code == 1 && ran.stderr.contains("receipt in"), "{line}: {ran:?}");
        (file, ran.json())
    };
    REPORTS.iter().enumerate().map(ask).unzip()
}

fn reproduce(home: &Home, files: &[String], flags: &[&str]) -> (i32, Value) {
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let ran = home.run(&[&["reproduce", "-o", "json"], flags, &files[..]].concat());
    assert!(matches!(ran.code, 0 | 1), "{ran:?}");
    (ran.code, ran.json())
}

/// What is in the ledger's folder, for another one.
fn copy_ledger(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-r").arg(from).arg(to).status().expect("cp runs");
    assert!(copied.success());
}

#[test]
fn every_report_carries_its_id_and_leaves_a_receipt() {
    let home = books();
    let (files, reports) = receipts(&home);
    for ((line, file), report) in REPORTS.iter().zip(&files).zip(&reports) {
        let id = id_of(report).expect("integers and texts only");
        assert_eq!(report["id"].as_str(), Some(id.as_str()), "{line}");
        let receipt = read(&home, file);
        assert_eq!(&receipt["answer"], report, "{line}");
        assert_eq!(receipt["id"].as_str(), id_of(&receipt).ok().as_deref(), "{line}");
        assert_eq!(receipt["ledger"]["size"], report["ledger"]["size"], "{line}");
        let flat = |value: &Value| !value.is_null() && !value.is_object();
        assert!(receipt["question"]["arguments"].as_object().expect("flags").values().all(flat), "{receipt:#}");
    }
    let (code, reproduced) = reproduce(&home, &files, &[]);
    assert_eq!((code, &reproduced["different"]), (0, &json!(0)), "{reproduced:#}");
    assert_eq!(reproduced["same"], json!(REPORTS.len()));
    // No command with a receipt is left out of the list above.
    let asked: BTreeSet<String> =
        files.iter().map(|file| read(&home, file)["question"]["command"].as_str().unwrap_or("?").to_owned()).collect();
    let help = home.type_in("--help").good().stdout;
    let commands =
        help.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|it| !it.is_empty());
    let takes = |command: &&str| home.type_in(&format!("{command} --help")).stdout.contains("--receipt <FILE>");
    let taking: BTreeSet<String> = commands.filter(takes).map(str::to_owned).collect();
    assert_eq!(asked, taking);
    assert!(taking.len() >= 11, "{taking:?}");
}

#[test]
fn tables_and_csv_leave_the_same_receipt() {
    let home = books();
    for (at, flags) in ["", "-o csv", "-o json"].iter().enumerate() {
        home.type_in(&format!("ndr --window 2025 --definition board --receipt {at}.json {flags}")).good();
    }
    assert_eq!(read(&home, "0.json"), read(&home, "1.json"));
    assert_eq!(read(&home, "0.json"), read(&home, "2.json"));
    assert_eq!(home.type_in("ndr --window 2025 --receipt 0.json --currency USD").code, 5);
    assert_eq!(home.type_in("ndr --window 2025 --receipt recount-ledger/r --currency USD").code, 2);
}

#[test]
fn what_was_recorded_since_does_not_matter() {
    let home = books();
    let (files, _) = receipts(&home);
    std::fs::write(home.path().join("board.toml"), BOARD.replace("movements", "survivors")).expect("writes");
    home.type_in("define board.toml").good();
    std::fs::remove_file(home.path().join("board.toml")).expect("removes");
    std::fs::remove_file(home.path().join("deck.csv")).expect("removes");
    std::fs::remove_dir_all(home.ledger().join("projection")).expect("removes");
    home.type_in("append --kind churn --customer-id beta --effective-at 2025-12-01 --mrr 0 --currency EUR").good();
    home.type_in("void e10 --reason twice").good();
    home.type_in("append --kind fx_rate --base EUR --quote USD --rate 1.5 --effective-at 2024-12-31").good();
    home.type_in("close later --prepared-by ada").good();
    let (code, reproduced) = reproduce(&home, &files, &[]);
    assert_eq!((code, &reproduced["different"]), (0, &json!(0)), "{reproduced:#}");
    let (code, today) = reproduce(&home, &files, &["--at-head"]);
    assert_eq!(code, 1);
    let of = |line: &str| {
        let at = REPORTS.iter().position(|known| *known == line).expect("a report");
        today["receipts"][at]["cause"]["code"].as_str().unwrap_or("same").to_owned()
    };
    assert_eq!(of("ndr --window 2025 --definition board"), "definition");
    assert_eq!(of("movements --window 2025 --every quarter --currency USD"), "rates");
    assert_eq!(of("explain --window 2025 --customer acme --definition board@1"), "records_since");
    assert_eq!(of("show board@1"), "same");
    assert_eq!(of("mrr --at 2025-06-30 --ledger-at year --tz America/New_York"), "same");
    assert_eq!(of("show strict"), "same");
    assert_eq!(of("closes"), "records_since");
}

#[test]
fn the_record_that_changes_an_answer_is_named() {
    let home = books();
    home.type_in("ndr --window 2025 --currency USD --rates constant-open --receipt r.json").good();
    home.type_in("append --kind new_logo --customer-id late --effective-at 2026-02-01 --mrr 5 --currency USD").good();
    home.type_in("append --kind churn --customer-id beta --effective-at 2025-12-01 --mrr 0 --currency EUR").good();
    home.type_in("append --kind new_logo --customer-id more --effective-at 2026-02-01 --mrr 5 --currency USD").good();
    assert_snapshot!(home.type_in("reproduce r.json").good().shown());
    assert_snapshot!(home.type_in("reproduce r.json --at-head").shown());
    let (_, today) = reproduce(&home, &["r.json".to_owned()], &["--at-head"]);
    let message = today["receipts"][0]["cause"]["message"].as_str().expect("a text").to_owned();
    assert!(message.contains("3 records (positions 18 to 20); that of position 19 changes it"), "{message}");
}

/// Every value of a document that holds no others.
fn leaves(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields
                .iter()
                .for_each(|(key, value)| leaves(value, format!("{pointer}/{}", key.replace('/', "~1")), found));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(at, item)| leaves(item, format!("{pointer}/{at}"), found));
        }
        _ => found.push(pointer),
    }
}

/// Another value of the same kind.
fn other(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(format!("{text}0")),
        Value::Number(number) => json!(number.as_u64().map_or(1, |number| number + 1)),
        Value::Bool(value) => json!(!value),
        _ => json!("something"),
    }
}

#[test]
fn whatever_is_changed_in_a_receipt_is_told() {
    let home = books();
    let line = "ndr --window 2025 --definition ./board.toml --by region --tz Europe/Berlin";
    home.type_in(&format!("{line} --receipt r.json")).good();
    let receipt = read(&home, "r.json");
    let mut places = Vec::new();
    leaves(&receipt, String::new(), &mut places);
    let (mut plain, mut with_new_ids) = (Vec::new(), Vec::new());
    for (at, place) in places.iter().enumerate() {
        let mut changed = receipt.clone();
        let value = changed.pointer_mut(place).expect("a place");
        *value = other(value);
        home.write(&format!("p{at}.json"), &changed.to_string());
        plain.push(format!("p{at}.json"));
        // Who knows how ids are made makes new ones. What the program says of itself, nothing can belie.
        if place.starts_with("/made_by")
            || place.ends_with("/id") && !place.starts_with("/ledger")
            || place == "/schema"
        {
            continue;
        }
        if changed["answer"] != receipt["answer"] {
            changed["answer"]["id"] = json!(id_of(&changed["answer"]).expect("canonical"));
        }
        changed["id"] = json!(id_of(&changed).expect("canonical"));
        home.write(&format!("n{at}.json"), &changed.to_string());
        with_new_ids.push((format!("n{at}.json"), place.clone()));
    }
    assert!(plain.len() > 100, "only {} places", plain.len());
    let (code, told) = reproduce(&home, &plain, &[]);
    assert_eq!((code, &told["same"]), (1, &json!(0)));
    for one in told["receipts"].as_array().expect("lines") {
        assert_eq!(one["cause"]["code"], "receipt_tampered", "{one}");
    }
    let files: Vec<String> = with_new_ids.iter().map(|(file, _)| file.clone()).collect();
    let (code, told) = reproduce(&home, &files, &[]);
    assert_eq!(code, 1);
    for (one, (_, place)) in told["receipts"].as_array().expect("lines").iter().zip(&with_new_ids) {
        assert_eq!(one["same"], false, "{place} can be changed unnoticed: {one}");
        let cause = one["cause"]["code"].as_str().expect("a cause");
        let want: &[&str] = match place.as_str() {
            "/ledger/id" => &["other_ledger"],
            place if place.starts_with("/ledger") => &["ledger_tampered"],
            place if place.starts_with("/question/definitions") => &["definition", "receipt_tampered"],
            "/question/tz" => &["zone_database"],
            place if place.contains("/rates/") || place.ends_with("/rates") => &["rates", "receipt_tampered"],
            _ => &["receipt_tampered"],
        };
        assert!(want.contains(&cause), "{place}: {one}");
    }
}

#[test]
fn a_ledger_that_is_another_is_told() {
    let home = Home::with_ledger();
    copy_ledger(&home.ledger(), &home.path().join("empty"));
    home.write("a.csv", "event_id,kind,customer_id,effective_at,mrr,currency\n1,new_logo,acme,2024-01-01,100,USD\n");
    home.write("b.csv", "event_id,kind,customer_id,effective_at,mrr,currency\n1,new_logo,acme,2024-01-01,110,USD\n");
    home.type_in("import a.csv").good();
    home.type_in("mrr --at 2025-01-01 --receipt r.json").good();
    let cause = |ledger: &str| {
        let ran = home.type_in(&format!("reproduce r.json --ledger {ledger} -o json"));
        assert_eq!(ran.code, 1, "{ran:?}");
        let line = ran.json()["receipts"][0].clone();
        (line["cause"]["code"].as_str().unwrap_or_default().to_owned(), line["difference"]["pointer"].clone())
    };
    // Rolled back to what it was before.
    assert_eq!(cause("empty").0, "ledger_tampered");
    // The same ledger with another amount: rewritten from its beginning, with roots that fit.
    home.type_in("import b.csv --ledger empty").good();
    assert_eq!(cause("empty"), ("ledger_tampered".to_owned(), json!("/customers/0/mrr")));
    home.type_in("init --ledger stranger").good();
    home.type_in("import a.csv --ledger stranger").good();
    assert_eq!(cause("stranger").0, "other_ledger");
    assert_eq!(home.type_in("reproduce r.json --ledger nowhere").code, 5);
}

#[test]
fn files_that_are_no_receipts_are_refused() {
    let home = company();
    home.type_in("check -o json");
    let report = home.type_in("ndr --window 2025 --currency USD -o json").good().stdout;
    home.write("report.json", &report).write("empty.json", "").write("text.json", "NDR 107 %");
    for file in ["report.json", "empty.json", "text.json"] {
        assert_eq!(home.type_in(&format!("reproduce {file}")).code, 3, "{file}");
    }
    assert_eq!(home.type_in("reproduce missing.json").code, 5);
    assert_eq!(home.type_in("reproduce").code, 2);
    assert_snapshot!(home.type_in("reproduce report.json").shown());
}
