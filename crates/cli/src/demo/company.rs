//! The sample company: three years of a business that sells seats, as two files of events.
//!
//! The first file is the books as they stood at the board meeting, the second what came in afterwards.

use std::collections::BTreeMap;

use chrono::{Days, Months, NaiveDate};

use super::random::Random;

const SEED: u64 = 20_250_114;
const CUSTOMERS: usize = 320;
/// Three years, and the days of January 2025 before the board met.
const MONTHS: u32 = 37;
/// When the board met: what was booked from this date on is in the second file.
pub const BOARD_DATE: &str = "2025-01-14";

const COLUMNS: [&str; 20] = [
    "event_id",
    "kind",
    "customer_id",
    "subscription_id",
    "effective_at",
    "booked_at",
    "mrr",
    "currency",
    "plan",
    "quantity",
    "amount",
    "voids",
    "reason",
    "base",
    "quote",
    "rate",
    "attr.channel",
    "attr.size",
    "attr.region",
    "attr.parent",
];

const FIRST_WORDS: [&str; 20] = [
    "alder", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "island", "juniper", "keystone", "lumen",
    "meadow", "north", "orchid", "pioneer", "quarry", "river", "summit", "tidal",
];
const SECOND_WORDS: [&str; 16] = [
    "analytics",
    "bikes",
    "clinics",
    "design",
    "energy",
    "foods",
    "freight",
    "games",
    "homes",
    "insurance",
    "labs",
    "media",
    "payments",
    "robotics",
    "schools",
    "travel",
];

/// The two files.
pub struct Company {
    /// What was booked before the board met.
    pub books: String,
    /// What was booked afterwards.
    pub late: String,
    /// The customer whose upgrade was taken back.
    pub regretted: String,
}

impl Company {
    /// How many events there are.
    pub fn rows(&self) -> usize {
        rows(&self.books) + rows(&self.late)
    }

    /// Where the first late event stands: after the rows of the first file and the record of its import.
    pub fn late_from(&self) -> usize {
        rows(&self.books) + 1
    }
}

/// No field of the company has a line break, so that every line but the header is a row.
fn rows(file: &str) -> usize {
    file.lines().count() - 1
}

/// Makes the company; always the same.
pub fn company() -> Company {
    let mut maker = Maker { random: Random::new(SEED), events: Vec::new(), ids: 0 };
    maker.rates();
    (0..CUSTOMERS).for_each(|index| maker.customer(index));
    let regretted = maker.take_back_an_upgrade();
    let mut events = maker.events;
    events.sort_by(|a, b| a.booked.cmp(&b.booked));
    let board = format!("{BOARD_DATE}T00:00:00Z");
    let split = events.partition_point(|event| event.booked < board);
    Company { books: file(&events[..split]), late: file(&events[split..]), regretted }
}

struct Made {
    booked: String,
    fields: BTreeMap<&'static str, String>,
}

#[derive(Clone, Copy)]
enum Size {
    Small,
    Mid,
    Large,
}

/// What a customer pays for: seats at a price in cents.
struct Subscription {
    id: String,
    plan: &'static str,
    cents: u64,
    seats: u64,
}

struct Maker {
    random: Random,
    events: Vec<Made>,
    ids: u32,
}

impl Maker {
    fn rates(&mut self) {
        let mut rate = 11_300i64;
        for month in 0..=MONTHS + 1 {
            let day = first_of(month).pred_opt().expect("a day before 2025");
            let fields = [
                ("kind", "fx_rate".to_owned()),
                ("effective_at", day.to_string()),
                ("base", "EUR".to_owned()),
                ("quote", "USD".to_owned()),
                ("rate", format!("{}.{:04}", rate / 10_000, rate % 10_000)),
            ];
            self.push(day, 17, fields);
            rate = (rate + self.random.between(0, 400) as i64 - 205).clamp(10_000, 11_900);
        }
    }

