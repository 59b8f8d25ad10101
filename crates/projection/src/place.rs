//! Placing: every customer that got something new is written anew behind the others; now and then all of them are.

use rayon::prelude::*;

use crate::groups::Group;
use crate::index::CustomerIx;
use crate::lists::VoidMark;
use crate::moves::Moves;
use crate::projection::Projection;
use crate::spans::{PROFILES, Slot};

/// Rows of one slot to be: those that it had, then new ones.
#[derive(Clone, Copy, Debug)]
struct Plan {
    customer: u32,
    name: u32,
    old: Option<u32>,
    group: Option<u32>,
    start: u32,
    end: u32,
}

impl Projection {
    /// Gives the rows from `base` on, which lie in the order of their arrival, their places among the touched customers'
    /// older rows. `touched` ascends. Places all customers if there are no older rows or too many of them are garbage.
    /// With `keep` it never does: then every older row stays where it is, and the placing can be undone.
    pub(crate) fn place(&mut self, base: u32, groups: &[Group], group_of: Vec<u32>, touched: &[u32], keep: bool) {
        if touched.is_empty() {
            return;
        }
        let slots = touched.iter().flat_map(|customer| self.spans.slots(CustomerIx(*customer)));
        let moved: u64 = slots.map(|slot| self.spans.rows(slot).len() as u64).sum();
        let all = !keep && (u64::from(self.garbage) + moved) * 4 >= u64::from(base);
        self.place_in(base, groups, group_of, (touched, all), moved);
    }

    /// Places every customer.
    pub(crate) fn place_all(&mut self) {
        self.place_in(self.rows.len(), &[], Vec::new(), (&[], true), 0);
    }

    fn place_in(
        &mut self,
        base: u32,
        groups: &[Group],
        group_of: Vec<u32>,
        (touched, all): (&[u32], bool),
        moved: u64,
    ) {
        let plans = if all {
            let everyone: Vec<u32> = (0..self.customers.len()).collect();
            self.plans(groups, &everyone)
        } else {
            self.plans(groups, touched)
        };
        let mut order = self.order(base, &plans, groups.len(), &group_of);
        drop(group_of);
        let new_base = if all { 0 } else { base };
        let live = self.sort(&plans, &mut order);
        let slots = slots_of(&plans, &live, new_base);
        drop(plans);
        self.garbage = if all { 0 } else { self.garbage + u32::try_from(moved).expect("rows are numbered by u32") };
        let moves = Moves::new(new_base, order, self.rows.len());
        self.rows.follow(&moves);
        self.attributes.iter_mut().for_each(|attribute| attribute.codes.follow(&moves));
        if all {
            self.spans.clear();
            self.rank_bookings();
            self.rows.shrink();
        }
        self.settled = all;
        self.spans.place(&slots);
    }

    /// The slots to be of some customers: older ones, then new ones, then the profiles.
    fn plans(&self, groups: &[Group], customers: &[u32]) -> Vec<Plan> {
        let mut by_customer: Vec<u32> = (0..groups.len() as u32).collect();
        by_customer.par_sort_unstable_by_key(|group| {
            let Group { customer, name, .. } = groups[*group as usize];
            (customer, name == PROFILES, *group)
        });
        let mut group_of_slot = rustc_hash::FxHashMap::default();
        for (group, Group { old, .. }) in (0u32..).zip(groups) {
            old.map(|slot| group_of_slot.insert(slot, group));
        }
        let mut news = by_customer.into_iter().filter(|group| groups[*group as usize].old.is_none()).peekable();
        let mut plans = Vec::with_capacity(self.spans.live.len() + groups.len());
        for customer in customers {
            let old_plan = |slot: u32| {
                let group = group_of_slot.get(&slot).copied();
                let name = self.spans.name[slot as usize];
                Plan { customer: *customer, name, old: Some(slot), group, start: 0, end: 0 }
            };
            let slots = self.spans.slots(CustomerIx(*customer));
            let subscriptions = self.spans.subscriptions(CustomerIx(*customer));
            plans.extend(subscriptions.clone().map(old_plan));
            while let Some(group) = news.next_if(|group| {
                let Group { customer: of, name, .. } = groups[*group as usize];
                of == *customer && name != PROFILES
            }) {
                let name = groups[group as usize].name;
                plans.push(Plan { customer: *customer, name, old: None, group: Some(group), start: 0, end: 0 });
            }
            plans.extend((subscriptions.end..slots.end).map(old_plan));
            if let Some(group) = news.next_if(|group| groups[*group as usize].customer == *customer) {
                plans.push(Plan {
                    customer: *customer,
                    name: PROFILES,
                    old: None,
                    group: Some(group),
                    start: 0,
                    end: 0,
                });
            }
        }
        let mut end = 0;
        for plan in &mut plans {
            plan.start = end;
            end += plan.old.map_or(0, |slot| self.spans.rows(slot).len() as u32);
            end += plan.group.map_or(0, |group| groups[group as usize].rows);
            plan.end = end;
        }
        plans
    }

