//! New rows by the subscription to which they belong, while records come in.

use std::hint::black_box;

use rustc_hash::FxHashSet;

use crate::index::CustomerIx;
use crate::spans::{PROFILES, SELF, Spans};
use crate::strings::{Strings, Table, hash_of};

/// From so many subscriptions on, those of a customer are looked up by hash.
const MANY_SUBSCRIPTIONS: usize = 32;

/// New rows of one subscription, or the new profiles of one customer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) customer: u32,
    pub(crate) name: u32,
    /// The slot that has older rows of it.
    pub(crate) old: Option<u32>,
    pub(crate) rows: u32,
}

/// The groups of an extension, by customer and name.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    list: Vec<Group>,
    /// Those with a name.
    table: Table,
    /// By customer: 1 + the group of the subscription that is named like it; 0 where there is none.
    selves: Vec<u32>,
    /// By customer: 1 + the group of its profiles.
    profiles: Vec<u32>,
    /// Customers of many subscriptions that are all in the list.
    unfolded: FxHashSet<u32>,
}

impl Groups {
    pub(crate) fn into_list(self) -> Vec<Group> {
        self.list
    }

    pub(crate) fn count_row(&mut self, group: u32) {
        self.list[group as usize].rows += 1;
    }

    /// The group of the subscription that is named like its customer.
    pub(crate) fn itself(&mut self, spans: &Spans, customer: u32) -> u32 {
        let known = memo(&mut self.selves, customer);
        if known > 0 {
            return known - 1;
        }
        let group = self.unnamed(spans, customer, SELF);
        self.selves[customer as usize] = group + 1;
        group
    }

    /// The group of a customer's profiles.
    pub(crate) fn profiles(&mut self, spans: &Spans, customer: u32) -> u32 {
        let known = memo(&mut self.profiles, customer);
        if known > 0 {
            return known - 1;
        }
        let group = self.unnamed(spans, customer, PROFILES);
        self.profiles[customer as usize] = group + 1;
        group
    }

    fn unnamed(&mut self, spans: &Spans, customer: u32, name: u32) -> u32 {
        let old = old_slot(spans, customer, |other| other == name);
        self.add(customer, name, old)
    }

    /// The group of a subscription; none if there is no room for its name.
    pub(crate) fn named(&mut self, spans: &mut Spans, customer: u32, subscription: &str) -> Option<u32> {
        let hash = hash_of(customer + 1, subscription);
        let same = |group: u32| {
            let group = &self.list[group as usize];
            group.customer == customer && spans.names.text(group.name) == subscription
        };
        if let Some(group) = self.table.find(hash, same) {
            return Some(group);
        }
        if self.unfold(spans, customer) {
            return self.named(spans, customer, subscription);
        }
        let unfolded = self.unfolded.contains(&customer);
        let fits = |name| !unfolded && name < SELF && spans.names.text(name) == subscription;
        let old = old_slot(spans, customer, fits);
        let name = match old {
            Some(slot) => spans.name[slot as usize],
            None => spans.names.push(subscription)?,
        };
        let group = self.add(customer, name, old);
        self.table.insert(hash, group);
        Some(group)
    }

    /// Makes groups of all that a customer of many subscriptions had, so that none is searched for one by one.
    fn unfold(&mut self, spans: &Spans, customer: u32) -> bool {
        let known = spans.first.len() > customer as usize;
        let slots = if known { spans.subscriptions(CustomerIx(customer)) } else { 0..0 };
        if slots.len() < MANY_SUBSCRIPTIONS || !self.unfolded.insert(customer) {
            return false;
        }
        for slot in slots {
            let name = spans.name[slot as usize];
            if name < SELF {
                let group = self.add(customer, name, Some(slot));
                self.table.insert(hash_of(customer + 1, spans.names.text(name)), group);
            }
        }
        true
    }

    fn add(&mut self, customer: u32, name: u32, old: Option<u32>) -> u32 {
        self.list.push(Group { customer, name, old, rows: 0 });
        u32::try_from(self.list.len() - 1).expect("there are no more groups than records")
    }

    /// Touches what looking these subscriptions up will need, step by step for all of them, so that the waits overlap.
    pub(crate) fn warm<'t>(&self, names: &Strings, subscriptions: impl Iterator<Item = (u32, &'t str)>) {
        let groups = subscriptions.map(|(customer, name)| self.table.peek(hash_of(customer + 1, name)));
        let groups: Vec<Option<u32>> = groups.collect();
        let named = groups.into_iter().flatten().filter_map(|group| self.list.get(group as usize));
        let starts: Vec<usize> = named.map(|group| names.start(group.name)).collect();
        black_box(names.touch(&starts));
    }
}

/// A place for a customer's number, 0 at first.
fn memo(numbers: &mut Vec<u32>, customer: u32) -> u32 {
    if numbers.len() <= customer as usize {
        numbers.resize(customer as usize + 1, 0);
    }
    numbers[customer as usize]
}

fn old_slot(spans: &Spans, customer: u32, fits: impl Fn(u32) -> bool) -> Option<u32> {
    if customer as usize >= spans.first.len() {
        return None;
    }
    spans.slots(CustomerIx(customer)).find(|slot| fits(spans.name[*slot as usize]))
}
