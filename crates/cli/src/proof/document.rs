//! The documents: `recount.inclusion/1` and `recount.consistency/1`. docs/format.md describes them.

use recount_ledger::checkpoint::{NotedCheckpoint, from_base64, to_base64};
use recount_ledger::codec::encode_content;
use recount_ledger::merkle::{ConsistencyProof, Hash, InclusionProof, PATH_HASHES_MAX};
use recount_ledger::{Instant, Recorded};
use serde::{Deserialize, Serialize};

use super::fields::Fields;
use crate::error::{CommandError, ErrorKind};
use crate::signing::not_a_checkpoint;

const INCLUSION: &str = "recount.inclusion/1";
const CONSISTENCY: &str = "recount.consistency/1";

/// A proof as a document.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Document {
    /// That a record is among the first so many.
    Inclusion(Box<Inclusion>),
    /// That the ledger only grew.
    Consistency(Consistency),
}

/// That a record is among the first so many. Size and root stand in the checkpoint, and nowhere else.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inclusion {
    schema: String,
    /// The checkpoint, signed or not, as its file would hold it.
    pub checkpoint: String,
    /// Where the record stands.
    pub position: u64,
    /// When the ledger took it.
    pub recorded_at: String,
    /// Its canonical content bytes, in Base 64.
    pub content: String,
    /// The hashes, the leaf's neighbour first.
    pub path: Vec<String>,
    /// What the content says, for people.
    pub record: Fields,
}

/// That the records of a later checkpoint begin with those of an earlier one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consistency {
    schema: String,
    /// The earlier checkpoint.
    pub from: String,
    /// The later one.
    pub to: String,
    /// The hashes, in the order of RFC 6962.
    pub path: Vec<String>,
}

/// What every document begins with; the rest is read when it is known what it is.
#[derive(Deserialize)]
struct Schema {
    schema: String,
}

impl Document {
    /// Reads a document; its claims are not checked.
    pub fn parse(bytes: &[u8]) -> Result<Self, CommandError> {
        let Schema { schema } = serde_json::from_slice(bytes).map_err(|error| not_json(&error))?;
        let read = match schema.as_str() {
            INCLUSION => serde_json::from_slice(bytes).map(|proof| Self::Inclusion(Box::new(proof))),
            CONSISTENCY => serde_json::from_slice(bytes).map(Self::Consistency),
            other => {
                let known = format!("{INCLUSION} and {CONSISTENCY}");
                return Err(bad(format!("its schema is {other:?}; this program knows {known}")));
            }
        };
        read.map_err(|error| not_json(&error))
    }

    /// The document as a file holds it.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).expect("a proof holds texts and numbers") + "\n"
    }
}

impl Inclusion {
    /// The document of a proof.
    pub fn new(record: &Recorded, proof: &InclusionProof, checkpoint: &NotedCheckpoint) -> Self {
        let mut content = Vec::new();
        encode_content(&record.event, &mut content);
        Self {
            schema: INCLUSION.to_owned(),
            checkpoint: checkpoint.to_string(),
            position: proof.position,
            recorded_at: record.recorded_at.to_string(),
            content: to_base64(&content),
            path: texts(&proof.path),
            record: Fields::of(record),
        }
    }

    /// The content bytes.
    pub fn content(&self) -> Result<Vec<u8>, CommandError> {
        from_base64(&self.content).ok_or_else(|| bad("content is not in Base 64"))
    }

    /// When the record was recorded: the one way to write it.
    pub fn recorded_at(&self) -> Result<Instant, CommandError> {
        let at: Option<Instant> = self.recorded_at.parse().ok();
        at.filter(|at| at.to_string() == self.recorded_at)
            .ok_or_else(|| bad(format!("recorded_at {:?} is no instant in UTC", self.recorded_at)))
    }
}

impl Consistency {
    /// The document of a proof.
    pub fn new(proof: &ConsistencyProof, from: &NotedCheckpoint, to: &NotedCheckpoint) -> Self {
        Self { schema: CONSISTENCY.to_owned(), from: from.to_string(), to: to.to_string(), path: texts(&proof.path) }
    }
}

/// The checkpoint in a document.
pub fn noted(text: &str) -> Result<NotedCheckpoint, CommandError> {
    NotedCheckpoint::parse(text.as_bytes()).map_err(|error| CommandError { line: None, ..not_a_checkpoint(&error) })
}

/// The hashes of a path.
pub fn hashes(path: &[String]) -> Result<Vec<Hash>, CommandError> {
    if path.len() > PATH_HASHES_MAX {
        return Err(bad(format!("its path has {} hashes, {PATH_HASHES_MAX} at most", path.len())));
    }
    let hash = |text: &String| Hash::from_hex(text).filter(|hash| hash.to_string() == *text);
    path.iter().map(|text| hash(text).ok_or_else(|| bad("a hash is 64 hexadecimal digits, in small letters"))).collect()
}

/// A path as texts.
pub fn texts(path: &[Hash]) -> Vec<String> {
    path.iter().map(Hash::to_string).collect()
}

/// A document that is not what it says.
pub fn bad(problem: impl std::fmt::Display) -> CommandError {
    CommandError::new(ErrorKind::Input, "bad_proof", format!("this is no proof: {problem}"))
        .hint("`recount prove` writes one; get it again if it was damaged on its way")
}

fn not_json(error: &serde_json::Error) -> CommandError {
    let line = (error.line() > 0).then_some(error.line() as u64);
    CommandError { line, ..bad(error) }
}
