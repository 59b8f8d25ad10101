//! Where the rows of customers and their subscriptions lie.

use std::ops::Range;

use crate::index::{CustomerIx, SubscriptionIx};
use crate::strings::Strings;

/// In place of a name: the subscription is named like its customer.
pub(crate) const SELF: u32 = u32::MAX - 1;
/// In place of a name: not a subscription, but the profiles of the customer.
pub(crate) const PROFILES: u32 = u32::MAX;
/// In a customer's count of slots: the last one holds its profiles.
const HAS_PROFILES: u32 = 1 << 31;

/// The slots of every customer (its subscriptions, then its profiles) and the rows of every slot. When a customer gets
/// more rows, all of its slots are written anew behind the others and the old ones are garbage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spans {
    /// The first slot of each customer.
    pub(crate) first: Vec<u32>,
    /// How many slots, with [`HAS_PROFILES`].
    pub(crate) count: Vec<u32>,
    /// The first row of each slot, and the row after its last live one: what no cut needs.
    pub(crate) live: Vec<[u32; 2]>,
    /// The row after the last voided one of each slot; the voided ones follow the live ones.
    pub(crate) end: Vec<u32>,
    /// The customer of each slot.
    pub(crate) owner: Vec<u32>,
    /// The name of each slot: a number in `names`, [`SELF`] or [`PROFILES`].
    pub(crate) name: Vec<u32>,
    /// Subscription ids, in the order of their first appearance; repeated for every customer that uses them.
    pub(crate) names: Strings,
}

/// One slot to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) customer: u32,
    pub(crate) name: u32,
    pub(crate) start: u32,
    pub(crate) live: u32,
    pub(crate) end: u32,
}

impl Spans {
    /// Makes room for so many customers.
    pub(crate) fn grow(&mut self, customers: u32) {
        self.first.resize(customers as usize, 0);
        self.count.resize(customers as usize, 0);
    }

    /// Every slot of a customer.
    pub(crate) fn slots(&self, customer: CustomerIx) -> Range<u32> {
        let first = self.first[customer.0 as usize];
        first..first + (self.count[customer.0 as usize] & !HAS_PROFILES)
    }

    /// The subscriptions of a customer.
    pub(crate) fn subscriptions(&self, customer: CustomerIx) -> Range<u32> {
        let slots = self.slots(customer);
        slots.start..slots.end - (self.count[customer.0 as usize] >> 31)
    }

    pub(crate) fn live(&self, slot: u32) -> Range<u32> {
        let [start, end] = self.live[slot as usize];
        start..end
    }

    pub(crate) fn voided(&self, slot: u32) -> Range<u32> {
        self.live[slot as usize][1]..self.end[slot as usize]
    }

    pub(crate) fn rows(&self, slot: u32) -> Range<u32> {
        self.live[slot as usize][0]..self.end[slot as usize]
    }

    /// The customer of a row, also of a garbage row: slots lie in the order of their rows.
    pub(crate) fn owner_of(&self, row: u32) -> CustomerIx {
        let slot = self.live.partition_point(|[start, _]| *start <= row) - 1;
        CustomerIx(self.owner[slot])
    }

    pub(crate) fn key<'s>(
        &'s self,
        subscription: SubscriptionIx,
        id_of: impl Fn(CustomerIx) -> &'s str,
    ) -> (CustomerIx, &'s str) {
        let owner = CustomerIx(self.owner[subscription.0 as usize]);
        match self.name[subscription.0 as usize] {
            SELF | PROFILES => (owner, id_of(owner)),
            name => (owner, self.names.text(name)),
        }
    }

    /// Adds the slots of customers, each customer's together, profiles last. What those customers had is garbage from now on.
    pub(crate) fn place(&mut self, slots: &[Slot]) {
        let mut previous = None;
        for slot in slots {
            let at = u32::try_from(self.live.len()).expect("there are no more slots than rows");
            let customer = slot.customer as usize;
            if previous != Some(slot.customer) {
                previous = Some(slot.customer);
                (self.first[customer], self.count[customer]) = (at, 0);
            }
            self.count[customer] += 1;
            if slot.name == PROFILES {
                self.count[customer] |= HAS_PROFILES;
            }
            self.live.push([slot.start, slot.live]);
            self.end.push(slot.end);
            self.owner.push(slot.customer);
            self.name.push(slot.name);
        }
    }

    /// Slots that follow each other without gaps, from counts: of every customer twice its slots, one more where the last
    /// holds profiles; of every slot its rows and, of these, the voided ones. None if they do not add up.
    pub(crate) fn of_counts(
        counts: &[u32],
        rows: &[u32],
        voided: &[u32],
        name: Vec<u32>,
        names: Strings,
    ) -> Option<Self> {
        let mut spans = Self { names, ..Self::default() };
        let mut slot = 0u32;
        for (customer, count) in (0u32..).zip(counts) {
            spans.first.push(if count >> 1 == 0 { 0 } else { slot });
            spans.count.push(count.rotate_right(1));
            slot = slot.checked_add(count >> 1)?;
            if slot as usize > rows.len() {
                return None;
            }
            spans.owner.resize(slot as usize, customer);
        }
        let mut start = 0u32;
        for (rows, voided) in rows.iter().zip(voided) {
            let end = start.checked_add(*rows)?;
            spans.live.push([start, end.checked_sub(*voided).filter(|live| *live >= start)?]);
            spans.end.push(end);
            start = end;
        }
        let lengths = [rows.len(), voided.len(), name.len(), slot as usize];
        let known = name.iter().all(|name| *name >= SELF || *name < spans.names.len());
        spans.name = name;
        (lengths == [rows.len(); 4] && known).then_some(spans)
    }

    /// Forgets every slot, but not the names.
    pub(crate) fn clear(&mut self) {
        self.count.fill(0);
        self.first.fill(0);
        self.live.clear();
        self.end.clear();
        self.owner.clear();
        self.name.clear();
    }
}
