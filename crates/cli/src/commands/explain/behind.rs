//! The records behind customers, each with the row of the file that it came from.

use std::collections::{BTreeSet, HashMap};

use recount_import::{RecordJson, record_json};
use recount_ledger::{Reader, Recorded};
use recount_metrics::Window;
use recount_projection::{Boundary, CustomerIx, Projection};
use serde::Serialize;

use super::place::{Place, Stands, places};
use crate::error::CommandError;
use crate::output::money::exact;
use crate::output::plain::visible;
use crate::scope::{Scope, hex};

/// Records of one frame of the store: whoever wants one of them reads them all.
const FRAME: u64 = 2_048;

/// A record, how it stands, and where it came from.
#[derive(Serialize)]
pub(super) struct Behind {
    #[serde(flatten)]
    json: RecordJson,
    /// Of the file, on the record of its import; none for what was appended by hand.
    file_sha256: Option<String>,
    standing: &'static str,
    /// The record that takes it back.
    by: Option<u64>,
    /// It is admitted by when it was booked, but was recorded only after that.
    unsealed: bool,
    /// The MRR of its subscription before and after it, in the record's own currency; none where it is not in force.
    before: Option<String>,
    after: Option<String>,
    #[serde(skip)]
    pub(super) record: Recorded,
    #[serde(skip)]
    pub(super) stands: Stands,
    #[serde(skip)]
    pub(super) place: Option<Place>,
}

impl Behind {
    /// One record.
    pub(super) fn new(record: Recorded, scope: &Scope<'_>, place: Option<Place>) -> Self {
        let stands = Stands::of(&scope.view, &record, place.as_ref());
        let counts = !matches!(stands.word, "recorded_later" | "booked_later");
        let known_at = scope.view.cut().known_at;
        Self {
            json: record_json(&record),
            file_sha256: file_hash(scope.view.projection(), &record),
            standing: stands.word,
            by: stands.by,
            unsealed: counts && known_at.is_some_and(|Boundary(at)| record.recorded_at >= at),
            before: place.as_ref().map(|place| exact(place.before.0)),
            after: place.as_ref().map(|place| exact(place.after.0)),
            record,
            stands,
            place,
        }
    }

    /// Where it came from, short.
    pub(super) fn origin(&self) -> String {
        let origin = &self.record.event.origin;
        match (&origin.file, origin.row) {
            (Some(file), Some(row)) => format!("{} row {row}", visible(file)),
            (Some(file), None) => visible(file).to_string(),
            (None, _) => format!("no file, source {}", visible(&origin.source)),
        }
    }

    /// The file that it came from, with its hash.
    pub(super) fn file(&self) -> Option<String> {
        let file = self.record.event.origin.file.as_ref()?;
        let hash = self.file_sha256.as_deref().unwrap_or("not on record");
        Some(format!("{}: SHA-256 {hash}", visible(file)))
    }

    /// How it stands, in words.
    pub(super) fn told(&self) -> String {
        let unsealed = if self.unsealed { ", unsealed" } else { "" };
        format!("{}{unsealed}", self.stands.told())
    }
}

/// The hash of the file that a record came from: that of the import whose rows it is among.
fn file_hash(projection: &Projection, record: &Recorded) -> Option<String> {
    let file = record.event.origin.file.as_ref()?;
    let position = record.position.0;
    let covers = |(first, last): (u64, u64)| (first..=last).contains(&position);
    let imports = projection.imports().iter().map(|listed| &listed.body);
    let mut own = imports.filter(|import| import.file == *file && import.positions.is_some_and(covers));
    own.next().map(|import| hex(&import.sha256))
}

/// The records about some customers, for each group of them.
pub(super) fn of_customers(
    groups: &[&[CustomerIx]],
    window: &Window,
    reader: &Reader,
    scope: &Scope<'_>,
) -> Result<Vec<Vec<Behind>>, CommandError> {
    let view = &scope.view;
    let positions = |group: &&[CustomerIx]| -> BTreeSet<u64> {
        group.iter().flat_map(|customer| view.positions_of(*customer)).map(|position| position.0).collect()
    };
    let wanted: Vec<_> = groups.iter().map(positions).collect();
    let records = read(reader, &wanted.iter().flatten().copied().collect())?;
    let group = |(customers, wanted): (&&[CustomerIx], &BTreeSet<u64>)| {
        let mut places = places(view, customers, window);
        let found = wanted.iter().filter_map(|position| records.get(position));
        found.map(|record| Behind::new(record.clone(), scope, places.remove(&record.position.0))).collect()
    };
    Ok(groups.iter().zip(&wanted).map(group).collect())
}

/// Records by position: one after the other where they are few, all between them where they lie close.
fn read(reader: &Reader, wanted: &BTreeSet<u64>) -> Result<HashMap<u64, Recorded>, CommandError> {
    let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else { return Ok(HashMap::new()) };
    let mut found = HashMap::with_capacity(wanted.len());
    if wanted.len() as u64 * FRAME < last - first {
        for position in wanted {
            found.insert(*position, reader.record(*position)?);
        }
        return Ok(found);
    }
    for chunk in reader.read(*first..last + 1)? {
        for record in chunk?.records().filter(|record| wanted.contains(&record.position.0)) {
            found.insert(record.position.0, record.to_owned_record());
        }
    }
    Ok(found)
}
