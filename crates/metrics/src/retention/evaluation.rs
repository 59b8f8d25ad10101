//! One question, evaluated: the sums of the window and of its parts, put together into a report.

use recount_projection::{ValueIx, View};

use super::part::{Kind, Part, Who};
use super::{LinesBasis, Retention, RetentionQuestion, RetentionReport, TopTen};
use crate::combine::{PartRatio, combine, combined_windows};
use crate::convert::{Exchange, Settled};
use crate::definition::{NetMethod, Parameters};
use crate::error::FigureError;
use crate::path::Lines;
use crate::ratio::{Figure, Ratio, Undefined};
use crate::tally::Tally;
use crate::warning;
use crate::window::Window;

/// A question with all its sums.
pub(crate) struct Evaluation<'a> {
    view: &'a View<'a>,
    question: RetentionQuestion<'a>,
    exchange: &'a Exchange,
    whole: Part<'a>,
    /// What is combined; empty where the window is one part.
    parts: Vec<Part<'a>>,
}

impl<'a> Evaluation<'a> {
    pub(crate) fn new(
        view: &'a View<'a>,
        question: &RetentionQuestion<'a>,
        exchange: &'a Exchange,
    ) -> Result<Self, FigureError> {
        let RetentionQuestion { window, definition, calendar, .. } = *question;
        let windows = combined_windows(&definition.parameters.window, window, calendar)?;
        let part = |window: &Window| Part::new(view, question, exchange, window);
        let whole = part(window)?;
        let parts = windows.iter().map(part).collect::<Result<_, _>>()?;
        Ok(Self { view, question: *question, exchange, whole, parts })
    }

    pub(crate) fn report(&self) -> Result<RetentionReport, FigureError> {
        let settled = self.settle(Who::Everyone)?;
        let mut report = self.unwarned()?;
        let RetentionQuestion { window, calendar, .. } = self.question;
        let warnings = &mut report.warnings;
        warnings.extend(warning::common(self.view, calendar));
        warnings.extend(warning::stale(&settled));
        warnings.extend(warning::incomplete(self.view, window));
        warnings.extend(warning::few_customers(report.total.customers));
        warnings.extend(warning::short_history(self.view, calendar, window));
        warnings.extend(warning::hidden_segments(&report.groups));
        warnings.extend(warning::floor_not_applied(self.parameters()));
        warning::sort(warnings);
        Ok(report)
    }

    /// The report without its warnings, which take a look at every record.
    pub(crate) fn unwarned(&self) -> Result<RetentionReport, FigureError> {
        let settled = self.settle(Who::Everyone)?;
        let total = self.retention(Who::Everyone)?;
        let groups = self.groups()?;
        let lines_basis = match self.parameters().net.method {
            NetMethod::Endpoint | NetMethod::Survivors => LinesBasis::Endpoints,
            NetMethod::Movements => LinesBasis::CohortMovements,
            NetMethod::AllMovements => LinesBasis::AllMovements,
        };
        let (window, warnings) = (self.question.window.clone(), Vec::new());
        Ok(RetentionReport { window, currency: settled.currency, lines_basis, total, groups, warnings })
    }

    fn parameters(&self) -> &'a Parameters {
        &self.question.definition.parameters
    }

    fn evaluated(&self) -> impl Iterator<Item = &Part<'a>> {
        std::iter::once(&self.whole).chain(&self.parts)
    }

    fn settle(&self, who: Who) -> Result<Settled, FigureError> {
        let needs = self.evaluated().flat_map(|part| part.needs_of(who));
        self.exchange.settle(needs, "a sum of the retention")
    }

    /// The segments that hold anything, by value; customers without one come last.
    fn groups(&self) -> Result<Vec<(Option<String>, Retention)>, FigureError> {
        let Some(attribute) = self.question.by.and_then(|name| self.view.attribute(name)) else {
            return Ok(Vec::new());
        };
        let mut values: Vec<_> = self.evaluated().flat_map(Part::values).collect();
        values.sort_by_key(|value| (value.is_none(), value.map(|value| attribute.text(value))));
        values.dedup();
        let group = |value: Option<ValueIx>| {
            let name = value.map(|value| attribute.text(value).to_owned());
            Ok((name, self.retention(Who::Segment(value))?))
        };
        values.into_iter().map(group).collect()
    }

    fn retention(&self, who: Who) -> Result<Retention, FigureError> {
        let nobody = Tally::default();
        let tally = self.whole.of(who).map_or(&nobody, |(_, tally, _)| tally);
        let (opening, lines, fx, closing) = self.whole.job.lines(tally);
        let Lines { reactivation, expansion, contraction, churn, .. } = lines;
        Ok(Retention {
            customers: tally.customers,
            members: tally.members,
            opening,
            expansion,
            contraction,
            churn,
            reactivation,
            fx,
            closing,
            ndr: self.figure(who, Kind::Net),
            gdr: self.figure(who, Kind::Gross),
            logo_retention: self.figure(who, Kind::Logos),
            customers_closing: tally.customers_kept,
            top_ten: self.top_ten(who, tally, opening),
            rates: self.settle(who)?.rates.into_iter().collect(),
        })
    }

    fn figure(&self, who: Who, kind: Kind) -> Figure {
        self.combined(|part| part.ratio(who, kind))
    }

    fn combined(&self, ratio: impl Fn(&Part<'_>) -> PartRatio) -> Figure {
        let parts: Vec<_> = self.parts.iter().map(&ratio).collect();
        combine(&self.parameters().window, &ratio(&self.whole), &parts)
    }

    fn top_ten(&self, who: Who, tally: &Tally, opening: i128) -> TopTen {
        let customers = tally.top.customers();
        let ndr_without = self.combined(|part| {
            let all = part.ratio(who, Kind::Net);
            let pair = match part.of(who) {
                Some((job, _, segment)) => {
                    let (with, without) = job.share_of(&customers, segment);
                    all.pair.minus(job.net(&with)).plus(job.net(&without))
                }
                None => all.pair,
            };
            let undefined = if all.pair.1 > 0 && pair.1 == 0 { Undefined::OnlyTopTen } else { all.undefined };
            PartRatio { pair, undefined, ..all }
        });
        TopTen {
            customers: customers.iter().map(|customer| self.view.customer_id(*customer).to_owned()).collect(),
            share: Ratio::of(tally.top.mrr(), opening).ok_or(Undefined::NoOpening),
            ndr_without,
        }
    }
}
