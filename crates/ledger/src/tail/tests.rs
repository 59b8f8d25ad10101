//! The tail's end: torn, damaged, or as it should be.

use std::path::Path;

use uuid::Uuid;

use super::entry::{Commit, closed_entry, commit_entry};
use super::head::{HEAD_BYTES, TailHead};
use super::scan::{Tail, scan};
use crate::error::{Damage, OpenError};
use crate::instant::Instant;
use crate::merkle::{Peaks, content_digest, leaf_hash};

const LEDGER: Uuid = Uuid::from_u128(9);

/// A tail of some entries, each of two batches, in zeros; and where each entry begins.
fn tail(entries: u64) -> (Vec<u8>, Vec<usize>) {
    let head = TailHead::first(LEDGER);
    let mut bytes = head.to_bytes();
    let mut starts = Vec::new();
    let mut peaks = Peaks::new();
    for entry in 0..entries {
        let first = peaks.size();
        let recorded_at = Instant::from_micros(1_000 + entry as i64).expect("in range");
        let mut batch = |contents: &[&str]| {
            let commit = Commit {
                first: peaks.size(),
                recorded_at,
                contents: contents.iter().map(|text| text.as_bytes().into()).collect(),
            };
            commit.contents.iter().for_each(|c| peaks.push(leaf_hash(recorded_at, &content_digest(c))));
            commit
        };
        let batches = [batch(&["one", "two, which is longer"]), batch(&["three"])];
        starts.push(bytes.len());
        bytes.extend(commit_entry(&batches.iter().collect::<Vec<_>>(), first, peaks.root(), head.salt));
    }
    starts.push(bytes.len());
    bytes.resize(bytes.len() + 1_000, 0);
    (bytes, starts)
}

fn read(bytes: &[u8]) -> Result<Tail, OpenError> {
    scan(bytes, Path::new("tail"), LEDGER)
}

fn damage(bytes: &[u8]) -> Damage {
    match read(bytes) {
        Err(OpenError::Damaged(damage)) => damage,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_whole_tail_reads_back() {
    let (bytes, starts) = tail(3);
    let tail = read(&bytes).expect("reads");
    assert_eq!((tail.size(), tail.commits.len(), tail.torn), (9, 6, false));
    assert_eq!(tail.end as usize, starts[3]);
    assert_eq!(tail.commits[3].contents[0].as_ref(), b"three");
}

#[test]
fn an_end_cut_anywhere_is_a_torn_commit() {
    let (bytes, starts) = tail(3);
    for cut in starts[2]..starts[3] {
        for zeros in [0, 500] {
            let mut torn = bytes[..cut].to_vec();
            torn.resize(cut + zeros, 0);
            let tail = read(&torn).expect("torn, not damaged");
            // The padding of an entry is zeros, so that a cut in it takes nothing away once zeros follow.
            let whole = tail.size() == 9 && bytes[cut..starts[3]].iter().all(|byte| *byte == 0);
            assert!(whole || tail.size() == 6, "{cut}: {}", tail.size());
        }
    }
}

#[test]
fn a_flipped_bit_is_damage_unless_nothing_follows() {
    let (bytes, starts) = tail(3);
    for at in starts[0]..starts[3] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 4;
        match read(&flipped) {
            Ok(tail) if tail.size() == 9 => assert_eq!(bytes[at], 0, "only padding is not covered: {at}"),
            Ok(tail) => assert!(at >= starts[2] && tail.torn && tail.size() == 6, "{at}"),
            Err(OpenError::Damaged(damage)) => {
                assert!(at < starts[2], "{at}");
                let first = if at < starts[1] { 0 } else { 3 };
                assert_eq!(damage.positions.map(|p| p.0), Some(first), "{at}: {damage}");
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn a_lost_sector_in_the_middle_is_damage() {
    let (mut bytes, starts) = tail(3);
    bytes[starts[1]..starts[2]].fill(0);
    assert_eq!(damage(&bytes).positions, Some((3, 6)));
}

#[test]
fn a_mark_of_closing_makes_the_last_commit_certain() {
    let (mut bytes, starts) = tail(2);
    let root = read(&bytes).expect("reads").peaks.root();
    let salt = read(&bytes).expect("reads").head.salt;
    let mark = closed_entry(6, root, salt);
    bytes[starts[2]..starts[2] + mark.len()].copy_from_slice(&mark);
    assert_eq!(read(&bytes).expect("reads").size(), 6);
    bytes[starts[1] + 90] ^= 1;
    assert_eq!(damage(&bytes).positions, Some((3, 6)));
}

#[test]
fn a_head_that_is_not_its_own_is_refused() {
    let (bytes, _) = tail(1);
    for at in 0..HEAD_BYTES {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        assert!(matches!(read(&flipped), Err(OpenError::Damaged(_) | OpenError::Newer { .. })), "{at}");
    }
    assert!(damage(&bytes[..100]).what.contains("cut off"));
    let foreign = scan(&bytes, Path::new("tail"), Uuid::from_u128(10));
    assert!(matches!(foreign, Err(OpenError::Damaged(d)) if d.what.contains("belongs to the ledger")));
}

#[test]
fn text_that_looks_like_an_entry_is_none() {
    let (bytes, starts) = tail(2);
    // An entry of another tail, as a record's text could hold it: the salt differs.
    let mut torn = bytes[..starts[1]].to_vec();
    torn.extend([7; 16]);
    let (other, other_starts) = tail(2);
    torn.extend(&other[other_starts[1]..other_starts[2]]);
    let tail = read(&torn).expect("torn, not damaged");
    assert_eq!((tail.size(), tail.torn), (3, true));
}
