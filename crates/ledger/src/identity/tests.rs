//! The index finds what was put in, also after merges, crashes and in joins; and discards what is not its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;

const LEDGER: Uuid = Uuid::from_u128(0x1ed9e2);

fn id(number: u64) -> EventId {
    EventId::of_key("test", &number.to_string())
}

fn root(size: u64) -> Hash {
    crate::merkle::content_digest(&size.to_be_bytes())
}

fn open(dir: &Path, size: u64) -> Index {
    Index::open(Folder::on_disk(dir), LEDGER, size, |size| Some(root(size))).expect("opens")
}

/// Adds `count` records; every seventh voids the one five before it.
fn extend(index: &mut Index, count: u64) {
    let first = index.covered();
    let records = (first..first + count).map(|i| Ok::<_, DiskError>((id(i), voided_by(i))));
    index.extend(records, root(first + count)).expect("adds");
}

fn voided_by(position: u64) -> Option<EventId> {
    (position % 7 == 6).then(|| id(position - 5))
}

fn holds_all(index: &Index, size: u64, step: usize) {
    for position in (0..size).step_by(step) {
        assert!(index.candidates(id(position)).expect("reads").contains(&position), "{position}");
        let voids = index.void_candidates(id(position)).expect("reads");
        let void = position + 5;
        assert_eq!(voids.contains(&void), void % 7 == 6 && void < size, "{position}");
    }
    let unknown = (size..size + 1_000).filter(|i| !index.candidates(id(*i)).expect("reads").is_empty());
    assert!(unknown.count() <= 1, "a 40-bit hash hardly ever misleads");
}

fn files(dir: &Path) -> usize {
    fs::read_dir(dir).expect("a folder").count()
}

#[test]
fn grows_by_frames_and_merges() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut index = open(dir.path(), 0);
    assert_eq!((index.covered(), index.has_voids()), (0, false));
    for frames in 1..=21u64 {
        extend(&mut index, 2_048);
        assert!(index.runs.len() <= 8, "{frames} frames in {} runs", index.runs.len());
        assert_eq!(files(dir.path()), index.runs.len() + 1);
    }
    extend(&mut index, 77);
    let size = 21 * 2_048 + 77;
    holds_all(&index, size, 13);
    index.check().expect("sound");
    let again = open(dir.path(), size);
    assert_eq!((again.covered(), again.discarded()), (size, None));
    holds_all(&again, size, 101);
}

#[test]
fn a_run_longer_than_memory_holds_is_cut() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut index = open(dir.path(), 0);
    let size = RUN_RECORDS_MAX as u64 + 10;
    let plain = (0..size).map(|i| Ok::<_, DiskError>((EventId::from(Uuid::from_u128(i.into())), None)));
    index.extend(plain, root(size)).expect("adds");
    assert_eq!((index.runs.len(), index.covered()), (2, size));
    for i in [0, 1, size / 2, size - 11, size - 1] {
        assert!(index.candidates(EventId::from(Uuid::from_u128(i.into()))).expect("reads").contains(&i));
    }
}

#[test]
fn what_is_not_its_own_is_discarded() {
    let dir = tempfile::tempdir().expect("a folder");
    let fill = || {
        let mut index = open(dir.path(), 10_000);
        index.clear().expect("clears");
        extend(&mut index, 9_000);
        extend(&mut index, 1_000);
        assert_eq!(index.runs.len(), 2);
    };
    let reason = |size, ledger, root: Option<Hash>| {
        let index = Index::open(Folder::on_disk(dir.path()), ledger, size, |_| root).expect("opens");
        assert_eq!(index.covered() == 0, index.discarded().is_some());
        index.discarded().map(str::to_owned)
    };
    fill();
    assert_eq!(reason(10_000, LEDGER, None), None);
    assert!(reason(9_999, LEDGER, None).expect("discarded").contains("more records"));
    fill();
    assert!(reason(10_000, Uuid::nil(), None).expect("discarded").contains("another ledger"));
    fill();
    assert!(reason(10_000, LEDGER, Some(root(1))).expect("discarded").contains("other records"));
    for damage in 0..3 {
        fill();
        let run = dir.path().join("run-9000-10000");
        match damage {
            0 => fs::remove_file(&run).expect("removes"),
            1 => fs::write(&run, b"RcId").expect("writes"),
            _ => fs::write(dir.path().join(MANIFEST), b"RcIx, torn").expect("writes"),
        }
        assert!(reason(10_000, LEDGER, None).expect("discarded").contains("damaged"), "{damage}");
    }
}

