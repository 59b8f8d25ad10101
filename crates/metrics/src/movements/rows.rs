//! The sums behind a bridge: every member walked through every row, in the segment it is in at each instant.

use std::ops::Range;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use recount_ledger::Instant;
use recount_projection::{Attribute, CustomerIx, SubscriptionIx, ValueIx, View};

use super::{Bridge, MovementsQuestion, add_checked};
use crate::convert::{Converter, EndRates, Exchange, Mask};
use crate::definition::{Grain, Parameters, Rates};
use crate::error::FigureError;
use crate::path::{Gap, Line, Path, Step, line};
use crate::scope::{Reading, Scope, Units};
use crate::window::{Span, Window};

/// Above so many sums one core adds them all: a set per core would outweigh the speed.
const SUMS_IN_PARALLEL: usize = 16_384;

/// The rows of one bridge.
pub(super) struct Rows<'a> {
    view: &'a View<'a>,
    parameters: &'a Parameters,
    whole: Span,
    spans: Vec<Span>,
    /// One per row where each row has its own, else one for all.
    rates: Vec<EndRates>,
    by: Option<Attribute<'a>>,
}

/// A bridge for every segment and row, and what each row needed.
#[derive(Clone)]
pub(super) struct Sums {
    rows: usize,
    /// Segment by segment; the last is that of customers without a value.
    bridges: Vec<Bridge>,
    /// By row: at opening rates, and at closing rates.
    needs: Vec<(Mask, Mask)>,
}

