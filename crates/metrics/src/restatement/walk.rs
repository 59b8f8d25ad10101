//! The way from one cut to another: at each record that turns, the sums of the units that it touches, before and after.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use recount_ledger::Currency;
use recount_projection::{Boundary, Change, Changes, CustomerIx, Transition, View};
use rustc_hash::FxHashMap;

use super::lens::{Groups, Lens};
use super::{Category, Moved, Sums};
use crate::convert::Exchange;
use crate::error::FigureError;

/// What moved so far.
pub(super) struct Walk<'a> {
    transition: Transition<'a>,
    lens: &'a Lens<'a>,
    since: Option<Boundary>,
    /// The sums where the walk is.
    here: Sums,
    moved: Vec<Moved>,
}

/// A record, and an id that it changes.
type Touch = (Change, CustomerIx);

/// The records of one position, and the ids they change.
type Turn = (Change, Vec<CustomerIx>);

impl<'a> Walk<'a> {
    /// A walk that starts at these sums and looks through this lens once the rates have turned.
    pub(super) fn new(transition: Transition<'a>, lens: &'a Lens<'a>, since: Option<Boundary>, start: Sums) -> Self {
        Self { transition, lens, since, here: start, moved: Vec::new() }
    }

    /// The sums at its end, and what moved, in the order of the way.
    pub(super) fn finish(self) -> (Sums, Vec<Moved>) {
        (self.here, self.moved)
    }

    /// Turns the rates, with the records as they were.
    pub(super) fn rates(
        &mut self,
        then: &View<'a>,
        opened: &Lens<'_>,
        changes: &Changes,
        report: Option<Currency>,
    ) -> Result<(), FigureError> {
        let (transition, frame) = (self.transition, self.lens.frame);
        let at = |count: usize| {
            let turn = changes.rates[count - 1].position.0 + 1;
            Lens::new(frame, &Exchange::between(&transition.view_beside(then, turn), report))
        };
        let mut steps = Vec::new();
        narrow(&at, (0, opened), (changes.rates.len(), self.lens), &mut steps)?;
        let mut before = None;
        for count in steps {
            let after = at(count)?;
            let change = changes.rates[count - 1];
            let groups = self.lens.groups(then)?;
            let from = before.as_ref().unwrap_or(opened);
            if groups.is_tellable() {
                for (customer, by) in from.differences(&after, then)? {
                    self.record(Category::Rate, &change, Some(customer), by);
                }
            } else {
                let by = after.everyone(then)?.less(&from.everyone(then)?);
                self.record(Category::Rate, &change, None, by);
            }
            before = Some(after);
        }
        Ok(())
    }

    /// Turns the records about customers.
    pub(super) fn records(&mut self, changes: &Changes) -> Result<(), FigureError> {
        let rates = self.moved.len();
        if self.lens.has_shared_members() {
            self.in_order(changes)?
        } else {
            self.apart(changes)?
        }
        self.moved[rates..].sort_by_key(|moved| (moved.record, moved.customer));
        Ok(())
    }

    fn record(&mut self, category: Category, change: &Change, customer: Option<CustomerIx>, by: Sums) {
        if !by.is_nothing() {
            self.here += &by;
            self.moved.push(Moved { category, record: Some(*change), customer, by });
        }
    }

    /// Where members are within one customer: between two merges, every customer goes its own way.
    fn apart(&mut self, changes: &Changes) -> Result<(), FigureError> {
        let own = changes.customers.iter().flat_map(|(id, own)| own.iter().map(|change| (*change, *id)));
        let mut own: Vec<_> = own.collect();
        own.sort_unstable();
        let mut rest = own.as_slice();
        let mut base = self.transition.view(0).ok();
        for (change, mut ids) in by_position(changes.merges.iter().copied()) {
            let turn = change.position.0;
            let (before, others) = split(rest, turn);
            let (beside, after) = split(others, turn + 1);
            if let Some(base) = &base {
                self.stretch(base, before)?;
            }
            ids.extend(beside.iter().map(|(_, id)| *id));
            rest = after;
            let after = self.transition.view(turn + 1).ok();
            match (&base, &after) {
                (Some(base), Some(after)) => {
                    self.regroup(&self.transition.view_beside(base, turn), after, &change, &ids)?;
                }
                // Merges formed a circle until this record: what turned meanwhile is its doing.
                (None, Some(after)) => self.leap(after, &change, ids.first().copied())?,
                (_, None) => {}
            }
            base = after;
        }
        base.iter().try_for_each(|base| self.stretch(base, rest))
    }

    /// Some records between which no merge turns.
    fn stretch(&mut self, base: &View<'a>, records: &[Touch]) -> Result<(), FigureError> {
        let mut of: FxHashMap<CustomerIx, Vec<Change>> = FxHashMap::default();
        for (change, id) in records {
            let own = of.entry(base.resolved(*id)).or_default();
            // One that replaces a record of another id of the same customer is found by both.
            if own.last().is_none_or(|last| last.position != change.position) {
                own.push(*change);
            }
        }
        let groups = self.lens.groups(base)?;
        let steps: Vec<_> =
            of.into_par_iter().flat_map_iter(|(customer, own)| self.steps(base, &groups, customer, &own)).collect();
        for (change, customer, by) in steps {
            self.record(Category::of(change.kind, self.since), &change, Some(customer), by);
        }
        Ok(())
    }

