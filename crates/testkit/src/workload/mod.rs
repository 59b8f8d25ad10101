//! Random ledgers, nasty on purpose: late rows, ties on boundaries, corrections, odd names, amounts at both ends of the
//! scale, several currencies and zones; and the questions to put to them.

mod customer;
mod question;
mod times;

use recount_ledger::{
    Amount, Body, Currency, Denomination, Event, EventId, FxRate, Instant, Key, Merge, Moment, OneTime, Origin,
    Position, Recorded, Replaced, Void, Zone,
};

use crate::dice::Dice;
use crate::script::SOURCE;
use customer::Company;
use times::Times;

pub use question::{Ask, Question};
pub use times::ZONES;

/// A random ledger.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its seed.
    pub seed: u64,
    /// Its book zone.
    pub zone: Zone,
    /// Its records.
    pub records: Vec<Recorded>,
    /// Whether it has amounts in several currencies, so that a report needs to name one.
    pub several_currencies: bool,
}

/// An event, and when its source knew it.
struct Draft {
    event: Event,
    known: Instant,
}

impl Workload {
    /// The ledger of a seed.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let zone: Zone = dice.pick(&ZONES).parse().expect("a zone");
        let several_currencies = dice.percent(40);
        let currencies: &[&str] = if several_currencies { &["USD", "EUR", "JPY", "GBP"] } else { &["USD"] };
        let mut company = Company {
            times: Times::new(zone),
            currencies: currencies.iter().map(|code| code.parse().expect("a currency")).collect(),
            extremes: dice.percent(10),
            drafts: Vec::new(),
        };
        let customers = dice.between(1, 14);
        let names: Vec<String> = (0..customers).map(|number| company.customer(&mut dice, number, customers)).collect();
        if several_currencies {
            company.rates(&mut dice);
        }
        company.mergers(&mut dice, &names);
        let records = record(&mut dice, company.drafts);
        Self { seed, zone, records, several_currencies }
    }

    /// A question that suits it.
    pub fn question(&self, number: u64) -> Question {
        Question::new(self, &mut Dice::new(self.seed ^ (number + 1).wrapping_mul(0x5851_f42d_4c95_7f2d)))
    }
}

impl Company {
    fn rates(&mut self, dice: &mut Dice) {
        // Every pair has a rate before everything else, the pound only by a cross over the euro.
        for (base, quote, rate) in [("EUR", "USD", "1.10"), ("USD", "JPY", "147.123456789012"), ("GBP", "EUR", "1.17")]
        {
            let draft = self.rate(base, quote, rate, self.times.beginning());
            self.drafts.push(draft);
        }
        for _ in 0..dice.below(12) {
            let (base, quote) =
                dice.pick(&[("EUR", "USD"), ("USD", "EUR"), ("USD", "JPY"), ("JPY", "EUR"), ("GBP", "EUR")]);
            let rate = format!("{}.{:012}", dice.below(2), 1 + dice.below(999_999_999_999));
            let when = self.times.any(dice);
            let draft = self.rate(base, quote, &rate, when);
            self.drafts.push(draft);
        }
    }

    fn rate(&self, base: &str, quote: &str, rate: &str, effective_at: Moment) -> Draft {
        let currency = |code: &str| code.parse::<Currency>().expect("a currency");
        let rate = rate.parse().expect("a rate");
        let body = Body::FxRate(FxRate { base: currency(base), quote: currency(quote), rate, effective_at });
        Draft { known: effective_at.at, event: draft(body, effective_at.is_date.then_some(self.times.zone)) }
    }

    fn mergers(&mut self, dice: &mut Dice, names: &[String]) {
        for (index, name) in names.iter().enumerate() {
            let later = &names[index + 1..];
            if later.is_empty() || !dice.percent(6) {
                continue;
            }
            let known = self.times.any(dice).at;
            let into = dice.pick(later).clone();
            let mut pairs = vec![(name.clone(), into.clone())];
            if dice.percent(8) {
                pairs.push((into, name.clone()));
            }
            for (customer, into) in pairs {
                let event = draft(Body::Merge(Merge { customer, into }), None);
                self.drafts.push(Draft { event, known });
            }
        }
    }

