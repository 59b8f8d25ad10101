//! What is kept beside the rows: voids, merges, rates, and the records that the projection holds whole.

use recount_ledger::{Close, Definition, Event, Import, Instant, Position, Recorded};

use crate::fact::{FxQuote, Listed};

/// That a record was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct VoidMark {
    pub(crate) target: u32,
    pub(crate) position: u32,
    pub(crate) booked: i64,
}

/// That a customer id is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MergeMark {
    pub(crate) customer: u32,
    pub(crate) into: u32,
    pub(crate) position: u32,
    pub(crate) booked: i64,
}

/// A rate, and 1 + the code of the zone of its bare date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FxMark {
    pub(crate) quote: FxQuote,
    pub(crate) zone: u16,
}

/// A record of a source that has no row: a void, merge or one_time. Cuts count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rowless {
    pub(crate) position: u32,
    pub(crate) booked: i64,
}

/// Everything beside the rows, each list by position (voids by target).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lists {
    pub(crate) voids: Vec<VoidMark>,
    pub(crate) merges: Vec<MergeMark>,
    pub(crate) rates: Vec<FxMark>,
    pub(crate) rowless: Vec<Rowless>,
    /// Where each `recorded_at` begins.
    pub(crate) recorded: Vec<(u32, i64)>,
    pub(crate) closes: Vec<Listed<Close>>,
    pub(crate) definitions: Vec<Listed<Definition>>,
    pub(crate) imports: Vec<Listed<Import>>,
}

impl Lists {
    /// The void of the record at a position.
    pub(crate) fn void_of(&self, position: u32) -> Option<&VoidMark> {
        let at = self.voids.binary_search_by_key(&position, |void| void.target).ok()?;
        Some(&self.voids[at])
    }

    /// Forgets every record from a position on.
    pub(crate) fn truncate(&mut self, size: u64) {
        let kept = |position: u32| u64::from(position) < size;
        self.voids.retain(|void| kept(void.position));
        self.merges.retain(|merge| kept(merge.position));
        self.rates.retain(|rate| rate.quote.position.0 < size);
        self.rowless.retain(|record| kept(record.position));
        self.recorded.retain(|(position, _)| kept(*position));
        self.closes.retain(|record| record.position.0 < size);
        self.definitions.retain(|record| record.position.0 < size);
        self.imports.retain(|record| record.position.0 < size);
    }

    /// Notes when a record was recorded.
    pub(crate) fn note_recorded(&mut self, position: u32, at: Instant) {
        if self.recorded.last().is_none_or(|(_, last)| *last != at.micros()) {
            self.recorded.push((position, at.micros()));
        }
    }
}

/// A record kept whole.
pub(crate) fn listed<S: AsRef<str>, T>(record: &Recorded<S>, body: T) -> Listed<T> {
    let Event { recorded_by, origin, .. } = &record.event;
    Listed {
        position: Position(record.position.0),
        recorded_at: record.recorded_at,
        booked_at: record.booked_at(),
        recorded_by: recorded_by.as_ref().to_owned(),
        source: origin.source.as_ref().to_owned(),
        body,
    }
}

pub(crate) fn owned_close<S: AsRef<str>>(close: &Close<S>) -> Close {
    let text = |text: &S| text.as_ref().to_owned();
    Close {
        name: text(&close.name),
        root: close.root,
        definition: text(&close.definition),
        version: close.version,
        definition_hash: close.definition_hash,
        zone: text(&close.zone),
        fiscal_start: close.fiscal_start,
        period: close.period.as_ref().map(text),
        figures: close.figures.as_ref().map(text),
        note: close.note.as_ref().map(text),
        prepared_by: text(&close.prepared_by),
        approved_by: close.approved_by.as_ref().map(text),
    }
}

pub(crate) fn owned_definition<S: AsRef<str>>(definition: &Definition<S>) -> Definition {
    Definition {
        name: definition.name.as_ref().to_owned(),
        version: definition.version,
        document: definition.document.as_ref().to_owned(),
        hash: definition.hash,
    }
}

pub(crate) fn owned_import<S: AsRef<str>>(import: &Import<S>) -> Import {
    Import {
        file: import.file.as_ref().to_owned(),
        bytes: import.bytes,
        sha256: import.sha256,
        format: import.format.as_ref().to_owned(),
        rules: import.rules.as_ref().to_owned(),
        read: import.read,
        recorded: import.recorded,
        duplicates: import.duplicates,
        rejected: import.rejected,
        positions: import.positions,
    }
}
