//! What a file calls its columns: the native names, and `--map old=new`.

use std::collections::BTreeMap;

use crate::error::{FieldError, MapError};
use crate::field::{Column, known_names, unknown_name};

/// The names of a file's columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnNames {
    given: BTreeMap<String, (String, Column)>,
}

impl ColumnNames {
    /// The names given as pairs of the file's name and a native one; an empty native name leaves the column out.
    pub(crate) fn new(pairs: &[(String, String)]) -> Result<Self, MapError> {
        let mut given = BTreeMap::new();
        for (old, new) in pairs {
            let column = match new.as_str() {
                "" => Column::Ignored,
                name => Column::named(name)
                    .ok_or_else(|| MapError::Column { new: name.to_owned(), known: known_names() })?,
            };
            if given.insert(old.clone(), (new.clone(), column)).is_some() {
                return Err(MapError::Twice(old.clone()));
            }
        }
        Ok(Self { given })
    }

    /// What a column of this name holds.
    pub(crate) fn column(&self, name: &str) -> Result<Column, FieldError> {
        let given = self.given.get(name).map(|(_, column)| column.clone());
        given.or_else(|| Column::named(name)).ok_or_else(|| unknown_name("column", name))
    }

    /// Whether a name is given another meaning.
    pub(crate) fn redefines(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// The names given that a header lacks.
    pub(crate) fn missing_from(&self, header: &[String]) -> Option<&str> {
        self.given.keys().find(|old| !header.contains(old)).map(String::as_str)
    }

    /// The pairs, for the record of the import.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.given.iter().map(|(old, (new, _))| (old.as_str(), new.as_str()))
    }
}
