//! Files into a real ledger: whole or absent, told row by row, and never twice.

use std::fs;
use std::path::{Path, PathBuf};

use recount_import::{ERRORS_MAX, ImportError, Input, Options, Progress, Report, RowError, prepare};
use recount_ledger::{Body, Currency, Ledger, Recorded, Settings, Writer, Zone};

struct Desk {
    dir: tempfile::TempDir,
    writer: Writer,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let ledger = dir.path().join("ledger");
        let settings = Settings { zone: Zone::UTC, currency: None };
        Ledger::create(&ledger, settings).expect("a new ledger");
        let writer = Writer::open(&ledger, recount_ledger::Options::default()).expect("opens");
        Self { dir, writer }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).expect("writes");
        path
    }

    fn import(&mut self, path: &Path, rejects: Option<&str>) -> Result<Report, ImportError> {
        let rejects = rejects.map(|name| self.path(name));
        let progress = Progress::default();
        let prepared = prepare(&mut self.writer, &Input::Path(path.to_owned()), &options(rejects), &progress)?;
        let expected = prepared.report().clone();
        let report = prepared.publish()?;
        assert_eq!(report, expected);
        assert_eq!(report.read, report.recorded + report.duplicates + report.rejected + report.conflicts);
        assert_eq!(progress.rows(), report.read);
        assert_eq!(progress.bytes(), fs::metadata(path).expect("is there").len());
        Ok(report)
    }

    /// Imports a text as a CSV of its own.
    fn csv(&mut self, text: &str, rejects: Option<&str>) -> Result<Report, ImportError> {
        let path = self.file("in.csv", text);
        self.import(&path, rejects)
    }

    fn records(&self) -> Vec<Recorded> {
        let chunks = self.writer.read(0..self.writer.size()).expect("reads");
        chunks
            .flat_map(|chunk| chunk.expect("is whole").records().map(|r| r.to_owned_record()).collect::<Vec<_>>())
            .collect()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("is there")
    }
}

fn options(rejects: Option<PathBuf>) -> Options {
    let currency: Currency = "USD".parse().expect("a currency");
    Options { currency: Some(currency), recorded_by: "test".to_owned(), rejects, ..Options::default() }
}

const HEADER: &str = "event_id,kind,customer_id,effective_at,mrr,voids,reason\n";

fn errors(result: Result<Report, ImportError>) -> Vec<RowError> {
    match result {
        Err(ImportError::Rows { errors, .. }) => errors,
        other => panic!("no refused rows: {other:?}"),
    }
}

fn told(errors: &[RowError]) -> Vec<String> {
    let name = |error: &RowError| error.to_string().rsplit('/').next().map(str::to_owned);
    errors.iter().filter_map(name).collect()
}

#[test]
fn a_good_file_is_recorded_once_and_followed_by_its_import_record() {
    let mut desk = Desk::new();
    let text = format!("{HEADER}e1,new,a,2025-01-01,10,,\ne1,new,a,2025-01-01,10.00,,\ne2,churn,a,2025-02-01,,,\n");
    let report = desk.csv(&text, None).expect("records");
    let expected = Report { read: 3, recorded: 2, duplicates: 1, positions: Some((0, 1)), ..Report::default() };
    assert_eq!(report, expected);
    let records = desk.records();
    assert_eq!(records.len(), 3);
    assert_eq!(records[1].event.origin.row, Some(3));
    let Body::Import(import) = &records[2].event.body else { panic!("{:?}", records[2]) };
    assert_eq!((import.file.as_str(), import.bytes, import.format.as_str()), ("in.csv", text.len() as u64, "csv"));
    assert_eq!((import.read, import.recorded, import.duplicates, import.rejected), (3, 2, 1, 0));
    assert_eq!(import.positions, Some((0, 1)));
    assert_eq!(
        import.rules,
        r#"{"currency":"USD","delimiter":",","map":{},"map_kind":{},"source":"native","zone":"UTC"}"#
    );
    let again = desk.csv(&text, None).expect("reads");
    assert_eq!(again, Report { read: 3, duplicates: 3, ..Report::default() });
    assert_eq!(desk.writer.size(), 3, "an import that records nothing leaves no trace");
}

#[test]
fn the_import_record_holds_the_hash_of_the_bytes_on_disk() {
    let mut desk = Desk::new();
    let packed = zstd::encode_all(format!("{HEADER}e1,new,a,2025-01-01,10,,\n").as_bytes(), 3).expect("packs");
    let path = desk.path("in.csv.zst");
    fs::write(&path, &packed).expect("writes");
    desk.import(&path, None).expect("records");
    let Body::Import(import) = &desk.records()[1].event.body else { panic!("no import record") };
    let digest: [u8; 32] =
        sha2::Digest::finalize(sha2::Digest::chain_update(<sha2::Sha256 as sha2::Digest>::new(), &packed)).into();
    assert_eq!((import.sha256, import.bytes), (digest, packed.len() as u64));
}

