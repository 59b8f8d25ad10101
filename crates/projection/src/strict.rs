//! Strict mode: a batch after which there are new contradictions is refused.

use recount_ledger::{Admission, Recorded, Refusal};

use crate::claims;
use crate::cut::Cut;
use crate::projection::Projection;

/// Refuses batches that contradict what is on record, or make earlier records contradict it.
#[derive(Debug)]
pub struct Strict {
    projection: Projection,
    /// Why it lost track of the ledger, if it did.
    lost: Option<String>,
}

impl Strict {
    /// Judges by a projection of everything that is recorded so far.
    pub fn new(projection: Projection) -> Self {
        Self { projection, lost: None }
    }

    /// The projection, with all that was recorded since.
    pub fn into_projection(self) -> Projection {
        self.projection
    }
}

impl Admission for Strict {
    fn admit(&mut self, batch: &[Recorded]) -> Result<(), Refusal> {
        let refuse = |reason: String| Refusal { index: None, reason };
        if let Some(lost) = &self.lost {
            return Err(refuse(format!("claims cannot be checked any more: {lost}; open the ledger again")));
        }
        let before = self.projection.summary.contradictions.clone();
        let size = self.projection.size();
        let mut extension = self.projection.extension();
        batch.iter().try_for_each(|record| extension.push(record)).map_err(|error| refuse(error.to_string()))?;
        let verdict = extension.look(|projection| {
            let view = projection.view(Cut::NONE).map_err(|circle| refuse(circle.to_string()))?;
            let fresh = |position: &&u32| before.binary_search(position).is_err();
            let Some(first) = view.contradicting().iter().find(fresh) else { return Ok(()) };
            let told = claims::told_of(&view, &[*first]);
            let index = u64::from(*first).checked_sub(size).and_then(|index| usize::try_from(index).ok());
            let message = told.first().map_or_else(String::new, |found| found.message.clone());
            let which = if index.is_some() { "it".to_owned() } else { format!("record {first} then") };
            Err(Refusal {
                index,
                reason: format!("{which} {message}; correct the claim, or append it without strict mode"),
            })
        });
        verdict.map_err(|error| refuse(error.to_string()))?
    }

    fn recorded(&mut self, batch: &[Recorded]) {
        if let Err(error) = self.projection.extend(batch.iter().map(Recorded::borrowed)) {
            self.lost = Some(error.to_string());
        }
    }
}
