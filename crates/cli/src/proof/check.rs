//! Whether a proof holds: everything is computed again from its bytes, nothing that is printed beside them is believed.

use recount_ledger::checkpoint::{NotedCheckpoint, VerifierKey};
use recount_ledger::codec::decode_content;
use recount_ledger::merkle::{ConsistencyProof, Hash, InclusionProof, content_digest, leaf_hash};
use recount_ledger::{Position, Recorded};

use super::document::{Consistency, Document, Inclusion, bad, hashes, noted};
use super::fields::Fields;
use crate::error::{CommandError, ErrorKind};
use crate::signing::verify_signed;

/// What the reader of a proof knows from elsewhere.
#[derive(Debug, Default)]
pub struct Trust {
    /// Whoever has this key is believed.
    pub key: Option<VerifierKey>,
    /// A checkpoint that the reader holds.
    pub checkpoint: Option<NotedCheckpoint>,
    /// A root that the reader noted.
    pub root: Option<Hash>,
}

/// What a proof proves.
#[derive(Debug)]
pub struct Proved {
    /// The checkpoint under which it holds.
    pub checkpoint: NotedCheckpoint,
    /// The earlier checkpoint, in a proof of consistency.
    pub from: Option<NotedCheckpoint>,
    /// The record, in a proof of inclusion.
    pub record: Option<Recorded>,
    /// The key that vouches for the checkpoint.
    pub signed_by: Option<VerifierKey>,
    /// Whether anything that the reader knew vouches for the root: without, somebody may have made up all of it.
    pub anchored: bool,
    /// Whether that holds of the earlier checkpoint, too.
    pub from_anchored: bool,
}

impl Document {
    /// Checks the proof, and whether the root it leads to is one that the reader has reason to believe.
    pub fn verify(&self, trust: &Trust) -> Result<Proved, CommandError> {
        match self {
            Self::Inclusion(proof) => proof.verify(trust),
            Self::Consistency(proof) => proof.verify(trust),
        }
    }
}

impl Inclusion {
    fn verify(&self, trust: &Trust) -> Result<Proved, CommandError> {
        let checkpoint = noted(&self.checkpoint)?;
        let content = self.content()?;
        let recorded_at = self.recorded_at()?;
        let event = decode_content(&content).map_err(|error| bad(format!("its content: {error}")))?;
        let leaf = leaf_hash(recorded_at, &content_digest(&content));
        let (size, root) = (checkpoint.checkpoint.size, checkpoint.checkpoint.root);
        let proof = InclusionProof { position: self.position, size, path: hashes(&self.path)? };
        proof.verify(&leaf, &root).map_err(failed)?;
        let record = Recorded { position: Position(self.position), recorded_at, event };
        if let Some(name) = self.record.difference(&Fields::of(&record)) {
            let problem = format!("what it prints under {name:?} is not what the proven bytes say");
            return Err(CommandError { position: Some(self.position), ..failed(problem) });
        }
        let (signed_by, anchored) = vouched(&checkpoint, trust)?;
        let record = Some(record);
        Ok(Proved { checkpoint, from: None, record, signed_by, anchored, from_anchored: true })
    }
}

impl Consistency {
    fn verify(&self, trust: &Trust) -> Result<Proved, CommandError> {
        let (from, to) = (noted(&self.from)?, noted(&self.to)?);
        let (old, new) = (&from.checkpoint, &to.checkpoint);
        if old.origin != new.origin {
            return Err(failed(format!("it speaks of two ledgers, {} and {}", old.origin, new.origin)));
        }
        let proof = ConsistencyProof { from: old.size, size: new.size, path: hashes(&self.path)? };
        proof.verify(&old.root, &new.root).map_err(failed)?;
        if let Some(held) = &trust.checkpoint {
            must_be_one_of(held, &[&from, &to])?;
        }
        let held =
            |noted: &NotedCheckpoint| trust.checkpoint.as_ref().filter(|held| held.checkpoint == noted.checkpoint);
        let signed_by = signer(&[Some(&to), held(&to)], trust)?;
        must_have_root(&to, trust)?;
        // A bad signature spoils the earlier one, too; another's, or none, leaves it to what the reader holds.
        let from_signed = match &trust.key {
            Some(key) if from.note.as_ref().is_some_and(|note| note.signatures().iter().any(|s| key.is_of(s))) => {
                verify_signed(&from, key).map(|()| true)?
            }
            _ => false,
        };
        let from_anchored = from_signed || held(&from).is_some();
        let anchored = signed_by.is_some() || trust.root.is_some() || held(&to).is_some();
        Ok(Proved { checkpoint: to, from: Some(from), record: None, signed_by, anchored, from_anchored })
    }
}

/// The key that vouches for a checkpoint, and whether anything does that the reader knew. What the reader knows and the
/// checkpoint contradicts is refused.
pub fn vouched(checkpoint: &NotedCheckpoint, trust: &Trust) -> Result<(Option<VerifierKey>, bool), CommandError> {
    if let Some(held) = &trust.checkpoint {
        must_be_one_of(held, &[checkpoint])?;
    }
    let signed_by = signer(&[Some(checkpoint), trust.checkpoint.as_ref()], trust)?;
    must_have_root(checkpoint, trust)?;
    let anchored = signed_by.is_some() || trust.root.is_some() || trust.checkpoint.is_some();
    Ok((signed_by, anchored))
}

/// The key, where the reader has one: it must have signed one of these, and must not stand under any that it did not.
fn signer(notes: &[Option<&NotedCheckpoint>], trust: &Trust) -> Result<Option<VerifierKey>, CommandError> {
    let Some(key) = &trust.key else { return Ok(None) };
    let own = |noted: &&&NotedCheckpoint| {
        noted.note.as_ref().is_some_and(|note| note.signatures().iter().any(|signature| key.is_of(signature)))
    };
    let notes: Vec<&NotedCheckpoint> = notes.iter().flatten().copied().collect();
    let signed: Vec<&&NotedCheckpoint> = notes.iter().filter(own).collect();
    let checked = if signed.is_empty() { notes.iter().take(1).collect() } else { signed };
    checked.into_iter().try_for_each(|noted| verify_signed(noted, key))?;
    Ok(Some(key.clone()))
}

/// The checkpoint that the reader holds must be one that the proof speaks of.
fn must_be_one_of(held: &NotedCheckpoint, spoken: &[&NotedCheckpoint]) -> Result<(), CommandError> {
    if spoken.iter().any(|noted| noted.checkpoint == held.checkpoint) {
        return Ok(());
    }
    let about = |noted: &NotedCheckpoint| {
        let head = &noted.checkpoint;
        format!("{} records of {} with root {}", head.size, head.origin, head.root)
    };
    let spoken = spoken.iter().map(|noted| about(noted)).collect::<Vec<_>>().join(", or ");
    let problem = format!("it is about {spoken}, and the checkpoint given about {}", about(held));
    Err(failed(problem).hint("ask for a proof under that checkpoint: `recount prove ... --checkpoint FILE`"))
}

fn must_have_root(noted: &NotedCheckpoint, trust: &Trust) -> Result<(), CommandError> {
    match trust.root {
        Some(root) if root != noted.checkpoint.root => {
            Err(failed(format!("it leads to the root {}, not to {root}", noted.checkpoint.root)))
        }
        _ => Ok(()),
    }
}

/// The proof is whole, and proves nothing.
fn failed(problem: impl std::fmt::Display) -> CommandError {
    CommandError::new(ErrorKind::Damaged, "proof", format!("the proof does not hold: {problem}"))
}
