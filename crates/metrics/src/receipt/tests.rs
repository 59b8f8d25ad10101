//! Canonical JSON against what RFC 8785 prints, and receipts that were touched.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::*;

/// RFC 8785, section 3.2.3: keys are sorted by UTF-16 code units, which puts the emoji before the Hebrew letter.
const SORTED: &str = r#"{
  "\u20ac": "Euro Sign",
  "\r": "Carriage Return",
  "\ufb33": "Hebrew Letter Dalet With Dagesh",
  "1": "One",
  "\ud83d\ude00": "Emoji: Grinning Face",
  "\u0080": "Control",
  "\u00f6": "Latin Small Letter O With Diaeresis"
}"#;

#[test]
fn keys_are_sorted_as_the_standard_prints_it() {
    let text = canonical(&exact_json(SORTED).expect("JSON")).expect("canonical");
    let printed = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
        \"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\",\
        \"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}";
    assert_eq!(text, printed);
}

#[test]
fn texts_and_literals_are_written_as_the_standard_prints_it() {
    // The example of section 3.2.2 without its numbers, which are floating-point.
    let given = r#"{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#;
    let text = canonical(&exact_json(given).expect("JSON")).expect("canonical");
    let printed = "{\"literals\":[null,true,false],\"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";
    assert_eq!(text, printed);
    let bytes = [0x22, 0xe2, 0x82, 0xac, 0x24, 0x5c, 0x75, 0x30, 0x30, 0x30, 0x66, 0x5c, 0x6e, 0x41, 0x27, 0x42];
    assert!(text.as_bytes().windows(bytes.len()).any(|window| window == bytes), "the bytes of section 3.2.4");
    let controls = canonical(&json!("\u{0}\u{8}\t\n\u{b}\u{c}\r\u{1f} \u{7f}\u{2028}")).expect("canonical");
    assert_eq!(controls, "\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f \u{7f}\u{2028}\"");
}

#[test]
fn nesting_is_kept_and_nothing_is_between() {
    // From the test data of the standard's authors: structures.json, its 56.0 as an integer.
    let given = r#"{ "1": {"f": {"f": "hi","F": 5} ,"\n": 56}, "10": { }, "": "empty", "a": { },
        "111": [ {"e": "yes","E": "no" } ], "A": { } }"#;
    let text = canonical(&exact_json(given).expect("JSON")).expect("canonical");
    let printed =
        r#"{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}"#;
    assert_eq!(text, printed);
}

#[test]
fn numbers_that_are_no_safe_integers_are_refused_by_place() {
    for number in ["333333333.33333329", "1E30", "4.50", "2e-3", "1.0", "-0", "9007199254740992", "-9007199254740992"] {
        let document = exact_json(&format!(r#"{{"a": [1, {{"b/c": {number}}}]}}"#)).expect("JSON");
        let refused = canonical(&document).expect_err(number);
        assert_eq!(refused.pointer, "/a/1/b~1c", "{number}");
        assert_eq!(id_of(&document), Err(refused), "{number}");
    }
    let edges = exact_json("[9007199254740991,-9007199254740991,0]").expect("JSON");
    assert_eq!(canonical(&edges).as_deref(), Ok("[9007199254740991,-9007199254740991,0]"));
}

#[test]
fn a_key_given_twice_is_no_document() {
    for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"c":2,"\u0061":3}}]"#] {
        let error = exact_json(text).expect_err(text);
        assert!(error.contains("\"a\" is given twice"), "{error}");
    }
    for text in ["", "{", "[1,]", "{\"a\":\"\\ud800\"}", "1 2", "{\"$serde_json::private::Number\":\"1\"}"] {
        assert!(exact_json(text).is_err(), "{text}");
    }
    assert!(exact_json(&"[".repeat(100_000)).is_err(), "no depth overflows the stack");
}

#[test]
fn an_id_leaves_itself_out() {
    // echo -n '{"a":1}' | sha256sum
    let known = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";
    assert_eq!(id_of(&json!({"a": 1})).as_deref(), Ok(known));
    assert_eq!(id_of(&json!({"id": "whatever", "a": 1})).as_deref(), Ok(known));
    assert_ne!(id_of(&json!({"a": {"id": 1}})), id_of(&json!({"a": {}})), "only its own id is left out");
}

