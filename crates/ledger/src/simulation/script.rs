//! What is done in a run: drawn from a seed, short, and told when a run fails.

use super::rng::Rng;
use super::world::Mood;
use crate::event::{Body, Event};
use crate::testing::{event, id, keyless, void};
use crate::writer::Expected;

/// Keys that are used again and again, so that events repeat and conflict.
const WORN_KEYS: u64 = 12;

/// Something that is done.
#[derive(Debug)]
pub enum Step {
    Append(Vec<Event>, Expected),
    /// Batches that are made durable together.
    Group(Vec<Vec<Event>>),
    /// Rows through the staging file, and the record that follows them.
    Import(Vec<Event>, Option<Box<Event>>),
    /// Drains the tail and ends the writer.
    Close,
    /// Ends the writer as a short command does.
    Drop,
    /// Kills the process.
    Kill,
    CutPower,
    /// Kills the process or cuts the power within so many calls.
    Fuse(u64),
    Mood(Mood),
    /// Reads everything beside the writer.
    Read,
}

impl Step {
    /// How it is told.
    pub fn told(&self) -> String {
        match self {
            Self::Append(batch, expected) => format!("append {} events, {expected:?}", batch.len()),
            Self::Group(batches) => {
                format!("append together {:?} events", batches.iter().map(Vec::len).collect::<Vec<_>>())
            }
            Self::Import(rows, last) => format!("import {} rows, a record after them: {}", rows.len(), last.is_some()),
            other => format!("{other:?}"),
        }
    }
}

/// Draws steps, one after the other.
#[derive(Debug)]
pub struct Script {
    rng: Rng,
    /// The next key that was never used.
    fresh: u64,
    large: bool,
}

impl Script {
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let large = rng.one_in(64);
        Self { rng, fresh: 1_000, large }
    }

    /// How many steps a run has.
    pub fn length(&mut self) -> u64 {
        4 + self.rng.below(12)
    }

    /// Seconds by which the clock moves; it may be set back.
    pub fn seconds(&mut self) -> i64 {
        self.rng.below(30) as i64 - 5
    }

    pub fn step(&mut self, size: u64) -> Step {
        match self.rng.below(20) {
            0..6 => {
                let expected = if self.rng.one_in(4) {
                    Expected::Size(size - u64::from(self.rng.one_in(3)).min(size))
                } else {
                    Expected::Any
                };
                Step::Append(self.batch(), expected)
            }
            6..8 => Step::Group((0..2 + self.rng.below(3)).map(|_| self.batch()).collect()),
            8..11 => {
                let rows = self.batch();
                let last = self.rng.one_in(2).then(|| Box::new(self.fresh()));
                Step::Import(rows, last)
            }
            11..13 => Step::Close,
            13 => Step::Drop,
            14 => Step::Kill,
            15 => Step::CutPower,
            16 => Step::Fuse(self.rng.below(24)),
            17..19 => Step::Mood(match self.rng.below(4) {
                0 => Mood::Full,
                1 => Mood::ReadOnly,
                _ => Mood::Failing(3 + self.rng.below(30)),
            }),
            _ => Step::Read,
        }
    }

    fn fresh(&mut self) -> Event {
        self.fresh += 1;
        event(self.fresh)
    }

    fn batch(&mut self) -> Vec<Event> {
        if self.large && self.rng.one_in(2) {
            let count = 600 + self.rng.below(1_800);
            return (0..count).map(|_| self.fresh()).collect();
        }
        (0..1 + self.rng.below(4)).map(|_| self.event()).collect()
    }

    fn event(&mut self) -> Event {
        let worn = self.rng.below(WORN_KEYS);
        match self.rng.below(12) {
            0..3 => event(worn),
            3 => keyless(worn, self.rng.below(2) as u32),
            4 => changed(event(worn)),
            5 => void(&format!("v{worn}"), id(self.rng.below(WORN_KEYS))),
            6 => void(&format!("k{worn}"), keyless(worn, 0).id()),
            _ => self.fresh(),
        }
    }
}

/// The same key with other content.
fn changed(mut event: Event) -> Event {
    if let Body::Movement(movement) = &mut event.body {
        movement.customer.push_str(" changed");
    }
    event
}
