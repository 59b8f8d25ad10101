//! State checks that live above the ledger: what must hold after a batch is asked here, inside the commit.

use crate::error::Refusal;
use crate::record::Recorded;

/// A check of the state that a batch would make. The ledger itself knows ids and void targets only.
pub trait Admission: Send {
    /// Whether these records, which would come next, may be recorded.
    fn admit(&mut self, batch: &[Recorded]) -> Result<(), Refusal>;

    /// These records come next; called once for every record, in order of position. If the commit fails after all, the
    /// writer stops for good and so does this check.
    fn recorded(&mut self, batch: &[Recorded]);
}
