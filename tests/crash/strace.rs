//! Running a process under strace: what it asked of the system, in order, and faults put into single calls.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Every call that changes what lies on disk, and the two that others wait for: locks and answers.
pub const CALLS: &str =
    "openat,write,pwrite64,fsync,fdatasync,sync_file_range,rename,ftruncate,unlink,rmdir,mkdir,flock";
/// Set where a missing tool is a failure, as in CI.
pub const REQUIRE_TOOLS: &str = "RECOUNT_REQUIRE_TOOLS";

/// Whether strace can be used here; if not the test says so, or fails where tools are required.
pub fn is_there(test: &str) -> bool {
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    if tried.is_ok_and(|status| status.success()) {
        return true;
    }
    skip(test, "strace cannot be run here (install the package `strace`)");
    false
}

/// Says aloud that a test was not run.
pub fn skip(test: &str, why: &str) {
    assert!(std::env::var_os(REQUIRE_TOOLS).is_none(), "{test}: {why}, and {REQUIRE_TOOLS} is set");
    eprintln!("SKIPPED {test}: {why}");
}

/// One system call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The thread.
    pub thread: u32,
    /// Such as `fsync`.
    pub name: String,
    /// As strace prints them, cut after a few bytes of text.
    pub args: String,
    /// The files that it names, by descriptor or by path.
    pub files: Vec<String>,
    /// Lines of the trace in which it begins and ends.
    pub begin: usize,
    pub end: usize,
    /// What it returned, below 0 for an error.
    pub result: i64,
    /// Whether the fault was put into this call.
    pub injected: bool,
}

impl Call {
    pub fn file(&self) -> &str {
        self.files.first().map_or("", String::as_str)
    }

    /// The bytes that a write wrote.
    pub fn bytes(&self) -> i64 {
        self.result
    }
}

/// What a traced process did.
#[derive(Debug)]
pub struct Traced {
    pub output: Output,
    pub calls: Vec<Call>,
}

impl Traced {
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// The first call into which a fault was put.
    pub fn injected(&self) -> Option<&Call> {
        self.calls.iter().find(|call| call.injected)
    }
}

/// Runs a command under strace with further options.
pub fn run(command: &Command, options: &[String]) -> Traced {
    let log = tempfile::NamedTempFile::new().expect("a file");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-s", "16", "-o"]).arg(log.path());
    if !options.iter().any(|option| option.starts_with("trace=")) {
        strace.arg("-e").arg(format!("trace={CALLS}"));
    }
    strace.args(options).arg("--").arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        strace.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    let output = strace.stdin(Stdio::null()).output().expect("strace runs");
    let trace = std::fs::read_to_string(log.path()).expect("a trace is text");
    Traced { output, calls: parse(&trace) }
}

/// Reads a trace; calls come in the order in which they began.
pub fn parse(trace: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for (at, line) in trace.lines().enumerate() {
        let Some((thread, rest)) = line.trim_start().split_once(' ') else { continue };
        let (thread, rest): (u32, _) = (thread.parse().expect("a thread's number"), rest.trim_start());
        if let Some(resumed) = rest.strip_prefix("<... ") {
            let call = calls.iter_mut().rev().find(|call| call.thread == thread && call.end == usize::MAX);
            // The beginning of a call that is not traced is not there either.
            let Some(call) = call else { continue };
            (call.result, call.injected) = outcome(resumed);
            call.end = at;
        } else if let Some((name, args)) = rest.split_once('(').filter(|_| !rest.starts_with(['+', '-'])) {
            let unfinished = args.ends_with("<unfinished ...>");
            let (result, injected) = if unfinished { (-1, false) } else { outcome(args) };
            calls.push(Call {
                thread,
                name: name.to_owned(),
                files: files(args),
                args: args.to_owned(),
                begin: at,
                end: if unfinished { usize::MAX } else { at },
                result,
                injected,
            });
        }
    }
    calls
}

/// ` = 0`, ` = -1 EIO (...) (INJECTED)`, ` = 7</path>`, ` = ?`
fn outcome(text: &str) -> (i64, bool) {
    let value = text.rsplit_once(" = ").map_or("", |(_, value)| value);
    let digits = value.split(|c: char| c != '-' && !c.is_ascii_digit()).next().unwrap_or_default();
    (digits.parse().unwrap_or(-1), value.contains("INJECTED"))
}

/// Paths of descriptors, `7</path>`, else texts, `"/path"`.
fn files(args: &str) -> Vec<String> {
    match args.split_once('<') {
        Some((number, rest)) if number.parse::<u32>().is_ok() => {
            rest.split_once('>').map(|(path, _)| path.to_owned()).into_iter().collect()
        }
        _ => args.split('"').skip(1).step_by(2).map(str::to_owned).collect(),
    }
}

/// The path of a file as it is told, relative to the ledger's folder; none for anything outside of it.
pub fn within(ledger: &Path, file: &str) -> Option<String> {
    let rest = Path::new(file).strip_prefix(ledger).ok()?.to_string_lossy().into_owned();
    if rest.is_empty() {
        return Some("the folder".to_owned());
    }
    // sled names its snapshots after the length of its log, runs of the index are named after their positions.
    for numbered in ["store/snap", "identity/run"] {
        if rest.starts_with(numbered) {
            let ending = [".generating", ".new"].into_iter().find(|ending| rest.ends_with(ending));
            return Some(format!("{numbered}{}", ending.unwrap_or_default()));
        }
    }
    Some(rest)
}

#[test]
fn a_trace_is_read_with_its_unfinished_calls_and_faults() {
    let trace = "\
7 openat(AT_FDCWD</tmp>, \"/l/tail\", O_RDWR) = 3</l/tail>
8 pwrite64(4</l/store/db>, \"\\377\\0\"..., 24, 15231 <unfinished ...>
7 fdatasync(3</l/tail>)  = -1 EIO (Input/output error) (INJECTED)
8 <... pwrite64 resumed>) = 24
7 rename(\"/l/tail.new\", \"/l/tail\") = 0
7 +++ exited with 0 +++
";
    let calls = parse(trace);
    let told: Vec<_> =
        calls.iter().map(|call| (call.name.as_str(), call.files.join(" "), call.result, call.injected)).collect();
    let expected = [
        ("openat", "/l/tail".to_owned(), 3, false),
        ("pwrite64", "/l/store/db".to_owned(), 24, false),
        ("fdatasync", "/l/tail".to_owned(), -1, true),
        ("rename", "/l/tail.new /l/tail".to_owned(), 0, false),
    ];
    assert_eq!(told, expected);
    assert_eq!((calls[1].begin, calls[1].end), (1, 3));
}
