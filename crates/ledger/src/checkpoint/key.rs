//! Ed25519 keys as text, the way Go's `sumdb/note` and C2SP write them.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::Signer;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::lines::{from_base64, is_key_name, to_base64};
use super::note::Signature;

/// The byte before an Ed25519 key.
const ED25519: u8 = 1;
const PRIVATE: &str = "PRIVATE+KEY+";
/// No key is longer; a file that is was meant otherwise.
const KEY_BYTES_MAX: usize = 4_096;

/// Why a text is no key. It never repeats the text, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Not the shape of a verifier key.
    #[error("this is no verifier key; one is written NAME+HASH+KEY, as `recount keygen` prints it")]
    NoVerifierKey,
    /// Not the shape of a signing key.
    #[error(
        "this is no signing key; one is written PRIVATE+KEY+NAME+HASH+KEY, as `recount keygen` writes it to a file"
    )]
    NoSigningKey,
    /// A secret was given where the public half is meant.
    #[error("this is a signing key, which must stay secret; give the verifier key that belongs to it")]
    Secret,
    /// Another algorithm.
    #[error("the key is of algorithm {0}; only Ed25519 (1) is known")]
    Algorithm(u8),
    /// Name, hash and key do not belong together.
    #[error("the hash in the key is not that of its name and key: a character was changed or lost")]
    Hash,
    /// Not a point on the curve, or one that verifies anything.
    #[error("the key is no good Ed25519 key")]
    Point,
    /// A name that no signature line can hold.
    #[error("{0:?} cannot be the name of a key: it must not be empty nor hold spaces, control characters or +")]
    Name(String),
    /// The system has no randomness to give.
    #[error("the system gave no randomness: {0}")]
    Randomness(String),
}

/// Checks signatures of one key. Prints as `NAME+HASH+KEY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    key: ed25519_dalek::VerifyingKey,
}

/// Signs. Its text form is the secret itself, so it has neither `Display` nor a telling `Debug`.
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    verifier: VerifierKey,
}

impl VerifierKey {
    fn of(name: &str, key: ed25519_dalek::VerifyingKey) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::Name(name.chars().take(64).collect()));
        }
        if key.is_weak() {
            return Err(KeyError::Point);
        }
        let mut hash = Sha256::new();
        hash.update(name);
        hash.update([b'\n', ED25519]);
        hash.update(key.as_bytes());
        let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
        Ok(Self { name: name.to_owned(), id: u32::from_be_bytes([a, b, c, d]), key })
    }

    /// Whose key it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of the hash of name and key, big-endian.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// Whether this key says that it made a signature; whether it did, [`VerifierKey::verify`] tells.
    pub fn is_of(&self, signature: &Signature) -> bool {
        signature.id == self.id && signature.name == self.name
    }

    /// Whether these bytes are this key's signature of a text.
    pub fn verify(&self, text: &str, signature: &[u8]) -> bool {
        let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else { return false };
        self.key.verify_strict(text.as_bytes(), &signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519], &self.key.as_bytes()[..]].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.id, to_base64(&key))
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    /// Reads `NAME+HASH+KEY`; a line end behind it is left out of account.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let text = line(text).ok_or(KeyError::NoVerifierKey)?;
        if text.starts_with(PRIVATE) {
            return Err(KeyError::Secret);
        }
        let (name, id, bytes) = parts(text).ok_or(KeyError::NoVerifierKey)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&ed25519(&bytes, KeyError::NoVerifierKey)?);
        let key = Self::of(name, key.map_err(|_| KeyError::Point)?)?;
        if key.id == id { Ok(key) } else { Err(KeyError::Hash) }
    }
}

impl SigningKey {
    /// A new key of this name, from the randomness of the operating system.
    pub fn generate(name: &str) -> Result<Self, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| KeyError::Randomness(error.to_string()))?;
        Self::of(name, &seed)
    }

    fn of(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let verifier = VerifierKey::of(name, key.verifying_key())?;
        Ok(Self { key, verifier })
    }

    /// Reads `PRIVATE+KEY+NAME+HASH+KEY`; a line end behind it is left out of account.
    pub fn from_secret(text: &str) -> Result<Self, KeyError> {
        let text = line(text).and_then(|text| text.strip_prefix(PRIVATE)).ok_or(KeyError::NoSigningKey)?;
        let (name, id, bytes) = parts(text).ok_or(KeyError::NoSigningKey)?;
        let key = Self::of(name, &ed25519(&bytes, KeyError::NoSigningKey)?)?;
        if key.verifier.id == id { Ok(key) } else { Err(KeyError::Hash) }
    }

    /// The key as a line of text. Whoever has it can sign.
    pub fn to_secret(&self) -> String {
        let key = [&[ED25519], &self.key.as_bytes()[..]].concat();
        format!("{PRIVATE}{}+{:08x}+{}", self.verifier.name, self.verifier.id, to_base64(&key))
    }

    /// The public half.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    pub(super) fn sign(&self, text: &str) -> Signature {
        let bytes = self.key.sign(text.as_bytes()).to_bytes().to_vec();
        Signature { name: self.verifier.name.clone(), id: self.verifier.id, bytes }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("name", &self.verifier.name).finish_non_exhaustive()
    }
}

/// A text of one line.
fn line(text: &str) -> Option<&str> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    (text.len() <= KEY_BYTES_MAX && !text.contains('\n')).then_some(text)
}

/// Name, hash and bytes of a key. Base 64 has pluses of its own, names have none.
fn parts(text: &str) -> Option<(&str, u32, Vec<u8>)> {
    let (name, rest) = text.split_once('+')?;
    let (id, key) = rest.split_once('+')?;
    let hex = id.len() == 8 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !hex || !is_key_name(name) {
        return None;
    }
    Some((name, u32::from_str_radix(id, 16).ok()?, from_base64(key)?))
}

fn ed25519(bytes: &[u8], otherwise: KeyError) -> Result<[u8; 32], KeyError> {
    match bytes {
        [ED25519, key @ ..] => key.try_into().map_err(|_| otherwise),
        [other, ..] => Err(KeyError::Algorithm(*other)),
        [] => Err(otherwise),
    }
}
