//! Which events cannot reach a closed period at all, so that nothing has to be computed for them.

use recount_ledger::{Body, Close, Event, Instant};

use crate::closed::period;
use crate::definition::Published;

const DAY_MICROS: i64 = 86_400_000_000;

/// Whether an event might change the figures of a closed period. "No" is certain, "yes" is a guess.
pub fn may_change(event: &Event, close: &Close, published: Published<'_>) -> bool {
    match &event.body {
        Body::OneTime(_) | Body::Definition(_) | Body::Close(_) | Body::Import(_) => false,
        Body::Void(_) | Body::Profile(_) | Body::Merge(_) | Body::FxRate(_) => true,
        Body::Movement(movement) => {
            // Attributes may be read as of everything known, and what is replaced may lie anywhere.
            let alone = movement.attributes.is_empty() && movement.replaces.is_none();
            !alone || beyond(close, published).is_none_or(|beyond| movement.effective_at.at < beyond)
        }
    }
}

/// From when on a movement is too late for a period: at its end, or as long after it as a spell at 0 is bridged.
fn beyond(close: &Close, published: Published<'_>) -> Option<Instant> {
    let (window, _) = period(close).ok()?;
    let gap_days = published.pinned(close).ok()?.parameters.cohort.gap_days;
    let gap = i64::from(gap_days).checked_mul(DAY_MICROS)?;
    Instant::from_micros(window.close.0.micros().checked_add(gap)?).ok()
}
