//! What bytes cost: content, frames, leaves and the identity hash, over events as a billing system exports them.
//!
//! `cargo bench -p recount-ledger`; the figures are for one frame of 2,048 events.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use recount_ledger::codec::{FRAME_RECORDS, FrameDecoder, FrameEncoder, encode_content};
use recount_ledger::identity::IdHasher;
use recount_ledger::merkle::{content_digest, leaf_hash};
use recount_ledger::{Body, Claim, Denomination, Event, Instant, Key, Moment, Movement, Origin, Position, Recorded};

/// A small generator of well-spread numbers (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)) % bound
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// Movements in the order of their booking, one in twenty late, of a million customers.
fn records(numbers: &mut Numbers) -> Vec<Recorded> {
    let recorded_at = Instant::from_micros(1_767_225_600_000_000).expect("in range");
    let mut clock = 1_700_000_000;
    (0..FRAME_RECORDS as u64)
        .map(|i| {
            clock += numbers.below(32);
            let late = if numbers.below(20) == 0 { numbers.below(5_000_000) } else { 0 };
            let at = Instant::from_micros((clock - late) as i64 * 1_000_000).expect("in range");
            let event = movement(numbers, i, at);
            Recorded { position: Position(8_192_000 + i), recorded_at, event }
        })
        .collect()
}

fn movement(numbers: &mut Numbers, i: u64, at: Instant) -> Event {
    let customer = numbers.below(1_000_000);
    let claim = numbers.of(&[Claim::NewLogo, Claim::Upgrade, Claim::Upgrade, Claim::Downgrade, Claim::Churn]);
    let cents = if claim == Claim::Churn { 0 } else { 2_900 + numbers.below(200_000) };
    let mrr = format!("{}.{:02}", cents / 100, cents % 100).parse().expect("an amount");
    Event {
        key: Key::Named(format!("evt_{:09}", 8_192_001 + i)),
        origin: Origin { source: "native".into(), file: Some("events_10M.csv".into()), row: Some(8_192_001 + i) },
        recorded_by: "recount import".into(),
        booked_at: None,
        zone: None,
        body: Body::Movement(Movement {
            claim,
            customer: format!("cus_{customer:07}"),
            subscription: Some(format!("sub_{customer:07}_{:02}", numbers.below(20) * numbers.below(3))),
            effective_at: Moment::from(at),
            mrr: Some(mrr),
            mrr_before: None,
            currency: Some(Denomination::given("USD".parse().expect("a currency"))),
            plan: Some(numbers.of(&["starter", "team", "business", "enterprise"]).into()),
            quantity: None,
            attributes: vec![("channel".into(), numbers.of(&["web", "sales", "partner", "api", "support"]).into())],
            replaces: None,
        }),
    }
}

fn codec(c: &mut Criterion) {
    let records = records(&mut Numbers(7));
    let mut encoder = FrameEncoder::new().expect("an encoder");
    let mut decoder = FrameDecoder::new();
    let frame = encoder.encode(&records).expect("a frame");
    println!("{} bytes a frame, {} hundredths an event", frame.len(), frame.len() * 100 / records.len());
    let mut group = c.benchmark_group("codec");
    group.throughput(Throughput::Elements(records.len() as u64)).sample_size(30);
    let mut bytes = Vec::new();
    group.bench_function("content", |b| {
        b.iter(|| {
            bytes.clear();
            records.iter().for_each(|record| encode_content(&record.event, &mut bytes));
            black_box(bytes.len())
        });
    });
    group.bench_function("leaf", |b| {
        b.iter(|| {
            for record in &records {
                bytes.clear();
                encode_content(&record.event, &mut bytes);
                black_box(leaf_hash(record.recorded_at, &content_digest(&bytes)));
            }
        });
    });
    let hasher = IdHasher::new(uuid::Uuid::from_u128(1));
    group.bench_function("id", |b| {
        b.iter(|| records.iter().fold(0, |sum, record| sum ^ hasher.id(record.event.id())));
    });
    group.bench_function("encode frame", |b| b.iter(|| encoder.encode(&records).expect("a frame").len()));
    group.bench_function("decode columns", |b| b.iter(|| decoder.decode(&frame).expect("a frame").len()));
    group.bench_function("decode frame", |b| {
        b.iter(|| {
            let frame = decoder.decode(&frame).expect("a frame");
            frame.records().for_each(|record| drop(black_box(record)));
        });
    });
    group.finish();
}

criterion_group!(benches, codec);
criterion_main!(benches);
