//! `records.jsonl`: a record a line, with the bytes that were hashed and the path from its leaf to the root.

use recount_ledger::checkpoint::{Checkpoint, from_base64, to_base64};
use recount_ledger::codec::{decode_content, encode_content};
use recount_ledger::merkle::{Hash, InclusionProof, Peaks, content_digest, leaf_hash};
use recount_ledger::{Instant, Position, Prover, Recorded};
use serde::{Deserialize, Serialize};

use super::about::Reach;
use super::{RECORDS, bad, unproved};
use crate::error::CommandError;
use crate::proof::{Fields, hashes, texts};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    position: u64,
    recorded_at: String,
    /// The content bytes, in Base 64.
    content: String,
    /// The hashes beside the way to the root, the leaf's neighbour first; a whole ledger needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<Vec<String>>,
    /// What the content says, for people.
    record: Fields,
}

/// Records as lines; with paths where the pack does not hold all.
pub fn write(records: &[Recorded], reach: Reach, size: u64, prover: &Prover<'_>) -> Result<String, CommandError> {
    let (mut text, mut content) = (String::new(), Vec::new());
    for record in records {
        content.clear();
        encode_content(&record.event, &mut content);
        let path = match reach {
            Reach::Whole => None,
            Reach::Customers => Some(texts(&prover.inclusion(record.position.0, size)?.path)),
        };
        let line = Line {
            position: record.position.0,
            recorded_at: record.recorded_at.to_string(),
            content: to_base64(&content),
            path,
            record: Fields::of(record),
        };
        text.push_str(&serde_json::to_string(&line).expect("a record holds texts and numbers"));
        text.push('\n');
    }
    Ok(text)
}

/// The records of a pack, all of which the checkpoint vouches for.
pub fn read(bytes: &[u8], reach: Reach, checkpoint: &Checkpoint) -> Result<Vec<Recorded>, CommandError> {
    let text = std::str::from_utf8(bytes).map_err(|_| bad(format!("{RECORDS} is not text")))?;
    let (mut records, mut leaves) = (Vec::new(), Peaks::new());
    for (number, line) in (1..).zip(text.lines()) {
        let at = |error: CommandError| CommandError { line: Some(number), ..error.in_file(RECORDS) };
        let line: Line = serde_json::from_str(line).map_err(|error| at(bad(error)))?;
        let due = records.last().map_or(0, |last: &Recorded| last.position.0 + 1);
        let good = if reach == Reach::Whole { line.position == due } else { line.position >= due };
        if !good {
            return Err(at(unproved(format!("position {} stands where {due} was due", line.position))));
        }
        let (record, leaf) = line.record().map_err(at)?;
        match reach {
            Reach::Whole => leaves.push(leaf),
            Reach::Customers => line.verify(&leaf, checkpoint).map_err(at)?,
        }
        records.push(record);
    }
    let (size, root) = (records.len() as u64, leaves.root());
    if reach == Reach::Whole && (size, root) != (checkpoint.size, checkpoint.root) {
        let (told, vouched) = (checkpoint.size, checkpoint.root);
        return Err(unproved(format!(
            "its {size} records have the root {root}, the checkpoint has {told} and {vouched}"
        )));
    }
    Ok(records)
}

impl Line {
    /// The record that the bytes say, and its leaf; what is printed for people must say the same.
    fn record(&self) -> Result<(Recorded, Hash), CommandError> {
        let content = from_base64(&self.content).ok_or_else(|| bad("content is not in Base 64"))?;
        let at: Option<Instant> =
            self.recorded_at.parse().ok().filter(|at: &Instant| at.to_string() == self.recorded_at);
        let recorded_at = at.ok_or_else(|| bad(format!("recorded_at {:?} is no instant in UTC", self.recorded_at)))?;
        let event = decode_content(&content).map_err(|error| bad(format!("its content: {error}")))?;
        let record = Recorded { position: Position(self.position), recorded_at, event };
        if let Some(name) = self.record.difference(&Fields::of(&record)) {
            return Err(unproved(format!("what it prints under {name:?} is not what the bytes say")));
        }
        Ok((record, leaf_hash(recorded_at, &content_digest(&content))))
    }

    fn verify(&self, leaf: &Hash, checkpoint: &Checkpoint) -> Result<(), CommandError> {
        let path = self.path.as_ref().ok_or_else(|| unproved("a record has no path to the root"))?;
        let proof = InclusionProof { position: self.position, size: checkpoint.size, path: hashes(path)? };
        proof.verify(leaf, &checkpoint.root).map_err(unproved)
    }
}
