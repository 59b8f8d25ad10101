//! Small ledgers and events for the tests of this crate.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::amount::Amount;
use crate::event::{Body, Claim, Denomination, Event, Movement, Void};
use crate::id::{EventId, Key};
use crate::instant::Instant;
use crate::ledger::{Ledger, Settings};
use crate::merkle::Peaks;
use crate::reader::{Reader, Records};
use crate::record::Recorded;
use crate::writer::{Options, Writer};

/// A fresh ledger in a folder that goes with it.
pub struct Fresh {
    _home: tempfile::TempDir,
    pub dir: PathBuf,
    pub clock: Arc<AtomicI64>,
}

impl Fresh {
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let dir = home.path().join("ledger");
        Ledger::create(&dir, Settings::default()).expect("a ledger");
        Self { _home: home, dir, clock: Arc::new(AtomicI64::new(1_750_000_000_000_000)) }
    }

    /// Options with a clock that stands until it is set.
    pub fn options(&self) -> Options {
        let clock = self.clock.clone();
        let clock = Box::new(move || Instant::from_micros(clock.load(Ordering::Relaxed)).expect("in range"));
        Options { admission: None, clock }
    }

    pub fn writer(&self) -> Writer {
        Writer::open(&self.dir, self.options()).expect("opens")
    }

    pub fn reader(&self) -> Reader {
        Reader::open(&self.dir).expect("opens")
    }
}

/// A movement under the key `e<number>`.
pub fn event(number: u64) -> Event {
    let movement = Movement {
        claim: Claim::Change,
        customer: format!("customer {}", number % 97),
        subscription: None,
        effective_at: Instant::from_micros(1_700_000_000_000_000 + number as i64 * 1_000_000).expect("in range").into(),
        mrr: Some(Amount::from_units(i128::from(number % 1_000 + 1) * 100_000_000).expect("in range")),
        mrr_before: None,
        currency: Some(Denomination::given("USD".parse().expect("a currency"))),
        plan: Some("pro".to_owned()),
        quantity: None,
        attributes: vec![("channel".to_owned(), "web".to_owned())],
        replaces: None,
    };
    Event::new(Body::Movement(movement)).keyed("test", &format!("e{number}"))
}

pub fn events(numbers: std::ops::Range<u64>) -> Vec<Event> {
    numbers.map(event).collect()
}

/// The same fact without a key.
pub fn keyless(number: u64, ordinal: u32) -> Event {
    Event { key: Key::Content { ordinal }, ..event(number) }
}

pub fn void(key: &str, target: EventId) -> Event {
    Event::new(Body::Void(Void { target, reason: "mistake".to_owned() })).keyed("test", key)
}

pub fn id(number: u64) -> EventId {
    event(number).id()
}

/// Everything that some records hold.
pub fn all(records: Records) -> Vec<Recorded> {
    records
        .flat_map(|chunk| chunk.expect("reads").records().map(|record| record.to_owned_record()).collect::<Vec<_>>())
        .collect()
}

/// The keys of all records of a ledger, oldest first; checks positions and root on the way.
pub fn keys(dir: &Path) -> Vec<String> {
    let reader = Reader::open(dir).expect("opens");
    let records = all(reader.read(..).expect("reads"));
    assert_eq!(records.len() as u64, reader.size());
    let mut content = Vec::new();
    let mut peaks = Peaks::new();
    for (position, record) in (0..).zip(&records) {
        assert_eq!(record.position.0, position);
        peaks.push(crate::chunk::leaf_of(record, &mut content));
    }
    assert_eq!(peaks.root().0, reader.root());
    records.iter().map(|record| key_of(&record.event)).collect()
}

pub fn key_of(event: &Event) -> String {
    match &event.key {
        Key::Named(key) => key.clone(),
        Key::Uuid(uuid) => uuid.to_string(),
        Key::Content { ordinal } => format!("#{ordinal}"),
    }
}

pub fn numbered(numbers: std::ops::Range<u64>) -> Vec<String> {
    numbers.map(|number| format!("e{number}")).collect()
}

/// The root of the first `size` of some records.
pub fn root_of(records: &[Recorded], size: u64) -> [u8; 32] {
    let mut peaks = Peaks::new();
    let mut content = Vec::new();
    records[..size as usize].iter().for_each(|record| peaks.push(crate::chunk::leaf_of(record, &mut content)));
    peaks.root().0
}
