//! Checkpoints and proofs through the binary: made beside the ledger, checked without it, refused when touched.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use recount_ledger::{Expected, Key, Options, Writer};
use recount_tests::{Home, Ran};

const FIRST: &str = "\
event_id,kind,customer_id,effective_at,mrr,currency
e1,new_logo,acme,2024-01-05,1000,USD
e2,new_logo,beta,2024-02-01,400,USD
e3,new_logo,gamma,2024-03-15,250.50,USD
";
const LATER: &str =
    "append --event-id e9 --kind upgrade --customer-id acme --effective-at 2025-03-01 --mrr 1400 --currency USD";

/// A ledger with a key, and its first records under a signed checkpoint.
fn signed() -> Home {
    let home = Home::with_ledger();
    home.write("first.csv", FIRST);
    home.type_in("import first.csv").good();
    home.type_in("keygen").good();
    home.type_in("checkpoint --sign recount.key --to june").good();
    home
}

/// A machine without the ledger, which got some files.
fn elsewhere(home: &Home, files: &[&str]) -> Home {
    let other = Home::default();
    for file in files {
        fs::copy(home.path().join(file), other.path().join(file)).expect("copies");
    }
    other
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() { copy_folder(&path, &target) } else { fs::copy(&path, &target).map(drop).expect("copies") }
    }
}

#[track_caller]
fn refused(ran: &Ran, code: i32, says: &str) {
    assert_eq!(ran.code, code, "{ran:?}");
    assert!(ran.stderr.contains(says), "{ran:?}");
}

#[test]
fn a_key_is_made_once_and_only_its_owner_reads_it() {
    let home = Home::with_ledger();
    let made = home.type_in("keygen -o json").good().json();
    let mode = |file: &str| fs::metadata(home.path().join(file)).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode("recount.key"), 0o600);
    let public = fs::read_to_string(home.path().join("recount.key.pub")).expect("a verifier key");
    assert_eq!(made["verifier_key"], public.trim_end());
    assert!(made["name"].as_str().expect("a name").starts_with("recount/"), "{made}");
    let secret = fs::read_to_string(home.path().join("recount.key")).expect("a key");
    assert!(!made.to_string().contains(secret.trim_end().rsplit('+').next().expect("a part")));

    refused(&home.type_in("keygen"), 5, "is not overwritten");
    fs::remove_file(home.path().join("recount.key")).expect("removes");
    refused(&home.type_in("keygen"), 5, "recount.key.pub");
    assert_eq!(fs::read_to_string(home.path().join("recount.key.pub")).expect("still there"), public);
    refused(&home.run(&["keygen", "two words", "--to", "other.key"]), 2, "name of a key");
    refused(&Home::default().type_in("keygen"), 2, "NAME");
    Home::default().type_in("keygen example.com/books").good();
}

#[test]
fn a_signed_checkpoint_is_verified_later_and_records_are_proved_elsewhere() {
    let home = signed();
    let text = fs::read_to_string(home.path().join("june")).expect("a checkpoint");
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(text.starts_with("recount/") && text.contains("\n4\n") && text.contains("\n\n\u{2014} recount/"), "{text}");
    home.type_in(LATER).good();
    let ran = home.type_in("verify --checkpoint june --key recount.key.pub").good();
    assert!(ran.stderr.contains("its first 4 records are unchanged"), "{ran:?}");
    let ran = home.type_in("verify --checkpoint june").good();
    assert!(ran.stderr.contains("signature was not checked"), "{ran:?}");

    home.type_in("prove --event e3 --checkpoint june --to e3.proof").good();
    home.type_in("prove --from june --sign recount.key --to since.proof").good();
    home.type_in("prove --event e9 --sign recount.key --to e9.proof").good();
    let other = elsewhere(&home, &["june", "e3.proof", "since.proof", "e9.proof", "recount.key.pub"]);
    let proved = other.type_in("verify-proof e3.proof --key recount.key.pub -o json").good().json();
    assert_eq!((&proved["proved"], &proved["position"], &proved["size"]), (&"inclusion".into(), &2.into(), &4.into()));
    assert_eq!((&proved["record"]["mrr"], &proved["record"]["customer_id"]), (&"250.5".into(), &"gamma".into()));
    assert_eq!(proved["warnings"], serde_json::json!([]));
    let key = fs::read_to_string(other.path().join("recount.key.pub")).expect("a key");
    let shown = other.run(&["verify-proof", "e3.proof", "--key", key.trim_end()]).good().stdout;
    for says in ["position 2 is among the first 4 records of recount/", "signed by recount/", "gamma", "250.5"] {
        assert!(shown.contains(says), "{shown}");
    }
    other.type_in("verify-proof e9.proof --key recount.key.pub").good();
    other.type_in("verify-proof e3.proof --checkpoint june").good();
    other.type_in(&format!("verify-proof e3.proof --root {}", proved["root"].as_str().expect("a root"))).good();
    let grown = other.type_in("verify-proof since.proof --key recount.key.pub --checkpoint june -o json").good().json();
    assert_eq!((&grown["proved"], &grown["from"], &grown["size"]), (&"consistency".into(), &4.into(), &5.into()));
    assert_eq!(grown["warnings"], serde_json::json!([]));
    // Alone, a proof is worth no more than its maker.
    let alone = other.type_in("verify-proof e3.proof -o json").good().json();
    assert_eq!(alone["warnings"][0]["code"], "unanchored");
}

