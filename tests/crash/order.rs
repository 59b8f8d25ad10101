//! The order in which files are written, synced and put in place, as docs/format.md has it, against what the kernel saw.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::faults::script;
use crate::strace::{self, Call, Traced, within};
use crate::worker;

/// An entry of the tail without records: the mark of an orderly end, which nothing waits for.
const MARK_BYTES: i64 = 80;

#[test]
fn every_step_is_written_synced_and_put_in_place_as_the_format_page_says() {
    if !strace::is_there("the order of writes") {
        return;
    }
    let script = script();
    let page = include_str!("../../docs/format.md");
    let mut told = BTreeMap::new();
    for scene in &script.scenes {
        let home = tempfile::tempdir().expect("a folder");
        let ledger = scene.set(home.path());
        let traced = strace::run(&scene.command(&ledger), &[]);
        assert!(traced.output.status.success(), "{}: {}", scene.name, traced.stderr());
        syncs_wait_for_writes(&traced.calls, scene.name);
        let lines = tell(&traced, &ledger);
        answers_wait_for_syncs(&lines, scene.name);
        // The folder is made to have a place for the lock; a reader syncs what it read.
        let first = lines.iter().find(|line| !["make the folder", "sync tail"].contains(&line.as_str()));
        assert_eq!(first.map(String::as_str), Some("lock"), "{}: nothing is written before", scene.name);
        told.insert(scene.name, lines);
    }
    let asked = &told["figure"];
    assert_eq!(asked[0], "sync tail", "what a reader tells of is durable, whoever wrote it: {asked:#?}");
    for (block, scene) in
        [("make", "init"), ("commit", "append"), ("commit", "writer"), ("drain", "writer"), ("import", "writer")]
    {
        let documented = documented(page, block);
        let found = told[scene].windows(documented.len()).any(|lines| lines == documented);
        assert!(found, "{block} is not as docs/format.md has it:\n{documented:#?}\nin\n{:#?}", told[scene]);
    }
}

/// The lines of the block that begins with `# NAME` on the page.
fn documented(page: &str, name: &str) -> Vec<String> {
    let block = page.split("```text\n").find_map(|block| block.strip_prefix(&format!("# {name}\n")));
    let block = block.and_then(|block| block.split("```").next()).expect("the page has the block");
    block.lines().map(str::to_owned).collect()
}

/// The calls in words: a file that is put in place of another as one step, repetitions left out.
fn tell(traced: &Traced, ledger: &Path) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for line in traced.calls.iter().filter_map(|call| words(call, ledger)) {
        told.push(line);
        replaced(&mut told);
        if told.len() > 1 && told[told.len() - 1] == told[told.len() - 2] {
            told.pop();
        }
    }
    told
}

/// `write F.new` (unless it is empty), `sync F.new`, `rename F.new to F`, `sync` of the folder, in just this order, are
/// `replace F`.
fn replaced(told: &mut Vec<String>) {
    let [.., sync, rename, folder] = told.as_slice() else { return };
    let Some(new) = rename.strip_prefix("rename ").and_then(|names| names.split(' ').next()) else { return };
    let file = new.trim_end_matches(".new").to_owned();
    let parent = file.rsplit_once('/').map_or("the folder", |(parent, _)| parent);
    let steps = [format!("sync {new}"), format!("rename {new} to {file}"), format!("sync {parent}")];
    if steps == [sync.as_str(), rename, folder] {
        let write = format!("write {new}");
        told.truncate(told.len() - steps.len());
        told.pop_if(|last| *last == write);
        told.push(format!("replace {file}"));
    }
}

