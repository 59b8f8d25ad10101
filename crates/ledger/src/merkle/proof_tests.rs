//! Proofs against the vectors that RFC 6962 implementations share, and against another implementation.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;

use super::super::hash::subtree_root;
use super::*;

/// Sizes that are compared with the other implementation, each with all others.
const SIZES: u64 = 64;

fn data(index: u64) -> Vec<u8> {
    format!("leaf {index}").into_bytes()
}

fn leaf(index: u64) -> Hash {
    content_digest(&[&[0], &data(index)[..]].concat())
}

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(leaf).collect()
}

fn theirs(size: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    (0..size).for_each(|index| tree.push(data(index)));
    tree
}

fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks::<32>().0.iter().copied().map(Hash).collect()
}

fn bytes(path: &[Hash]) -> Vec<u8> {
    path.iter().flat_map(|hash| hash.0).collect()
}

fn roots_of(leaves: &[Hash], ranges: Vec<Range<u64>>) -> Vec<Hash> {
    ranges.into_iter().map(|range| subtree_root(&leaves[range.start as usize..range.end as usize])).collect()
}

fn inclusion(leaves: &[Hash], position: u64) -> InclusionProof {
    let size = leaves.len() as u64;
    InclusionProof { position, size, path: roots_of(leaves, inclusion_ranges(position, size)) }
}

fn consistency(leaves: &[Hash], from: u64) -> ConsistencyProof {
    let size = leaves.len() as u64;
    ConsistencyProof { from, size, path: roots_of(leaves, consistency_ranges(from, size)) }
}

#[test]
fn agrees_with_the_vectors_of_rfc_6962() {
    let text = include_str!("../../../../fixtures/merkle/proofs.txt");
    let (mut good, mut refused, mut unreadable) = (0, 0, 0);
    for line in text.lines() {
        let [name, kind, wanted, first, second, rest @ ..] = &line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let (first, second): (u64, u64) = (first.parse().expect(name), second.parse().expect(name));
        // A hash of another length cannot even be written down here: whoever reads a proof refuses it.
        let Some(hashes) = rest.iter().map(|hex| Hash::from_hex(hex)).collect::<Option<Vec<_>>>() else {
            assert!(*wanted == "refused" || *name == "consistency/additional/sizes-are-equal-one-and-proof-is-empty");
            unreadable += 1;
            continue;
        };
        let path = hashes[2..].to_vec();
        let verified = match *kind {
            "inclusion" => InclusionProof { position: first, size: second, path }.verify(&hashes[0], &hashes[1]),
            _ => ConsistencyProof { from: first, size: second, path }.verify(&hashes[0], &hashes[1]),
        };
        assert_eq!(verified.is_ok(), *wanted == "good", "{name}: {verified:?}");
        *(if verified.is_ok() { &mut good } else { &mut refused }) += 1;
    }
    assert_eq!((good, refused, unreadable), (11, 132, 53));
}

#[test]
fn inclusion_proofs_agree_with_another_implementation_at_all_sizes() {
    for size in 1..=SIZES {
        let (ours, theirs) = (leaves(size), theirs(size));
        let root = subtree_root(&ours);
        for position in 0..size {
            let proof = inclusion(&ours, position);
            let other = theirs.prove_inclusion(position as usize);
            assert_eq!(proof.path, hashes(other.as_bytes()), "{position} of {size}");
            proof.verify(&ours[position as usize], &root).expect("theirs, by ours");
            let given = ct_merkle::InclusionProof::try_from_bytes(bytes(&proof.path)).expect("whole hashes");
            theirs.root().verify_inclusion(&data(position), position, &given).expect("ours, by theirs");
        }
    }
}

#[test]
fn consistency_proofs_agree_with_another_implementation_at_all_pairs_of_sizes() {
    for size in 1..=SIZES {
        let (ours, theirs_now) = (leaves(size), theirs(size));
        let root = subtree_root(&ours);
        for from in 1..=size {
            let proof = consistency(&ours, from);
            let (old, old_root) = (theirs(from), subtree_root(&ours[..from as usize]));
            let other = theirs_now.prove_consistency((size - from) as usize);
            assert_eq!(proof.path, hashes(other.as_bytes()), "{from} to {size}");
            proof.verify(&old_root, &root).expect("theirs, by ours");
            let given = ct_merkle::ConsistencyProof::try_from_bytes(bytes(&proof.path)).expect("whole hashes");
            theirs_now.root().verify_consistency(&old.root(), &given).expect("ours, by theirs");
        }
        consistency(&ours, 0).verify(&content_digest(&[]), &root).expect("everything begins with nothing");
    }
}

