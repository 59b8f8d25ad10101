//! What lines of notes and keys share: names and Base 64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Whether a key may be called so: any text without spaces and pluses. Control characters would not survive a note.
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// The one way to write bytes: RFC 4648, section 4, padded.
pub fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes, unless they could be written otherwise.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
