//! Every k-th bit of every file flipped, one at a time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant as Stopwatch;

use crate::books::{Answer, Book, Outcome, answer};

/// Bits of a file that are passed over between two that are flipped; `RECOUNT_FLIP_EVERY` sets another number.
const EVERY: usize = 20_011;
/// Of a small file so many bits are flipped, however far apart the others are.
const AT_LEAST: usize = 16;
/// Runs of zeros as long as this are space for what is still to come; it is flipped more rarely.
const SPACE: usize = 4_096;
const SPACE_RARER: usize = 256;

/// What became of the flips of one file.
#[derive(Debug, Default)]
struct Counts {
    flipped: u32,
    named: u32,
    intact: u32,
    noted: u32,
    rebuilt: u32,
}

#[test]
fn a_flipped_bit_is_an_error_or_changes_nothing() {
    let every = std::env::var("RECOUNT_FLIP_EVERY").ok().and_then(|every| every.parse().ok()).unwrap_or(EVERY);
    let book = Book::new();
    let (good, _) = answer(&book.dir).expect("a sound ledger");
    assert_eq!(book.outcome(&good), Outcome::Intact);
    book.restore();
    let began = Stopwatch::now();
    let mut counts: BTreeMap<PathBuf, Counts> = BTreeMap::new();
    for name in book.names() {
        let counts = counts.entry(name.to_owned()).or_default();
        for bit in bits(book.bytes(name), every) {
            flip(&book, name, bit, &good, counts);
        }
    }
    for (name, counts) in &counts {
        println!("{}: {counts:?}", name.display());
        assert!(counts.flipped > 0, "{}: no bit was flipped", name.display());
    }
    println!("RECOUNT_FLIP_EVERY={every}, {:?}", began.elapsed());
    let found = |name: &str| counts.iter().any(|(path, counts)| path.ends_with(name) && counts.named > 0);
    for name in ["header", "tail", "store/db", "store/conf", "tree", "identity/index"] {
        assert!(found(name), "{name}: no flipped bit was found");
    }
    let all = |name: &str, seen: fn(&Counts) -> u32| {
        let counts = counts.iter().find(|(path, _)| path.to_string_lossy().starts_with(name)).expect("the file").1;
        assert_eq!(seen(counts), counts.flipped, "{name}: every bit is under a checksum: {counts:?}");
    };
    all("projection/columns", |counts| counts.rebuilt);
    all("store/snap.", |counts| counts.named);
    all("store/conf", |counts| counts.named);
}

fn flip(book: &Book, name: &Path, bit: usize, good: &Answer, counts: &mut Counts) {
    let mut bytes = book.bytes(name).to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    book.write(name, &bytes);
    // Printed with a failure, whatever it is.
    println!("bit {bit} of {}", name.display());
    let outcome = book.outcome(good);
    counts.flipped += 1;
    match outcome {
        Outcome::Named(said) => {
            assert!(names_a_file(&said), "{}: {said}", name.display());
            counts.named += 1;
        }
        Outcome::Intact => counts.intact += 1,
        Outcome::Noted => counts.noted += 1,
        Outcome::Rebuilt => counts.rebuilt += 1,
    }
    book.restore();
}

fn names_a_file(said: &str) -> bool {
    ["header", "tail", "store", "tree", "identity", "projection", "stage"].iter().any(|name| said.contains(name))
}

/// The bits of a file that are flipped.
fn bits(bytes: &[u8], every: usize) -> Vec<usize> {
    let space = spaces(bytes);
    let used: Vec<usize> = (0..bytes.len()).filter(|at| !space[*at]).collect();
    let step = every.min(used.len() * 8 / AT_LEAST).max(1);
    let mut bits: Vec<usize> =
        (step / 2..used.len() * 8).step_by(step).map(|bit| used[bit / 8] * 8 + bit % 8).collect();
    let free: Vec<usize> = (0..bytes.len()).filter(|at| space[*at]).collect();
    let rarer = every.saturating_mul(SPACE_RARER);
    bits.extend((rarer / 2..free.len() * 8).step_by(rarer).map(|bit| free[bit / 8] * 8 + bit % 8));
    bits
}

/// Which bytes lie in long runs of zeros.
fn spaces(bytes: &[u8]) -> Vec<bool> {
    let mut space = vec![false; bytes.len()];
    let mut at = 0;
    for run in bytes.chunk_by(|a, b| (*a == 0) == (*b == 0)) {
        if run[0] == 0 && run.len() >= SPACE {
            space[at..at + run.len()].fill(true);
        }
        at += run.len();
    }
    space
}
