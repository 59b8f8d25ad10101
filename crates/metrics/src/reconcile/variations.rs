//! Settings that differ from the deck's in one thing.

use chrono::{Datelike, Days, NaiveDate};
use recount_ledger::{Instant, Zone};
use recount_projection::{Boundary, Cut, Projection};

use super::cause::{Cause, CauseKind};
use super::parameters;
use super::setting::Setting;
use super::{Basis, Surroundings};
use crate::calendar::Calendar;
use crate::definition::{Definition, Rates};
use crate::error::FigureError;
use crate::window::{Window, WindowError, parse_point};

/// Zones that decks are made in, beside the ledger's own.
const ZONES: [&str; 10] = [
    "UTC",
    "America/New_York",
    "America/Los_Angeles",
    "America/Chicago",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
];
/// The months in which most fiscal years start that are no calendar years; the others are this much less likely.
const FISCAL_STARTS: [u8; 4] = [2, 4, 7, 10];
const RARE: usize = 18;
/// Days before the end of a window from which on it may have been reported.
const EARLY_DAYS: u64 = 45;
/// At most so many days of each clock are tried, the latest ones.
const MOST_DAYS: usize = 1_000;

/// When anything was booked, and when anything was recorded: told once for a whole deck.
#[derive(Debug)]
pub(super) struct Clocks {
    booked: Vec<Instant>,
    recorded: Vec<Instant>,
}

impl Clocks {
    pub(super) fn of(projection: &Projection) -> Self {
        Self { booked: projection.booked_instants(), recorded: projection.recorded_instants() }
    }
}

/// A variation: what is otherwise, and how.
pub(super) type Variation = (Cause, Setting);

impl Basis {
    /// The setting that the deck names.
    pub(super) fn setting(&self) -> Result<Setting, FigureError> {
        self.with_calendar(self.calendar)
    }

    /// The same in another calendar, in which its dates mean other instants.
    fn with_calendar(&self, calendar: Calendar) -> Result<Setting, FigureError> {
        let window = self.window.as_deref().map(|text| Window::parse(text, &calendar)).transpose()?;
        let at = match (&self.at, &window) {
            (Some(text), _) => parse_point(text, &calendar)?,
            (None, Some(window)) => window.close,
            (None, None) => return Err(WindowError::Malformed(String::new()).into()),
        };
        Ok(Setting { cut: self.cut, window, at, definition: self.definition.clone(), calendar })
    }
}

/// Everything that differs in one thing from what the deck names.
pub(super) fn all(
    (projection, clocks): (&Projection, &Clocks),
    basis: &Basis,
    base: &Setting,
    around: &Surroundings<'_>,
) -> Vec<Variation> {
    let mut found = cuts((projection, clocks), base, around);
    found.extend(definitions(base, around));
    found.extend(parameters::all(projection, base));
    found.extend(currencies(projection, base));
    found.extend(periods(basis, base));
    found.extend(calendars(basis));
    found
}

/// Closes, and the days on which something was booked or recorded.
pub(super) fn cuts(
    (projection, clocks): (&Projection, &Clocks),
    base: &Setting,
    around: &Surroundings<'_>,
) -> Vec<Variation> {
    let mut found = Vec::new();
    for (place, (name, cut)) in around.closes.iter().rev().enumerate() {
        let cause = Cause::new(CauseKind::Close, format!("as of the close {name}")).at(place);
        found.push((cause, Setting { cut: *cut, ..base.clone() }));
    }
    let calendar = &base.calendar;
    let earliest = calendar.date_of(base.at.0).checked_sub_days(Days::new(EARLY_DAYS));
    let days = |instants: &[Instant]| {
        let mut days: Vec<NaiveDate> = instants.iter().map(|at| calendar.date_of(*at)).collect();
        days.dedup();
        days.retain(|day| earliest.is_none_or(|earliest| *day >= earliest));
        let until = around.until.map(|until| calendar.date_of(until.0));
        days.retain(|day| until.is_none_or(|until| *day <= until));
        days.split_off(days.len().saturating_sub(MOST_DAYS))
    };
    for day in days(&clocks.booked) {
        let Ok(end) = calendar.zone().end_of(day) else { continue };
        let cause = Cause::new(CauseKind::Known, format!("as it was known at the end of {day}"));
        found.push((cause, Setting { cut: Cut { known_at: Some(Boundary(end)), ..base.cut }, ..base.clone() }));
    }
    for day in days(&clocks.recorded) {
        let Ok(end) = calendar.zone().end_of(day) else { continue };
        let cut = Cut { size: projection.size_before(end), ..base.cut };
        let cause = Cause::new(CauseKind::Recorded, format!("as the ledger had it at the end of {day}"));
        found.push((cause, Setting { cut, ..base.clone() }));
    }
    found
}

