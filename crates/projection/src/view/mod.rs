//! A projection under one cut.

mod admit;
mod attribute;
mod levels;
mod merges;
mod scope;
mod standing;

use std::sync::{Arc, OnceLock};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::claims;
use crate::cut::Cut;
use crate::fact::{Contradiction, Finding, FxQuote, MergeCycle};
use crate::findings;
use crate::index::{CustomerIx, SubscriptionIx};
use crate::projection::Projection;

pub(crate) use admit::Admit;
pub use attribute::Attribute;
use merges::Merged;
use scope::Scope;
pub use standing::Standing;

/// A projection under one cut. `Sync`, so that customers can be read in parallel.
///
/// Figures count the customers of [`View::customers`]: merged ids are resolved under the cut.
#[derive(Debug)]
pub struct View<'p> {
    projection: &'p Projection,
    cut: Cut,
    pub(crate) admit: Admit,
    merged: Option<Arc<Merged>>,
    scope: OnceLock<Scope>,
}

impl<'p> View<'p> {
    pub(crate) fn new(projection: &'p Projection, cut: Cut) -> Result<Self, MergeCycle> {
        let cut = Cut { size: cut.size.min(projection.size()), ..cut };
        Self::admitting(projection, cut, Admit::of(projection, cut))
    }

    /// The records that are admitted, whatever the cut that they are told under.
    pub(crate) fn admitting(projection: &'p Projection, cut: Cut, admit: Admit) -> Result<Self, MergeCycle> {
        let merged = Merged::of(projection, &admit)?.map(Arc::new);
        Ok(Self { projection, cut, admit, merged, scope: OnceLock::new() })
    }

    /// Other records with the same merges, which are not resolved anew.
    pub(crate) fn readmitting(&self, admit: Admit) -> Self {
        Self { admit, merged: self.merged.clone(), scope: OnceLock::new(), ..*self }
    }

    /// The projection behind it.
    pub fn projection(&self) -> &'p Projection {
        self.projection
    }

    /// The cut as resolved: its size is never above the projection's.
    pub fn cut(&self) -> Cut {
        self.cut
    }

    /// Every resolved customer (merged ids are left out), in the order of their numbers; some have no admitted movement.
    pub fn customers(&self) -> impl Iterator<Item = CustomerIx> {
        (0..self.customer_count()).map(CustomerIx).filter(|customer| self.is_resolved(*customer))
    }

    /// [`View::customers`], in parallel; collects in the same order.
    pub fn par_customers(&self) -> impl ParallelIterator<Item = CustomerIx> {
        (0..self.customer_count()).into_par_iter().map(CustomerIx).filter(|customer| self.is_resolved(*customer))
    }

    /// How many customer ids are on record: every `CustomerIx` is below it. For side tables of a caller.
    pub fn customer_count(&self) -> u32 {
        self.projection.customers.len()
    }

    /// The customer of this id, resolved; none if the id was never named.
    pub fn customer(&self, id: &str) -> Option<CustomerIx> {
        self.projection.customers.find(id).map(|customer| self.resolved(CustomerIx(customer)))
    }

    /// The customer that an id is, after merges.
    pub fn resolved(&self, customer: CustomerIx) -> CustomerIx {
        self.merged.as_ref().map_or(customer, |merged| merged.root(customer))
    }

    fn is_resolved(&self, customer: CustomerIx) -> bool {
        self.merged.as_ref().is_none_or(|merged| !merged.is_absorbed(customer))
    }

    /// The id of a customer.
    pub fn customer_id(&self, customer: CustomerIx) -> &'p str {
        self.projection.customers.text(customer.0)
    }

    /// The recorded ids that are this resolved customer, itself first.
    pub fn merged_ids(&self, customer: CustomerIx) -> impl Iterator<Item = CustomerIx> {
        let absorbed = self.merged.as_deref().map_or(&[][..], |merged| merged.absorbed(customer));
        std::iter::once(customer).chain(absorbed.iter().copied())
    }

    /// The subscriptions of a resolved customer, also those without an admitted movement.
    pub fn subscriptions(&self, customer: CustomerIx) -> impl Iterator<Item = SubscriptionIx> {
        let spans = &self.projection.spans;
        self.merged_ids(customer).flat_map(|id| spans.subscriptions(id)).map(SubscriptionIx)
    }

    /// The recorded customer and the id of a subscription.
    pub fn subscription_key(&self, subscription: SubscriptionIx) -> (CustomerIx, &'p str) {
        let customers = &self.projection.customers;
        self.projection.spans.key(subscription, |customer| customers.text(customer.0))
    }

    /// The admitted exchange rates that are not voided, by date and position.
    pub fn fx_rates(&self) -> impl Iterator<Item = FxQuote> {
        self.scope().rates.iter().copied()
    }

    /// How many admitted records contradict what happened.
    pub fn contradiction_count(&self) -> u64 {
        self.contradicting().len() as u64
    }

    /// The positions of the admitted records that contradict what happened, ascending.
    pub(crate) fn contradicting(&self) -> &[u32] {
        if self.admit.is_all() {
            return &self.projection.summary.contradictions;
        }
        self.scope().contradictions.get_or_init(|| claims::of_all(self))
    }

    /// The admitted records that contradict what happened, by position.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        if self.contradicting().is_empty() { Vec::new() } else { claims::told(self) }
    }

    /// What `check` lists: contradictions and everything else worth a look, by position.
    pub fn findings(&self) -> Vec<Finding> {
        findings::of(self)
    }
}
