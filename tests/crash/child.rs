//! The process that is killed: this test binary, started again with the ledger's folder in its environment.

use std::io::Write;
use std::path::Path;

use recount_ledger::{Expected, Ledger, Options, Settings, Writer};

use crate::steps::{Step, event, is_boundary};

/// The folder of the ledger.
pub const DIR: &str = "RECOUNT_CRASH_DIR";
/// Whether to drain right after opening, so that the store is opened and written to at once.
pub const DRAIN_FIRST: &str = "RECOUNT_CRASH_DRAIN_FIRST";

/// Started by the kill loop it works until it is killed; started with all other tests it takes a few steps.
#[test]
fn works_in_steps() {
    match std::env::var_os(DIR) {
        Some(dir) => work_until_killed(Path::new(&dir)),
        None => {
            let home = tempfile::tempdir().expect("a folder");
            let dir = home.path().join("ledger");
            Ledger::create(&dir, Settings::default()).expect("makes a ledger");
            let mut writer = open(&dir);
            (0..20).for_each(|_| step(&mut writer));
            assert!(is_boundary(writer.size()) && !is_boundary(writer.size() + 1));
        }
    }
}

fn work_until_killed(dir: &Path) {
    say("BEGIN", 0);
    let mut writer = open(dir);
    if std::env::var_os(DRAIN_FIRST).is_some() {
        say("NOW drain", writer.size());
        writer.close().expect("drains");
        writer = open(dir);
    }
    loop {
        step(&mut writer);
        say("ACK", writer.size());
    }
}

fn open(dir: &Path) -> Writer {
    say("NOW open", 0);
    let writer = Writer::open(dir, Options::default()).expect("opens after every kill");
    say("OPEN", writer.size());
    writer
}

fn step(writer: &mut Writer) {
    let size = writer.size();
    match Step::at(size) {
        Step::Append(count) => {
            // One that fills the tail drains it.
            say("NOW append", size);
            let batch = (size..size + count).map(event).collect();
            let outcomes = writer.append(batch, Expected::Size(size)).expect("appends");
            assert!(outcomes.iter().all(|outcome| !outcome.duplicate));
        }
        Step::Import(rows) => {
            say("NOW import", size);
            let mut stage = writer.stage().expect("begins");
            stage.push_chunk((size..size + rows).map(event).collect()).expect("takes rows");
            let staged = stage.finish().expect("compares");
            assert_eq!(staged.outcome().recorded, rows, "no row is there already");
            staged.publish(Some(event(size + rows))).expect("publishes");
        }
    }
}

/// Tells whoever started this process. When that has gone, so should this process.
pub fn say(what: &str, size: u64) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{what} {size}").and_then(|()| out.flush()).expect("someone listens");
}
