//! The scripted run: one command after the other, each a process of its own, on a ledger that grows.
//!
//! A [`Scene`] is one of them with the ledger as it was before, so that it can be played again and again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use recount_ledger::Reader;
use tempfile::TempDir;

use crate::worker;

/// Rows of the imported file: more than a frame.
pub const ROWS: u64 = 2_500;

/// What a scene runs.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// The binary with these arguments; `rows.csv` is the file to import.
    Binary(&'static [&'static str]),
    /// This test binary as a writer that commits, drains, imports and closes; see [`worker`].
    Worker,
}

/// One command of the run.
#[derive(Debug)]
pub struct Scene {
    pub name: &'static str,
    pub work: Work,
    /// The ledger before it, in a folder that is not touched; none before there is one.
    before: PathBuf,
    /// The sizes at which the ledger may be found afterwards; the last is that of a run without faults.
    pub sizes: Vec<u64>,
    rows: PathBuf,
}

/// The whole run.
#[derive(Debug)]
pub struct Script {
    _home: TempDir,
    pub scenes: Vec<Scene>,
}

const RUN: [(&str, Work); 6] = [
    ("init", Work::Binary(&["init"])),
    (
        "append",
        Work::Binary(&[
            "append",
            "--kind",
            "new_logo",
            "--customer-id",
            "acme",
            "--effective-at",
            "2025-01-01",
            "--mrr",
            "10",
            "--currency",
            "USD",
            "--event-id",
            "first",
        ]),
    ),
    ("import", Work::Binary(&["import", "rows.csv"])),
    (
        "append to a longer ledger",
        Work::Binary(&[
            "append",
            "--kind",
            "upgrade",
            "--customer-id",
            "acme",
            "--effective-at",
            "2025-02-01",
            "--mrr",
            "20",
            "--currency",
            "USD",
            "--event-id",
            "second",
        ]),
    ),
    ("writer", Work::Worker),
    ("figure", Work::Binary(&["mrr", "--at", "2025-12-31"])),
];

impl Script {
    /// Plays the run once, keeping the ledger before every scene.
    pub fn play() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let rows = home.path().join("rows.csv");
        fs::write(&rows, csv()).expect("a test can write");
        let (ledger, mut size, mut scenes) = (home.path().join("ledger"), 0, Vec::new());
        for (number, (name, work)) in RUN.into_iter().enumerate() {
            let before = home.path().join(format!("before-{number}"));
            if ledger.exists() {
                copy(&ledger, &before);
            }
            let sizes = match work {
                Work::Worker => worker::sizes(size),
                Work::Binary([command, ..]) => {
                    let more = [("append", 1), ("import", ROWS + 1)].iter().find(|(name, _)| name == command);
                    more.map_or(vec![size], |(_, records)| vec![size, size + records])
                }
                Work::Binary([]) => Vec::new(),
            };
            let scene = Scene { name, work, before, sizes, rows: rows.clone() };
            let done = scene.command(&ledger).output().expect("runs");
            assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
            size = Reader::open(&ledger).expect("opens").size();
            assert_eq!(Some(&size), scene.sizes.last(), "{name}");
            scenes.push(scene);
        }
        Self { _home: home, scenes }
    }

    pub fn scene(&self, name: &str) -> &Scene {
        self.scenes.iter().find(|scene| scene.name == name).expect("a scene has a name of the run")
    }
}

impl Scene {
    /// A ledger as it was before the scene, in `folder/ledger`.
    pub fn set(&self, folder: &Path) -> PathBuf {
        let ledger = folder.join("ledger");
        if self.before.exists() {
            copy(&self.before, &ledger);
        }
        ledger
    }

    /// The command of the scene on a ledger.
    pub fn command(&self, ledger: &Path) -> Command {
        match self.work {
            Work::Worker => worker::command(ledger),
            Work::Binary(args) => {
                let mut command = Command::new(recount_tests::recount());
                command.arg("--ledger").arg(ledger).args(["-o", "json"]);
                let given = |arg: &&str| if *arg == "rows.csv" { self.rows.as_os_str().to_owned() } else { arg.into() };
                command.args(args.iter().map(given)).env("USER", "tester");
                command
            }
        }
    }
}

fn csv() -> String {
    let row = |n: u64| format!("r{n},change,customer {},2025-01-{:02},{},USD\n", n % 300, 1 + n % 28, 1 + n % 90);
    let head = "event_id,kind,customer_id,effective_at,mrr,currency\n".to_owned();
    head + &(0..ROWS).map(row).collect::<String>()
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a test can write");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("a test can copy")),
        }
    }
}
