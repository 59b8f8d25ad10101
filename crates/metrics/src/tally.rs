//! The sums behind retention: what the members of a cohort add up to over one span.

mod member;
mod sums;

use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use recount_projection::CustomerIx;

use crate::convert::EndRates;
use crate::definition::Parameters;
use crate::scope::{Scope, Units};
use crate::window::Span;
use member::{EndStates, Scratch};
pub(crate) use member::{plain, sum_at};
pub(crate) use sums::{Pair, Tally};

/// Above so many segments one core counts them all: a set of sums per core would outweigh the speed.
const SEGMENTS_IN_PARALLEL: usize = 4_096;

/// One span under one definition: turns members into sums.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) parameters: &'a Parameters,
    pub(crate) scope: Scope<'a>,
    pub(crate) span: Span,
    pub(crate) rates: Arc<EndRates>,
}

impl Job<'_> {
    /// The sums of each segment; of everyone where there are no segments.
    pub(crate) fn run(&self) -> Vec<Tally> {
        match &self.scope.units {
            Units::Members(members) => self.sum((0..members.count()).into_par_iter()),
            _ => self.sum(self.scope.view.par_customers().map(|customer| customer.0)),
        }
    }

    /// Sums over units: the numbers of members where customers share them, else of customers.
    fn sum(&self, units: impl ParallelIterator<Item = u32>) -> Vec<Tally> {
        let scope = &self.scope;
        let new = || vec![Tally::default(); scope.segments.count()];
        let add = |(mut scratch, mut tallies): (Scratch, Vec<Tally>), unit: u32| {
            let alone = [CustomerIx(unit)];
            let customers = match &scope.units {
                Units::Members(members) => members.customers(unit),
                _ if scope.is_excluded(alone[0]) => &[],
                _ => &alone,
            };
            if let Some(first) = customers.first() {
                self.unit(customers, &mut scratch, &mut tallies[scope.segments.of(*first)]);
            }
            (scratch, tallies)
        };
        let merge = |mut left: Vec<Tally>, right: Vec<Tally>| {
            left.iter_mut().zip(&right).for_each(|(left, right)| left.merge(scope.view, right));
            left
        };
        if scope.segments.count() > SEGMENTS_IN_PARALLEL {
            let units: Vec<_> = units.collect();
            return units.into_iter().fold((Scratch::default(), new()), add).1;
        }
        units.fold(|| (Scratch::default(), new()), add).map(|worker| worker.1).reduce(new, merge)
    }

    /// What the sums would lack without these customers, which lie in one segment; linear in every sum but the top.
    pub(crate) fn share_of(&self, customers: &[CustomerIx], segment: Option<usize>) -> (Tally, Tally) {
        let scope = &self.scope;
        let counted = |customer: &CustomerIx| {
            !scope.is_excluded(*customer) && segment.is_none_or(|segment| scope.segments.of(*customer) == segment)
        };
        let customers: Vec<_> = customers.iter().copied().filter(counted).collect();
        let (mut scratch, mut with, mut without) = (Scratch::default(), Tally::default(), Tally::default());
        if let Units::Members(members) = &scope.units {
            let mut touched: Vec<_> = customers.iter().filter_map(|customer| members.of(*customer)).collect();
            touched.sort_unstable();
            touched.dedup();
            for member in touched {
                let all = members.customers(member);
                let rest: Vec<_> = all.iter().copied().filter(|customer| !customers.contains(customer)).collect();
                self.unit(all, &mut scratch, &mut with);
                self.unit(&rest, &mut scratch, &mut without);
            }
        } else {
            customers.iter().for_each(|customer| self.unit(&[*customer], &mut scratch, &mut with));
        }
        (with, without)
    }

    /// The sums of one customer alone, or of the member that it belongs to.
    pub(crate) fn of_unit(&self, unit: &[CustomerIx]) -> Tally {
        let mut tally = Tally::default();
        self.unit(unit, &mut Scratch::default(), &mut tally);
        tally
    }

    /// Adds what is evaluated together: a customer, its subscriptions, or the customers of a member.
    fn unit(&self, unit: &[CustomerIx], scratch: &mut Scratch, tally: &mut Tally) {
        let view = self.scope.view;
        match (&self.scope.units, unit) {
            (Units::Customers, &[customer]) => {
                let states = self.member(|| view.subscriptions(customer), Some(customer), scratch, tally);
                if let Some(states) = states {
                    self.customer(customer, states.open.0, states, tally);
                }
            }
            (Units::Subscriptions, &[customer]) => self.subscriptions(customer, scratch, tally),
            _ => {
                let all = || unit.iter().flat_map(|customer| view.subscriptions(*customer));
                if let Some(states) = self.member(all, None, scratch, tally) {
                    tally.members_kept += u64::from(states.close.0 > 0);
                    for customer in unit {
                        let own = self.customer_states(*customer, &mut scratch.other);
                        self.customer(*customer, own.open.0, own, tally);
                    }
                }
            }
        }
    }

    fn subscriptions(&self, customer: CustomerIx, scratch: &mut Scratch, tally: &mut Tally) {
        let view = self.scope.view;
        let mut subscriptions = std::mem::take(&mut scratch.subscriptions);
        subscriptions.clear();
        subscriptions.extend(view.subscriptions(customer));
        let (members, opening) = (tally.members, tally.opening);
        for subscription in &subscriptions {
            self.member(|| std::iter::once(*subscription), None, scratch, tally);
        }
        if tally.members > members {
            let states = self.customer_states(customer, &mut scratch.other);
            self.customer(customer, tally.opening - opening, states, tally);
        }
        scratch.subscriptions = subscriptions;
    }

    /// Counts a customer of the cohort's members, where it is active at open.
    fn customer(&self, customer: CustomerIx, opening: i128, states: EndStates, tally: &mut Tally) {
        if states.open.0 > 0 {
            tally.customers += 1;
            tally.customers_kept += u64::from(states.close.0 > 0);
            tally.top.offer(self.scope.view, opening, customer);
        }
    }
}
