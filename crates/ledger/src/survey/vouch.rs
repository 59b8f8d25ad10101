//! Which records are intact, and what says so.

use crate::merkle::{Hash, Peaks};
use crate::tree::TILE;

/// Height of a tile in the tree.
const TILE_HEIGHT: u32 = TILE.trailing_zeros();

/// What says that records are those that were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voucher {
    /// They give the Merkle root that the tail holds, or a part of what it was made of.
    Root,
    /// They give the hashes in the file `tree`, which nothing else confirms.
    Tree,
    /// Only that every frame matches its own checksum: no record was damaged by chance, but nothing shows that none was
    /// replaced.
    Checksums,
}

impl Voucher {
    /// A stable word for scripts: `root`, `tree` or `checksums`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Tree => "tree",
            Self::Checksums => "checksums",
        }
    }
}

/// Records that follow each other and are intact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intact {
    /// The first position.
    pub first: u64,
    /// The one after the last.
    pub end: u64,
    /// What says so.
    pub by: Voucher,
}

/// The hashes that the records in the store give.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Of each 256 records, none where one of them cannot be read.
    pub tiles: Vec<Option<Hash>>,
    /// The leaves of the records after the last whole tile; none where they cannot be read.
    pub rest: Option<Vec<Hash>>,
}

/// What is known of those hashes from elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The tree over the records, from the head of the tail.
    pub peaks: Option<&'a Peaks>,
    /// The file `tree`.
    pub tree: Option<&'a [Hash]>,
}

impl Known<'_> {
    /// Whether the file `tree` gives the larger peaks of the tail's head, and is as true as they are.
    pub fn tree_is_proven(&self) -> bool {
        let (Some(peaks), Some(tree)) = (self.peaks, self.tree) else { return false };
        let Some(tree) = tree.get(..(peaks.size() / TILE) as usize) else { return false };
        over(tree.iter().copied()).hashes() == large(peaks)
    }

    /// What vouches for one tile, if anything does; nothing may contradict it.
    fn of_tile(&self, number: usize, found: Hash, proven: bool) -> Option<Voucher> {
        match self.tree.and_then(|tree| tree.get(number)) {
            Some(stored) if *stored == found => Some(if proven { Voucher::Root } else { Voucher::Tree }),
            Some(_) => None,
            None => Some(Voucher::Checksums),
        }
    }
}

/// The intact records of a store, in order.
pub fn vouch(found: &Found, known: Known<'_>) -> Vec<Intact> {
    let mut tiles: Vec<Option<Voucher>> = Vec::with_capacity(found.tiles.len());
    let counted = known.peaks.map_or(0, Peaks::size);
    let proven = known.tree_is_proven();
    for (number, tile) in found.tiles.iter().enumerate() {
        // The tail's head says nothing of what lies beyond it.
        let proven = proven && (number as u64 + 1) * TILE <= counted;
        tiles.push(tile.and_then(|tile| known.of_tile(number, tile, proven)));
    }
    by_peaks(found, known, &mut tiles);
    let mut intact = Vec::new();
    for (number, by) in (0..).zip(tiles) {
        by.into_iter().for_each(|by| add(&mut intact, number * TILE, (number + 1) * TILE, by));
    }
    let start = found.tiles.len() as u64 * TILE;
    if let Some(rest) = found.rest.as_ref().filter(|rest| !rest.is_empty()) {
        let by = of_rest(rest, start, known.peaks);
        by.into_iter().for_each(|by| add(&mut intact, start, start + rest.len() as u64, by));
    }
    intact
}

/// A perfect subtree whose tiles are all there is proven by its own peak, whatever the file `tree` says.
fn by_peaks(found: &Found, known: Known<'_>, tiles: &mut [Option<Voucher>]) {
    let Some(peaks) = known.peaks else { return };
    let (mut first, mut left) = (0, peaks.size() / TILE);
    for peak in large(peaks) {
        let count = 1_u64 << left.ilog2();
        let range = first as usize..(first + count) as usize;
        let whole: Option<Vec<Hash>> = found.tiles.get(range.clone()).and_then(|tiles| tiles.iter().copied().collect());
        if whole.is_some_and(|whole| over(whole.into_iter()).hashes() == [*peak]) {
            tiles[range].fill(Some(Voucher::Root));
        }
        (first, left) = (first + count, left - count);
    }
}

/// The last records, fewer than a tile: they are proven by the smaller peaks, or by nothing.
fn of_rest(rest: &[Hash], start: u64, peaks: Option<&Peaks>) -> Option<Voucher> {
    let Some(peaks) = peaks.filter(|peaks| peaks.size() / TILE * TILE == start) else {
        return Some(Voucher::Checksums);
    };
    let counted = rest.get(..(peaks.size() - start) as usize)?;
    let mut small = Peaks::new();
    counted.iter().for_each(|leaf| small.push(*leaf));
    // More than are counted on belong to an interrupted drain; the caller has compared them with the tail.
    (small.hashes() == &peaks.hashes()[large(peaks).len()..]).then_some(Voucher::Root)
}

