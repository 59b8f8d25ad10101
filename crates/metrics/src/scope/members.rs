//! Members that several customers share: those with one value of an attribute, or under one parent.

use std::collections::hash_map::Entry;

use recount_projection::{Attribute, Boundary, CustomerIx, ValueIx, View};
use rustc_hash::FxHashMap;

use super::Segments;
use crate::error::FigureError;

/// The attribute whose values are customer ids.
const PARENT: &str = "parent";
const NOBODY: u32 = u32::MAX;

/// Members, each a list of customers. A member lies within one segment.
#[derive(Debug)]
pub(crate) struct Members {
    /// By customer number; [`NOBODY`] for those that are excluded or merged away.
    of_customer: Vec<u32>,
    /// Where each member's customers begin; one more at the end.
    starts: Vec<u32>,
    customers: Vec<CustomerIx>,
}

/// What makes customers one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// The customer stands alone, or at the top.
    Customer(CustomerIx),
    /// They share a value, or a parent that is no customer on record.
    Value(ValueIx),
}

impl Members {
    pub(super) fn read(
        view: &View<'_>,
        name: &str,
        at: Option<Boundary>,
        excluded: &[bool],
        segments: &Segments,
    ) -> Result<Self, FigureError> {
        let keys = match view.attribute(name) {
            None => view.customers().map(|customer| (customer, Key::Customer(customer))).collect(),
            Some(attribute) if name == PARENT => Family::new(view, attribute, at).tops()?,
            Some(attribute) => view
                .customers()
                .map(|customer| {
                    (customer, attribute.value_at(customer, at).map_or(Key::Customer(customer), Key::Value))
                })
                .collect(),
        };
        Ok(Self::collect(view, keys, excluded, segments))
    }

    fn collect(view: &View<'_>, keys: Vec<(CustomerIx, Key)>, excluded: &[bool], segments: &Segments) -> Self {
        let mut numbers: FxHashMap<(Key, usize), u32> = FxHashMap::default();
        let mut of_customer = vec![NOBODY; view.customer_count() as usize];
        let mut sizes: Vec<u32> = Vec::new();
        for &(customer, key) in &keys {
            if excluded.get(customer.0 as usize).copied().unwrap_or(false) {
                continue;
            }
            let number = *numbers.entry((key, segments.of(customer))).or_insert(sizes.len() as u32);
            if number as usize == sizes.len() {
                sizes.push(0);
            }
            sizes[number as usize] += 1;
            of_customer[customer.0 as usize] = number;
        }
        let mut starts = vec![0];
        starts.extend(sizes.iter().scan(0, |sum, size| {
            *sum += size;
            Some(*sum)
        }));
        let mut next = starts.clone();
        let total = starts.last().copied().unwrap_or(0) as usize;
        let mut customers = vec![CustomerIx(0); total];
        for (customer, _) in keys {
            let number = of_customer[customer.0 as usize];
            if number != NOBODY {
                let place = &mut next[number as usize];
                customers[*place as usize] = customer;
                *place += 1;
            }
        }
        Self { of_customer, starts, customers }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    /// The customers of a member.
    pub(crate) fn customers(&self, member: u32) -> &[CustomerIx] {
        let place = member as usize;
        &self.customers[self.starts[place] as usize..self.starts[place + 1] as usize]
    }

    /// The member that a customer belongs to.
    pub(crate) fn of(&self, customer: CustomerIx) -> Option<u32> {
        self.of_customer.get(customer.0 as usize).copied().filter(|member| *member != NOBODY)
    }
}

/// Customers and their parents at one boundary.
struct Family<'v> {
    view: &'v View<'v>,
    attribute: Attribute<'v>,
    at: Option<Boundary>,
    /// The customer that a value names.
    named: FxHashMap<ValueIx, Key>,
    tops: FxHashMap<CustomerIx, Key>,
}

impl<'v> Family<'v> {
    fn new(view: &'v View<'v>, attribute: Attribute<'v>, at: Option<Boundary>) -> Self {
        Self { view, attribute, at, named: FxHashMap::default(), tops: FxHashMap::default() }
    }

    fn tops(mut self) -> Result<Vec<(CustomerIx, Key)>, FigureError> {
        let view = self.view;
        view.customers().map(|customer| Ok((customer, self.top(customer)?))).collect()
    }

    /// The parent of a customer; a customer that names itself has none.
    fn parent(&mut self, customer: CustomerIx) -> Option<Key> {
        let value = self.attribute.value_at(customer, self.at)?;
        let key = match self.named.entry(value) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let named = self.view.customer(self.attribute.text(value));
                *entry.insert(named.map_or(Key::Value(value), Key::Customer))
            }
        };
        (key != Key::Customer(customer)).then_some(key)
    }

    /// Climbs to the top, and remembers it for everyone on the way.
    fn top(&mut self, customer: CustomerIx) -> Result<Key, FigureError> {
        let mut way = vec![customer];
        let top = loop {
            let here = way[way.len() - 1];
            if let Some(top) = self.tops.get(&here) {
                break *top;
            }
            match self.parent(here) {
                None => break Key::Customer(here),
                Some(Key::Value(value)) => break Key::Value(value),
                Some(Key::Customer(parent)) => match way.iter().position(|passed| *passed == parent) {
                    Some(start) => return Err(self.cycle(&way[start..])),
                    None => way.push(parent),
                },
            }
        };
        self.tops.extend(way.into_iter().map(|passed| (passed, top)));
        Ok(top)
    }

    fn cycle(&self, circle: &[CustomerIx]) -> FigureError {
        let ids = circle.iter().chain(circle.first()).map(|customer| self.view.customer_id(*customer).to_owned());
        FigureError::ParentCycle(ids.collect())
    }
}
