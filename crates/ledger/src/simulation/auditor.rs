//! What must be in the ledger: a plain list of what was acknowledged, and what may have been added to it unheard.

use crate::codec::encode_content;
use crate::event::Event;
use crate::id::{EventId, Key};
use crate::instant::Instant;
use crate::merkle::{Hash, content_digest, leaf_hash};
use crate::record::Recorded;

/// A record that must be there.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub event: Event,
    pub recorded_at: Instant,
    id: EventId,
    voids: Option<EventId>,
    leaf: Hash,
}

impl Entry {
    pub fn new(event: Event, recorded_at: Instant) -> Self {
        let mut content = Vec::new();
        encode_content(&event, &mut content);
        let leaf = leaf_hash(recorded_at, &content_digest(&content));
        Self { id: event.id(), voids: event.voids(), event, recorded_at, leaf }
    }
}

/// What must become of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Fresh,
    Duplicate(u64),
    Rejected,
}

/// The model.
#[derive(Clone, Debug, Default)]
pub struct Auditor {
    /// Acknowledged, in order.
    pub entries: Vec<Entry>,
    /// What was under way when an error or the end came: all of it is there, or nothing.
    pub doubtful: Vec<Entry>,
}

impl Auditor {
    /// What must become of an event if `more` stood behind all entries.
    pub fn judge(&self, event: &Event, more: &[Entry]) -> Verdict {
        let known = || self.entries.iter().chain(more);
        let void_of = |id| known().any(|entry| entry.voids == Some(id));
        let id = event.id();
        if let Some((position, earlier)) = (0..).zip(known()).find(|(_, entry)| entry.id == id) {
            let revived = matches!(event.key, Key::Content { .. }) && void_of(id);
            let same = earlier.event == *event && !revived;
            return if same { Verdict::Duplicate(position) } else { Verdict::Rejected };
        }
        let Some(target) = event.voids() else { return Verdict::Fresh };
        match known().find(|entry| entry.id == target) {
            Some(found) if found.event.body.kind() != "void" && !void_of(target) => Verdict::Fresh,
            _ => Verdict::Rejected,
        }
    }

    pub fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The ledger was opened and has so many records: whether what was doubtful is there is known now.
    pub fn settle(&mut self, size: u64) -> Result<(), String> {
        let doubtful = std::mem::take(&mut self.doubtful);
        match size.checked_sub(self.size()) {
            Some(0) => Ok(()),
            Some(more) if more == doubtful.len() as u64 => {
                self.entries.extend(doubtful);
                Ok(())
            }
            _ => Err(format!(
                "the ledger has {size} records; {} were acknowledged, {} were under way",
                self.size(),
                doubtful.len()
            )),
        }
    }

    /// Compares records, from the first on, with what must be there.
    pub fn compare(&self, records: &[Recorded]) -> Result<(), String> {
        let expected = || self.entries.iter().chain(&self.doubtful);
        if records.len() != self.entries.len() && records.len() != expected().count() {
            return Err(format!("{} records are read, {} must be there", records.len(), self.size()));
        }
        for (position, (record, entry)) in (0..).zip(records.iter().zip(expected())) {
            let same =
                record.position.0 == position && record.event == entry.event && record.recorded_at == entry.recorded_at;
            if !same {
                return Err(format!("position {position} holds {record:?}, it must hold {entry:?}"));
            }
        }
        Ok(())
    }

    /// The root over the first `size` records, as RFC 6962 defines it.
    pub fn root(&self, size: usize) -> [u8; 32] {
        let leaves: Vec<Hash> = self.entries.iter().chain(&self.doubtful).take(size).map(|entry| entry.leaf).collect();
        naive_root(&leaves).0
    }
}

/// The definition, word for word.
fn naive_root(leaves: &[Hash]) -> Hash {
    use sha2::{Digest, Sha256};
    match leaves {
        [] => Hash(Sha256::digest([]).into()),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            let hasher = Sha256::new().chain_update([1]).chain_update(naive_root(left).0);
            Hash(hasher.chain_update(naive_root(right).0).finalize().into())
        }
    }
}
