//! One-time charges, which no figure of MRR counts and some decks do.

use num_rational::BigRational;
use recount_ledger::{Currency, Instant, Position};
use recount_projection::{Boundary, Cut, View};
use rustc_hash::FxHashSet;

use super::cause::{Cause, CauseKind};
use super::metric::{Family, Metric};
use super::setting::Setting;
use super::shares::Shares;
use crate::tally::Pair;

/// A one-time charge on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Where its record stands.
    pub position: Position,
    /// When its source knew it.
    pub booked_at: Instant,
    /// The void that takes it back, where there is one: where it stands, and when it was known.
    pub voided: Option<(Position, Instant)>,
    /// The customer as recorded.
    pub customer: String,
    /// When.
    pub effective_at: Instant,
    /// How much, in units of 1e-8; a credit is negative.
    pub units: i128,
    /// In which currency.
    pub currency: Currency,
}

impl Charge {
    fn is_known(&self, cut: Cut) -> bool {
        let admits = |position: Position, booked: Instant| {
            position.0 < cut.size && cut.known_at.is_none_or(|known_at| booked < known_at.0)
        };
        admits(self.position, self.booked_at) && !self.voided.is_some_and(|(position, booked)| admits(position, booked))
    }
}

/// What a figure is with one-time charges in it: those of the last month before its ends, or of its whole window.
pub(super) fn counted_in(
    view: &View<'_>,
    setting: &Setting,
    shares: &Shares,
    charges: &[Charge],
) -> Vec<(Cause, BigRational)> {
    let currency = setting.definition.parameters.currency.report.or_else(|| view.currencies().first().copied());
    let cohort: FxHashSet<_> = shares.all.iter().map(|share| share.customer).collect();
    let retention = shares.metric.family() == Family::Retention;
    let known = charges.iter().filter(|charge| Some(charge.currency) == currency && charge.is_known(setting.cut));
    let known: Vec<_> = known
        .filter(|charge| {
            // A ratio is over a cohort; an amount is everyone's.
            !retention || view.customer(&charge.customer).is_some_and(|customer| cohort.contains(&customer))
        })
        .collect();
    let sum = |from: Option<Boundary>, to: Boundary| -> i128 {
        let inside =
            known.iter().filter(|it| from.is_none_or(|from| it.effective_at >= from.0) && it.effective_at < to.0);
        inside.map(|charge| charge.units).sum()
    };
    let month = |to: Boundary| sum(month_before(setting, to), to);
    let total = shares.total();
    let of_months = "with the last month's one-time charges counted as MRR";
    let of_window = "with the window's one-time charges counted as MRR";
    let ways = match (&setting.window, shares.metric) {
        (Some(window), Metric::Ndr | Metric::Gdr) => vec![
            (of_months, Pair(total.0 + month(window.close), total.1 + month(window.open))),
            (of_window, Pair(total.0 + sum(Some(window.open), window.close), total.1)),
        ],
        (Some(window), Metric::New | Metric::Expansion) => {
            vec![(of_window, Pair(total.0 + sum(Some(window.open), window.close), 0))]
        }
        (_, Metric::Mrr | Metric::Arr) => vec![(of_months, Pair(total.0 + month(setting.at), 0))],
        _ => Vec::new(),
    };
    let changed = ways.into_iter().filter(|(_, pair)| *pair != total).enumerate();
    changed
        .filter_map(|(place, (text, pair))| Some((Cause::new(CauseKind::Charges, text).at(place), shares.value(pair)?)))
        .collect()
}

/// A month before a boundary in the calendar.
fn month_before(setting: &Setting, to: Boundary) -> Option<Boundary> {
    let local = setting.calendar.zone().local(to.0).date();
    let date = local.checked_sub_months(chrono::Months::new(1))?;
    setting.calendar.zone().start_of(date).ok().map(Boundary)
}