    /// The rows of every plan, side by side: the older ones in their order, then the new ones in the order of arrival.
    fn order(&self, base: u32, plans: &[Plan], groups: usize, group_of: &[u32]) -> Vec<u32> {
        let mut order = vec![0; plans.last().map_or(0, |plan| plan.end as usize)];
        let mut cursors = vec![0u32; groups];
        for plan in plans {
            let old = plan.old.map_or(0..0, |slot| self.spans.rows(slot));
            let fresh = plan.start + old.len() as u32;
            order[plan.start as usize..fresh as usize].iter_mut().zip(old).for_each(|(place, row)| *place = row);
            if let Some(group) = plan.group {
                cursors[group as usize] = fresh;
            }
        }
        for (row, group) in (base..).zip(group_of) {
            let cursor = &mut cursors[*group as usize];
            order[*cursor as usize] = row;
            *cursor += 1;
        }
        order
    }

    /// Sorts the rows of every plan, the voided ones last; how many of each are live.
    fn sort(&self, plans: &[Plan], order: &mut [u32]) -> Vec<u32> {
        let voided = Bitmap::of(self.size, &self.lists.voids, plans.len());
        let is_voided = |row: &u32| {
            let position = self.rows.position[*row as usize];
            voided.as_ref().map_or_else(|| self.lists.void_of(position).is_some(), |bits| bits.has(position))
        };
        let key = |row: &u32| (is_voided(row), self.rows.key(&self.bookings, *row));
        let mut rest = order;
        let mut slices = Vec::with_capacity(plans.len());
        for plan in plans {
            let (slice, after) = rest.split_at_mut((plan.end - plan.start) as usize);
            slices.push(slice);
            rest = after;
        }
        let sorted = slices.into_par_iter().with_min_len(256).map(|slice| {
            if !slice.is_sorted_by_key(key) {
                slice.sort_unstable_by_key(key);
            }
            slice.partition_point(|row| !is_voided(row)) as u32
        });
        sorted.collect()
    }

    fn rank_bookings(&mut self) {
        let mut used = vec![false; self.bookings.values().len()];
        self.rows.booked.iter().for_each(|code| used[*code as usize] = true);
        let renamed = self.bookings.rank(|code| used[code as usize]);
        self.rows.booked.par_iter_mut().for_each(|code| *code = renamed[*code as usize]);
    }

    /// The customers of those of the first so many rows whose positions are wanted. Both ascend.
    pub(crate) fn owners_of(&self, rows: u32, wanted: &[u32]) -> Vec<u32> {
        let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else { return Vec::new() };
        let hit = |position: &u32| (first..=last).contains(&position) && wanted.binary_search(position).is_ok();
        let positions = self.rows.position[..rows as usize].par_iter().enumerate();
        let mut owners: Vec<u32> =
            positions.filter(|(_, position)| hit(position)).map(|(row, _)| self.spans.owner_of(row as u32).0).collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }
}

fn slots_of(plans: &[Plan], live: &[u32], base: u32) -> Vec<Slot> {
    let slot = |(plan, live): (&Plan, &u32)| {
        let start = base + plan.start;
        Slot { customer: plan.customer, name: plan.name, start, live: start + live, end: base + plan.end }
    };
    plans.iter().zip(live).map(slot).filter(|slot| slot.start < slot.end).collect()
}

/// Which positions are voided, for many rows at once.
struct Bitmap(Vec<u64>);

impl Bitmap {
    /// None where a search per row is cheaper.
    fn of(size: u64, voids: &[VoidMark], slots: usize) -> Option<Self> {
        if slots < 10_000 {
            return None;
        }
        let mut bits = vec![0; usize::try_from(size / 64).ok()? + 1];
        voids.iter().for_each(|void| bits[void.target as usize / 64] |= 1 << (void.target % 64));
        Some(Self(bits))
    }

    fn has(&self, position: u32) -> bool {
        self.0[position as usize / 64] >> (position % 64) & 1 == 1
    }
}
