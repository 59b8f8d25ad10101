//! Disks that are full, limited or read-only, by the system's own means.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use recount_ledger::{Options, Reader, Writer, verify};

use crate::faults::script;
use crate::script::{Scene, copy};
use crate::worker;

/// A file system in memory of its own, if this user may mount one.
struct Mounted(PathBuf);

impl Mounted {
    fn at(folder: &Path, bytes: u64) -> Option<Self> {
        std::fs::create_dir_all(folder).expect("a test can write");
        let size = format!("size={bytes}");
        run("mount", &["-t", "tmpfs", "-o", &size, "none", &folder.display().to_string()])
            .then(|| Self(folder.to_owned()))
    }

    fn remount(&self, how: &str) {
        assert!(run("mount", &["-o", &format!("remount,{how}"), &self.0.display().to_string()]), "remounts {how}");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        run("umount", &["-l", &self.0.display().to_string()]);
    }
}

fn run(program: &str, args: &[&str]) -> bool {
    let status = Command::new(program).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// A disk of a container may not be ours to mount, so this is never required.
fn without_mounts(test: &str) {
    eprintln!("SKIPPED {test}: this user may not mount a file system");
}

/// The worker was told, stood still, and left a ledger that opens and holds what it acknowledged.
fn met(output: &Output, context: &str) -> u64 {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(worker::MET), "{context}\n{stdout}{stderr}");
    assert!(!stderr.contains("panicked"), "{context}: a panic reached the user:\n{stderr}");
    let sizes = stdout.lines().filter_map(|line| line.strip_prefix("ACK ")?.parse().ok());
    sizes.max().unwrap_or(0)
}

fn intact(scene: &Scene, ledger: &Path, acknowledged: u64, context: &str) {
    let size = Reader::open(ledger).unwrap_or_else(|error| panic!("{context}: {error}")).size();
    assert!(
        size >= acknowledged && scene.sizes.contains(&size),
        "{context}: {size} records, {acknowledged} acknowledged"
    );
    let writer = Writer::open(ledger, Options::default()).unwrap_or_else(|error| panic!("{context}: {error}"));
    writer.close().unwrap_or_else(|error| panic!("{context}: {error}"));
    let report = verify(ledger, &mut |_, _| {}).unwrap_or_else(|error| panic!("{context}: {error}"));
    assert_eq!(report.damage, [], "{context}");
}

#[test]
fn a_full_disk_stops_the_writer_and_loses_nothing() {
    let (scene, home) = (script().scene("writer"), tempfile::tempdir().expect("a folder"));
    let (mut reached, disk) = (Vec::new(), home.path().join("disk"));
    for room in [0, 64 << 10, 200 << 10, 400 << 10, 500 << 10] {
        let Some(mounted) = Mounted::at(&disk, 64 << 20) else { return without_mounts("a full disk") };
        let ledger = scene.set(&disk);
        // Filled up, but for the room.
        let context = format!("{room} bytes are left");
        let filler = std::fs::File::create(disk.join("filler")).expect("a test can write");
        let taken = bytes_below(&disk);
        run("fallocate", &["-l", &((64 << 20) - taken - room).to_string(), &disk.join("filler").display().to_string()]);
        let output = scene.command(&ledger).output().expect("runs");
        let acknowledged = met(&output, &context);
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(!stdout.contains(worker::UNREADABLE), "{context}: reads do not go on\n{stdout}");
        drop(filler);
        std::fs::remove_file(disk.join("filler")).expect("a test can remove");
        intact(scene, &ledger, acknowledged.max(scene.sizes[0]), &context);
        reached.push(acknowledged);
        drop(mounted);
    }
    println!("acknowledged by a disk that fills up: {reached:?}");
    // The tail has its room already: commits go on until it has to be drained.
    assert!(reached.iter().all(|size| *size >= scene.sizes[3]), "{reached:?}");
}

fn bytes_below(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .map(|path| {
            if path.is_dir() {
                4096 + bytes_below(&path)
            } else {
                path.metadata().map_or(0, |file| file.len().next_multiple_of(4096))
            }
        })
        .sum()
}

#[test]
fn a_limit_on_the_size_of_files_stops_the_writer_and_loses_nothing() {
    let scene = script().scene("writer");
    for blocks in [1, 100, 1_100, 3_000] {
        let home = tempfile::tempdir().expect("a folder");
        let ledger = scene.set(home.path());
        let worker = scene.command(&ledger);
        // In blocks of 512 bytes; with the signal ignored the system answers that the file is too large.
        let mut limited = Command::new("sh");
        limited.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
        limited.arg(worker.get_program()).args(worker.get_args());
        limited.envs(worker.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let context = format!("files may have {blocks} blocks");
        // sled makes its file longer whenever it is opened, also to read: what is not in the tail may be out of reach.
        let acknowledged = met(&limited.output().expect("sh runs"), &context);
        intact(scene, &ledger, acknowledged.max(scene.sizes[0]), &context);
    }
}

#[test]
fn a_read_only_ledger_answers_questions_and_says_what_it_cannot_do() {
    let (scene, home) = (script().scene("writer"), tempfile::tempdir().expect("a folder"));
    let disk = home.path().join("disk");
    let Some(mounted) = Mounted::at(&disk, 64 << 20) else { return without_mounts("a read-only disk") };
    let ledger = scene.set(&disk);
    copy(&ledger, &disk.join("uncached"));
    std::fs::remove_dir_all(disk.join("uncached/projection")).expect("a test can remove");
    let ask = |ledger: &str, line: &str| {
        let mut command = Command::new(recount_tests::recount());
        command.arg("--ledger").arg(disk.join(ledger)).args(line.split(' ')).args(["-o", "json"]);
        command.output().expect("the binary runs")
    };
    let question = "mrr --at 2025-12-31";
    let before = ask("ledger", question);
    assert!(before.status.success(), "{before:?}");
    mounted.remount("ro");
    // From the projection cache and the tail, which one has that the other lacks.
    let answered = ask("ledger", question);
    assert_eq!((answered.status.code(), &answered.stdout), (Some(0), &before.stdout), "{answered:?}");
    let refused = ["append --kind merge --customer-id a --into b", "import x.csv", "verify", "log"];
    for (ledger, line) in refused.map(|line| ("ledger", line)).into_iter().chain([("uncached", question)]) {
        let told = ask(ledger, line);
        let error: serde_json::Value = serde_json::from_slice(&told.stderr).unwrap_or_else(|e| panic!("{e}: {told:?}"));
        assert_eq!((told.status.code(), &error["error"]["code"]), (Some(5), &"io".into()), "{line}: {error}");
        let hint = error["error"]["hint"].as_str().unwrap_or_default();
        assert!(hint.contains("on a copy of the whole ledger"), "{line}: {error}");
    }
    mounted.remount("rw");
    assert!(ask("ledger", "verify").status.success());
}