/// What a worker keeps from member to member.
struct Worker {
    path: Path,
    /// The same member at closing rates.
    end: Path,
    changes: Vec<(Instant, ValueIx)>,
    sums: Sums,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        view: &'a View<'a>,
        question: &MovementsQuestion<'a>,
        exchange: &Exchange,
        parts: &[Window],
    ) -> Result<Self, FigureError> {
        let MovementsQuestion { window, definition, calendar, by, .. } = *question;
        let parameters = &definition.parameters;
        let spans: Vec<_> = parts.iter().map(Window::span).collect();
        let rates = parameters.currency.rates;
        let own = if rates == Rates::Spot { &spans[..] } else { &spans[..1] };
        let rates = own.iter().map(|span| exchange.ends(rates, window.span(), *span, calendar));
        let attribute = |name| view.attribute(name).ok_or_else(|| FigureError::unknown_attribute(view, name));
        Ok(Self {
            view,
            parameters,
            whole: window.span(),
            rates: rates.collect::<Result<_, _>>()?,
            by: by.map(attribute).transpose()?,
            spans,
        })
    }

    /// Walks everyone. Members that customers share are read at each row's own open.
    pub(super) fn run(&self) -> Result<Sums, FigureError> {
        let all = 0..self.spans.len();
        if !matches!(self.parameters.cohort.grain, Grain::Attribute(_)) {
            return Ok(self.walk_all(&self.scope(self.whole)?, all));
        }
        all.map(|row| Ok(self.walk_all(&self.scope(self.spans[row])?, row..row + 1)))
            .try_fold(self.nothing(), |sums, row: Result<_, FigureError>| Ok(sums.merged(row?)))
    }

    /// The first row of each unit: of every customer that counts, or of the members that customers share.
    pub(super) fn by_unit(&self) -> Result<Vec<(Vec<CustomerIx>, Bridge)>, FigureError> {
        let scope = self.scope(self.whole)?;
        let of = |unit: u32| {
            let mut worker = self.worker();
            self.unit(&scope, unit, 0..1, &mut worker);
            worker.sums.total().swap_remove(0)
        };
        Ok(match &scope.units {
            Units::Members(members) => {
                let all = (0..members.count()).into_par_iter();
                all.map(|member| (members.customers(member).to_vec(), of(member))).collect()
            }
            _ => self.view.par_customers().map(|customer| (vec![customer], of(customer.0))).collect(),
        })
    }

    fn worker(&self) -> Worker {
        Worker { path: Path::default(), end: Path::default(), changes: Vec::new(), sums: self.nothing() }
    }

    /// What the rows needed, with the converters that it was needed of.
    pub(super) fn needs(&self, sums: &Sums) -> impl Iterator<Item = (&Converter, Mask)> {
        let needs = sums.needs.clone().into_iter().enumerate();
        needs.flat_map(|(row, (open, close))| {
            let rates = self.rates_of(row);
            [(&rates.open, open), (rates.at_close(), close)]
        })
    }

    /// The rows of each segment that holds anything, by value; customers without one come last.
    pub(super) fn groups(&self, sums: &Sums) -> Vec<(Option<String>, Vec<Bridge>)> {
        let Some(attribute) = &self.by else { return Vec::new() };
        let values = (0..attribute.value_count()).map(|value| Some(ValueIx(value))).chain([None]);
        let mut groups: Vec<_> = values
            .zip(sums.bridges.chunks(sums.rows))
            .filter(|(_, rows)| rows.iter().any(|row| *row != Bridge::default()))
            .map(|(value, rows)| (value.map(|value| attribute.text(value).to_owned()), rows.to_vec()))
            .collect();
        groups.sort_by(|(left, _), (right, _)| (left.is_none(), left).cmp(&(right.is_none(), right)));
        groups
    }

    fn scope(&self, span: Span) -> Result<Scope<'a>, FigureError> {
        let reading = Reading { cohort: &self.parameters.cohort, by: None, span, exclude_open: self.whole.open };
        Scope::read(self.view, &reading)
    }

    fn rates_of(&self, row: usize) -> &EndRates {
        self.rates.get(row).unwrap_or(&self.rates[0])
    }

    fn nothing(&self) -> Sums {
        let (rows, segments) = (self.spans.len(), self.by.as_ref().map_or(0, Attribute::value_count) as usize + 1);
        Sums { rows, bridges: vec![Bridge::default(); rows * segments], needs: vec![Default::default(); rows] }
    }

    fn walk_all(&self, scope: &Scope<'_>, rows: Range<usize>) -> Sums {
        match &scope.units {
            Units::Members(members) => self.sum(scope, rows, (0..members.count()).into_par_iter()),
            _ => self.sum(scope, rows, self.view.par_customers().map(|customer| customer.0)),
        }
    }

    /// Walks units: the numbers of members where customers share them, else of customers.
    fn sum(&self, scope: &Scope<'_>, rows: Range<usize>, units: impl ParallelIterator<Item = u32>) -> Sums {
        let new = || self.worker();
        let add = |mut worker: Worker, unit: u32| {
            self.unit(scope, unit, rows.clone(), &mut worker);
            worker
        };
        if self.nothing().bridges.len() > SUMS_IN_PARALLEL {
            let units: Vec<_> = units.collect();
            return units.into_iter().fold(new(), add).sums;
        }
        units.fold(new, add).map(|worker| worker.sums).reduce(|| self.nothing(), Sums::merged)
    }

    fn unit(&self, scope: &Scope<'_>, unit: u32, rows: Range<usize>, worker: &mut Worker) {
        let (view, customer) = (self.view, CustomerIx(unit));
        if let Units::Members(members) = &scope.units {
            let all = || members.customers(unit).iter().flat_map(|customer| view.subscriptions(*customer));
            return self.member(all, rows, worker);
        }
        if scope.is_excluded(customer) {
            return;
        }
        if let Some(attribute) = &self.by {
            worker.changes = attribute.changes(customer);
        }
        match scope.units {
            Units::Subscriptions => view
                .subscriptions(customer)
                .for_each(|subscription| self.member(|| std::iter::once(subscription), rows.clone(), worker)),
            _ => self.member(|| view.subscriptions(customer), rows, worker),
        }
    }

    fn member<I: Iterator<Item = SubscriptionIx>>(
        &self,
        subscriptions: impl Fn() -> I,
        rows: Range<usize>,
        worker: &mut Worker,
    ) {
        let gap = Gap::days(self.parameters.cohort.gap_days);
        let Worker { path, end, changes, sums } = worker;
        let each = self.rates.len() > 1;
        for row in rows.clone() {
            let EndRates { open, close } = self.rates_of(row);
            if each || row == rows.start {
                path.load(self.view, subscriptions(), open, gap);
            }
            let span = self.spans[row];
            let last = match close {
                Some(close) => {
                    end.load(self.view, subscriptions(), close, gap);
                    end.at(span.close)
                }
                None => path.at(span.close),
            };
            sums.walk(row, span, path, last, changes);
        }
    }
}

impl Sums {
    /// The rows of everyone. What leaves one segment enters another, so nothing enters or leaves everyone.
    pub(super) fn total(&self) -> Vec<Bridge> {
        let mut total = vec![Bridge::default(); self.rows];
        for segment in self.bridges.chunks(self.rows) {
            for (total, row) in total.iter_mut().zip(segment) {
                let mut stayed = Bridge { entering: 0, leaving: 0, ..*row };
                (stayed.customers.entering, stayed.customers.leaving) = (0, 0);
                total.add(&stayed);
            }
        }
        total
    }

