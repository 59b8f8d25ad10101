//! Random ledgers through the whole house: written as CSV or JSON Lines, imported, asked by the command line, against the auditor.

use std::collections::{BTreeMap, BTreeSet};

use recount_ledger::{Body, EventId, Moment, Recorded};
use recount_testkit::{Ask, Auditor, Every, Question, Workload};
use serde_json::{Map, Value, json};

use crate::answer::audited;
use crate::binary::{Cli, text};

const SEEDS: std::ops::Range<u64> = 700..708;
const QUESTIONS: u64 = 8;

#[test]
fn the_command_line_agrees_with_the_auditor() {
    let mut compared = 0;
    for seed in SEEDS {
        let workload = Workload::new(seed);
        let records: Vec<Recorded> = workload.records.iter().cloned().map(telling_its_booking).collect();
        let cli = Cli::new();
        let (file, format) = match seed % 2 {
            0 => (cli.write("events.jsonl", &json_lines(&records)), "jsonl"),
            _ => (cli.write("events.csv", &csv(&records)), "csv"),
        };
        let report = cli.json(&["import", &file, "--format", format]);
        assert_eq!(text(&report["recorded"]), records.len().to_string(), "seed {seed}: {report}");
        let auditor = Auditor::new(records);
        for number in 0..QUESTIONS {
            let question = workload.question(number);
            let Ok(want) = audited(&auditor, &question) else { continue };
            if matches!(question.ask, Ask::Series { .. }) && !want.contains_key("row 0 ndr") {
                continue;
            }
            let got = asked(&cli, &question, &auditor);
            for (name, value) in &got {
                assert_eq!(Some(value), want.get(name), "seed {seed}, question {number}: {name} of {question:#?}");
            }
            compared += got.len();
        }
    }
    assert!(compared > 500, "only {compared} numbers were compared");
}

/// Imported records are booked when they are imported unless they say when.
pub fn telling_its_booking(mut record: Recorded) -> Recorded {
    record.event.booked_at = Some(Moment::from(record.booked_at()));
    record
}

/// The records as native rows.
pub fn native(records: &[Recorded]) -> Vec<Map<String, Value>> {
    let keys: BTreeMap<EventId, String> = records.iter().map(|r| (r.event.id(), format!("e{}", r.position))).collect();
    records.iter().map(|record| row(record, &keys)).collect()
}

pub fn json_lines(records: &[Recorded]) -> String {
    native(records).into_iter().map(|row| Value::Object(row).to_string() + "\n").collect()
}

fn csv(records: &[Recorded]) -> String {
    let rows = native(records);
    let columns: BTreeSet<&String> = rows.iter().flat_map(Map::keys).collect();
    let quoted = |value: &str| format!("\"{}\"", value.replace('"', "\"\""));
    let line = |cells: Vec<String>| cells.join(",") + "\r\n";
    let header = line(columns.iter().map(|column| quoted(column)).collect());
    let cell = |row: &Map<String, Value>, column: &str| quoted(row.get(column).and_then(Value::as_str).unwrap_or(""));
    let body = rows.iter().map(|row| line(columns.iter().map(|column| cell(row, column)).collect()));
    header + &body.collect::<String>()
}

fn row(record: &Recorded, keys: &BTreeMap<EventId, String>) -> Map<String, Value> {
    let event = &record.event;
    let mut row = Map::new();
    let mut set = |name: &str, value: Value| row.insert(name.to_owned(), value);
    set("event_id", json!(keys[&event.id()]));
    set("kind", json!(event.body.kind()));
    set("booked_at", json!(record.booked_at().to_string()));
    if let Some(moment) = event.effective_at() {
        set("effective_at", json!(moment.at.to_string()));
    }
    if let Some(target) = event.voids() {
        set("voids", json!(keys[&target]));
    }
    match &event.body {
        Body::Movement(m) => {
            set("customer_id", json!(m.customer));
            m.subscription.as_ref().map(|id| set("subscription_id", json!(id)));
            m.mrr.map(|mrr| set("mrr", json!(mrr.to_string())));
            m.mrr_before.map(|mrr| set("mrr_before", json!(mrr.to_string())));
            m.currency.map(|c| set("currency", json!(c.currency.code())));
            m.attributes.iter().for_each(|(name, value)| drop(set(&format!("attr.{name}"), json!(value))));
        }
        Body::Void(void) => drop(set("reason", json!(void.reason))),
        Body::Profile(p) => {
            set("customer_id", json!(p.customer));
            p.attributes.iter().for_each(|(name, value)| drop(set(&format!("attr.{name}"), json!(value))));
        }
        Body::Merge(merge) => {
            set("customer_id", json!(merge.customer));
            set("into", json!(merge.into));
        }
        Body::OneTime(charge) => {
            set("customer_id", json!(charge.customer));
            set("amount", json!(charge.amount.to_string()));
            set("currency", json!(charge.currency.currency.code()));
        }
        Body::FxRate(rate) => {
            set("base", json!(rate.base.code()));
            set("quote", json!(rate.quote.code()));
            set("rate", json!(rate.rate.to_string()));
        }
        other => panic!("a workload has no {}", other.kind()),
    }
    row
}

