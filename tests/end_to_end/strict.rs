//! Strict mode: a batch is refused exactly where the auditor finds new contradictions after it, and leaves no trace.

use std::collections::BTreeSet;

use recount_ledger::{Admission, EventId, Position, Recorded};
use recount_projection::{Boundary, Cut, Projection, Strict};
use recount_testkit::{Auditor, Cut as Known, Dice, Workload, instant, script_of};

const SEEDS: std::ops::Range<u64> = 7_000..7_200;

#[test]
fn new_contradictions_are_refused() {
    let (mut refused, mut admitted) = (0, 0);
    for seed in SEEDS {
        let mut dice = Dice::new(seed);
        let mut strict = Strict::new(Projection::empty());
        let mut kept: Vec<Recorded> = Vec::new();
        let workload = Workload::new(seed);
        let mut rest: &[Recorded] = &workload.records;
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(1 + dice.index(rest.len().min(6)));
            rest = later;
            let batch = next(&kept, batch);
            let after: Vec<Recorded> = kept.iter().chain(&batch).cloned().collect();
            let sound = contradicts(&after).is_some_and(|new| new.is_subset(&contradicts(&kept).unwrap_or_default()));
            let verdict = strict.admit(&batch);
            assert_eq!(verdict.is_ok(), sound, "seed {seed}: {verdict:?}\n{}", script_of(&after));
            if sound {
                strict.recorded(&batch);
                kept = after;
                admitted += 1;
            } else {
                refused += 1;
            }
        }
        same_figures(seed, &strict.into_projection(), kept);
    }
    assert!(refused > 100 && admitted > 500, "{refused} refused, {admitted} admitted: one side is hardly tried");
}

/// A batch that comes next, without what refers to records that were refused.
fn next(kept: &[Recorded], batch: &[Recorded]) -> Vec<Recorded> {
    let mut known: BTreeSet<EventId> = kept.iter().map(|record| record.event.id()).collect();
    let mut taken_back: BTreeSet<EventId> = kept.iter().filter_map(|record| record.event.voids()).collect();
    let mut sound: Vec<Recorded> = Vec::new();
    for record in batch {
        let target = record.event.voids();
        if target.is_some_and(|target| !known.contains(&target) || !taken_back.insert(target)) {
            continue;
        }
        known.insert(record.event.id());
        sound.push(Recorded { position: Position((kept.len() + sound.len()) as u64), ..record.clone() });
    }
    sound
}

/// The positions of contradictions; none where merges form a circle.
fn contradicts(records: &[Recorded]) -> Option<BTreeSet<Position>> {
    let known = Auditor::new(records.to_vec()).known(Known::default()).ok()?;
    Some(known.contradictions().into_iter().collect())
}

fn same_figures(seed: u64, projection: &Projection, records: Vec<Recorded>) {
    let known = Auditor::new(records).known(Known::default()).expect("circles were refused");
    let view = projection.view(Cut::NONE).expect("circles were refused");
    let at = instant("2025-01-01");
    let mut totals: Vec<(String, i128)> = Vec::new();
    for customer in view.customers() {
        let levels = view.subscriptions(customer).filter_map(|s| view.level_at(s, Boundary(at)));
        let total: i128 = levels.map(|(units, _)| units).sum();
        totals.extend((total > 0).then(|| (view.customer_id(customer).to_owned(), total)));
    }
    let mut want = std::collections::BTreeMap::<String, i128>::new();
    for ((customer, _), units) in known.native(at) {
        *want.entry(customer).or_default() += i128::try_from(units).expect("a small sum");
    }
    totals.sort();
    assert_eq!(totals, want.into_iter().collect::<Vec<_>>(), "seed {seed}");
}
