//! Where two documents first differ.

use std::fmt;

use serde_json::Value;

use super::canonical::escaped;

/// The most characters of a value that a person is shown.
const SHOWN_MAX: usize = 120;

/// The first place, in the order of canonical JSON, at which two documents differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstDifference {
    /// The place, as a JSON pointer.
    pub pointer: String,
    /// What the first document has there; nothing where it ends before.
    pub was: Option<Value>,
    /// What the second one has there.
    pub now: Option<Value>,
}

/// Finds it; nothing if they are the same. Figures come before what a report says of itself: a difference at the top
/// is looked for among the keys that `last` does not name, then among those.
pub fn first_difference(was: &Value, now: &Value, last: &[&str]) -> Option<FirstDifference> {
    let mut pointer = String::new();
    within(Some(was), Some(now), last, &mut pointer)
}

fn within(was: Option<&Value>, now: Option<&Value>, last: &[&str], pointer: &mut String) -> Option<FirstDifference> {
    match (was, now) {
        (Some(was), Some(now)) if was == now => None,
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let mut keys: Vec<&String> = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))).collect();
            keys.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            keys.sort_by_key(|key| last.contains(&key.as_str()));
            keys.into_iter().find_map(|key| step(old.get(key), new.get(key), key, pointer))
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            (0..old.len().max(new.len())).find_map(|at| step(old.get(at), new.get(at), &at.to_string(), pointer))
        }
        _ => Some(FirstDifference { pointer: pointer.clone(), was: was.cloned(), now: now.cloned() }),
    }
}

fn step(was: Option<&Value>, now: Option<&Value>, key: &str, pointer: &mut String) -> Option<FirstDifference> {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(&escaped(key));
    let found = within(was, now, &[], pointer);
    pointer.truncate(length);
    found
}

impl fmt::Display for FirstDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was {}, is {}", self.pointer, shown(self.was.as_ref()), shown(self.now.as_ref()))
    }
}

fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "not there".to_owned() };
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
