//! JSON as it stands in a file: a key given twice is an error, for two readers may believe two different values.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// How `serde_json` hands over a number as it is written; a document that holds this key would be read as another.
const NUMBER: &str = "$serde_json::private::Number";

/// Reads a JSON document in which no object has a key twice. The error says line and column.
pub fn exact_json(text: &str) -> Result<Value, String> {
    if text.contains("$serde_json") {
        return Err("the key \"$serde_json...\" is reserved".to_owned());
    }
    serde_json::from_str::<Exact>(text).map(|Exact(value)| value).map_err(|error| error.to_string())
}

struct Exact(Value);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Document).map(Self)
    }
}

struct Document;

impl<'de> Visitor<'de> for Document {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        while let Some(Exact(item)) = items.next_element()? {
            found.push(item);
        }
        Ok(Value::Array(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut found = BTreeMap::new();
        while let Some(key) = fields.next_key::<String>()? {
            if key == NUMBER {
                let text: String = fields.next_value()?;
                return text.parse::<Number>().map(Value::Number).map_err(A::Error::custom);
            }
            let Exact(value) = fields.next_value()?;
            match found.entry(key) {
                Entry::Vacant(free) => free.insert(value),
                Entry::Occupied(known) => {
                    return Err(A::Error::custom(format!("the key {:?} is given twice", known.key())));
                }
            };
        }
        Ok(Value::Object(found.into_iter().collect()))
    }
}
