//! Attributes of customers, as read at a boundary.

use std::collections::{BTreeMap, BTreeSet};

use recount_ledger::{Body, Instant};

use super::{Known, Refusal};

impl Known {
    /// The value of an attribute per resolved customer: the last one from before the boundary, or of all.
    pub fn attribute(&self, name: &str, before: Option<Instant>) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        for record in &self.live {
            let (customer, attributes, moment) = match &record.event.body {
                Body::Movement(m) => (&m.customer, &m.attributes, m.effective_at),
                Body::Profile(p) => (&p.customer, &p.attributes, p.effective_at),
                _ => continue,
            };
            if before.is_some_and(|before| moment.at >= before) {
                continue;
            }
            for (given, value) in attributes {
                if given == name {
                    values.insert(self.customer(customer), value.clone());
                }
            }
        }
        values
    }

    /// Every value that an attribute ever has.
    pub fn attribute_values(&self, name: &str) -> BTreeSet<String> {
        let mut values = BTreeSet::new();
        for record in &self.live {
            let attributes = match &record.event.body {
                Body::Movement(movement) => &movement.attributes,
                Body::Profile(profile) => &profile.attributes,
                _ => continue,
            };
            values.extend(attributes.iter().filter(|(given, _)| given == name).map(|(_, value)| value.clone()));
        }
        values
    }

    /// The instants at which records say something about an attribute of a resolved customer.
    pub(super) fn attribute_instants(&self, name: &str, customer: &str) -> BTreeSet<Instant> {
        let mut instants = BTreeSet::new();
        for record in &self.live {
            let (id, attributes) = match &record.event.body {
                Body::Movement(m) => (&m.customer, &m.attributes),
                Body::Profile(p) => (&p.customer, &p.attributes),
                _ => continue,
            };
            if self.customer(id) == customer && attributes.iter().any(|(given, _)| given == name) {
                instants.extend(record.event.effective_at().map(|moment| moment.at));
            }
        }
        instants
    }

    /// The topmost parent of every customer that has one. A customer that is its own parent is on top.
    pub(super) fn topmost(&self, before: Option<Instant>) -> Result<BTreeMap<String, String>, Refusal> {
        let parents = self.attribute("parent", before);
        let mut top = BTreeMap::new();
        for customer in parents.keys() {
            let mut at = customer.clone();
            let mut seen = BTreeSet::new();
            while let Some(parent) = parents.get(&at).map(|id| self.customer(id)).filter(|parent| *parent != at) {
                if !seen.insert(at) {
                    return Err(Refusal::ParentCycle);
                }
                at = parent;
            }
            top.insert(customer.clone(), at);
        }
        Ok(top)
    }
}
