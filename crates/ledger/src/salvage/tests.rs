//! What is salvaged of which damage, and what is said of the rest.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Salvaged, salvage};
use crate::chunk::FRAME_RECORDS;
use crate::codec::FrameEncoder;
use crate::error::{CreateError, Damage, OpenError, SalvageError};
use crate::ledger::Settings;
use crate::reader::Reader;
use crate::store::{FrameStore, Store};
use crate::survey::{Intact, Voucher};
use crate::testing::{Fresh, all, event, events, keys, numbered};
use crate::verify::verify;
use crate::writer::{Expected, Writer};

/// Two frames in the store, twenty records in the tail.
fn ledger() -> Fresh {
    let ledger = Fresh::new();
    ledger.writer().append(events(0..2_048), Expected::Any).expect("appends");
    ledger.writer().append(events(2_048..2_400), Expected::Any).expect("appends");
    ledger.writer().close().expect("drains");
    ledger.writer().append(events(2_400..2_410), Expected::Any).expect("appends");
    ledger.writer().append(events(2_410..2_420), Expected::Any).expect("appends");
    ledger
}

fn settings() -> Settings {
    Settings { zone: "Europe/Berlin".parse().expect("a zone"), currency: Some("EUR".parse().expect("a currency")) }
}

/// Salvages into a new folder, which then holds a sound ledger with the first records and the root they had.
fn salvaged(ledger: &Fresh, root_of: &Reader) -> (Salvaged, PathBuf) {
    let before = listing(&ledger.dir);
    let to = ledger.dir.with_file_name("new");
    let salvaged = salvage(&ledger.dir, &to, settings(), &mut |_, _| {}).expect("salvages");
    assert_eq!(listing(&ledger.dir), before, "the source is only read");
    let report = verify(&to, &mut |_, _| {}).expect("verifies");
    assert_eq!(report.damage, []);
    assert_eq!((report.size, report.root), (salvaged.size, salvaged.root));
    assert_eq!(keys(&to), numbered(0..salvaged.size));
    assert_eq!(salvaged.vouched.last().map_or(0, |last| last.end), salvaged.size);
    assert_eq!(
        all(Reader::open(&to).expect("opens").read(..).expect("reads")),
        all(root_of.read(..salvaged.size).expect("reads"))
    );
    // It can be written to, and knows its ids.
    let mut writer = Writer::open(&to, ledger.options()).expect("opens");
    assert!(writer.append(vec![event(3)], Expected::Any).expect("appends")[0].duplicate);
    writer.append(vec![event(salvaged.size)], Expected::Size(salvaged.size)).expect("appends");
    (salvaged, to)
}

/// Names and bytes of all files.
fn listing(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(listing(&path));
        } else {
            found.push((path.clone(), fs::read(&path).expect("reads")));
        }
    }
    found.sort();
    found
}

/// A copy of the ledger to compare with.
fn twin(ledger: &Fresh) -> (tempfile::TempDir, Reader) {
    let home = tempfile::tempdir().expect("a folder");
    for (path, bytes) in listing(&ledger.dir) {
        let copy = home.path().join(path.strip_prefix(&ledger.dir).expect("below"));
        fs::create_dir_all(copy.parent().expect("a folder")).expect("a folder");
        fs::write(copy, bytes).expect("writes");
    }
    fs::create_dir_all(home.path().join("store/blobs")).expect("a folder");
    let reader = Reader::open(home.path()).expect("opens");
    (home, reader)
}

/// Puts other frames into the store.
fn exchange(dir: &Path, frames: &[(u64, Vec<u8>)]) {
    let mut store = Store::open(dir).expect("opens");
    frames.iter().for_each(|(number, bytes)| store.put(*number, bytes).expect("writes"));
    store.sync().expect("syncs");
}

fn frame(dir: &Path, number: u64) -> Vec<u8> {
    Store::open(dir).expect("opens").frame(number).expect("reads").expect("is there")
}

