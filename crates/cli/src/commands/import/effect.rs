//! What a staged file would do to the state: new contradictions, and closed periods whose figures change.

use std::collections::HashSet;

use recount_import::Prepared;
use recount_ledger::{Close, Records, Writer};
use recount_metrics::{Bridge, Calendar, Definition, MovementsQuestion, Window, movements};
use recount_projection::{Cut, Projection, View};

use crate::error::CommandError;

/// What a staged file would do.
pub struct Effect {
    /// Positions and messages of contradictions that were none before.
    pub contradictions: Vec<(u64, String)>,
    /// Names of closes whose period's figures change.
    pub closes_changed: Vec<String>,
}

/// Takes the staged rows into the projection, and tells what they do. Should they not be published after all, the
/// projection is of no use any more.
pub fn of(prepared: &Prepared<'_>, projection: &mut Projection) -> Result<Effect, CommandError> {
    let staged = prepared.staged();
    if staged.positions().is_empty() {
        return Ok(Effect { contradictions: Vec::new(), closes_changed: Vec::new() });
    }
    let before = Before::of(projection)?;
    take(projection, staged.records()?)?;
    let view = projection.view(Cut::NONE)?;
    Ok(Effect { contradictions: before.new_contradictions(&view), closes_changed: before.changed(&view) })
}

/// Takes what was recorded since.
pub fn catch_up(projection: &mut Projection, writer: &Writer) -> Result<(), CommandError> {
    let (from, size) = (projection.size(), writer.size());
    if from < size {
        take(projection, writer.read(from..size)?)?;
    }
    projection.seal(writer.root());
    Ok(())
}

fn take(projection: &mut Projection, records: Records) -> Result<(), CommandError> {
    let mut extension = projection.extension();
    for chunk in records.read_ahead() {
        extension.push_all(chunk?.records())?;
    }
    Ok(extension.finish()?)
}

/// What is to be compared with the state after the rows.
struct Before {
    contradictions: HashSet<u64>,
    closed: Vec<(Close, Option<Vec<Bridge>>)>,
}

impl Before {
    fn of(projection: &Projection) -> Result<Self, CommandError> {
        let view = projection.view(Cut::NONE)?;
        let contradictions = view.contradictions().iter().map(|found| found.position.0).collect();
        let closes = projection.closes().iter().filter(|close| close.body.period.is_some());
        let closed = closes.map(|close| (close.body.clone(), bridge(&close.body, &view))).collect();
        Ok(Self { contradictions, closed })
    }

    fn new_contradictions(&self, view: &View<'_>) -> Vec<(u64, String)> {
        if view.contradiction_count() == 0 {
            return Vec::new();
        }
        let found = view.contradictions().into_iter();
        let fresh = found.filter(|found| !self.contradictions.contains(&found.position.0));
        fresh.map(|found| (found.position.0, found.message)).collect()
    }

    /// Where it cannot be told whether a period's figures are others now, it counts as changed.
    fn changed(&self, view: &View<'_>) -> Vec<String> {
        let is_changed =
            |(close, before): &&(Close, Option<Vec<Bridge>>)| before.is_none() || *before != bridge(close, view);
        self.closed.iter().filter(is_changed).map(|(close, _)| close.name.clone()).collect()
    }
}

/// The bridge over the period of a close.
fn bridge(close: &Close, view: &View<'_>) -> Option<Vec<Bridge>> {
    let calendar = Calendar::new(close.zone.parse().ok()?).with_fiscal_start(close.fiscal_start).ok()?;
    let window = Window::parse(close.period.as_ref()?, &calendar).ok()?;
    let definition = Definition::standard();
    let question =
        MovementsQuestion { window: &window, every: None, definition: &definition, calendar: &calendar, by: None };
    movements(view, &question).ok().map(|report| report.rows)
}
