//! Random ledgers, exported and imported into another: the same records, ids, figures and root. And backups through the
//! command line, restored.

use std::path::Path;
use std::process::Command;

use recount_ledger::{Ledger, Options, Reader, Recorded, Settings, Writer};
use recount_testkit::Workload;
use recount_tests::{Home, Ran};

/// A ledger with exactly these records.
pub fn write(dir: &Path, workload: &Workload) {
    Ledger::create(dir, Settings { zone: workload.zone, currency: None }).expect("makes a ledger");
    let mut writer = Writer::open(dir, Options::default()).expect("opens");
    let mut stage = writer.stage().expect("begins");
    workload.records.iter().for_each(|record| stage.push_recorded(record.clone()).expect("follows"));
    stage.finish().expect("compares").publish(None).expect("publishes");
    writer.close().expect("closes");
}

fn records(dir: &Path) -> Vec<Recorded> {
    let reader = Reader::open(dir).expect("opens");
    let chunks = reader.read(..).expect("reads").map(|chunk| chunk.expect("good"));
    chunks.flat_map(|chunk| chunk.records().map(|record| record.to_owned_record()).collect::<Vec<_>>()).collect()
}

fn copy_of(home: &Home, from: &str, to: &str, workload: &Workload, format: &str) -> Ran {
    let file = format!("{to}.{format}");
    home.run(&["--ledger", from, "export", "--format", format, "--to", &file]).good();
    home.run(&["--ledger", to, "init", "--tz", workload.zone.name()]).good();
    home.run(&["--ledger", to, "import", &file, "-o", "json"]).good()
}

#[test]
fn an_exported_ledger_is_the_same_elsewhere() {
    let mut answers = 0;
    for seed in 40..44 {
        let (home, workload) = (Home::default(), Workload::new(seed));
        write(&home.path().join("a"), &workload);
        let size = workload.records.len();
        for format in ["jsonl", "csv"] {
            let context = format!("seed {seed}, {format}");
            let report = copy_of(&home, "a", format, &workload, format).json();
            assert_eq!(report["recorded"], size, "{context}");
            assert_eq!(records(&home.path().join(format)), workload.records, "{context}");
            let again = home.run(&["--ledger", format, "import", &format!("{format}.{format}"), "-o", "json"]).good();
            assert_eq!(
                (&again.json()["duplicates"], &again.json()["recorded"]),
                (&size.into(), &0.into()),
                "{context}"
            );
            home.run(&["--ledger", format, "export", "--to", "again.jsonl"]).good();
            let read = |name: &str| std::fs::read(home.path().join(name)).expect("was written");
            home.run(&["--ledger", "a", "export", "--to", "a.jsonl"]).good();
            assert!(read("again.jsonl") == read("a.jsonl"), "{context}: the export of the copy is another");
            answers += same_answers(&home, format, size);
        }
    }
    assert!(answers > 60, "only {answers} answers were compared");
}

/// Questions to the ledger `a` and to a copy: whatever is printed, the root in it, must be the same.
fn same_answers(home: &Home, copy: &str, size: usize) -> usize {
    let (half, known) = ((size / 2).to_string(), "2024-11-15T12:00:00Z");
    let questions = [
        vec!["mrr", "--at", "2025-06-30", "--currency", "USD"],
        vec!["mrr", "--at", "2024-12-31", "--currency", "USD", "--known-at", known],
        vec!["ndr", "--window", "2024", "--currency", "USD"],
        vec!["ndr", "--window", "ttm:2025-06", "--currency", "USD", "--known-at", known, "--by", "region"],
        vec!["ndr", "--window", "2024-H2", "--currency", "USD", "--ledger-at", &half],
        vec!["movements", "--window", "2024", "--every", "quarter", "--currency", "USD", "--ledger-at", "2025-03-01"],
        vec!["explain", "--window", "2024", "--currency", "USD"],
        vec!["check"],
        vec!["log"],
        vec!["verify"],
    ];
    for question in &questions {
        let ask = |ledger: &str| home.run(&[&["--ledger", ledger, "-o", "json"], question.as_slice()].concat());
        let (original, copied) = (ask("a"), ask(copy));
        assert_eq!((original.code, &original.stdout), (copied.code, &copied.stdout), "{copy}: {question:?}");
    }
    questions.len()
}

