//! Two processes on one ledger: one writes, the other is told, and a dead one is in nobody's way.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use recount_ledger::{Expected, Options, Reader, Writer};
use recount_tests::Home;

use crate::steps::event;

const APPEND: &str =
    "append --kind new_logo --customer-id acme --effective-at 2025-01-01 --mrr 10 --currency USD -o json";

/// An import that waits for the rest of its rows, and so holds the ledger.
fn waiting_import(home: &Home) -> Child {
    let mut command: Command = home.command(&["import", "-", "--format", "csv"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    let rows = child.stdin.as_mut().expect("is piped");
    rows.write_all(b"event_id,kind,customer_id,effective_at,mrr,currency\n").expect("it listens");
    let pid = child.id().to_string();
    while holder(home).first() != Some(&pid) {
        assert!(child.try_wait().expect("can be asked").is_none(), "the import ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

/// Process and time in the file `lock`.
fn holder(home: &Home) -> Vec<String> {
    let text = std::fs::read_to_string(home.ledger().join("lock")).unwrap_or_default();
    if text.ends_with('\n') { text.split_whitespace().map(str::to_owned).collect() } else { Vec::new() }
}

#[test]
fn a_second_writer_is_told_at_once_by_whom_and_since_when_the_ledger_is_used() {
    let home = Home::with_ledger();
    let mut first = waiting_import(&home);
    let since = holder(&home).pop().expect("it says since when");
    let told = home.type_in(APPEND);
    assert!(first.try_wait().expect("can be asked").is_none(), "the second did not wait for the first");
    assert_eq!(told.code, 5, "{told:?}");
    let error: serde_json::Value = serde_json::from_str(&told.stderr).expect("an error as JSON");
    assert_eq!(error["error"]["code"], "in_use");
    let message = error["error"]["message"].as_str().expect("a message");
    assert!(message.contains(&format!("in use by process {} since {since}", first.id())), "{message}");
    assert_eq!(Reader::open(&home.ledger()).expect("opens").size(), 0);
    // The first goes on undisturbed.
    let mut rows = first.stdin.take().expect("is piped");
    rows.write_all(b"e1,new_logo,acme,2025-01-01,10,USD\n").expect("it listens");
    drop(rows);
    assert!(first.wait().expect("ends").success());
    assert_eq!(Reader::open(&home.ledger()).expect("opens").size(), 2);
    home.type_in(APPEND).good();
}

#[test]
fn the_lock_of_a_killed_process_never_blocks() {
    let home = Home::with_ledger();
    for round in 0..3 {
        let mut killed = waiting_import(&home);
        killed.kill().expect("can be killed");
        killed.wait().expect("ends");
        assert_eq!(holder(&home).first(), Some(&killed.id().to_string()), "its name still stands there");
        home.type_in(&format!("{APPEND} --event-id e{round}")).good();
    }
    home.type_in("verify").good();
}

#[test]
fn a_second_reader_is_answered_from_the_cache_as_of_its_position_and_told_so() {
    let home = Home::with_ledger();
    home.write("one.csv", "event_id,kind,customer_id,effective_at,mrr,currency\ne1,new_logo,acme,2025-01-01,10,USD\n");
    home.type_in("import one.csv").good();
    let question = "mrr --at 2025-12-31 -o json";
    let known = home.type_in(question).good().json();
    // More records, in the store, that the cache does not have; and somebody who reads the store.
    let mut writer = Writer::open(&home.ledger(), Options::default()).expect("the ledger is free");
    writer.append((0..5).map(event).collect(), Expected::Any).expect("appends");
    writer.close().expect("drains");
    let reader = Reader::open(&home.ledger()).expect("opens");
    let reading = reader.read(..).expect("the store is free");
    let told = home.type_in(question).good();
    assert!(told.stderr.contains("answered from the projection cache, which has the first 2 of 7 records"), "{told:?}");
    assert!(told.stderr.contains(&format!("in use by process {}", std::process::id())), "{told:?}");
    assert_eq!(told.json()["ledger"]["size"], 2, "the answer says what it rests on");
    assert_eq!(told.json()["total"], known["total"]);
    drop((reading, reader));
    let whole = home.type_in(question).good();
    assert_eq!((whole.stderr.as_str(), &whole.json()["ledger"]["size"]), ("", &serde_json::json!(7)));
}