#[test]
fn a_ledger_that_was_rolled_back_or_rewritten_does_not_extend_what_was_signed() {
    let home = signed();
    let copy = home.path().join("copy");
    copy_folder(&home.ledger(), &copy);
    home.type_in(LATER).good();
    home.type_in("checkpoint --sign recount.key --to july").good();
    home.type_in("verify --checkpoint july --key recount.key.pub").good();

    // Yesterday's files in the place of today's.
    fs::remove_dir_all(home.ledger()).expect("removes");
    copy_folder(&copy, &home.ledger());
    let ran = home.type_in("verify --checkpoint july --key recount.key.pub");
    refused(&ran, 4, "the ledger has 4 records, fewer than the 5 of the checkpoint");
    refused(&home.type_in("prove --event e3 --checkpoint july"), 4, "fewer than the 5");
    refused(&home.type_in("prove --from july"), 4, "fewer than the 5");
    refused(&home.type_in("checkpoint --extends july"), 4, "fewer than the 5");
    // The key remembers what it signed.
    let ran = home.type_in("checkpoint --sign recount.key");
    refused(&ran, 4, "nothing was signed");
    assert_eq!(ran.stdout, "");

    // Another fact in the place of the one that was signed.
    home.type_in(&LATER.replace("1400", "1500")).good();
    home.type_in("verify").good();
    refused(&home.type_in("verify --checkpoint july --key recount.key.pub"), 4, "not those of the checkpoint");
    refused(&home.type_in("checkpoint --sign recount.key"), 4, "nothing was signed");
    // What was signed before that still holds.
    home.type_in("verify --checkpoint june --key recount.key.pub").good();

    let foreign = Home::with_ledger();
    fs::copy(home.path().join("june"), foreign.path().join("june")).expect("copies");
    refused(&foreign.type_in("verify --checkpoint june"), 4, "of another ledger");
}

