//! Restatement: one figure under two cuts, and the difference taken apart, record by record, exactly.
//!
//! The way from the first figure to the second has fixed stations: the exchange rates that turn, then the records in the
//! order of their positions, then zone and fiscal year, the currency policy, and the rest of the definition. A record's
//! effect is what the sums change by when it turns; only the units it touches are added up again.

mod category;
mod effect;
mod frame;
mod lens;
mod scale;
mod sums;
mod walk;

use recount_ledger::Currency;
use recount_projection::{Boundary, Change, CustomerIx, Transition, View};

use crate::calendar::Calendar;
use crate::convert::Exchange;
use crate::definition::Definition;
use crate::error::FigureError;
use crate::retention::{RetentionQuestion, RetentionReport, retention};
use crate::window::Window;

pub use category::Category;
pub use effect::Effect;
use frame::Frame;
use lens::Lens;
use scale::Scale;
use sums::Sums;
use walk::Walk;

/// One end of a restatement: what was known, and how it is read.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The records under a cut.
    pub view: &'a View<'a>,
    /// Over which span.
    pub window: &'a Window,
    /// By which definition.
    pub definition: &'a Definition,
    /// In which zone and fiscal year.
    pub calendar: &'a Calendar,
}

/// A question for a restatement. Both views are of one projection.
#[derive(Clone, Copy, Debug)]
pub struct RestatementQuestion<'a> {
    /// The figure as it was.
    pub then: Side<'a>,
    /// The figure as it is.
    pub now: Side<'a>,
    /// The instant of the first cut: a movement that took effect before it was booked late. None: nothing was known.
    pub since: Option<Boundary>,
}

/// The answer to a [`RestatementQuestion`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restatement {
    /// The figures as they were.
    pub then: RetentionReport,
    /// The figures as they are.
    pub now: RetentionReport,
    /// The currency of all amounts; none where there are no amounts at all.
    pub currency: Option<Currency>,
    /// How many records only one of the two cuts admits.
    pub records: u64,
    /// What moved the figures, in the order of the way. Their effects sum to `whole`.
    pub parts: Vec<RestatedPart>,
    /// From then to now.
    pub whole: Effect,
}

/// What one record did by one customer, or what a change of rules did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestatedPart {
    /// What kind of change.
    pub category: Category,
    /// The record; none for a change of rules.
    pub record: Option<Change>,
    /// Whose figures changed, after merges; none for a change of rules.
    pub customer: Option<CustomerIx>,
    /// By how much.
    pub effect: Effect,
}

/// A part before its ratios are formed.
struct Moved {
    category: Category,
    record: Option<Change>,
    customer: Option<CustomerIx>,
    by: Sums,
}

/// Takes the difference of two figures apart.
pub fn restate(question: &RestatementQuestion<'_>) -> Result<Restatement, FigureError> {
    let RestatementQuestion { then, now, since } = *question;
    let figures = [then.report()?, now.report()?];
    let [was, is] = &figures;
    let currency = match (was.currency, is.currency) {
        (Some(was), Some(is)) if was != is => return Err(FigureError::SeveralCurrencies(vec![was, is])),
        (was, is) => was.or(is),
    };
    let rates = Exchange::between(now.view, currency);
    let transition = Transition::new(then.view.projection(), then.view.cut(), now.view.cut());
    let changes = transition.changes();
    let frames = Frame::between(&then, &now)?;
    let (_, first) = &frames[0];
    let opened = Lens::new(first, &Exchange::between(then.view, currency))?;
    let lens = Lens::new(first, &rates)?;
    let start = opened.everyone(then.view)?;
    let mut walk = Walk::new(transition, &lens, since, start.clone());
    walk.rates(then.view, &opened, &changes, currency)?;
    walk.records(&changes)?;
    let (after, moved) = walk.finish();
    let scale = Scale::new(&first.parameters.window, &start, &after);
    let mut parts = scale.parts(moved);
    let mut station = (scale, after);
    for (category, frame) in &frames[1..] {
        let sums = Lens::new(frame, &rates)?.everyone(now.view)?;
        let next = Scale::new(&frame.parameters.window, &sums, &sums);
        let effect = Effect::of_rules((&station.0, &station.1), (&next, &sums));
        parts.push(RestatedPart { category: *category, record: None, customer: None, effect });
        station = (next, sums);
    }
    let [was, is] = figures;
    let whole = Effect::between(&was.total, &is.total);
    bridge_undefined(&mut parts, &whole);
    parts.retain(|part| !part.effect.is_nothing());
    let restated = Restatement { then: was, now: is, currency, records: changes.records, parts, whole };
    restated.checked()
}

/// Where a ratio does not exist at a station between the ends, its whole difference is the last rule's; where it does
/// not exist at one of the ends, there is no difference.
fn bridge_undefined(parts: &mut [RestatedPart], whole: &Effect) {
    for kind in 0..3 {
        let difference = whole.ratio(kind).cloned();
        let broken = parts.iter().any(|part| part.effect.ratio(kind).is_none());
        if difference.is_some() && !broken {
            continue;
        }
        parts.iter_mut().for_each(|part| *part.effect.ratios_mut()[kind] = None);
        if let Some(last) = parts.iter_mut().rfind(|part| part.record.is_none()) {
            *last.effect.ratios_mut()[kind] = difference;
        }
    }
}

impl Side<'_> {
    fn report(&self) -> Result<RetentionReport, FigureError> {
        let Self { view, window, definition, calendar } = *self;
        retention(view, &RetentionQuestion { window, definition, calendar, by: None })
    }
}

impl Restatement {
    /// The sum of some of its parts.
    pub fn sum<'r>(parts: impl IntoIterator<Item = &'r RestatedPart>) -> Effect {
        parts.into_iter().fold(Effect::default(), |sum, part| sum.plus(&part.effect))
    }

    /// Parts that do not sum to the whole are never right, so they are never shown.
    fn checked(self) -> Result<Self, FigureError> {
        let sum = Self::sum(&self.parts);
        if sum.fits(&self.whole) { Ok(self) } else { Err(FigureError::DoesNotFoot(self.now.window.name)) }
    }
}
