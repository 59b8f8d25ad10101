//! The sums of one span: a window, or one part of a combined one.

use recount_projection::{ValueIx, View};

use super::RetentionQuestion;
use crate::combine::PartRatio;
use crate::convert::{Converter, Exchange, Mask};
use crate::error::FigureError;
use crate::ratio::Undefined;
use crate::scope::{Reading, Scope};
use crate::tally::{Job, Pair, Tally};
use crate::window::Window;

/// The sums of one span.
pub(crate) struct Part<'a> {
    name: String,
    pub(crate) job: Job<'a>,
    total: Tally,
    /// The sums by segment; none where no segments were asked for.
    segments: Vec<Tally>,
    /// The job of the segments where it is not the same: members that customers share are split by segment.
    split: Option<Job<'a>>,
}

/// Everyone, or the customers of one value of the segments' attribute.
#[derive(Clone, Copy)]
pub(super) enum Who {
    Everyone,
    Segment(Option<ValueIx>),
}

/// The three ratios of retention.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Net,
    Gross,
    Logos,
}

impl<'a> Part<'a> {
    /// Reads who counts in a span, and sums them up.
    pub(crate) fn new(
        view: &'a View<'a>,
        question: &RetentionQuestion<'a>,
        exchange: &Exchange,
        window: &Window,
    ) -> Result<Self, FigureError> {
        let RetentionQuestion { definition, calendar, by, .. } = *question;
        let parameters = &definition.parameters;
        let span = window.span();
        let job = |by| {
            let reading = Reading { cohort: &parameters.cohort, by, span, exclude_open: span.open };
            let scope = Scope::read(view, &reading)?;
            let rates = exchange.ends(parameters.currency.rates, question.window.span(), span, calendar)?;
            Ok::<_, FigureError>(Job { parameters, scope, span, rates: rates.into() })
        };
        let segmented = job(by)?;
        let mut segments = segmented.run();
        let mut total = Tally::default();
        if by.is_some() && segmented.scope.has_shared_members() {
            let everyone = job(None)?;
            everyone.run().iter().for_each(|tally| total.merge(view, tally));
            return Ok(Self { name: window.name.clone(), job: everyone, total, segments, split: Some(segmented) });
        }
        segments.iter().for_each(|tally| total.merge(view, tally));
        if by.is_none() {
            segments.clear();
        }
        Ok(Self { name: window.name.clone(), job: segmented, total, segments, split: None })
    }

    /// The job, the sums and the segment of some customers; nothing where nobody is in that segment.
    pub(super) fn of(&self, who: Who) -> Option<(&Job<'a>, &Tally, Option<usize>)> {
        match who {
            Who::Everyone => Some((&self.job, &self.total, None)),
            Who::Segment(value) => {
                let job = self.split.as_ref().unwrap_or(&self.job);
                let segment = job.scope.segments.find(value)?;
                Some((job, self.segments.get(segment)?, Some(segment)))
            }
        }
    }

    /// What everyone's sums needed, with the converters that it was needed of.
    pub(crate) fn needs(&self) -> impl Iterator<Item = (&Converter, Mask)> {
        self.needs_of(Who::Everyone)
    }

    pub(super) fn needs_of(&self, who: Who) -> impl Iterator<Item = (&Converter, Mask)> {
        self.of(who)
            .into_iter()
            .flat_map(|(job, tally, _)| [(&job.rates.open, tally.needs.0), (job.rates.at_close(), tally.needs.1)])
    }

    /// The values of the segments that hold anything.
    pub(super) fn values(&self) -> impl Iterator<Item = Option<ValueIx>> {
        let job = self.split.as_ref().unwrap_or(&self.job);
        let all = job.scope.segments.values().iter().zip(&self.segments);
        all.filter(|(_, tally)| !tally.is_empty()).map(|(value, _)| *value)
    }

    pub(super) fn ratio(&self, who: Who, kind: Kind) -> PartRatio {
        let (pair, opening) = match (self.of(who), kind) {
            (None, _) => (Pair::default(), 0),
            (Some((job, tally, _)), Kind::Net) => (job.net(tally), tally.opening),
            (Some((job, tally, _)), Kind::Gross) => (job.gross(tally), tally.opening),
            (Some((job, tally, _)), Kind::Logos) => (job.logos(tally), tally.opening),
        };
        let undefined = match kind {
            Kind::Net if opening > 0 => Undefined::NoSurvivors,
            Kind::Net | Kind::Gross => Undefined::NoOpening,
            Kind::Logos => Undefined::NoCustomers,
        };
        PartRatio { name: self.name.clone(), pair, undefined }
    }
}