    /// What each of its records does to one customer.
    fn steps(
        &self,
        base: &View<'a>,
        groups: &Groups,
        customer: CustomerIx,
        own: &[Change],
    ) -> Vec<(Change, CustomerIx, Sums)> {
        let at = |turn| self.lens.of_customer(&self.transition.view_beside(base, turn), groups, customer);
        let Some(first) = own.first() else { return Vec::new() };
        let mut before = at(first.position.0);
        let step = |change: &Change| {
            let after = at(change.position.0 + 1);
            let by = after.less(&before);
            before = after;
            (*change, customer, by)
        };
        own.iter().map(step).filter(|(_, _, by)| !by.is_nothing()).collect()
    }

    /// A record by which customers become, or no longer are, one: everyone it touches, before and after.
    fn regroup(
        &mut self,
        before: &View<'a>,
        after: &View<'a>,
        change: &Change,
        ids: &[CustomerIx],
    ) -> Result<(), FigureError> {
        let roots = |view: &View<'a>, other: &View<'a>| {
            let all = ids.iter().flat_map(|id| [view.resolved(*id), view.resolved(other.resolved(*id))]);
            let mut all: Vec<_> = all.collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let groups = self.lens.groups(before)?;
        let mut by = Sums::default();
        for customer in roots(after, before) {
            by += &self.lens.of_customer(after, &groups, customer);
        }
        for customer in roots(before, after) {
            by = by.less(&self.lens.of_customer(before, &groups, customer));
        }
        let customer = ids.first().map(|id| after.resolved(*id));
        self.record(Category::of(change.kind, self.since), change, customer, by);
        Ok(())
    }

    /// Everyone anew.
    fn leap(&mut self, view: &View<'a>, change: &Change, id: Option<CustomerIx>) -> Result<(), FigureError> {
        let by = self.lens.everyone(view)?.less(&self.here);
        let customer = id.map(|id| view.resolved(id));
        self.record(Category::of(change.kind, self.since), change, customer, by);
        Ok(())
    }

    /// Where customers share members: one record after the other. One that changes who is in which member is worth what
    /// the sums over everyone change by; any other only touches the member of its customer.
    fn in_order(&mut self, changes: &Changes) -> Result<(), FigureError> {
        let own = changes.customers.iter().flat_map(|(id, own)| own.iter().map(|change| (*id, *change)));
        let merges: Vec<u64> = changes.merges.iter().map(|(_, change)| change.position.0).collect();
        let mut base = self.transition.view(0).ok();
        let mut groups = base.as_ref().and_then(|base| self.lens.groups(base).ok());
        for (change, ids) in by_position(own.chain(changes.merges.iter().copied())) {
            let turn = change.position.0;
            let merging = merges.binary_search(&turn).is_ok();
            let after = match &base {
                Some(base) if !merging => Some(self.transition.view_beside(base, turn + 1)),
                _ => self.transition.view(turn + 1).ok(),
            };
            let Some(after) = after else {
                (base, groups) = (None, None);
                continue;
            };
            let customer = after.resolved(ids[0]);
            match (&base, &groups) {
                (Some(base), Some(groups)) if !merging && ids.len() == 1 => {
                    let before = self.transition.view_beside(base, turn);
                    if !self.lens.regroups(&before, &after, customer) {
                        let sums = |view: &View<'a>| self.lens.of_customer(view, groups, customer);
                        let by = sums(&after).less(&sums(&before));
                        self.record(Category::of(change.kind, self.since), &change, Some(customer), by);
                        continue;
                    }
                }
                _ => {}
            }
            groups = self.lens.groups(&after).ok();
            if groups.is_some() {
                self.leap(&after, &change, Some(ids[0]))?;
            }
            base = Some(after);
        }
        Ok(())
    }
}

/// The records before a position, and the others.
fn split(records: &[Touch], turn: u64) -> (&[Touch], &[Touch]) {
    records.split_at(records.partition_point(|(change, _)| change.position.0 < turn))
}

/// One change for each position, with every id that it touches.
fn by_position(changes: impl Iterator<Item = (CustomerIx, Change)>) -> Vec<Turn> {
    let mut all: Vec<_> = changes.collect();
    all.sort_unstable_by_key(|(id, change)| (*change, *id));
    let mut turns: Vec<Turn> = Vec::new();
    for (id, change) in all {
        match turns.last_mut() {
            Some((last, ids)) if last.position == change.position => ids.push(id),
            _ => turns.push((change, vec![id])),
        }
    }
    turns
}

/// The counts of turned rates at which amounts come to have other values. What is the same at both ends of a stretch moves
/// nothing on the whole, so a stretch is only looked into where its ends differ.
fn narrow<'f>(
    at: &impl Fn(usize) -> Result<Lens<'f>, FigureError>,
    (from, before): (usize, &Lens<'_>),
    (to, after): (usize, &Lens<'_>),
    steps: &mut Vec<usize>,
) -> Result<(), FigureError> {
    if from == to || before.values_like(after) {
        return Ok(());
    }
    if to - from == 1 {
        steps.push(to);
        return Ok(());
    }
    let middle = from.midpoint(to);
    let between = at(middle)?;
    narrow(at, (from, before), (middle, &between), steps)?;
    narrow(at, (middle, &between), (to, after), steps)
}