#[test]
fn a_file_with_a_bad_row_records_nothing() {
    let mut desk = Desk::new();
    let bad = format!("{HEADER}e1,new,a,2025-01-01,10,,\ne2,new,b,01/02/2025,10,,\ne3,new,c,2025-01-01,\"1,000\",,\n");
    assert_eq!(
        told(&errors(desk.csv(&bad, None))),
        [
            "2025\" can be read as more than one date; write year, month, day, like 2025-04-03",
            "in.csv:4: column 5 (mrr): \"1,000\" has a comma in it; write 1000, or 1.000 if the comma is the decimal mark",
        ]
    );
    assert_eq!(desk.writer.size(), 0);
    let many = HEADER.to_owned() + &"x,new,a,2025-01-01,?,,\n".repeat(200_000);
    let result = desk.csv(&many, None);
    assert!(matches!(&result, Err(ImportError::Rows { errors, gave_up: true, .. }) if errors.len() == ERRORS_MAX));
    assert_eq!(desk.writer.size(), 0);
}

#[test]
fn what_the_ledger_refuses_is_told_with_its_line() {
    let mut desk = Desk::new();
    desk.csv(&format!("{HEADER}e1,new,a,2025-01-01,10,,\ne2,void,,,,e1,typo\n"), None).expect("records");
    let text = format!(
        "{HEADER}\n\"e\"\"\n3\",new,b,2025-01-01,10,,\ne1,new,a,2025-01-01,11,,\ne4,void,,,,nobody,typo\ne5,void,,,,e1,typo\n"
    );
    let errors = errors(desk.csv(&text, None));
    let shown = told(&errors);
    assert!(shown[0].starts_with("in.csv:5: event_id: event "), "{}", shown[0]);
    assert!(shown[0].contains("is recorded at position 0 with other content (mrr)"), "{}", shown[0]);
    assert!(shown[1].starts_with("in.csv:6: voids: voids "), "{}", shown[1]);
    assert!(shown[2].starts_with("in.csv:7: voids: voids "), "{}", shown[2]);
    let codes: Vec<_> = errors.iter().map(|error| (error.code, error.row, error.position)).collect();
    assert_eq!(codes, [("conflict", 2, Some(0)), ("unknown_void", 3, None), ("already_voided", 4, Some(1))]);
    assert_eq!(desk.writer.size(), 3);
}

#[test]
fn rejects_are_written_as_they_were_and_come_back_mended() {
    let mut desk = Desk::new();
    desk.csv(&format!("{HEADER}e1,new,a,2025-01-01,10,,\n"), None).expect("records");
    let text = format!(
        "{HEADER}e2,new,\"b, \"\"c\"\"\",2025-01-01,\"1,5\",,\ne3,new,d,2025-01-01,5,,\ne1,new,a,2025-01-01,11,,\ne4,void,,,,nobody,typo\n"
    );
    let report = desk.csv(&text, Some("bad.csv")).expect("records the good rows");
    assert_eq!((report.read, report.recorded, report.rejected, report.conflicts), (4, 1, 2, 1));
    assert_eq!(report.errors.len(), 3);
    let bad = desk.read("bad.csv");
    let lines: Vec<_> = bad.lines().collect();
    assert_eq!(lines[0], "event_id,kind,customer_id,effective_at,mrr,voids,reason,rejected_because");
    assert_eq!(
        lines[1],
        "e2,new,\"b, \"\"c\"\"\",2025-01-01,\"1,5\",,,\"mrr: \"\"1,5\"\" has a decimal comma; write 1.5\""
    );
    assert!(lines[2].starts_with("e1,new,a,2025-01-01,11,,,\"event "), "{}", lines[2]);
    assert!(lines[3].starts_with("e4,void,,,,nobody,typo,\"voids "), "{}", lines[3]);
    assert_eq!(lines.len(), 4);

    let half = bad.replace(",\"1,5\",", ",1.5,").replace("e1,new", "e6,new");
    let report = desk.csv(&half, Some("bad2.csv")).expect("records what was mended");
    assert_eq!((report.read, report.recorded, report.rejected, report.conflicts), (3, 2, 1, 0));
    let again = desk.read("bad2.csv");
    assert_eq!(again.lines().count(), 2);
    assert_eq!(again.lines().next(), Some(lines[0]), "the reason stands in one column, however often a row comes back");
}

#[test]
fn json_lines_are_rejected_as_objects() {
    let mut desk = Desk::new();
    let good = r#"{"event_id":"e1","kind":"new","customer_id":"a","effective_at":"2025-01-01","mrr":10.50}"#;
    let text =
        format!("{good}\n{}\n[1]\n{}\n", good.replace("e1", "e2").replace("10.50", "1e1"), good.replace("10.50", "11"));
    let path = desk.file("in.jsonl", &text);
    let report = desk.import(&path, Some("bad.jsonl")).expect("records the good row");
    assert_eq!((report.read, report.recorded, report.rejected, report.conflicts), (4, 1, 2, 1));
    let bad = desk.read("bad.jsonl");
    let lines: Vec<serde_json::Value> = bad.lines().map(|line| serde_json::from_str(line).expect("is JSON")).collect();
    assert_eq!(lines[0]["event_id"], "e2");
    assert!(lines[0]["rejected_because"].as_str().is_some_and(|reason| reason.contains("exponent")));
    assert_eq!(lines[1]["unreadable"], "[1]");
    assert_eq!(lines[2]["mrr"].to_string(), "11");
    assert!(lines[2]["rejected_because"].as_str().is_some_and(|reason| reason.contains("other content")));
    assert_eq!(desk.records()[0].event.origin.row, Some(1));
}

