//! A projection under one cut.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use recount_ledger::{Currency, Instant};

use crate::cut::{Boundary, Cut};
use crate::fact::{Contradiction, Finding, FxQuote, Level};
use crate::index::{CustomerIx, SubscriptionIx, ValueIx};
use crate::projection::Projection;

/// A projection under one cut. `Sync`, so that customers can be read in parallel.
///
/// Only [`View::customers`] counts are figures' customers: merged ids are resolved under the cut.
#[derive(Debug)]
pub struct View<'p> {
    projection: &'p Projection,
}

/// An attribute of customers, by name.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'v> {
    view: &'v View<'v>,
}

impl<'p> View<'p> {
    /// The projection behind it.
    pub fn projection(&self) -> &'p Projection {
        self.projection
    }

    /// The cut as resolved: its size is never above the projection's.
    pub fn cut(&self) -> Cut {
        unimplemented!("skeleton")
    }

    /// Every resolved customer (merged ids are left out), in the order of their numbers; some have no admitted movement.
    pub fn customers(&self) -> impl Iterator<Item = CustomerIx> {
        (0..self.customer_count()).map(CustomerIx)
    }

    /// [`View::customers`], in parallel; collects in the same order.
    pub fn par_customers(&self) -> impl ParallelIterator<Item = CustomerIx> {
        (0..self.customer_count()).into_par_iter().map(CustomerIx)
    }

    /// How many customer ids are on record: every `CustomerIx` is below it. For side tables of a caller.
    pub fn customer_count(&self) -> u32 {
        unimplemented!("skeleton")
    }

    /// The customer of this id, resolved; none if the id was never named.
    pub fn customer(&self, _id: &str) -> Option<CustomerIx> {
        unimplemented!("skeleton")
    }

    /// The customer that an id is, after merges.
    pub fn resolved(&self, _customer: CustomerIx) -> CustomerIx {
        unimplemented!("skeleton")
    }

    /// The id of a customer.
    pub fn customer_id(&self, _customer: CustomerIx) -> &'p str {
        unimplemented!("skeleton")
    }

    /// The recorded ids that are this resolved customer, itself first.
    pub fn merged_ids(&self, customer: CustomerIx) -> impl Iterator<Item = CustomerIx> {
        std::iter::once(customer)
    }

    /// The subscriptions of a resolved customer, also those without an admitted movement.
    pub fn subscriptions(&self, _customer: CustomerIx) -> impl Iterator<Item = SubscriptionIx> {
        (0..0).map(SubscriptionIx)
    }

    /// The recorded customer and the id of a subscription.
    pub fn subscription_key(&self, _subscription: SubscriptionIx) -> (CustomerIx, &'p str) {
        unimplemented!("skeleton")
    }

    /// The admitted movements of a subscription that are not voided, by `effective_at`, `booked_at`, position.
    pub fn levels(&self, _subscription: SubscriptionIx) -> impl Iterator<Item = Level> {
        std::iter::empty()
    }

    /// The MRR of a subscription at a boundary, in units of 1e-8, and its currency; none before its first movement.
    pub fn level_at(&self, _subscription: SubscriptionIx, _boundary: Boundary) -> Option<(i128, Option<Currency>)> {
        unimplemented!("skeleton")
    }

    /// The sum of a resolved customer's levels at a boundary, whatever their currencies: for views of one currency.
    pub fn mrr_at(&self, _customer: CustomerIx, _boundary: Boundary) -> i128 {
        unimplemented!("skeleton")
    }

    /// The currencies of the admitted levels above 0, in the order of their codes.
    pub fn currencies(&self) -> &[Currency] {
        unimplemented!("skeleton")
    }

    /// The names of attributes, in alphabetical order.
    pub fn attribute_names(&self) -> impl Iterator<Item = &'p str> {
        std::iter::empty()
    }

    /// An attribute; none if no record ever set it.
    pub fn attribute(&self, _name: &str) -> Option<Attribute<'_>> {
        unimplemented!("skeleton")
    }

    /// The admitted exchange rates that are not voided, by date and position.
    pub fn fx_rates(&self) -> impl Iterator<Item = FxQuote> {
        std::iter::empty()
    }

    /// How many admitted records contradict what happened.
    pub fn contradiction_count(&self) -> u64 {
        unimplemented!("skeleton")
    }

    /// The admitted records that contradict what happened, by position.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        unimplemented!("skeleton")
    }

    /// What `check` lists: contradictions and everything else worth a look, by position.
    pub fn findings(&self) -> Vec<Finding> {
        unimplemented!("skeleton")
    }

    /// The newest booking of an admitted record (movement, profile, void, merge, one_time).
    pub fn newest_booking(&self) -> Option<Instant> {
        unimplemented!("skeleton")
    }

    /// The earliest `effective_at` of the admitted movements that are not voided.
    pub fn first_movement(&self) -> Option<Instant> {
        unimplemented!("skeleton")
    }

    /// How many records `known_at` admits although they were recorded at that instant or later.
    pub fn unsealed_knowledge(&self) -> u64 {
        unimplemented!("skeleton")
    }

    /// The zones in which bare dates of admitted records began, with how many records each.
    pub fn bare_date_zones(&self) -> Vec<(&'p str, u64)> {
        unimplemented!("skeleton")
    }
}

impl<'v> Attribute<'v> {
    /// Its name.
    pub fn name(&self) -> &'v str {
        unimplemented!("skeleton")
    }

    /// The value of a resolved customer at a boundary; `None` for the boundary means the latest, also effective later.
    pub fn value_at(&self, _customer: CustomerIx, _boundary: Option<Boundary>) -> Option<ValueIx> {
        let _ = self.view;
        unimplemented!("skeleton")
    }

    /// The text of a value.
    pub fn text(&self, _value: ValueIx) -> &'v str {
        unimplemented!("skeleton")
    }

    /// The value of this text; none if no record ever gave it.
    pub fn value(&self, _text: &str) -> Option<ValueIx> {
        unimplemented!("skeleton")
    }

    /// How many values there are: every `ValueIx` is below it. For side tables of a caller.
    pub fn value_count(&self) -> u32 {
        unimplemented!("skeleton")
    }

    /// What a resolved customer's attribute was set to and from when on, by `effective_at`, `booked_at`, position.
    pub fn changes(&self, _customer: CustomerIx) -> Vec<(Instant, ValueIx)> {
        unimplemented!("skeleton")
    }
}
