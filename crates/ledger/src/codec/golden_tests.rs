//! Golden bytes: what version 1 wrote must be read for ever, and written the same for ever.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use super::{Frame, FrameEncoder, decode_content, encode_content, samples};
use crate::merkle::{Hash, Peaks, content_digest, leaf_hash};
use crate::{Event, Instant, Position, Recorded};

/// Set to write the files anew, which is right once: when a version is made.
const WRITE: &str = "RECOUNT_WRITE_GOLDEN";

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/records/v1").join(name)
}

fn recorded() -> Vec<Recorded> {
    let record = |(index, (_, event)): (usize, (&str, Event))| Recorded {
        position: Position(4_096 + index as u64),
        recorded_at: Instant::from_micros(1_767_225_600_000_000 + 1_500 * (index as i64 / 8)).expect("in range"),
        event,
    };
    samples::events().into_iter().enumerate().map(record).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a hexadecimal digit") as u8;
    text.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn content(record: &Recorded) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_content(&record.event, &mut bytes);
    bytes
}

fn leaf(record: &Recorded) -> Hash {
    leaf_hash(record.recorded_at, &content_digest(&content(record)))
}

fn listing() -> String {
    let mut text = String::new();
    let mut peaks = Peaks::new();
    for ((name, _), record) in samples::events().into_iter().zip(recorded()) {
        let (id, content, at) = (record.event.id(), hex(&content(&record)), record.recorded_at.micros());
        peaks.push(leaf(&record));
        writeln!(
            text,
            "name {name}\nid {id}\nvoids {}",
            record.event.voids().map_or("-".to_owned(), |id| id.to_string())
        )
        .and_then(|()| writeln!(text, "given {}\ncontent {content}", hex(&record.event.given())))
        .and_then(|()| writeln!(text, "recorded_at {at}\nleaf {}\n", leaf(&record)))
        .expect("a text takes all");
    }
    writeln!(text, "root {}", peaks.root()).expect("a text takes all");
    text
}

#[test]
fn content_bytes_of_version_1_never_change() {
    let file = path("content.txt");
    if std::env::var_os(WRITE).is_some() {
        fs::write(&file, listing()).expect("writes");
    }
    let golden = fs::read_to_string(&file).expect("fixtures/records/v1/content.txt");
    for (now, then) in listing().lines().zip(golden.lines()) {
        assert_eq!(now, then, "the bytes of a record changed: that needs a new version beside the old one");
    }
    assert_eq!(listing().lines().count(), golden.lines().count());
    let contents = golden.lines().filter_map(|line| line.strip_prefix("content "));
    for (hex, (name, event)) in contents.zip(samples::events()) {
        assert_eq!(decode_content(&unhex(hex)), Ok(event), "{name}");
    }
}

/// zstd may compress otherwise one day, so only reading is held to the byte.
#[test]
fn a_frame_of_version_1_is_read_for_ever() {
    let file = path("frame.hex");
    if std::env::var_os(WRITE).is_some() {
        let bytes = FrameEncoder::new().and_then(|mut encoder| encoder.encode(&recorded())).expect("a frame");
        let lines: Vec<String> = bytes.chunks(60).map(hex).collect();
        fs::write(&file, lines.join("\n") + "\n").expect("writes");
    }
    let golden = fs::read_to_string(&file).expect("fixtures/records/v1/frame.hex");
    let frame = Frame::decode(&unhex(&golden.replace('\n', ""))).expect("reads");
    let read: Vec<Recorded> = frame.records().map(|record| record.to_owned_record()).collect();
    assert_eq!(read, recorded());
}
