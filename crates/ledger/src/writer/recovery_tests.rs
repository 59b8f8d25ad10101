//! What is found at open, row by row of the table "what is found at open" in `docs/format.md`.
//!
//! Crashes are staged with copies of the files as they were before a step: the order of the steps makes every state
//! that a kill can leave.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Damage, OpenError, ReadError};
use crate::ledger::{Ledger, Settings};
use crate::reader::Reader;
use crate::testing::{Fresh, all, event, events, keys, numbered};
use crate::verify::verify;
use crate::writer::{Expected, Options, Writer};

/// A copy of a file or folder of the ledger, to be put back later.
struct Kept {
    from: PathBuf,
    to: PathBuf,
}

impl Fresh {
    fn keep(&self, name: &str) -> Kept {
        let (from, to) = (self.dir.join(name), self.dir.with_file_name(format!("kept-{}", name.replace('/', "-"))));
        copy(&from, &to);
        Kept { from, to }
    }

    fn append(&self, numbers: std::ops::Range<u64>) {
        self.writer().append(events(numbers), Expected::Any).expect("appends");
    }

    fn drain(&self) {
        self.writer().close().expect("drains");
    }

    /// Opens for writing and uses everything, which finds what opening alone leaves for later.
    fn damage(&self) -> Damage {
        let used = || -> Result<(), OpenError> {
            let writer = Writer::open(&self.dir, self.options())?;
            for chunk in writer.read(..)? {
                chunk?;
            }
            Ok(())
        };
        match used() {
            Err(OpenError::Damaged(damage)) => damage,
            other => panic!("{other:?}"),
        }
    }

    /// The ledger holds exactly these, and can be written to.
    fn holds(&self, numbers: std::ops::Range<u64>) {
        let report = verify(&self.dir, &mut |_, _| {}).expect("verifies");
        assert_eq!(report.damage, []);
        assert_eq!(keys(&self.dir), numbered(numbers.clone()));
        let mut writer = self.writer();
        let outcomes = writer.append(events(numbers.clone()), Expected::Any).expect("appends");
        assert!(outcomes.iter().all(|outcome| outcome.duplicate), "the index knows every record");
        writer.append(vec![event(numbers.end)], Expected::Size(numbers.end)).expect("appends");
        writer.close().expect("drains");
        assert_eq!(keys(&self.dir), numbered(0..numbers.end + 1));
    }
}

impl Kept {
    fn put_back(&self) {
        if self.from.is_dir() {
            fs::remove_dir_all(&self.from).expect("removes");
        }
        copy(&self.to, &self.from);
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("a folder");
        for entry in fs::read_dir(from).expect("a folder") {
            let path = entry.expect("an entry").path();
            copy(&path, &to.join(path.file_name().expect("a name")));
        }
    } else {
        fs::copy(from, to).expect("copies");
    }
}

#[test]
fn clean_store_at_the_base() {
    let ledger = Fresh::new();
    ledger.append(0..100);
    ledger.drain();
    ledger.append(100..110);
    ledger.holds(0..110);
}

#[test]
fn an_interrupted_drain_is_finished() {
    for (before, more) in [(0, 50), (30, 50), (2_040, 20), (2_048, 5)] {
        let ledger = Fresh::new();
        if before > 0 {
            ledger.append(0..before);
            ledger.drain();
        }
        ledger.append(before..before + more);
        // Killed after the frames were synced and before the new tail was in place: with and without tree and index.
        let (tail, identity) = (ledger.keep("tail"), ledger.keep("identity"));
        ledger.drain();
        tail.put_back();
        assert_eq!(keys(&ledger.dir), numbered(0..before + more), "readers are not disturbed");
        identity.put_back();
        ledger.holds(0..before + more);
    }
}

#[test]
fn a_drain_interrupted_before_the_index_is_caught_up() {
    let ledger = Fresh::new();
    ledger.append(0..3_000);
    let identity = ledger.keep("identity");
    ledger.append(3_000..3_100);
    ledger.drain();
    identity.put_back();
    ledger.holds(0..3_100);
}

#[test]
fn identity_and_tree_are_made_again() {
    let ledger = Fresh::new();
    ledger.append(0..3_000);
    ledger.drain();
    fs::remove_dir_all(ledger.dir.join("identity")).expect("removes");
    fs::remove_file(ledger.dir.join("tree")).expect("removes");
    drop(ledger.writer());
    ledger.holds(0..3_000);
    fs::write(ledger.dir.join("tree"), b"something else").expect("writes");
    drop(ledger.writer());
    ledger.holds(0..3_001);
}

