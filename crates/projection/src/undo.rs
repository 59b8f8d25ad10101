//! What there was before an extension, for one that is given up.

use crate::index::CustomerIx;
use crate::projection::{Projection, Summary};

/// The lengths of everything, and what is not only added to.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    size: u64,
    root: [u8; 32],
    rows: u32,
    customers: u32,
    names: u32,
    attributes: Vec<u32>,
    zones: u32,
    currencies: usize,
    bookings: usize,
    wide: usize,
    summary: Summary,
    slots: Option<Slots>,
}

/// Where customers lay whose rows were placed.
#[derive(Clone, Debug)]
struct Slots {
    slots: usize,
    customers: usize,
    garbage: u32,
    /// Customer, first slot, count.
    touched: Vec<(u32, u32, u32)>,
}

impl Mark {
    pub(crate) fn of(projection: &Projection) -> Self {
        Self {
            size: projection.size,
            root: projection.root,
            rows: projection.rows.len(),
            customers: projection.customers.len(),
            names: projection.spans.names.len(),
            attributes: projection.attributes.iter().map(|column| column.values.len()).collect(),
            zones: projection.zones.len(),
            currencies: projection.currencies.len(),
            bookings: projection.bookings.values().len(),
            wide: projection.rows.wide.len(),
            summary: projection.summary.clone(),
            slots: None,
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn rows(&self) -> u32 {
        self.rows
    }

    /// Remembers where customers lie, before they are placed behind the others.
    pub(crate) fn keep_slots(&mut self, projection: &Projection, touched: &[u32]) {
        let spans = &projection.spans;
        let customers = spans.first.len();
        let old = touched.iter().filter(|customer| (**customer as usize) < customers);
        let touched = old.map(|id| (*id, spans.first[*id as usize], spans.count[*id as usize])).collect();
        self.slots = Some(Slots { slots: spans.live.len(), customers, garbage: projection.garbage, touched });
    }

    /// Undoes what came since.
    pub(crate) fn restore(&mut self, projection: &mut Projection) {
        projection.size = self.size;
        projection.root = self.root;
        projection.rows.truncate(self.rows, self.wide);
        projection.customers.truncate(self.customers);
        projection.spans.names.truncate(self.names);
        projection.attributes.truncate(self.attributes.len());
        for (column, values) in projection.attributes.iter_mut().zip(&self.attributes) {
            column.values.truncate(*values);
            column.codes.truncate(self.rows);
        }
        projection.zones.truncate(self.zones);
        projection.currencies.truncate(self.currencies);
        projection.bookings.truncate(self.bookings);
        projection.identities.truncate(usize::try_from(self.size).expect("positions are u32"));
        projection.lists.truncate(self.size);
        projection.summary = std::mem::take(&mut self.summary);
        if let Some(slots) = self.slots.take() {
            slots.restore(projection);
        }
        // A column may have changed its form, though not its values.
        projection.settled = false;
    }
}

impl Slots {
    fn restore(self, projection: &mut Projection) {
        projection.garbage = self.garbage;
        let spans = &mut projection.spans;
        spans.live.truncate(self.slots);
        spans.end.truncate(self.slots);
        spans.owner.truncate(self.slots);
        spans.name.truncate(self.slots);
        spans.first.truncate(self.customers);
        spans.count.truncate(self.customers);
        for (customer, first, count) in self.touched {
            let at = CustomerIx(customer).0 as usize;
            (spans.first[at], spans.count[at]) = (first, count);
        }
    }
}
