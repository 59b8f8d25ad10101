//! Whole files through the reader, without a ledger behind it.

mod dirty_files;
mod dirty_rows;
mod exports;
mod random_bytes;
mod round_trip;

use std::convert::Infallible;
use std::path::Path;

use proptest::test_runner::{Config as ProptestConfig, RngSeed};
use recount_ledger::{Event, Recorded, Zone};

use crate::error::ImportError;
use crate::format::Compression;
use crate::input::{Input, Opened};
use crate::options::Options;
use crate::order::Order;
use crate::pipeline::{self, Plan};
use crate::progress::Progress;
use crate::rows::BadRow;
use crate::source::{Source, unreadable};

/// So many cases, the same in every run unless the environment names a seed.
fn cases(cases: u32) -> ProptestConfig {
    let config = ProptestConfig { cases, ..ProptestConfig::default() };
    match config.rng_seed {
        RngSeed::Random => ProptestConfig { rng_seed: RngSeed::Fixed(20_261_122), ..config },
        RngSeed::Fixed(_) => config,
    }
}

/// What reading a file comes to.
#[derive(Debug, Default)]
struct Outcome {
    events: Vec<Event>,
    copies: Vec<Recorded>,
    bad: Vec<BadRow>,
    fatal: Option<BadRow>,
    read: u64,
    order: Order,
}

/// Options under which rows need name neither source nor currency.
fn options(zone: &str, currency: Option<&str>) -> Options {
    Options {
        zone: zone.parse::<Zone>().expect("a zone"),
        currency: currency.map(|code| code.parse().expect("a currency")),
        recorded_by: "test".to_owned(),
        ..Options::default()
    }
}

/// Reads bytes as the file of this name.
fn read(bytes: &[u8], name: &str, options: &Options) -> Result<Outcome, ImportError> {
    let input = Input::named(name);
    let raw = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let opened = Opened::of(raw, Compression::of_path(Path::new(name)), &Progress::default(), None)
        .map_err(|error| ImportError::Read { file: name.to_owned(), error })?;
    let Source { blocks, dialect, rules, .. } = Source::of(opened, &input, options)?;
    let mut outcome = Outcome { order: Order::new(dialect.lines_before()), ..Outcome::default() };
    let plan = Plan { dialect: &dialect, rules: &rules, keep_text: true };
    let Ok(ended) = pipeline::run(blocks, plan, |mut parsed| {
        outcome.order.number(&mut parsed);
        outcome.read += parsed.read;
        outcome.events.append(&mut parsed.events);
        outcome.copies.append(&mut parsed.copies);
        outcome.bad.append(&mut parsed.bad);
        outcome.fatal = outcome.fatal.take().or(parsed.fatal);
        Ok::<_, Infallible>(())
    });
    ended.map_err(|error| unreadable(&input, outcome.order.lines(), error))?;
    Ok(outcome)
}
