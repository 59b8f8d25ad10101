//! Content bytes: every event round-trips, nothing else is accepted.

use proptest::prelude::*;

use super::*;
use crate::codec::samples;

#[test]
fn every_sample_round_trips() {
    for (name, event) in samples::events() {
        let mut bytes = Vec::new();
        encode_content(&event, &mut bytes);
        assert_eq!(decode_content(&bytes).as_ref(), Ok(&event), "{name}");
        let mut borrowed = Vec::new();
        encode_content(&event.borrowed(), &mut borrowed);
        assert_eq!(borrowed, bytes, "{name}");
    }
}

#[test]
fn refuses_what_it_did_not_write() {
    let mut bytes = Vec::new();
    encode_content(&samples::plain(), &mut bytes);
    let with = |i: usize, byte: u8| {
        let mut changed = bytes.clone();
        changed[i] = byte;
        decode_content(&changed)
    };
    assert_eq!(with(0, 2), Err(DecodeError::Version { what: "a record", found: 2, known: 1 }));
    assert_eq!(with(1, 77), Err(DecodeError::Kind(77)));
    assert_eq!(decode_content(&[&bytes[..], &[0]].concat()), Err(DecodeError::Trailing(1)));
    for length in 0..bytes.len() {
        assert!(matches!(decode_content(&bytes[..length]), Err(DecodeError::Malformed { .. })), "{length}");
    }
    // Key::Named(2 letters): its length as a longer varint says the same, and is refused.
    assert_eq!(bytes[2..5], [1, 2, b'e']);
    let longer = [&bytes[..3], &[251, 2, 0], &bytes[4..]].concat();
    assert_eq!(decode_content(&longer), Err(DecodeError::NotCanonical));
    assert!(decode_content(&vec![1; CONTENT_BYTES_MAX + 1]).is_err());
}

#[test]
fn a_currency_that_iso_gave_up_stays_readable() {
    let mut bytes = Vec::new();
    encode_content(&samples::plain(), &mut bytes);
    let at = bytes.windows(3).position(|w| w == b"USD").expect("the currency");
    bytes[at..at + 3].copy_from_slice(b"ZZZ");
    assert!(decode_content(&bytes).is_ok());
    bytes[at..at + 3].copy_from_slice(b"ZzZ");
    assert!(matches!(decode_content(&bytes), Err(DecodeError::Malformed { what: "currency", .. })));
}

proptest! {
    #[test]
    fn any_event_round_trips(event in samples::any_event()) {
        let mut bytes = Vec::new();
        encode_content(&event, &mut bytes);
        prop_assert_eq!(decode_content(&bytes), Ok(event));
    }

    #[test]
    fn what_is_accepted_is_canonical(event in samples::any_event(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = Vec::new();
        encode_content(&event, &mut bytes);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(read) = decode_content(&bytes) {
            let mut again = Vec::new();
            encode_content(&read, &mut again);
            prop_assert_eq!(again, bytes);
        }
    }
}