/// A question as one would type it, without its segments.
pub fn question_line(cli: &Cli, question: &Question) -> Vec<String> {
    line(cli, question).0
}

fn line(cli: &Cli, question: &Question) -> (Vec<String>, &'static str) {
    let mut arguments = vec!["--tz".to_owned(), question.zone.name().to_owned()];
    arguments.extend(["--fiscal-year-start".to_owned(), format!("{:02}", question.fiscal_start)]);
    let (ask, report) = command(cli, &question.ask);
    arguments.extend(ask);
    let cut = question.cut;
    arguments.extend(cut.known_at.into_iter().flat_map(|at| ["--known-at".to_owned(), at.to_string()]));
    arguments.extend(cut.size.into_iter().flat_map(|size| ["--ledger-at".to_owned(), size.to_string()]));
    (arguments, report)
}

/// The command line's answer, under the auditor's names.
fn asked(cli: &Cli, question: &Question, auditor: &Auditor) -> BTreeMap<String, String> {
    let (mut arguments, report) = line(cli, question);
    let by = question.by().filter(|by| auditor.names(by));
    arguments.extend(by.into_iter().flat_map(|by| ["--by".to_owned(), by.to_owned()]));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = cli.json(&arguments);
    let mut out = BTreeMap::new();
    match report {
        "mrr" => customers(&answer, &mut out),
        "movements" => rows(&answer, &mut out, |row| format!("row {row} "), &BRIDGE),
        "series" => rows(&answer, &mut out, |row| format!("row {row} "), &RETENTION),
        _ => lines(&answer, "", &RETENTION, &mut out),
    }
    out
}

/// The command, and what kind of document it prints.
fn command(cli: &Cli, ask: &Ask) -> (Vec<String>, &'static str) {
    let defined = |report: &str, window: &str, definition: &recount_testkit::Definition| {
        let file = cli.write("definition.toml", &definition.to_toml("random"));
        [report, "--window", window, "--definition", &file].map(str::to_owned).to_vec()
    };
    let every = |every: &Every| ["--every".to_owned(), every.text().to_owned()];
    match ask {
        Ask::Mrr { at, report, .. } => {
            let mut command = vec!["mrr".to_owned(), "--at".to_owned(), at.clone()];
            command.extend(report.iter().flat_map(|currency| ["--currency".to_owned(), currency.to_string()]));
            (command, "mrr")
        }
        Ask::Movements { window, every: parts, definition, .. } => {
            let mut command = defined("movements", window, definition);
            command.extend(parts.iter().flat_map(every));
            (command, "movements")
        }
        Ask::Retention { window, definition, .. } => (defined("ndr", window, definition), "ndr"),
        Ask::Series { window, every: parts, trailing, definition } => {
            let mut command = defined("ndr", window, definition);
            command.extend(every(parts));
            command.extend(trailing.iter().flat_map(|months| ["--trailing".to_owned(), format!("{months}m")]));
            (command, "series")
        }
    }
}

/// Keys of JSON, and the auditor's names.
const BRIDGE: [(&str, &str); 10] = [
    ("/opening", "opening"),
    ("/new_logo", "new_logo"),
    ("/reactivation", "reactivation"),
    ("/expansion", "expansion"),
    ("/contraction", "contraction"),
    ("/churn", "churn"),
    ("/fx", "fx"),
    ("/closing", "closing"),
    ("/customers/opening", "customers opening"),
    ("/customers/closing", "customers closing"),
];
const RETENTION: [(&str, &str); 13] = [
    ("/customers", "customers"),
    ("/members", "members"),
    ("/customers_closing", "customers closing"),
    ("/opening", "opening"),
    ("/expansion", "expansion"),
    ("/contraction", "contraction"),
    ("/churn", "churn"),
    ("/reactivation", "reactivation"),
    ("/fx", "fx"),
    ("/closing", "closing"),
    ("/ndr", "ndr"),
    ("/gdr", "gdr"),
    ("/logo_retention", "logo retention"),
];

fn customers(answer: &Value, out: &mut BTreeMap<String, String>) {
    for customer in answer["customers"].as_array().into_iter().flatten() {
        out.insert(format!("customer {}", text(&customer["customer"])), text(&customer["mrr"]));
    }
    for group in answer["groups"].as_array().into_iter().flatten() {
        let name = crate::answer::named(group["value"].as_str());
        out.insert(format!("{name} customers"), text(&group["customers"]));
        out.insert(format!("{name} mrr"), text(&group["mrr"]));
    }
}

fn rows(answer: &Value, out: &mut BTreeMap<String, String>, prefix: impl Fn(usize) -> String, keys: &[(&str, &str)]) {
    for (row, value) in answer["rows"].as_array().into_iter().flatten().enumerate() {
        lines(value, &prefix(row), keys, out);
    }
}

fn lines(value: &Value, prefix: &str, keys: &[(&str, &str)], out: &mut BTreeMap<String, String>) {
    for (key, name) in keys {
        let found = value.pointer(key).unwrap_or_else(|| panic!("no {key} in {value}"));
        out.insert(format!("{prefix}{name}"), text(found));
    }
}
