//! Small books for tests: records in lines of text, replayed in memory.
//!
//! ```text
//! 2024-03-01 acme 1000              acme pays 1000 from then on (in USD)
//! 2024-03-01 acme/seats EUR 1000    its subscription `seats`, in EUR
//! 2024-03-01 acme 10 channel=ads    with an attribute
//! 2024-03-01 profile acme parent=holding
//! 2024-03-01 rate EUR/USD 1.10
//! merge acme into acme-inc
//! ```
//!
//! A date may carry a time (`2024-03-01T10:00:00Z`) and a line may end with `@2024-04-01`: when it was booked.
//! One that ends with `%Europe/Berlin` gave a bare date of that zone.

use recount_ledger::{
    Body, Claim, Denomination, Event, FxRate, Instant, Merge, Moment, Movement, Position, Profile, Recorded,
};
use recount_projection::{Cut, Projection, View};

use crate::{
    Calendar, Definition, FigureError, MovementsQuestion, MovementsReport, RetentionQuestion, RetentionReport, Window,
};
use recount_ledger::Zone;

/// When every line was recorded.
const RECORDED: &str = "2030-01-01T00:00:00Z";

/// Records in memory.
pub(crate) struct Book(Projection);

pub(crate) fn instant(text: &str) -> Instant {
    let text = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    text.parse().expect("an instant")
}

pub(crate) fn utc() -> Calendar {
    Calendar::new(Zone::UTC)
}

pub(crate) fn window(text: &str) -> Window {
    Window::parse(text, &utc()).expect("a window")
}

/// A definition from `net.method = "movements"; ...`.
pub(crate) fn definition(settings: &str) -> Definition {
    let document = format!("name = \"tried\"\n{}", settings.replace("; ", "\n"));
    Definition::from_toml(&document).unwrap_or_else(|error| panic!("{settings}: {error}"))
}

impl Book {
    pub(crate) fn of(lines: &str) -> Self {
        let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
        Self::from_lines(&lines.collect::<Vec<_>>())
    }

    pub(crate) fn from_lines(lines: &[&str]) -> Self {
        let mut projection = Projection::empty();
        let records = lines.iter().enumerate().map(|(position, line)| Recorded {
            position: Position(position as u64),
            recorded_at: instant(RECORDED),
            event: event(line).keyed("native", &format!("e{position}")),
        });
        projection.extend(records).expect("records in order");
        Self(projection)
    }

    pub(crate) fn view(&self) -> View<'_> {
        self.view_of(Cut::NONE)
    }

    pub(crate) fn view_of(&self, cut: Cut) -> View<'_> {
        self.0.view(cut).expect("no cycle of merges")
    }

    pub(crate) fn retention(&self, text: &str, definition: &Definition) -> Result<RetentionReport, FigureError> {
        self.retention_by(text, definition, None)
    }

    pub(crate) fn retention_by(
        &self,
        text: &str,
        definition: &Definition,
        by: Option<&str>,
    ) -> Result<RetentionReport, FigureError> {
        let (window, calendar) = (window(text), utc());
        crate::retention(&self.view(), &RetentionQuestion { window: &window, definition, calendar: &calendar, by })
    }

    pub(crate) fn movements(
        &self,
        text: &str,
        definition: &Definition,
        every: Option<&str>,
        by: Option<&str>,
    ) -> Result<MovementsReport, FigureError> {
        let (window, calendar) = (window(text), utc());
        let every = every.map(|every| every.parse().expect("a length of parts"));
        crate::movements(
            &self.view(),
            &MovementsQuestion { window: &window, every, definition, calendar: &calendar, by },
        )
    }
}

fn event(line: &str) -> Event {
    if let Some((line, zone)) = line.split_once(" %") {
        let mut dated = event(line);
        dated.zone = Some(zone.to_owned());
        if let Body::Movement(movement) = &mut dated.body {
            movement.effective_at.is_date = true;
        }
        return dated;
    }
    let (line, booked) = match line.split_once(" @") {
        Some((line, booked)) => (line, instant(booked.trim())),
        None => (line, instant("2026-06-01")),
    };
    let words: Vec<_> = line.split_whitespace().collect();
    let body = match words[..] {
        ["merge", customer, "into", into] => {
            Body::Merge(Merge { customer: customer.to_owned(), into: into.to_owned() })
        }
        [date, "rate", pair, rate] => {
            let (base, quote) = pair.split_once('/').expect("a pair");
            Body::FxRate(FxRate {
                base: base.parse().expect("a currency"),
                quote: quote.parse().expect("a currency"),
                rate: rate.parse().expect("a rate"),
                effective_at: Moment { at: instant(date), is_date: true },
            })
        }
        [date, "profile", customer, ..] => Body::Profile(Profile {
            customer: customer.to_owned(),
            effective_at: instant(date).into(),
            attributes: attributes(&words[3..]),
        }),
        _ => Body::Movement(movement(&words)),
    };
    let event = Event::new(body).by("test");
    if matches!(event.body, Body::FxRate(_)) { event } else { event.booked(booked) }
}

fn movement(words: &[&str]) -> Movement {
    let (customer, subscription) = words[1].split_once('/').map_or((words[1], None), |(c, s)| (c, Some(s)));
    let named = words[2].parse().ok();
    let rest = &words[if named.is_some() { 3 } else { 2 }..];
    Movement {
        claim: Claim::Change,
        customer: customer.to_owned(),
        subscription: subscription.map(str::to_owned),
        effective_at: instant(words[0]).into(),
        mrr: Some(rest[0].parse().expect("an amount")),
        mrr_before: None,
        currency: Some(Denomination { currency: named.unwrap_or("USD".parse().expect("a currency")), given: true }),
        plan: None,
        quantity: None,
        attributes: attributes(&rest[1..]),
        replaces: None,
    }
}

fn attributes(words: &[&str]) -> Vec<(String, String)> {
    let mut attributes: Vec<_> = words
        .iter()
        .map(|word| word.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned())).expect("an attribute"))
        .collect();
    attributes.sort();
    attributes
}

/// Amounts as decimals, for comparison with the figures of a page.
pub(crate) fn money(units: &[i128]) -> Vec<String> {
    units.iter().map(|units| recount_ledger::units_text(*units)).collect()
}
