//! Any event, exported as CSV or JSON Lines, comes back to the byte; a row that was altered does not.

use proptest::prelude::*;
use recount_ledger::{Close, Definition, Event, Import, Instant, Position, Recorded, Zone};
use serde_json::Value;

use super::round_trip::{ZONES, event};
use super::{Outcome, cases, options, read};
use crate::exported::{CsvExport, exported_json};

fn json_lines(records: &[Recorded]) -> String {
    let line = |record| serde_json::to_string(&exported_json(record)).expect("is JSON") + "\n";
    records.iter().map(line).collect()
}

fn csv(records: &[Recorded]) -> String {
    let mut sheet = CsvExport::default();
    records.iter().for_each(|record| sheet.look(&record.event));
    let header = sheet.header().expect("few columns");
    records.iter().fold(header, |text, record| text + &sheet.row(record))
}

fn back(text: &str, name: &str) -> Outcome {
    read(text.as_bytes(), name, &options("UTC", None)).expect("is readable")
}

fn recorded(events: Vec<Event>) -> Vec<Recorded> {
    let at = |n: u64| Instant::from_micros(1_750_000_000_000_000 + n as i64 * 333_333).expect("in range");
    (7..).zip(events).map(|(n, event)| Recorded { position: Position(n), recorded_at: at(n), event }).collect()
}

/// Texts that no import of rows would give, but an append can.
fn with_odd_texts(mut event: Event, odd: &str) -> Event {
    event.recorded_by = odd.to_owned();
    event.origin.source = format!("{odd} ");
    event.origin.file = Some(odd.to_owned());
    event
}

fn own_records() -> Vec<Event> {
    use recount_ledger::Body;
    let definition =
        Definition { name: "=board".into(), version: 2, document: "a = 1\r\n\"b\"\n".into(), hash: [1; 32] };
    let close = Close {
        name: "june".into(),
        root: [2; 32],
        definition: "=board".into(),
        version: 2,
        definition_hash: [1; 32],
        zone: "Europe/Berlin".into(),
        fiscal_start: 2,
        period: Some("2025-06".into()),
        figures: Some("{\"ndr\":\"0.9\"}".into()),
        note: None,
        prepared_by: "ada".into(),
        approved_by: Some("grace".into()),
    };
    let import = Import {
        file: "june, final.csv".into(),
        bytes: 12,
        sha256: [3; 32],
        format: "csv".into(),
        rules: "{}".into(),
        read: 2,
        recorded: 1,
        duplicates: 1,
        rejected: 0,
        positions: Some((0, 0)),
    };
    vec![
        Event::new(Body::Definition(definition)).by("ada"),
        Event::new(Body::Close(close)).by("ada"),
        Event::new(Body::Import(import)).by("ada"),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let zone = prop::sample::select(ZONES.to_vec()).prop_map(|name| name.parse::<Zone>().expect("a zone"));
    let one = zone.prop_flat_map(|zone| event(zone, "rows.csv"));
    let odd = prop::sample::select(vec![
        "ada",
        "=cmd|' /C calc'!A1",
        "@SUM(1)",
        "-1+1",
        "-5",
        "\tx",
        "a\0b",
        " pad ",
        "\u{feff}é",
    ]);
    let one = (one, odd).prop_map(|(event, odd)| with_odd_texts(event, odd));
    (prop::collection::vec(one, 1..12), any::<bool>())
        .prop_map(|(events, own)| events.into_iter().chain(own_records().into_iter().filter(move |_| own)).collect())
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn an_export_comes_back_to_the_byte(events in events()) {
        let records = recorded(events);
        for (text, name) in [(json_lines(&records), "export.jsonl"), (csv(&records), "export.csv")] {
            let outcome = back(&text, name);
            prop_assert!(outcome.bad.is_empty() && outcome.fatal.is_none(), "{:?}\n{}", outcome.bad, text);
            prop_assert_eq!(outcome.events.len(), 0);
            prop_assert_eq!(&outcome.copies, &records, "{}", text);
        }
    }

    #[test]
    fn an_altered_row_is_refused(events in events(), at in any::<prop::sample::Index>(), key in any::<prop::sample::Index>()) {
        let records = recorded(events);
        let text = json_lines(&records[at.index(records.len())..][..1]);
        let Value::Object(mut row) = serde_json::from_str(&text).expect("is JSON") else { unreachable!("an object") };
        let name = row.keys().nth(key.index(row.len())).expect("one of its keys").clone();
        // Another position or time makes another record, which the ledger's root tells apart.
        prop_assume!(name != "position" && name != "recorded_at");
        row[&name] = match &row[&name] {
            Value::Number(number) => (number.as_u64().expect("counts") + 1).into(),
            value => format!("{}x", value.as_str().expect("a text")).into(),
        };
        let outcome = back(&format!("{}\n", Value::Object(row)), "export.jsonl");
        prop_assert!(outcome.copies.is_empty(), "{} was altered and taken", name);
        let named = outcome.bad[0].column_name.as_deref().unwrap_or_default().to_owned();
        prop_assert!(named == name || name == "content", "{} is blamed for {}", named, name);
    }
}

#[test]
fn no_cell_is_a_formula() {
    let events = own_records().into_iter().map(|event| with_odd_texts(event, "=HYPERLINK(\"http://x\")")).collect();
    let text = csv(&recorded(events));
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let mut cells = 0;
    for row in reader.records() {
        for cell in row.expect("a row").iter().filter(|cell| !cell.is_empty()) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
            cells += 1;
        }
    }
    assert!(cells > 30, "only {cells} cells");
}

#[test]
fn a_newer_version_or_kind_is_refused_by_position() {
    use base64::Engine;
    let text = json_lines(&recorded(own_records())[..1]);
    let row: Value = serde_json::from_str(&text).expect("is JSON");
    let engine = base64::engine::general_purpose::STANDARD;
    let content = engine.decode(row["content"].as_str().expect("a text")).expect("is base64");
    for (at, what) in [(0, "version 99 of a record is unknown"), (1, "record kind 99 is unknown")] {
        let mut newer = content.clone();
        newer[at] = 99;
        let mut row = row.clone();
        row["content"] = engine.encode(newer).into();
        let outcome = back(&format!("{row}\n"), "export.jsonl");
        let error = outcome.bad[0].error.to_string();
        assert!(error.contains(what) && error.contains("position 7"), "{error}");
    }
}
