//! Identity: how an event is named by its source, and the id that follows from it.

use std::fmt;
use std::str::FromStr;

use sha1::{Digest, Sha1};
use uuid::Uuid;

/// The root of all derived ids. Never changes: every derived id in every ledger hangs on it.
const ROOT_NAMESPACE: Uuid = Uuid::from_u128(0x7265_636f_756e_5400_8000_7375_6273_6372);

/// The source that rows belong to when nothing else is said.
pub const DEFAULT_SOURCE: &str = "native";

/// A place in the ledger: 0 for the first record, then 1, 2 and so on without gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id of an event, the same wherever and whenever the event is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(Uuid);

impl EventId {
    /// The id that a source's key stands for: the UUID itself where the key is one, else a v5 UUID under the source's name.
    pub fn of_key(source: &str, key: &str) -> Self {
        Namespace::of(source).key(key)
    }

    /// The UUID.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

/// The ids of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Namespace(Uuid);

impl Namespace {
    /// The namespace of the source of this name.
    pub fn of(source: &str) -> Self {
        Self(v5(ROOT_NAMESPACE, &[source.as_bytes()]))
    }

    /// The id that a key of this source stands for.
    pub fn key(self, key: &str) -> EventId {
        // The leading byte keeps keys and contents apart, whatever bytes they hold.
        EventId(parse_uuid(key).unwrap_or_else(|| v5(self.0, &[&[0], key.as_bytes()])))
    }

    /// The id of a row without a key: from what it says and its ordinal among identical rows of its file.
    pub fn content(self, given: &[u8], ordinal: u32) -> EventId {
        EventId(v5(self.0, &[&[1], given, &ordinal.to_be_bytes()]))
    }
}

/// Only the hyphenated form is a UUID: 32 hexadecimal digits may be any system's own key.
fn parse_uuid(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::from_str(text).ok() } else { None }
}

fn v5(namespace: Uuid, parts: &[&[u8]]) -> Uuid {
    let mut sha = Sha1::new();
    sha.update(namespace.as_bytes());
    parts.iter().for_each(|part| sha.update(part));
    let digest = sha.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_sha1_bytes(bytes).into_uuid()
}

impl From<Uuid> for EventId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How the source named the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key<S = String> {
    /// By a UUID.
    Uuid(Uuid),
    /// By some other key, unique within the source.
    Named(S),
    /// Not at all: the content is the name, and the ordinal tells identical rows of one file apart.
    Content {
        /// 0 for the first of the identical rows.
        ordinal: u32,
    },
}

impl Key {
    /// A key as typed: a UUID or any other text.
    pub fn typed(text: &str) -> Self {
        parse_uuid(text).map_or_else(|| Self::Named(text.to_owned()), Self::Uuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_never_change() {
        assert_eq!(EventId::of_key("native", "e1").to_string(), "52e761d2-0b86-5318-81ad-2dbd0bd93452");
        let uuid = "6f1c3b1e-2f43-4a55-9d6e-0d8d3c1b2a10";
        assert_eq!(EventId::of_key("native", uuid).to_string(), uuid);
        assert_ne!(EventId::of_key("a", "e1"), EventId::of_key("b", "e1"));
        let rows = Namespace::of("a");
        assert_ne!(rows.content(b"x", 0), rows.content(b"x", 1));
        assert_ne!(
            rows.key("6f1c3b1e2f434a559d6e0d8d3c1b2a10").to_string().replace('-', ""),
            "6f1c3b1e2f434a559d6e0d8d3c1b2a10"
        );
    }
}
