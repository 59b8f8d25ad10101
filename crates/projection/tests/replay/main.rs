//! The projection against the records themselves: every cut, every boundary, any way in which the records came in.

mod cache;
mod claims;
mod naive;
mod scripts;
mod strict;
mod world;

use proptest::prelude::*;
use proptest::sample::Index;
use recount_ledger::{Instant, Recorded};
use recount_projection::{Boundary, Cut, Projection};

use naive::{by_projection, by_records};
use world::{Raw, at, raws, records};

const LEDGER: uuid::Uuid = uuid::Uuid::from_u128(7);

fn boundaries() -> Vec<Instant> {
    (-1..8).map(at).collect()
}

fn bulk(records: &[Recorded]) -> Projection {
    let mut projection = Projection::empty();
    projection.extend(records.iter().cloned()).expect("valid records");
    projection
}

/// The same records in pieces of these sizes, round and round.
fn in_pieces(records: &[Recorded], sizes: &[usize]) -> Projection {
    let mut projection = Projection::empty();
    let mut rest = records;
    for size in sizes.iter().cycle() {
        let (piece, after) = rest.split_at((*size).min(rest.len()));
        projection.extend(piece.iter().cloned()).expect("valid records");
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    projection
}

/// Saved and loaded again, with the bytes in between.
fn saved(projection: &mut Projection) -> (Projection, Vec<u8>) {
    let directory = tempfile::tempdir().expect("a directory");
    projection.save(directory.path(), LEDGER).expect("saved");
    let bytes = std::fs::read(directory.path().join("columns")).expect("a file");
    (Projection::load(directory.path(), LEDGER, projection.size()).expect("loaded"), bytes)
}

fn cuts(size: u64) -> impl Iterator<Item = Cut> {
    let sizes = [u64::MAX, size, size / 2, size / 3];
    let known = [None, Some(1), Some(3), Some(5), Some(90)].map(|hours: Option<i64>| hours.map(|h| Boundary(at(h))));
    sizes.into_iter().flat_map(move |size| known.map(|known_at| Cut { known_at, size }))
}

fn check(raws: &[Raw], single: bool, sizes: &[usize]) -> Result<(), TestCaseError> {
    let records = records(raws, single);
    let (whole, pieces) = (bulk(&records), in_pieces(&records, sizes));
    for cut in cuts(records.len() as u64) {
        let expected = by_records(&records, cut, &boundaries());
        prop_assert_eq!(&by_projection(&whole, cut, &boundaries()), &expected, "in bulk, under {:?}", cut);
        prop_assert_eq!(&by_projection(&pieces, cut, &boundaries()), &expected, "in pieces, under {:?}", cut);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn answers_like_the_records(raws in raws(40), single: bool, sizes in proptest::collection::vec(1usize..9, 1..6)) {
        check(&raws, single, &sizes)?;
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_cache_is_as_good_as_a_replay(raws in raws(60), single: bool, sizes in proptest::collection::vec(1usize..20, 1..4), at: Index) {
        let records = records(&raws, single);
        let (early, late) = records.split_at(at.index(records.len() + 1));
        let (mut whole, mut pieces) = (bulk(&records), in_pieces(&records, &sizes));
        let (mut resumed, _) = saved(&mut bulk(early));
        resumed.extend(late.iter().cloned()).expect("valid records");
        let (loaded, bytes) = saved(&mut whole);
        prop_assert_eq!(&saved(&mut pieces).1, &bytes, "equal records make equal files");
        prop_assert_eq!(&saved(&mut resumed).1, &bytes, "a loaded projection goes on as if it had never been away");
        for cut in cuts(records.len() as u64) {
            let expected = by_records(&records, cut, &boundaries());
            for (how, projection) in [("loaded", &loaded), ("resumed", &resumed), ("compacted", &pieces)] {
                prop_assert_eq!(&by_projection(projection, cut, &boundaries()), &expected, "{}, under {:?}", how, cut);
            }
        }
    }
}
