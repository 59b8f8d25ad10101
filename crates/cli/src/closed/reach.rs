//! Which records cannot reach a closed period at all, so that nothing has to be computed for them.

use recount_ledger::{Body, Close, Event, Instant};
use recount_metrics::{Definition, Grain};

use crate::closed::period;
use crate::definition::Published;

const DAY_MICROS: i64 = 86_400_000_000;

/// What records might change, taken together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Touch {
    /// When the earliest movement takes effect.
    earliest: Option<Instant>,
    /// Whether any sets an attribute, which may be read as of everything known.
    attributes: bool,
    /// Whether any reaches wherever something else lies: what it takes back, merges or prices.
    anywhere: bool,
}

impl Touch {
    /// Takes one more event.
    pub fn note<S>(&mut self, event: &Event<S>) {
        match &event.body {
            Body::OneTime(_) | Body::Definition(_) | Body::Close(_) | Body::Import(_) => {}
            Body::Void(_) | Body::Merge(_) | Body::FxRate(_) => self.anywhere = true,
            Body::Profile(_) => self.attributes = true,
            Body::Movement(movement) => {
                let at = movement.effective_at.at;
                self.earliest = Some(self.earliest.map_or(at, |earliest| earliest.min(at)));
                self.attributes |= !movement.attributes.is_empty();
                self.anywhere |= movement.replaces.is_some();
            }
        }
    }

    /// Whether the figures of a closed period might change. "No" is certain, "yes" is a guess.
    pub fn reaches(&self, close: &Close, published: Published<'_>) -> bool {
        let Ok(definition) = published.pinned(close) else { return true };
        let early = || self.earliest.is_some_and(|at| beyond(close, &definition).is_none_or(|beyond| at < beyond));
        self.anywhere || (self.attributes && reads_attributes(&definition)) || early()
    }
}

/// Whether attributes say who is counted. A close has no segments.
fn reads_attributes(definition: &Definition) -> bool {
    let cohort = &definition.parameters.cohort;
    matches!(cohort.grain, Grain::Attribute(_)) || !cohort.exclude.is_empty()
}

/// From when on a movement is too late for a period: at its end, or as long after it as a spell at 0 is bridged.
fn beyond(close: &Close, definition: &Definition) -> Option<Instant> {
    let (window, _) = period(close).ok()?;
    let gap = i64::from(definition.parameters.cohort.gap_days).checked_mul(DAY_MICROS)?;
    Instant::from_micros(window.close.0.micros().checked_add(gap)?).ok()
}