/// From the two frames of a store to those that are put there instead.
type Change = fn(Vec<u8>, Vec<u8>) -> Vec<(u64, Vec<u8>)>;

fn intact(first: u64, end: u64, by: Voucher) -> Intact {
    Intact { first, end, by }
}

fn named(damage: &[Damage], file: &str) -> bool {
    damage.iter().any(|damage| damage.file.ends_with(file))
}

#[test]
fn a_sound_ledger_is_copied_whole() {
    let ledger = ledger();
    let (_home, reader) = twin(&ledger);
    let (salvaged, _) = salvaged(&ledger, &reader);
    assert_eq!((salvaged.size, salvaged.root), (2_420, reader.root()));
    assert_eq!((salvaged.lost, salvaged.header), (None, *reader.header()), "the id stays: it is the same record");
    assert_eq!(salvaged.vouched, [intact(0, 2_420, Voucher::Root)]);
}

#[test]
fn frames_swapped_or_repeated_or_torn_end_the_prefix() {
    let bad: [Change; 4] = [
        |first, second| vec![(0, second), (1, first)],
        |first, _| vec![(1, first)],
        |_, second| vec![(1, second[..second.len() / 2].to_vec())],
        |_, mut second| {
            let middle = second.len() / 2;
            second[middle] ^= 1;
            vec![(1, second)]
        },
    ];
    for (case, change) in bad.into_iter().enumerate() {
        let ledger = ledger();
        let (_home, reader) = twin(&ledger);
        let frames = change(frame(&ledger.dir, 0), frame(&ledger.dir, 1));
        exchange(&ledger.dir, &frames);
        let report = verify(&ledger.dir, &mut |_, _| {}).expect("verifies");
        assert!(named(&report.damage, "store"), "{case}: {report:?}");
        assert!(report.intact.contains(&intact(2_400, 2_420, Voucher::Root)), "{case}: {report:?}");
        let used = Writer::open(&ledger.dir, ledger.options()).map_err(|e| e.to_string());
        let read = used.and_then(|writer| {
            writer.read(..).and_then(|records| records.collect::<Result<Vec<_>, _>>()).map_err(|e| e.to_string())
        });
        assert!(read.is_err(), "{case}: nothing is computed from it");
        if case == 0 {
            let to = ledger.dir.with_file_name("new");
            let refused = salvage(&ledger.dir, &to, settings(), &mut |_, _| {});
            assert!(matches!(refused, Err(SalvageError::Nothing { .. })), "{refused:?}");
            assert_eq!(fs::read_dir(&to).expect("a folder").count(), 0, "nothing half made stays");
        } else {
            assert_eq!(report.intact[0], intact(0, 2_048, Voucher::Root), "{case}");
            let (salvaged, _) = salvaged(&ledger, &reader);
            assert_eq!((salvaged.size, salvaged.lost), (2_048, Some((2_048, Some(2_420)))), "{case}");
            assert!(
                named(&salvaged.damage, "store") && !salvaged.damage[0].file.to_string_lossy().contains("salvaging")
            );
        }
    }
}

#[test]
fn a_record_exchanged_for_another_is_found_by_its_hash() {
    let ledger = ledger();
    let (_home, reader) = twin(&ledger);
    let mut records = all(reader.read(0..FRAME_RECORDS).expect("reads"));
    records[700].event = event(9_999);
    let forged = FrameEncoder::new().expect("encodes").encode(&records).expect("encodes");
    exchange(&ledger.dir, &[(0, forged)]);
    let report = verify(&ledger.dir, &mut |_, _| {}).expect("verifies");
    assert_eq!(report.damage.first().and_then(|damage| damage.positions), Some((512, 768)), "{report:?}");
    let root = |first, end| intact(first, end, Voucher::Root);
    assert_eq!(report.intact, [root(0, 512), root(768, 2_420)]);
    let (salvaged, _) = salvaged(&ledger, &reader);
    assert_eq!((salvaged.size, salvaged.lost), (512, Some((512, Some(2_420)))));
    assert_eq!(salvaged.root, reader.root_at(512).expect("a root"), "what was signed there still holds");
}

