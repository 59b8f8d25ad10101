//! How a file is read, as the caller wants it and as the import record remembers it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use recount_ledger::{Currency, Zone};
use serde_json::{Value, json};

use crate::error::ImportError;
use crate::format::Format;
use crate::input::Input;
use crate::kind::KindNames;
use crate::names::ColumnNames;
use crate::pipeline::Dialect;
use crate::row::Rules;

/// How a file is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The format; none to tell it from the file's name.
    pub format: Option<Format>,
    /// The source that event keys belong to, `native` where nothing else is said.
    pub source: String,
    /// The currency of rows that name none: from `--currency`, else the ledger's.
    pub currency: Option<Currency>,
    /// The zone in which bare dates begin.
    pub zone: Zone,
    /// `--map old=new`: a column of the file and the native name it is read as; an empty name leaves it out.
    pub columns: Vec<(String, String)>,
    /// `--map-kind old=new`.
    pub kinds: Vec<(String, String)>,
    /// Who or what writes the rows.
    pub recorded_by: String,
    /// Where bad rows go, each with its reason. Without it a file with a bad row records nothing.
    pub rejects: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: None,
            source: recount_ledger::DEFAULT_SOURCE.to_owned(),
            currency: None,
            zone: Zone::UTC,
            columns: Vec::new(),
            kinds: Vec::new(),
            recorded_by: "recount import".to_owned(),
            rejects: None,
        }
    }
}

impl Options {
    pub(crate) fn rules(&self, input: &Input) -> Result<Rules, ImportError> {
        Ok(Rules {
            source: self.source.clone(),
            file: Some(input.file_name()),
            recorded_by: self.recorded_by.clone(),
            zone: self.zone,
            currency: self.currency,
            kinds: KindNames::new(&self.kinds)?,
        })
    }
}

/// The rules by which a file was read, as its import record keeps them: canonical JSON, keys in order.
pub(crate) fn rules_json(rules: &Rules, options: &Options, dialect: &Dialect) -> Result<String, ImportError> {
    let names = ColumnNames::new(&options.columns)?;
    let mut object = BTreeMap::from([
        ("source", json!(rules.source)),
        ("zone", json!(rules.zone.name())),
        ("currency", rules.currency.map_or(Value::Null, |currency| json!(currency.code()))),
        ("map", json!(names.pairs().collect::<BTreeMap<_, _>>())),
        ("map_kind", json!(rules.kinds.pairs().collect::<BTreeMap<_, _>>())),
    ]);
    if let Dialect::Csv(header) = dialect {
        object.insert("delimiter", json!(char::from(header.delimiter).to_string()));
    }
    Ok(json!(object).to_string())
}
