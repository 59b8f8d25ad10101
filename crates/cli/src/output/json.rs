//! JSON: money and ratios as exact strings, one document a line.

use serde::Serialize;

use super::plain::inert_json;

/// A document and the end of its line.
pub fn document(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string(document).expect("reports hold only strings, numbers and lists of them");
    text.push('\n');
    inert_json(text)
}

/// A document that ends with its id, and the end of its line.
pub fn with_id(report: &impl Serialize, id: &str) -> String {
    let mut text = document(report);
    text.truncate(text.len() - "}\n".len());
    text.push_str(&format!(",\"id\":\"{id}\"}}\n"));
    text
}
