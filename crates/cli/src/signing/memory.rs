//! What a key signed last: beside the key lies its newest checkpoint of each ledger, so that it never signs two that
//! contradict each other by accident.

use std::fmt::Display;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use recount_ledger::checkpoint::{Checkpoint, Note, VerifierKey};

use super::{checkpoint, verify_signed};
use crate::error::CommandError;

/// The newest checkpoint that a key signed for a ledger.
pub struct Memory {
    path: PathBuf,
}

impl Memory {
    /// The memory beside a key file.
    pub fn beside(key: &Path, ledger: impl Display) -> Self {
        let mut path = key.as_os_str().to_owned();
        path.push(format!(".{ledger}.last"));
        Self { path: path.into() }
    }

    /// What was signed last; the key's own signature is on it.
    pub fn read(&self, key: &VerifierKey) -> Result<Option<Checkpoint>, CommandError> {
        if !self.path.exists() {
            return Ok(None);
        }
        let noted = checkpoint(&self.path)?;
        verify_signed(&noted, key).map_err(|error| error.in_file(&self.path))?;
        Ok(Some(noted.checkpoint))
    }

    /// Notes what is about to be handed out, whole or not at all.
    pub fn write(&self, note: &Note) -> Result<(), CommandError> {
        let error = |error: std::io::Error| {
            CommandError::io("write", &self.path, &error)
                .hint("what a key signed is noted beside it, so that it never signs what contradicts that")
        };
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        fs::write(&beside, note.to_string()).map_err(error)?;
        File::open(&beside).and_then(|file| file.sync_all()).map_err(error)?;
        fs::rename(&beside, &self.path).map_err(error)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(error)
    }

    /// The ledger is not what this key vouched for.
    pub fn contradicted(&self, error: CommandError) -> CommandError {
        let error = error.in_file(&self.path);
        error.hint("nothing was signed: this key vouched for another ledger under this id, as the file says")
    }
}
