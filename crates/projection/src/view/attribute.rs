//! Attributes of customers: what a customer's was at a boundary.

use recount_ledger::Instant;

use super::View;
use crate::cut::Boundary;
use crate::index::{CustomerIx, ValueIx};
use crate::projection::instant;
use crate::rows::AttributeColumn;

/// An attribute of customers, by name.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'v> {
    view: &'v View<'v>,
    column: &'v AttributeColumn,
}

impl<'p> View<'p> {
    /// The names of attributes, in alphabetical order.
    pub fn attribute_names(&self) -> impl Iterator<Item = &'p str> {
        let mut names: Vec<&'p str> = self.projection.attributes.iter().map(|column| column.name.as_str()).collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// An attribute; none if no record ever set it.
    pub fn attribute(&self, name: &str) -> Option<Attribute<'_>> {
        let column = self.projection.attributes.iter().find(|column| column.name == name)?;
        Some(Attribute { view: self, column })
    }
}

impl<'v> Attribute<'v> {
    /// Its name.
    pub fn name(&self) -> &'v str {
        &self.column.name
    }

    /// The value of a resolved customer at a boundary; `None` for the boundary means the latest, also effective later.
    pub fn value_at(&self, customer: CustomerIx, boundary: Option<Boundary>) -> Option<ValueIx> {
        let at = boundary.map_or(i64::MAX, |boundary| boundary.0.micros());
        let view = self.view;
        let slots = view.merged_ids(customer).flat_map(|id| view.projection.spans.slots(id));
        let rows = slots.filter_map(|slot| self.row_at(slot, at));
        let last = rows.reduce(|row, other| view.later(row, other))?;
        self.value_of(last)
    }

    /// The last row of a slot before an instant that sets the attribute.
    fn row_at(&self, slot: u32, at: i64) -> Option<u32> {
        let (view, projection) = (self.view, self.view.projection);
        let live = projection.spans.live(slot);
        let before = live.start..view.before(&live, at);
        if view.admit.is_all() {
            return self.column.codes.last_in(before, |_| true).map(|(row, _)| row);
        }
        let row = self.column.codes.last_in(before, |row| view.admit.row(projection, row));
        let voided = projection.spans.voided(slot);
        let before = voided.start..view.before(&voided, at);
        let revived = self.column.codes.last_in(before, |row| view.admit.voided_row(projection, row));
        match (row, revived) {
            (Some((row, _)), Some((other, _))) => Some(view.later(row, other)),
            (row, revived) => row.or(revived).map(|(row, _)| row),
        }
    }

    fn value_of(&self, row: u32) -> Option<ValueIx> {
        self.column.codes.at(row).checked_sub(1).map(ValueIx)
    }

    /// The text of a value.
    pub fn text(&self, value: ValueIx) -> &'v str {
        self.column.values.text(value.0)
    }

    /// The value of this text; none if no record ever gave it.
    pub fn value(&self, text: &str) -> Option<ValueIx> {
        self.column.values.find(text).map(ValueIx)
    }

    /// How many values there are: every `ValueIx` is below it. For side tables of a caller.
    pub fn value_count(&self) -> u32 {
        self.column.values.len()
    }

    /// What a resolved customer's attribute was set to and from when on, by `effective_at`, `booked_at`, position.
    pub fn changes(&self, customer: CustomerIx) -> Vec<(Instant, ValueIx)> {
        let (view, projection) = (self.view, self.view.projection);
        let slots = view.merged_ids(customer).flat_map(|id| projection.spans.slots(id));
        let rows = slots.flat_map(|slot| view.rows_of(slot));
        let mut set: Vec<(u32, ValueIx)> = rows.filter_map(|row| Some((row, self.value_of(row)?))).collect();
        set.sort_by_key(|(row, _)| projection.rows.key(&projection.bookings, *row));
        set.into_iter().map(|(row, value)| (instant(projection.rows.effective[row as usize]), value)).collect()
    }
}
