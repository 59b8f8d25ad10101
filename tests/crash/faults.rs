//! A fault put into each write, sync, rename, creation and removal of the scripted run, one by one.
//!
//! A first run under strace lists the calls of a scene. Then the scene is played once for each of them, on a fresh copy
//! of the ledger, with that call failing (or the process killed as it makes it). Whoever asked must be told, nothing
//! acknowledged may be lost, and the ledger must open, be intact, and take the same command again.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::OnceLock;

use recount_ledger::{OpenError, Options, Reader, Writer, verify};

use crate::script::{Scene, Script, Work};
use crate::strace::{self, Call, Traced, within};
use crate::worker;

/// Play only every n-th fault; 1 for all of them.
const EVERY: &str = "RECOUNT_FAULT_EVERY";
const EVERY_BY_DEFAULT: usize = 10;

/// One call of a scene, as it can be found again: the n-th of its name that names this file, or the n-th at all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Target {
    name: String,
    /// None for files whose names differ from run to run.
    file: Option<String>,
    number: usize,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    Error(&'static str),
    Kill,
}

/// What became of the faults of one scene.
#[derive(Debug, Default)]
struct Count {
    told: usize,
    harmless: usize,
    killed: usize,
    missed: usize,
    by_call: BTreeMap<String, usize>,
}

#[test]
fn no_fault_while_a_ledger_is_made_or_appended_to_loses_or_halves_anything() {
    play(&["init", "append", "append to a longer ledger"]);
}

#[test]
fn no_fault_during_an_import_loses_or_halves_anything() {
    play(&["import"]);
}

#[test]
fn no_fault_under_a_long_running_writer_loses_or_halves_anything() {
    play(&["writer"]);
}

#[test]
fn no_fault_while_a_figure_is_asked_for_changes_anything() {
    play(&["figure"]);
}

/// The run, played once for all tests.
pub fn script() -> &'static Script {
    static SCRIPT: OnceLock<Script> = OnceLock::new();
    SCRIPT.get_or_init(Script::play)
}

fn play(names: &[&str]) {
    if !strace::is_there("injected faults") {
        return;
    }
    let script = script();
    let every = std::env::var(EVERY).ok().and_then(|every| every.parse().ok()).unwrap_or(EVERY_BY_DEFAULT).max(1);
    let seed = std::env::var("RECOUNT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    for name in names {
        let scene = script.scene(name);
        let faults = faults(scene);
        let all = faults.len();
        let (mut count, mut failures) = (Count::default(), Vec::new());
        for (target, fault) in faults.into_iter().skip(seed % every).step_by(every) {
            let played = catch_unwind(AssertUnwindSafe(|| inject(scene, &target, fault, &mut count)));
            failures.extend(played.is_err().then(|| format!("{fault:?} at {target:?}")));
        }
        assert!(failures.is_empty(), "RECOUNT_SEED={seed} {EVERY}={every}, {name}: {failures:#?}");
        let done = count.told + count.harmless + count.killed;
        println!("{name}: {done} of {all} faults put in, {EVERY}={every}: {count:?}");
        assert!(done > 0, "{name}: no fault was put in");
        // Which of sled's threads makes its n-th call is not the same in every run.
        assert!(count.missed * 4 <= done, "{name}: {count:?}");
    }
}

