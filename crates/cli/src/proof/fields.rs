//! The readable record in a proof: an object in which no name stands twice, so that nobody reads another value than is
//! compared.

use std::collections::BTreeMap;
use std::fmt;

use recount_import::record_json;
use recount_ledger::Recorded;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The one field that is an object itself.
const SOURCE: &str = "source";

/// Names and values in the order in which they stand.
#[derive(Clone, Debug)]
pub struct Fields(Vec<(String, Value)>);

impl Fields {
    /// A record as `log` prints it.
    pub fn of(record: &Recorded) -> Self {
        let text = serde_json::to_string(&record_json(record)).expect("a record holds texts and numbers");
        serde_json::from_str(&text).expect("a record prints every name once")
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The first name, in order, under which another record says something else.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let (own, others): (BTreeMap<_, _>, BTreeMap<_, _>) = (self.iter().collect(), other.iter().collect());
        let names = own.keys().chain(others.keys());
        names.filter(|name| own.get(*name) != others.get(*name)).map(|name| (*name).to_owned()).min()
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record as an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields: Vec<(String, Value)> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(Error::custom(format_args!("{name:?} stands twice in a record")));
            }
            let value = if name == SOURCE {
                Value::Object(map.next_value::<Fields>()?.0.into_iter().collect())
            } else {
                map.next_value()?
            };
            fields.push((name, value));
        }
        Ok(Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Result<Fields, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn a_name_stands_once() {
        assert!(fields(r#"{"mrr":"1","mrr":"2"}"#).is_err());
        assert!(fields(r#"{"source":{"name":"a","name":"b"}}"#).is_err());
        let good = fields(r#"{"mrr":"1","source":{"name":"a"}}"#).expect("reads");
        let other = fields(r#"{"source":{"name":"a"},"mrr":"1"}"#).expect("reads");
        assert_eq!(good.difference(&other), None);
    }

    #[test]
    fn every_difference_is_named() {
        let good = fields(r#"{"mrr":"1","position":3,"source":{"name":"a"}}"#).expect("reads");
        for (text, name) in [
            (r#"{"mrr":"1.0","position":3,"source":{"name":"a"}}"#, "mrr"),
            (r#"{"mrr":"1","position":3.0,"source":{"name":"a"}}"#, "position"),
            (r#"{"mrr":"1","position":3,"source":{"name":"b"}}"#, "source"),
            (r#"{"mrr":"1","position":3,"source":{"name":"a"},"plan":null}"#, "plan"),
            (r#"{"mrr":"1","position":3}"#, "source"),
        ] {
            assert_eq!(good.difference(&fields(text).expect("reads")).as_deref(), Some(name));
        }
    }
}
