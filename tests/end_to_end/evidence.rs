//! Evidence packs: made beside the ledger, checked and recomputed without it, by the binary and by a script in Python that
//! shares nothing with it; refused when touched.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::process::{Command, Output};

use recount_testkit::{Ask, Workload};
use recount_tests::{Home, Ran};
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::exports;

/// Names and bytes of a pack's entries, in order.
type Entries = Vec<(String, Vec<u8>)>;

/// The company of docs/semantics.md, section 7, and a key.
fn golden() -> Home {
    let home = Home::with_ledger();
    let events = crate::fixture::path("golden/events.csv");
    home.run(&["import", events.to_str().expect("UTF-8")]).good();
    home.type_in("keygen").good();
    home
}

/// The golden company's pack, with these flags, and a machine without the ledger that got it and the key.
fn packed(flags: &str) -> (Home, Home) {
    let home = golden();
    home.type_in(&format!("evidence --window 2025 --currency USD --sign recount.key -o pack.zip {flags}")).good();
    let other = Home::default();
    for file in ["pack.zip", "recount.key.pub"] {
        fs::copy(home.path().join(file), other.path().join(file)).expect("copies");
    }
    (home, other)
}

fn unzip(bytes: &[u8]) -> Entries {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("a ZIP file");
    let entry = |index| {
        let mut file = archive.by_index(index).expect("an entry");
        let (name, mut bytes) = (file.name().expect("a name").into_owned(), Vec::new());
        file.read_to_end(&mut bytes).expect("unpacks");
        (name, bytes)
    };
    (0..8).map(entry).collect()
}

fn zipped(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(name.as_str(), SimpleFileOptions::default()).expect("a new entry");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

fn entry<'e>(entries: &'e mut Entries, name: &str) -> &'e mut Vec<u8> {
    &mut entries.iter_mut().find(|(known, _)| known == name).expect("an entry").1
}

/// Replaces the first occurrence of a text in an entry.
fn alter(entries: &mut Entries, name: &str, from: &str, to: &str) {
    let text = String::from_utf8(entry(entries, name).clone()).expect("text");
    assert!(text.contains(from), "no {from:?} in {name}:\n{text}");
    *entry(entries, name) = text.replacen(from, to, 1).into_bytes();
}

/// Writes digests into `pack.json` that fit what the entries are now, as a careful forger would.
fn cover(entries: &mut Entries) {
    let mut about: Value = serde_json::from_slice(entry(entries, "pack.json")).expect("JSON");
    for (name, bytes) in entries.iter().filter(|(name, _)| name != "pack.json") {
        about["entries"][name] = hex(bytes).into();
    }
    *entry(entries, "pack.json") = (serde_json::to_string_pretty(&about).expect("JSON") + "\n").into_bytes();
}

