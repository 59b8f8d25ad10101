//! Any event written as CSV or JSON Lines, however it is quoted, encoded and packed, reads back as it was.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;

use proptest::prelude::*;
use recount_ledger::{
    Amount, Body, Claim, Currency, Denomination, Event, EventId, FxRate, Instant, Key, Merge, Moment, Movement,
    OneTime, Origin, Profile, Rate, Replaced, Void, Zone,
};
use uuid::Uuid;

use super::{cases, options, read};
use crate::export::fields_of;

pub(super) const ZONES: [&str; 4] = ["UTC", "America/New_York", "Pacific/Apia", "America/Sao_Paulo"];

fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        6 => prop::char::range('a', 'f'),
        1 => prop::sample::select(" ,;\t\n\r\"'é顧🦀|\\=".chars().collect::<Vec<_>>()),
    ];
    prop::collection::vec(character, 1..10)
        .prop_map(|characters| characters.into_iter().collect::<String>().trim().to_owned())
        .prop_filter("blank is not given", |text| !text.is_empty())
}

fn amount(least: i128) -> impl Strategy<Value = Amount> {
    let units =
        prop_oneof![least..1_000, least..10_000_000_000, (least..100_000).prop_map(|whole| whole * 100_000_000)];
    units.prop_map(|units| Amount::from_units(units).expect("small"))
}

fn currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["USD", "EUR", "JPY", "KWD"]).prop_map(|code| code.parse().expect("a currency"))
}

/// A date of the zone or an instant.
fn moment(zone: Zone) -> impl Strategy<Value = Moment> {
    let date = (0i64..20_000).prop_map(move |days| {
        let noon = Instant::from_micros(days * 86_400_000_000 + 43_200_000_000).expect("in range");
        Moment { at: zone.start_of(noon.to_utc().date_naive()).expect("in range"), is_date: true }
    });
    let instant = (-1_000_000_000_000_000i64..4_000_000_000_000_000)
        .prop_map(|micros| Instant::from_micros(micros).expect("in range").into());
    let second = (0i64..2_000_000_000).prop_map(|s| Instant::from_micros(s * 1_000_000).expect("in range").into());
    prop_oneof![date, instant, second]
}

fn attributes(least: usize) -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::btree_map(text(), text(), least..4).prop_map(|map| map.into_iter().collect())
}

fn target() -> impl Strategy<Value = EventId> {
    any::<u128>().prop_map(|bits| EventId::from(Uuid::from_u128(bits)))
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        3 => text().prop_map(Key::Named),
        1 => any::<u128>().prop_map(|bits| Key::Uuid(Uuid::from_u128(bits))),
        2 => Just(Key::Content { ordinal: 0 }),
    ]
}

fn movement(zone: Zone) -> impl Strategy<Value = Movement> {
    let claims = [
        (Claim::NewLogo, 1),
        (Claim::Upgrade, 1),
        (Claim::Downgrade, 1),
        (Claim::Reactivation, 1),
        (Claim::Change, 0),
        (Claim::Churn, 0),
    ];
    let replaces = (target(), prop::option::of(text())).prop_map(|(target, reason)| Replaced { target, reason });
    let rest = (prop::option::of(text()), prop::option::of(amount(0)), attributes(0), prop::option::of(replaces));
    let first = (text(), prop::option::of(text()), moment(zone), prop::option::of(amount(0)), currency());
    (prop::sample::select(claims.to_vec()), amount(1), any::<bool>(), first, rest).prop_map(
        |((claim, least), mrr, given, (customer, subscription, effective_at, mrr_before, currency), rest)| Movement {
            claim,
            customer,
            subscription,
            effective_at,
            mrr: match (claim, least, given) {
                (Claim::Churn, _, true) => Some(Amount::ZERO),
                (Claim::Churn, _, false) => None,
                (_, 0, false) => Some(Amount::ZERO),
                _ => Some(mrr),
            },
            mrr_before,
            currency: Some(Denomination::given(currency)),
            plan: rest.0,
            quantity: rest.1,
            attributes: rest.2,
            replaces: rest.3,
        },
    )
}

