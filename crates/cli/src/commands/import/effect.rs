//! What a staged file would do to the state: new contradictions, and closed periods whose figures change.

use std::collections::HashSet;

use recount_import::Prepared;
use recount_projection::{Cut, Projection, Registers, View};

use crate::closed::{Before, Changes, with_period};
use crate::error::CommandError;
use crate::load::take;

/// What a staged file would do.
#[derive(Default)]
pub struct Effect {
    /// Positions and messages of contradictions that were none before.
    pub contradictions: Vec<(u64, String)>,
    /// Closed periods whose figures change.
    pub changes: Changes,
}

/// Takes the staged rows into the projection, and tells what they do. Should they not be published after all, the
/// projection is of no use any more.
pub fn of(prepared: &Prepared<'_>, projection: &mut Projection) -> Result<Effect, CommandError> {
    let staged = prepared.staged();
    if staged.positions().is_empty() {
        return Ok(Effect::default());
    }
    // Merges in a circle are refused in rows, but an export brings what a ledger had: `check` tells of it.
    if prepared.is_copy() && projection.view(Cut::NONE).is_err() {
        take(projection, staged.records()?)?;
        return Ok(Effect::default());
    }
    let registers = Registers::of(projection);
    let view = projection.view(Cut::NONE)?;
    let known: HashSet<u64> = view.contradictions().iter().map(|found| found.position.0).collect();
    let before = Before::of(with_period(&registers.closes), &registers.definitions, &view);
    drop(view);
    take(projection, staged.records()?)?;
    let view = match projection.view(Cut::NONE) {
        Err(_) if prepared.is_copy() => return Ok(Effect::default()),
        view => view?,
    };
    Ok(Effect { contradictions: new_contradictions(&known, &view), changes: before.changes(&view) })
}

fn new_contradictions(known: &HashSet<u64>, view: &View<'_>) -> Vec<(u64, String)> {
    if view.contradiction_count() == 0 {
        return Vec::new();
    }
    let fresh = view.contradictions().into_iter().filter(|found| !known.contains(&found.position.0));
    fresh.map(|found| (found.position.0, found.message)).collect()
}
