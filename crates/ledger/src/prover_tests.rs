//! Proofs on real ledgers, across the bounds of tiles, frames and tail.

use crate::chunk::leaf_of;
use crate::error::ReadError;
use crate::merkle::{Hash, Peaks};
use crate::record::Recorded;
use crate::testing::{Fresh, all, event, events, id, root_of};
use crate::writer::Expected;

fn leaf(record: &Recorded) -> Hash {
    leaf_of(record, &mut Vec::new())
}

/// A ledger whose first `stored` records lie in the store, and the others in the tail.
fn ledger(stored: u64, size: u64) -> Fresh {
    let fresh = Fresh::new();
    if stored > 0 {
        let mut writer = fresh.writer();
        for from in (0..stored).step_by(1_000) {
            writer.append(events(from..stored.min(from + 1_000)), Expected::Any).expect("appends");
        }
        writer.close().expect("drains");
    }
    if size > stored {
        fresh.writer().append(events(stored..size), Expected::Size(stored)).expect("appends");
    }
    fresh
}

/// Positions and sizes around every bound.
fn around(bounds: &[u64], most: u64) -> Vec<u64> {
    let near = bounds.iter().flat_map(|bound| [bound.saturating_sub(1), *bound, bound + 1]);
    let mut near: Vec<u64> = near.filter(|at| *at <= most).collect();
    near.sort_unstable();
    near.dedup();
    near
}

#[test]
fn proofs_hold_across_tiles_frames_and_tail() {
    for (stored, size) in
        [(0, 3), (1, 1), (0, 300), (255, 257), (256, 600), (700, 1_300), (2_047, 2_049), (2_500, 2_600)]
    {
        let fresh = ledger(stored, size);
        let reader = fresh.reader();
        assert_eq!((reader.tail_start(), reader.size()), (stored, size));
        let records = all(reader.read(..).expect("reads"));
        let prover = reader.prover();
        let places = around(&[0, 256, 512, 2_048, stored, size], size);
        for within in places.iter().copied().filter(|within| *within > 0) {
            let root = Hash(root_of(&records, within));
            assert_eq!(prover.root_at(within).expect("a root"), root);
            for at in &places {
                if *at < within {
                    let proof = prover.inclusion(*at, within).expect("proves");
                    proof.verify(&leaf(&records[*at as usize]), &root).expect("holds");
                }
                if *at <= within {
                    let proof = prover.consistency(*at, within).expect("proves");
                    proof.verify(&Hash(root_of(&records, *at)), &root).expect("holds");
                }
            }
        }
        assert!(matches!(prover.root_at(size + 1), Err(ReadError::Beyond { .. })));
        assert!(matches!(prover.inclusion(size, size), Err(ReadError::Beyond { .. })));
        assert!(matches!(prover.consistency(size + 1, size), Err(ReadError::Beyond { .. })));
    }
}

/// Beside a writer of another process, the tail can be read and the store cannot.
#[test]
fn records_of_the_tail_are_proved_without_the_store() {
    let fresh = ledger(700, 1_000);
    let _writer = fresh.writer();
    let reader = fresh.reader();
    let prover = reader.prover();
    let tail = all(reader.read(700..).expect("reads"));
    for record in &tail {
        let proof = prover.inclusion(record.position.0, 1_000).expect("proves");
        proof.verify(&leaf(record), &Hash(reader.root())).expect("holds");
        assert_eq!(reader.find(record.event.id()).expect("looks").as_ref(), Some(record));
    }
    assert!(matches!(prover.inclusion(699, 1_000), Err(ReadError::InUse(_))));
    assert!(matches!(reader.find(id(3)), Err(ReadError::InUse(_))));
}

#[test]
fn records_are_found_with_and_without_their_index() {
    let fresh = ledger(2_500, 2_600);
    let known = |number: u64| fresh.reader().find(id(number)).expect("looks").map(|record| record.position.0);
    let check = || {
        for number in [0, 255, 2_047, 2_048, 2_499, 2_500, 2_599] {
            assert_eq!(known(number), Some(number));
        }
        assert_eq!(known(2_600), None);
    };
    check();
    let index = fresh.dir.join(crate::identity::FOLDER);
    let before: Vec<_> = index.read_dir().expect("an index").map(|entry| entry.expect("an entry").path()).collect();
    assert!(before.len() > 1, "{before:?}");
    std::fs::write(index.join("index"), b"no longer one").expect("writes");
    check();
    // Looking changes nothing.
    assert!(before.iter().all(|path| path.exists()));
    std::fs::remove_dir_all(&index).expect("removes");
    check();
    assert!(!index.exists());
}

#[test]
fn a_tree_that_lies_proves_nothing() {
    let fresh = ledger(2_500, 2_500);
    let tree = fresh.dir.join(crate::tree::FILE);
    let mut bytes = std::fs::read(&tree).expect("a tree");
    bytes[32 + 3 * 32] ^= 1;
    std::fs::write(&tree, bytes).expect("writes");
    let reader = fresh.reader();
    let result = reader.prover().root_at(2_000);
    assert!(matches!(result, Err(ReadError::Damaged(_))), "{result:?}");
    // The store was opened for its records, and the tree made again from them.
    assert_eq!(reader.prover().inclusion(5, 2_500).expect("proves").position, 5);
}

#[test]
fn a_ledger_that_grew_proves_what_an_earlier_reader_saw() {
    let fresh = ledger(300, 400);
    let reader = fresh.reader();
    let mut writer = fresh.writer();
    writer.append(vec![event(400)], Expected::Any).expect("appends");
    writer.close().expect("drains");
    let records = all(fresh.reader().read(..400).expect("reads"));
    let mut peaks = Peaks::new();
    records.iter().for_each(|record| peaks.push(leaf(record)));
    for position in [0, 299, 300, 399] {
        let proof = reader.prover().inclusion(position, 400).expect("proves");
        proof.verify(&leaf(&records[position as usize]), &peaks.root()).expect("holds");
    }
    assert_eq!(reader.find(id(400)).expect("looks"), None);
}