#[test]
fn leftovers_of_a_crash_are_removed() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut index = open(dir.path(), 0);
    extend(&mut index, 3_000);
    drop(index);
    fs::write(dir.path().join("run-0-9.new"), b"half").expect("writes");
    fs::write(dir.path().join("run-3000-4000"), b"of a crash before the manifest").expect("writes");
    let index = open(dir.path(), 4_000);
    assert_eq!((index.covered(), files(dir.path())), (3_000, 2));
}

#[test]
fn a_flipped_bit_is_found() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut index = open(dir.path(), 0);
    extend(&mut index, 3_000);
    let path = dir.path().join(&index.runs[0].name);
    let bytes = fs::read(&path).expect("reads");
    for at in [HEADER as usize + 1, bytes.len() - 3] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 16;
        fs::write(&path, &flipped).expect("writes");
        let error = open(dir.path(), 3_000).check().expect_err("damaged");
        assert!(error.to_string().contains("rebuilt"), "{error}");
    }
}

const HEADER: u64 = run::HEADER_BYTES;

/// Rows with their hashes, as an import sorts them.
fn sorted(hasher: IdHasher, ids: &[EventId], lost_bits: u32) -> (Vec<(u64, u64)>, u64) {
    let mask = !((1u64 << lost_bits) - 1);
    let mut rows: Vec<(u64, u64)> = ids.iter().zip(0..).map(|(id, row)| (hasher.id(*id) & mask, row)).collect();
    rows.sort_unstable();
    (rows, mask)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Against a map, with hashes cut so short that many collide.
    #[test]
    fn joins_name_every_match(
        batches in prop::collection::vec(1u64..400, 1..8),
        rows in prop::collection::vec(0u64..3_000, 1..200),
        lost_bits in prop_oneof![Just(8u32), Just(40), Just(56)],
    ) {
        let dir = tempfile::tempdir().expect("a folder");
        let mut index = open(dir.path(), 0);
        let mut known = BTreeMap::new();
        for (number, count) in batches.iter().enumerate() {
            let first = index.covered();
            let of = |position: u64| id(position * 3);
            known.extend((first..first + count).map(|position| (of(position), position)));
            let end = first + count;
            if number % 2 == 0 {
                let records = (first..end).map(|i| Ok::<_, DiskError>((of(i), None)));
                index.extend(records, root(end)).expect("adds");
            } else {
                let ids: Vec<EventId> = (first..end).map(of).collect();
                let (rows, mask) = sorted(index.hasher(), &ids, lost_bits);
                let hashes = rows.into_iter().map(|(hash, row)| (hash, first + row));
                index.extend_sorted(end, hashes, mask, &[(id(1), first)], root(end)).expect("adds");
                prop_assert!(index.void_candidates(id(1)).expect("reads").contains(&first));
            }
        }
        let ids: Vec<EventId> = rows.iter().map(|row| id(*row)).collect();
        let (sorted, mask) = sorted(index.hasher(), &ids, lost_bits);
        let pairs = index.join(sorted.iter().copied(), mask).expect("joins");
        for (row, id) in ids.iter().enumerate() {
            let found: Vec<u64> = pairs.iter().filter(|pair| pair.0 == row as u64).map(|pair| pair.1).collect();
            let known = known.get(id);
            prop_assert!(known.is_none_or(|position| found.contains(position)), "{row}");
            prop_assert!(known.is_none_or(|position| index.candidates(*id).expect("reads").contains(position)));
        }
        index.check().expect("sound");
    }
}
