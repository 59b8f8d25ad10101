//! Callers that meet in one group: held at a gate, so that every run takes the same way.

use std::sync::mpsc::{Receiver, Sender, channel};

use crate::admission::Admission;
use crate::appender::Appender;
use crate::error::{AppendError, Refusal};
use crate::record::Recorded;
use crate::testing::{Fresh, event, events, keys};
use crate::writer::{Expected, Options, Writer};

/// Holds the writer's thread within its first batch until it is told to go on.
struct Gate {
    reached: Sender<()>,
    open: Receiver<()>,
    first: bool,
}

impl Admission for Gate {
    fn admit(&mut self, _batch: &[Recorded]) -> Result<(), Refusal> {
        if std::mem::take(&mut self.first) {
            self.reached.send(()).expect("the test waits");
            self.open.recv().expect("the test opens the gate");
        }
        Ok(())
    }

    fn recorded(&mut self, _batch: &[Recorded]) {}
}

/// An appender whose thread stops in its first batch, the news that it has, and the way to let it go on.
fn gated(ledger: &Fresh) -> (Appender, Receiver<()>, Sender<()>) {
    let ((reached, news), (go, open)) = (channel(), channel());
    let gate = Gate { reached, open, first: true };
    let options = Options { admission: Some(Box::new(gate)), ..ledger.options() };
    (Appender::start(Writer::open(&ledger.dir, options).expect("opens")), news, go)
}

/// Commits in the tail: each is one write and one sync.
fn commits(ledger: &Fresh) -> usize {
    let bytes = std::fs::read(ledger.dir.join("tail")).expect("a tail");
    let is_commit = |at: &&[u8]| at.starts_with(b"ENT1") && at[28..32] == [1, 0, 0, 0];
    (0..bytes.len() - 32).step_by(16).map(|at| &bytes[at..]).filter(is_commit).count()
}

#[test]
fn two_hundred_and_fifty_six_callers_share_one_commit() {
    const CALLERS: u64 = 256;
    let ledger = Fresh::new();
    let (appender, _reached, go) = gated(&ledger);
    // One thread: tasks run in the order in which they are made, so the last finds all others waiting.
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut positions = runtime.block_on(async {
        let mut news = appender.subscribe(0);
        let append = |number: u64| {
            let appender = appender.clone();
            tokio::spawn(async move { appender.append(vec![event(number)], Expected::Any).await })
        };
        let callers: Vec<_> = (0..CALLERS).map(append).collect();
        tokio::spawn(async move { go.send(()) }).await.expect("runs").expect("the writer waits");
        let mut positions = Vec::new();
        for caller in callers {
            positions.push(caller.await.expect("ends").expect("appends")[0].position.0);
        }
        let seen = news.next().await.expect("there are some").expect("reads");
        assert!(seen.iter().map(|record| record.position.0).eq(0..CALLERS), "a subscriber sees a gap");
        positions
    });
    assert_eq!(commits(&ledger), 1, "{CALLERS} callers, one sync");
    positions.sort_unstable();
    assert!(positions.into_iter().eq(0..CALLERS), "positions are distinct and without gaps");
}

#[test]
fn what_is_not_durable_yet_is_seen_by_nobody() {
    let ledger = Fresh::new();
    let (appender, reached, go) = gated(&ledger);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        let mut news = appender.subscribe(0);
        let appending = {
            let appender = appender.clone();
            tokio::spawn(async move { appender.append(events(0..3), Expected::Any).await })
        };
        reached.recv().expect("the batch is being taken up");
        assert_eq!(appender.size(), 0);
        assert_eq!(ledger.reader().size(), 0);
        let follower = tokio::spawn(async move { news.next().await });
        tokio::task::yield_now().await;
        assert!(!follower.is_finished(), "seen before it is durable");
        go.send(()).expect("the writer waits");
        appending.await.expect("ends").expect("appends");
        let seen = follower.await.expect("ends").expect("there are some").expect("reads");
        assert_eq!(seen.len(), 3, "a batch is seen whole");
    });
}

#[test]
fn a_dropped_append_is_whole_or_absent_and_its_retry_is_told_which() {
    let ledger = Fresh::new();
    let (appender, reached, go) = gated(&ledger);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        let begin = |numbers| {
            let appender = appender.clone();
            tokio::spawn(async move { appender.append(events(numbers), Expected::Any).await })
        };
        let taken = begin(0..3);
        reached.recv().expect("the first batch is being taken up");
        let waiting = begin(3..6);
        tokio::task::yield_now().await;
        for dropped in [taken, waiting] {
            dropped.abort();
            assert!(dropped.await.expect_err("was dropped").is_cancelled());
        }
        go.send(()).expect("the writer waits");
        // The first had its turn before its caller went, the second not.
        let retried = appender.append(events(0..3), Expected::Size(0)).await.expect("a retry");
        assert!(retried.iter().all(|outcome| outcome.duplicate) && retried[2].position.0 == 2, "{retried:?}");
        let retried = appender.append(events(3..6), Expected::Size(3)).await.expect("a retry");
        assert!(retried.iter().all(|outcome| !outcome.duplicate) && retried[0].position.0 == 3, "{retried:?}");
        let late = appender.append(events(9..10), Expected::Size(3)).await;
        assert!(matches!(late, Err(AppendError::WrongSize { expected: 3, actual: 6 })), "{late:?}");
        appender.close().await.expect("closes");
    });
    assert_eq!(keys(&ledger.dir).len(), 6);
}
