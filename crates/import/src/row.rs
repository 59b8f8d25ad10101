//! A row as its file gives it: native fields as text.

use recount_ledger::{Currency, Zone};

use crate::error::{FieldError, shown};
use crate::field::{Column, Field, unknown_name};
use crate::kind::KindNames;
use crate::value::given;

/// What holds for all rows of a file.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The system the rows come from; event keys are unique within it.
    pub source: String,
    /// The file's name, without its folders.
    pub file: Option<String>,
    /// Who or what writes the rows into the ledger.
    pub recorded_by: String,
    /// Where bare dates begin.
    pub zone: Zone,
    /// The currency of rows that name none.
    pub currency: Option<Currency>,
    /// What the source calls the kinds.
    pub kinds: KindNames,
}

/// The fields that one row gives; a blank one is not given.
#[derive(Debug, Default)]
pub struct Fields<'a> {
    values: [Option<&'a str>; Field::ALL.len()],
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Fields<'a> {
    /// The fields of these native names and values.
    pub fn from_names(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, FieldError> {
        let mut fields = Self::default();
        for (name, value) in pairs {
            match Column::named(name) {
                Some(Column::Field(field)) if fields.get(field).is_some() => return Err(given_twice(name)),
                Some(Column::Field(field)) => fields.set(field, value),
                Some(Column::Attribute(_)) => {
                    let attribute = &name[crate::field::ATTRIBUTE_PREFIX.len()..];
                    if fields.attributes.iter().any(|(known, _)| *known == attribute) {
                        return Err(given_twice(name));
                    }
                    fields.set_attribute(attribute, value);
                }
                Some(Column::Ignored | Column::Unnamed) => {}
                None => return Err(unknown_name("field", name)),
            }
        }
        Ok(fields)
    }

    /// Gives a field, unless the value is blank.
    pub(crate) fn set(&mut self, field: Field, value: &'a str) {
        self.values[field as usize] = given(value);
    }

    /// Gives an attribute of the customer, unless the value is blank.
    pub(crate) fn set_attribute(&mut self, name: &'a str, value: &'a str) {
        if let Some(value) = given(value) {
            self.attributes.push((name, value));
        }
    }

    /// The value of a field, if it is given.
    pub(crate) fn get(&self, field: Field) -> Option<&'a str> {
        self.values[field as usize]
    }

    /// The value of a field that the kind cannot do without.
    pub(crate) fn need(&self, field: Field) -> Result<&'a str, FieldError> {
        self.get(field).ok_or_else(|| FieldError::of(field, "is missing"))
    }

    /// The fields given, in the order of the documentation.
    pub(crate) fn given(&self) -> impl Iterator<Item = Field> + '_ {
        Field::ALL.into_iter().filter(|field| self.get(*field).is_some())
    }

    /// The attributes given.
    pub(crate) fn attributes(&self) -> &[(&'a str, &'a str)] {
        &self.attributes
    }
}

fn given_twice(name: &str) -> FieldError {
    FieldError::new(Some(name), format!("{} is given twice", shown(name))).hint("give each field once")
}
