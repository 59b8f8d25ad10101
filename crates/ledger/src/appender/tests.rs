//! Many callers, one writer.

use crate::appender::Appender;
use crate::error::{AppendError, Rejection};
use crate::event::Event;
use crate::testing::{Fresh, event, events, keys, numbered};
use crate::writer::Expected;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime")
}

#[test]
fn many_callers_get_gapless_positions_and_every_batch_is_whole() {
    let ledger = Fresh::new();
    let appender = Appender::start(ledger.writer());
    runtime().block_on(async {
        let mut tasks = Vec::new();
        for caller in 0..40u64 {
            let appender = appender.clone();
            tasks.push(tokio::spawn(async move {
                let mut positions = Vec::new();
                for round in 0..5 {
                    let first = caller * 1_000 + round * 10;
                    let outcomes = appender.append(events(first..first + 7), Expected::Any).await.expect("appends");
                    assert!(outcomes.windows(2).all(|pair| pair[0].position.0 + 1 == pair[1].position.0));
                    positions.extend(outcomes.iter().map(|outcome| outcome.position.0));
                }
                positions
            }));
        }
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.expect("ends"));
        }
        all.sort_unstable();
        assert_eq!(all, (0..1_400).collect::<Vec<_>>());
        appender.close().await.expect("closes");
    });
    assert_eq!(keys(&ledger.dir).len(), 1_400);
}

#[test]
fn identity_sees_the_group_in_flight() {
    let ledger = Fresh::new();
    let appender = Appender::start(ledger.writer());
    runtime().block_on(async {
        let same = |_| {
            let appender = appender.clone();
            tokio::spawn(async move { appender.append(vec![event(1)], Expected::Any).await })
        };
        let tasks: Vec<_> = (0..50).map(same).collect();
        let mut fresh = 0;
        for task in tasks {
            let outcomes = task.await.expect("ends").expect("appends");
            assert_eq!(outcomes[0].position.0, 0);
            fresh += usize::from(!outcomes[0].duplicate);
        }
        assert_eq!(fresh, 1);
        let conflict = appender.append(vec![event(2).keyed("test", "e1")], Expected::Any).await;
        let conflicts =
            |e: &AppendError| matches!(e, AppendError::Rejected { rejection: Rejection::Conflict { .. }, .. });
        assert!(conflict.as_ref().is_err_and(conflicts), "{conflict:?}");
        // Of many that expect the same size, one wins.
        let race = |number: u64| {
            let appender = appender.clone();
            tokio::spawn(async move { appender.append(vec![event(number)], Expected::Size(1)).await })
        };
        let tasks: Vec<_> = (100..120).map(race).collect();
        let mut won = 0;
        for task in tasks {
            match task.await.expect("ends") {
                Ok(_) => won += 1,
                Err(AppendError::WrongSize { expected: 1, actual: 2 }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(won, 1);
    });
}

#[test]
fn subscribers_see_every_record_once_and_in_order_across_drains() {
    let ledger = Fresh::new();
    let appender = Appender::start(ledger.writer());
    runtime().block_on(async {
        appender.append(events(0..10), Expected::Any).await.expect("appends");
        let mut news = appender.subscribe(3);
        let follower = tokio::spawn(async move {
            let mut seen = Vec::new();
            while let Some(records) = news.next().await {
                seen.extend(records.expect("reads").iter().map(|record| record.position.0));
            }
            seen
        });
        for round in 0..9 {
            let first = 10 + round * 500;
            appender.append(events(first..first + 500), Expected::Size(first)).await.expect("appends");
        }
        let size = appender.size();
        appender.close().await.expect("closes");
        assert_eq!(follower.await.expect("ends"), (3..size).collect::<Vec<_>>());
    });
    assert_eq!(keys(&ledger.dir), numbered(0..4_510));
}

#[test]
fn a_dropped_append_leaves_its_batch_whole_or_absent() {
    let ledger = Fresh::new();
    let appender = Appender::start(ledger.writer());
    runtime().block_on(async {
        for number in 0..60u64 {
            let first = number * 10;
            let pending = appender.append(events(first..first + 10), Expected::Any);
            // Polled once, then dropped unless it was ready.
            tokio::select! {
                biased;
                done = pending => drop(done.expect("appends")),
                () = tokio::task::yield_now() => {}
            }
        }
        appender.append(vec![event(9_999)], Expected::Any).await.expect("appends");
        appender.close().await.expect("closes");
    });
    let mut keys = keys(&ledger.dir);
    assert_eq!(keys.pop().as_deref(), Some("e9999"));
    assert_eq!(keys.len() % 10, 0);
    for batch in keys.chunks(10) {
        let first: u64 = batch[0][1..].parse().expect("a number");
        assert_eq!(batch, numbered(first..first + 10));
    }
}

#[test]
fn handles_that_outlive_a_close_find_it_stopped() {
    let ledger = Fresh::new();
    let appender = Appender::start(ledger.writer());
    let other = appender.clone();
    runtime().block_on(async {
        appender.close().await.expect("closes");
        let late: Result<_, AppendError> = other.append(Vec::<Event>::new(), Expected::Any).await;
        assert!(matches!(late, Err(AppendError::Stopped)));
    });
    ledger.writer();
}
