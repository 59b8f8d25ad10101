//! Frames give back what went in, and take any other bytes without a panic.

use proptest::prelude::*;

use super::*;
use crate::codec::encode_content;
use crate::codec::samples;

fn recorded(events: Vec<Event>, first: u64) -> Vec<Recorded> {
    let record = |(index, event): (usize, Event)| Recorded {
        position: Position(first + index as u64),
        recorded_at: Instant::from_micros(1_700_000_000_000_000 + 7 * (index as i64 / 3)).expect("in range"),
        event,
    };
    events.into_iter().enumerate().map(record).collect()
}

fn encode(records: &[Recorded]) -> Vec<u8> {
    FrameEncoder::new().expect("an encoder").encode(records).expect("a frame")
}

fn round_trip(records: &[Recorded]) {
    let bytes = encode(records);
    let frame = Frame::decode(&bytes).expect("a frame");
    assert_eq!((frame.first(), frame.len()), (records[0].position, records.len()));
    for (read, record) in frame.records().zip(records) {
        assert_eq!(read.to_owned_record(), *record);
        assert_eq!(frame.record(record.position), Some(read));
    }
    assert_eq!(frame.record(Position(records[0].position.0 + records.len() as u64)), None);
}

/// The same bytes with a checksum that fits, so that what lies behind it is reached.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.len() >= HEADER_BYTES {
        let sum = checksum(&bytes);
        bytes[16..HEADER_BYTES].copy_from_slice(&sum.to_le_bytes());
    }
    bytes
}

#[test]
fn every_sample_round_trips_alone_and_together() {
    let events: Vec<Event> = samples::events().into_iter().map(|(_, event)| event).collect();
    for event in &events {
        round_trip(&recorded(vec![event.clone()], 0));
    }
    let many = events.iter().cycle().take(FRAME_RECORDS).cloned().collect();
    round_trip(&recorded(many, 2_048 * 1_000));
}

#[test]
fn ids_made_from_customers_cost_nearly_nothing() {
    let event = |i: u32| samples::numbered(i);
    let records = recorded((0..2_048).map(event).collect(), 0);
    round_trip(&records);
    let bytes = encode(&records);
    assert!(bytes.len() < 2_048 * 6, "{} bytes", bytes.len());
}

#[test]
fn large_texts_and_many_names_are_kept_whole() {
    let long = samples::with_plan(&"x".repeat(5_000));
    let names = (0..200).map(|i| samples::with_attribute(&format!("name {i}"), "v"));
    let many = samples::with_attributes((0..100).map(|i| (format!("{i:03}"), "v".repeat(900))).collect());
    round_trip(&recorded([long, many].into_iter().chain(names).collect(), 5));
}

#[test]
fn refuses_what_is_no_frame() {
    let mut encoder = FrameEncoder::new().expect("an encoder");
    assert!(matches!(encoder.encode::<String>(&[]), Err(FrameError::Count(0))));
    let mut records = recorded(vec![samples::plain(); FRAME_RECORDS + 1], 0);
    assert!(matches!(encoder.encode(&records), Err(FrameError::Count(2_049))));
    records.truncate(3);
    records[1].position = Position(7);
    assert!(matches!(encoder.encode(&records), Err(FrameError::Position(Position(7)))));

    let bytes = encode(&recorded(vec![samples::plain()], 0));
    let mut flipped = bytes.clone();
    flipped[30] ^= 4;
    assert!(matches!(Frame::decode(&flipped), Err(DecodeError::Checksum { .. })));
    let mut newer = bytes.clone();
    newer[4] = 9;
    let version = DecodeError::Version { what: "a frame", found: 9, known: 1 };
    assert_eq!(Frame::decode(&resealed(newer)).err(), Some(version));
    for length in 0..bytes.len() {
        assert!(Frame::decode(&bytes[..length]).is_err());
        assert!(Frame::decode(&resealed(bytes[..length].to_vec())).is_err(), "{length}");
    }
    assert!(Frame::decode(&resealed([&bytes[..], &[0]].concat())).is_err());
}

proptest! {
    #[test]
    fn any_events_round_trip(events in samples::any_events(1..60), first in 0..u64::MAX / 2) {
        round_trip(&recorded(events, first));
    }

    #[test]
    fn alike_events_round_trip(event in samples::any_event(), others in samples::any_events(0..4), count in 1usize..300) {
        let events = std::iter::repeat_n(event, count).chain(others).collect();
        round_trip(&recorded(events, 9));
    }

    #[test]
    fn damaged_frames_never_panic(
        events in samples::any_events(1..20),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = encode(&recorded(events, 0));
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(frame) = Frame::decode(&resealed(bytes)) {
            // Whatever it says now, it says it without a panic.
            let mut content = Vec::new();
            for record in frame.records() {
                encode_content(&record.event, &mut content);
            }
            prop_assert!(!content.is_empty());
        }
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let header = [&b"RcFr"[..], &[1, 0, 3, 0], &[0; 8], &[0; 4], &bytes].concat();
        prop_assert!(Frame::decode(&bytes).is_err());
        let _ = Frame::decode(&resealed(header));
    }
}