#[test]
fn a_lost_store_is_damage() {
    let ledger = Fresh::new();
    ledger.append(0..100);
    ledger.drain();
    let empty = Fresh::new();
    fs::remove_dir_all(ledger.dir.join("store")).expect("removes");
    let damage = ledger.damage();
    assert!(damage.file.ends_with("store/db") && damage.what.contains("restore"), "{damage}");
    assert_eq!(damage.positions, Some((0, 100)));
    // One that was made anew is no better.
    copy(&empty.dir.join("store"), &ledger.dir.join("store"));
    let damage = ledger.damage();
    assert_eq!(damage.positions, Some((0, 100)), "{damage}");
}

#[test]
fn a_store_rolled_back_is_damage() {
    let ledger = Fresh::new();
    ledger.append(0..100);
    ledger.drain();
    let old = ledger.keep("store");
    ledger.append(100..200);
    ledger.drain();
    old.put_back();
    let damage = ledger.damage();
    assert!(damage.file.ends_with("store") && damage.what.contains("restore"), "{damage}");
}

#[test]
fn a_foreign_store_is_damage() {
    let (ledger, other) = (Fresh::new(), Fresh::new());
    ledger.append(0..100);
    other.append(500..600);
    ledger.drain();
    other.drain();
    fs::remove_dir_all(ledger.dir.join("store")).expect("removes");
    copy(&other.dir.join("store"), &ledger.dir.join("store"));
    let damage = ledger.damage();
    assert!(damage.what.contains("belongs to another ledger"), "{damage}");
    let reader = Reader::open(&ledger.dir).expect("opens without the store");
    assert!(matches!(reader.read(..), Err(ReadError::Damaged(_))));
    let report = verify(&ledger.dir, &mut |_, _| {}).expect("verifies");
    assert_eq!(report.damage.len(), 1, "{report:?}");
}

#[test]
fn a_tail_rolled_back_is_damage() {
    let ledger = Fresh::new();
    ledger.append(0..100);
    let old = ledger.keep("tail");
    ledger.append(100..200);
    ledger.drain();
    old.put_back();
    let damage = ledger.damage();
    assert!(damage.what.contains("records that the tail does not"), "{damage}");
    assert_eq!(damage.positions.map(|positions| positions.0), Some(100));
}

#[test]
fn a_missing_or_foreign_tail_or_header_is_damage() {
    for name in ["tail", "header"] {
        let (ledger, other) = (Fresh::new(), Fresh::new());
        ledger.append(0..10);
        other.append(0..10);
        fs::remove_file(ledger.dir.join(name)).expect("removes");
        assert!(ledger.damage().file.ends_with(name));
        fs::copy(other.dir.join(name), ledger.dir.join(name)).expect("copies");
        assert!(ledger.damage().what.contains("belongs to the ledger"));
    }
}

#[test]
fn a_torn_commit_is_forgotten_and_never_comes_back() {
    let ledger = Fresh::new();
    ledger.append(0..10);
    let before = fs::read(ledger.dir.join("tail")).expect("reads");
    {
        let mut writer = ledger.writer();
        writer.append(events(10..20), Expected::Any).expect("appends");
        // Killed: nothing marks the end.
        writer.stopped = true;
    }
    let path = ledger.dir.join("tail");
    let mut torn = fs::read(&path).expect("reads");
    let differs = (0..before.len()).filter(|at| before[*at] != torn[*at]);
    let (first, last) = (differs.clone().min().expect("grew"), differs.max().expect("grew"));
    torn[(first + last) / 2] ^= 255;
    fs::write(&path, torn).expect("writes");
    ledger.holds(0..10);
}

#[test]
fn damage_inside_the_tail_is_named_and_readers_see_it_too() {
    let ledger = Fresh::new();
    ledger.append(0..10);
    ledger.append(10..20);
    let path = ledger.dir.join("tail");
    let mut bytes = fs::read(&path).expect("reads");
    bytes[4_096 + 300] ^= 1;
    fs::write(&path, bytes).expect("writes");
    let damage = ledger.damage();
    assert_eq!(damage.positions, Some((0, 10)), "{damage}");
    assert!(matches!(Reader::open(&ledger.dir), Err(OpenError::Damaged(_))));
}

#[test]
fn a_flipped_byte_in_the_identity_index_never_records_twice() {
    let ledger = Fresh::new();
    ledger.append(0..8);
    ledger.drain();
    let path = ledger.dir.join("identity/run-0-8");
    let whole = fs::read(&path).expect("reads");
    let mut mended = 0;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x11;
        fs::write(&path, &bytes).expect("writes");
        let mut writer = ledger.writer();
        for event in events(0..8) {
            let outcomes = writer.append(vec![event], Expected::Any).expect("appends");
            assert!(outcomes[0].duplicate, "byte {at} is flipped, and an event is recorded twice");
        }
        assert_eq!(writer.size(), 8);
        mended += usize::from(fs::read(&path).expect("reads") == whole);
        fs::write(&path, &whole).expect("writes");
    }
    // No lookup reads the checksum behind the last bucket, which has no entries.
    assert!(mended >= whole.len() - 4, "{mended} of {}", whole.len());
}

