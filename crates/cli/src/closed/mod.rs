//! Closed periods: their figures as the close defines them, and what records to come do to these.
//!
//! A record that changes a closed period is never refused for it: it is reported as a prior-period adjustment.
//! `--refuse-closed` makes an error of that.

mod append;
mod reach;

use recount_ledger::Close;
use recount_metrics::{Calendar, PeriodFigures, Printed, RetentionQuestion, Window, adjustments, period_figures};
use recount_projection::{Listed, View};
use serde::Serialize;

use crate::context::Context;
use crate::definition::{Publication, Published};
use crate::error::{CommandError, ErrorKind};
use crate::output::plain::visible;

pub use append::of_append;
pub use reach::Touch;

/// What all adjustments of a close are called where its figures cannot be computed on either side.
const ALL_FIGURES: &str = "figures";

/// One figure of a closed period that is another now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PriorPeriodAdjustment {
    close: String,
    figure: String,
    was: Option<String>,
    now: Option<String>,
    difference: Option<String>,
    /// Why there is no figure on one of the sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What records did, or would do, to closed periods.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Changes {
    closes_changed: Vec<String>,
    prior_period_adjustments: Vec<PriorPeriodAdjustment>,
}

/// The figures of closed periods before some records, to be compared with those after them.
pub struct Before<'l> {
    published: Published<'l>,
    closes: Vec<(&'l Close, Result<PeriodFigures, String>)>,
}

/// The closes that close a period: only these have figures that can change.
pub fn with_period(closes: &[Listed<Close>]) -> impl Iterator<Item = &Close> {
    closes.iter().map(|listed| &listed.body).filter(|close| close.period.is_some())
}

impl<'l> Before<'l> {
    /// The figures of these closes before.
    pub fn of(closes: impl IntoIterator<Item = &'l Close>, definitions: &'l [Publication], view: &View<'_>) -> Self {
        let published = Published::new(definitions, u64::MAX);
        let closes = closes.into_iter().map(|close| (close, figures(close, published, view))).collect();
        Self { published, closes }
    }

    /// What is another after the records.
    pub fn changes(&self, after: &View<'_>) -> Changes {
        let mut changes = Changes::default();
        for (close, was) in &self.closes {
            let found = compare(close, was, &figures(close, self.published, after));
            if !found.is_empty() {
                changes.closes_changed.push(close.name.clone());
                changes.prior_period_adjustments.extend(found);
            }
        }
        changes
    }
}

/// The figures of a closed period under a view: by the definition, in the zone and the fiscal year of its close.
pub fn figures(close: &Close, published: Published<'_>, view: &View<'_>) -> Result<PeriodFigures, String> {
    let definition = published.pinned(close).map_err(|error| error.message)?;
    let (window, calendar) = period(close)?;
    let question = RetentionQuestion { window: &window, definition: &definition, calendar: &calendar, by: None };
    period_figures(view, &question).map_err(|error| error.to_string())
}

/// The period of a close, in its calendar.
pub fn period(close: &Close) -> Result<(Window, Calendar), String> {
    let zone = close.zone.parse().map_err(|error: recount_ledger::ZoneError| error.to_string())?;
    let calendar = Calendar::new(zone).with_fiscal_start(close.fiscal_start).map_err(|error| error.to_string())?;
    let window = Window::parse(close.period.as_deref().unwrap_or_default(), &calendar);
    Ok((window.map_err(|error| error.to_string())?, calendar))
}

/// Where it cannot be told on either side, the period counts as changed: nobody can say that it is not.
fn compare(
    close: &Close,
    was: &Result<PeriodFigures, String>,
    now: &Result<PeriodFigures, String>,
) -> Vec<PriorPeriodAdjustment> {
    let reason = now.as_ref().err().or(was.as_ref().err()).cloned();
    let close = close.name.clone();
    if was.is_err() && now.is_err() {
        let figure = ALL_FIGURES.to_owned();
        return vec![PriorPeriodAdjustment { close, figure, was: None, now: None, difference: None, reason }];
    }
    let one = |found: recount_metrics::Adjustment| PriorPeriodAdjustment {
        close: close.clone(),
        figure: found.figure.to_owned(),
        was: found.was,
        now: found.now,
        difference: found.difference,
        reason: reason.clone(),
    };
    adjustments(was.as_ref().ok(), now.as_ref().ok()).into_iter().map(one).collect()
}

