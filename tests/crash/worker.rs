//! A process that uses the library as a server would: it commits, drains, imports, closes, opens again.
//!
//! Where something fails it goes on as far as one may: no further append is taken, what is durable can be read.

use std::path::Path;
use std::process::Command;

use recount_ledger::{AppendError, Appender, Expected, Options, ReadError, Writer};

use crate::child::say;
use crate::steps::event;

/// The folder of the ledger.
const DIR: &str = "RECOUNT_CRASH_WORKER_DIR";
/// The exit code after a failure that was met as it should be.
pub const MET: i32 = 5;
/// Said where what is durable could not be read after a failure.
pub const UNREADABLE: &str = "UNREADABLE";

/// What it commits before it closes; the fourth fills the tail, which is drained before the answer.
const COMMITS: [u64; 5] = [1, 1, 30, 2_030, 7];
/// Then an import of so many rows and its own record, then one more record after the ledger was opened again.
const ROWS: u64 = 300;

/// The sizes at which a commit ends.
pub fn sizes(from: u64) -> Vec<u64> {
    let mut sizes = vec![from];
    for more in COMMITS.into_iter().chain([ROWS + 1, 5, 1]) {
        sizes.push(sizes.last().map_or(0, |size| size + more));
    }
    sizes
}

/// This test binary as that process.
pub fn command(ledger: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this test binary"));
    command.args(["--exact", "worker::commits_drains_imports_and_closes", "--nocapture", "--test-threads=1"]);
    command.env(DIR, ledger);
    command
}

/// The process itself, when it is started by a scene; among all other tests it does nothing.
#[test]
fn commits_drains_imports_and_closes() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let mut size = 0;
    if let Err(failure) = work(Path::new(&dir), &mut size) {
        say(&format!("FAILED {failure} AT"), size);
        std::process::exit(MET);
    }
}

/// The folder of the ledger that is watched.
const WATCH: &str = "RECOUNT_CRASH_WATCH_DIR";
/// Records that it appends, each in a commit of its own.
pub const WATCHED: u64 = 12;

/// This test binary as a process in which one task appends and another follows.
pub fn watching(ledger: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this test binary"));
    command.args(["--exact", "worker::one_task_follows_another", "--nocapture", "--test-threads=1"]);
    command.env(WATCH, ledger);
    command
}

/// The process itself; among all other tests it does nothing.
#[test]
fn one_task_follows_another() {
    let Some(dir) = std::env::var_os(WATCH) else { return };
    let writer = Writer::open(Path::new(&dir), Options::default()).expect("opens");
    let ledger = Appender::start(writer);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        let mut news = ledger.subscribe(0);
        let follower = tokio::spawn(async move {
            while let Some(records) = news.next().await {
                records.expect("reads").iter().for_each(|record| say("SEEN", record.position.0));
            }
        });
        for position in 0..WATCHED {
            ledger.append(vec![event(position)], Expected::Size(position)).await.expect("appends");
        }
        ledger.close().await.expect("closes");
        follower.await.expect("ends");
    });
}

fn work(dir: &Path, size: &mut u64) -> Result<(), String> {
    let mut writer = Writer::open(dir, Options::default()).map_err(|error| error.to_string())?;
    *size = writer.size();
    for records in COMMITS {
        append(&mut writer, records, size)?;
    }
    import(&mut writer, size)?;
    append(&mut writer, 5, size)?;
    writer.close().map_err(|error| error.to_string())?;
    let mut writer = Writer::open(dir, Options::default()).map_err(|error| error.to_string())?;
    append(&mut writer, 1, size)
}

fn append(writer: &mut Writer, records: u64, size: &mut u64) -> Result<(), String> {
    let batch = (*size..*size + records).map(event).collect();
    if let Err(error) = writer.append(batch, Expected::Size(*size)) {
        stands_still(writer, *size);
        return Err(error.to_string());
    }
    *size += records;
    say("ACK", *size);
    Ok(())
}

fn import(writer: &mut Writer, size: &mut u64) -> Result<(), String> {
    let rows = (*size..*size + ROWS).map(event).collect();
    let imported = (|| {
        let mut stage = writer.stage()?;
        stage.push_chunk(rows)?;
        stage.finish()?.publish(Some(event(*size + ROWS)))
    })();
    if let Err(error) = imported {
        stands_still(writer, *size);
        return Err(error.to_string());
    }
    *size += ROWS + 1;
    say("ACK", *size);
    Ok(())
}

/// After a failure nothing more is taken, and what was acknowledged can be read; where the disk refuses that, too, it says
/// so.
fn stands_still(writer: &mut Writer, size: u64) {
    let late = writer.append(vec![event(u64::from(u32::MAX))], Expected::Any);
    assert!(matches!(late, Err(AppendError::Stopped)), "an append after a failure: {late:?}");
    let read = || {
        let counted = writer.read(0..size)?.map(|chunk| Ok(chunk?.records().count() as u64));
        counted.sum::<Result<u64, ReadError>>()
    };
    match read() {
        Ok(read) => assert_eq!(read, size),
        Err(ReadError::Disk(_)) => say(UNREADABLE, size),
        Err(error) => panic!("what is durable can be read: {error}"),
    }
}
