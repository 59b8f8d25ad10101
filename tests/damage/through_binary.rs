//! What a person is told of damage: exit code, file, what is intact, what to do.

use std::fs;

use recount_tests::{Home, Ran};
use serde_json::json;

/// A ledger of three customers in the store, and one more record in its tail.
fn home() -> Home {
    let home = Home::with_ledger();
    let rows = "event_id,kind,customer_id,effective_at,mrr,currency\n1,new,a,2025-01-01,5,USD\n2,new,b,2025-01-02,6,USD\n3,new,c,2025-01-03,7,USD\n";
    home.write("events.csv", rows);
    home.type_in("import events.csv").good();
    home.type_in("append --kind upgrade --customer-id a --effective-at 2025-02-01 --mrr 9 --currency USD").good();
    home
}

fn flip(home: &Home, name: &str, at: usize) {
    let path = home.ledger().join(name);
    let mut bytes = fs::read(&path).expect("reads");
    bytes[at] ^= 1;
    fs::write(path, bytes).expect("writes");
}

fn says(ran: &Ran, words: &[&str]) {
    let all = format!("{}{}", ran.stdout, ran.stderr);
    for word in words {
        assert!(all.contains(word), "{word}: {ran:?}");
    }
    assert!(!all.contains("panicked"), "{ran:?}");
}

#[test]
fn damage_is_named_with_what_is_intact_and_what_to_do() {
    let home = home();
    flip(&home, "tail", 4_096 + 100);
    let ran = home.type_in("verify");
    assert_eq!(ran.code, 4, "{ran:?}");
    says(&ran, &["tail", "intact", "0 to 3 (root)", "salvage --to DIR", "backup"]);
    let document = home.type_in("verify -o json").json();
    assert_eq!(document["intact"], json!([{"positions": [0, 3], "vouched_by": "root"}]));
    assert_eq!(document["damage"][0]["positions"][0], 4);
    let ran = home.type_in("mrr --at 2025-06-01");
    assert_eq!(ran.code, 4, "{ran:?}");
    says(&ran, &["tail", "recount verify", "salvage --to DIR"]);
}

#[test]
fn salvage_makes_a_new_ledger_and_says_what_was_lost() {
    let home = home();
    let whole = home.type_in("salvage --to copy -o json").good().json();
    assert_eq!((&whole["size"], &whole["lost"]), (&json!(5), &json!(null)));
    let figure = home.type_in("mrr --at 2025-06-01 -o json").good().stdout;
    assert_eq!(
        home.type_in("--ledger copy mrr --at 2025-06-01 -o json").good().stdout,
        figure,
        "the same root and figure"
    );
    flip(&home, "tail", 4_096 + 100);
    let ran = home.type_in("salvage --to rescued");
    assert_eq!(ran.code, 4, "{ran:?}");
    says(&ran, &["copied 4 records", "records 0 to 3 (root)", "from position 4 on was lost"]);
    home.type_in("--ledger rescued verify").good();
    assert_eq!(home.type_in("salvage --to rescued").code, 5, "there is a ledger already");
    // Nothing to begin with: nothing is made.
    fs::remove_dir_all(home.ledger().join("store")).expect("removes");
    let ran = home.type_in("salvage --to nothing");
    assert_eq!(ran.code, 4, "{ran:?}");
    says(&ran, &["store/db", "restore it from a backup"]);
    assert!(!home.path().join("nothing/header").exists());
}

#[test]
fn a_panic_inside_sled_is_not_heard() {
    let home = home();
    let path = home.ledger().join("store/db");
    let mut bytes = fs::read(&path).expect("reads");
    bytes.iter_mut().step_by(7).for_each(|byte| *byte ^= 0x5a);
    fs::write(path, bytes).expect("writes");
    for line in
        ["verify", "log", "append --kind upgrade --customer-id a --effective-at 2025-03-01 --mrr 9 --currency USD"]
    {
        let ran = home.type_in(line);
        if !line.starts_with("append") {
            assert_eq!(ran.code, 4, "{ran:?}");
            says(&ran, &["store"]);
        }
        says(&ran, &[]);
    }
}