fn body(zone: Zone) -> impl Strategy<Value = Body> {
    let profile = (text(), moment(zone), attributes(1)).prop_map(|(customer, effective_at, attributes)| Profile {
        customer,
        effective_at,
        attributes,
    });
    let merge = (text(), text())
        .prop_filter("a customer is not merged into itself", |(a, b)| a != b)
        .prop_map(|(customer, into)| Merge { customer, into });
    let one_time =
        (text(), prop::option::of(text()), moment(zone), amount(-100_000), currency(), prop::option::of(text()))
            .prop_map(|(customer, subscription, effective_at, amount, currency, plan)| OneTime {
                customer,
                subscription,
                effective_at,
                amount,
                currency: Denomination::given(currency),
                plan,
                quantity: None,
            });
    let fx_rate = (moment(zone), 1i128..10_000_000_000_000).prop_map(|(effective_at, units)| FxRate {
        base: "EUR".parse().expect("a currency"),
        quote: "USD".parse().expect("a currency"),
        rate: Rate::from_units(units).expect("in range"),
        effective_at,
    });
    prop_oneof![
        5 => movement(zone).prop_map(Body::Movement),
        1 => (target(), text()).prop_map(|(target, reason)| Body::Void(Void { target, reason })),
        1 => profile.prop_map(Body::Profile),
        1 => merge.prop_map(Body::Merge),
        1 => one_time.prop_map(Body::OneTime),
        1 => fx_rate.prop_map(Body::FxRate),
    ]
}

pub(super) fn event(zone: Zone, name: &'static str) -> impl Strategy<Value = Event> {
    (key(), prop::option::of(moment(zone)), body(zone)).prop_map(move |(key, booked_at, body)| {
        let origin = Origin { source: "native".to_owned(), file: Some(name.to_owned()), row: None };
        let mut event = Event { key, origin, recorded_by: "test".to_owned(), booked_at, zone: None, body };
        let dated = [event.booked_at, event.effective_at()].into_iter().flatten().any(|moment| moment.is_date);
        event.zone = dated.then(|| zone.name().to_owned());
        event
    })
}

/// How a file is written.
#[derive(Clone, Debug)]
struct Style {
    delimiter: char,
    line_end: &'static str,
    quote: u8,
    encoding: u8,
    packing: u8,
    blank_rows: bool,
}

fn style() -> impl Strategy<Value = Style> {
    let delimiter = prop::sample::select(vec![',', ';', '\t']);
    let line_end = prop::sample::select(vec!["\n", "\r\n"]);
    (delimiter, line_end, any::<u8>(), 0u8..4, 0u8..3, any::<bool>()).prop_map(
        |(delimiter, line_end, quote, encoding, packing, blank_rows)| Style {
            delimiter,
            line_end,
            quote,
            encoding,
            packing,
            blank_rows,
        },
    )
}

impl Style {
    /// A cell, quoted where it must be and now and then where it need not.
    fn cell(&self, value: &str, salt: usize) -> String {
        let special = value.contains([self.delimiter, '\n', '\r']) || value.starts_with('"');
        if special || (self.quote as usize + salt).is_multiple_of(5) {
            format!("\"{}\"", value.replace('"', "\"\""))
        } else {
            value.to_owned()
        }
    }

    fn csv(&self, events: &[Event]) -> String {
        let rows: Vec<HashMap<String, String>> =
            events.iter().map(|event| fields_of(event).into_iter().collect()).collect();
        let names: BTreeSet<&String> = rows.iter().flat_map(HashMap::keys).collect();
        let row = |cells: Vec<String>| cells.join(&self.delimiter.to_string()) + self.line_end;
        let mut text = row(names.iter().enumerate().map(|(salt, name)| self.cell(name, salt)).collect());
        for (index, fields) in rows.iter().enumerate() {
            let value = |name: &String| fields.get(name).map_or("", String::as_str);
            text += &row(names.iter().enumerate().map(|(salt, name)| self.cell(value(name), salt + index)).collect());
            if self.blank_rows && index % 3 == 0 {
                text += self.line_end;
                text += &row(vec![String::new(); names.len()]);
            }
        }
        text
    }

    fn packed(&self, text: &str) -> (Vec<u8>, &'static str) {
        let bytes: Vec<u8> = match self.encoding {
            0 => text.as_bytes().to_vec(),
            1 => format!("\u{feff}{text}").into_bytes(),
            2 => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
            _ => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect(),
        };
        match self.packing {
            0 => (bytes, ""),
            1 => (gzip_members(&bytes), ".gz"),
            _ => (zstd::encode_all(bytes.as_slice(), 1).expect("packs"), ".zst"),
        }
    }
}

