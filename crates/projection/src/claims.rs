//! Claims: whether what a movement is called, and the MRR that it says was before it, fit what happened.
//!
//! A claim fits if it fits the change of its subscription, or of its customer by this record or by everything at its
//! instant. A stated MRR before fits likewise, and is judged separately.

use std::cmp::Ordering;

use rayon::prelude::*;
use recount_ledger::{Claim, Position, units_text};
use rustc_hash::FxHashSet;

use crate::cut::Cut;
use crate::fact::Contradiction;
use crate::index::CustomerIx;
use crate::money::{Money, Purse};
use crate::projection::Projection;
use crate::view::View;

/// The customers whose contradictions were forgotten and are to be found again; none stands for all of them.
pub(crate) type Forgotten = Option<Vec<u32>>;

/// Takes the contradictions of touched customers out of the summary, before they change; or says that all are to be found again.
pub(crate) fn forget(projection: &mut Projection, rows: u32, touched: &[u32]) -> Forgotten {
    let moved: u64 = touched.iter().flat_map(|id| projection.spans.slots(CustomerIx(*id))).count() as u64;
    if moved * 8 > u64::from(rows) {
        return None;
    }
    let roots = resolved(&projection.view(Cut::NONE).ok()?, touched);
    let stale = positions_of(&projection.view(Cut::NONE).ok()?, &roots);
    if !stale.is_empty() {
        projection.summary.contradictions.retain(|position| stale.binary_search(position).is_err());
    }
    Some(roots)
}

/// Puts contradictions into the summary again.
pub(crate) fn remember(projection: &mut Projection, forgotten: Forgotten) {
    let Ok(view) = projection.view(Cut::NONE) else {
        projection.summary.contradictions.clear();
        return;
    };
    projection.summary.contradictions = match forgotten {
        None => of_all(&view),
        Some(roots) => {
            let fresh = positions_of(&view, &roots);
            let mut all = std::mem::take(&mut projection.summary.contradictions);
            all.extend(fresh);
            all.sort_unstable();
            all
        }
    };
}

fn resolved(view: &View<'_>, customers: &[u32]) -> Vec<u32> {
    let mut roots: Vec<u32> = customers.iter().map(|id| view.resolved(CustomerIx(*id)).0).collect();
    roots.sort_unstable();
    roots.dedup();
    roots
}

/// The positions of all contradictions, ascending.
pub(crate) fn of_all(view: &View<'_>) -> Vec<u32> {
    let doubtful = Doubtful::of(view);
    let customers = view.par_customers().filter(|customer| doubtful.includes(view, *customer));
    let customers: Vec<u32> = customers.map(|customer| customer.0).collect();
    positions_of(view, &customers)
}

/// Customers whose claims must be judged under a cut. Verdicts look back only: where a cut leaves out nothing but what
/// comes after everything it admits, those of the whole history hold.
struct Doubtful {
    /// Everyone: there is no cut, or no judgement of the whole history.
    all: bool,
    /// Customers with contradictions in the whole history, and those that were ever merged.
    known: FxHashSet<u32>,
}

impl Doubtful {
    fn of(view: &View<'_>) -> Self {
        let projection = view.projection();
        let merges = &projection.lists.merges;
        if view.admit.is_all() || !merges.is_empty() && projection.view(Cut::NONE).is_err() {
            return Self { all: true, known: FxHashSet::default() };
        }
        let contradicting = projection.owners_of(projection.rows.len(), &projection.summary.contradictions);
        let merged = merges.iter().flat_map(|merge| [merge.customer, merge.into]);
        let known = contradicting.into_iter().chain(merged).map(|id| view.resolved(CustomerIx(id)).0).collect();
        Self { all: false, known }
    }

    fn includes(&self, view: &View<'_>, customer: CustomerIx) -> bool {
        self.all || self.known.contains(&customer.0) || !is_cut_at_the_end(view, customer)
    }
}

/// Whether what a cut leaves out of a customer's movements comes after everything that it admits.
fn is_cut_at_the_end(view: &View<'_>, customer: CustomerIx) -> bool {
    let projection = view.projection();
    let (mut last_in, mut first_out) = (i64::MIN, i64::MAX);
    for slot in projection.spans.subscriptions(customer) {
        for row in projection.spans.live(slot) {
            let effective = projection.rows.effective[row as usize];
            if view.admit.row(projection, row) {
                last_in = last_in.max(effective);
            } else {
                first_out = first_out.min(effective);
            }
        }
        if projection.spans.voided(slot).any(|row| view.admit.voided_row(projection, row)) {
            return false;
        }
    }
    last_in < first_out
}

