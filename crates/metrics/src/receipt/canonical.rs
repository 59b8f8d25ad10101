//! Canonical JSON (RFC 8785), for documents whose numbers are all integers, and the id that is made of it.

use serde_json::{Map, Number, Value};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The key under which a document carries its id.
const ID: &str = "id";
/// The largest integer that every JSON reader holds exactly: 2^53 - 1.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// A number that is not written the same by everybody.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{number} at {pointer:?} is no integer between -(2^53 - 1) and 2^53 - 1; reports write such a number as a text"
)]
pub struct NotCanonical {
    /// Where it stands, as a JSON pointer.
    pub pointer: String,
    /// The number as given.
    pub number: String,
}

/// The canonical text of a document: no blanks, keys sorted by their UTF-16 code units, one way to write each text.
/// Numbers with a fraction or an exponent do not occur in reports, and are refused.
pub fn canonical(document: &Value) -> Result<String, NotCanonical> {
    let mut text = String::new();
    write(document, &mut text).map(|()| text).map_err(|refused| refused.found())
}

/// The id of a document: SHA-256 of its canonical text without its own `id`, as 64 hexadecimal digits.
pub fn id_of(document: &Value) -> Result<String, NotCanonical> {
    let mut text = String::new();
    let written = match document {
        Value::Object(fields) => object(fields, Some(ID), &mut text),
        other => write(other, &mut text),
    };
    written.map_err(|refused| refused.found())?;
    Ok(Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A number that was refused, and the way to it, innermost step first.
struct Refused {
    steps: Vec<String>,
    number: String,
}

impl Refused {
    fn within(mut self, step: impl Into<String>) -> Self {
        self.steps.push(step.into());
        self
    }

    fn found(self) -> NotCanonical {
        let pointer = self.steps.iter().rev().map(|step| format!("/{}", escaped(step))).collect();
        NotCanonical { pointer, number: self.number.chars().take(64).collect() }
    }
}

/// A key as a step of a JSON pointer (RFC 6901).
pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn write(value: &Value, text: &mut String) -> Result<(), Refused> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => integer(number, text)?,
        Value::String(content) => string(content, text),
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(item, text).map_err(|refused| refused.within(at.to_string()))?;
            }
            text.push(']');
        }
        Value::Object(fields) => object(fields, None, text)?,
    }
    Ok(())
}

fn object(fields: &Map<String, Value>, without: Option<&str>, text: &mut String) -> Result<(), Refused> {
    let mut sorted: Vec<_> = fields.iter().filter(|(key, _)| Some(key.as_str()) != without).collect();
    sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    text.push('{');
    for (at, (key, value)) in sorted.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        string(key, text);
        text.push(':');
        write(value, text).map_err(|refused| refused.within(key))?;
    }
    text.push('}');
    Ok(())
}

fn integer(number: &Number, text: &mut String) -> Result<(), Refused> {
    let given = number.to_string();
    let digits = given.strip_prefix('-').unwrap_or(&given);
    let known = digits.bytes().all(|byte| byte.is_ascii_digit()) && given != "-0";
    match digits.parse::<u64>() {
        Ok(size) if known && size <= INTEGER_MAX => text.push_str(&given),
        _ => return Err(Refused { steps: Vec::new(), number: given }),
    }
    Ok(())
}

/// What has a short escape gets it, other control characters the long one in small letters, nothing else is escaped.
fn string(content: &str, text: &mut String) {
    text.push('"');
    for character in content.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            control if control < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => text.push(other),
        }
    }
    text.push('"');
}