#[test]
fn parts_of_an_export_make_the_whole() {
    let (home, workload) = (Home::default(), Workload::new(51));
    write(&home.path().join("a"), &workload);
    let whole = home.type_in("--ledger a export").good().stdout;
    let cut = workload.records.len() / 3;
    let rest = home.run(&["--ledger", "a", "export", "--from", &cut.to_string()]).good().stdout;
    let first: String = whole.lines().take(cut).map(|line| format!("{line}\n")).collect();
    assert_eq!(format!("{first}{rest}"), whole);
    home.run(&["--ledger", "b", "init", "--tz", workload.zone.name()]).good();
    home.write("rest.jsonl", &rest).write("first.jsonl", &first);
    let early = home.type_in("--ledger b import rest.jsonl");
    assert_eq!(early.code, 3);
    assert!(early.stderr.contains("--from 0"), "{}", early.stderr);
    home.type_in("--ledger b import first.jsonl").good();
    home.run(&["--ledger", "a", "export", "--from", &(cut - 1).to_string(), "--to", "rest.csv"]).good();
    let report = home.type_in("--ledger b import rest.csv -o json").good().json();
    assert_eq!(report["duplicates"], 1);
    assert_eq!(records(&home.path().join("b")), workload.records);
    assert_eq!(home.type_in("--ledger b export").good().stdout, whole);
    let beyond = home.type_in("--ledger a export --from 999999");
    assert_eq!(beyond.code, 2, "{beyond:?}");
}

#[test]
fn an_export_goes_into_no_other_ledger_and_not_in_part() {
    let (home, workload) = (Home::with_ledger(), Workload::new(52));
    write(&home.path().join("a"), &workload);
    let whole = home.type_in("--ledger a export").good().stdout;
    home.write("whole.jsonl", &whole);
    home.write(
        "own.csv",
        "event_id,kind,customer_id,effective_at,mrr,currency\ne1,new_logo,acme,2024-03-01,1000,USD\n",
    );
    home.type_in("import own.csv").good();
    let other = home.type_in("import whole.jsonl -o json");
    assert_eq!(other.code, 3, "{other:?}");
    assert!(other.stderr.contains("another record at position 0"), "{}", other.stderr);
    home.type_in("--ledger b init").good();
    let gap: String = whole.lines().enumerate().filter(|(n, _)| *n != 2).map(|(_, line)| format!("{line}\n")).collect();
    let altered = whole.replacen("\"customer_id\":\"", "\"customer_id\":\"x", 1);
    let mixed = format!("{whole}{{\"kind\":\"merge\",\"customer_id\":\"a\",\"into\":\"b\"}}\n");
    for (name, text, says) in [
        ("gap.jsonl", gap, "position 3 follows where 2 should"),
        ("altered.jsonl", altered, "the row was altered"),
        ("mixed.jsonl", mixed, "others are not"),
    ] {
        home.write(name, &text);
        let ran = home.type_in(&format!("--ledger b import {name}"));
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.stderr.contains(says), "{name}: {}", ran.stderr);
        assert_eq!(home.type_in("--ledger b log").good().stdout, "", "{name}: nothing is recorded");
    }
    let rejects = home.type_in("--ledger b import whole.jsonl --rejects bad.jsonl");
    assert_eq!(rejects.code, 3, "{rejects:?}");
}

