//! Imports against appending the same rows one by one.

use crate::error::{AppendError, Rejection};
use crate::event::Event;
use crate::testing::{Fresh, all, event, events, id, keyless, keys, numbered, root_of, void};
use crate::writer::{Expected, Writer};

fn import(writer: &mut Writer, rows: Vec<Event>) -> super::StageOutcome {
    let mut stage = writer.stage().expect("begins");
    stage.push_chunk(rows).expect("takes rows");
    let staged = stage.finish().expect("compares");
    let outcome = staged.outcome().clone();
    let ahead = all(staged.records().expect("reads"));
    let published = staged.publish(None).expect("publishes");
    assert_eq!(published.rows.end - published.rows.start, outcome.recorded);
    assert_eq!(all(writer.read(published.rows).expect("reads")), ahead);
    outcome
}

#[test]
fn whole_frames_and_rest_are_published_as_they_are() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    let outcome = import(&mut writer, events(0..5_000));
    assert_eq!((outcome.read, outcome.recorded, outcome.duplicates), (5_000, 5_000, 0));
    let records = all(writer.read(..).expect("reads"));
    assert_eq!(writer.root(), root_of(&records, 5_000));
    assert_eq!(writer.root_at(4_100).expect("reads"), root_of(&records, 4_100));
    drop(writer);
    assert_eq!(keys(&ledger.dir), numbered(0..5_000));
    assert!(!ledger.dir.join("stage").exists());
}

#[test]
fn a_second_import_goes_on_in_the_middle_of_a_frame() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    import(&mut writer, events(0..100));
    writer.append(events(100..150), Expected::Any).expect("appends");
    import(&mut writer, events(150..4_500));
    let outcome = import(&mut writer, events(4_000..6_000));
    assert_eq!((outcome.recorded, outcome.duplicates), (1_500, 500));
    let outcome = import(&mut writer, events(0..6_000));
    assert_eq!((outcome.recorded, outcome.duplicates), (0, 6_000));
    drop(writer);
    assert_eq!(keys(&ledger.dir), numbered(0..6_000));
}

#[test]
fn the_import_record_follows_the_rows_in_the_same_step() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    for (rows, close) in [(0..2_048, "a"), (2_048..2_050, "b"), (2_050..4_095, "c"), (5_000..5_000, "d")] {
        let mut stage = writer.stage().expect("begins");
        stage.push_chunk(events(rows.clone())).expect("takes rows");
        let staged = stage.finish().expect("compares");
        let published = staged.publish(Some(event(9_000).keyed("test", close))).expect("publishes");
        assert_eq!(published.import.map(|position| position.0), Some(writer.size() - 1));
        let records = all(writer.read(..).expect("reads"));
        assert_eq!(writer.root(), root_of(&records, writer.size()));
        assert_eq!(writer.root_at(writer.size() - 1).expect("reads"), root_of(&records, writer.size() - 1));
    }
    drop(writer);
    assert_eq!(keys(&ledger.dir).len(), 4_099);
    let mut writer = ledger.writer();
    assert!(writer.append(events(4_000..4_001), Expected::Any).expect("appends")[0].duplicate);
}

#[test]
fn nothing_is_recorded_by_what_is_not_published() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    writer.append(events(0..3), Expected::Any).expect("appends");
    let mut stage = writer.stage().expect("begins");
    stage.push_chunk(events(3..3_000)).expect("takes rows");
    drop(stage);
    let mut stage = writer.stage().expect("begins");
    stage.push_chunk(events(3..3_000)).expect("takes rows");
    drop(stage.finish().expect("compares"));
    assert!(!ledger.dir.join("stage").exists());
    drop(writer);
    assert_eq!(keys(&ledger.dir), numbered(0..3));
}

