//! Records of an export into a ledger: those that it has are compared, those that it lacks are added as they are.

use std::collections::VecDeque;

use recount_ledger::{Instant, Recorded, Records, Stage, StageError};

/// An export is being taken over.
#[derive(Debug)]
pub(crate) struct Continuation {
    /// How many records the ledger has.
    size: u64,
    /// Where the next record must stand, once the first has come.
    next: Option<u64>,
    /// Records of the ledger that are still to be compared.
    known: VecDeque<Recorded>,
    rest: Option<Records>,
    /// No record of the past is from after this.
    now: Instant,
    /// How many records the ledger had already.
    pub compared: u64,
}

/// Why a record of an export was not taken.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It does not belong here: what is wrong, and what to do.
    Foreign { position: u64, message: String, hint: String },
    /// The ledger cannot take rows.
    Ledger(StageError),
}

impl<E: Into<StageError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Ledger(error.into())
    }
}

impl Continuation {
    /// Nothing came yet.
    pub(crate) fn of(stage: &Stage<'_>) -> Self {
        Self {
            size: stage.first_position(),
            next: None,
            known: VecDeque::new(),
            rest: None,
            now: stage.recorded_at(),
            compared: 0,
        }
    }

    /// Takes the next record.
    pub(crate) fn take(&mut self, record: Recorded, stage: &mut Stage<'_>) -> Result<(), Refused> {
        let position = record.position.0;
        let foreign = |message: String, hint: &str| Refused::Foreign { position, message, hint: hint.to_owned() };
        if position != self.next.unwrap_or(position) {
            let message = format!("position {position} follows where {} should", self.next.unwrap_or_default());
            return Err(foreign(message, "rows of the export are missing, repeated or out of order; export again"));
        }
        if position > self.size && self.next.is_none() {
            let message = format!("the export begins at position {position}, the ledger has {} records", self.size);
            let hint = format!("export from there on: `recount export --from {}`", self.size);
            return Err(foreign(message, &hint));
        }
        if record.recorded_at > self.now {
            let message =
                format!("recorded_at {} is later than this machine's clock, {}", record.recorded_at, self.now);
            return Err(foreign(message, "set the clock; nothing can be recorded in the future"));
        }
        self.next = Some(position + 1);
        if position >= self.size {
            return Ok(stage.push_recorded(record)?);
        }
        if self.known(position, stage)?.as_ref() != Some(&record) {
            let message = format!("the ledger has another record at position {position}");
            let hint =
                "an export continues the ledger that it came from, or an empty one: make one with `recount init`";
            return Err(foreign(message, hint));
        }
        self.compared += 1;
        Ok(())
    }

    /// The ledger's own record at a position; they are asked for one after the other.
    fn known(&mut self, position: u64, stage: &Stage<'_>) -> Result<Option<Recorded>, Refused> {
        if self.known.is_empty() {
            let rest = match &mut self.rest {
                Some(rest) => rest,
                None => self.rest.insert(stage.read(position..self.size)?),
            };
            let chunk = rest.next().transpose()?;
            self.known.extend(
                chunk
                    .iter()
                    .flat_map(|chunk| chunk.records().map(|record| record.to_owned_record()).collect::<Vec<_>>()),
            );
        }
        Ok(self.known.pop_front())
    }
}
