//! A head that was noted earlier, and whether the ledger extends it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::scope::hex;

/// A head that was noted earlier.
pub struct Checkpoint {
    path: PathBuf,
    size: u64,
    root: String,
}

impl Checkpoint {
    /// Reads `{"size", "root"}`, also where a report has it under `ledger`.
    pub fn read(path: &Path) -> Result<Self, CommandError> {
        let text = std::fs::read_to_string(path).map_err(|error| CommandError::io("read", path, &error))?;
        let document: Option<Value> = serde_json::from_str(&text).ok();
        let head = document.as_ref().map(|document| document.get("ledger").unwrap_or(document));
        let size = head.and_then(|head| head.get("size")?.as_u64());
        let root = head.and_then(|head| head.get("root")?.as_str());
        match (size, root) {
            (Some(size), Some(root)) => Ok(Self { path: path.to_owned(), size, root: root.to_owned() }),
            _ => Err(CommandError::new(ErrorKind::Input, "checkpoint", format!("{} is no checkpoint", path.display()))
                .in_file(path)
                .hint("a checkpoint is JSON with size and root, such as `recount verify -o json` prints")),
        }
    }

    /// The ledger must have been this one when it had this size.
    pub fn compare(&self, context: &mut Context) -> Result<(), CommandError> {
        let reader = context.reader()?;
        let there = reader.size();
        let problem = if self.size > there {
            format!("the ledger has {there} records, fewer than the {} of the checkpoint", self.size)
        } else if hex(&reader.root_at(self.size)?) != self.root {
            format!("the first {} records are not those of the checkpoint", self.size)
        } else {
            return context.out.note(&format!(
                "the ledger extends the checkpoint {}: its first {} records are unchanged",
                self.path.display(),
                self.size
            ));
        };
        let error = CommandError::new(ErrorKind::Damaged, "checkpoint", problem).in_file(&self.path);
        Err(error.hint("the ledger was replaced or rewritten since, or the checkpoint is of another ledger"))
    }
}
