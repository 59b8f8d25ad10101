//! Names from files do nothing to who reads them: no escape reaches a terminal, no line is forged, no spreadsheet computes.

use recount_tests::{Home, Ran};
use serde_json::{Value, json};

/// Clears a screen, renames a window, turns text around, begins a line of its own; and a spreadsheet would run it.
const EVIL: &str = "=cmd|' /C calc'!A0\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}gpj\u{200b}\u{7f}\nerror: forged";
/// How it is shown.
const SHOWN: &str = r"=cmd|' /C calc'!A0\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}gpj\u{200b}\u{7f}\nerror: forged";

/// A ledger in which every text that a file can bring is evil.
fn home() -> Home {
    let home = Home::with_ledger();
    let attribute = format!("attr.{EVIL}");
    let movement = |event: &str, kind: &str, at: &str, mrr: &str, more: Value| {
        let mut row = json!({"event_id": event, "kind": kind, "customer_id": EVIL, "subscription_id": EVIL,
            "effective_at": at, "mrr": mrr, "currency": "USD", "plan": EVIL, &attribute: EVIL});
        if let (Some(row), Value::Object(more)) = (row.as_object_mut(), more) {
            row.extend(more);
        }
        row.to_string()
    };
    let rows = [
        movement(EVIL, "new", "2024-01-01", "100", json!({})),
        movement("up", "upgrade", "2025-02-01", "50", json!({})),
        movement("fix", "upgrade", "2025-03-01", "300", json!({"voids": "up", "reason": EVIL})),
        json!({"kind": "new", "customer_id": "plain", "effective_at": "2024-01-01", "mrr": 10, "currency": "USD"})
            .to_string(),
        json!({"kind": "merge", "customer_id": format!("{EVIL}2"), "into": EVIL}).to_string(),
    ];
    let file = format!("{EVIL}.jsonl").replace('/', "_");
    home.write(&file, &(rows.join("\n") + "\n"));
    home.run(&["import", &file, "--source", EVIL]).good();
    home
}

/// What a command may be asked of it, and what goes wrong.
const QUESTIONS: [&[&str]; 14] = [
    &["log"],
    &["log", "--customer", EVIL],
    &["mrr", "--at", "2025-12-31"],
    &["mrr", "--at", "2025-12-31", "--by", EVIL],
    &["mrr", "--at", "2025-12-31", "--customer", EVIL],
    &["movements", "--window", "2025", "--by", EVIL],
    &["ndr", "--window", "2025"],
    &["ndr", "--window", "2025", "--by", EVIL],
    &["explain", "--window", "2025"],
    &["explain", "--window", "2025", "--customer", EVIL],
    &["check"],
    &["verify"],
    &["ndr", "--window", EVIL],
    &["ndr", "--window", "2025", "--definition", EVIL],
];
const FAILURES: [&[&str]; 7] = [
    &[EVIL],
    &["mrr", EVIL],
    &["import", EVIL],
    &["import", "evil.csv"],
    &["import", "evil.csv", "--map", "=cmd\u{1b}[2J=kind"],
    &["void", EVIL, "--reason", EVIL],
    &["--ledger", EVIL, "log"],
];

fn evil_csv(home: &Home) {
    home.write("evil.csv", "kind,customer_id,=cmd\u{1b}[2J\nnew,\u{1b}[2J\u{202e},x\n");
}

