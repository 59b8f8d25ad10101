//! The projection against the records themselves: every cut, every boundary, any way in which the records came in.

mod claims;
mod naive;
mod world;

use proptest::prelude::*;
use recount_ledger::{Instant, Recorded};
use recount_projection::{Boundary, Cut, Projection};

use naive::{by_projection, by_records};
use world::{Raw, at, raws, records};

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