#[test]
fn without_a_tail_the_tree_and_then_checksums_vouch() {
    let ledger = ledger();
    let (_home, reader) = twin(&ledger);
    fs::remove_file(ledger.dir.join("tail")).expect("removes");
    let report = verify(&ledger.dir, &mut |_, _| {}).expect("verifies");
    assert!(!report.headed && named(&report.damage, "tail"));
    let (salvaged, _) = salvaged(&ledger, &reader);
    assert_eq!(salvaged.lost, Some((2_400, None)));
    assert_eq!(salvaged.vouched, [intact(0, 2_304, Voucher::Tree), intact(2_304, 2_400, Voucher::Checksums)]);
}

#[test]
fn without_a_header_what_was_given_stands_in() {
    let ledger = ledger();
    let (_home, reader) = twin(&ledger);
    fs::write(ledger.dir.join("header"), b"").expect("writes");
    let (salvaged, _) = salvaged(&ledger, &reader);
    assert!(!salvaged.header_read && named(&salvaged.damage, "header"));
    assert_eq!((salvaged.header.id, salvaged.size, salvaged.lost), (reader.header().id, 2_420, None));
    assert_eq!((salvaged.header.zone, salvaged.header.currency), (settings().zone, settings().currency));
}

#[test]
fn a_tail_cut_in_the_middle_or_from_an_earlier_time() {
    let ledger = ledger();
    let (_home, reader) = twin(&ledger);
    let path = ledger.dir.join("tail");
    let good = fs::read(&path).expect("reads");
    let mut bytes = good.clone();
    bytes[4_096 + 200] ^= 1;
    fs::write(&path, &bytes).expect("writes");
    let (first, to) = salvaged(&ledger, &reader);
    assert_eq!((first.size, first.lost), (2_400, Some((2_400, None))));
    fs::remove_dir_all(to).expect("removes");
    // The tail of before, beside a store that has gone on.
    fs::write(&path, &good).expect("writes");
    ledger.writer().append(events(2_420..2_440), Expected::Any).expect("appends");
    ledger.writer().close().expect("drains");
    let (_home, reader) = twin(&ledger);
    fs::write(&path, good).expect("writes");
    let (second, _) = salvaged(&ledger, &reader);
    assert_eq!(second.size, 2_440, "{second:?}");
    assert_eq!(second.vouched, [intact(0, 2_420, Voucher::Root), intact(2_420, 2_440, Voucher::Checksums)]);
}

#[test]
fn a_store_that_is_gone_leaves_nothing_and_a_target_must_be_empty() {
    let ledger = ledger();
    let to = ledger.dir.with_file_name("full");
    fs::create_dir(&to).expect("a folder");
    fs::write(to.join("notes.txt"), b"mine").expect("writes");
    let refused = salvage(&ledger.dir, &to, settings(), &mut |_, _| {});
    assert!(matches!(refused, Err(SalvageError::Create(CreateError::NotEmpty(_)))), "{refused:?}");
    let held = ledger.writer();
    let busy = salvage(&ledger.dir, &ledger.dir.with_file_name("new"), settings(), &mut |_, _| {});
    assert!(matches!(busy, Err(SalvageError::Open(OpenError::InUse(_)))), "{busy:?}");
    drop(held);
    fs::remove_dir_all(ledger.dir.join("store")).expect("removes");
    let nothing = salvage(&ledger.dir, &ledger.dir.with_file_name("new"), settings(), &mut |_, _| {});
    match nothing {
        Err(SalvageError::Nothing { damage, .. }) => assert!(named(&damage, "store/db"), "{damage:?}"),
        other => panic!("{other:?}"),
    }
}