    fn customer(&mut self, index: usize) {
        let name = format!("{}-{}", FIRST_WORDS[index % 20], SECOND_WORDS[(index / 20 + index) % 16]);
        let size = self.random.weighted(&[(55, Size::Small), (32, Size::Mid), (13, Size::Large)]);
        let region = self.random.weighted(&[(55, "americas"), (35, "europe"), (10, "asia")]);
        let channel = self.random.weighted(&[(40, "self-serve"), (35, "direct"), (25, "partner")]);
        let currency = if region == "europe" { "EUR" } else { "USD" };
        // Half of the customers are there in the first year, so that each later year opens with a real cohort.
        let start =
            if index.is_multiple_of(2) { self.random.between(0, 11) } else { self.random.between(0, 34) } as u32;
        let mut subscription = self.subscription(&name, size);
        let on = self.day_in(start);
        let mut fields = vec![
            ("attr.channel", channel.to_owned()),
            ("attr.size", size.name().to_owned()),
            ("attr.region", region.to_owned()),
        ];
        if index > 40 && self.random.chance(60) {
            fields.push(("attr.parent", format!("{}-{}", FIRST_WORDS[index % 7], SECOND_WORDS[index % 7])));
        }
        self.movement("new_logo", &name, &subscription, currency, on, fields);
        if self.random.chance(120) {
            self.one_time(&name, currency, on);
        }
        self.live(&name, size, currency, &mut subscription, start + 1);
        if matches!(size, Size::Large) && start < 20 && self.random.chance(500) {
            let addon = Subscription { id: format!("{name}/insights"), plan: "insights", cents: 1_900, seats: 25 };
            let month = self.random.between(u64::from(start) + 6, 34) as u32;
            let on = self.day_in(month);
            self.movement("new_logo", &name, &addon, currency, on, Vec::new());
        }
    }

    fn live(&mut self, name: &str, size: Size, currency: &str, subscription: &mut Subscription, from: u32) {
        let (churn, up, down) = size.habits();
        let mut away_since: Option<u32> = None;
        let usual = subscription.seats;
        for month in from..MONTHS {
            let on = self.day_in(month);
            if let Some(since) = away_since {
                if month - since >= 2 && self.random.chance(90) {
                    subscription.seats = usual;
                    self.movement("reactivation", name, subscription, currency, on, Vec::new());
                    away_since = None;
                }
            } else if self.random.chance(churn) {
                subscription.seats = 0;
                self.movement("churn", name, subscription, currency, on, Vec::new());
                away_since = Some(month);
            } else if self.random.chance(up) {
                subscription.seats += subscription.seats.div_ceil(self.random.between(4, 9)).max(1);
                self.movement("upgrade", name, subscription, currency, on, Vec::new());
            } else if subscription.seats > 1 && self.random.chance(down) {
                subscription.seats -= (subscription.seats / self.random.between(4, 8)).max(1);
                self.movement("downgrade", name, subscription, currency, on, Vec::new());
            }
        }
    }

    fn subscription(&mut self, name: &str, size: Size) -> Subscription {
        let (plan, cents, seats) = match size {
            Size::Small => ("starter", 2_900, self.random.between(2, 12)),
            Size::Mid => ("team", 4_900, self.random.between(10, 60)),
            Size::Large => ("business", 7_900, self.random.between(40, 240)),
        };
        Subscription { id: name.to_owned(), plan, cents, seats }
    }

