//! JSON in a pack: keys sorted, two blanks an indent, a line's end at the end. Read back it must be the same bytes, so
//! that no key stands twice and everybody reads the same values.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::bad;
use crate::error::CommandError;

/// A value as text.
pub fn text(value: &impl Serialize) -> String {
    let sorted = serde_json::to_value(value).expect("documents hold texts, numbers and lists of them");
    serde_json::to_string_pretty(&sorted).expect("a value has text keys") + "\n"
}

/// The value that an entry holds.
pub fn value(name: &str, bytes: &[u8]) -> Result<Value, CommandError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| bad(format!("{name}: {error}")))?;
    if text(&value).as_bytes() == bytes {
        return Ok(value);
    }
    Err(bad(format!("{name} is not written as a pack writes JSON: a key stands twice, or out of order")))
}

/// What an entry holds, as a type.
pub fn read<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, CommandError> {
    serde_json::from_value(value(name, bytes)?).map_err(|error| bad(format!("{name}: {error}")))
}
