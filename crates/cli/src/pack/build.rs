//! Making a pack: everything is written down, then the pack is verified as its reader will, before it is handed out.

use recount_ledger::checkpoint::NotedCheckpoint;
use recount_ledger::{Prover, Recorded};
use recount_metrics::{Calendar, Definition, Window};
use recount_projection::Cut;
use serde_json::Value;

use super::about::{About, Reach};
use super::archive::Pack;
use super::recompute::{Question, recompute};
use super::{ABOUT, CHECKPOINT, DEFINITION, DOCUMENT, README, RECORDS, REPORT, SCHEDULE, check, json, lines, readme};
use crate::error::CommandError;
use crate::proof::Trust;

/// A figure that is to be packed.
pub struct Figure {
    /// The report as it is printed.
    pub report: Value,
    /// What was asked.
    pub window: Window,
    pub calendar: Calendar,
    pub definition: Definition,
    pub cut: Cut,
}

/// The pack of a figure, from these records of the ledger.
pub fn build(
    figure: Figure,
    records: Vec<Recorded>,
    reach: Reach,
    checkpoint: &NotedCheckpoint,
    prover: &Prover<'_>,
) -> Result<Pack, CommandError> {
    let (report, document) = (figure.report, figure.definition.to_toml());
    let (size, fiscal_start) = (checkpoint.checkpoint.size, figure.calendar.fiscal_start());
    let count = records.len() as u64;
    let mut pack = Pack::default();
    pack.set(REPORT, json::text(&report));
    pack.set(DEFINITION, json::text(report.get("definition").unwrap_or(&Value::Null)));
    pack.set(DOCUMENT, document);
    pack.set(RECORDS, lines::write(&records, reach, size, prover)?);
    let Figure { window, calendar, definition, cut, .. } = figure;
    pack.set(SCHEDULE, recompute(records, &Question { window, calendar, definition, cut })?.schedule);
    pack.set(CHECKPOINT, checkpoint.to_string());
    pack.set(README, readme::text(reach, checkpoint, count));
    let about = About::of(&pack, reach, fiscal_start, count);
    pack.set(ABOUT, json::text(&about));
    check::verify(&pack, &Trust::default())?;
    Ok(pack)
}
