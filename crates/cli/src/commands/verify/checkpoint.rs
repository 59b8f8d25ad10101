//! A head that was noted earlier, signed or not, and whether the ledger extends it.

use std::path::{Path, PathBuf};

use recount_ledger::Reader;
use recount_ledger::checkpoint::{Checkpoint, NOTE_BYTES_MAX, NotedCheckpoint};
use recount_ledger::merkle::Hash;
use serde_json::Value;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::signing::{self, must_extend};

/// A head that was noted earlier.
pub struct Earlier {
    path: PathBuf,
    noted: Noted,
    signed_by: Option<String>,
}

enum Noted {
    /// A checkpoint, as `recount checkpoint` prints it.
    Checkpoint(Box<NotedCheckpoint>),
    /// Size and root, as any report prints them with `-o json`; which ledger it was, they do not say.
    Head { size: u64, root: Hash },
}

impl Earlier {
    /// Reads a checkpoint, or `{"size", "root"}`, also where a report has it under `ledger`. With a key, it must be signed.
    pub fn read(path: &Path, key: Option<&str>) -> Result<Self, CommandError> {
        let key = key.map(signing::verifier_key).transpose()?;
        let bytes = signing::bytes_of(path, NOTE_BYTES_MAX)?;
        let noted = match head(&bytes).map_err(|error| error.in_file(path))? {
            Some((size, root)) => Noted::Head { size, root },
            None => Noted::Checkpoint(Box::new(
                NotedCheckpoint::parse(&bytes).map_err(|error| signing::not_a_checkpoint(&error).in_file(path))?,
            )),
        };
        if let Some(key) = &key {
            match &noted {
                Noted::Checkpoint(noted) => signing::verify_signed(noted, key),
                Noted::Head { .. } => Err(signing::unsigned("JSON with size and root is never signed")),
            }
            .map_err(|error| error.in_file(path))?;
        }
        let signed_by = key.map(|key| format!("{}+{:08x}", key.name(), key.id()));
        Ok(Self { path: path.to_owned(), noted, signed_by })
    }

    /// The ledger must have been this one when it had this size.
    pub fn compare(&self, reader: &Reader, context: &mut Context) -> Result<(), CommandError> {
        let checkpoint = match &self.noted {
            Noted::Checkpoint(noted) => noted.checkpoint.clone(),
            Noted::Head { size, root } => Checkpoint::of(reader.header().id, *size, *root),
        };
        must_extend(reader, &checkpoint).map_err(|error| error.in_file(&self.path))?;
        if matches!(&self.noted, Noted::Checkpoint(noted) if noted.note.is_some()) && self.signed_by.is_none() {
            let path = self.path.display();
            context.out.note(&format!("{path} is signed, but its signature was not checked: give --key"))?;
        }
        let signed = self.signed_by.as_ref().map(|key| format!(", which {key} signed")).unwrap_or_default();
        context.out.note(&format!(
            "the ledger extends the checkpoint {}{signed}: its first {} records are unchanged",
            self.path.display(),
            checkpoint.size
        ))
    }
}

/// Size and root of a JSON document; none where it is something else.
fn head(bytes: &[u8]) -> Result<Option<(u64, Hash)>, CommandError> {
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else { return Ok(None) };
    let head = document.get("ledger").unwrap_or(&document);
    let size = head.get("size").and_then(Value::as_u64);
    let root = head.get("root").and_then(Value::as_str);
    match (size, root) {
        (Some(size), Some(root)) => match Hash::from_hex(root) {
            Some(root) => Ok(Some((size, root))),
            // No ledger ever had it.
            None => Err(CommandError::new(ErrorKind::Damaged, "checkpoint", "its root is not 64 hexadecimal digits")),
        },
        _ => Err(CommandError::new(ErrorKind::Input, "checkpoint", "this is no checkpoint: it lacks size and root")
            .hint("`recount checkpoint` prints one; JSON with size and root, as `recount verify -o json` prints, is one too")),
    }
}
