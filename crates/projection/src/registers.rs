//! What a ledger says about itself, without its columns: closes and definitions.

use recount_ledger::{Body, Close, Definition, Recorded};

use crate::fact::Listed;
use crate::lists::{listed, owned_close, owned_definition};
use crate::projection::Projection;

/// The closes and definitions among the first records of a ledger. Far smaller than a [`Projection`], which has them,
/// too: a writer asks here whether there is anything that its records could change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// Among how many records.
    pub size: u64,
    /// The Merkle root of these, where it was told; zeros after more were pushed.
    pub root: [u8; 32],
    /// The closes, oldest first.
    pub closes: Vec<Listed<Close>>,
    /// The definitions, oldest first.
    pub definitions: Vec<Listed<Definition>>,
}

impl Registers {
    /// Those of a projection.
    pub fn of(projection: &Projection) -> Self {
        let (closes, definitions) = (projection.lists.closes.clone(), projection.lists.definitions.clone());
        Self { size: projection.size, root: projection.root, closes, definitions }
    }

    /// Takes the next record, in order of positions.
    pub fn push<S: AsRef<str>>(&mut self, record: &Recorded<S>) {
        match &record.event.body {
            Body::Close(close) => self.closes.push(listed(record, owned_close(close))),
            Body::Definition(definition) => self.definitions.push(listed(record, owned_definition(definition))),
            _ => {}
        }
        self.size += 1;
        self.root = [0; 32];
    }
}
