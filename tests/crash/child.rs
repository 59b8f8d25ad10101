//! The process that is killed: this test binary, started again with the ledger's folder in its environment.

use std::io::Write;
use std::path::Path;

use recount_ledger::{Expected, Options, Writer};

use crate::steps::{Step, event};

/// The folder of the ledger.
pub const DIR: &str = "RECOUNT_CRASH_DIR";
/// Whether to drain right after opening, so that the store is opened and written to at once.
pub const DRAIN_FIRST: &str = "RECOUNT_CRASH_DRAIN_FIRST";

#[test]
#[ignore = "runs until it is killed; the kill loop starts it"]
fn child() {
    let dir = std::env::var_os(DIR).expect("the kill loop names the folder");
    say("BEGIN", 0);
    let mut writer = open(Path::new(&dir));
    if std::env::var_os(DRAIN_FIRST).is_some() {
        writer.close().expect("drains");
        writer = open(Path::new(&dir));
    }
    loop {
        step(&mut writer);
        say("ACK", writer.size());
    }
}

fn open(dir: &Path) -> Writer {
    let writer = Writer::open(dir, Options::default()).expect("opens after every kill");
    say("OPEN", writer.size());
    writer
}

fn step(writer: &mut Writer) {
    let size = writer.size();
    match Step::at(size) {
        Step::Append(count) => {
            let batch = (size..size + count).map(event).collect();
            let outcomes = writer.append(batch, Expected::Size(size)).expect("appends");
            assert!(outcomes.iter().all(|outcome| !outcome.duplicate));
        }
        Step::Import(rows) => {
            let mut stage = writer.stage().expect("begins");
            stage.push_chunk((size..size + rows).map(event).collect()).expect("takes rows");
            let staged = stage.finish().expect("compares");
            assert_eq!(staged.outcome().recorded, rows, "no row is there already");
            staged.publish(Some(event(size + rows))).expect("publishes");
        }
    }
}

/// Tells the kill loop. When that has gone, so should this process.
fn say(what: &str, size: u64) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{what} {size}").and_then(|()| out.flush()).expect("someone listens");
}
