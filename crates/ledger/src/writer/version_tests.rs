//! What a newer Recount wrote is refused by position, not guessed at, and what lies before it is read.

use crate::codec::{FrameEncoder, encode_content};
use crate::error::{Damage, OpenError, ReadError};
use crate::header::Header;
use crate::medium::Folder;
use crate::merkle::{content_digest, leaf_hash};
use crate::reader::Reader;
use crate::store::{FrameStore, Store};
use crate::tail::{self, Commit, Journal};
use crate::testing::{Fresh, all, event, events};
use crate::verify::verify;
use crate::writer::{Expected, Writer};

/// A ledger of three records, the last of which has these first two content bytes: its version and its kind.
fn ending_in(version: u8, kind: u8) -> Fresh {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    writer.append(events(0..2), Expected::Any).expect("appends");
    let recorded_at = writer.last_recorded_at().expect("records");
    drop(writer);
    let folder = Folder::on_disk(&ledger.dir);
    let tail = tail::load(&folder, Header::read(&folder).expect("a header").id).expect("a tail");
    let mut content = Vec::new();
    encode_content(&event(2), &mut content);
    content[..2].copy_from_slice(&[version, kind]);
    let mut peaks = tail.peaks.clone();
    peaks.push(leaf_hash(recorded_at, &content_digest(&content)));
    let commit = Commit { first: 2, recorded_at, contents: vec![content.into()] };
    let mut journal = Journal::resume(&folder, &tail).expect("resumes");
    journal.append(&[&commit], 2, peaks.root()).expect("appends");
    ledger
}

fn assert_names(damage: &Damage, what: &str, position: u64) {
    assert!(damage.what.contains(what), "{damage}");
    assert!(!damage.what.contains("restore"), "nothing is lost: {damage}");
    assert_eq!(damage.positions.map(|(first, _)| first), Some(position), "{damage}");
}

#[test]
fn a_record_of_a_newer_version_or_kind_is_refused_by_its_position() {
    for (version, kind, what) in [(2, 1, "version 2 of a record is unknown"), (1, 99, "record kind 99 is unknown")] {
        let ledger = ending_in(version, kind);
        match Writer::open(&ledger.dir, ledger.options()) {
            Err(OpenError::Damaged(damage)) => assert_names(&damage, what, 2),
            other => panic!("{other:?}"),
        }
        let reader = Reader::open(&ledger.dir).expect("its bytes are whole");
        assert_eq!(all(reader.read(..2).expect("reads")).len(), 2);
        match reader.record(2) {
            Err(ReadError::Damaged(damage)) => assert_names(&damage, what, 2),
            other => panic!("{other:?}"),
        }
        let report = verify(&ledger.dir, &mut |_, _| {}).expect("verifies");
        assert!(report.damage.iter().any(|damage| damage.what.contains(what)), "{report:?}");
    }
}

#[test]
fn a_frame_of_a_newer_version_is_refused_by_its_position() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    writer.append(events(0..2), Expected::Any).expect("appends");
    writer.close().expect("drains");
    let records = all(ledger.reader().read(..).expect("reads"));
    let mut frame = FrameEncoder::new().and_then(|mut encoder| encoder.encode(&records)).expect("a frame");
    frame[4] = 2;
    let sum = crc32c::crc32c_append(crc32c::crc32c(&frame[..16]), &frame[20..]);
    frame[16..20].copy_from_slice(&sum.to_le_bytes());
    let mut store = Store::open(&ledger.dir).expect("opens");
    store.put(0, &frame).expect("takes it");
    store.sync().expect("syncs");
    drop(store);
    match ledger.reader().record(0) {
        Err(ReadError::Damaged(damage)) => assert_names(&damage, "version 2 of a frame is unknown", 0),
        other => panic!("{other:?}"),
    }
}
