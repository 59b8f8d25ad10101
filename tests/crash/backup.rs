//! Backups in a loop while another process appends, imports and drains: each is whole, verified, and holds everything
//! that was acknowledged before it began.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use recount_ledger::{Copy, Expected, Ledger, Options, Reader, Settings, Writer, verify};

use crate::steps::{event, mix};

/// The folder that the writer process writes to.
const DIR: &str = "RECOUNT_BACKUP_DIR";
/// Backups, one after the other; the environment may ask for more.
const BACKUPS: &str = "RECOUNT_BACKUPS";
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two steps of the writer, so that the ledger does not outgrow the test.
const PAUSE: Duration = Duration::from_millis(1);

/// Rows of the next step in a ledger of this size; an import has one record more, its own.
fn rows_at(size: u64) -> (u64, bool) {
    let mixed = mix(size);
    if mixed.is_multiple_of(29) { (1 + mixed / 29 % 900, true) } else { (1 + mixed / 29 % 60, false) }
}

fn is_boundary(size: u64) -> bool {
    let mut at = 0;
    while at < size {
        let (rows, import) = rows_at(at);
        at += rows + u64::from(import);
    }
    at == size
}

/// Started by the test below it writes until it is killed; started with all other tests it takes a few steps.
#[test]
fn writes_steps_of_known_sizes() {
    let given = std::env::var_os(DIR);
    let home = tempfile::tempdir().expect("a folder");
    let dir = given.as_ref().map_or_else(|| home.path().join("ledger"), Into::into);
    if given.is_none() {
        Ledger::create(&dir, Settings::default()).expect("makes a ledger");
    }
    let mut writer = Writer::open(&dir, Options::default()).expect("opens");
    let mut steps = 0;
    while given.is_some() || steps < 60 {
        step(&mut writer);
        steps += 1;
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nACK {}", writer.size()).and_then(|()| out.flush()).expect("someone listens");
        std::thread::sleep(PAUSE);
    }
    assert!(is_boundary(writer.size()) && !is_boundary(writer.size() + 1));
}

fn step(writer: &mut Writer) {
    let size = writer.size();
    let (rows, import) = rows_at(size);
    let events = (size..size + rows).map(event).collect();
    if import {
        let mut stage = writer.stage().expect("begins");
        stage.push_chunk(events).expect("takes rows");
        stage.finish().expect("compares").publish(Some(event(size + rows))).expect("publishes");
    } else {
        writer.append(events, Expected::Size(size)).expect("appends");
    }
}

/// The writer in a process of its own; killed when dropped.
struct Busy {
    child: Child,
    acknowledged: Arc<AtomicU64>,
}

impl Busy {
    fn start(dir: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this test binary"));
        command.args(["--exact", "backup::writes_steps_of_known_sizes", "--nocapture", "--test-threads=1"]);
        let mut child = command.env(DIR, dir).stdout(Stdio::piped()).spawn().expect("starts");
        let acknowledged = Arc::new(AtomicU64::new(0));
        let heard = acknowledged.clone();
        let out = BufReader::new(child.stdout.take().expect("is piped"));
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if let Some(size) = line.strip_prefix("ACK ").and_then(|size| size.parse().ok()) {
                    heard.store(size, Ordering::SeqCst);
                }
            }
        });
        Self { child, acknowledged }
    }

    /// More than so many records were acknowledged.
    fn wait_for_more(&self, than: u64) -> u64 {
        let began = Instant::now();
        loop {
            let acknowledged = self.acknowledged.load(Ordering::SeqCst);
            if acknowledged > than {
                return acknowledged;
            }
            assert!(began.elapsed() < PATIENCE, "the writer stands at {acknowledged} records");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.child.kill().expect("can be killed");
        self.child.wait().expect("ends");
    }
}

#[test]
fn backups_beside_a_writer_are_whole_and_have_everything_acknowledged() {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("ledger");
    Ledger::create(&dir, Settings::default()).expect("makes a ledger");
    let backups = std::env::var(BACKUPS).map_or(4, |count| count.parse().expect("a number"));
    let writer = Busy::start(&dir);
    let mut last = 3_000;
    for number in 0..backups {
        // Each has new frames to find in the store.
        let acknowledged = writer.wait_for_more(last);
        let target = home.path().join(format!("backup-{number}"));
        let copy = Copy::of(&dir, &target, &mut |_, _, _| {}).expect("a backup beside a writer");
        let (size, root) = (copy.size(), copy.root());
        copy.keep().expect("keeps it");
        assert!(size >= acknowledged, "{acknowledged} records were acknowledged before, the backup has {size}");
        assert!(is_boundary(size), "the backup ends within a batch: {size} records");
        look_at(&target, size, root);
        last = size;
        std::fs::remove_dir_all(&target).expect("removes it");
    }
    drop(writer);
    assert!(Reader::open(&dir).expect("opens").size() >= last, "the original has what the last backup had");
}

fn look_at(target: &Path, size: u64, root: [u8; 32]) {
    let report = verify(target, &mut |_, _| {}).expect("can be verified");
    assert_eq!((report.size, report.root, report.damage), (size, root, Vec::new()));
    let mut position = 0;
    for chunk in Reader::open(target).expect("opens").read(..).expect("reads") {
        for record in chunk.expect("is good").records() {
            assert_eq!(record.event.id(), event(position).id(), "position {position}");
            position += 1;
        }
    }
    assert_eq!(position, size);
}
