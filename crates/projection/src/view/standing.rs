//! How single records stand under a cut, and what there would be without one of them.

use recount_ledger::{Instant, Position};

use super::View;
use crate::fact::MergeCycle;
use crate::index::CustomerIx;

/// Whether a record counts under a cut, and why it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is admitted, and nothing admitted takes it back.
    Counts,
    /// A void that is admitted takes it back.
    Voided {
        /// Where the void stands.
        by: Position,
    },
    /// A movement that is admitted stands in its place.
    Replaced {
        /// Where that movement stands.
        by: Position,
    },
    /// It stands behind the records that the cut admits.
    RecordedLater,
    /// Its source did not know it yet.
    BookedLater,
}

impl<'p> View<'p> {
    /// The same view without one record, as if it had never been recorded: what it takes back counts again, and what
    /// takes it back takes back nothing. An error where the customers are merged in a circle then.
    pub fn without(&self, position: Position) -> Result<Self, MergeCycle> {
        let Ok(position) = u32::try_from(position.0) else { return Ok(self.readmitting(self.admit)) };
        Self::admitting(self.projection, self.cut, self.admit.without(position))
    }

    /// How a record stands, by its position and when it was booked.
    pub fn standing(&self, position: Position, booked_at: Instant) -> Standing {
        if position.0 >= self.cut.size {
            return Standing::RecordedLater;
        }
        if self.cut.known_at.is_some_and(|known_at| booked_at >= known_at.0) {
            return Standing::BookedLater;
        }
        let lists = &self.projection.lists;
        let void = u32::try_from(position.0).ok().and_then(|position| lists.void_of(position));
        match void.filter(|void| self.admit.record(void.position, void.booked)) {
            None => Standing::Counts,
            Some(void) => {
                let by = Position(void.position.into());
                let rowless = lists.rowless.binary_search_by_key(&void.position, |it| it.position).is_ok();
                if rowless { Standing::Voided { by } } else { Standing::Replaced { by } }
            }
        }
    }

    /// Every record about a resolved customer, admitted or not, ascending: its movements and profiles, what takes them
    /// back, and the merges that name one of its ids. Charges are no part of any figure.
    pub fn positions_of(&self, customer: CustomerIx) -> Vec<Position> {
        let (spans, rows, lists) = (&self.projection.spans, &self.projection.rows, &self.projection.lists);
        let ids: Vec<_> = self.merged_ids(customer).collect();
        let slots = ids.iter().flat_map(|id| spans.slots(*id));
        let mut found: Vec<u32> =
            slots.flat_map(|slot| spans.rows(slot)).map(|row| rows.position[row as usize]).collect();
        let names = |id: u32| ids.contains(&CustomerIx(id));
        let merges = lists.merges.iter().filter(|merge| names(merge.customer) || names(merge.into));
        found.extend(merges.map(|merge| merge.position));
        let voids: Vec<u32> = found.iter().filter_map(|position| Some(lists.void_of(*position)?.position)).collect();
        found.extend(voids);
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|position| Position(position.into())).collect()
    }
}
