//! What a reader should know before quoting a figure.

use std::fmt;

use chrono::Months;
use recount_projection::View;

use crate::calendar::Calendar;
use crate::convert::Settled;
use crate::definition::{NetMethod, Parameters};
use crate::retention::Retention;
use crate::window::Window;

/// A cohort below so many customers is small.
const FEW_CUSTOMERS: u64 = 50;
/// A history below so many months is short.
const SHORT_HISTORY_MONTHS: u32 = 6;
/// A segment below this hides behind a blended figure.
const HIDDEN_BELOW_PERCENT: u32 = 90;
const DAY_MICROS: i64 = 86_400_000_000;

/// A warning beside a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What kind.
    pub code: WarningCode,
    /// In full, with figures.
    pub message: String,
    /// How many (customers, records, days, ...); what is counted stands in the message.
    pub count: u64,
}

/// The kinds of [`Warning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WarningCode {
    /// A cohort of less than 50 customers.
    FewCustomers,
    /// Less than six months from the first movement to the close.
    ShortHistory,
    /// Admitted records whose claim fails.
    Contradictions,
    /// A blended figure over a segment below 90 %.
    HiddenSegment,
    /// A rate older than 7 days.
    StaleRate,
    /// `known_at` admits records that were recorded later.
    UnsealedKnowledge,
    /// The window closes after the newest admitted booking.
    WindowIncomplete,
    /// Bare dates in scope began in another zone.
    ZoneDiffers,
    /// The definition has a floor, and a net method that measures everybody.
    FloorNotApplied,
}

impl WarningCode {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FewCustomers => "few_customers",
            Self::ShortHistory => "short_history",
            Self::Contradictions => "contradictions",
            Self::HiddenSegment => "hidden_segment",
            Self::StaleRate => "stale_rate",
            Self::UnsealedKnowledge => "unsealed_knowledge",
            Self::WindowIncomplete => "window_incomplete",
            Self::ZoneDiffers => "zone_differs",
            Self::FloorNotApplied => "floor_not_applied",
        }
    }
}

impl fmt::Display for WarningCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A count of things, in the singular where there is one.
fn counted(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn some(code: WarningCode, count: u64, message: impl FnOnce() -> String) -> Option<Warning> {
    (count > 0).then(|| Warning { code, message: message(), count })
}

/// What every report says about its records.
pub(crate) fn common(view: &View<'_>, calendar: &Calendar) -> Vec<Warning> {
    let contradictions = view.contradiction_count();
    let unsealed = view.unsealed_knowledge();
    let elsewhere: Vec<_> =
        view.bare_date_zones().into_iter().filter(|(zone, _)| *zone != calendar.zone().name()).collect();
    let differing = elsewhere.iter().map(|(_, records)| records).sum();
    [
        some(WarningCode::Contradictions, contradictions, || {
            let records = counted(contradictions, "record");
            format!("{records} in scope with a claim that does not fit what happened; run `recount check`")
        }),
        some(WarningCode::UnsealedKnowledge, unsealed, || {
            format!(
                "{unsealed} of the records that count were recorded after the knowledge date; that they were known \
                 by then is their source's claim (see --ledger-at)"
            )
        }),
        some(WarningCode::ZoneDiffers, differing, || {
            let zones: Vec<_> = elsewhere.iter().map(|(zone, _)| *zone).collect();
            let records = counted(differing, "record");
            let zones = zones.join(", ");
            format!("{records} with dates that began in {zones}; this report is in {}", calendar.zone())
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Rates older than a week at the boundary they were used at.
pub(crate) fn stale(settled: &Settled) -> Option<Warning> {
    some(WarningCode::StaleRate, settled.stale.len() as u64, || {
        let told = settled.stale.iter().map(|(rate, at)| {
            let days = (at.micros() - rate.date.micros()) / DAY_MICROS;
            format!("{}/{} at {at} is {days} days old", rate.base, rate.quote)
        });
        format!("exchange rates older than 7 days: {}", told.collect::<Vec<_>>().join("; "))
    })
}

/// A window that closes after everything that is known.
pub(crate) fn incomplete(view: &View<'_>, window: &Window) -> Option<Warning> {
    let newest = view.newest_booking();
    let late = newest.is_none_or(|newest| window.close.0 > newest);
    some(WarningCode::WindowIncomplete, u64::from(late), || match newest {
        Some(newest) => format!("the window closes at {}, after the newest booking at {newest}", window.close.0),
        None => format!("the window closes at {}, and nothing is booked", window.close.0),
    })
}

/// A cohort too small to say much.
pub(crate) fn few_customers(customers: u64) -> Option<Warning> {
    (customers < FEW_CUSTOMERS).then(|| Warning {
        code: WarningCode::FewCustomers,
        message: format!(
            "the cohort has {}; below {FEW_CUSTOMERS} a single one moves the figure",
            counted(customers, "customer")
        ),
        count: customers,
    })
}

/// A history too short to say much.
pub(crate) fn short_history(view: &View<'_>, calendar: &Calendar, window: &Window) -> Option<Warning> {
    let first = view.first_movement()?;
    let enough = calendar.zone().local(first).checked_add_months(Months::new(SHORT_HISTORY_MONTHS))?;
    let days = (window.close.0.micros() - first.micros()).max(0) / DAY_MICROS;
    (enough > calendar.zone().local(window.close.0)).then(|| Warning {
        code: WarningCode::ShortHistory,
        message: format!("the first movement is {days} days before the close; less than six months say little"),
        count: days.unsigned_abs(),
    })
}

/// Segments that do much worse than the blend may tell.
pub(crate) fn hidden_segments(groups: &[(Option<String>, Retention)]) -> Option<Warning> {
    let below =
        |retention: &Retention| retention.ndr.as_ref().is_ok_and(|ndr| ndr.is_below_percent(HIDDEN_BELOW_PERCENT));
    let hidden: Vec<_> = groups.iter().filter(|(_, retention)| below(retention)).collect();
    some(WarningCode::HiddenSegment, hidden.len() as u64, || {
        let told = hidden.iter().map(|(value, _)| value.as_deref().unwrap_or("(not set)"));
        format!("NDR is below {HIDDEN_BELOW_PERCENT} % in the segments: {}", told.collect::<Vec<_>>().join(", "))
    })
}

/// A floor beside a net method that measures everybody.
pub(crate) fn floor_not_applied(parameters: &Parameters) -> Option<Warning> {
    let floor = parameters.cohort.floor;
    let idle = !floor.is_zero() && parameters.net.method == NetMethod::AllMovements;
    some(WarningCode::FloorNotApplied, u64::from(idle), || {
        format!("the floor of {floor} does not apply: net.method = \"all-movements\" measures everybody")
    })
}

/// By code, as reports list them.
pub(crate) fn sort(warnings: &mut [Warning]) {
    warnings.sort_by_key(|warning| warning.code);
}