/// What records hang on is synced when anybody is told.
fn answers_wait_for_syncs(told: &[String], name: &str) {
    let (mut unsynced, mut answers) = (BTreeSet::new(), 0);
    for line in told {
        match line.split_once(' ') {
            Some(("write", file)) if !file.starts_with("projection") && !file.contains("snap") => {
                unsynced.insert(file);
            }
            Some(("sync", file)) => drop(unsynced.remove(file)),
            Some(("rename", names)) => {
                let new = names.split(' ').next().unwrap_or_default();
                assert!(new.contains("snap"), "{name}: {line} is no whole replacement:\n{told:#?}");
            }
            None if line == "answer" => {
                answers += 1;
                assert!(unsynced.is_empty(), "{name}: an answer before {unsynced:?} was synced:\n{told:#?}");
            }
            _ => {}
        }
    }
    assert!(answers > 0, "{name}: nobody was told anything");
}

fn words(call: &Call, ledger: &Path) -> Option<String> {
    if call.name == "write" && call.args.starts_with("1<") {
        // The binary answers in JSON; a worker among the words of the test harness.
        return (call.args.contains("ACK") || call.args.contains('{')).then(|| "answer".to_owned());
    }
    let file = within(ledger, call.file());
    match (call.name.as_str(), file?) {
        // Who holds the lock is told to others; nothing hangs on it.
        (name, file) if file == "lock" => (name == "flock" && call.args.contains("LOCK_EX")).then(|| "lock".to_owned()),
        // What is not there cannot be removed, and a folder that is there not made.
        ("unlink" | "rmdir" | "mkdir" | "openat", _) if call.result < 0 => None,
        (_, file) if call.result < 0 => panic!("{} {file} failed", call.name),
        ("pwrite64", file) if file == "tail" && call.bytes() == MARK_BYTES => None,
        ("write" | "pwrite64", file) => Some(format!("write {file}")),
        ("fsync" | "fdatasync", file) => Some(format!("sync {file}")),
        ("rename", file) => Some(format!("rename {file} to {}", within(ledger, &call.files[1])?)),
        ("unlink" | "rmdir", file) => Some(format!("remove {file}")),
        ("mkdir", file) => Some(format!("make {file}")),
        _ => None,
    }
}

/// sled writes on threads of its own: none of their writes may still be under way when the file is synced.
fn syncs_wait_for_writes(calls: &[Call], name: &str) {
    let mut syncs = 0;
    for sync in calls.iter().filter(|call| call.name == "fdatasync") {
        syncs += 1;
        let writes = |call: &&Call| matches!(call.name.as_str(), "pwrite64" | "write" | "sync_file_range");
        let same = calls.iter().filter(writes).filter(|call| call.file() == sync.file());
        for write in same {
            assert!(write.end < sync.begin || write.begin > sync.end, "{name}: {write:?} runs beside {sync:?}");
        }
    }
    assert!(syncs > 0 || name == "figure", "{name}: no fdatasync at all");
}

#[test]
fn subscribers_see_a_record_only_after_its_sync() {
    if !strace::is_there("what subscribers see") {
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let ledger = home.path().join("ledger");
    recount_ledger::Ledger::create(&ledger, recount_ledger::Settings::default()).expect("makes a ledger");
    let slow = ["-e".to_owned(), "inject=fdatasync:delay_enter=5000".to_owned()];
    let traced = strace::run(&worker::watching(&ledger), &slow);
    assert!(traced.output.status.success(), "{}", traced.stderr());
    let tail = |call: &&Call| call.name == "fdatasync" && within(&ledger, call.file()).as_deref() == Some("tail");
    let synced: Vec<usize> = traced.calls.iter().filter(tail).map(|call| call.end).collect();
    let stdout = String::from_utf8_lossy(&traced.output.stdout).into_owned();
    let seen: Vec<u64> = stdout.lines().filter_map(|line| line.strip_prefix("SEEN ")?.parse().ok()).collect();
    assert_eq!(seen, (0..worker::WATCHED).collect::<Vec<_>>(), "in order, without gaps");
    let said = traced.calls.iter().filter(|call| call.args.starts_with("1<") && call.args.contains("SEEN"));
    for (position, said) in said.enumerate() {
        // Every record is a commit of its own.
        let before = synced.iter().filter(|end| **end < said.begin).count();
        assert!(before > position, "position {position} was seen after {before} syncs of the tail");
    }
}
