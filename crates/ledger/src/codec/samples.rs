//! Events for tests: every kind with its optional fields present and absent, and any event at all.

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use uuid::Uuid;

use crate::event::{
    Body, Claim, Close, Definition, Denomination, Event, FxRate, Import, Merge, Moment, Movement, OneTime, Origin,
    Profile, Replaced, Void,
};
use crate::{Amount, EventId, Instant, Key, Rate};

fn moment(text: &str, is_date: bool) -> Moment {
    Moment { at: text.parse().expect("an instant"), is_date }
}

fn amount(text: &str) -> Amount {
    text.parse().expect("an amount")
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn dollars(given: bool) -> Denomination {
    Denomination { currency: "USD".parse().expect("a currency"), given }
}

fn target() -> EventId {
    EventId::of_key("native", "e1")
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// With every field of the head.
fn full(body: Body) -> Event {
    Event {
        key: Key::Uuid(Uuid::from_u128(0x6f1c_3b1e_2f43_4a55_9d6e_0d8d_3c1b_2a10)),
        origin: Origin { source: "stripe".to_owned(), file: text("events-2025.csv"), row: Some(300) },
        recorded_by: "import by ada".to_owned(),
        booked_at: Some(moment("2025-07-02T00:00:00Z", true)),
        zone: text("Europe/Berlin"),
        body,
    }
}

/// With no more of the head than there must be.
fn bare(body: Body) -> Event {
    Event {
        key: Key::Named("e1".to_owned()),
        origin: Origin { source: "native".to_owned(), file: None, row: None },
        recorded_by: "ada".to_owned(),
        booked_at: None,
        zone: None,
        body,
    }
}

fn movement(claim: Claim, mrr: Option<&str>) -> Movement {
    Movement {
        claim,
        customer: "acme".to_owned(),
        subscription: None,
        effective_at: moment("2025-06-30T22:00:00Z", false),
        mrr: mrr.map(amount),
        mrr_before: None,
        currency: Some(dollars(true)),
        plan: None,
        quantity: None,
        attributes: Vec::new(),
        replaces: None,
    }
}

/// A movement with no optional field but its currency.
pub fn plain() -> Event {
    bare(Body::Movement(movement(Claim::NewLogo, Some("100"))))
}

/// Named events: the golden bytes.
pub fn events() -> Vec<(&'static str, Event)> {
    let mut events = movements();
    events.extend(others());
    events.extend(of_the_ledger());
    events
}

fn movements() -> Vec<(&'static str, Event)> {
    let everything = Movement {
        subscription: text("acme/seats"),
        effective_at: moment("2025-06-30T00:00:00.000001Z", true),
        mrr_before: Some(amount("0.00000001")),
        currency: Some(dollars(false)),
        plan: text("größe L"),
        quantity: Some(amount("12.5")),
        attributes: pairs(&[("channel", "web"), ("region", "EU")]),
        replaces: Some(Replaced { target: target(), reason: text("wrong price") }),
        ..movement(Claim::Upgrade, Some("999999999999999999.99999999"))
    };
    let silent = Movement { currency: None, ..movement(Claim::Churn, None) };
    let replaced = Replaced { target: target(), reason: None };
    let replacing = Movement { replaces: Some(replaced), ..movement(Claim::Change, Some("0")) };
    vec![
        ("new_logo", plain()),
        ("upgrade, every field", full(Body::Movement(everything))),
        ("downgrade", bare(Body::Movement(movement(Claim::Downgrade, Some("12.34"))))),
        ("churn without mrr and currency", bare(Body::Movement(silent))),
        ("reactivation", bare(Body::Movement(movement(Claim::Reactivation, Some("65535"))))),
        ("change, replacing without a reason", bare(Body::Movement(replacing))),
        ("keyless", Event { key: Key::Content { ordinal: 3 }, ..plain() }),
        ("before 1970", Event { booked_at: Some(moment("0001-01-01T00:00:00Z", false)), ..plain() }),
    ]
}

fn others() -> Vec<(&'static str, Event)> {
    let void = || Body::Void(Void { target: target(), reason: "booked twice".to_owned() });
    let profile = Profile {
        customer: "acme".to_owned(),
        effective_at: moment("2024-02-29T00:00:00Z", true),
        attributes: pairs(&[("channel", "web"), ("parent", "globex"), ("size", "501-1000")]),
    };
    let one_time = OneTime {
        customer: "acme".to_owned(),
        subscription: None,
        effective_at: moment("2025-01-01T00:00:00Z", false),
        amount: amount("-50"),
        currency: dollars(true),
        plan: None,
        quantity: None,
    };
    let charge = OneTime {
        subscription: text("s1"),
        amount: amount("1234.5"),
        plan: text("setup"),
        quantity: Some(amount("1")),
        ..one_time.clone()
    };
    let rate = FxRate {
        base: "EUR".parse().expect("a currency"),
        quote: "USD".parse().expect("a currency"),
        rate: "1.0875".parse().expect("a rate"),
        effective_at: moment("2024-01-01T00:00:00Z", true),
    };
    vec![
        ("void", bare(void())),
        ("void, every field", full(void())),
        ("profile", full(Body::Profile(profile))),
        ("merge", bare(Body::Merge(Merge { customer: "acme-old".to_owned(), into: "acme".to_owned() }))),
        ("one_time credit", bare(Body::OneTime(one_time))),
        ("one_time, every field", full(Body::OneTime(charge))),
        ("fx_rate", bare(Body::FxRate(rate))),
    ]
}

fn of_the_ledger() -> Vec<(&'static str, Event)> {
    let definition = Definition {
        name: "board-ndr".to_owned(),
        version: 2,
        document: "[net]\nwinback = \"zero\"\n".to_owned(),
        hash: [0xd1; 32],
    };
    let close = Close {
        name: "june-board".to_owned(),
        root: [0x11; 32],
        definition: "standard".to_owned(),
        version: 0,
        definition_hash: [0x22; 32],
        zone: "UTC".to_owned(),
        fiscal_start: 1,
        period: None,
        figures: None,
        note: None,
        prepared_by: "ada".to_owned(),
        approved_by: None,
    };
    let approved = Close {
        period: text("2025-H1"),
        figures: text("{\"ndr\":\"1.07\"}"),
        note: text("after the audit"),
        approved_by: text("grace"),
        ..close.clone()
    };
    let import = Import {
        file: "events.csv".to_owned(),
        bytes: 70_000,
        sha256: [0x33; 32],
        format: "csv".to_owned(),
        rules: "{}".to_owned(),
        read: 1_000,
        recorded: 900,
        duplicates: 90,
        rejected: 10,
        positions: Some((5, 904)),
    };
    let nothing_new = Import { recorded: 0, duplicates: 990, positions: None, ..import.clone() };
    vec![
        ("definition", bare(Body::Definition(definition))),
        ("close", bare(Body::Close(close))),
        ("close, every field", full(Body::Close(approved))),
        ("import", bare(Body::Import(import))),
        ("import of nothing new", full(Body::Import(nothing_new))),
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c]{0,3}",
        4 => "cus_00[0-9]{3}",
        2 => "[a-zäß€ ]{0,12}",
        1 => any::<String>(),
    ]
}

fn any_moment() -> impl Strategy<Value = Moment> {
    let micros = prop_oneof![
        4 => (0i64..20_000).prop_map(|day| day * 86_400_000_000),
        4 => (1_600_000_000i64..1_800_000_000).prop_map(|second| second * 1_000_000),
        1 => -62_135_596_800_000_000i64..=253_402_300_800_000_000,
    ];
    (micros, any::<bool>())
        .prop_map(|(micros, is_date)| Moment { at: Instant::from_micros(micros).expect("in range"), is_date })
}

fn any_amount() -> impl Strategy<Value = Amount> {
    const LIMIT: i128 = 10i128.pow(26) - 1;
    let units = prop_oneof![
        4 => (0i128..100_000).prop_map(|cents| cents * 1_000_000),
        1 => Just(0),
        1 => -LIMIT..=LIMIT,
    ];
    units.prop_map(|units| Amount::from_units(units).expect("in range"))
}

fn any_denomination() -> impl Strategy<Value = Denomination> {
    (prop_oneof![Just("USD"), Just("EUR"), Just("JPY")], any::<bool>())
        .prop_map(|(code, given)| Denomination { currency: code.parse().expect("a currency"), given })
}

fn any_claim() -> impl Strategy<Value = Claim> {
    prop_oneof![
        Just(Claim::NewLogo),
        Just(Claim::Upgrade),
        Just(Claim::Downgrade),
        Just(Claim::Churn),
        Just(Claim::Reactivation),
        Just(Claim::Change),
    ]
}

fn any_id() -> impl Strategy<Value = EventId> {
    any::<u128>().prop_map(|bits| EventId::from(Uuid::from_u128(bits)))
}

fn any_attributes() -> impl Strategy<Value = Vec<(String, String)>> {
    btree_map(any_text(), any_text(), 0..4).prop_map(|map| map.into_iter().collect())
}

fn any_movement() -> impl Strategy<Value = Movement> {
    let replaces = of((any_id(), of(any_text())).prop_map(|(target, reason)| Replaced { target, reason }));
    let names = (any_claim(), any_text(), of(any_text()), any_moment());
    let values = (of(any_amount()), of(any_amount()), of(any_denomination()), of(any_text()), of(any_amount()));
    (names, values, any_attributes(), replaces).prop_map(|(names, values, attributes, replaces)| {
        let (claim, customer, subscription, effective_at) = names;
        let (mrr, mrr_before, currency, plan, quantity) = values;
        Movement {
            claim,
            customer,
            subscription,
            effective_at,
            mrr,
            mrr_before,
            currency,
            plan,
            quantity,
            attributes,
            replaces,
        }
    })
}

fn any_one_time() -> impl Strategy<Value = OneTime> {
    let values = (any_amount(), any_denomination(), of(any_text()), of(any_amount()));
    (any_text(), of(any_text()), any_moment(), values).prop_map(|(customer, subscription, effective_at, values)| {
        let (amount, currency, plan, quantity) = values;
        OneTime { customer, subscription, effective_at, amount, currency, plan, quantity }
    })
}

fn any_fx_rate() -> impl Strategy<Value = FxRate> {
    (any_denomination(), any_denomination(), 1i128..10i128.pow(24), any_moment()).prop_map(
        |(base, quote, units, effective_at)| FxRate {
            base: base.currency,
            quote: quote.currency,
            rate: Rate::from_units(units).expect("in range"),
            effective_at,
        },
    )
}

fn any_body() -> impl Strategy<Value = Body> {
    let profile = (any_text(), any_moment(), any_attributes())
        .prop_map(|(customer, effective_at, attributes)| Profile { customer, effective_at, attributes });
    let sampled = prop::sample::select(of_the_ledger()).prop_map(|(_, event)| event.body);
    prop_oneof![
        8 => any_movement().prop_map(Body::Movement),
        2 => profile.prop_map(Body::Profile),
        1 => (any_id(), any_text()).prop_map(|(target, reason)| Body::Void(Void { target, reason })),
        1 => (any_text(), any_text()).prop_map(|(customer, into)| Body::Merge(Merge { customer, into })),
        1 => any_one_time().prop_map(Body::OneTime),
        1 => any_fx_rate().prop_map(Body::FxRate),
        1 => sampled,
    ]
}

/// Any event, also such as validation would refuse.
pub fn any_event() -> impl Strategy<Value = Event> {
    let key = prop_oneof![
        any::<u128>().prop_map(|bits| Key::Uuid(Uuid::from_u128(bits))),
        any_text().prop_map(Key::Named),
        any::<u32>().prop_map(|ordinal| Key::Content { ordinal }),
    ];
    let origin = (any_text(), of(any_text()), of(any::<u64>()));
    (key, origin, any_text(), of(any_moment()), of(any_text()), any_body()).prop_map(
        |(key, (source, file, row), recorded_by, booked_at, zone, body)| Event {
            key,
            origin: Origin { source, file, row },
            recorded_by,
            booked_at,
            zone,
            body,
        },
    )
}

/// Any events, as many as that.
pub fn any_events(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Event>> {
    vec(any_event(), count)
}

/// A movement as a numbering system writes them.
pub fn numbered(i: u32) -> Event {
    let customer = i.wrapping_mul(2_654_435_761) % 1_000_000;
    let mut event = plain();
    event.key = Key::Named(format!("evt_{i:09}"));
    event.origin = Origin { source: "stripe".to_owned(), file: text("events.csv"), row: Some(u64::from(i) + 1) };
    if let Body::Movement(movement) = &mut event.body {
        movement.customer = format!("cus_{customer:06}");
        movement.subscription = Some(format!("sub_{customer:06}_{:02}", i % 3));
        movement.plan = text(["starter", "team"][i as usize % 2]);
    }
    event
}

/// A movement with this plan.
pub fn with_plan(plan: &str) -> Event {
    let mut event = plain();
    if let Body::Movement(movement) = &mut event.body {
        movement.plan = text(plan);
    }
    event
}

/// A movement with one attribute.
pub fn with_attribute(name: &str, value: &str) -> Event {
    with_attributes(pairs(&[(name, value)]))
}

/// A movement with these attributes.
pub fn with_attributes(attributes: Vec<(String, String)>) -> Event {
    let mut event = plain();
    if let Body::Movement(movement) = &mut event.body {
        movement.attributes = attributes;
    }
    event
}
