//! The definition behind a report, as JSON and as a line below a table.

use recount_metrics::Definition;
use serde::Serialize;

use crate::output::Page;
use crate::scope::Scope;

/// A definition as reports name it.
#[derive(Clone, Debug, Serialize)]
pub struct DefinitionJson {
    name: String,
    /// 0 for a preset; none for a file.
    version: Option<u32>,
    hash: String,
    parameters: serde_json::Value,
    overridden: Vec<&'static str>,
    #[serde(skip)]
    departures: Vec<String>,
}

impl DefinitionJson {
    /// The definition of a report.
    pub fn of(definition: &Definition, scope: &Scope<'_>) -> Self {
        let mut departures = scope.overrides.clone();
        if let Some(close) = scope.close.filter(|close| close.body.definition != definition.name) {
            departures.push(format!("definition {} instead of the close's {}", definition.name, close.body.definition));
        }
        Self {
            name: definition.name.clone(),
            version: definition.version,
            hash: definition.hash_hex(),
            parameters: definition.parameters_json(),
            overridden: definition.overridden.clone(),
            departures,
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
        let version = match self.version {
            Some(0) => "a preset".to_owned(),
            Some(version) => format!("version {version}"),
            None => "a file".to_owned(),
        };
        let over = match self.overridden.as_slice() {
            [] => String::new(),
            keys => format!("; from the command line: {}", keys.join(", ")),
        };
        page.remark(format!("definition: {} ({version}, hash {}){over}", self.name, &self.hash[..12]));
        for departure in &self.departures {
            page.warning(format!("the command line overrides the close: {departure}"));
        }
    }
}
