//! Moments worth testing: boundaries of days, months and years in every zone, their neighbours, and anything between.

use chrono::{Days, NaiveDate};
use recount_ledger::{Instant, Moment, Zone};

use crate::dice::Dice;

/// The zones of random ledgers and questions.
pub const ZONES: [&str; 4] = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"];

const DAY_MICROS: u64 = 86_400_000_000;
/// Where clocks change in one of the zones, where months and years begin, and a leap day.
const DATES: [&str; 14] = [
    "2024-01-01",
    "2024-02-29",
    "2024-03-01",
    "2024-03-10",
    "2024-04-07",
    "2024-07-01",
    "2024-09-29",
    "2024-10-01",
    "2024-11-03",
    "2024-12-31",
    "2025-01-01",
    "2025-04-01",
    "2025-07-01",
    "2026-01-01",
];

/// The moments of one ledger.
pub(super) struct Times {
    pub zone: Zone,
}

/// An instant of this text.
pub(super) fn instant(text: &str) -> Instant {
    text.parse().expect("an instant")
}

/// So many days and microseconds later.
pub(super) fn later(from: Instant, days: u64, micros: u64) -> Instant {
    let by = i64::try_from(days * DAY_MICROS + micros).expect("some years");
    Instant::from_micros(from.micros() + by).expect("within the calendar")
}

impl Times {
    pub const fn new(zone: Zone) -> Self {
        Self { zone }
    }

    /// Before everything else.
    pub fn beginning(&self) -> Moment {
        self.date(NaiveDate::from_ymd_opt(2020, 1, 1).expect("a date"))
    }

    fn date(&self, date: NaiveDate) -> Moment {
        Moment { at: self.zone.start_of(date).expect("within the calendar"), is_date: true }
    }

    /// A moment between the middle of 2023 and the middle of 2026.
    pub fn any(&self, dice: &mut Dice) -> Moment {
        let first = NaiveDate::from_ymd_opt(2023, 6, 1).expect("a date");
        let day = first.checked_add_days(Days::new(dice.below(1_100))).expect("within the calendar");
        match dice.below(10) {
            0..=2 => self.edge(dice),
            3..=6 => self.date(day),
            _ => later(self.date(day).at, 0, dice.below(DAY_MICROS)).into(),
        }
    }

    /// A moment on a boundary of some zone, or a microsecond beside it.
    pub fn edge(&self, dice: &mut Dice) -> Moment {
        let date: NaiveDate = dice.pick(&DATES).parse().expect("a date");
        if dice.percent(40) {
            return self.date(date);
        }
        let zone: Zone = dice.pick(&ZONES).parse().expect("a zone");
        let begins = zone.start_of(date).expect("within the calendar").micros();
        let beside = dice.pick(&[0, 0, -1, 1]);
        Instant::from_micros(begins + beside).expect("within the calendar").into()
    }

    /// A moment not before another one: often the same, or around the gaps that definitions bridge.
    pub fn after(&self, dice: &mut Dice, from: Moment) -> Moment {
        match dice.below(12) {
            0 => from,
            1 => later(from.at, *dice.pick(&[1, 7, 30]), 0).into(),
            2 => later(from.at, *dice.pick(&[1, 7, 30]), 1).into(),
            3 => later(from.at, 0, 1 + dice.below(DAY_MICROS)).into(),
            4 => self.edge(dice),
            5..=8 => self.day_of(later(from.at, dice.between(1, 60), 0)),
            _ => later(from.at, dice.between(0, 250), dice.below(DAY_MICROS)).into(),
        }
    }

    fn day_of(&self, instant: Instant) -> Moment {
        self.date(self.zone.local(instant).date())
    }
}
