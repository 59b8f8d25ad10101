//! A head of a ledger, noted: origin, size, root.

use std::fmt;

use uuid::Uuid;

use super::key::SigningKey;
use super::lines::{from_base64, to_base64};
use super::note::{Note, NoteError, as_text};
use crate::merkle::Hash;

/// Before a ledger's id, this makes its origin.
const ORIGIN: &str = "recount/";

/// How long a ledger was, and the root it had then. Prints as the text that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which ledger: `recount/` and its id, for one of ours.
    pub origin: String,
    /// How many records it had.
    pub size: u64,
    /// The Merkle root over them.
    pub root: Hash,
    /// Further lines, which say nothing to Recount; it writes none.
    pub extensions: Vec<String>,
}

/// A checkpoint as a file holds it: as a signed note, or its text alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedCheckpoint {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// The note, where it is signed.
    pub note: Option<Note>,
}

impl Checkpoint {
    /// The origin of a ledger.
    pub fn origin_of(ledger: Uuid) -> String {
        format!("{ORIGIN}{ledger}")
    }

    /// The head of a ledger.
    pub fn of(ledger: Uuid, size: u64, root: Hash) -> Self {
        Self { origin: Self::origin_of(ledger), size, root, extensions: Vec::new() }
    }

    /// The checkpoint as a note that these keys signed.
    pub fn sign(&self, keys: &[&SigningKey]) -> Result<Note, NoteError> {
        Note::sign(self.to_string(), keys)
    }

    /// Reads the text of a checkpoint, or of a note that holds one.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let lines = text
            .strip_suffix('\n')
            .ok_or_else(|| NoteError::at(text.lines().count().max(1), "a checkpoint ends with a line end"))?;
        let lines: Vec<&str> = lines.split('\n').collect();
        if let Some(empty) = lines.iter().position(|line| line.is_empty()) {
            return Err(NoteError::at(empty + 1, "a checkpoint has no empty lines"));
        }
        let [origin, size, root, extensions @ ..] = &lines[..] else {
            return Err(NoteError::at(lines.len(), "a checkpoint has three lines: origin, size and root"));
        };
        Ok(Self {
            origin: (*origin).to_owned(),
            size: number(size).ok_or_else(|| NoteError::at(2, "the size is a number without leading zeros"))?,
            root: hash(root).ok_or_else(|| NoteError::at(3, "the root is 32 bytes in Base 64"))?,
            extensions: extensions.iter().map(|line| (*line).to_owned()).collect(),
        })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, to_base64(&self.root.0))?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl NotedCheckpoint {
    /// Reads a signed note with a checkpoint, or the text of a checkpoint alone.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let text = as_text(bytes)?;
        if !text.contains("\n\n") {
            return Ok(Self { checkpoint: Checkpoint::parse(text)?, note: None });
        }
        let note = Note::parse(bytes)?;
        Ok(Self { checkpoint: Checkpoint::parse(note.text())?, note: Some(note) })
    }
}

impl fmt::Display for NotedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.note {
            Some(note) => note.fmt(f),
            None => self.checkpoint.fmt(f),
        }
    }
}

/// A decimal number, written the one way.
fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn hash(text: &str) -> Option<Hash> {
    from_base64(text)?.try_into().ok().map(Hash)
}
