//! Keys and checkpoints in files: reading them, signing the head of a ledger, comparing the two.

mod memory;

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use recount_ledger::Reader;
use recount_ledger::checkpoint::{
    Checkpoint, KeyError, NOTE_BYTES_MAX, NoteError, NotedCheckpoint, SigningKey, VerifierKey,
};
use recount_ledger::merkle::Hash;

use crate::error::{CommandError, ErrorKind};

/// Only whoever made a key reads it.
pub const SECRET_MODE: u32 = 0o600;
/// What is written for others to read.
pub const PUBLIC_MODE: u32 = 0o644;

/// A verifier key as given: the key itself, or the name of a file that holds one.
pub fn verifier_key(given: &str) -> Result<VerifierKey, CommandError> {
    let path = Path::new(given);
    // Names of keys hold no spaces, and names of files seldom two pluses: the key itself comes first.
    match given.parse::<VerifierKey>() {
        Ok(key) => Ok(key),
        Err(_) if path.exists() => {
            let text = text_of(path)?;
            text.parse().map_err(|error| key_error(&error).in_file(path))
        }
        Err(error) => Err(key_error(&error).hint("--key takes a verifier key or the name of a file that holds one")),
    }
}

/// The signing key in a file.
pub fn signing_key(path: &Path) -> Result<SigningKey, CommandError> {
    let text = text_of(path)?;
    SigningKey::from_secret(&text).map_err(|error| key_error(&error).in_file(path))
}

/// Whether others may read a file that is meant for one.
pub fn is_exposed(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

fn key_error(error: &KeyError) -> CommandError {
    CommandError::new(ErrorKind::Input, "key", error)
}

/// The checkpoint in a file: a signed note or its text.
pub fn checkpoint(path: &Path) -> Result<NotedCheckpoint, CommandError> {
    let bytes = bytes_of(path, NOTE_BYTES_MAX)?;
    NotedCheckpoint::parse(&bytes).map_err(|error| not_a_checkpoint(&error).in_file(path))
}

/// A text that is no checkpoint, with the line that is wrong.
pub fn not_a_checkpoint(error: &NoteError) -> CommandError {
    let message = format!("this is no checkpoint: line {}: {}", error.line, error.problem);
    let folded = CommandError::new(ErrorKind::Input, "checkpoint", message);
    CommandError { line: Some(error.line), ..folded }.hint("`recount checkpoint` prints one")
}

/// The checkpoint must be signed by this key.
pub fn verify_signed(noted: &NotedCheckpoint, key: &VerifierKey) -> Result<(), CommandError> {
    let problem = match &noted.note {
        Some(note) => match note.verify(std::slice::from_ref(key)) {
            Ok(_) => return Ok(()),
            Err(error) => error.to_string(),
        },
        None => "it is not signed at all".to_owned(),
    };
    Err(unsigned(&problem))
}

/// A checkpoint that nobody known vouches for.
pub fn unsigned(problem: &str) -> CommandError {
    let message = format!("nobody known vouches for the checkpoint: {problem}");
    let error = CommandError::new(ErrorKind::Damaged, "signature", message);
    error.hint("get checkpoint and verifier key again from where they come from, and believe neither until then")
}

/// The ledger must have been this one when it had this size.
pub fn must_extend(reader: &Reader, earlier: &Checkpoint) -> Result<(), CommandError> {
    let origin = Checkpoint::origin_of(reader.header().id);
    let (there, size) = (reader.size(), earlier.size);
    let problem = if earlier.origin != origin {
        format!("the checkpoint is of another ledger: its origin is {}, this one's is {origin}", earlier.origin)
    } else if size > there {
        format!("the ledger has {there} records, fewer than the {size} of the checkpoint")
    } else {
        match reader.prover().root_at(size)? {
            root if root == earlier.root => return Ok(()),
            root => format!(
                "the first {size} records are not those of the checkpoint: their root is {root}, it says {}",
                earlier.root
            ),
        }
    };
    let error = CommandError::new(ErrorKind::Damaged, "checkpoint", problem);
    Err(error.hint("the ledger was replaced, rolled back or rewritten since, or the checkpoint is of another ledger"))
}

/// The head of a ledger as a checkpoint.
pub fn head(reader: &Reader) -> Checkpoint {
    Checkpoint::of(reader.header().id, reader.size(), Hash(reader.root()))
}

/// Signs the head of a ledger, unless it contradicts what the same key signed before.
pub fn sign_head(reader: &Reader, path: &Path) -> Result<NotedCheckpoint, CommandError> {
    let key = signing_key(path)?;
    let checkpoint = head(reader);
    let memory = memory::Memory::beside(path, reader.header().id);
    let last = memory.read(key.verifier())?;
    if let Some(last) = &last {
        must_extend(reader, last).map_err(|error| memory.contradicted(error))?;
    }
    let note = checkpoint.sign(&[&key]).expect("an origin and two numbers are lines of a note");
    if last.is_none_or(|last| last.size < checkpoint.size) {
        memory.write(&note)?;
    }
    Ok(NotedCheckpoint { checkpoint, note: Some(note) })
}

/// Writes a file that is not there yet.
pub fn write_new(path: &Path, content: &(impl AsRef<[u8]> + ?Sized), mode: u32) -> Result<(), CommandError> {
    let open = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = match open {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Err(exists(path)),
        Err(error) => return Err(CommandError::io("create", path, &error)),
    };
    let written = file.write_all(content.as_ref()).and_then(|()| file.sync_all());
    written.map_err(|error| {
        // Half a file would only be in the way of the next try.
        fs::remove_file(path).ok();
        CommandError::io("write", path, &error)
    })
}

/// What is there is never overwritten.
pub fn exists(path: &Path) -> CommandError {
    let message = format!("{} is there already, and is not overwritten", path.display());
    let error = CommandError::new(ErrorKind::Unavailable, "exists", message).in_file(path);
    error.hint("choose another name with --to, or move the file away")
}

fn text_of(path: &Path) -> Result<String, CommandError> {
    let bytes = bytes_of(path, NOTE_BYTES_MAX)?;
    let error = |_| CommandError::new(ErrorKind::Input, "key", "the file is not text").in_file(path);
    String::from_utf8(bytes).map_err(error)
}

/// A whole file that may not be longer than this.
pub fn bytes_of(path: &Path, most: usize) -> Result<Vec<u8>, CommandError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| CommandError::io("read", path, &error))?;
    if bytes.len() > most {
        let message = format!("the file has more than the {most} bytes that it may have");
        return Err(CommandError::new(ErrorKind::Input, "too_large", message).in_file(path));
    }
    Ok(bytes)
}