#[test]
fn the_first_difference_is_the_first_in_canonical_order() {
    let was = json!({"a": [1, {"x": 1}], "warnings": [1], "z/~": 1});
    let found = |now: Value| first_difference(&was, &now, &["warnings"]).map(|it| (it.pointer, it.was, it.now));
    assert_eq!(found(was.clone()), None);
    assert_eq!(
        found(json!({"a": [1, {"x": 2}], "warnings": [1], "z/~": 2})),
        Some(("/a/1/x".to_owned(), Some(json!(1)), Some(json!(2))))
    );
    assert_eq!(
        found(json!({"a": [1, {"x": 1}, 3], "warnings": [1], "z/~": 1})),
        Some(("/a/2".to_owned(), None, Some(json!(3))))
    );
    // What a report says of itself comes last.
    assert_eq!(found(json!({"a": [1, {"x": 1}], "warnings": []})).map(|it| it.0), Some("/z~1~0".to_owned()));
    let last = found(json!({"a": [1, {"x": 1}], "warnings": [], "z/~": 1}));
    assert_eq!(last.map(|it| it.0), Some("/warnings/0".to_owned()));
}

#[test]
fn zones_are_told_apart_by_their_days() {
    let days = |zone: &str| days_of(zone.parse().expect("a zone"));
    assert_eq!(days("Europe/Berlin"), days("Europe/Berlin"));
    assert_ne!(days("Europe/Berlin"), days("Europe/London"));
    assert_eq!(days("UTC"), days("Etc/UTC"));
    let named = json!({"tz": "UTC", "then": {"tz": "Europe/Berlin"}, "closes": [{"tz": "UTC"}]});
    assert_eq!(zones_named(&named).into_iter().collect::<Vec<_>>(), ["Europe/Berlin", "UTC"]);
}

fn receipt() -> Receipt {
    let mut answer = json!({"schema": "recount.ndr/1", "ndr": "1.07"});
    answer["id"] = json!(id_of(&answer).expect("canonical"));
    let definition = DefinitionUsed {
        asked: "standard".to_owned(),
        name: "standard".to_owned(),
        version: Some(0),
        hash: "00".to_owned(),
        document: "name = \"standard\"\n".to_owned(),
    };
    let question = Question {
        command: "ndr".to_owned(),
        arguments: Map::from_iter([("window".to_owned(), json!("2025"))]),
        tz: None,
        fiscal_year_start: Some(2),
        definitions: vec![definition],
        deck: vec![DeckRow { row: 1, cells: vec!["metric".to_owned()] }],
    };
    let text = str::to_owned;
    let ledger = LedgerAt { id: text("an id"), tz: text("UTC"), size: 7, root: text("a root") };
    let made_by = MadeBy { recount: text("0.1.0"), zone_database: text("2025b"), days: BTreeMap::new() };
    Receipt::new(question, ledger, answer, made_by).expect("canonical")
}

#[test]
fn a_receipt_reads_back_in_any_layout() {
    let receipt = receipt();
    let text = receipt.to_text().expect("canonical");
    assert_eq!(Receipt::parse(&text), Ok(receipt.clone()));
    let pretty = serde_json::to_string_pretty(&receipt.to_json()).expect("JSON");
    assert_eq!(Receipt::parse(&pretty), Ok(receipt));
}

#[test]
fn whatever_is_changed_in_a_receipt_is_noticed() {
    let document = receipt().to_json();
    let mut places = Vec::new();
    leaves(&document, String::new(), &mut places);
    assert!(places.len() >= 18, "{places:?}");
    for place in places {
        let mut changed = document.clone();
        *changed.pointer_mut(&place).expect("a place") = json!("something else");
        let error = Receipt::parse(&changed.to_string()).expect_err(&place);
        assert!(matches!(error, ReceiptError::Tampered(_)), "{place}: {error}");
    }
    let mut more = document.clone();
    more["more"] = json!(1);
    assert!(matches!(Receipt::parse(&more.to_string()), Err(ReceiptError::Tampered(_))));
    let twice = document.to_string().replacen('{', "{\"id\":\"first\",", 1);
    assert!(matches!(Receipt::parse(&twice), Err(ReceiptError::None(_))));
}

#[test]
fn other_documents_are_told_from_receipts() {
    for text in ["", "7", "{}", r#"{"schema":"recount.ndr/1","id":"x"}"#] {
        assert!(matches!(Receipt::parse(text), Err(ReceiptError::None(_))), "{text}");
    }
    let mut later = receipt().to_json();
    later["schema"] = json!("recount.receipt/2");
    later["id"] = json!(id_of(&later).expect("canonical"));
    assert_eq!(Receipt::parse(&later.to_string()), Err(ReceiptError::Version("recount.receipt/2".to_owned())));
}

fn leaves(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(key, value)| leaves(value, format!("{pointer}/{key}"), found));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(at, item)| leaves(item, format!("{pointer}/{at}"), found));
        }
        _ => found.push(pointer),
    }
}
