//! Customer ids that are others, under a cut.

use rustc_hash::FxHashMap;

use super::Admit;
use crate::fact::MergeCycle;
use crate::index::CustomerIx;
use crate::projection::Projection;

/// Resolved merges.
#[derive(Debug)]
pub(crate) struct Merged {
    root: FxHashMap<u32, u32>,
    absorbed: FxHashMap<u32, Vec<CustomerIx>>,
    /// One bit per customer: absorbed or not. Most are not, and are passed over without a look into the maps.
    is_absorbed: Vec<u64>,
}

impl Merged {
    /// None where nothing is merged. Of two merges of one id the last by booking and position holds.
    pub(crate) fn of(projection: &Projection, admit: &Admit) -> Result<Option<Self>, MergeCycle> {
        let merges = projection.lists.merges.iter();
        let mut merges: Vec<_> = merges
            .filter(|merge| admit.record(merge.position, merge.booked) && !admit.is_voided(projection, merge.position))
            .collect();
        if merges.is_empty() {
            return Ok(None);
        }
        merges.sort_by_key(|merge| (merge.booked, merge.position));
        let into: FxHashMap<u32, u32> = merges.iter().map(|merge| (merge.customer, merge.into)).collect();
        let mut root: FxHashMap<u32, u32> = FxHashMap::default();
        for customer in into.keys() {
            resolve(*customer, &into, &mut root).map_err(|circle| MergeCycle {
                ids: circle.into_iter().map(|id| projection.customers.text(id).to_owned()).collect(),
            })?;
        }
        let mut absorbed: FxHashMap<u32, Vec<CustomerIx>> = FxHashMap::default();
        let mut is_absorbed = vec![0u64; projection.customers.len() as usize / 64 + 1];
        for (customer, top) in &root {
            absorbed.entry(*top).or_default().push(CustomerIx(*customer));
            is_absorbed[*customer as usize / 64] |= 1 << (customer % 64);
        }
        absorbed.values_mut().for_each(|ids| ids.sort_unstable());
        Ok(Some(Self { root, absorbed, is_absorbed }))
    }

    pub(crate) fn root(&self, customer: CustomerIx) -> CustomerIx {
        if self.is_absorbed(customer) { CustomerIx(self.root[&customer.0]) } else { customer }
    }

    pub(crate) fn is_absorbed(&self, customer: CustomerIx) -> bool {
        self.is_absorbed[customer.0 as usize / 64] >> (customer.0 % 64) & 1 == 1
    }

    pub(crate) fn absorbed(&self, customer: CustomerIx) -> &[CustomerIx] {
        self.absorbed.get(&customer.0).map_or(&[], Vec::as_slice)
    }
}

/// Follows an id to its end and remembers the end for every id on the way; the circle, its first id repeated, if there is none.
fn resolve(from: u32, into: &FxHashMap<u32, u32>, root: &mut FxHashMap<u32, u32>) -> Result<(), Vec<u32>> {
    let mut path = vec![from];
    let mut seen: rustc_hash::FxHashSet<u32> = path.iter().copied().collect();
    let mut at = from;
    let top = loop {
        if let Some(top) = root.get(&at) {
            break *top;
        }
        let Some(next) = into.get(&at) else { break at };
        if !seen.insert(*next) {
            let start = path.iter().position(|id| id == next).unwrap_or_default();
            let mut circle = path.split_off(start);
            // The same circle is told the same way, wherever it was entered.
            let least = (0..circle.len()).min_by_key(|at| circle[*at]).unwrap_or_default();
            circle.rotate_left(least);
            circle.push(circle[0]);
            return Err(circle);
        }
        path.push(*next);
        at = *next;
    };
    root.extend(path.into_iter().filter(|id| *id != top).map(|id| (id, top)));
    Ok(())
}
