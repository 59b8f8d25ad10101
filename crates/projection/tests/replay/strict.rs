//! Strict mode refuses exactly the batches that bring contradictions, and leaves no trace of them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use recount_ledger::{Admission, Recorded};
use recount_projection::{Cut, Projection, Strict};
use recount_testkit::records as script_records;

use super::naive::by_projection;
use super::world::{raws, records};
use super::{boundaries, bulk, saved};

fn contradictions(projection: &Projection) -> BTreeSet<u64> {
    let view = projection.view(Cut::NONE).expect("no circles in this world");
    view.contradictions().iter().map(|found| found.position.0).collect()
}

#[test]
fn a_refusal_says_which_event_and_why() {
    let records = script_records("2024-01-01 acme new 100\n2024-02-01 beta new 5\n2024-03-01 acme up 80");
    let mut strict = Strict::new(Projection::empty());
    strict.admit(&records[..1]).expect("fits");
    strict.recorded(&records[..1]);
    let refusal = strict.admit(&records[1..]).expect_err("80 is less than 100");
    assert_eq!(refusal.index, Some(1));
    assert_eq!(
        refusal.reason,
        "it is called upgrade, but the subscription went from 100 USD to 80 USD and the customer from 100 USD to 80 USD; \
         correct the claim, or append it without strict mode"
    );
}

#[test]
fn a_batch_may_not_contradict_what_was_recorded_before() {
    let records =
        script_records("2024-02-01 acme up 100 was=80 id=a\n2024-03-01 acme up 120\n2024-02-15 acme change 150");
    let mut strict = Strict::new(bulk(&records[..2]));
    let refusal = strict.admit(&records[2..]).expect_err("120 is no upgrade of 150");
    assert_eq!(refusal.index, None);
    assert!(refusal.reason.starts_with("record 1 then is called upgrade"), "{}", refusal.reason);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn admits_what_brings_no_contradictions(raws in raws(30), single: bool, batch in 1usize..5) {
        let records: Vec<Recorded> = records(&raws, single);
        let mut strict = Strict::new(Projection::empty());
        let mut done = 0;
        for records_of_batch in records.chunks(batch) {
            let (before, after) = (bulk(&records[..done]), bulk(&records[..done + records_of_batch.len()]));
            let fresh = contradictions(&after).difference(&contradictions(&before)).count();
            prop_assert_eq!(strict.admit(records_of_batch).is_ok(), fresh == 0);
            done += records_of_batch.len();
            strict.recorded(records_of_batch);
        }
        let mut judged = strict.into_projection();
        let expected = by_projection(&bulk(&records), Cut::NONE, &boundaries());
        prop_assert_eq!(by_projection(&judged, Cut::NONE, &boundaries()), expected);
        prop_assert_eq!(saved(&mut judged).1, saved(&mut bulk(&records)).1, "trials leave no trace");
    }
}
