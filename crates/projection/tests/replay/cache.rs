//! Caches that cannot be used say so, and never answer.

use std::fs;
use std::path::Path;

use recount_ledger::{Body, Close, Definition, Event, Position, Recorded};
use recount_projection::{CacheError, Cut, Projection, Registers};
use recount_testkit::records as script_records;
use tempfile::TempDir;
use uuid::Uuid;

use super::LEDGER;

const HISTORY: &str = "2024-01-01 acme/s new 50 attr.size=big
    2024-02-01 beta new 80 EUR was=0
    2024-03-01 acme profile attr.size=small
    2024-03-02 acme charge 7
    2024-03-03 fx EUR/USD 1.10
    2024-04-01 beta up 999999999999.5 EUR id=e5 attr.region=north
    2024-05-01 merge gamma beta
    2024-06-01 void e5";

fn saved() -> (TempDir, Projection) {
    let mut projection = Projection::empty();
    projection.extend(script_records(HISTORY)).expect("a valid script");
    projection.seal([9; 32]);
    let directory = tempfile::tempdir().expect("a directory");
    projection.save(directory.path(), LEDGER).expect("saved");
    (directory, projection)
}

fn load(directory: &Path) -> Result<Projection, CacheError> {
    Projection::load(directory, LEDGER, 8)
}

#[test]
fn what_is_saved_is_what_is_loaded() {
    let (directory, projection) = saved();
    let loaded = load(directory.path()).expect("whole");
    assert_eq!((loaded.size(), loaded.root()), (projection.size(), projection.root()));
    assert_eq!(loaded.currencies(), projection.currencies());
    assert_eq!(loaded.view(Cut::NONE).expect("no circle").contradiction_count(), 0);
}

#[test]
fn missing_foreign_and_newer_caches_are_told_apart() {
    let (directory, _) = saved();
    let elsewhere = directory.path().join("elsewhere");
    assert!(matches!(load(&elsewhere), Err(CacheError::Missing { .. })));
    let foreign = Projection::load(directory.path(), Uuid::from_u128(8), 8);
    assert!(matches!(foreign, Err(CacheError::Foreign { found, .. }) if found == LEDGER));
    let newer = Projection::load(directory.path(), LEDGER, 7);
    assert!(matches!(newer, Err(CacheError::Newer { found: 8, size: 7, .. })));
}

#[test]
fn registers_are_those_of_the_projection_without_its_columns() {
    let close = Close {
        name: "june".to_owned(),
        root: [1; 32],
        definition: "board".to_owned(),
        version: 1,
        definition_hash: [2; 32],
        zone: "UTC".to_owned(),
        fiscal_start: 1,
        period: Some("2024-06".to_owned()),
        figures: None,
        note: None,
        prepared_by: "me".to_owned(),
        approved_by: None,
    };
    let document = "name = \"board\"".to_owned();
    let definition = Definition { name: "board".to_owned(), version: 1, document, hash: [2; 32] };
    let mut all = script_records(HISTORY);
    for body in [Body::Definition(definition), Body::Close(close)] {
        let recorded_at = all.last().expect("a history").recorded_at;
        all.push(Recorded { position: Position(all.len() as u64), recorded_at, event: Event::new(body) });
    }
    let mut projection = Projection::empty();
    projection.extend(all.iter().cloned()).expect("in order");
    projection.seal([9; 32]);
    let directory = tempfile::tempdir().expect("a directory");
    projection.save(directory.path(), LEDGER).expect("saved");
    let loaded = Registers::load(directory.path(), LEDGER, 10).expect("whole");
    assert_eq!((loaded.closes.len(), loaded.definitions.len(), loaded.size, loaded.root), (1, 1, 10, [9; 32]));
    assert_eq!(loaded, Registers::of(&projection));
    let mut pushed = Registers::default();
    all.iter().for_each(|record| pushed.push(record));
    assert_eq!(Registers { root: [9; 32], ..pushed }, loaded);
    let newer = Registers::load(directory.path(), LEDGER, 9);
    assert!(matches!(newer, Err(CacheError::Newer { found: 10, size: 9, .. })));
    let foreign = Registers::load(directory.path(), Uuid::from_u128(8), 10);
    assert!(matches!(foreign, Err(CacheError::Foreign { .. })));
}

#[test]
fn every_flipped_byte_is_found() {
    let (directory, _) = saved();
    let path = directory.path().join("columns");
    let bytes = fs::read(&path).expect("a file");
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x20;
        fs::write(&path, damaged).expect("written");
        assert!(load(directory.path()).is_err(), "byte {at} of {} was flipped unnoticed", bytes.len());
    }
}

#[test]
fn every_shorter_file_is_refused() {
    let (directory, _) = saved();
    let path = directory.path().join("columns");
    let bytes = fs::read(&path).expect("a file");
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).expect("written");
        assert!(matches!(load(directory.path()), Err(CacheError::Damaged { .. })), "cut to {length} bytes");
    }
}

#[test]
fn a_leftover_of_a_killed_writer_is_written_over() {
    let (directory, mut projection) = saved();
    fs::write(directory.path().join("columns.new"), vec![0xff; 100_000]).expect("written");
    projection.save(directory.path(), LEDGER).expect("saved");
    assert_eq!(load(directory.path()).expect("whole").size(), 8);
    assert!(!directory.path().join("columns.new").exists());
}