/// Every call of a scene that changes the ledger, with each fault that it is to meet.
fn faults(scene: &Scene) -> Vec<(Target, Fault)> {
    let home = tempfile::tempdir().expect("a folder");
    let ledger = scene.set(home.path());
    let traced = strace::run(&scene.command(&ledger), &[]);
    assert!(traced.output.status.success(), "{}: {}", scene.name, traced.stderr());
    let mut targets: Vec<Target> = Vec::new();
    for call in traced.calls.iter().filter(|call| changes(call)) {
        let Some(file) = within(&ledger, call.file()) else { continue };
        let path = Path::new(call.file()).strip_prefix(&ledger).expect("lies within").display().to_string();
        let fixed = !file.contains("snap");
        let same = |other: &&Call| {
            let named = call.files.first().is_none_or(|file| other.files.contains(file));
            other.thread == call.thread && other.name == call.name && other.begin <= call.begin && (named || !fixed)
        };
        let number = traced.calls.iter().filter(same).count();
        let target = Target { name: call.name.clone(), file: fixed.then_some(path), number };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    targets.into_iter().flat_map(|target| meets(&target).map(move |fault| (target.clone(), fault))).collect()
}

fn changes(call: &Call) -> bool {
    call.name != "flock" && (call.name != "openat" || call.args.contains("O_CREAT"))
}

fn meets(target: &Target) -> impl Iterator<Item = Fault> + use<> {
    let full = matches!(target.name.as_str(), "write" | "pwrite64" | "ftruncate").then_some(Fault::Error("ENOSPC"));
    [Fault::Error("EIO"), Fault::Kill].into_iter().chain(full)
}

fn inject(scene: &Scene, target: &Target, fault: Fault, count: &mut Count) {
    let context = format!("{}: {fault:?} at {target:?}", scene.name);
    let home = tempfile::tempdir().expect("a folder");
    let ledger = scene.set(home.path());
    let what = match fault {
        Fault::Error(error) => format!("error={error}"),
        Fault::Kill => "signal=KILL".to_owned(),
    };
    let mut options = vec!["-e".to_owned(), format!("trace={}", target.name), "-e".to_owned()];
    options.push(format!("inject={}:{what}:when={}", target.name, target.number));
    if let Some(file) = &target.file {
        let path = ledger.join(file).display().to_string();
        options.extend(["-P".to_owned(), path.trim_end_matches('/').to_owned()]);
    }
    let traced = strace::run(&scene.command(&ledger), &options);
    let killed = traced.output.status.code().is_none();
    match (traced.injected(), fault) {
        (None, Fault::Error(_)) => count.missed += 1,
        (_, Fault::Kill) if !killed => count.missed += 1,
        (_, Fault::Kill) => count.killed += 1,
        _ => {
            let told = told(scene, &traced, &ledger, &context);
            *if told { &mut count.told } else { &mut count.harmless } += 1;
        }
    }
    *count.by_call.entry(target.name.clone()).or_default() += 1;
    let acknowledged = acknowledged(scene, &traced);
    intact_afterwards(scene, &ledger, acknowledged, &context);
}

/// Whether the caller was told that something failed; if not, the command must have done what it should.
fn told(scene: &Scene, traced: &Traced, ledger: &Path, context: &str) -> bool {
    let stderr = traced.stderr();
    assert!(!stderr.contains("panicked"), "{context}: a panic reached the user:\n{stderr}");
    let stdout = String::from_utf8_lossy(&traced.output.stdout);
    assert!(!stdout.contains(worker::UNREADABLE), "{context}: reads do not go on after one fault:\n{stdout}");
    match (traced.output.status.code(), scene.work) {
        (Some(0), _) => {
            let size = Reader::open(ledger).unwrap_or_else(|error| panic!("{context}: {error}")).size();
            assert_eq!(Some(&size), scene.sizes.last(), "{context}: nobody was told");
            false
        }
        (Some(worker::MET), Work::Worker) => true,
        (Some(5), Work::Binary(_)) => {
            let error = stderr.lines().find(|line| line.starts_with("{\"error\"")).unwrap_or_default();
            let error: serde_json::Value =
                serde_json::from_str(error).unwrap_or_else(|bad| panic!("{context}: {bad}\n{stderr}"));
            let error = &error["error"];
            let file = error["file"].as_str().unwrap_or_default();
            assert!(Path::new(file).starts_with(ledger), "{context}: the error names no file: {stderr}");
            assert!(error["hint"].is_string(), "{context}: the error says not what to do: {stderr}");
            true
        }
        (code, _) => panic!("{context}: exit code {code:?}\n{stderr}"),
    }
}

/// The size that the process called durable before it ended.
fn acknowledged(scene: &Scene, traced: &Traced) -> u64 {
    let stdout = String::from_utf8_lossy(&traced.output.stdout);
    let acknowledged = match scene.work {
        Work::Worker => stdout.lines().filter_map(|line| line.strip_prefix("ACK ")?.parse().ok()).max(),
        // An answer of the binary is its last word.
        Work::Binary(_) => scene.sizes.last().copied().filter(|_| !stdout.is_empty()),
    };
    acknowledged.or(scene.sizes.first().copied()).unwrap_or(0)
}

/// The next open is clean, everything acknowledged is there, nothing by halves, and the same command goes through.
fn intact_afterwards(scene: &Scene, ledger: &Path, acknowledged: u64, context: &str) {
    match Reader::open(ledger) {
        Err(OpenError::Missing(_)) if scene.name == "init" && acknowledged == 0 => {}
        Err(error) => panic!("{context}: {error}"),
        Ok(reader) => {
            let size = reader.size();
            assert!(size >= acknowledged, "{context}: {size} records, {acknowledged} acknowledged");
            assert!(scene.sizes.contains(&size), "{context}: {size} records, a commit ends at {:?}", scene.sizes);
        }
    }
    if matches!(scene.work, Work::Binary(_)) {
        let again = scene.command(ledger).output().expect("runs");
        let stderr = String::from_utf8_lossy(&again.stderr);
        // It may be that the ledger was made, and only the last word of that failed.
        let made = scene.name == "init" && stderr.contains("ledger_exists");
        assert!(again.status.success() || made, "{context}: not even the second time\n{stderr}");
        let size = Reader::open(ledger).unwrap_or_else(|error| panic!("{context}: {error}")).size();
        assert!(scene.sizes.contains(&size), "{context}: {size} records after the second time");
    } else {
        let writer = Writer::open(ledger, Options::default()).unwrap_or_else(|error| panic!("{context}: {error}"));
        writer.close().unwrap_or_else(|error| panic!("{context}: {error}"));
    }
    let report = verify(ledger, &mut |_, _| {}).unwrap_or_else(|error| panic!("{context}: {error}"));
    assert_eq!(report.damage, [], "{context}");
}
