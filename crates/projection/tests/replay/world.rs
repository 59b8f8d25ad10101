//! Random records: few customers, few instants, so that everything collides.

use proptest::prelude::*;
use recount_ledger::{
    Amount, Body, Claim, Currency, Denomination, Event, FxRate, Instant, Merge, Moment, Movement, OneTime, Position,
    Profile, Rate, Recorded, Replaced, Void,
};

/// An instant of the small world.
pub fn at(hours: i64) -> Instant {
    Instant::from_micros(1_700_000_000_000_000 + hours * 3_600_000_000).expect("in range")
}

#[derive(Clone, Debug)]
pub struct Raw {
    kind: u8,
    customer: u8,
    subscription: u8,
    effective: i64,
    booked: Option<i64>,
    pause: i64,
    mrr: u8,
    before: Option<u8>,
    currency: u8,
    attributes: Vec<(u8, u8)>,
    target: u8,
    key: u8,
}

pub fn raws(count: usize) -> impl Strategy<Value = Vec<Raw>> {
    proptest::collection::vec(raw(), 0..count)
}

fn raw() -> impl Strategy<Value = Raw> {
    let what = (0u8..40, 0u8..5, 0u8..4, 0i64..6, proptest::option::weighted(0.7, 0i64..8));
    let how_much = (0i64..2, 0u8..6, proptest::option::weighted(0.3, 0u8..6), 0u8..12);
    let rest = (proptest::collection::vec((0u8..3, 0u8..3), 0..3), any::<u8>(), 0u8..3);
    (what, how_much, rest).prop_map(|(what, how_much, rest)| {
        let (kind, customer, subscription, effective, booked) = what;
        let (pause, mrr, before, currency) = how_much;
        let (attributes, target, key) = rest;
        Raw { kind, customer, subscription, effective, booked, pause, mrr, before, currency, attributes, target, key }
    })
}

fn name(customer: u8) -> String {
    format!("c{customer}")
}

fn amount(of: u8) -> Amount {
    let units = [0, 100, 200, 300, 10i128.pow(25), 10i128.pow(25) + 1][usize::from(of)];
    Amount::from_units(units).expect("in range")
}

/// The records of a history. Voids name something that can be voided and was not, or become charges.
pub fn records(raws: &[Raw], single: bool) -> Vec<Recorded> {
    let mut records: Vec<Recorded> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut now = 2;
    for (position, raw) in raws.iter().enumerate() {
        now += raw.pause;
        let target = open.get(usize::from(raw.target) % open.len().max(1)).copied();
        let target = target.filter(|_| raw.kind >= 28);
        let body = body(raw, target.map(|at| records[at].event.id()), single);
        let voids = matches!(&body, Body::Void(_)) || matches!(&body, Body::Movement(m) if m.replaces.is_some());
        if voids {
            open.retain(|at| Some(*at) != target);
        }
        if !matches!(body, Body::Void(_)) {
            open.push(position);
        }
        let mut event = Event::new(body);
        event = match raw.key {
            0 => event,
            1 => event.keyed("crm", &format!("k{position}")),
            _ => event.keyed("billing", &format!("k{position}")),
        };
        // Random UUIDs would make a failure unrepeatable.
        if raw.key == 0 {
            event.key = recount_ledger::Key::Content { ordinal: position as u32 };
        }
        if let Some(booked) = raw.booked {
            event.booked_at = Some(at(booked.min(now)).into());
        }
        event.zone = ["UTC", "Asia/Tokyo"].get(usize::from(raw.target % 3)).map(|zone| (*zone).to_owned());
        records.push(Recorded { position: Position(position as u64), recorded_at: at(now), event });
    }
    records
}

fn body(raw: &Raw, target: Option<recount_ledger::EventId>, single: bool) -> Body {
    let effective_at = Moment::from(at(raw.effective));
    let code = if single { "USD" } else { ["USD", "EUR", "JPY"][usize::from(raw.currency % 3)] };
    let currency = Denomination::given(code.parse::<Currency>().expect("a code"));
    let mut attributes: Vec<(String, String)> =
        raw.attributes.iter().map(|(name, value)| (format!("a{name}"), format!("v{value}"))).collect();
    attributes.sort();
    attributes.dedup_by(|a, b| a.0 == b.0);
    match (raw.kind, target) {
        (34.., Some(target)) => Body::Void(Void { target, reason: "typo".to_owned() }),
        (24 | 25, _) => Body::FxRate(FxRate {
            base: "USD".parse().expect("a code"),
            quote: "EUR".parse().expect("a code"),
            rate: Rate::from_units(10i128.pow(12) + i128::from(raw.mrr)).expect("in range"),
            effective_at,
        }),
        (26, _) if !attributes.is_empty() => {
            Body::Profile(Profile { customer: name(raw.customer), effective_at, attributes })
        }
        // Ids are merged upwards only: circles have a test of their own.
        (27, _) => {
            let into = name(raw.customer + 1 + raw.subscription % 2);
            Body::Merge(Merge { customer: name(raw.customer), into })
        }
        (26 | 34.., _) => Body::OneTime(OneTime {
            customer: name(raw.customer),
            subscription: None,
            effective_at,
            amount: amount(raw.mrr),
            currency,
            plan: None,
            quantity: None,
        }),
        (kind, target) => {
            let claims =
                [Claim::NewLogo, Claim::Upgrade, Claim::Downgrade, Claim::Churn, Claim::Reactivation, Claim::Change];
            let claim = claims[usize::from(kind % 6)];
            let mrr = match claim {
                Claim::Churn => 0,
                Claim::Change => raw.mrr,
                _ => raw.mrr.max(1),
            };
            let bare = mrr == 0 && raw.before.is_none_or(|before| before == 0) && raw.currency > 5;
            Body::Movement(Movement {
                claim,
                customer: name(raw.customer),
                subscription: ["c0", "s1", "s2"].get(usize::from(raw.subscription)).map(|id| (*id).to_owned()),
                effective_at,
                mrr: Some(amount(mrr)),
                mrr_before: raw.before.map(amount),
                currency: if bare { None } else { Some(currency) },
                plan: None,
                quantity: None,
                attributes,
                replaces: target.map(|target| Replaced { target, reason: None }),
            })
        }
    }
}