/// No character of it acts, and no line begins with what a name brought.
fn inert(text: &str, ran: &Ran) {
    let acts = |c: char| {
        (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(acts), "{ran:?}");
    assert!(!text.contains("\nerror: forged") && !text.starts_with("error: forged"), "{ran:?}");
}

#[test]
fn tables_notes_and_errors_show_what_would_act() {
    let home = home();
    evil_csv(&home);
    let mut shown = 0;
    for arguments in QUESTIONS.into_iter().chain(FAILURES) {
        let ran = home.run(arguments);
        assert!((0..=5).contains(&ran.code), "{ran:?}");
        inert(&ran.stdout, &ran);
        inert(&ran.stderr, &ran);
        shown += usize::from(ran.stdout.contains(SHOWN) || ran.stderr.contains(r"\u{1b}"));
    }
    assert!(shown >= 15, "only {shown} of the answers show the name at all");
}

#[test]
fn json_is_inert_and_exact() {
    let home = home();
    evil_csv(&home);
    let mut exact = 0;
    for arguments in QUESTIONS.into_iter().chain(FAILURES) {
        let ran = home.run(&[arguments, &["-o", "json"]].concat());
        inert(&ran.stdout, &ran);
        inert(&ran.stderr, &ran);
        for line in ran.stdout.lines().chain(ran.stderr.lines().filter(|line| line.starts_with('{'))) {
            let document: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
            exact += usize::from(names(&document));
        }
    }
    assert!(exact >= 12, "only {exact} documents have the name as it is");
}

/// Whether the name stands anywhere in a document as it is.
fn names(document: &Value) -> bool {
    match document {
        Value::String(text) => text.contains(EVIL),
        Value::Array(all) => all.iter().any(names),
        Value::Object(all) => all.iter().any(|(key, value)| key.contains(EVIL) || names(value)),
        _ => false,
    }
}

#[test]
fn no_cell_of_a_csv_is_a_formula() {
    let home = home();
    let mut guarded = 0;
    for arguments in QUESTIONS {
        let ran = home.run(&[arguments, &["-o", "csv"]].concat());
        if ran.code != 0 {
            continue;
        }
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(ran.stdout.as_bytes());
        for cell in
            reader.records().flat_map(|record| record.expect("CSV").iter().map(str::to_owned).collect::<Vec<_>>())
        {
            let number = cell.parse::<rust_number::Plain>().is_ok();
            let formula = cell.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
            assert!(number || !formula, "{cell:?} in {ran:?}");
            guarded += usize::from(cell == format!("'{EVIL}"));
        }
    }
    assert!(guarded >= 8, "only {guarded} cells were guarded");
}

/// Figures as the product writes them.
mod rust_number {
    /// Digits, with a sign and a point where they need one.
    pub struct Plain;

    impl std::str::FromStr for Plain {
        type Err = ();

        fn from_str(text: &str) -> Result<Self, ()> {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let plain = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
            plain.then_some(Self).ok_or(())
        }
    }
}

#[test]
fn rejects_are_no_formulas_and_come_back_as_they_were() {
    let home = Home::with_ledger();
    let good = "e0,new,plain,2024-01-01,5,USD,x\n";
    let rows = [
        "=1+1,new,@SUM(A1),2024-01-01,\"1,000\",USD,+x\n",
        "\"=1+2\",new,\"-a\"\"b\",2024-01-01,\"1,000\",USD,\"'=y\"\n",
        "-7,new,'@z,2024-01-01,\"1,000\",USD,'quoted\n",
    ];
    let header = "event_id,kind,customer_id,effective_at,mrr,currency,attr.a\n";
    home.write("rows.csv", &[header, good, &rows.concat()].concat());
    let ran = home.run(&["import", "rows.csv", "--rejects", "bad.csv"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let bad = std::fs::read_to_string(home.path().join("bad.csv")).expect("rejects");
    for (line, start) in bad.lines().skip(1).zip(["'=1+1,new,'@SUM(A1)", "\"'=1+2\",new,\"'-a\"\"b\"", "-7,new,''@z"]) {
        assert!(line.starts_with(start), "{bad}");
    }
    assert!(bad.contains(",'+x,") && bad.contains(",\"''=y\",") && bad.contains(",'quoted,"), "{bad}");
    // A second pass over the rejects leaves them as they are.
    let again = home.run(&["import", "bad.csv", "--rejects", "bad2.csv"]);
    assert_eq!(again.code, 3, "{again:?}");
    assert_eq!(std::fs::read_to_string(home.path().join("bad2.csv")).expect("rejects"), bad);
    home.write("mended.csv", &bad.replace(",\"1,000\",USD", ",1000,USD"));
    home.run(&["import", "mended.csv"]).good();
    let log = home.run(&["log", "-o", "json"]).good().stdout;
    let records: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told = |key: &str| -> Vec<&str> {
        records.iter().filter(|record| record["kind"] == "new_logo").filter_map(|record| record[key].as_str()).collect()
    };
    assert_eq!(told("customer_id"), ["plain", "@SUM(A1)", "-a\"b", "'@z"]);
    assert_eq!(told("attr.a"), ["x", "+x", "'=y", "'quoted"]);
}
