//! Receipts of random questions on random ledgers, and those that earlier versions made: reproduced for ever.

use std::fs;
use std::path::{Path, PathBuf};

use recount_ledger::Recorded;
use recount_testkit::Workload;
use recount_tests::Home;

use crate::binary::Cli;
use crate::stores;
use crate::through_binary::{json_lines, question_line, telling_its_booking};

const SEEDS: std::ops::Range<u64> = 900..904;
const QUESTIONS: u64 = 10;

#[test]
fn random_answers_are_reproduced_when_the_ledger_has_grown() {
    let mut made = 0;
    for seed in SEEDS {
        let workload = Workload::new(seed);
        let records: Vec<Recorded> = workload.records.iter().cloned().map(telling_its_booking).collect();
        let lines = json_lines(&records);
        let lines: Vec<&str> = lines.lines().collect();
        let cli = Cli::new();
        // The rest are late bookings, voids, rates and merges, as the workload has them.
        let (first, rest) = lines.split_at(lines.len() * 3 / 5);
        cli.json(&["import", &cli.write("first.jsonl", &first.join("\n"))]);
        let mut receipts = Vec::new();
        for number in 0..QUESTIONS {
            let mut question = workload.question(number);
            question.cut.size = question.cut.size.map(|size| size.min(first.len() as u64));
            let file = cli.write(&format!("r{number}.json"), "");
            fs::remove_file(&file).expect("removes");
            let mut line = question_line(&cli, &question);
            line.extend(["--receipt".to_owned(), file.clone()]);
            // What has no answer leaves no receipt.
            if cli.run(&line.iter().map(String::as_str).collect::<Vec<_>>()).status.success() {
                receipts.push(file);
            }
        }
        cli.json(&["import", &cli.write("rest.jsonl", &rest.join("\n"))]);
        let files: Vec<&str> = receipts.iter().map(String::as_str).collect();
        let reproduced = cli.json(&[&["reproduce"], &files[..]].concat());
        assert_eq!(reproduced["same"], receipts.len(), "seed {seed}: {reproduced:#}");
        made += receipts.len();
    }
    assert!(made >= 20, "only {made} questions had an answer");
}

const FIXTURE: &str = "../fixtures/receipts/v1";

/// The questions of the fixture, in the order of their files.
const ASKED: [&str; 13] = [
    "mrr --at 2024-12-31",
    "mrr --at 2024-06-30 --by region --ledger-at 4206 --known-at 2025-01-31",
    "movements --window 2024 --every quarter",
    "ndr --window 2024-H2",
    "ndr --window FY2024 --fiscal-year-start 02 --tz Europe/Berlin --definition strict --ledger-at 4206",
    "ndr --window 2024 --every quarter --trailing 6m --definition vendor-movements",
    "ndr --window 2024-H2 --definition board",
    "explain --window 2024-H2 --limit 3",
    "explain --window 2024-H2 --figure churn --limit 2",
    "restate --window 2024-H2 --between 4000 now --limit 2",
    "check",
    "definitions",
    "diff standard chained-monthly --window 2024-H2",
];

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(FIXTURE)
}

#[test]
fn receipts_of_earlier_versions_are_reproduced_for_ever() {
    let home = Home::default();
    stores::unpack(&home.ledger());
    if std::env::var_os("RECOUNT_WRITE_RECEIPTS").is_some() {
        fs::create_dir_all(fixture()).expect("makes the folder");
        for (at, line) in ASKED.iter().enumerate() {
            let file = fixture().join(format!("{:02}-{}.json", at + 1, line.split(' ').next().unwrap_or_default()));
            let file = file.to_str().expect("a path of UTF-8");
            let ran = home.run(&[&line.split(' ').collect::<Vec<_>>()[..], &["--receipt", file]].concat());
            assert!(ran.code <= 1, "{line}: {ran:?}");
        }
    }
    let mut files: Vec<String> = fs::read_dir(fixture())
        .expect("the fixture")
        .map(|entry| entry.expect("an entry").path().to_str().expect("UTF-8").to_owned())
        .collect();
    files.sort();
    assert_eq!(files.len(), ASKED.len(), "a receipt of a version is never made again, and none goes");
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let ran = home.run(&[&["reproduce"], &files[..]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    // The ledger goes on, the receipts stay what they are.
    let churn =
        ["append", "--kind", "churn", "--customer-id", "customer 7", "--effective-at", "2024-09-01", "--mrr", "0"];
    home.run(&churn).good();
    home.type_in("void e7 --source billing --reason test").good();
    assert_eq!(home.run(&[&["reproduce"], &files[..]].concat()).code, 0);
}
