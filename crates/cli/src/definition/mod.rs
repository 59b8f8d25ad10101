//! Definitions on the command line: finding them, and naming them on a report.

mod find;

use recount_metrics::Definition;
use serde::Serialize;

use crate::output::Page;
use crate::scope::Scope;

pub use find::{Named, Publication, Published};

/// A definition as reports name it.
#[derive(Clone, Debug, Serialize)]
pub struct DefinitionJson {
    name: String,
    /// 0 for a preset; none for a file.
    version: Option<u32>,
    hash: String,
    parameters: serde_json::Value,
    overridden: Vec<&'static str>,
    /// The close that the report is as of, where this is its definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned_by: Option<String>,
}

impl DefinitionJson {
    /// The definition of a report.
    pub fn of(definition: &Definition, scope: &Scope<'_>) -> Self {
        let hash = definition.hash();
        let of_close = scope.close.map(|close| &close.body).filter(|close| {
            (close.definition.as_str(), Some(close.version), close.definition_hash)
                == (definition.name.as_str(), definition.version, hash)
        });
        Self { pinned_by: of_close.map(|close| close.name.clone()), ..Self::plain(definition) }
    }

    /// A definition for itself.
    pub fn plain(definition: &Definition) -> Self {
        Self {
            name: definition.name.clone(),
            version: definition.version,
            hash: definition.hash_hex(),
            parameters: definition.parameters_json(),
            overridden: definition.overridden.clone(),
            pinned_by: None,
        }
    }

    /// Whether another figure follows other rules.
    pub fn differs_from(&self, other: &Self) -> bool {
        self.hash != other.hash
    }

    /// Which parameters another definition sets otherwise, in words: `net.method: "endpoint" became "movements"`.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let empty = serde_json::Map::new();
        let tables = |of: &Self| of.parameters.as_object().cloned().unwrap_or_default();
        let (was, is) = (tables(self), tables(other));
        let mut found = Vec::new();
        for (table, rows) in &was {
            let (rows, others) = (rows.as_object().unwrap_or(&empty), is.get(table).and_then(|it| it.as_object()));
            for (name, value) in rows {
                let now = others.and_then(|others| others.get(name)).unwrap_or(&serde_json::Value::Null);
                if value != now {
                    found.push(format!("{table}.{name}: {value} became {now}"));
                }
            }
        }
        found
    }

    /// Adds a line about it to a page.
    pub fn remark(&self, page: &mut Page) {
        let over = match self.overridden.as_slice() {
            [] => String::new(),
            keys => format!("; from the command line: {}", keys.join(", ")),
        };
        let pinned = self.pinned_by.as_ref().map(|close| format!(", pinned by the close {close}")).unwrap_or_default();
        page.remark(format!("definition: {}{pinned}{over}", self.titled()));
    }

    /// Name, version and the beginning of the hash.
    pub fn titled(&self) -> String {
        let version = match self.version {
            Some(0) => "a preset".to_owned(),
            Some(version) => format!("version {version}"),
            None => "a file".to_owned(),
        };
        format!("{} ({version}, hash {})", self.name, &self.hash[..12])
    }
}

/// `board-ndr@2`; a preset or a file by its name alone.
pub fn versioned(name: &str, version: u32) -> String {
    if version == 0 { name.to_owned() } else { format!("{name}@{version}") }
}
