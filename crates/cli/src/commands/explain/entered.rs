//! The figures of a window with a record and without it.

use recount_metrics::{
    Adjustment, Calendar, Definition, FigureError, PeriodFigures, RetentionQuestion, Window, adjustments,
    period_figures,
};
use recount_projection::{Listed, View};
use serde::Serialize;

use crate::closed;
use crate::commands::ndr::WindowJson;
use crate::definition::Published;

/// What a record is to the figures of one window.
#[derive(Serialize)]
pub(super) struct Entered {
    pub(super) window: WindowJson,
    /// The close whose period it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) close: Option<InClose>,
    pub(super) currency: Option<String>,
    /// Whether any figure is another without it.
    pub(super) enters: bool,
    pub(super) figures: Vec<FigureJson>,
    /// Why there are no figures on one of the sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

/// A close, and where the record lies from it.
#[derive(Serialize)]
pub(super) struct InClose {
    pub(super) name: String,
    pub(super) position: u64,
    /// Whether the close has the record: its figures are those that the close stated.
    pub(super) lies_in: bool,
    /// Whether it came later and changes the closed period.
    pub(super) prior_period_adjustment: bool,
}

#[derive(Serialize)]
pub(super) struct FigureJson {
    pub(super) figure: &'static str,
    pub(super) without: Option<String>,
    pub(super) with: Option<String>,
    pub(super) share: Option<String>,
}

type Side = Result<PeriodFigures, String>;

impl Entered {
    /// The figures of a window by one definition.
    pub(super) fn of_window(
        window: &Window,
        (definition, calendar): (&Definition, &Calendar),
        with: &View<'_>,
        without: Result<&View<'_>, &str>,
    ) -> Self {
        let question = RetentionQuestion { window, definition, calendar, by: None };
        let figures = |view: &View<'_>| period_figures(view, &question).map_err(|error: FigureError| error.to_string());
        Self::between(window, None, figures(with), without.map_err(str::to_owned).and_then(figures))
    }

    /// The figures of a close's period, as the close defines them. None for one that closes nothing.
    pub(super) fn of_close(
        listed: &Listed<recount_ledger::Close>,
        lies_in: bool,
        published: Published<'_>,
        with: &View<'_>,
        without: Result<&View<'_>, &str>,
    ) -> Option<Self> {
        let close = &listed.body;
        close.period.as_ref()?;
        let (window, _) = closed::period(close).ok()?;
        let figures = |view: &View<'_>| closed::figures(close, published, view);
        let was = without.map_err(str::to_owned).and_then(figures);
        let name = close.name.clone();
        let own = InClose { name, position: listed.position.0, lies_in, prior_period_adjustment: false };
        Some(Self::between(&window, Some(own), figures(with), was))
    }

    fn between(window: &Window, close: Option<InClose>, with: Side, without: Side) -> Self {
        let reason = with.as_ref().err().or(without.as_ref().err()).cloned();
        let found = adjustments(without.as_ref().ok(), with.as_ref().ok());
        let one = |Adjustment { figure, was, now, difference }| FigureJson {
            figure,
            without: was,
            with: now,
            share: difference,
        };
        let figures: Vec<_> = found.into_iter().map(one).collect();
        let enters = !figures.is_empty();
        let close = close.map(|close| InClose { prior_period_adjustment: enters && !close.lies_in, ..close });
        let currency = with.ok().and_then(|with| with.currency).map(|currency| currency.to_string());
        Self { window: window.into(), close, currency, enters, figures, reason }
    }
}