/// Two members one after the other, as tools that append make them.
fn gzip_members(bytes: &[u8]) -> Vec<u8> {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    [first, second]
        .into_iter()
        .flat_map(|part| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(part).expect("writes to memory");
            encoder.finish().expect("packs")
        })
        .collect()
}

/// The events as a reader numbers them: rows from 1, and equal rows without keys told apart.
fn as_read(events: &[Event]) -> Vec<Event> {
    let mut seen: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut events = events.to_vec();
    for (index, event) in events.iter_mut().enumerate() {
        event.origin.row = Some(index as u64 + 1);
        if let Key::Content { .. } = event.key {
            let ordinal = seen.entry(event.given()).and_modify(|count| *count += 1).or_insert(0);
            event.key = Key::Content { ordinal: *ordinal };
        }
    }
    events
}

fn json_lines(events: &[Event], style: &Style) -> String {
    let line = |event: &Event| {
        let number =
            |name: &str| style.quote.is_multiple_of(2) && matches!(name, "mrr" | "mrr_before" | "amount" | "quantity");
        let pairs = fields_of(event).into_iter().map(|(name, value)| {
            let shown = if number(&name) { value } else { serde_json::Value::from(value).to_string() };
            format!("{}: {shown}", serde_json::Value::from(name))
        });
        format!("{{{}}}{}", pairs.collect::<Vec<_>>().join(", "), style.line_end)
    };
    events.iter().map(line).collect()
}

fn reads_back(text: &str, name: &str, style: &Style, zone: &str, events: &[Event]) -> Result<(), TestCaseError> {
    let (bytes, ending) = style.packed(text);
    let outcome = read(&bytes, &format!("{name}{ending}"), &options(zone, None)).expect("a good file");
    prop_assert!(outcome.bad.is_empty() && outcome.fatal.is_none(), "{:?} {:?}\n{}", outcome.bad, outcome.fatal, text);
    let mut found = outcome.events;
    for event in &mut found {
        event.origin.file = Some(name.to_owned());
    }
    prop_assert_eq!(found, as_read(events), "{}", text);
    Ok(())
}

/// A zone and events with dates in it, some of them repeated.
fn zoned_events() -> impl Strategy<Value = (&'static str, Vec<Event>)> {
    prop::sample::select(ZONES.to_vec()).prop_flat_map(|name| {
        let zone = name.parse().expect("a zone");
        let events = prop::collection::vec((event(zone, "a"), 1usize..3), 1..8);
        events
            .prop_map(move |events| (name, events.into_iter().flat_map(|(event, times)| vec![event; times]).collect()))
    })
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn csv_reads_back((zone, mut events) in zoned_events(), style in style()) {
        events.iter_mut().for_each(|event| event.origin.file = Some("a.csv".to_owned()));
        reads_back(&style.csv(&events), "a.csv", &style, zone, &events)?;
    }

    #[test]
    fn json_lines_read_back((zone, mut events) in zoned_events(), style in style()) {
        events.iter_mut().for_each(|event| event.origin.file = Some("a.jsonl".to_owned()));
        reads_back(&json_lines(&events, &style), "a.jsonl", &style, zone, &events)?;
    }

}

proptest! {
    #![proptest_config(cases(4))]

    #[test]
    fn blocks_end_where_records_end(rows in prop::collection::vec(text(), 3_000..6_000)) {
        let mut csv = "kind,customer_id,effective_at,mrr,currency,plan\n".to_owned();
        for (index, plan) in rows.iter().enumerate() {
            let padding = "x".repeat(index % 500);
            let plan = format!("{padding}{plan}").replace('"', "\"\"");
            csv += &format!("change,c{index},2025-01-01,1,USD,\"{plan}\"\n");
        }
        let outcome = read(csv.as_bytes(), "a.csv", &options("UTC", None)).expect("a good file");
        prop_assert_eq!(outcome.bad, vec![]);
        prop_assert_eq!(outcome.events.len(), rows.len());
        for (index, event) in outcome.events.iter().enumerate() {
            let Body::Movement(movement) = &event.body else { return Err(TestCaseError::fail("a movement")) };
            prop_assert_eq!(&movement.customer, &format!("c{index}"));
            prop_assert_eq!(event.origin.row, Some(index as u64 + 1));
        }
    }
}