/// Published definitions and presets, in the deck's currency where they name none.
pub(super) fn definitions(base: &Setting, around: &Surroundings<'_>) -> Vec<Variation> {
    let variation = |(place, definition): (usize, &Definition)| {
        let (kind, name) = match definition.version {
            Some(version) if version > 0 => (CauseKind::Definition, format!("{}@{version}", definition.name)),
            _ => (CauseKind::Preset, definition.name.clone()),
        };
        let mut definition = definition.clone();
        let (own, named) = (&base.definition.parameters.currency, &mut definition.parameters.currency);
        if named.report.is_none() {
            *named = *own;
        }
        (Cause::new(kind, format!("by the definition {name}")).at(place), Setting { definition, ..base.clone() })
    };
    around.definitions.iter().enumerate().map(variation).collect()
}

fn currencies(projection: &Projection, base: &Setting) -> Vec<Variation> {
    let mut found = Vec::new();
    let own = base.definition.parameters.currency;
    for (place, rates) in [Rates::ConstantOpen, Rates::Spot, Rates::ConstantClose].into_iter().enumerate() {
        let mut definition = base.definition.clone();
        definition.parameters.currency.rates = rates;
        if rates != own.rates {
            let cause = Cause::new(CauseKind::Rates, format!("at the rates {rates}")).at(place);
            found.push((cause, Setting { definition, ..base.clone() }));
        }
    }
    for (place, report) in projection.currencies().into_iter().enumerate() {
        let mut definition = base.definition.clone();
        definition.parameters.currency.report = Some(report);
        if Some(report) != own.report {
            let cause = Cause::new(CauseKind::Currency, format!("in {report}")).at(place);
            found.push((cause, Setting { definition, ..base.clone() }));
        }
    }
    found
}

/// Windows and points that are off, have other ends or another length.
pub(super) fn periods(basis: &Basis, base: &Setting) -> Vec<Variation> {
    let mut found = Vec::new();
    let calendar = &base.calendar;
    match &base.window {
        Some(window) => {
            for (place, months) in [-1, 1, -3, 3, -12, 12].into_iter().enumerate() {
                let shifted = window.shifted(months, calendar).map(|window| (of_months(months), window));
                found.extend(shifted.map(|(text, window)| moved(base, CauseKind::Shifted, text, window, place)));
            }
            found.extend(ends(base, window));
            found.extend(lengths(base, window));
        }
        None => found.extend(points(basis, base)),
    }
    found
}

fn of_months(months: i32) -> String {
    let (count, unit) = if months % 12 == 0 { (months.abs() / 12, "year") } else { (months.abs(), "month") };
    let plural = if count == 1 { "" } else { "s" };
    format!("with a window {count} {unit}{plural} {}", if months < 0 { "earlier" } else { "later" })
}

fn moved(base: &Setting, kind: CauseKind, text: String, window: Window, place: usize) -> Variation {
    let cause = Cause::new(kind, format!("{text} ({})", window.name)).at(place);
    let at = if base.window.as_ref().is_some_and(|own| own.close == base.at) { window.close } else { base.at };
    (cause, Setting { at, window: Some(window), ..base.clone() })
}

/// A first or last day in or out.
fn ends(base: &Setting, window: &Window) -> Vec<Variation> {
    let calendar = &base.calendar;
    let beside = |at: Boundary, days: i64| {
        let date = calendar.date_of(at.0);
        let date = if days < 0 { date.checked_sub_days(Days::new(1)) } else { date.checked_add_days(Days::new(1)) }?;
        calendar.zone().start_of(date).ok().map(Boundary)
    };
    let mut found = Vec::new();
    for (place, (open, close, text)) in [
        (0, 1, "with the day after the window counted in"),
        (0, -1, "without the window's last day"),
        (1, 0, "without the window's first day"),
        (-1, 0, "with the day before the window counted in"),
    ]
    .into_iter()
    .enumerate()
    {
        let at = |at: Boundary, days: i64| if days == 0 { Some(at) } else { beside(at, days) };
        let (Some(open), Some(close)) = (at(window.open, open), at(window.close, close)) else { continue };
        let name = format!("{}..{}", open.0, close.0);
        let window = Window::new(name, open, close).ok();
        found.extend(window.map(|window| moved(base, CauseKind::Ends, text.to_owned(), window, place)));
    }
    found
}