/// SHA-256.
fn hex(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Verifies these bytes on a machine of their own.
fn verify(other: &Home, bytes: &[u8]) -> Ran {
    fs::write(other.path().join("forged.zip"), bytes).expect("writes");
    other.type_in("verify forged.zip --key recount.key.pub -o json")
}

#[track_caller]
fn refused(ran: &Ran, code: i32, says: &str) {
    assert_eq!(ran.code, code, "{says}: {ran:?}");
    assert!(ran.stderr.contains(says), "{says}: {ran:?}");
}

/// The script in Python; none where there is no Python and nobody insists.
fn python(home: &Path, args: &[&str]) -> Option<Output> {
    let there = Command::new("python3").arg("--version").output().is_ok_and(|python| python.status.success());
    if !there {
        assert!(std::env::var_os("RECOUNT_REQUIRE_TOOLS").is_none(), "RECOUNT_REQUIRE_TOOLS: python3 is not installed");
        eprintln!("SKIPPED: python3 is not installed");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("evidence/check_pack.py");
    Some(Command::new("python3").arg(script).args(args).current_dir(home).output().expect("runs"))
}

#[test]
fn a_pack_is_verified_and_recomputed_elsewhere() {
    for (flags, records, codes) in [("", 19, &["completeness_unproved"][..]), ("--whole", 21, &[])] {
        let (home, other) = packed(flags);
        let shown = home.type_in("ndr --window 2025 --currency USD -o json").good().json();
        let verified = other.type_in("verify pack.zip --key recount.key.pub -o json").good().json();
        assert_eq!(verified["figures"]["ndr"], "0.8196721311");
        for name in ["ndr", "gdr", "logo_retention", "opening", "closing", "customers", "rates", "window", "top_ten"] {
            assert_eq!(verified["figures"][name], shown[name], "{name}");
        }
        assert_eq!(verified["records"], records, "{flags}");
        let found: Vec<&str> =
            verified["warnings"].as_array().expect("a list").iter().filter_map(|w| w["code"].as_str()).collect();
        assert_eq!(found, codes);
        let page = other.type_in("verify pack.zip").good().stdout;
        for says in ["NDR 0.8196721311", "and the same as the pack prints", "(unanchored)"] {
            assert!(page.contains(says), "{page}");
        }
        // Two packs of one figure are the same bytes, however the file is named.
        for named in ["-oagain.zip", "--output=again.zip", "--output again.zip", "--to again.zip -o json"] {
            home.type_in(&format!("evidence --window 2025 --currency USD --sign recount.key {named} {flags}")).good();
            assert!(
                fs::read(home.path().join("again.zip")).expect("written")
                    == fs::read(home.path().join("pack.zip")).expect("written")
            );
            fs::remove_file(home.path().join("again.zip")).expect("removes");
        }
        refused(&home.type_in("evidence --window 2025 --currency USD -o pack.zip"), 5, "not overwritten");
        if let Some(checked) = python(other.path(), &["pack.zip", "recount.key.pub"]) {
            let said = (String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr));
            assert!(checked.status.success() && said.0.contains("NDR 0.8196721311, GDR 0.737704918"), "{said:?}");
        }
    }
}

#[test]
fn an_unsigned_pack_says_so() {
    let home = golden();
    let ran = home.type_in("evidence --window 2025 --currency USD -o pack.zip").good();
    assert!(ran.stderr.contains("is not signed"), "{ran:?}");
    refused(&home.type_in("verify pack.zip --key recount.key.pub"), 4, "not signed");
    let readme = unzip(&fs::read(home.path().join("pack.zip")).expect("written")).remove(0);
    assert!(String::from_utf8_lossy(&readme.1).contains("NOT SIGNED"));
    refused(&home.type_in("verify --key recount.key.pub"), 2, "--checkpoint");
    refused(&home.type_in("evidence --window 2025 -o table"), 2, "--to");
}

#[test]
fn every_entry_that_is_touched_is_found() {
    for flags in ["", "--whole"] {
        let (_, other) = packed(flags);
        let whole = unzip(&fs::read(other.path().join("pack.zip")).expect("written"));
        verify(&other, &zipped(&whole)).good();
        for (name, from, to, code) in [
            ("README.txt", "EVIDENCE", "evidence", 4),
            ("pack.json", "\"records\": ", "\"records\": 1", 4),
            ("pack.json", "\"README.txt\": \"", "\"README.txt\": \"0", 4),
            ("report.json", "\"ndr\": \"0.81", "\"ndr\": \"0.91", 1),
            ("report.json", "\"opening\": \"6100\"", "\"opening\": \"6200\"", 1),
            ("report.json", "\"2026-01-01T00:00:00Z\"", "\"2025-12-01T00:00:00Z\"", 1),
            ("report.json", "\"root\": \"", "\"root\": \"0", 4),
            ("report.json", "\"warnings\"", "\"vouched\": 1,\n  \"warnings\"", 1),
            ("definition.json", "\"endpoint\"", "\"movements\"", 1),
            ("definition.json", "\"hash\": \"", "\"hash\": \"0", 1),
            ("definition.toml", "name = ", "net = { winback = \"zero\" }\nname = ", 1),
            ("schedule.csv", ",1000,", ",1001,", 1),
            ("records.jsonl", "\"mrr\":\"", "\"mrr\":\"1", 4),
            ("records.jsonl", "\"recorded_at\":\"20", "\"recorded_at\":\"19", 4),
            ("records.jsonl", "{\"position\":", "{\"position\":1", 4),
            ("checkpoint.txt", "recount/", "recount/0", 4),
        ] {
            let mut forged = whole.clone();
            alter(&mut forged, name, from, to);
            let ran = verify(&other, &zipped(&forged));
            assert_eq!(ran.code, code, "{name}: {from:?} became {to:?}: {ran:?}");
            assert!(!ran.stderr.contains("SHA-256") || ["README.txt", "pack.json"].contains(&name), "{name}: {ran:?}");
            cover(&mut forged);
            let covered = verify(&other, &zipped(&forged)).code;
            // The page for people vouches for nothing; digests that are made anew are no forgery.
            let vouched = name != "README.txt" && !from.contains("README.txt");
            assert_eq!(covered, if vouched { code } else { 0 }, "{name}: {from:?} became {to:?}, digests made anew");
            if let Some(checked) = python(other.path(), &["forged.zip"]).filter(|_| vouched && name != "report.json") {
                let known = ["definition.toml", "checkpoint.txt"].contains(&name) || from.contains("\"mrr\"");
                assert!(known || !checked.status.success(), "{name}: {from:?}: Python found nothing");
            }
        }
    }
}

#[test]
fn content_and_signature_cannot_be_forged() {
    let (home, other) = packed("");
    let whole = unzip(&fs::read(other.path().join("pack.zip")).expect("written"));
    // Another record in the place of a good one: its leaf leads elsewhere.
    let mut forged = whole.clone();
    let text = String::from_utf8(entry(&mut forged, "records.jsonl").clone()).expect("text");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let (good, bad) = (lines[0]["content"].as_str().expect("text"), lines[1]["content"].as_str().expect("text"));
    alter(&mut forged, "records.jsonl", good, bad);
    cover(&mut forged);
    refused(&verify(&other, &zipped(&forged)), 4, "the pack does not hold");
    // A record that is left out changes the figure, or in a whole pack the root.
    for flags in ["", "--whole"] {
        let (_, other) = packed(flags);
        let mut forged = unzip(&fs::read(other.path().join("pack.zip")).expect("written"));
        let text = String::from_utf8(entry(&mut forged, "records.jsonl").clone()).expect("text");
        let kept: Vec<&str> = text.lines().filter(|line| !line.contains("\"mrr\":\"600\"")).collect();
        assert_eq!(kept.len() + 1, text.lines().count());
        let (was, is) = (format!("\"records\": {}", kept.len() + 1), format!("\"records\": {}", kept.len()));
        *entry(&mut forged, "records.jsonl") = (kept.join("\n") + "\n").into_bytes();
        alter(&mut forged, "pack.json", &was, &is);
        cover(&mut forged);
        let ran = verify(&other, &zipped(&forged));
        assert_eq!(ran.code, if flags.is_empty() { 1 } else { 4 }, "{ran:?}");
    }
    // One bit of the signature, and a key that never signed.
    let mut forged = whole.clone();
    let note = String::from_utf8(entry(&mut forged, "checkpoint.txt").clone()).expect("text");
    let signature = note.trim_end().rsplit(' ').next().expect("a signature").to_owned();
    let middle = signature.len() / 2;
    let other_digit = if &signature[middle..=middle] == "A" { "B" } else { "A" };
    let touched = format!("{}{other_digit}{}", &signature[..middle], &signature[middle + 1..]);
    alter(&mut forged, "checkpoint.txt", &signature, &touched);
    cover(&mut forged);
    refused(&verify(&other, &zipped(&forged)), 4, "nobody known vouches");
    if let Some(checked) = python(other.path(), &["forged.zip", "recount.key.pub"]) {
        assert!(String::from_utf8_lossy(&checked.stderr).contains("signature"), "{checked:?}");
    }
    home.type_in("keygen stranger --to stranger.key").good();
    refused(&home.type_in("verify pack.zip --key stranger.key.pub"), 4, "nobody known vouches");
    // A checkpoint that its reader holds decides, too.
    home.type_in("checkpoint --to now").good();
    home.type_in("verify pack.zip --checkpoint now").good();
    home.type_in("append --kind new_logo --customer-id late --effective-at 2025-02-01 --mrr 1 --currency USD").good();
    home.type_in("checkpoint --to later").good();
    refused(&home.type_in("verify pack.zip --checkpoint later"), 4, "checkpoint given");
}

#[test]
fn hostile_archives_are_refused_by_name() {
    let (_, other) = packed("");
    let bytes = fs::read(other.path().join("pack.zip")).expect("written");
    let whole = unzip(&bytes);
    refused(&verify(&other, b"no archive at all, but long enough to be looked at"), 3, "does not end as a ZIP file");
    refused(&verify(&other, &bytes[..bytes.len() / 2]), 3, "ZIP");
    refused(&other.type_in("verify nowhere.zip"), 5, "nowhere.zip");
    for name in ["../../evil", "/etc/passwd", "records.jsonl/", "readme.txt"] {
        let mut forged = whole.clone();
        forged.push((name.to_owned(), b"x".to_vec()));
        refused(&verify(&other, &zipped(&forged)), 3, "which is none of its entries");
    }
    refused(&verify(&other, &zipped(&whole[1..])), 3, "README.txt is missing");
    let mut twice = whole.clone();
    twice.push(("READMX.txt".to_owned(), b"another".to_vec()));
    let mut forged = zipped(&twice);
    for at in 0..forged.len() - 10 {
        if &forged[at..at + 10] == b"READMX.txt" {
            forged[at..at + 10].copy_from_slice(b"README.txt");
        }
    }
    refused(&verify(&other, &forged), 3, "twice");
    let mut bomb = whole.clone();
    *entry(&mut bomb, "README.txt") = vec![0; (16 << 20) + 1];
    let packed = zipped(&bomb);
    assert!(packed.len() < 1 << 20);
    refused(&verify(&other, &packed), 3, "README.txt has more than the 16777216 bytes");
    for (name, from, to) in [
        ("pack.json", "{\n", "{\n  \"reach\": \"whole\",\n"),
        ("report.json", "\"tz\": \"UTC\"", "\"tz\": \"UTC\",\n  \"tz\": \"Asia/Tokyo\""),
        ("pack.json", "recount.evidence/1", "recount.evidence/2"),
        ("records.jsonl", "{\"position\"", "{\"surprise\":1,\"position\""),
    ] {
        let mut forged = whole.clone();
        alter(&mut forged, name, from, to);
        refused(&verify(&other, &zipped(&forged)), 3, "no evidence pack");
    }
}

#[test]
fn definitions_and_closes_of_the_ledger_are_packed_with_their_records() {
    let home = golden();
    home.write("board.toml", "name = \"board\"\n[net]\nwinback = \"zero\"\n[currency]\nreport = \"USD\"\n");
    home.type_in("define board.toml").good();
    home.type_in("close YE2025 --period 2025 --definition board").good();
    home.type_in("append --kind churn --customer-id A --effective-at 2025-12-30 --currency USD").good();
    home.type_in("evidence --window 2025 --ledger-at YE2025 --sign recount.key -o closed.zip").good();
    let verified = home.type_in("verify closed.zip --key recount.key.pub -o json").good().json();
    assert_eq!(verified["figures"]["ndr"], "0.6885245902");
    let mut entries = unzip(&fs::read(home.path().join("closed.zip")).expect("written"));
    let records = String::from_utf8(entry(&mut entries, "records.jsonl").clone()).expect("text");
    assert!(records.contains("\"kind\":\"close\"") && records.contains("\"kind\":\"definition\""), "{records}");
    if let Some(checked) = python(home.path(), &["closed.zip", "recount.key.pub"]) {
        assert!(checked.status.success(), "{checked:?}");
    }
    // The report says that it is as of the close: then it is of the records before the close.
    alter(
        &mut entries,
        "report.json",
        "\"ledger_at\": \"YE2025\",\n      \"size\": ",
        "\"ledger_at\": \"YE2025\",\n      \"size\": 1",
    );
    cover(&mut entries);
    fs::write(home.path().join("forged.zip"), zipped(&entries)).expect("writes");
    refused(&home.type_in("verify forged.zip"), 1, "the close that it names");
}

#[test]
fn packs_of_random_ledgers_say_what_ndr_says() {
    let (mut compared, mut by_python) = (0, 0);
    for seed in 900..904 {
        let (home, workload) = (Home::default(), Workload::new(seed));
        exports::write(&home.ledger(), &workload);
        for number in 0..10 {
            let question = workload.question(number);
            let Ask::Retention { window, definition, .. } = &question.ask else { continue };
            home.write("definition.toml", &definition.to_toml("random"));
            let mut flags = format!("--window {window} --definition definition.toml --tz {}", question.zone.name());
            question.cut.known_at.iter().for_each(|at| flags.push_str(&format!(" --known-at {at}")));
            question.cut.size.iter().for_each(|size| flags.push_str(&format!(" --ledger-at {size}")));
            let asked = home.type_in(&format!("ndr {flags} -o json"));
            let context = format!("seed {seed}, question {number}: {flags}");
            for whole in ["", "--whole"] {
                let file = format!("{number}{whole}.zip");
                let made = home.type_in(&format!("evidence {flags} {whole} -o {file}"));
                if asked.code != 0 {
                    assert_eq!(made.code, asked.code, "{context}: {made:?}");
                    continue;
                }
                assert_eq!(made.code, 0, "{context}: {made:?}");
                let verified = home.type_in(&format!("verify {file} -o json")).good().json();
                let shown = asked.json();
                for name in
                    ["ndr", "gdr", "logo_retention", "opening", "closing", "customers", "fx", "undefined", "rates"]
                {
                    assert_eq!(verified["figures"][name], shown[name], "{context}: {name}");
                }
                compared += 1;
                let checked = python(home.path(), &[&file]);
                let code = checked.as_ref().map_or(Some(2), |checked| checked.status.code());
                assert!(code == Some(0) || code == Some(2), "{context}: {checked:?}");
                by_python += usize::from(code == Some(0));
            }
        }
    }
    assert!(compared > 10, "only {compared} packs were compared");
    eprintln!("{compared} packs, {by_python} of them computed in Python");
}

#[test]
fn a_pack_of_a_ledger_of_several_frames() {
    let home = Home::with_ledger();
    let mut rows = "kind,customer_id,effective_at,mrr,currency\n".to_owned();
    for number in 0..2_500 {
        let (year, month) = (2024 + number % 2, 1 + number % 12);
        rows.push_str(&format!("new,c{number},{year}-{month:02}-01,{},USD\n", 10 + number % 90));
        rows.push_str(&format!("change,c{number},2025-06-{:02},{},USD\n", 1 + number % 28, number % 100));
    }
    home.write("rows.csv", &rows);
    home.type_in("import rows.csv").good();
    home.type_in("keygen").good();
    let shown = home.type_in("ndr --window 2025 -o json").good().json();
    home.type_in("evidence --window 2025 --sign recount.key -o part.zip").good();
    home.type_in("evidence --window 2025 --sign recount.key --whole -o whole.zip").good();
    for (file, records) in [("part.zip", 2_501), ("whole.zip", 5_001)] {
        let verified = home.type_in(&format!("verify {file} --key recount.key.pub -o json")).good().json();
        assert_eq!((&verified["figures"]["ndr"], &verified["records"]), (&shown["ndr"], &records.into()), "{file}");
        if let Some(checked) = python(home.path(), &[file, "recount.key.pub"]) {
            let said = String::from_utf8_lossy(&checked.stdout).into_owned();
            assert!(checked.status.success() && said.contains(shown["ndr"].as_str().expect("a ratio")), "{checked:?}");
        }
    }
}
