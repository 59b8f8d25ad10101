//! Copies of ledgers that are quiet, full, empty, damaged or in the way.

use std::path::Path;

use super::Copy;
use crate::error::{CopyError, CreateError, OpenError};
use crate::reader::Reader;
use crate::testing::{Fresh, event};
use crate::writer::Expected;

fn copied(source: &Path, target: &Path) -> Result<u64, CopyError> {
    Copy::of(source, target, &mut |_, _, _| {})?.keep()
}

/// Frames, a frame that is not full, and entries in the tail, recorded at several times.
fn filled(fresh: &Fresh) {
    let mut writer = fresh.writer();
    for batch in 0..5u64 {
        fresh.clock.fetch_add(1_000_000, std::sync::atomic::Ordering::Relaxed);
        let events = (0..1_000).map(|n| event(batch * 1_000 + n)).collect();
        writer.append(events, Expected::Any).expect("appends");
    }
    writer.close().expect("drains");
    let mut writer = fresh.writer();
    writer.append((5_000..5_100).map(event).collect(), Expected::Any).expect("appends");
}

fn all(dir: &Path) -> Vec<crate::record::Recorded> {
    let reader = Reader::open(dir).expect("opens");
    let records = reader.read(..).expect("reads");
    records.flat_map(|chunk| chunk.expect("good").records().map(|r| r.to_owned_record()).collect::<Vec<_>>()).collect()
}

#[test]
fn a_copy_has_the_same_records_root_and_header() {
    let fresh = Fresh::new();
    let target = fresh.dir.with_file_name("copy").join("deep");
    copied(&fresh.dir, &target).expect("copies an empty ledger");
    assert_eq!(Reader::open(&target).expect("opens").size(), 0);
    std::fs::remove_dir_all(&target).expect("removes");
    filled(&fresh);
    copied(&fresh.dir, &target).expect("copies");
    let (original, copy) = (fresh.reader(), Reader::open(&target).expect("opens"));
    assert_eq!((copy.size(), copy.root(), copy.header()), (5_100, original.root(), original.header()));
    assert_eq!(all(&target), all(&fresh.dir));
    let left: Vec<_> = std::fs::read_dir(target.parent().expect("one")).expect("reads").collect();
    assert_eq!(left.len(), 1, "nothing lies beside the copy: {left:?}");
    // It goes on like any ledger.
    let mut writer = crate::writer::Writer::open(&target, fresh.options()).expect("opens");
    assert!(writer.append(vec![event(7)], Expected::Any).expect("appends")[0].duplicate);
}

#[test]
fn a_copy_beside_a_writer_has_what_was_durable() {
    let fresh = Fresh::new();
    filled(&fresh);
    let mut writer = fresh.writer();
    writer.append((6_000..8_500).map(event).collect(), Expected::Any).expect("appends");
    writer.append((9_000..9_010).map(event).collect(), Expected::Any).expect("appends");
    let target = fresh.dir.with_file_name("copy");
    copied(&fresh.dir, &target).expect("copies beside the writer");
    assert_eq!(Reader::open(&target).expect("opens").root(), writer.root());
}

#[test]
fn nothing_is_overwritten_and_no_copy_lies_inside() {
    let fresh = Fresh::new();
    let other = Fresh::new();
    assert!(matches!(copied(&fresh.dir, &other.dir), Err(CopyError::Target(CreateError::Exists(_)))));
    let full = fresh.dir.with_file_name("full");
    std::fs::create_dir(&full).expect("a folder");
    std::fs::write(full.join("letter"), "dear").expect("a file");
    assert!(matches!(copied(&fresh.dir, &full), Err(CopyError::Target(CreateError::NotEmpty(_)))));
    let file = full.join("letter");
    assert!(matches!(copied(&fresh.dir, &file), Err(CopyError::Target(CreateError::NotEmpty(_)))));
    for inside in [fresh.dir.join("backup"), fresh.dir.join("a/b")] {
        assert!(matches!(copied(&fresh.dir, &inside), Err(CopyError::Inside(_))));
        assert!(!inside.exists() && !fresh.dir.join("a").exists());
    }
    let missing = fresh.dir.with_file_name("missing");
    assert!(matches!(copied(&missing, &full.join("x")), Err(CopyError::Source(OpenError::Missing(_)))));
}

#[test]
fn a_damaged_ledger_is_not_copied_and_nothing_is_left() {
    let fresh = Fresh::new();
    filled(&fresh);
    let db = fresh.dir.join("store/db");
    let good = std::fs::read(&db).expect("reads");
    // In every frame: some of them were written again since, and count no more.
    let frames: Vec<usize> = (0..good.len() - 4).filter(|at| &good[*at..at + 4] == b"RcFr").collect();
    assert!(frames.len() >= 3, "{frames:?}");
    let mut bad = good.clone();
    frames.iter().for_each(|at| bad[at + 300] ^= 0x10);
    std::fs::write(&db, &bad).expect("writes");
    let target = fresh.dir.with_file_name("away").join("copy");
    match copied(&fresh.dir, &target) {
        Err(CopyError::Source(OpenError::Damaged(damage))) => {
            assert!(damage.file.starts_with(&fresh.dir), "names the original: {damage}");
        }
        other => panic!("{other:?}"),
    }
    assert!(!target.parent().expect("one").exists(), "nothing is left behind");
    std::fs::write(&db, &good).expect("writes");
    copied(&fresh.dir, &target).expect("a good one is copied to the same place");
}
