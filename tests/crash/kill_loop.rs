//! Rounds of: start the child, kill it, look.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use recount_ledger::{Ledger, Reader, Settings, verify};

use crate::child::{DIR, DRAIN_FIRST};
use crate::steps::{event, is_boundary, mix};

/// How many processes are killed; `RECOUNT_KILLS` sets another number.
const ROUNDS: u64 = 220;
/// Reading everything takes longer the longer the ledger is, so it is done so many times.
const LOOKS: u64 = 11;

/// What the child said before it was killed.
#[derive(Debug, Default)]
struct Heard {
    began: bool,
    /// The greatest size that it called durable, or found.
    size: u64,
    /// What it had said last that it was about to do.
    doing: String,
}

#[test]
fn kills_lose_nothing_and_leave_nothing_half_there() {
    let number = |name: &str, usual: u64| std::env::var(name).ok().and_then(|set| set.parse().ok()).unwrap_or(usual);
    let (seed, rounds) = (number("RECOUNT_SEED", 1), number("RECOUNT_KILLS", ROUNDS));
    let mut killed_while = BTreeMap::<String, u64>::new();
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("ledger");
    Ledger::create(&dir, Settings::default()).expect("makes a ledger");
    let mut size = 0;
    for round in 0..rounds {
        let context = format!("RECOUNT_SEED={seed}, round {round}, {} ", dir.display());
        let heard = run_and_kill(&dir, mix(seed * 1_000_003 + round));
        let reader = Reader::open(&dir).unwrap_or_else(|error| panic!("{context}: {error}"));
        assert!(heard.began, "{context}: the child never began");
        assert!(reader.size() >= size, "{context}: {} records of {size}", reader.size());
        assert!(reader.size() >= heard.size, "{context}: {} records, {} acknowledged", reader.size(), heard.size);
        assert!(is_boundary(reader.size()), "{context}: {} records are no whole number of commits", reader.size());
        size = reader.size();
        drop(reader);
        *killed_while.entry(heard.doing).or_default() += 1;
        if round % (rounds / LOOKS).max(1) == 0 || round + 1 == rounds {
            look_at_everything(&dir, &context);
        }
    }
    println!("RECOUNT_SEED={seed}: {rounds} processes killed while they did {killed_while:?}; {size} records");
    assert!(size > 2_048, "the kills left no time to write anything: {size}");
    for step in ["open", "append", "import", "drain"] {
        assert!(
            killed_while.contains_key(step),
            "RECOUNT_SEED={seed}: nobody was killed during {step}: {killed_while:?}"
        );
    }
}

/// Starts the child and kills it: some within the first milliseconds of opening, some in the middle of their work.
fn run_and_kill(dir: &Path, random: u64) -> Heard {
    let mut command = Command::new(std::env::current_exe().expect("this test binary"));
    command.args(["--exact", "child::works_in_steps", "--nocapture", "--test-threads=1"]).env(DIR, dir);
    if random.is_multiple_of(3) {
        command.env(DRAIN_FIRST, "1");
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let lines = listen(&mut child);
    let mut heard = Heard::default();
    // On a slow machine nothing long would ever be finished if all were killed by the clock.
    let awaited = if (random / 512).is_multiple_of(16) { "ACK" } else { "BEGIN" };
    while let Ok(line) = lines.recv_timeout(Duration::from_secs(60)) {
        note(&mut heard, &line);
        if line.starts_with(awaited) {
            break;
        }
    }
    let micros = match random / 8 % 4 {
        0 => random / 64 % 5_000,
        1 => random / 64 % 40_000,
        _ => random / 64 % 200_000,
    };
    std::thread::sleep(Duration::from_micros(micros));
    // An error means that it has ended by itself, which shows below.
    let ended = child.try_wait().expect("can be asked").is_some();
    if !ended {
        child.kill().expect("can be killed");
    }
    let output = child.wait_with_output().expect("ends");
    lines.iter().for_each(|line| note(&mut heard, &line));
    assert!(!ended, "the child failed by itself:\n{}", String::from_utf8_lossy(&output.stderr));
    heard
}

fn listen(child: &mut Child) -> Receiver<String> {
    let (send, lines) = channel();
    let out = BufReader::new(child.stdout.take().expect("is piped"));
    std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
    lines
}

fn note(heard: &mut Heard, line: &str) {
    heard.began |= line.starts_with("BEGIN");
    if let Some(step) = line.strip_prefix("NOW ") {
        heard.doing = step.split(' ').next().unwrap_or_default().to_owned();
    }
    let size = line.strip_prefix("ACK ").or_else(|| line.strip_prefix("OPEN ")).and_then(|size| size.parse().ok());
    heard.size = heard.size.max(size.unwrap_or(0));
}

fn look_at_everything(dir: &Path, context: &str) {
    let report = verify(dir, &mut |_, _| {}).unwrap_or_else(|error| panic!("{context}: {error}"));
    assert_eq!(report.damage, [], "{context}");
    let reader = Reader::open(dir).expect("opens");
    let mut position = 0;
    for chunk in reader.read(..).expect("reads") {
        for record in chunk.expect("reads").records() {
            assert_eq!(record.event.id(), event(position).id(), "{context}: position {position}");
            position += 1;
        }
    }
    assert_eq!(position, report.size, "{context}");
    let blobs = std::fs::read_dir(dir.join("store/blobs")).expect("a folder").count();
    assert_eq!(blobs, 0, "{context}: sled never syncs what it puts there");
}
