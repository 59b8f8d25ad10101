//! The replay alone: a view under any cut is what the auditor knows, whatever the steps in which records came.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use recount_ledger::{Currency, Instant, Recorded};
use recount_projection::{Boundary, Projection, View};
use recount_testkit::{Auditor, Dice, Known, Workload, instant};
use uuid::Uuid;

use crate::product::{cut_of, projected};

const SEEDS: std::ops::Range<u64> = 5_000..5_400;

#[test]
fn a_view_is_what_was_known() {
    for seed in SEEDS {
        let workload = Workload::new(seed);
        let auditor = Auditor::new(workload.records.clone());
        let projection = projected(&workload.records);
        for number in 0..4 {
            let question = workload.question(number);
            let Ok(known) = auditor.known(question.cut) else {
                assert!(projection.view(cut_of(&question)).is_err(), "seed {seed}: a circle of merges goes unnoticed");
                continue;
            };
            let view = projection.view(cut_of(&question)).expect("the auditor found no circle");
            compare(&known, &view, &format!("seed {seed}, {:?}", question.cut));
            if let Some(known_at) = question.cut.known_at {
                let unsealed = known.recorded_since(known_at) as u64;
                assert_eq!(view.unsealed_knowledge(), unsealed, "seed {seed}: unsealed at {known_at}");
            }
        }
    }
}

fn compare(known: &Known, view: &View<'_>, what: &str) {
    for at in ["2024-01-01", "2024-07-01", "2025-01-01", "2030-01-01"].map(instant) {
        assert_eq!(native(view, at), known.native(at), "{what}: MRR at {at}");
        for name in ["channel", "size", "parent"] {
            for before in [Some(at), None] {
                assert_eq!(
                    attributes(view, name, before),
                    known.attribute(name, before),
                    "{what}: {name} at {before:?}"
                );
            }
        }
    }
    let positions: Vec<_> = view.contradictions().iter().map(|c| c.position).collect();
    assert_eq!(positions, known.contradictions(), "{what}: contradictions");
    assert_eq!(view.contradiction_count(), positions.len() as u64, "{what}: their count");
    assert_eq!(view.first_movement(), known.first_movement(), "{what}: first movement");
    assert_eq!(view.newest_booking(), known.newest_booking(), "{what}: newest booking");
}

fn native(view: &View<'_>, at: Instant) -> BTreeMap<(String, Currency), BigInt> {
    let mut totals: BTreeMap<(String, Currency), BigInt> = BTreeMap::new();
    for customer in view.customers() {
        for subscription in view.subscriptions(customer) {
            let level = view.level_at(subscription, Boundary(at)).filter(|(units, _)| *units != 0);
            if let Some((units, currency)) = level {
                let currency = currency.expect("an amount has a currency");
                *totals.entry((view.customer_id(customer).to_owned(), currency)).or_default() += units;
            }
        }
    }
    totals
}

fn attributes(view: &View<'_>, name: &str, before: Option<Instant>) -> BTreeMap<String, String> {
    let Some(attribute) = view.attribute(name) else { return BTreeMap::new() };
    let value = |customer| attribute.value_at(customer, before.map(Boundary)).map(|value| attribute.text(value));
    let customers = view.customers().filter_map(|c| Some((view.customer_id(c).to_owned(), value(c)?.to_owned())));
    customers.collect()
}

/// Batches of any size give the projection that one replay gives.
#[test]
fn increments_are_a_replay() {
    for seed in SEEDS {
        let workload = Workload::new(seed);
        let mut dice = Dice::new(seed);
        let mut grown = Projection::empty();
        let mut rest: &[Recorded] = &workload.records;
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(dice.index(rest.len()) + 1);
            grown.extend(batch.iter().cloned()).expect("records in order");
            rest = later;
        }
        for number in 0..2 {
            let question = workload.question(number);
            let Ok(known) = Auditor::new(workload.records.clone()).known(question.cut) else { continue };
            let view = grown.view(cut_of(&question)).expect("the auditor found no circle");
            compare(&known, &view, &format!("seed {seed} in batches, {:?}", question.cut));
        }
    }
}

/// A projection that went through its cache, at any point of its growth, gives what a replay gives.
#[test]
fn a_cache_is_a_replay() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    for seed in SEEDS.step_by(8) {
        let workload = Workload::new(seed);
        let ledger = Uuid::from_u128(seed.into());
        let size = workload.records.len();
        let (first, rest) = workload.records.split_at(Dice::new(seed).index(size));
        let mut part = projected(first);
        part.seal([7; 32]);
        part.save(folder.path(), ledger).expect("the cache is written");
        let mut loaded = Projection::load(folder.path(), ledger, size as u64).expect("the cache is read");
        assert_eq!((loaded.size(), loaded.root()), (first.len() as u64, [7; 32]), "seed {seed}");
        loaded.extend(rest.iter().cloned()).expect("the records that follow");
        for number in 0..3 {
            let question = workload.question(number);
            let Ok(known) = Auditor::new(workload.records.clone()).known(question.cut) else { continue };
            let view = loaded.view(cut_of(&question)).expect("the auditor found no circle");
            compare(&known, &view, &format!("seed {seed} from its cache, {:?}", question.cut));
        }
    }
}