fn over(tiles: impl Iterator<Item = Hash>) -> Peaks {
    let mut peaks = Peaks::new();
    tiles.for_each(|tile| peaks.push_subtree(TILE_HEIGHT, tile).expect("tiles alone are always aligned"));
    peaks
}

/// The peaks of whole tiles.
fn large(peaks: &Peaks) -> &[Hash] {
    &peaks.hashes()[..(peaks.size() / TILE).count_ones() as usize]
}

/// Adds records, joined to those before where the same vouches for both.
pub fn add(intact: &mut Vec<Intact>, first: u64, end: u64, by: Voucher) {
    match intact.last_mut() {
        _ if first == end => {}
        Some(last) if last.end == first && last.by == by => last.end = end,
        _ => intact.push(Intact { first, end, by }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{content_digest, subtree_root};

    fn leaf(number: u64) -> Hash {
        content_digest(&number.to_be_bytes())
    }

    /// What a store of so many records gives, and the tree over it.
    fn store(records: u64) -> (Found, Peaks, Vec<Hash>) {
        let leaves: Vec<Hash> = (0..records).map(leaf).collect();
        let tiles: Vec<Hash> = leaves.as_chunks::<256>().0.iter().map(|tile| subtree_root(tile)).collect();
        let mut peaks = Peaks::new();
        leaves.iter().for_each(|leaf| peaks.push(*leaf));
        let rest = leaves[tiles.len() * 256..].to_vec();
        (Found { tiles: tiles.iter().copied().map(Some).collect(), rest: Some(rest) }, peaks, tiles)
    }

    fn intact(first: u64, end: u64, by: Voucher) -> Intact {
        Intact { first, end, by }
    }

    #[test]
    fn a_whole_store_is_proven_by_the_root_alone() {
        for records in [0, 1, 255, 256, 257, 2_048, 2_900] {
            let (found, peaks, tiles) = store(records);
            let all = if records == 0 { vec![] } else { vec![intact(0, records, Voucher::Root)] };
            assert_eq!(vouch(&found, Known { peaks: Some(&peaks), tree: None }), all);
            // A tree that lies changes nothing.
            let mut lies = tiles.clone();
            lies.iter_mut().for_each(|tile| tile.0[0] ^= 1);
            assert_eq!(vouch(&found, Known { peaks: Some(&peaks), tree: Some(&lies) }), all);
        }
    }

    #[test]
    fn a_bad_record_costs_only_its_tile_where_the_tree_is_there() {
        let (mut found, peaks, tiles) = store(2_900);
        found.tiles[3] = None;
        found.tiles[9] = Some(leaf(0));
        let known = Known { peaks: Some(&peaks), tree: Some(&tiles) };
        assert!(known.tree_is_proven());
        let expected = [(0, 768), (1_024, 2_304), (2_560, 2_900)].map(|(first, end)| intact(first, end, Voucher::Root));
        assert_eq!(vouch(&found, known), expected);
        let alone = Known { peaks: None, tree: Some(&tiles) };
        let mut expected = expected.map(|range| Intact { by: Voucher::Tree, ..range }).to_vec();
        *expected.last_mut().expect("three") = intact(2_560, 2_816, Voucher::Tree);
        expected.push(intact(2_816, 2_900, Voucher::Checksums));
        assert_eq!(vouch(&found, alone), expected);
    }

    #[test]
    fn without_the_tree_the_peaks_vouch_for_what_they_cover_alone() {
        let (mut found, peaks, _) = store(2_900);
        found.tiles[9] = None;
        let expected = [intact(0, 2_048, Voucher::Root), intact(2_048, 2_304, Voucher::Checksums)];
        let rest = [intact(2_560, 2_900, Voucher::Root)];
        assert_eq!(vouch(&found, Known { peaks: Some(&peaks), tree: None }), [&expected[..], &rest].concat());
        found.rest = None;
        let without = vouch(&found, Known { peaks: Some(&peaks), tree: None });
        assert_eq!(without.last(), Some(&intact(2_560, 2_816, Voucher::Root)));
    }

    #[test]
    fn records_of_another_ledger_are_vouched_for_by_nothing() {
        let (found, _, _) = store(600);
        let mut other = Peaks::new();
        (1_000..1_600).for_each(|number| other.push(leaf(number)));
        let tiles = vec![leaf(1), leaf(2)];
        assert_eq!(vouch(&found, Known { peaks: Some(&other), tree: Some(&tiles) }), []);
    }
}