#[test]
fn a_dry_run_records_nothing_and_shows_what_would_be() {
    let mut desk = Desk::new();
    let path = desk.file("in.csv", &format!("{HEADER}e1,new,a,2025-01-01,10,,\ne2,new,a,2025-01-01,x,,\n"));
    let options = options(Some(desk.path("bad.csv")));
    let prepared = prepare(&mut desk.writer, &Input::Path(path), &options, &Progress::default()).expect("reads");
    let records = prepared.staged().records().expect("reads").map(|chunk| chunk.expect("is whole").records().count());
    assert_eq!(records.sum::<usize>(), 1);
    let report = prepared.discard().expect("discards");
    assert_eq!((report.recorded, report.rejected), (1, 1));
    assert_eq!(desk.writer.size(), 0);
    assert_eq!(desk.read("bad.csv").lines().count(), 2);
}

#[test]
fn a_failed_import_leaves_an_earlier_rejects_file_alone() {
    let mut desk = Desk::new();
    desk.file("bad.csv", "mine");
    let open = format!("{HEADER}e1,new,a,2025-01-01,?,,\ne2,\"new,a,2025-01-01,10,,\n");
    assert!(matches!(desk.csv(&open, Some("bad.csv")), Err(ImportError::File(_))));
    assert_eq!(desk.read("bad.csv"), "mine");
    let left =
        fs::read_dir(desk.dir.path()).expect("reads").filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    assert!(left.into_iter().all(|name| !name.contains(".partial")));
    assert!(matches!(desk.csv(HEADER, Some("in.csv")), Err(ImportError::Rejects { .. })));
    assert!(matches!(desk.csv(HEADER, Some("bad.csv.gz")), Err(ImportError::Rejects { .. })));
    desk.csv(HEADER, Some("bad.csv")).expect("reads");
    assert_eq!(desk.read("bad.csv"), HEADER.trim_end().to_owned() + ",rejected_because\n");
}

#[cfg(unix)]
#[test]
fn what_comes_through_a_pipe_is_kept_for_its_rejects() {
    let mut desk = Desk::new();
    let pipe = desk.path("pipe.csv");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there");
    assert!(made.success());
    let end = pipe.clone();
    let feeder = std::thread::spawn(move || {
        fs::write(end, format!("{HEADER}e1,new,a,2025-01-01,10,,\ne2,void,,,,nobody,typo\n")).expect("writes");
    });
    let options = options(Some(desk.path("bad.csv")));
    let progress = Progress::default();
    let prepared = prepare(&mut desk.writer, &Input::Path(pipe), &options, &progress).expect("reads");
    feeder.join().expect("writes");
    let report = prepared.publish().expect("records");
    assert_eq!((report.recorded, report.rejected), (1, 1));
    assert!(desk.read("bad.csv").contains("e2,void,,,,nobody,typo,\"voids "));
    let names =
        fs::read_dir(desk.dir.path()).expect("reads").filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    assert!(names.into_iter().all(|name| !name.contains(".input")), "the copy is gone");
}

#[test]
fn equal_rows_without_keys_stay_what_they_are() {
    let mut desk = Desk::new();
    let text =
        "kind,customer_id,effective_at,mrr\nchange,a,2025-01-01,10\nchange,a,2025-01-01,10\nchange,b,2025-01-01,10\n";
    assert_eq!(desk.csv(text, None).expect("records").recorded, 3);
    assert_eq!(desk.csv(text, None).expect("reads").duplicates, 3);
    let void = desk.records()[0].event.id();
    desk.csv(&format!("kind,voids,reason\nvoid,{void},typo\n"), None).expect("records");
    let errors = errors(desk.csv(text, None));
    assert_eq!((errors[0].code, errors[0].row, errors.len()), ("keyless_voided", 1, 1));
}

#[test]
fn many_rows_keep_their_order() {
    let mut desk = Desk::new();
    let rows: String = (0..30_000).map(|n| format!("e{n},change,c{n},2025-01-01,{},,\n", n + 1)).collect();
    let report = desk.csv(&format!("{HEADER}{rows}"), None).expect("records");
    assert_eq!(report.positions, Some((0, 29_999)));
    for (index, record) in desk.records().iter().take(30_000).enumerate() {
        let Body::Movement(movement) = &record.event.body else { panic!("{record:?}") };
        assert_eq!(movement.customer, format!("c{index}"));
        assert_eq!(record.event.origin.row, Some(index as u64 + 1));
    }
}