#[test]
fn a_tree_that_lies_is_made_again() {
    let ledger = Fresh::new();
    ledger.append(0..2_048);
    ledger.append(2_048..2_600);
    ledger.drain();
    let path = ledger.dir.join("tree");
    let whole = fs::read(&path).expect("reads");
    for at in [3, 40, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, &bytes).expect("writes");
        let reader = ledger.reader();
        all(reader.read(..).expect("reads"));
        assert!(fs::read(&path).expect("reads") == whole, "{at}");
        let said = crate::mended::take_mended();
        assert!(said.iter().any(|mended| mended.file == path), "{said:?}");
    }
}

/// Imports, and then puts the staging file back; returns the other files as they were before publishing.
fn interrupted_import(ledger: &Fresh, numbers: std::ops::Range<u64>) -> Vec<Kept> {
    ledger.drain();
    let kept: Vec<Kept> = ["tail", "store", "tree", "identity"]
        .into_iter()
        .filter(|name| ledger.dir.join(name).exists())
        .map(|name| ledger.keep(name))
        .collect();
    let mut writer = ledger.writer();
    let mut stage = writer.stage().expect("begins");
    stage.push_chunk(events(numbers)).expect("takes rows");
    let staged = stage.finish().expect("compares");
    staged.killed_before_publishing();
    drop(writer);
    let stage = ledger.keep("stage");
    drop(ledger.writer());
    stage.put_back();
    kept
}

#[test]
fn an_import_killed_at_any_step_of_publishing_is_finished() {
    for before in [0, 100, 2_048] {
        // How many of tail, store, tree and identity are as before the publishing.
        for undone in [&["tail", "identity"][..], &["tail", "store", "tree", "identity"], &["identity"], &[]] {
            let ledger = Fresh::new();
            if before > 0 {
                ledger.append(0..before);
            }
            let kept = interrupted_import(&ledger, before..before + 5_000);
            for kept in kept.iter().filter(|kept| undone.iter().any(|name| kept.from.ends_with(name))) {
                kept.put_back();
            }
            assert!(ledger.dir.join("stage").exists());
            // Whoever reads before the next writer sees a sound ledger, with or without the import.
            assert_eq!(verify(&ledger.dir, &mut |_, _| {}).expect("verifies").damage, []);
            assert!([before, before + 5_000].contains(&(keys(&ledger.dir).len() as u64)));
            drop(ledger.writer());
            assert!(!ledger.dir.join("stage").exists());
            ledger.holds(0..before + 5_000);
        }
    }
}

#[test]
fn an_incomplete_staging_file_is_discarded() {
    let ledger = Fresh::new();
    ledger.append(0..10);
    let kept = interrupted_import(&ledger, 10..5_000);
    kept.iter().for_each(Kept::put_back);
    let path = ledger.dir.join("stage");
    let sealed = fs::read(&path).expect("reads");
    // The seal is written when the end is durable: a kill before that leaves zeros.
    let mut whole = sealed.clone();
    whole[SEAL].fill(0);
    for cut in [0, 10, 100, whole.len() / 2, whole.len() - 30, whole.len() - 1] {
        fs::write(&path, &whole[..cut]).expect("writes");
        drop(ledger.writer());
        assert!(!path.exists(), "{cut}");
        assert_eq!(keys(&ledger.dir), numbered(0..10));
        // With a seal it is one that was complete.
        if cut >= 100 && cut < whole.len() - 30 {
            fs::write(&path, &sealed[..cut]).expect("writes");
            assert!(ledger.damage().what.contains("was recorded"), "{cut}");
            assert!(path.exists());
        }
    }
    let last = whole.len() - 40;
    whole[last] ^= 1;
    fs::write(&path, whole).expect("writes");
    ledger.holds(0..10);
}

/// Where the seal lies in a staging file.
const SEAL: std::ops::Range<usize> = 76..100;