    fn movement(
        &mut self,
        kind: &str,
        customer: &str,
        subscription: &Subscription,
        currency: &str,
        on: NaiveDate,
        more: Vec<(&'static str, String)>,
    ) {
        let cents = subscription.cents * subscription.seats;
        // Some news reach the books weeks later, most of all those of the year's end.
        let late = if on >= first_of(MONTHS - 2) { 250 } else { 35 };
        let delay = if self.random.chance(late) { self.random.between(16, 75) } else { self.random.between(0, 3) };
        let fields = [
            ("kind", kind.to_owned()),
            ("customer_id", customer.to_owned()),
            ("subscription_id", subscription.id.clone()),
            ("effective_at", on.to_string()),
            ("mrr", format!("{}.{:02}", cents / 100, cents % 100)),
            ("currency", currency.to_owned()),
            ("plan", subscription.plan.to_owned()),
        ];
        let seats = (cents > 0).then(|| ("quantity", subscription.seats.to_string()));
        let hour = self.random.between(8, 17);
        self.push(on + Days::new(delay), hour, fields.into_iter().chain(seats).chain(more));
    }

    fn one_time(&mut self, customer: &str, currency: &str, on: NaiveDate) {
        let fields = [
            ("kind", "one_time".to_owned()),
            ("customer_id", customer.to_owned()),
            ("effective_at", on.to_string()),
            ("amount", format!("{}.00", self.random.between(5, 40) * 100)),
            ("currency", currency.to_owned()),
            ("plan", "onboarding".to_owned()),
        ];
        self.push(on, 18, fields);
    }

    /// The largest upgrade of the last quarter turns out to have been entered by mistake, after the board met.
    fn take_back_an_upgrade(&mut self) -> String {
        let text = |made: &Made, field: &str| made.fields.get(field).cloned().unwrap_or_default();
        let cents = |made: &Made| text(made, "mrr").replace('.', "").parse::<u64>().unwrap_or_default();
        let recent = |made: &&Made| {
            let on = text(made, "effective_at");
            text(made, "kind") == "upgrade" && ("2024-10-01".."2024-12-31").contains(&on.as_str())
        };
        let target = self.events.iter().filter(recent).max_by_key(|made| cents(made));
        let target = target.expect("there are upgrades in every quarter");
        let (id, customer) = (text(target, "event_id"), text(target, "customer_id"));
        let fields =
            [("kind", "void".to_owned()), ("voids", id), ("reason", "order form was never countersigned".to_owned())];
        self.push(NaiveDate::from_ymd_opt(2025, 2, 3).expect("a date"), 11, fields);
        customer
    }

    fn push(&mut self, booked_on: NaiveDate, hour: u64, fields: impl IntoIterator<Item = (&'static str, String)>) {
        self.ids += 1;
        let minute = self.random.between(0, 59);
        let booked = format!("{booked_on}T{hour:02}:{minute:02}:00Z");
        let mut fields: BTreeMap<_, _> = fields.into_iter().collect();
        fields.insert("event_id", format!("E{:05}", self.ids));
        fields.insert("booked_at", booked.clone());
        self.events.push(Made { booked, fields });
    }

    fn day_in(&mut self, month: u32) -> NaiveDate {
        // Contracts like to begin on the first of a month.
        let last = if month == MONTHS - 1 { 9 } else { 27 };
        let day = if self.random.chance(450) { 0 } else { self.random.between(0, last) };
        first_of(month) + Days::new(day)
    }
}

impl Size {
    const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Mid => "mid",
            Self::Large => "large",
        }
    }

    /// How likely a month brings churn, an upgrade, a downgrade, in thousandths.
    const fn habits(self) -> (u64, u64, u64) {
        match self {
            Self::Small => (26, 45, 14),
            Self::Mid => (12, 75, 17),
            Self::Large => (5, 105, 21),
        }
    }
}

fn first_of(month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 1, 1).expect("a date") + Months::new(month)
}

fn file(events: &[Made]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).expect("a Vec takes every byte");
    for event in events {
        let field = |column: &str| event.fields.get(column).map_or("", String::as_str);
        writer.write_record(COLUMNS.map(field)).expect("a Vec takes every byte");
    }
    String::from_utf8(writer.into_inner().expect("a Vec takes every byte")).expect("fields are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_company_is_always_the_same_and_has_everything() {
        let made = company();
        assert_eq!(made.books, company().books);
        for kind in ["new_logo", "upgrade", "downgrade", "churn", "reactivation", "one_time", "fx_rate"] {
            assert!(made.books.contains(&format!(",{kind},")), "{kind}");
        }
        assert!(made.late.contains(",void,"));
        assert!(made.late.lines().count() > 5, "{}", made.late);
    }
}
