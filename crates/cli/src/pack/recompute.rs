//! A figure from nothing but records: the projection is replayed anew, and the question is asked of it.

use recount_ledger::{Position, Recorded};
use recount_metrics::{Calendar, Definition, RetentionQuestion, Window, retention, schedule};
use recount_projection::{Cut, Projection};
use serde_json::Value;

use super::schedule::csv;
use crate::commands::ndr::Figures;
use crate::definition::DefinitionJson;
use crate::error::CommandError;

/// What was asked.
pub struct Question {
    pub window: Window,
    pub calendar: Calendar,
    pub definition: Definition,
    /// Of the ledger's records, of which a pack may hold some.
    pub cut: Cut,
}

/// What the records come to.
pub struct Recomputed {
    /// As `ndr` prints it.
    pub figures: Value,
    /// The customers' schedule.
    pub schedule: String,
    /// Of the records that are here.
    pub contradictions: u64,
}

/// Answers the question. The records stand in order, some may be missing: a projection numbers what it gets, and what
/// it says of positions is told in those of the ledger.
pub fn recompute(records: Vec<Recorded>, question: &Question) -> Result<Recomputed, CommandError> {
    let positions: Vec<u64> = records.iter().map(|record| record.position.0).collect();
    let mut projection = Projection::empty();
    let numbered = (0..).zip(records).map(|(number, record)| Recorded { position: Position(number), ..record });
    projection.extend(numbered)?;
    let size = positions.partition_point(|position| *position < question.cut.size) as u64;
    let view = projection.view(Cut { size, ..question.cut })?;
    let Question { window, calendar, definition, .. } = question;
    let asked = RetentionQuestion { window, definition, calendar, by: None };
    let mut report = retention(&view, &asked)?;
    let position = |number: u64| positions[number as usize];
    report.total.rates.iter_mut().for_each(|rate| rate.position = Position(position(rate.position.0)));
    let figures = Figures::new(&report, &DefinitionJson::plain(definition), false);
    Ok(Recomputed {
        figures: serde_json::to_value(&figures).expect("reports hold texts, numbers and lists of them"),
        schedule: csv(&schedule(&view, &asked)?.customers, position),
        contradictions: view.contradiction_count(),
    })
}