#[test]
fn a_flipped_byte_never_discards_a_recorded_import() {
    let ledger = Fresh::new();
    ledger.append(0..10);
    let kept = interrupted_import(&ledger, 10..13);
    let path = ledger.dir.join("stage");
    let whole = fs::read(&path).expect("reads");
    let frame = whole.windows(4).rposition(|bytes| bytes == b"RcFr").expect("a frame");
    let (mut published, mut refused) = (0, 0);
    for at in (0..SEAL.end).chain(frame..whole.len()) {
        kept.iter().for_each(Kept::put_back);
        let mut bytes = whole.clone();
        bytes[at] ^= 0x11;
        fs::write(&path, &bytes).expect("writes");
        match Writer::open(&ledger.dir, ledger.options()) {
            Ok(writer) => {
                assert_eq!(writer.size(), 13, "byte {at} is flipped, and the import is gone");
                published += 1;
            }
            Err(OpenError::Damaged(damage)) => {
                assert!(damage.file.ends_with("stage"), "byte {at}: {damage}");
                assert!(fs::read(&path).expect("reads") == bytes, "byte {at}: it is left as it was");
                refused += 1;
            }
            Err(other) => panic!("byte {at}: {other}"),
        }
    }
    // Seal and trailer stand for each other; everything else is under a checksum.
    assert!(published >= SEAL.len() && refused > SEAL.start, "{published} published, {refused} refused");
}

#[test]
fn a_staging_file_of_another_time_or_ledger_is_not_published() {
    let (ledger, other) = (Fresh::new(), Fresh::new());
    other.append(0..10);
    interrupted_import(&other, 10..100);
    ledger.append(0..10);
    fs::copy(other.dir.join("stage"), ledger.dir.join("stage")).expect("copies");
    assert!(ledger.damage().what.contains("another ledger"));
    assert_eq!(keys(&ledger.dir), numbered(0..10));
    fs::remove_file(ledger.dir.join("stage")).expect("removes");
    ledger.holds(0..10);
    // Recorded, but the ledger was put back to before and went on without it.
    let kept = interrupted_import(&ledger, 11..100);
    kept.iter().for_each(Kept::put_back);
    let stage = ledger.keep("stage");
    fs::remove_file(ledger.dir.join("stage")).expect("removes");
    ledger.append(11..20);
    stage.put_back();
    assert!(ledger.damage().what.contains("from another time"));
}

#[test]
fn making_a_ledger_can_be_killed_and_done_again() {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("ledger");
    Ledger::create(&dir, Settings::default()).expect("makes");
    // Killed before the header.
    fs::remove_file(dir.join("header")).expect("removes");
    fs::write(dir.join("creating"), b"").expect("writes");
    assert!(matches!(Reader::open(&dir), Err(OpenError::Missing(_))));
    let header = Ledger::create(&dir, Settings::default()).expect("makes");
    // Killed after the header.
    fs::write(dir.join("creating"), b"").expect("writes");
    assert_eq!(Writer::open(&dir, Options::default()).expect("opens").header(), &header);
    assert!(Ledger::create(&dir, Settings::default()).is_err(), "there is one already");
    let full = home.path().join("full");
    fs::create_dir(&full).expect("a folder");
    fs::write(full.join("notes.txt"), b"mine").expect("writes");
    assert!(Ledger::create(&full, Settings::default()).is_err(), "someone else's folder");
    assert!(full.join("notes.txt").exists());
}

/// A flipped byte is found, or it lay where nothing counts (space that sled has given up, an older tail's rest).
#[test]
fn a_flipped_byte_is_found_or_changes_nothing() {
    let ledger = Fresh::new();
    ledger.append(0..2_200);
    ledger.drain();
    ledger.append(2_200..2_230);
    let before = (keys(&ledger.dir), ledger.reader().root());
    let run = fs::read_dir(ledger.dir.join("identity")).expect("lists").map(|entry| entry.expect("an entry").path());
    let run = run.filter(|path| !path.ends_with("index")).max().expect("a run");
    for file in [ledger.dir.join("header"), ledger.dir.join("tail"), ledger.dir.join("store/db"), run] {
        let kept = ledger.keep("");
        let good = fs::read(&file).expect("reads");
        let used: Vec<usize> = (0..good.len()).filter(|at| good[*at] != 0).collect();
        let mut found = 0;
        for round in 0..12 {
            let at = used[used.len() * round / 12];
            let mut bytes = good.clone();
            bytes[at] ^= 0x10;
            fs::write(&file, bytes).expect("writes");
            let damaged = verify(&ledger.dir, &mut |_, _| {}).map_or(true, |report| !report.damage.is_empty());
            assert!(
                damaged || (keys(&ledger.dir), ledger.reader().root()) == before,
                "byte {at} of {} changes what is recorded, and nobody notices",
                file.display()
            );
            found += u32::from(damaged);
            kept.put_back();
        }
        assert!(found > 3, "{}: only {found} of 12 flipped bytes were found", file.display());
    }
}
