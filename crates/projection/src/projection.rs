//! The projection: everything that the records say about MRR, by all three clocks.

use recount_ledger::{Close, Currency, Definition, Import, Instant, Recorded};

use crate::cut::Cut;
use crate::fact::{ExtendError, Listed, MergeCycle};
use crate::view::View;

/// The replayed records of a ledger.
#[derive(Clone, Debug, Default)]
pub struct Projection {
    size: u64,
}

/// Records on their way into a projection; [`Extension::finish`] makes them count.
#[derive(Debug)]
pub struct Extension<'p> {
    projection: &'p mut Projection,
}

impl Projection {
    /// A projection of no records.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Takes more records, in order of their positions.
    pub fn extend<S: AsRef<str>>(&mut self, records: impl IntoIterator<Item = Recorded<S>>) -> Result<(), ExtendError> {
        let mut extension = self.extension();
        records.into_iter().try_for_each(|record| extension.push(&record))?;
        extension.finish()
    }

    /// Takes more records piece by piece, for records that are borrowed from one frame after the other.
    pub fn extension(&mut self) -> Extension<'_> {
        Extension { projection: self }
    }

    /// How many records are in it.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The Merkle root of its records, as told by [`Projection::seal`].
    pub fn root(&self) -> [u8; 32] {
        unimplemented!("skeleton")
    }

    /// Tells the Merkle root of exactly its records, so that a cache can be matched to its ledger.
    pub fn seal(&mut self, _root: [u8; 32]) {
        unimplemented!("skeleton")
    }

    /// How many records were recorded before an instant.
    pub fn size_before(&self, _at: Instant) -> u64 {
        unimplemented!("skeleton")
    }

    /// The instant at which the newest record was recorded.
    pub fn last_recorded_at(&self) -> Option<Instant> {
        unimplemented!("skeleton")
    }

    /// The closes, oldest first. A close at position N names the first N records.
    pub fn closes(&self) -> &[Listed<Close>] {
        unimplemented!("skeleton")
    }

    /// The metric definitions, oldest first.
    pub fn definitions(&self) -> &[Listed<Definition>] {
        unimplemented!("skeleton")
    }

    /// The imports, oldest first.
    pub fn imports(&self) -> &[Listed<Import>] {
        unimplemented!("skeleton")
    }

    /// The currencies of all amounts on record, movements and one-time charges, in the order of their codes.
    pub fn currencies(&self) -> Vec<Currency> {
        unimplemented!("skeleton")
    }

    /// The projection under a cut.
    pub fn view(&self, _cut: Cut) -> Result<View<'_>, MergeCycle> {
        unimplemented!("skeleton")
    }
}

impl Extension<'_> {
    /// Takes the next record.
    pub fn push<S: AsRef<str>>(&mut self, _record: &Recorded<S>) -> Result<(), ExtendError> {
        self.projection.size += 1;
        unimplemented!("skeleton")
    }

    /// Makes the records count.
    pub fn finish(self) -> Result<(), ExtendError> {
        unimplemented!("skeleton")
    }
}
