//! Notes: text that one or more keys signed.
//!
//! ```text
//! text, whose last line ends like the others
//! (an empty line)
//! — NAME BASE64(key id, 4 bytes, big-endian | signature)
//! ```

use std::fmt;

use thiserror::Error;

use super::key::{SigningKey, VerifierKey};
use super::lines::{from_base64, is_key_name, to_base64};

/// A longer note is refused before anything is looked at.
pub const NOTE_BYTES_MAX: usize = 1_000_000;
/// More signatures are refused; C2SP asks for 16 at least, Go reads 100.
pub const SIGNATURES_MAX: usize = 100;

const DASH: &str = "\u{2014} ";

/// Bytes that are no note, or a text that is no checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct NoteError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: String,
}

impl NoteError {
    pub(super) fn at(line: usize, problem: impl Into<String>) -> Self {
        Self { line: line as u64, problem: problem.into() }
    }
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key that is said to have signed.
    pub name: String,
    /// Its id.
    pub id: u32,
    /// What it signed with; for Ed25519 64 bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id.to_be_bytes()[..], &self.bytes].concat();
        write!(f, "{DASH}{} {}", self.name, to_base64(&bytes))
    }
}

/// Why nobody known vouches for a note.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// Known keys did not sign it.
    #[error("it is not signed by {wanted}; {}", Signers(found))]
    Unknown {
        /// The keys asked for.
        wanted: String,
        /// The signers that the note names.
        found: Vec<String>,
    },
    /// A known key is named, but did not sign this text.
    #[error("the signature of {key} is not that key's over this text: the text or the signature was changed")]
    Bad {
        /// The key.
        key: String,
    },
}

struct Signers<'a>(&'a [String]);

impl fmt::Display for Signers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("nobody did") } else { write!(f, "it names {}", self.0.join(", ")) }
    }
}

/// A text and its signatures; who made them is not known before [`Note::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

impl Note {
    /// Signs a text, which must end with a line end and hold no other control character.
    pub fn sign(text: String, keys: &[&SigningKey]) -> Result<Self, NoteError> {
        check_text(&text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::at(text.lines().count().max(1), "the text does not end with a line end"));
        }
        let signatures = keys.iter().map(|key| key.sign(&text)).collect();
        Ok(Self { text, signatures })
    }

    /// Reads a note. Nothing in it is to be believed before it is verified.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let note = as_text(bytes)?;
        let Some(end) = note.rfind("\n\n") else {
            return Err(NoteError::at(note.lines().count().max(1), "no empty line with signatures behind it follows"));
        };
        let (text, lines) = (&note[..end + 1], &note[end + 2..]);
        let first = text.lines().count() + 2;
        let Some(lines) = lines.strip_suffix('\n') else {
            let last = first + lines.lines().count().saturating_sub(1);
            return Err(NoteError::at(last, "a signature line must stand here and end with a line end"));
        };
        let mut signatures = Vec::new();
        for (number, line) in (first..).zip(lines.split('\n')) {
            if signatures.len() == SIGNATURES_MAX {
                return Err(NoteError::at(number, format!("there are more than {SIGNATURES_MAX} signatures")));
            }
            signatures.push(signature(line).map_err(|problem| NoteError::at(number, problem))?);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// What was signed, with its last line end.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in order.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The known keys that signed it. Signatures of other keys count for nothing; a bad one of a known key spoils the
    /// note.
    pub fn verify<'k>(&self, known: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>, SignatureError> {
        let mut signers: Vec<&VerifierKey> = Vec::new();
        for signature in &self.signatures {
            for key in known.iter().filter(|key| key.is_of(signature)) {
                if !key.verify(&self.text, &signature.bytes) {
                    return Err(SignatureError::Bad { key: shown(key.name(), key.id()) });
                }
                if !signers.contains(&key) {
                    signers.push(key);
                }
            }
        }
        if !signers.is_empty() {
            return Ok(signers);
        }
        let wanted: Vec<String> = known.iter().map(|key| shown(key.name(), key.id())).collect();
        let found = self.signatures.iter().map(|signature| shown(&signature.name, signature.id)).collect();
        Err(SignatureError::Unknown { wanted: wanted.join(" or "), found })
    }
}

/// A key as people tell it apart: name and id.
fn shown(name: &str, id: u32) -> String {
    format!("{name}+{id:08x}")
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

fn signature(line: &str) -> Result<Signature, &'static str> {
    let line = line.strip_prefix(DASH).ok_or("a signature line begins with an em dash and a space")?;
    let (name, bytes) = line.split_once(' ').ok_or("a signature line has a name, a space and a signature")?;
    if !is_key_name(name) {
        return Err("this cannot be the name of a key");
    }
    let bytes = from_base64(bytes).ok_or("the signature is not in Base 64")?;
    match bytes.split_first_chunk::<4>() {
        Some((id, rest)) if !rest.is_empty() => {
            Ok(Signature { name: name.to_owned(), id: u32::from_be_bytes(*id), bytes: rest.to_vec() })
        }
        _ => Err("the signature is too short"),
    }
}

/// Bytes as the text of a note or checkpoint.
pub(super) fn as_text(bytes: &[u8]) -> Result<&str, NoteError> {
    if bytes.len() > NOTE_BYTES_MAX {
        return Err(NoteError::at(1, format!("{} bytes are more than the {NOTE_BYTES_MAX} of a note", bytes.len())));
    }
    let line_of = |at: usize| bytes[..at].iter().filter(|b| **b == b'\n').count() + 1;
    let text = std::str::from_utf8(bytes).map_err(|e| NoteError::at(line_of(e.valid_up_to()), "this is not UTF-8"))?;
    check_text(text)?;
    Ok(text)
}

fn check_text(text: &str) -> Result<(), NoteError> {
    match text.bytes().position(|b| b < b' ' && b != b'\n') {
        Some(at) => {
            let line = text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
            Err(NoteError::at(line, "a note has no control characters but line ends"))
        }
        None => Ok(()),
    }
}
