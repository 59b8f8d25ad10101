//! Native JSON Lines: an object per line, with the names of the native columns as keys.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;

use crate::blocks::Ending;
use crate::csv::{COLUMNS_MAX, NOT_TEXT_HINT};
use crate::draft::Drafter;
use crate::error::{FieldError, readable, shown};
use crate::exported;
use crate::field::{ATTRIBUTE_PREFIX, Column, Field};
use crate::names::ColumnNames;
use crate::row::Fields;
use crate::rows::{BadRow, Parsed, Record, Records, Row};

/// The keys and values of one object, in their order and each key once.
pub(crate) struct Object<'t>(pub Vec<(Cow<'t, str>, Value)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object like {\"kind\": \"new_logo\", ...}")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut pairs: Vec<(Cow<'de, str>, Value)> = Vec::with_capacity(8);
                while let Some(Key(key)) = map.next_key()? {
                    if pairs.len() == COLUMNS_MAX {
                        return Err(A::Error::custom(format!("it has more than {COLUMNS_MAX} keys")));
                    }
                    if pairs.iter().any(|(known, _)| *known == key) {
                        return Err(A::Error::custom(format!("the key {} stands twice", shown(&key))));
                    }
                    pairs.push((key, map.next_value()?));
                }
                Ok(Object(pairs))
            }
        }

        deserializer.deserialize_map(Keys)
    }
}

/// A key, borrowed where it holds no escapes.
struct Key<'t>(Cow<'t, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// Reads the lines of a block. With `keep_text`, bad lines keep theirs.
pub(crate) fn parse_block(block: &[u8], names: &ColumnNames, drafter: &mut Drafter<'_>, keep_text: bool) -> Parsed {
    let mut parsed = Parsed::default();
    let mut records = Records::new(block, Ending::Line);
    for record in records.by_ref() {
        if !keep_text && parsed.is_hopeless() {
            break;
        }
        parsed.read += 1;
        match line(&record, names, drafter) {
            Ok(event) => parsed.take(event),
            Err((column, column_name, error)) => {
                let text = if keep_text { record.text.to_vec() } else { Vec::new() };
                parsed.bad.push(BadRow { row: record.line, line: record.line, column, column_name, error, text });
            }
        }
    }
    parsed.lines = records.lines;
    parsed.rows = records.lines;
    parsed
}

type Problem = (Option<u64>, Option<String>, FieldError);

fn line(record: &Record<'_>, names: &ColumnNames, drafter: &mut Drafter<'_>) -> Result<Row, Problem> {
    let whole = |error| (None, None, error);
    let text = std::str::from_utf8(record.text)
        .map_err(|_| whole(FieldError::row("the line is not UTF-8 text").hint(NOT_TEXT_HINT)))?;
    let Object(pairs) =
        serde_json::from_str(text).map_err(|error| (Some(error.column() as u64), None, not_json(&error)))?;
    if exported::is_export(pairs.iter().map(|(key, _)| key.as_ref()), names) {
        return copy(&pairs).map(Row::Copy);
    }
    let mut cells = Vec::with_capacity(pairs.len());
    for (key, value) in &pairs {
        let at = |error| (None, Some(readable(key)), error);
        let column = names.column(key).map_err(|error| at(nested_hint(key, value, error)))?;
        if let Some(cell) = cell(&column, key, value).map_err(at)? {
            cells.push((key, column, cell));
        }
    }
    let mut fields = Fields::default();
    for (index, (key, column, cell)) in cells.iter().enumerate() {
        if cells[..index].iter().any(|(_, earlier, _)| earlier == column) {
            let error =
                FieldError::row("names a field that another key of this line names, too").hint("give each field once");
            return Err((None, Some(readable(key)), error));
        }
        match column {
            Column::Field(field) => fields.set(*field, cell),
            Column::Attribute(name) => fields.set_attribute(name, cell),
            Column::Ignored | Column::Unnamed => {}
        }
    }
    drafter.event(&fields, Some(record.line)).map(Row::Event).map_err(|error| {
        let holds = |column: &Column| match column {
            Column::Field(field) => Some(field.name()) == error.field.as_deref(),
            _ => false,
        };
        let key = cells.iter().find(|(_, column, _)| holds(column)).map(|(key, _, _)| readable(key));
        (None, key.or_else(|| error.field.clone()), error)
    })
}

/// The record that a line of an export holds.
fn copy(pairs: &[(Cow<'_, str>, Value)]) -> Result<recount_ledger::Recorded, Problem> {
    let at = |key: &str, error| (None, Some(key.to_owned()), error);
    let mut fields = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        match value {
            Value::Null => {}
            Value::String(text) => fields.push((key.as_ref(), Cow::Borrowed(text.as_str()))),
            Value::Number(number) => fields.push((key.as_ref(), Cow::Owned(number.to_string()))),
            _ => {
                let error = FieldError::new(Some(key), "is neither a text nor a number").hint(exported::ALTERED_HINT);
                return Err(at(key, error));
            }
        }
    }
    exported::record_of(&fields, |value| Cow::Borrowed(value)).map_err(|error| {
        let key = error.field.clone();
        (None, key, error)
    })
}

/// The text of a value; none where it is null.
fn cell<'v>(column: &Column, key: &str, value: &'v Value) -> Result<Option<Cow<'v, str>>, FieldError> {
    let refuse = |what: &str, hint: &str| Err(FieldError::new(Some(key), format!("is {what}")).hint(hint));
    match (column, value) {
        (Column::Ignored, _) | (_, Value::Null) => Ok(None),
        (_, Value::String(text)) => Ok(Some(Cow::Borrowed(text))),
        (Column::Field(Field::EffectiveAt | Field::BookedAt), Value::Number(_)) => {
            refuse("a number", "write a date like \"2025-06-30\", or an instant like \"2025-06-30T23:59:59Z\"")
        }
        (_, Value::Number(number)) => Ok(Some(Cow::Owned(number.to_string()))),
        (Column::Attribute(_), Value::Bool(flag)) => Ok(Some(Cow::Borrowed(if *flag { "true" } else { "false" }))),
        (_, Value::Bool(_)) => refuse("true or false", "write a text"),
        (_, Value::Array(_)) => refuse("a list", "write one text"),
        (_, Value::Object(_)) => {
            refuse("an object", "write one text; attributes have keys of their own, like \"attr.region\"")
        }
    }
}

fn nested_hint(key: &str, value: &Value, error: FieldError) -> FieldError {
    if value.is_object() && format!("{key}.") == ATTRIBUTE_PREFIX {
        return FieldError::row("\"attr\" is not a known key")
            .hint("write each attribute as a key of its own, like \"attr.region\": \"EMEA\"");
    }
    error
}

fn not_json(error: &serde_json::Error) -> FieldError {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    FieldError::row(format!("the line is not a JSON object: {what}"))
        .hint("write one object per line, like {\"kind\": \"churn\", ...}")
}