/// Every path with one hash changed, left out, repeated or added.
fn tampered(path: &[Hash]) -> Vec<Vec<Hash>> {
    let mut wrong = vec![[path, &[leaf(0)]].concat(), [&[leaf(0)], path].concat()];
    for at in 0..path.len() {
        let mut flipped = path.to_vec();
        flipped[at].0[at % 32] ^= 1 << (at % 8);
        let (mut short, mut long) = (path.to_vec(), path.to_vec());
        short.remove(at);
        long.insert(at, path[at]);
        wrong.extend([flipped, short, long]);
        for other in (0..at).filter(|other| path[*other] != path[at]) {
            let mut swapped = path.to_vec();
            swapped.swap(at, other);
            wrong.push(swapped);
        }
    }
    wrong
}

#[test]
fn a_tampered_inclusion_proof_proves_nothing() {
    let all = leaves(SIZES + 1);
    let root_of = |size: u64| subtree_root(&all[..size as usize]);
    for size in 1..=SIZES {
        let root = root_of(size);
        for position in 0..size {
            let proof = inclusion(&all[..size as usize], position);
            let own = all[position as usize];
            for path in tampered(&proof.path) {
                assert!(InclusionProof { path, ..proof }.verify(&own, &root).is_err(), "{position} of {size}");
            }
            for other in (0..=size).filter(|other| *other != position) {
                let moved = InclusionProof { position: other, ..proof.clone() };
                assert!(moved.verify(&own, &root).is_err(), "{position} of {size} at {other}");
                assert!(proof.verify(&all[other as usize], &root).is_err(), "{other} for {position} of {size}");
            }
            // A size stands beside its root in a checkpoint: of another size, the root is another.
            for other in [size - 1, size + 1] {
                let resized = InclusionProof { size: other, ..proof.clone() };
                assert!(resized.verify(&own, &root_of(other)).is_err(), "{position} of {size} in {other}");
            }
        }
    }
}

#[test]
fn a_tampered_consistency_proof_proves_nothing() {
    let all = leaves(SIZES + 1);
    let root_of = |size: u64| subtree_root(&all[..size as usize]);
    let strange = leaf(1_000);
    for size in 1..=SIZES {
        for from in 1..=size {
            let proof = consistency(&all[..size as usize], from);
            let (old, new) = (root_of(from), root_of(size));
            for path in tampered(&proof.path) {
                assert!(ConsistencyProof { path, ..proof }.verify(&old, &new).is_err(), "{from} to {size}");
            }
            assert!(proof.verify(&strange, &new).is_err() && proof.verify(&old, &strange).is_err());
            for (other_from, other_size) in [(from - 1, size), (from + 1, size), (from, size - 1), (from, size + 1)] {
                let moved = ConsistencyProof { from: other_from, size: other_size, ..proof.clone() };
                // Everything begins with nothing, and with itself: those need no path.
                let trivial = proof.path.is_empty() && (other_from == 0 || other_from == other_size);
                let verified = moved.verify(&root_of(other_from), &root_of(other_size));
                assert_eq!(verified.is_ok(), trivial, "{from} to {size} as {other_from} to {other_size}");
            }
        }
    }
}

#[test]
fn the_longest_paths_fit() {
    for size in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) + 1] {
        for at in [0, 1, size / 2, size - 2, size - 1] {
            assert!(inclusion_ranges(at, size).len() <= PATH_HASHES_MAX, "{at} of {size}");
            assert!(consistency_ranges(at, size).len() <= PATH_HASHES_MAX + 1, "{at} to {size}");
        }
    }
    let path = vec![leaf(0); PATH_HASHES_MAX];
    let far = InclusionProof { position: u64::MAX - 1, size: u64::MAX, path: path.clone() };
    assert!(far.verify(&leaf(0), &leaf(1)).is_err());
    assert!(ConsistencyProof { from: u64::MAX - 1, size: u64::MAX, path }.verify(&leaf(0), &leaf(1)).is_err());
}
