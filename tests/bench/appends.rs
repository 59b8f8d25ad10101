//! Durable appends per second of Recount, with 1 client and with 256, and what the disk itself allows.
//!
//! Run by `appends.sh`, which puts PostgreSQL and SQLite beside it. Prints `NAME CLIENTS PER_SECOND` lines.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use recount_ledger::{
    Appender, Body, Claim, Denomination, Event, Expected, Instant as Point, Ledger, Movement, Options, Settings, Writer,
};

fn main() {
    let mut args = std::env::args().skip(1);
    let (Some(dir), Some(seconds)) = (args.next(), args.next().and_then(|seconds| seconds.parse().ok())) else {
        eprintln!("usage: appends DIR SECONDS");
        std::process::exit(2);
    };
    let time = Duration::from_secs(seconds);
    println!("fdatasync 1 {}", limit(Path::new(&dir), time));
    for clients in [1, 256] {
        println!("recount {clients} {}", appends(&Path::new(&dir).join(format!("ledger-{clients}")), clients, time));
    }
}

/// Writes of 256 bytes into a file that has its length already, each with a sync of its own.
fn limit(dir: &Path, time: Duration) -> u64 {
    const FILE_BYTES: u64 = 16 << 20;
    let path = dir.join("limit");
    let file = File::create(&path).expect("the folder can be written to");
    file.write_all_at(&vec![0; FILE_BYTES as usize], 0).and_then(|()| file.sync_all()).expect("there is room");
    let (begun, mut done) = (Instant::now(), 0);
    while begun.elapsed() < time {
        file.write_all_at(&[7; 256], done * 256 % FILE_BYTES).and_then(|()| file.sync_data()).expect("the disk works");
        done += 1;
    }
    per_second(done, begun)
}

/// Clients that each wait for one durable append before the next.
fn appends(dir: &Path, clients: u64, time: Duration) -> u64 {
    Ledger::create(dir, Settings::default()).expect("a new folder");
    let ledger = Appender::start(Writer::open(dir, Options::default()).expect("opens"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let done = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    runtime.block_on(async {
        let client = |client: u64| {
            let (ledger, done) = (ledger.clone(), done.clone());
            tokio::spawn(async move {
                let mut number = 0;
                while begun.elapsed() < time {
                    ledger.append(vec![event(client, number)], Expected::Any).await.expect("appends");
                    number += 1;
                }
                done.fetch_add(number, Ordering::Relaxed);
            })
        };
        for client in (0..clients).map(client).collect::<Vec<_>>() {
            client.await.expect("ends");
        }
    });
    let rate = per_second(done.load(Ordering::Relaxed), begun);
    runtime.block_on(ledger.close()).expect("closes");
    rate
}

fn per_second(count: u64, begun: Instant) -> u64 {
    count * 1_000 / u64::try_from(begun.elapsed().as_millis()).expect("a short time").max(1)
}

/// One movement, of the size that the peers insert.
fn event(client: u64, number: u64) -> Event {
    let effective_at = Point::from_micros(1_700_000_000_000_000 + number as i64 * 1_000_000).expect("in range");
    let movement = Movement {
        claim: Claim::Change,
        customer: format!("customer {client}"),
        subscription: None,
        effective_at: effective_at.into(),
        mrr: Some((1 + number % 900).to_string().parse().expect("an amount")),
        mrr_before: None,
        currency: Some(Denomination::given("USD".parse().expect("a currency"))),
        plan: Some("pro".to_owned()),
        quantity: None,
        attributes: Vec::new(),
        replaces: None,
    };
    Event::new(Body::Movement(movement)).keyed("bench", &format!("{client}-{number}"))
}
