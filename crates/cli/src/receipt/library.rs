//! What an answer rests on beside the records: definitions, and the rows of a deck.

use std::cell::RefCell;
use std::collections::BTreeMap;

use recount_metrics::Definition;
use recount_metrics::receipt::{DeckRow, DefinitionUsed, Question};

use crate::commands::reconcile::sheet::Row;
use crate::definition::Named;
use crate::error::{CommandError, ErrorKind};

/// What was read for an answer, and what a receipt brings in its place.
#[derive(Debug, Default)]
pub struct Library {
    /// By how the question names them.
    given: BTreeMap<String, DefinitionUsed>,
    /// Whether it is a receipt's, which has everything: nothing is looked for elsewhere.
    whole: bool,
    used: RefCell<BTreeMap<String, DefinitionUsed>>,
    deck: RefCell<Vec<Row>>,
}

impl Library {
    /// What the question of a receipt brings.
    pub fn of(question: &Question) -> Self {
        let given = question.definitions.iter().map(|one| (one.asked.clone(), one.clone())).collect();
        let row = |row: &DeckRow| Row { number: row.row, cells: row.cells.clone() };
        let deck = RefCell::new(question.deck.iter().map(row).collect());
        Self { given, whole: true, used: RefCell::default(), deck }
    }

    /// The definition of a receipt, if it is a file's or a preset's. What the ledger holds, its records say.
    pub fn given(&self, asked: &str) -> Result<Option<Named<'static>>, CommandError> {
        let one = match self.given.get(asked) {
            Some(one) if one.version.is_none_or(|version| version == 0) => one,
            None if self.whole => {
                let message = format!("the receipt does not hold the definition {asked:?}");
                return Err(CommandError::new(ErrorKind::Input, "definition", message));
            }
            _ => return Ok(None),
        };
        let definition = Definition::from_toml(&one.document).map_err(|error| {
            let message = format!("the receipt's definition {asked:?} cannot be read: {error}");
            CommandError::new(ErrorKind::Input, "definition", message)
        })?;
        let (definition, document) = match one.version {
            Some(version) => (definition.with_version(version), None),
            None => (definition, Some(one.document.clone())),
        };
        Ok(Some(Named { definition, publication: None, document }))
    }

    /// Notes a definition that was used.
    pub fn note(&self, asked: &str, found: &Named<'_>) {
        let Named { definition, publication, document } = found;
        let published = publication.map(|listed| listed.body.document.clone());
        let document = published.or_else(|| document.clone()).unwrap_or_else(|| definition.to_toml());
        let used = DefinitionUsed {
            asked: asked.to_owned(),
            name: definition.name.clone(),
            version: definition.version,
            hash: definition.hash_hex(),
            document,
        };
        self.used.borrow_mut().insert(asked.to_owned(), used);
    }

    /// Every definition that was used, by how the question names it.
    pub fn used(&self) -> Vec<DefinitionUsed> {
        self.used.borrow().values().cloned().collect()
    }

    /// Puts in the rows of a deck.
    pub fn put_deck(&self, rows: &[Row]) {
        *self.deck.borrow_mut() = rows.to_vec();
    }

    /// The rows of the deck.
    pub fn deck(&self) -> Vec<Row> {
        self.deck.borrow().clone()
    }

    /// The same for a receipt.
    pub fn deck_used(&self) -> Vec<DeckRow> {
        self.deck.borrow().iter().map(|row| DeckRow { row: row.number, cells: row.cells.clone() }).collect()
    }
}
