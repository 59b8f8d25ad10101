//! Appending: identity, order, time, drains.

use std::sync::atomic::Ordering;

use crate::error::{AppendError, OpenError, Rejection};
use crate::event::{Body, Event, FxRate};
use crate::id::Position;
use crate::instant::Instant;
use crate::testing::{Fresh, all, event, events, id, keyless, keys, numbered, root_of, void};
use crate::writer::{Expected, Outcome, Writer};

fn rejection(result: Result<Vec<Outcome>, AppendError>) -> (usize, Rejection) {
    match result {
        Err(AppendError::Rejected { index, rejection }) => (index, rejection),
        other => panic!("{other:?}"),
    }
}

fn append(writer: &mut Writer, batch: Vec<Event>) -> Vec<Outcome> {
    writer.append(batch, Expected::Any).expect("appends")
}

#[test]
fn what_is_appended_is_read_back() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    append(&mut writer, events(0..3));
    append(&mut writer, events(3..5));
    assert_eq!(all(writer.read(..).expect("reads")).len(), 5);
    assert_eq!(writer.find(id(4)).expect("reads").expect("is there").event, event(4));
    assert_eq!(writer.find(id(9)).expect("reads"), None);
    let root = writer.root();
    drop(writer);
    assert_eq!(keys(&ledger.dir), numbered(0..5));
    assert_eq!(ledger.reader().root(), root);
}

#[test]
fn a_preview_is_what_an_append_would_record() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    append(&mut writer, events(0..3));
    let root = writer.root();
    // Two of them are recorded already.
    let preview = writer.preview(events(1..6)).expect("can be recorded");
    assert_eq!((writer.size(), writer.root()), (3, root), "a preview records nothing");
    let outcomes = append(&mut writer, events(1..6));
    assert_eq!(outcomes.iter().filter(|outcome| outcome.duplicate).count(), 2);
    let recorded = all(writer.read(3..).expect("reads"));
    let told = |records: &[crate::record::Recorded]| {
        records.iter().map(|record| (record.position, record.event.clone())).collect::<Vec<_>>()
    };
    assert_eq!(told(&preview), told(&recorded));
    let refused = writer.preview(vec![void("v", id(9))]).map(|_| Vec::new());
    assert!(matches!(rejection(refused), (0, Rejection::UnknownVoid { .. })));
}

#[test]
fn drains_grow_the_last_frame_and_keep_every_root() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    let mut next = 0;
    // Crosses frames in the middle of batches, drains by size, and at a close.
    for size in [1, 700, 2_000, 40, 2_040, 3, 1_900] {
        append(&mut writer, events(next..next + size));
        next += size;
    }
    writer.close().expect("drains");
    let reader = ledger.reader();
    assert_eq!(reader.tail_start(), next);
    let mut writer = ledger.writer();
    append(&mut writer, events(next..next + 300));
    next += 300;
    assert_eq!(keys_of(&writer), numbered(0..next));
    let records = all(writer.read(..).expect("reads"));
    for size in [0, 1, 255, 256, 257, 2_047, 2_048, 2_049, 4_096, next - 301, next - 300, next - 1, next] {
        assert_eq!(writer.root_at(size).expect("reads"), root_of(&records, size), "{size}");
    }
    drop(writer);
    assert_eq!(keys(&ledger.dir), numbered(0..next));
    for size in [100, 6_000, next] {
        assert_eq!(ledger.reader().root_at(size).expect("reads"), root_of(&records, size), "{size}");
    }
}

fn keys_of(writer: &Writer) -> Vec<String> {
    all(writer.read(..).expect("reads")).iter().map(|record| crate::testing::key_of(&record.event)).collect()
}

#[test]
fn the_same_again_is_a_duplicate_wherever_it_lies() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    append(&mut writer, events(0..10));
    writer.close().expect("drains");
    let mut writer = ledger.writer();
    append(&mut writer, events(10..20));
    // One in the store, one in the tail, one new, and the new one again.
    let outcomes = append(&mut writer, vec![event(3), event(15), event(20), event(20)]);
    let seen: Vec<(u64, bool)> = outcomes.iter().map(|outcome| (outcome.position.0, outcome.duplicate)).collect();
    assert_eq!(seen, [(3, true), (15, true), (20, false), (20, true)]);
    assert_eq!(writer.size(), 21);
}

#[test]
fn other_content_under_a_known_id_is_a_conflict_that_names_the_fields() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    append(&mut writer, events(0..10));
    let changed = event(11).keyed("test", "e4");
    let (index, found) = rejection(writer.append(vec![event(20), changed], Expected::Any));
    let Rejection::Conflict { position, differs, .. } = found else { panic!("{found:?}") };
    assert_eq!((index, position), (1, Position(4)));
    assert_eq!(differs, "customer_id, effective_at, mrr");
    assert_eq!(writer.size(), 10, "nothing of the batch was written");
    let twice = vec![event(30), event(31).keyed("test", "e30")];
    assert!(matches!(rejection(writer.append(twice, Expected::Any)), (1, Rejection::Conflict { .. })));
}