#[test]
fn a_checkpoint_that_was_touched_or_signed_by_another_is_refused() {
    let home = signed();
    let text = fs::read_to_string(home.path().join("june")).expect("a checkpoint");
    home.write("longer", &text.replace("\n4\n", "\n5\n"));
    refused(&home.type_in("verify --checkpoint longer --key recount.key.pub"), 4, "was changed");
    home.type_in("keygen other --to other.key").good();
    refused(&home.type_in("verify --checkpoint june --key other.key.pub"), 4, "not signed by other+");
    home.write("unsigned", &text[..text.find("\n\n").expect("an empty line") + 1]);
    home.type_in("verify --checkpoint unsigned").good();
    refused(&home.type_in("verify --checkpoint unsigned --key recount.key.pub"), 4, "not signed at all");
    let json = home.type_in("verify -o json").good().stdout;
    home.write("head.json", &json);
    home.type_in("verify --checkpoint head.json").good();
    refused(&home.type_in("verify --checkpoint head.json --key recount.key.pub"), 4, "never signed");

    home.write("bad", &text.replace("\n4\n", "\n04\n"));
    let ran = home.type_in("verify --checkpoint bad -o json");
    refused(&ran, 3, "leading zeros");
    assert!(ran.stderr.contains(r#""line":2"#), "{ran:?}");
    refused(&home.type_in("verify --checkpoint june --key recount.key"), 3, "must stay secret");
    refused(&home.type_in("verify --checkpoint june --key nonsense"), 3, "no verifier key");
    refused(&home.type_in("verify --key recount.key.pub"), 2, "--checkpoint");
    refused(&home.type_in("checkpoint --sign recount.key.pub"), 3, "no signing key");
    refused(&home.type_in("checkpoint --to june"), 5, "not overwritten");
}

#[test]
fn a_proof_that_was_touched_proves_nothing() {
    let home = signed();
    home.type_in(LATER).good();
    home.type_in("prove --event e3 --checkpoint june --to e3.proof").good();
    home.type_in("prove --from june --sign recount.key --to since.proof").good();
    let other = elsewhere(&home, &["june", "recount.key.pub"]);
    let check = |name: &str, from: &str, to: &str, code: i32, says: &str| {
        let text = fs::read_to_string(home.path().join(name)).expect("a proof");
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from} is not in {text}");
        other.write("changed", &changed);
        refused(&other.type_in("verify-proof changed --key recount.key.pub"), code, says);
    };
    let proof = fs::read_to_string(home.path().join("e3.proof")).expect("a proof");
    let document: serde_json::Value = serde_json::from_str(&proof).expect("JSON");
    let content = document["content"].as_str().expect("content");
    let hash = document["path"][0].as_str().expect("a hash");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();

    check("e3.proof", "\"mrr\": \"250.5\"", "\"mrr\": \"2505\"", 4, "under \"mrr\"");
    check("e3.proof", "\"mrr\": \"250.5\"", "\"mrr\": \"2505\",\n    \"mrr\": \"250.5\"", 3, "stands twice");
    check("e3.proof", "\"position\": 2", "\"position\": 1", 4, "does not hold");
    check("e3.proof", "\"position\": 2", "\"position\": 4", 4, "not among the first 4");
    check("e3.proof", "\\n4\\n", "\\n3\\n", 4, "does not hold");
    check("e3.proof", hash, &hash.chars().rev().collect::<String>(), 4, "leads to the root");
    check("e3.proof", &format!("\"{hash}\""), &format!("\"{hash}\", \"{hash}\""), 4, "hashes");
    check("e3.proof", hash, &hash[1..], 3, "64 hexadecimal digits");
    check("e3.proof", &format!("\"{hash}\""), &vec![format!("\"{hash}\""); 65].join(", "), 3, "64 at most");
    check("e3.proof", &content[..4], "AQE=", 3, "Base 64");
    check("e3.proof", &text(&document["recorded_at"]), "2020-01-01T00:00:00Z", 4, "does not hold");
    check("e3.proof", "\"path\"", "\"more\": 1, \"path\"", 3, "more");
    check("e3.proof", "recount.inclusion/1", "recount.inclusion/9", 3, "recount.inclusion/9");
    check("e3.proof", "recount.inclusion/1", "recount.consistency/1", 3, "no proof");
    // The path fits a tree of six, too; the signature does not.
    check("since.proof", "\\n5\\n", "\\n6\\n", 4, "was changed");
    check("since.proof", "\\n4\\n", "\\n3\\n", 4, "does not hold");

    // A proof of a ledger that somebody made for the purpose holds, under a root that nobody signed.
    let forged = Home::with_ledger();
    forged.write("first.csv", &FIRST.replace("250.50", "990"));
    forged.type_in("import first.csv").good();
    forged.type_in("prove --event e3 --to e3.proof").good();
    let other = elsewhere(&forged, &["e3.proof"]);
    for file in ["june", "recount.key.pub"] {
        fs::copy(home.path().join(file), other.path().join(file)).expect("copies");
    }
    other.type_in("verify-proof e3.proof").good();
    refused(&other.type_in("verify-proof e3.proof --key recount.key.pub"), 4, "not signed at all");
    refused(&other.type_in("verify-proof e3.proof --checkpoint june"), 4, "it is about 4 records");
    refused(&other.type_in(&format!("verify-proof e3.proof --root {}", "0".repeat(64))), 4, "leads to the root");
    refused(&other.type_in("verify-proof e3.proof --root 12"), 2, "64 hexadecimal digits");
    refused(&other.type_in("verify-proof missing"), 5, "missing");
}

#[test]
fn proofs_are_asked_for_by_event_and_size() {
    let home = signed();
    home.type_in(LATER).good();
    let uuid = home.type_in("log -o json").good().stdout.lines().next().map(|line| {
        let record: serde_json::Value = serde_json::from_str(line).expect("a record");
        record["event_id"].as_str().expect("an id").to_owned()
    });
    let document = home.type_in(&format!("prove --event {} --size 2 -o json", uuid.expect("a record"))).good().json();
    assert_eq!(document["schema"], "recount.inclusion/1");
    assert!(document["checkpoint"].as_str().expect("a text").contains("\n2\n"), "{document}");
    refused(&home.type_in("prove --event e9 --size 2"), 2, "not among the first 2 records");
    refused(&home.type_in("prove --event e9 --checkpoint june"), 2, "not among the first 4 records");
    refused(&home.type_in("prove --event e9 --size 6"), 2, "beyond");
    refused(&home.type_in("prove --event nobody"), 3, "no record of event \"nobody\"");
    refused(&home.type_in("prove --event e1 --source crm"), 3, "source crm");
    refused(&home.type_in("prove"), 2, "--event");
    refused(&home.type_in("prove --event e1 --from june"), 2, "cannot be used");
}

#[test]
fn beside_a_writer_the_tail_is_proved_and_the_store_is_in_use() {
    let home = signed();
    let mut writer = Writer::open(&home.ledger(), Options::default()).expect("opens");
    let record = writer.read(0..1).expect("reads").next().expect("a chunk").expect("reads");
    let event = record.records().next().expect("a record").event.to_owned_event();
    let event = recount_ledger::Event { key: Key::typed("e7"), ..event };
    writer.append(vec![event], Expected::Any).expect("appends");
    home.type_in("prove --event e7 --to e7.proof").good();
    refused(&home.type_in("prove --event e3"), 5, "in use");
    home.type_in("checkpoint --sign recount.key").good();
    drop(writer);
    home.type_in("verify-proof e7.proof").good();
    home.type_in("prove --event e3").good();
}
