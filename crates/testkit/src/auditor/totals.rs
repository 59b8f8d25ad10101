//! Point-in-time MRR, per customer and per value of an attribute.

use std::collections::BTreeMap;

use num_traits::Zero;
use recount_ledger::{Currency, Instant};

use super::paths::{Member, View};
use super::{Known, Refusal, Units};
use crate::calendar::Span;

/// Customers that share a value: how many are active, and their MRR.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Active customers.
    pub customers: usize,
    /// Their MRR.
    pub mrr: Units,
}

impl Known {
    /// The MRR of every active customer at a boundary, at the rates before it.
    pub fn mrr(&self, at: Instant, report: Option<Currency>) -> Result<BTreeMap<String, Units>, Refusal> {
        let view = View { report, rates_before: at, span: Span { open: at, close: at }, gap_days: 0 };
        let paths = self.paths(&self.levels(), |level| Member::Customer(level.customer.clone()), view)?;
        let mut totals = BTreeMap::new();
        for (member, path) in paths {
            let (Member::Customer(customer), units) = (member, path.at(at)) else { continue };
            if !units.is_zero() {
                totals.insert(customer, units);
            }
        }
        Ok(totals)
    }

    /// The same per value of an attribute, read at the same boundary.
    pub fn mrr_by(
        &self,
        at: Instant,
        report: Option<Currency>,
        attribute: &str,
    ) -> Result<BTreeMap<Option<String>, Group>, Refusal> {
        let values = self.attribute(attribute, Some(at));
        let mut groups: BTreeMap<Option<String>, Group> = BTreeMap::new();
        for (customer, units) in self.mrr(at, report)? {
            let group = groups.entry(values.get(&customer).cloned()).or_default();
            group.customers += 1;
            group.mrr += units;
        }
        Ok(groups)
    }
}
