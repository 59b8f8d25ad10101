//! Makes a failing ledger small enough to read: records are left out for as long as the failure stays.

use std::collections::BTreeSet;

use recount_ledger::{EventId, Position, Recorded};
use recount_testkit::Question;

/// The fewest records found (by leaving out ever smaller runs of them) with which the question still fails.
pub fn shrunk(
    mut records: Vec<Recorded>,
    mut question: Question,
    fails: impl Fn(&[Recorded], &Question) -> bool,
) -> (Vec<Recorded>, Question) {
    let mut run = records.len() / 2;
    while run > 0 {
        let mut start = 0;
        while start < records.len() {
            let (fewer, asked) = without(&records, &question, start..records.len().min(start + run));
            if fewer.len() < records.len() && fails(&fewer, &asked) {
                (records, question) = (fewer, asked);
            } else {
                start += run;
            }
        }
        run /= 2;
    }
    (records, question)
}

/// The ledger without a run of records and without what refers to them; positions stay gapless, cuts follow.
fn without(records: &[Recorded], question: &Question, run: std::ops::Range<usize>) -> (Vec<Recorded>, Question) {
    let mut gone: BTreeSet<EventId> = BTreeSet::new();
    let mut kept: Vec<Recorded> = Vec::new();
    let mut size = 0;
    for (index, record) in records.iter().enumerate() {
        if run.contains(&index) || record.event.voids().is_some_and(|target| gone.contains(&target)) {
            gone.insert(record.event.id());
            continue;
        }
        size += u64::from(question.cut.size.is_some_and(|size| record.position.0 < size));
        kept.push(Recorded { position: Position(kept.len() as u64), ..record.clone() });
    }
    let mut question = question.clone();
    question.cut.size = question.cut.size.map(|_| size);
    (kept, question)
}
