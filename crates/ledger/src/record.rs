//! A record: an event, the position and the time at which the ledger took it.

use crate::event::{Body, Event};
use crate::id::Position;
use crate::instant::Instant;

/// An event as the ledger holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded<S = String> {
    /// Where it stands.
    pub position: Position,
    /// When the ledger took it; one value for a whole batch or import, and it never decreases.
    pub recorded_at: Instant,
    /// What it says.
    pub event: Event<S>,
}

impl<S> Recorded<S> {
    /// When the source system knew it: as given; else the date of an exchange rate; else when it was recorded.
    pub fn booked_at(&self) -> Instant {
        match (&self.event.booked_at, &self.event.body) {
            (Some(moment), _) => moment.at,
            (None, Body::FxRate(rate)) => rate.effective_at.at,
            (None, _) => self.recorded_at,
        }
    }
}