/// The year, the year so far, the quarter and the month that end with the window.
fn lengths(base: &Setting, window: &Window) -> Vec<Variation> {
    let calendar = &base.calendar;
    let so_far = calendar.month_of(window.close.0).month0();
    let so_far = if so_far == 0 { 12 } else { so_far };
    let mut found: Vec<Variation> = Vec::new();
    for (place, months) in [12, 3, 1, so_far, 6].into_iter().enumerate() {
        if calendar.month_starting_at(window.close).is_none() {
            break;
        }
        let Ok(other) = window.trailing(months, calendar) else { continue };
        let known = found.iter().any(|(_, setting)| setting.window.as_ref().is_some_and(|it| it.open == other.open));
        if other.open != window.open && !known {
            let text = format!("over the {months} months that end with the window");
            found.push(moved(base, CauseKind::Length, text, other, place));
        }
    }
    found
}

fn points(basis: &Basis, base: &Setting) -> Vec<Variation> {
    let calendar = &base.calendar;
    // The last instant of what was named: its end is the next midnight.
    let named = Instant::from_micros(base.at.0.micros() - 1).unwrap_or(base.at.0);
    let date = calendar.date_of(named);
    let mut found = Vec::new();
    let mut put = |kind, date: Option<NaiveDate>, text: &str, place| {
        let end = date.and_then(|date| Some((date, calendar.zone().end_of(date).ok()?)));
        found.extend(end.map(|(date, end)| {
            let cause = Cause::new(kind, format!("{text} (at the end of {date})")).at(place);
            (cause, Setting { at: Boundary(end), ..base.clone() })
        }));
    };
    put(CauseKind::Ends, date.pred_opt(), "before the day of the point", 0);
    put(CauseKind::Ends, date.succ_opt(), "a day later", 1);
    let first = date.with_day(1);
    let before = |months: i32| {
        let month = date.year() * 12 + date.month0() as i32 + 1 + months;
        NaiveDate::from_ymd_opt(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1)?.pred_opt()
    };
    put(CauseKind::Shifted, before(-1), "at the end of the month before", 0);
    put(CauseKind::Shifted, before(1), "at the end of the month after", 1);
    put(CauseKind::Shifted, before(0).filter(|end| *end != date), "at the end of its month", 2);
    put(CauseKind::Shifted, first.and_then(|first| first.pred_opt()), "at the start of its month", 3);
    put(CauseKind::Shifted, before(-12), "a year earlier", 4);
    debug_assert!(basis.at.is_some() || basis.window.is_some(), "a line names a window or a point");
    found
}

/// Fiscal years for calendar years and the other way round; other zones.
fn calendars(basis: &Basis) -> Vec<Variation> {
    let mut found = Vec::new();
    let own = basis.calendar;
    if let Some(text) = &basis.window {
        let bare = text.strip_prefix("FY");
        if let Some(bare) = bare {
            let calendar_year = Basis { window: Some(bare.to_owned()), ..basis.clone() };
            let cause = Cause::new(CauseKind::Fiscal, format!("with the calendar's {bare} for the fiscal {text}"));
            found.extend(calendar_year.setting().ok().map(|setting| (cause, setting)));
        }
        let fiscal = Basis { window: Some(format!("FY{}", bare.unwrap_or(text))), ..basis.clone() };
        for month in 2..=12 {
            let Ok(calendar) = own.with_fiscal_start(month) else { continue };
            let common = FISCAL_STARTS.iter().position(|start| *start == month).map_or(RARE, |place| place + 4);
            let likely = if month == own.fiscal_start() { 0 } else { common };
            let text = format!("with fiscal years that start in month {month:02}");
            let setting = fiscal.with_calendar(calendar).ok().filter(|_| bare.is_none() || month != own.fiscal_start());
            found.extend(setting.map(|setting| (Cause::new(CauseKind::Fiscal, text).at(likely), setting)));
        }
    }
    for (place, name) in ZONES.iter().enumerate() {
        let zone: Option<Zone> = name.parse().ok().filter(|zone: &Zone| *zone != own.zone());
        let calendar = zone.and_then(|zone| Calendar::new(zone).with_fiscal_start(own.fiscal_start()).ok());
        let setting = calendar.and_then(|calendar| basis.with_calendar(calendar).ok());
        found.extend(
            setting.map(|setting| (Cause::new(CauseKind::Zone, format!("in the zone {name}")).at(place), setting)),
        );
    }
    found
}
