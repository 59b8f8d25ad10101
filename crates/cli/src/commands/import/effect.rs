//! What a staged file would do to the state: new contradictions, and closed periods whose figures change.

use std::collections::HashSet;

use recount_import::Prepared;
use recount_projection::{Cut, Projection, Registers, View};

use crate::closed::{Before, Changes, Touch, with_period};
use crate::definition::Published;
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
        take(projection, staged.records()?, |_| ())?;
        return Ok(Effect::default());
    }
    let (registers, size) = (Registers::of(projection), projection.size());
    let known = projection.view(Cut::NONE)?.contradictions().iter().map(|found| found.position.0).collect();
    let mut touch = Touch::default();
    take(projection, staged.records()?, |event| touch.note(event))?;
    let view = match projection.view(Cut::NONE) {
        Err(_) if prepared.is_copy() => return Ok(Effect::default()),
        view => view?,
    };
    let published = Published::new(&registers.definitions, u64::MAX);
    let mut reached = with_period(&registers.closes).filter(|close| touch.reaches(close, published)).peekable();
    let changes = match reached.peek() {
        None => Changes::default(),
        // What was there before the rows is what a cut before them shows.
        Some(_) => {
            let then = projection.view(Cut { known_at: None, size })?;
            Before::of(reached, &registers.definitions, &then).changes(&view)
        }
    };
    Ok(Effect { contradictions: new_contradictions(&known, &view), changes })
}

fn new_contradictions(known: &HashSet<u64>, view: &View<'_>) -> Vec<(u64, String)> {
    if view.contradiction_count() == 0 {
        return Vec::new();
    }
    let fresh = view.contradictions().into_iter().filter(|found| !known.contains(&found.position.0));
    fresh.map(|found| (found.position.0, found.message)).collect()
}
