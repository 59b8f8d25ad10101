//! Readers, the projection's cache, and the writer of another process.

use recount_ledger::{Options, Writer};
use recount_tests::Home;

use crate::cli_company::company;

const QUESTION: &str = "ndr --window 2025 --currency USD -o json";

fn cache(home: &Home) -> std::path::PathBuf {
    home.ledger().join("projection").join("columns")
}

#[test]
fn a_cache_that_is_lost_or_damaged_is_rebuilt() {
    let home = company();
    let good = home.type_in(QUESTION).good();
    assert_eq!(good.stderr, "");
    let bytes = std::fs::read(cache(&home)).expect("an import leaves a cache");
    let mut broken = bytes.clone();
    let middle = broken.len() / 2;
    broken[middle] ^= 1;
    std::fs::write(cache(&home), &broken).expect("a test can write");
    let rebuilt = home.type_in(QUESTION).good();
    assert_eq!(rebuilt.stdout, good.stdout);
    assert!(rebuilt.stderr.contains("rebuilt"), "{rebuilt:?}");
    assert_eq!(home.type_in(QUESTION).good().stderr, "");
    std::fs::remove_dir_all(home.ledger().join("projection")).expect("a test can remove");
    assert_eq!(home.type_in(QUESTION).good().stdout, good.stdout);
    assert_eq!(std::fs::read(cache(&home)).expect("it is there again"), bytes);
}

#[test]
fn a_cache_of_another_ledger_is_not_believed() {
    let (home, other) = (company(), Home::with_ledger());
    let good = home.type_in(QUESTION).good();
    other.type_in("append --kind new_logo --customer-id z --effective-at 2024-01-01 --mrr 5 --currency USD").good();
    other.write("one.csv", "event_id,kind,customer_id,effective_at,mrr\n1,upgrade,z,2024-02-01,7\n");
    other.type_in("import one.csv").good();
    std::fs::copy(cache(&other), cache(&home)).expect("a test can copy");
    let rebuilt = home.type_in(QUESTION).good();
    assert_eq!(rebuilt.stdout, good.stdout);
    assert!(rebuilt.stderr.contains("rebuilt"), "{rebuilt:?}");
}

#[test]
fn the_tail_is_read_beside_the_cache() {
    let home = company();
    home.type_in("append --kind churn --customer-id acme --effective-at 2025-12-01").good();
    let after = home.type_in(QUESTION).good();
    assert_eq!(after.stderr, "");
    assert_eq!(after.json()["ledger"]["size"], 17);
    assert_eq!(after.json()["churn"], "1000");
}

#[test]
fn a_reader_beside_a_writer_is_answered() {
    let home = company();
    let before = home.type_in(QUESTION).good();
    let writer = Writer::open(&home.ledger(), Options::default()).expect("the ledger is free");
    assert_eq!(home.type_in(QUESTION).good().stdout, before.stdout);
    for line in
        ["void e1 --reason twice", "append --kind merge --customer-id a --into b", "import events.csv", "verify"]
    {
        let ran = home.type_in(line);
        assert_eq!(ran.code, 5, "{ran:?}");
        assert!(ran.stderr.contains("in use"), "{ran:?}");
    }
    drop(writer);
    home.type_in("verify").good();
}

#[test]
fn verify_finds_a_changed_byte_and_a_lying_cache() {
    let home = company();
    home.type_in("verify").good();
    let noted = home.type_in("verify -o json").good().stdout;
    home.write("checkpoint.json", &noted);
    home.type_in("append --kind merge --customer-id delta --into acme").good();
    home.type_in("verify --checkpoint checkpoint.json").good();
    home.write("foreign.json", &noted.replace("\"root\":\"", "\"root\":\"00"));
    assert_eq!(home.type_in("verify --checkpoint foreign.json").code, 4);
    home.write("longer.json", &noted.replace("\"size\":16", "\"size\":99"));
    assert_eq!(home.type_in("verify --checkpoint longer.json").code, 4);
    let tail = home.ledger().join("tail");
    let mut bytes = std::fs::read(&tail).expect("a tail");
    bytes[8] ^= 1;
    std::fs::write(&tail, &bytes).expect("a test can write");
    let ran = home.type_in("verify");
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("tail"), "{ran:?}");
}