    fn charge(&mut self, dice: &mut Dice, customer: &str) {
        let effective_at = self.times.any(dice);
        let amount: Amount = dice.pick(&["20", "-5.5", "0", "1000.00000001"]).parse().expect("an amount");
        let body = Body::OneTime(OneTime {
            customer: customer.to_owned(),
            subscription: None,
            effective_at,
            amount,
            currency: Denomination::given(*dice.pick(&self.currencies)),
            plan: None,
            quantity: None,
        });
        let event = draft(body, effective_at.is_date.then_some(self.times.zone));
        self.drafts.push(Draft { event, known: effective_at.at });
    }
}

fn draft(body: Body, zone: Option<Zone>) -> Event {
    Event {
        key: Key::Content { ordinal: 0 },
        origin: Origin { source: SOURCE.to_owned(), file: None, row: None },
        recorded_by: "workload".to_owned(),
        booked_at: None,
        zone: zone.map(|zone| zone.name().to_owned()),
        body,
    }
}

/// Gives the drafts an order of arrival, keys, booked and recorded times, and takes some of them back.
fn record(dice: &mut Dice, mut drafts: Vec<Draft>) -> Vec<Recorded> {
    drafts.sort_by_key(|draft| draft.known);
    for _ in 0..dice.below(5) {
        let (one, other) = (dice.index(drafts.len()), dice.index(drafts.len()));
        dice.shuffle(&mut drafts[one.min(other)..one.max(other)]);
    }
    let mut records: Vec<Recorded> = Vec::new();
    let mut taken_back: Vec<EventId> = Vec::new();
    let mut now = times::instant("2023-06-01T00:00:00Z");
    for Draft { mut event, known } in drafts {
        if let Some(target) = victim(dice, &records, &taken_back).filter(|_| dice.percent(8))
            && let Body::Movement(movement) = &mut event.body
        {
            movement.replaces = Some(Replaced { target, reason: None });
            taken_back.push(target);
        }
        push(dice, &mut records, &mut now, event, known);
        if let Some(target) = victim(dice, &records, &taken_back).filter(|_| dice.percent(5)) {
            taken_back.push(target);
            let void = draft(Body::Void(Void { target, reason: "entered twice".to_owned() }), None);
            let later = times::later(known, dice.below(90), dice.below(86_400_000_000));
            push(dice, &mut records, &mut now, void, later);
        }
    }
    records
}

/// A record that can still be taken back, mostly a recent one.
fn victim(dice: &mut Dice, records: &[Recorded], taken_back: &[EventId]) -> Option<EventId> {
    let recent = &records[records.len().saturating_sub(8)..];
    let from = if dice.percent(60) { recent } else { records };
    let record = (!from.is_empty()).then(|| &from[dice.index(from.len())])?;
    let open = match &record.event.body {
        Body::Void(_) => false,
        // A rate is rarely taken back: without it most questions have no answer.
        Body::FxRate(_) => dice.percent(15),
        _ => true,
    };
    (open && !taken_back.contains(&record.event.id())).then(|| record.event.id())
}

fn push(dice: &mut Dice, records: &mut Vec<Recorded>, now: &mut Instant, mut event: Event, known: Instant) {
    // Nothing is booked after it was recorded, and the ledger's clock never goes back.
    let scheduled = known > times::instant("2026-06-01T00:00:00Z");
    let booked = if scheduled { *now } else { known };
    *now = (*now).max(booked);
    if dice.percent(30) {
        *now = times::later(*now, 0, dice.below(3_600_000_000));
    }
    let dated_by_itself = matches!(event.body, Body::FxRate(_)) && dice.percent(70) && known <= *now;
    event.booked_at = (!dated_by_itself && !dice.percent(10)).then(|| booked.into());
    event.key = Key::Named(format!("e{}", records.len()));
    let position = Position(records.len() as u64);
    records.push(Recorded { position, recorded_at: *now, event });
}