    fn merged(mut self, other: Self) -> Self {
        let rows = self.rows;
        for (place, (own, other)) in self.bridges.iter_mut().zip(&other.bridges).enumerate() {
            if !own.add(other) {
                self.needs[place % rows].0 |= Mask::OVERFLOW;
            }
        }
        for (own, other) in self.needs.iter_mut().zip(other.needs) {
            own.0 |= other.0;
            own.1 |= other.1;
        }
        self
    }

    /// The bridge of a segment in a row.
    fn bridge(&mut self, segment: Option<ValueIx>, row: usize) -> &mut Bridge {
        let last = self.bridges.len() / self.rows - 1;
        let segment = segment.map_or(last, |value| value.0 as usize);
        &mut self.bridges[segment * self.rows + row]
    }

    /// Walks a member through a row. `end` is its state at the close, at closing rates.
    fn walk(&mut self, row: usize, span: Span, path: &Path, end: (i128, Mask), changes: &[(Instant, ValueIx)]) {
        let ((opening, open_mask), inside) = (path.at(span.open), path.inside(span));
        if opening == 0 && inside.is_empty() && end.0 == 0 {
            self.needs[row].0 |= open_mask;
            return;
        }
        let needs = inside.iter().fold(open_mask, |mask, step| mask | step.mask);
        self.needs[row].0 |= needs;
        self.needs[row].1 |= end.1;
        let earlier = changes.partition_point(|(at, _)| *at < span.open.0);
        let mut segment = changes[..earlier].last().map(|(_, value)| *value);
        let bridge = self.bridge(segment, row);
        bridge.opening += opening;
        bridge.customers.opening += u64::from(opening > 0);
        let mut ever = opening > 0 || path.was_active_before(span.open);
        let mut mrr = opening;
        let later = changes[earlier..].iter().take_while(|(at, _)| *at < span.close.0);
        for (change, step) in instants(later, inside) {
            if change.is_some() && change != segment {
                self.cross(segment, change, row, mrr);
                segment = change;
            }
            let Some(step) = step else { continue };
            if let Some(line) = line(mrr, step.mrr, ever) {
                self.bridge(segment, row).step(line, (step.mrr - mrr).abs());
            }
            ever |= step.mrr > 0;
            mrr = step.mrr;
        }
        let bridge = self.bridge(segment, row);
        bridge.closing += end.0;
        bridge.fx += end.0 - mrr;
        bridge.customers.closing += u64::from(mrr > 0);
    }

    /// Moves an active member from one segment to another.
    fn cross(&mut self, from: Option<ValueIx>, to: Option<ValueIx>, row: usize, mrr: i128) {
        let heads = u64::from(mrr > 0);
        let left = self.bridge(from, row);
        left.customers.leaving += heads;
        let exact = add_checked(&mut left.leaving, mrr);
        let entered = self.bridge(to, row);
        entered.customers.entering += heads;
        if !(add_checked(&mut entered.entering, mrr) && exact) {
            self.needs[row].0 |= Mask::OVERFLOW;
        }
    }
}

impl Bridge {
    fn step(&mut self, line: Line, amount: i128) {
        let heads = &mut self.customers;
        let (sum, count) = match line {
            Line::NewLogo => (&mut self.new_logo, Some(&mut heads.new_logo)),
            Line::Reactivation => (&mut self.reactivation, Some(&mut heads.reactivation)),
            Line::Expansion => (&mut self.expansion, None),
            Line::Contraction => (&mut self.contraction, None),
            Line::Churn => (&mut self.churn, Some(&mut heads.churn)),
        };
        *sum += amount;
        count.into_iter().for_each(|count| *count += 1);
    }
}

/// Every instant at which the segment or the MRR changes, in order: the last change and the step there.
fn instants<'s>(
    changes: impl Iterator<Item = &'s (Instant, ValueIx)>,
    steps: &'s [Step],
) -> impl Iterator<Item = (Option<ValueIx>, Option<&'s Step>)> {
    let (mut changes, mut steps) = (changes.peekable(), steps.iter().peekable());
    std::iter::from_fn(move || {
        let next = [changes.peek().map(|(at, _)| *at), steps.peek().map(|step| step.at)];
        let at = next.into_iter().flatten().min()?;
        let mut change = None;
        while let Some((_, value)) = changes.next_if(|(own, _)| *own == at) {
            change = Some(*value);
        }
        Some((change, steps.next_if(|step| step.at == at)))
    })
}
