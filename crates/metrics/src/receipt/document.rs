//! The document itself: what it holds, how it is written, and what is believed of one that is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::canonical::{NotCanonical, canonical, id_of};
use super::exact::exact_json;

/// The schema of a receipt.
pub const RECEIPT_SCHEMA: &str = "recount.receipt/1";
/// What every version of the schema begins with.
const FAMILY: &str = "recount.receipt/";
/// The most characters of a message.
const MESSAGE_MAX: usize = 512;

/// A question, the ledger that it was asked of, and the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// [`RECEIPT_SCHEMA`].
    pub schema: String,
    /// What was asked.
    pub question: Question,
    /// Of which records.
    pub ledger: LedgerAt,
    /// The report as printed, with its own id.
    pub answer: Value,
    /// By which program.
    pub made_by: MadeBy,
    /// The id of the receipt, made like that of a report.
    pub id: String,
}

/// What was asked: enough to ask it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The command, such as `ndr`.
    pub command: String,
    /// Its flags by name, those that were given.
    pub arguments: Map<String, Value>,
    /// `--tz`, where it was given; else the ledger's zone, or that of the close, holds.
    pub tz: Option<String>,
    /// `--fiscal-year-start`, where it was given.
    pub fiscal_year_start: Option<u8>,
    /// Every definition that the answer follows, whole: a file may be another tomorrow.
    pub definitions: Vec<DefinitionUsed>,
    /// The rows of the deck that `reconcile` read: header and lines, as text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deck: Vec<DeckRow>,
}

/// A row of a deck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeckRow {
    /// Its number in the file, from 1.
    pub row: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

/// A definition, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefinitionUsed {
    /// How the question names it.
    pub asked: String,
    /// Its name.
    pub name: String,
    /// 0 for a preset, 1, 2, ... for one that the ledger holds, none for a file.
    pub version: Option<u32>,
    /// SHA-256 of its parameters, before the command line overrode any.
    pub hash: String,
    /// The TOML document.
    pub document: String,
}

/// The records that were there when the question was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerAt {
    /// The ledger's id, a UUID.
    pub id: String,
    /// Its book zone.
    pub tz: String,
    /// How many records there were.
    pub size: u64,
    /// The Merkle root over them.
    pub root: String,
}

/// The program that answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeBy {
    /// The version of recount.
    pub recount: String,
    /// The version of its IANA zone database.
    pub zone_database: String,
    /// What that says of each zone in the receipt, see [`days_of`](super::days_of).
    pub days: BTreeMap<String, String>,
}

/// Why a text is no receipt to go by.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReceiptError {
    /// No JSON, a key twice, or a document of another kind.
    #[error("it is no receipt: {0}")]
    None(String),
    /// A version that is not known here.
    #[error("its schema is {0:?}; this version of recount knows {RECEIPT_SCHEMA:?}")]
    Version(String),
    /// Its content is not what its id was made of, or not what its schema says.
    #[error("{0}")]
    Tampered(String),
}

impl Receipt {
    /// A receipt with its id. The answer must carry its own already.
    pub fn new(question: Question, ledger: LedgerAt, answer: Value, made_by: MadeBy) -> Result<Self, NotCanonical> {
        let schema = RECEIPT_SCHEMA.to_owned();
        let mut receipt = Self { schema, question, ledger, answer, made_by, id: String::new() };
        receipt.id = id_of(&receipt.to_json())?;
        Ok(receipt)
    }

    /// Reads a receipt and makes its ids again: what is given back is what was written, if nobody made up new ids.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        Self::read(text).map_err(|error| match error {
            ReceiptError::None(what) => ReceiptError::None(short(&what)),
            ReceiptError::Version(schema) => ReceiptError::Version(short(&schema)),
            ReceiptError::Tampered(what) => ReceiptError::Tampered(short(&what)),
        })
    }

    fn read(text: &str) -> Result<Self, ReceiptError> {
        let document = exact_json(text).map_err(ReceiptError::None)?;
        let has = |key: &str| document.get(key).is_some();
        let schema = document.get("schema").and_then(Value::as_str).unwrap_or_default();
        let looks_like_one = schema.starts_with(FAMILY) || (has("question") && has("answer"));
        if !looks_like_one {
            let found =
                if schema.is_empty() { "it has no schema".to_owned() } else { format!("its schema is {schema:?}") };
            return Err(ReceiptError::None(format!("{found}; `--receipt FILE` beside a report writes one")));
        }
        must_make_its_id(&document, "the receipt")?;
        if schema != RECEIPT_SCHEMA {
            return Err(ReceiptError::Version(schema.to_owned()));
        }
        if let Some(answer) = document.get("answer") {
            must_make_its_id(answer, "the answer")?;
        }
        Self::deserialize(document).map_err(|error| {
            let problem = format!("it is not laid out like any that was written: {error}");
            ReceiptError::Tampered(problem)
        })
    }

    /// The document.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("keys are texts")
    }

    /// The document in canonical form and the end of its line, as it is written to a file.
    pub fn to_text(&self) -> Result<String, NotCanonical> {
        canonical(&self.to_json()).map(|text| text + "\n")
    }

    /// The id of the answer: what the printed report carries.
    pub fn answer_id(&self) -> &str {
        self.answer.get("id").and_then(Value::as_str).unwrap_or_default()
    }
}

/// What is refused is not repeated at length.
fn short(message: &str) -> String {
    message.chars().take(MESSAGE_MAX).collect()
}

fn must_make_its_id(document: &Value, what: &str) -> Result<(), ReceiptError> {
    let made = id_of(document).map_err(|error| ReceiptError::Tampered(format!("{what} holds {error}")))?;
    match document.get("id").and_then(Value::as_str) {
        Some(said) if said == made => Ok(()),
        Some(said) => {
            let said: String = said.chars().take(64).collect();
            Err(ReceiptError::Tampered(format!("the id of {what} is {said:?}, its content makes {made}")))
        }
        None => Err(ReceiptError::Tampered(format!("{what} has no id, its content makes {made}"))),
    }
}
