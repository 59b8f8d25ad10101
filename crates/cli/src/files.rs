//! Files that a command line names: small ones read whole, and names that an answer may be written under.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{CommandError, ErrorKind};

/// Reads a text of at most `most` bytes; `what` is what it should be, such as "a definition".
pub fn read_text(path: &Path, what: &str, most: usize) -> Result<String, CommandError> {
    let failed = |error: &std::io::Error| CommandError::io("read", path, error);
    let mut bytes = Vec::new();
    let limit = most as u64 + 1;
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(|error| failed(&error))?;
    let refuse = |problem: String| {
        let message = format!("{} {problem}", path.display());
        CommandError::new(ErrorKind::Input, "bad_file", message).in_file(path).hint(format!("name the file of {what}"))
    };
    if bytes.len() > most {
        return Err(refuse(format!("is longer than the {most} bytes that {what} may have")));
    }
    String::from_utf8(bytes).map_err(|_| refuse("is not UTF-8 text".to_owned()))
}

/// Refuses to write into a ledger's folder, where everything belongs to the ledger.
pub fn refuse_inside(ledger: &Path, path: &Path) -> Result<(), CommandError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    match (ledger.canonicalize(), folder.canonicalize()) {
        (Ok(ledger), Ok(folder)) if folder.starts_with(&ledger) => {
            let message = format!("{} lies in the folder of the ledger", path.display());
            Err(CommandError::usage(message).in_file(path).hint("write it somewhere else"))
        }
        _ => Ok(()),
    }
}
