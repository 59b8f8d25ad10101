//! The canonical content of a record: what is hashed, and what identity and proofs compare.
//!
//! One byte of version, one byte of kind, then the wire struct of that kind in bincode's standard encoding. There is one
//! way to write an event: the decoder writes what it read again and compares.

use bincode::config::{Configuration, Limit, standard};
use bincode::enc::write::Writer;
use bincode::error::EncodeError;
use serde::{Deserialize, Serialize};

use super::error::DecodeError;
use super::wire::{
    CloseV1, ContentV1, DefinitionV1, FxRateV1, HeadV1, ImportV1, MergeV1, MovementV1, OneTimeV1, Owned, ProfileV1,
    VoidV1,
};
use crate::event::{Body, Event};

/// The longest content of one record. Validation keeps events below about 600 KiB.
pub const CONTENT_BYTES_MAX: usize = 1 << 20;

const VERSION: u8 = 1;
const MOVEMENT: u8 = 1;
const VOID: u8 = 2;
const PROFILE: u8 = 3;
const MERGE: u8 = 4;
const ONE_TIME: u8 = 5;
const FX_RATE: u8 = 6;
const DEFINITION: u8 = 7;
const CLOSE: u8 = 8;
const IMPORT: u8 = 9;

/// Appends the canonical content bytes of an event.
pub fn encode_content<S: AsRef<str>>(event: &Event<S>, out: &mut Vec<u8>) {
    let head = HeadV1::of(event);
    match &event.body {
        Body::Movement(body) => write(out, MOVEMENT, head, MovementV1::of(body)),
        Body::Void(body) => write(out, VOID, head, VoidV1::of(body)),
        Body::Profile(body) => write(out, PROFILE, head, ProfileV1::of(body)),
        Body::Merge(body) => write(out, MERGE, head, MergeV1::of(body)),
        Body::OneTime(body) => write(out, ONE_TIME, head, OneTimeV1::of(body)),
        Body::FxRate(body) => write(out, FX_RATE, head, FxRateV1::of(body)),
        Body::Definition(body) => write(out, DEFINITION, head, DefinitionV1::of(body)),
        Body::Close(body) => write(out, CLOSE, head, CloseV1::of(body)),
        Body::Import(body) => write(out, IMPORT, head, ImportV1::of(body)),
    }
}

/// Reads an event from its canonical content bytes.
pub fn decode_content(bytes: &[u8]) -> Result<Event, DecodeError> {
    view_content(bytes).map(|event| event.to_owned_event())
}

/// Reads an event from its canonical content bytes, its strings in place.
pub fn view_content(bytes: &[u8]) -> Result<Event<&str>, DecodeError> {
    if bytes.len() > CONTENT_BYTES_MAX {
        let problem = format!("{} bytes are more than the {CONTENT_BYTES_MAX} a record may have", bytes.len());
        return Err(DecodeError::malformed("record", problem));
    }
    let [version, kind, payload @ ..] = bytes else {
        return Err(DecodeError::malformed("record", "it ends before its version and kind"));
    };
    let event = match *version {
        1 => from_v1(*kind, payload)?,
        found => return Err(DecodeError::Version { what: "a record", found: found.into(), known: VERSION.into() }),
    };
    // Varints and options can be written in more than one way, and hashes cover the bytes.
    let mut again = Vec::with_capacity(bytes.len());
    encode_content(&event, &mut again);
    if again == bytes { Ok(event) } else { Err(DecodeError::NotCanonical) }
}

/// Upcasts a record of version 1 to today's event: a pure function of its bytes. A later version gets one beside it.
fn from_v1(kind: u8, payload: &[u8]) -> Result<Event<&str>, DecodeError> {
    match kind {
        MOVEMENT => read::<MovementV1<Owned>>(payload)?.event(|body| Ok(Body::Movement(body.domain()?))),
        VOID => read::<VoidV1>(payload)?.event(|body| Ok(Body::Void(body.domain()))),
        PROFILE => read::<ProfileV1<Owned>>(payload)?.event(|body| Ok(Body::Profile(body.domain()?))),
        MERGE => read::<MergeV1>(payload)?.event(|body| Ok(Body::Merge(body.domain()))),
        ONE_TIME => read::<OneTimeV1>(payload)?.event(|body| Ok(Body::OneTime(body.domain()?))),
        FX_RATE => read::<FxRateV1>(payload)?.event(|body| Ok(Body::FxRate(body.domain()?))),
        DEFINITION => read::<DefinitionV1>(payload)?.event(|body| Ok(Body::Definition(body.domain()))),
        CLOSE => read::<CloseV1>(payload)?.event(|body| Ok(Body::Close(body.domain()))),
        IMPORT => read::<ImportV1>(payload)?.event(|body| Ok(Body::Import(body.domain()))),
        other => Err(DecodeError::Kind(other)),
    }
}

fn write<B: Serialize>(out: &mut Vec<u8>, kind: u8, head: HeadV1, body: B) {
    out.extend_from_slice(&[VERSION, kind]);
    bincode::serde::encode_into_writer(ContentV1 { head, body }, Bytes(out), standard())
        .expect("wire structs hold nothing that bincode refuses, and memory takes all");
}

fn read<'a, B: Deserialize<'a>>(payload: &'a [u8]) -> Result<ContentV1<'a, B>, DecodeError> {
    const CONFIG: Configuration<bincode::config::LittleEndian, bincode::config::Varint, Limit<CONTENT_BYTES_MAX>> =
        standard().with_limit::<CONTENT_BYTES_MAX>();
    let (content, used) = bincode::serde::borrow_decode_from_slice(payload, CONFIG)
        .map_err(|error| DecodeError::malformed("record", error.to_string()))?;
    if used == payload.len() { Ok(content) } else { Err(DecodeError::Trailing(payload.len() - used)) }
}

/// bincode's writer over a vector, without the detour over `std::io`.
struct Bytes<'a>(&'a mut Vec<u8>);

impl Writer for Bytes<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