/// The positions of some customers' contradictions, ascending.
fn positions_of(view: &View<'_>, customers: &[u32]) -> Vec<u32> {
    let positions = &view.projection().rows.position;
    let mut found = if is_single(view) {
        judge_all::<i128, u32>(view, customers, |row, _| positions[row as usize])
    } else {
        judge_all::<Purse, u32>(view, customers, |row, _| positions[row as usize])
    };
    found.par_sort_unstable();
    found
}

/// Every contradiction, told.
pub(crate) fn told(view: &View<'_>) -> Vec<Contradiction> {
    told_of(view, view.contradicting())
}

/// The contradictions at some positions, told.
pub(crate) fn told_of(view: &View<'_>, positions: &[u32]) -> Vec<Contradiction> {
    let projection = view.projection();
    let customers = resolved(view, &projection.owners_of(projection.rows.len(), positions));
    let mut found = if is_single(view) {
        judge_all::<i128, Contradiction>(view, &customers, |row, verdict| tell(view, row, verdict))
    } else {
        judge_all::<Purse, Contradiction>(view, &customers, |row, verdict| tell(view, row, verdict))
    };
    found.retain(|it| positions.binary_search_by_key(&it.position.0, |position| u64::from(*position)).is_ok());
    found.sort_unstable_by_key(|contradiction| contradiction.position);
    found
}

/// Whether amounts can be summed without a look at their currencies.
fn is_single(view: &View<'_>) -> bool {
    view.projection().currencies.len() <= 1
}

fn judge_all<M: Money, T: Send>(
    view: &View<'_>,
    customers: &[u32],
    tell: impl Fn(u32, &Verdict<'_, M>) -> T + Sync,
) -> Vec<T> {
    let chunks = customers.par_chunks(1_024).map(|chunk| {
        let mut judge = Judge::<M>::new(view);
        let mut told = Vec::new();
        for customer in chunk {
            judge.customer(CustomerIx(*customer), &mut |row, verdict| told.push(tell(row, verdict)));
        }
        told
    });
    chunks.collect::<Vec<_>>().into_iter().flatten().collect()
}

/// A change as one observer sees it.
#[derive(Clone, Debug, Default)]
struct Change<M> {
    before: M,
    after: M,
    /// Whether it was ever above nothing before.
    ever: bool,
}

/// What does not fit about a record.
struct Verdict<'c, M> {
    claim_fails: bool,
    before_fails: bool,
    subscription: &'c Change<M>,
    customer: &'c Change<M>,
}

/// One record of an instant, with the change of its subscription and of its customer.
struct Step<M> {
    row: u32,
    subscription: Change<M>,
    customer: Change<M>,
}

/// Judges customer after customer.
struct Judge<'v, M> {
    view: &'v View<'v>,
    /// The admitted rows of a customer, with the subscription's place in `levels`.
    rows: Vec<(u32, u32)>,
    /// Of every subscription: currency and units now, and whether they were ever above 0.
    levels: Vec<(u8, i128, bool)>,
    steps: Vec<Step<M>>,
}

impl<'v, M: Money> Judge<'v, M> {
    fn new(view: &'v View<'v>) -> Self {
        Self { view, rows: Vec::new(), levels: Vec::new(), steps: Vec::new() }
    }

