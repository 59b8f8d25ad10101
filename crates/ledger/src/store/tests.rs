//! Frames in sled: parts, growth, holes, and the folder that must stay empty.

use std::fs;
use std::path::Path;

use super::{FOLDER, FrameStore, PART_BYTES, Store, StoreError};

fn fresh() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    Store::create(home.path()).expect("makes");
    home
}

fn open(home: &Path) -> Store {
    Store::open(home).expect("opens")
}

/// Bytes that do not compress, different for every frame.
fn bytes(number: u64, length: usize) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[test]
fn frames_come_back_and_blobs_stay_empty() {
    let home = fresh();
    let mut store = open(home.path());
    // Sizes around the limit of one part, and frames of several.
    let sizes = [1, 40_000, PART_BYTES - 3, PART_BYTES - 2, PART_BYTES - 1, PART_BYTES * 2, PART_BYTES * 5 + 7];
    let count = 600;
    for number in 0..count {
        let size = sizes[number as usize % sizes.len()].min(if number % 50 < 7 { usize::MAX } else { 20_000 });
        store.put(number, &bytes(number, size)).expect("writes");
    }
    store.sync().expect("syncs");
    drop(store);
    let mut store = open(home.path());
    assert_eq!(store.frames(), count);
    for number in 0..count {
        let size = sizes[number as usize % sizes.len()].min(if number % 50 < 7 { usize::MAX } else { 20_000 });
        assert_eq!(store.frame(number).expect("reads"), Some(bytes(number, size)), "{number}");
    }
    assert_eq!(store.frame(count).expect("reads"), None, "a reserved key is no frame");
    let blobs = fs::read_dir(home.path().join(FOLDER).join("blobs")).expect("a folder");
    assert_eq!(blobs.count(), 0, "sled never syncs what it puts there");
}

#[test]
fn the_last_frame_grows_in_place() {
    let home = fresh();
    let mut store = open(home.path());
    for length in [10, PART_BYTES, PART_BYTES * 3] {
        store.put(0, &bytes(0, length)).expect("writes");
        store.reopen().expect("opens again");
        assert_eq!(store.frame(0).expect("reads"), Some(bytes(0, length)));
        assert_eq!(store.frames(), 1);
    }
    assert!(matches!(store.put(2, &[1]), Err(StoreError::Damaged(_))), "a hole is refused");
}

#[test]
fn a_snapshot_half_written_by_a_kill_does_not_brick_it() {
    let home = fresh();
    let mut store = open(home.path());
    store.put(0, &bytes(0, 100)).expect("writes");
    store.reopen().expect("opens again");
    drop(store);
    let folder = home.path().join(FOLDER);
    fs::write(folder.join("snap.FFFFFFFFFFFFFFFF.generating"), b"half").expect("writes");
    assert_eq!(open(home.path()).frame(0).expect("reads"), Some(bytes(0, 100)));
    assert!(!folder.join("snap.FFFFFFFFFFFFFFFF.generating").exists());
}

#[test]
fn an_unreadable_snapshot_is_moved_aside() {
    let home = fresh();
    let mut store = open(home.path());
    for number in 0..20 {
        store.put(number, &bytes(number, 1_000)).expect("writes");
    }
    store.reopen().expect("opens again");
    drop(store);
    let folder = home.path().join(FOLDER);
    let snapshots = || {
        let names = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        names.filter(|path| super::engine::is_snapshot(path)).collect::<Vec<_>>()
    };
    assert!(!snapshots().is_empty());
    for path in snapshots() {
        let mut bytes = fs::read(&path).expect("reads");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 16;
        fs::write(&path, bytes).expect("writes");
    }
    let mut store = open(home.path());
    assert_eq!(store.frames(), 20);
    assert_eq!(store.frame(19).expect("reads"), Some(bytes(19, 1_000)));
}

#[test]
fn a_missing_store_is_named() {
    let home = tempfile::tempdir().expect("a folder");
    match Store::open(home.path()) {
        Err(StoreError::Damaged(damage)) => assert!(damage.file.ends_with("store/db")),
        other => panic!("{other:?}"),
    }
}