#[test]
fn bad_rows_are_named_and_the_others_can_go_on() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    writer.append(vec![event(0), keyless(1, 0), void("v1", keyless(1, 0).id())], Expected::Any).expect("appends");
    let blank = Event { recorded_by: String::new(), ..event(50) };
    let rows = vec![
        event(10),
        blank,
        event(0),
        event(5).keyed("test", "e0"),
        keyless(1, 0),
        void("v2", id(99)),
        void("v3", id(10)),
        void("v4", id(10)),
        event(11).keyed("test", "e10"),
        event(10),
        void("v2", id(10)),
        event(12),
    ];
    let outcome = import(&mut writer, rows);
    let seen: Vec<(u64, &Rejection)> = outcome.rejected.iter().map(|row| (row.row, &row.rejection)).collect();
    let kinds: Vec<(u64, String)> = seen.iter().map(|(row, rejection)| (*row, kind_of(rejection))).collect();
    let expected = [
        (1, "invalid"),
        (3, "conflict 0"),
        (4, "keyless 1"),
        (5, "unknown"),
        (7, "voided by 4"),
        (8, "conflict 3"),
        (10, "voided by 4"),
    ];
    assert_eq!(kinds, expected.map(|(row, kind)| (row, kind.to_owned())));
    assert_eq!((outcome.recorded, outcome.duplicates, outcome.conflicts()), (3, 2, 2));
    drop(writer);
    assert_eq!(keys(&ledger.dir), ["e0", "#0", "v1", "e10", "v3", "e12"]);
}

fn kind_of(rejection: &Rejection) -> String {
    match rejection {
        Rejection::Invalid(_) => "invalid".to_owned(),
        Rejection::Conflict { position, .. } => format!("conflict {position}"),
        Rejection::KeylessVoided { position, .. } => format!("keyless {position}"),
        Rejection::UnknownVoid { .. } => "unknown".to_owned(),
        Rejection::AlreadyVoided { by, .. } => format!("voided by {by}"),
        other => format!("{other:?}"),
    }
}

/// Rows drawn from few ids, so that every relation between them occurs.
fn rows() -> impl proptest::strategy::Strategy<Value = Vec<Event>> {
    use proptest::prelude::*;
    let row = prop_oneof![
        4 => (0..30u64).prop_map(event),
        1 => (0..30u64, 0..30u64).prop_map(|(key, content)| event(content).keyed("test", &format!("e{key}"))),
        2 => (0..10u64, 0..2u32).prop_map(|(number, ordinal)| keyless(number, ordinal)),
        1 => (0..30u64, 0..6u64).prop_map(|(target, key)| void(&format!("v{key}"), id(target))),
        1 => (0..10u64, 0..6u64).prop_map(|(target, key)| void(&format!("w{key}"), keyless(target, 0).id())),
    ];
    proptest::collection::vec(row, 0..60)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, ..Default::default() })]

    /// Staging decides about every row as appending it alone would.
    #[test]
    fn staging_is_appending_row_by_row(before in rows(), rows in rows()) {
        let (one, other) = (Fresh::new(), Fresh::new());
        let (mut appended, mut staged) = (one.writer(), other.writer());
        for writer in [&mut appended, &mut staged] {
            for row in &before {
                let _rejected_alike = writer.append(vec![row.clone()], Expected::Any);
            }
        }
        let mut verdicts = Vec::new();
        let mut duplicates = 0;
        for (number, row) in (0..).zip(rows.clone()) {
            match appended.append(vec![row], Expected::Any) {
                Ok(outcomes) => duplicates += u64::from(outcomes[0].duplicate),
                Err(AppendError::Rejected { rejection, .. }) => verdicts.push((number, rejection)),
                Err(other) => panic!("{other:?}"),
            }
        }
        let outcome = import(&mut staged, rows);
        let staged_verdicts: Vec<_> = outcome.rejected.iter().map(|row| (row.row, row.rejection.clone())).collect();
        proptest::prop_assert_eq!(staged_verdicts, verdicts);
        proptest::prop_assert_eq!(outcome.duplicates, duplicates);
        drop((appended, staged));
        proptest::prop_assert_eq!(keys(&one.dir), keys(&other.dir));
    }
}

#[test]
fn a_stage_of_a_later_version_is_refused_and_left_alone() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    let mut stage = writer.stage().expect("begins");
    stage.push_chunk(events(0..3)).expect("takes rows");
    stage.finish().expect("compares").killed_before_publishing();
    drop(writer);
    let path = ledger.dir.join("stage");
    let good = std::fs::read(&path).expect("reads");
    let mut newer = good.clone();
    newer[8] = 3;
    let sum = crc32c::crc32c(&newer[..72]);
    newer[72..76].copy_from_slice(&sum.to_le_bytes());
    std::fs::write(&path, &newer).expect("writes");
    let error = Writer::open(&ledger.dir, ledger.options()).expect_err("is refused");
    assert!(error.to_string().contains("version 3 of a staged import"), "{error}");
    assert!(std::fs::read(&path).expect("reads") == newer, "it is left as it was");
    std::fs::write(&path, &good).expect("writes");
    assert_eq!(ledger.writer().size(), 3);
}