    fn customer(&mut self, customer: CustomerIx, report: &mut impl FnMut(u32, &Verdict<'_, M>)) {
        self.gather(customer);
        let mut total = M::default();
        let (mut ever, mut ever_by_instant) = (false, false);
        let effective = &self.view.projection().rows.effective;
        let mut next = 0;
        while next < self.rows.len() {
            let at = effective[self.rows[next].1 as usize];
            let before = total.clone();
            self.steps.clear();
            while let Some((place, row)) =
                self.rows.get(next).copied().filter(|(_, row)| effective[*row as usize] == at)
            {
                let step = self.step(place as usize, row, &mut total, ever);
                ever |= !total.is_nothing();
                self.steps.push(step);
                next += 1;
            }
            let instant = Change { before, after: total.clone(), ever: ever_by_instant };
            ever_by_instant |= !total.is_nothing();
            self.judge(&instant, report);
        }
    }

    /// The rows of a customer, in the order in which they decide.
    fn gather(&mut self, customer: CustomerIx) {
        self.rows.clear();
        self.levels.clear();
        for subscription in self.view.subscriptions(customer) {
            let place = self.levels.len() as u32;
            self.rows.extend(self.view.rows_of(subscription.0).map(|row| (place, row)));
            self.levels.push((0, 0, false));
        }
        if self.levels.len() > 1 {
            let projection = self.view.projection();
            self.rows.sort_unstable_by_key(|(_, row)| projection.rows.key(&projection.bookings, *row));
        }
    }

    /// Takes one record into the total.
    fn step(&mut self, place: usize, row: u32, total: &mut M, ever: bool) -> Step<M> {
        let rows = &self.view.projection().rows;
        let (old_currency, old, was_ever) = self.levels[place];
        let (currency, new) = (rows.currency.at(row), rows.mrr(row));
        let before = total.clone();
        total.replace((old_currency, old), (currency, new));
        self.levels[place] = (currency, new, was_ever || new > 0);
        let subscription = Change { before: M::only(old_currency, old), after: M::only(currency, new), ever: was_ever };
        Step { row, subscription, customer: Change { before, after: total.clone(), ever } }
    }

    fn judge(&self, instant: &Change<M>, report: &mut impl FnMut(u32, &Verdict<'_, M>)) {
        let rows = &self.view.projection().rows;
        for Step { row, subscription, customer } in &self.steps {
            let changes = [subscription, customer, instant];
            let claim = rows.claim(*row).unwrap_or(Claim::Change);
            let claim_fails = !changes.iter().any(|change| change.fits(claim));
            let before_fails = rows.mrr_before(*row).is_some_and(|stated| {
                let stated = M::only(rows.currency.at(*row), stated);
                !changes.iter().any(|change| matches!(change.before.compare(&stated), None | Some(Ordering::Equal)))
            });
            if claim_fails || before_fails {
                report(*row, &Verdict { claim_fails, before_fails, subscription, customer });
            }
        }
    }
}

impl<M: Money> Change<M> {
    /// Whether a claim describes this change. Amounts in different currencies are not compared: then it does.
    fn fits(&self, claim: Claim) -> bool {
        let (was, is) = (!self.before.is_nothing(), !self.after.is_nothing());
        let grown = || self.after.compare(&self.before);
        match claim {
            Claim::NewLogo => !was && is && !self.ever,
            Claim::Reactivation => !was && is,
            Claim::Churn => was && !is,
            Claim::Upgrade => was && is && grown().is_none_or(|order| order == Ordering::Greater),
            Claim::Downgrade => was && is && grown().is_none_or(|order| order == Ordering::Less),
            Claim::Change => true,
        }
    }
}

/// A contradiction in words.
fn tell<M: Money>(view: &View<'_>, row: u32, verdict: &Verdict<'_, M>) -> Contradiction {
    let projection = view.projection();
    let rows = &projection.rows;
    let shown = |sum: &M| {
        let parts: Vec<String> = sum.parts().into_iter().map(|part| amount(projection, part)).collect();
        if parts.is_empty() { "0".to_owned() } else { parts.join(" + ") }
    };
    let mut message = String::new();
    if verdict.claim_fails {
        let claim = rows.claim(row).unwrap_or(Claim::Change).name();
        let [of, total] = [verdict.subscription, verdict.customer];
        message = format!(
            "is called {claim}, but the subscription went from {} to {} and the customer from {} to {}{}",
            shown(&of.before),
            shown(&of.after),
            shown(&total.before),
            shown(&total.after),
            if claim == "new_logo" && total.ever { ", not for the first time" } else { "" },
        );
    }
    if verdict.before_fails {
        let stated = rows.mrr_before(row).unwrap_or_default();
        let between = if message.is_empty() { "" } else { "; it " };
        let (of, total) = (shown(&verdict.subscription.before), shown(&verdict.customer.before));
        let stated = shown(&M::only(rows.currency.at(row), stated));
        message.push_str(&format!(
            "{between}states {stated} before it, but the subscription had {of} and the customer {total}"
        ));
    }
    let customer = projection.spans.owner_of(row);
    Contradiction { position: Position(u64::from(rows.position[row as usize])), customer, message }
}

/// An amount with its currency.
fn amount(projection: &Projection, (currency, units): (u8, i128)) -> String {
    match projection.currencies.get(usize::from(currency)) {
        Some(currency) => format!("{} {currency}", units_text(units)),
        None => units_text(units),
    }
}