impl PriorPeriodAdjustment {
    /// A later adjustment of the same figure follows.
    fn goes_on(&mut self, later: &Self) {
        let number = |side: &Option<String>| side.as_ref()?.parse::<Printed>().ok();
        self.now.clone_from(&later.now);
        self.reason.clone_from(&later.reason);
        self.difference = number(&self.now).zip(number(&self.was)).map(|(now, was)| (&now - &was).to_string());
    }

    /// `verb` is what the figure does now: `is`, or `would be` where nothing was recorded.
    fn sentence(&self, verb: &str) -> String {
        let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        let Self { figure, was, now, difference, reason, .. } = self;
        let close = visible(&self.close);
        let by = difference.as_ref().map(|by| format!(" ({})", signed(by))).unwrap_or_default();
        let why = reason.as_ref().map(|reason| format!("; {reason}")).unwrap_or_default();
        if was.is_none() && now.is_none() {
            return format!("{close}: whether its {figure} change cannot be told{why}");
        }
        format!("{close}: {figure} was {}, {verb} {}{by}{why}", side(was), side(now))
    }
}

fn signed(difference: &str) -> String {
    if difference.starts_with('-') { difference.to_owned() } else { format!("+{difference}") }
}

impl Changes {
    /// Whether no closed period changes.
    pub fn is_empty(&self) -> bool {
        self.closes_changed.is_empty()
    }

    /// The names of the closes whose period changes.
    pub fn closes(&self) -> &[String] {
        &self.closes_changed
    }

    /// These closes, of which nobody can say whether their figures change.
    pub fn untold<'l>(closes: impl IntoIterator<Item = &'l Close>, reason: &str) -> Self {
        let mut changes = Self::default();
        for close in closes {
            let untold = Err(reason.to_owned());
            changes.closes_changed.push(close.name.clone());
            changes.prior_period_adjustments.extend(compare(close, &untold, &untold));
        }
        changes
    }

    /// Takes what came later together with these changes: from the first "was" to the last "now".
    pub fn add(&mut self, later: &Self) {
        for one in &later.prior_period_adjustments {
            let same = |known: &&mut PriorPeriodAdjustment| (&known.close, &known.figure) == (&one.close, &one.figure);
            match self.prior_period_adjustments.iter_mut().find(same) {
                Some(known) => known.goes_on(one),
                None => self.prior_period_adjustments.push(one.clone()),
            }
        }
        // A figure that came back to what it was is none any more; one that cannot be told stays.
        self.prior_period_adjustments.retain(|one| one.was != one.now || one.now.is_none());
        self.closes_changed = Vec::new();
        for one in &self.prior_period_adjustments {
            if !self.closes_changed.contains(&one.close) {
                self.closes_changed.push(one.close.clone());
            }
        }
    }

    /// Tells a person, on stderr. JSON has them in the answer itself.
    pub fn tell(&self, context: &mut Context) -> Result<(), CommandError> {
        if self.is_empty() || context.out.format() == crate::args::Format::Json {
            return Ok(());
        }
        let told = |one: &PriorPeriodAdjustment| format!("prior-period adjustment of {}", one.sentence("is"));
        context.out.notes(&self.prior_period_adjustments.iter().map(told).collect::<Vec<_>>())
    }

    /// The same as an error, where closed periods are not to change.
    pub fn refused(&self) -> CommandError {
        let message = match self.closes_changed.as_slice() {
            [one] => format!("the closed period {one} would change, so nothing was recorded (--refuse-closed)"),
            all => format!("closed periods would change: {}; nothing was recorded (--refuse-closed)", all.join(", ")),
        };
        let error = CommandError::new(ErrorKind::Input, "closed_period", message);
        let others = self.prior_period_adjustments.iter().map(|one| one.sentence("would be"));
        CommandError { others: others.collect(), ..error }.hint(
            "let it take effect in an open period, or leave --refuse-closed out to record a prior-period adjustment",
        )
    }
}
