//! How fast a projection is made, saved, loaded and asked. `RECOUNT_BENCH_EVENTS` sets the number of events (default 200,000).

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rayon::iter::ParallelIterator;
use recount_ledger::{
    Amount, Body, Claim, Currency, Denomination, Event, Instant, Key, Moment, Movement, Origin, Position, Recorded,
};
use recount_projection::{Boundary, CustomerIx, Cut, Projection, View};

const FIRST: i64 = 1_609_459_200_000_000;
const YEAR: i64 = 31_536_000_000_000;
const LEDGER: uuid::Uuid = uuid::Uuid::from_u128(7);

fn at(micros: i64) -> Instant {
    Instant::from_micros(micros).expect("in range")
}

/// A generator of the same numbers every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Ten events a customer, one customer of five with two subscriptions, one event of twenty booked up to 60 days late.
fn records(events: u64) -> impl Iterator<Item = Recorded> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let customers = (events / 10).max(1);
    let currency = Denomination::given("USD".parse::<Currency>().expect("a code"));
    (0..events).map(move |position| {
        let customer = dice.roll(customers);
        let slot = if customer.is_multiple_of(5) { dice.roll(2) } else { 0 };
        let effective = FIRST + (position as i64) * (5 * YEAR / events as i64);
        let late = if dice.roll(20) == 0 { dice.roll(60 * 86_400) as i64 * 1_000_000 } else { 0 };
        let claim = [Claim::Upgrade, Claim::Downgrade, Claim::Change, Claim::Churn][dice.roll(4) as usize];
        let mrr = if claim == Claim::Churn { 0 } else { 100 + dice.roll(100_000) as i128 };
        let movement = Movement {
            claim,
            customer: format!("cus_{customer:07}"),
            subscription: Some(format!("sub_{customer:07}_{slot:02}")),
            effective_at: Moment::from(at(effective)),
            mrr: Some(Amount::from_units(mrr * 1_000_000).expect("in range")),
            mrr_before: None,
            currency: Some(currency),
            plan: None,
            quantity: None,
            attributes: vec![("channel".to_owned(), ["web", "sales", "partner"][dice.roll(3) as usize].to_owned())],
            replaces: None,
        };
        let event = Event {
            key: Key::Named(format!("evt_{position:09}")),
            origin: Origin { source: "native".to_owned(), file: None, row: Some(position + 1) },
            recorded_by: "bench".to_owned(),
            booked_at: Some(at(effective + late).into()),
            zone: None,
            body: Body::Movement(movement),
        };
        Recorded { position: Position(position), recorded_at: at(FIRST + 6 * YEAR), event }
    })
}

fn events() -> u64 {
    std::env::var("RECOUNT_BENCH_EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(200_000)
}

/// What a retention does: the cohort at the open, its MRR at the close.
fn retention(view: &View<'_>, open: Boundary, close: Boundary) -> (i128, i128) {
    let ends = |customer: CustomerIx| match view.mrr_at(customer, open) {
        0 => (0, 0),
        opening => (opening, view.mrr_at(customer, close)),
    };
    view.par_customers().map(ends).reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
}

fn replay(events: u64) -> Projection {
    let mut projection = Projection::empty();
    projection.extend(records(events)).expect("valid records");
    projection
}

fn bench(c: &mut Criterion) {
    let events = events();
    let made = std::time::Instant::now();
    records(events).for_each(|record| drop(black_box(record)));
    eprintln!("generating {events} records takes {:?}", made.elapsed());
    let made = std::time::Instant::now();
    let mut projection = replay(events);
    eprintln!("generating and replaying them takes {:?}", made.elapsed());
    let directory = tempfile::tempdir().expect("a directory");
    let mut group = c.benchmark_group("projection");
    group.sample_size(10);
    group.bench_function("save", |b| b.iter(|| projection.save(directory.path(), LEDGER).expect("saved")));
    group.bench_function("load", |b| {
        b.iter_with_large_drop(|| Projection::load(directory.path(), LEDGER, events).expect("loaded"));
    });
    let size = std::fs::metadata(directory.path().join("columns")).expect("a file").len();
    eprintln!("{} bytes per event", size.div_ceil(events));
    let (open, close) = (Boundary(at(FIRST + 3 * YEAR)), Boundary(at(FIRST + 4 * YEAR)));
    let view = projection.view(Cut::NONE).expect("no merges");
    group.bench_function("ndr", |b| b.iter(|| retention(&view, open, close)));
    let cuts = [
        ("known", Cut { known_at: Some(Boundary(at(FIRST + 4 * YEAR))), ..Cut::NONE }),
        ("size", Cut { known_at: None, size: events / 2 }),
    ];
    for (name, cut) in cuts {
        group.bench_function(format!("ndr, cut by {name}"), |b| {
            let view = projection.view(cut).expect("no merges");
            b.iter(|| retention(&view, open, close));
        });
        group.bench_function(format!("contradictions, cut by {name}"), |b| {
            b.iter(|| projection.view(cut).expect("no merges").contradiction_count());
        });
        group.bench_function(format!("scope, cut by {name}"), |b| {
            b.iter(|| {
                let view = projection.view(cut).expect("no merges");
                (view.newest_booking(), view.first_movement(), view.unsealed_knowledge(), view.currencies().len())
            });
        });
    }
    group.bench_function("attribute", |b| {
        let channel = view.attribute("channel").expect("every record sets it");
        b.iter(|| view.par_customers().filter(|customer| channel.value_at(*customer, Some(open)).is_some()).count());
    });
    let tail: Vec<Recorded> = records(events).take(2_000).collect();
    let tail =
        tail.into_iter().zip(events..).map(|(record, position)| Recorded { position: Position(position), ..record });
    let tail: Vec<Recorded> = tail.collect();
    group.bench_function("tail of 2,000", |b| {
        let load = || Projection::load(directory.path(), LEDGER, events).expect("loaded");
        b.iter_batched(
            load,
            |mut projection| {
                projection.extend(tail.iter().cloned()).expect("valid records");
                projection
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