#[test]
fn a_backup_is_restored() {
    let (home, workload) = (Home::default(), Workload::new(53));
    write(&home.path().join("a"), &workload);
    home.type_in(
        "--ledger a append --kind new_logo --customer-id late --effective-at 2025-01-01 --mrr 5 --currency USD",
    )
    .good();
    let backup = home.type_in("--ledger a backup saved/today -o json").good().json();
    let head = home.type_in("--ledger a verify -o json").good().json();
    assert_eq!((&backup["size"], &backup["root"]), (&head["size"], &head["root"]));
    let again = home.type_in("--ledger a backup saved/today");
    assert_eq!(again.code, 5, "nothing is overwritten: {again:?}");
    assert_eq!(home.type_in("--ledger a backup a/inside").code, 2);
    let missing = home.type_in("--ledger a restore nowhere --to b");
    assert_eq!(missing.code, 5, "{missing:?}");
    let restored = home.type_in("--ledger b restore saved/today -o json").good().json();
    assert_eq!((&restored["id"], &restored["root"]), (&backup["id"], &head["root"]));
    assert_eq!(records(&home.path().join("b")), records(&home.path().join("a")));
    assert_eq!(home.type_in("restore saved/today --to a").code, 5, "a ledger is never overwritten");
    home.write("head.json", &head.to_string());
    home.type_in("restore saved/today --to proven --checkpoint head.json").good();
    let foreign = head.to_string().replace(head["root"].as_str().expect("a root"), &"0".repeat(64));
    home.write("foreign.json", &foreign);
    assert_eq!(home.type_in("restore saved/today --to unproven --checkpoint foreign.json").code, 4);
    assert!(!home.path().join("unproven").exists(), "what does not extend a checkpoint is not restored");
    // Damage in what the records hang on.
    let tail = home.path().join("saved/today/tail");
    let mut bytes = std::fs::read(&tail).expect("reads");
    bytes[70] ^= 1;
    std::fs::write(&tail, bytes).expect("writes");
    let damaged = home.type_in("restore saved/today --to c/d -o json");
    assert_eq!(damaged.code, 4, "{damaged:?}");
    assert!(damaged.stderr.contains("saved/today/tail"), "{}", damaged.stderr);
    assert!(!home.path().join("c").exists(), "nothing is left behind");
}

/// The reader in Python, which knows the format page alone.
#[test]
fn a_reader_in_another_language_finds_the_same_root() {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|python| python.status.success()) {
        assert!(std::env::var_os("RECOUNT_REQUIRE_TOOLS").is_none(), "RECOUNT_REQUIRE_TOOLS: python3 is not installed");
        eprintln!("SKIPPED: python3 is not installed");
        return;
    }
    let reader = Path::new(env!("CARGO_MANIFEST_DIR")).join("format/reader.py");
    for seed in 60..63 {
        let (home, workload) = (Home::default(), Workload::new(seed));
        write(&home.path().join("a"), &workload);
        home.write(
            "rows.csv",
            "kind,customer_id,effective_at,mrr,currency,attr.region\nnew,dated,2024-03-10,10.50,USD,=EU\n",
        );
        home.type_in("--ledger a import rows.csv --tz America/New_York").good();
        let head = home.type_in("--ledger a verify -o json").good().json();
        let expected = format!("{} {}\n", head["size"], head["root"].as_str().expect("a root"));
        for file in ["a.jsonl", "a.csv"] {
            home.run(&["--ledger", "a", "export", "--to", file]).good();
            let read =
                |file: &str| Command::new("python3").arg(&reader).arg(home.path().join(file)).output().expect("runs");
            let output = read(file);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "seed {seed}, {file}: {said}");
        }
        let text = std::fs::read_to_string(home.path().join("a.jsonl")).expect("reads");
        home.write("altered.jsonl", &text.replacen("\"mrr\":\"", "\"mrr\":\"1", 1));
        let altered =
            Command::new("python3").arg(&reader).arg(home.path().join("altered.jsonl")).output().expect("runs");
        let said = String::from_utf8_lossy(&altered.stderr);
        assert!(!altered.status.success() && said.contains("mrr says"), "{said}");
    }
}
