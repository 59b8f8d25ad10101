//! One ledger now, before, and with an import that waits to be published; and another ledger.

use std::fs;
use std::ops::Range;
use std::path::Path;

use recount_ledger::{Ledger, Options, Settings, Writer};
use tempfile::TempDir;

use crate::books::{Answer, Book, Files, answer, append, event, project, read_all};

/// Records of the ledger as it is.
pub const SIZE: u64 = 630;

/// What cells are made of.
pub struct Sources {
    /// The ledger as it is: 600 records in the store, 30 in the tail.
    pub book: Book,
    /// All that it answers.
    pub good: Answer,
    /// The same ledger with 300 and 20 records.
    pub earlier: Files,
    /// The files of another ledger that went the same way with other records.
    pub other: Files,
    /// The ledger as it was when it was killed with an import recorded and not published.
    pub staged: Book,
    /// What that answers.
    pub good_staged: Answer,
}

impl Sources {
    /// Makes the ledgers.
    pub fn new() -> Self {
        let (home, [earlier, now, staged]) = ledger(0);
        let (_, [_, mut other, mut other_staged]) = ledger(10_000);
        other.insert("stage".into(), other_staged.remove(Path::new("stage")).expect("is there"));
        let dir = home.path().join("ledger");
        let book = Book::with(home, dir, now);
        let apart = tempfile::tempdir().expect("a folder");
        let dir = apart.path().join("ledger");
        fs::create_dir(&dir).expect("a folder");
        let staged = Book::with(apart, dir, staged);
        let [good, good_staged] = [&book, &staged].map(|book| {
            book.restore();
            let (good, rebuilt) = answer(&book.dir).expect("a sound ledger");
            assert!(!rebuilt, "its cache is good");
            book.restore();
            good
        });
        Self { book, good, earlier, other, staged, good_staged }
    }
}

/// A ledger's files early, later, and killed before an import was published.
fn ledger(from: u64) -> (TempDir, [Files; 3]) {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("ledger");
    Ledger::create(&dir, Settings::default()).expect("makes a ledger");
    grow(&dir, from..from + 300, 20);
    let earlier = read_all(&dir);
    grow(&dir, from + 320..from + 600, 30);
    let now = read_all(&dir);
    append(&dir, 0..0).close().expect("drains");
    let mut staged = read_all(&dir);
    staged.insert("stage".into(), import(&dir, from + SIZE..from + SIZE + 70));
    (home, [earlier, now, staged])
}

/// Appends, drains, makes the cache; then appends by tens to the tail.
fn grow(dir: &Path, numbers: Range<u64>, more: u64) {
    let end = numbers.end;
    append(dir, numbers).close().expect("drains");
    project(dir);
    for first in (end..end + more).step_by(10) {
        drop(append(dir, first..first + 10));
    }
}

/// Imports, and returns the staging file as it was when the import was recorded: another name keeps what publishing removes.
fn import(dir: &Path, numbers: Range<u64>) -> Vec<u8> {
    let mut writer = Writer::open(dir, Options::default()).expect("opens");
    let mut stage = writer.stage().expect("begins");
    stage.push_chunk(numbers.map(event).collect()).expect("takes rows");
    let staged = stage.finish().expect("compares");
    let kept = dir.with_extension("stage");
    fs::hard_link(dir.join("stage"), &kept).expect("links");
    staged.publish(None).expect("publishes");
    fs::read(kept).expect("reads")
}