#[test]
fn voids_need_a_live_record_before_them() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    append(&mut writer, vec![event(0), event(1), void("v0", id(0))]);
    for drained in [false, true] {
        if drained {
            writer.close().expect("drains");
            writer = ledger.writer();
        }
        let (_, found) = rejection(writer.append(vec![void("v1", id(0))], Expected::Any));
        assert_eq!(found, Rejection::AlreadyVoided { target: id(0), by: Position(2) });
        let (_, found) = rejection(writer.append(vec![void("v1", id(7)), event(7)], Expected::Any));
        assert_eq!(found, Rejection::UnknownVoid { target: id(7) });
        let v0 = void("v0", id(0)).id();
        let (_, found) = rejection(writer.append(vec![void("v1", v0)], Expected::Any));
        assert_eq!(found, Rejection::NotVoidable { target: v0, kind: "void" });
        let both = vec![void("v1", id(1)), void("v2", id(1))];
        let (index, found) = rejection(writer.append(both, Expected::Any));
        assert_eq!((index, found), (1, Rejection::AlreadyVoided { target: id(1), by: Position(3) }));
    }
    // A void may follow its record in one batch, and comes again as a duplicate.
    append(&mut writer, vec![event(7), void("v7", id(7))]);
    assert!(append(&mut writer, vec![void("v7", id(7))])[0].duplicate);
}

#[test]
fn a_keyed_row_voided_since_is_a_duplicate_a_keyless_one_is_rejected() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    append(&mut writer, vec![event(0), keyless(1, 0), void("v0", id(0)), void("v1", keyless(1, 0).id())]);
    assert!(append(&mut writer, vec![event(0)])[0].duplicate);
    let (_, found) = rejection(writer.append(vec![keyless(1, 0)], Expected::Any));
    let void = void("v1", keyless(1, 0).id()).id();
    assert_eq!(found, Rejection::KeylessVoided { position: Position(1), by: Position(3), void });
    append(&mut writer, vec![keyless(1, 1)]);
}

#[test]
fn recorded_at_never_decreases_and_nothing_is_booked_after_it() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    append(&mut writer, events(0..1));
    let first = writer.last_recorded_at().expect("a record");
    ledger.clock.fetch_sub(5_000_000, Ordering::Relaxed);
    append(&mut writer, events(1..2));
    assert_eq!(writer.last_recorded_at(), Some(first), "the clock went back, the ledger did not");
    let ahead = Instant::from_micros(first.micros() + 1).expect("in range");
    let (_, found) = rejection(writer.append(vec![event(2).booked(ahead)], Expected::Any));
    assert_eq!(found, Rejection::BookedLater { booked_at: ahead, recorded_at: first });
    append(&mut writer, vec![event(3).booked(first)]);
    writer.close().expect("drains");
    let mut writer = ledger.writer();
    append(&mut writer, events(4..5));
    assert_eq!(writer.last_recorded_at(), Some(first));
}

#[test]
fn a_rate_of_a_later_date_says_when_it_was_booked() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    let now = Instant::from_micros(ledger.clock.load(Ordering::Relaxed)).expect("in range");
    let dated = |micros: i64| {
        Event::new(Body::FxRate(FxRate {
            base: "EUR".parse().expect("a currency"),
            quote: "USD".parse().expect("a currency"),
            rate: "1.1".parse().expect("a rate"),
            effective_at: Instant::from_micros(now.micros() + micros).expect("in range").into(),
        }))
    };
    append(&mut writer, vec![dated(0)]);
    let date = Instant::from_micros(now.micros() + 1).expect("in range");
    let (_, found) = rejection(writer.append(vec![dated(1)], Expected::Any));
    assert_eq!(found, Rejection::RateAhead { date, recorded_at: now });
    append(&mut writer, vec![dated(1).booked(now)]);
}

#[test]
fn an_expected_size_is_held_and_a_retry_gets_its_first_answer() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    writer.append(events(0..2), Expected::Size(0)).expect("appends");
    let wrong = writer.append(events(2..3), Expected::Size(0));
    assert!(matches!(wrong, Err(AppendError::WrongSize { expected: 0, actual: 2 })), "{wrong:?}");
    assert!(writer.append(events(0..2), Expected::Size(0)).expect("a retry").iter().all(|outcome| outcome.duplicate));
}

#[test]
fn a_large_batch_is_whole_too() {
    let ledger = Fresh::new();
    let mut writer = ledger.writer();
    append(&mut writer, events(0..5));
    let outcomes = append(&mut writer, events(3..5_000));
    assert_eq!(outcomes.len(), 4_997);
    assert!(outcomes[1].duplicate && !outcomes[2].duplicate);
    assert_eq!(outcomes[2].position, Position(5));
    append(&mut writer, events(5_000..5_001));
    drop(writer);
    assert_eq!(keys(&ledger.dir), numbered(0..5_001));
}

#[test]
fn a_second_writer_is_told_who_holds_the_ledger() {
    let ledger = Fresh::new();
    let _writer = ledger.writer();
    match Writer::open(&ledger.dir, ledger.options()) {
        Err(OpenError::InUse(holder)) => assert_eq!(holder.pid, std::process::id()),
        other => panic!("{other:?}"),
    }
}
