//! The order of arrival does not matter: the same knowledge gives the same figures, whatever came first.
//!
//! What only positions order is excepted: records that were booked at one instant (movements of one subscription among
//! them are listed by `check`), and exchange rates of one pair and date.

use std::collections::{BTreeMap, BTreeSet};

use recount_ledger::{Body, EventId, Instant, Moment, Position, Recorded};
use recount_projection::{Cut, FindingCode};
use recount_testkit::{Auditor, Cut as Known, Dice, Question, Workload, script_of};

use crate::product::{answered, projected};

const SEEDS: std::ops::Range<u64> = 9_000..9_250;

#[test]
fn any_order_of_arrival_gives_the_same_figures() {
    let mut ties_seen = 0;
    for seed in SEEDS {
        let workload = Workload::new(seed);
        let mut dice = Dice::new(seed);
        let told = by_themselves(&workload.records);
        assert_eq!(ties(&told), listed(&told), "seed {seed}: ties that check does not list, or lists in vain");
        ties_seen += ties(&told).len();
        let told = booked_apart(told);
        assert_eq!(ties(&told), [], "seed {seed}: ties among distinct bookings");
        for _ in 0..3 {
            let other = rearranged(&told, &mut dice);
            for number in 0..3 {
                let question = at_any_size(workload.question(number));
                let (want, got) = (figures(&told, &question), figures(&other, &question));
                assert_eq!(
                    got,
                    want,
                    "seed {seed}, {question:#?}\n{}\nand in another order\n{}",
                    script_of(&told),
                    script_of(&other)
                );
            }
        }
    }
    assert!(ties_seen > 50, "only {ties_seen} ties in all ledgers: the workload has lost them");
}

/// Figures by name; positions of contradictions differ with the order, their number does not.
fn figures(records: &[Recorded], question: &Question) -> Result<BTreeMap<String, String>, String> {
    let mut answer = answered(&projected(records), question)?;
    if let Some(positions) = answer.get_mut("contradictions") {
        *positions = positions.split_whitespace().count().to_string();
    }
    Ok(answer)
}

fn at_any_size(question: Question) -> Question {
    Question { cut: Known { size: None, ..question.cut }, ..question }
}

/// Records that say themselves when they were booked, without rates that only positions order.
fn by_themselves(records: &[Recorded]) -> Vec<Recorded> {
    let mut rates = BTreeSet::new();
    let mut kept: Vec<Recorded> = Vec::new();
    let mut gone: BTreeSet<EventId> = BTreeSet::new();
    for record in records {
        let again = matches!(&record.event.body, Body::FxRate(rate)
            if !rates.insert((rate.effective_at.at, rate.base.min(rate.quote), rate.base.max(rate.quote))));
        if again || record.event.voids().is_some_and(|target| gone.contains(&target)) {
            gone.insert(record.event.id());
            continue;
        }
        let mut record = Recorded { position: Position(kept.len() as u64), ..record.clone() };
        record.event.booked_at = Some(Moment::from(record.booked_at()));
        kept.push(record);
    }
    kept
}

/// The same records, no two of them booked at one instant.
fn booked_apart(mut records: Vec<Recorded>) -> Vec<Recorded> {
    for (micros, record) in (0..).zip(&mut records) {
        let apart = Instant::from_micros(record.booked_at().micros() + micros);
        record.event.booked_at = Some(apart.expect("within the calendar").into());
    }
    let mut bookings: Vec<Instant> = records.iter().map(Recorded::booked_at).collect();
    bookings.sort_unstable();
    bookings.dedup();
    if bookings.len() == records.len() { records } else { booked_apart(records) }
}

/// Another order in which every void still follows its target.
fn rearranged(records: &[Recorded], dice: &mut Dice) -> Vec<Recorded> {
    let mut waiting: Vec<Recorded> = records.to_vec();
    dice.shuffle(&mut waiting);
    let mut arrived: BTreeSet<EventId> = BTreeSet::new();
    let mut order: Vec<Recorded> = Vec::new();
    while !waiting.is_empty() {
        let free = |record: &Recorded| record.event.voids().is_none_or(|target| arrived.contains(&target));
        let next = waiting.iter().position(free).expect("a void's target is recorded before it");
        let record = waiting.remove(next);
        arrived.insert(record.event.id());
        order.push(Recorded { position: Position(order.len() as u64), ..record });
    }
    order
}

/// The positions of movements that only their position puts last.
fn ties(records: &[Recorded]) -> Vec<Position> {
    Auditor::new(records.to_vec()).known(Known::default()).map_or_else(|_| Vec::new(), |known| known.ties())
}

fn listed(records: &[Recorded]) -> Vec<Position> {
    let projection = projected(records);
    let Ok(view) = projection.view(Cut::NONE) else { return Vec::new() };
    let findings = view.findings();
    findings.iter().filter(|f| f.code == FindingCode::PositionOrder).map(|f| f.position).collect()
}
