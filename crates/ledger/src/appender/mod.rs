//! The asynchronous front of a writer: one thread owns it, many tasks await it.
//!
//! Batches of many callers that wait at the same time become durable with one sync. The queue is bounded in bytes, so
//! that callers that are faster than the disk wait instead of filling memory.

#[cfg(test)]
mod group_tests;
mod queue;
mod subscription;
#[cfg(test)]
mod tests;
mod thread;

use std::ops::RangeBounds;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot, watch};

use crate::error::{AppendError, ReadError};
use crate::event::Event;
use crate::reader::Records;
use crate::writer::{Expected, Live, Outcome, Writer};
use queue::{Budget, Request};
pub use subscription::Subscription;

/// A handle on a writer that runs in a thread of its own. Clones share it; when the last is gone, the thread ends and
/// gives the ledger free.
///
/// ```
/// use recount_ledger::{Appender, Body, Event, Expected, Ledger, Merge, Options, Settings, Writer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let home = tempfile::tempdir()?;
/// # let dir = home.path().join("ledger");
/// Ledger::create(&dir, Settings::default())?;
/// let ledger = Appender::start(Writer::open(&dir, Options::default())?);
///
/// // Another task follows what becomes durable.
/// let mut news = ledger.subscribe(0);
/// let follower = tokio::spawn(async move {
///     let mut seen = 0;
///     while let Some(records) = news.next().await {
///         seen += records?.len();
///     }
///     Ok::<_, recount_ledger::ReadError>(seen)
/// });
///
/// let merge = Body::Merge(Merge { customer: "acme-old".to_owned(), into: "acme".to_owned() });
/// let event = Event::new(merge).keyed("crm", "merge-7").by("backfill 1.2");
/// let outcomes = ledger.append(vec![event], Expected::Any).await?;
/// assert_eq!(outcomes[0].position.0, 0);
///
/// for chunk in ledger.read(..)? {
///     assert_eq!(chunk?.positions(), 0..1);
/// }
/// ledger.close().await?;
/// assert_eq!(follower.await??, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Appender {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    live: Arc<Live>,
    requests: mpsc::UnboundedSender<Request>,
    budget: Budget,
    size: watch::Receiver<u64>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Appender {
    /// Gives the writer a thread.
    pub fn start(writer: Writer) -> Self {
        let live = writer.live.clone();
        let (requests, queue) = mpsc::unbounded_channel();
        let (durable, size) = watch::channel(writer.size());
        let thread = std::thread::spawn(move || thread::run(writer, queue, &durable));
        let thread = Mutex::new(Some(thread));
        Self { shared: Arc::new(Shared { live, requests, budget: Budget::new(), size, thread }) }
    }

    /// Appends a batch, whole or not at all, and returns once it is durable. Dropping the future never leaves half a
    /// batch: before its turn it is not recorded, from then on it is recorded whole or refused whole.
    pub async fn append(&self, batch: Vec<Event>, expected: Expected) -> Result<Vec<Outcome>, AppendError> {
        let permit = self.shared.budget.take(&batch).await;
        let (reply, answer) = oneshot::channel();
        let request = Request::Append { batch, expected, reply, _permit: permit };
        self.shared.requests.send(request).map_err(|_| AppendError::Stopped)?;
        answer.await.unwrap_or(Err(AppendError::Stopped))
    }

    /// How many records are durable.
    pub fn size(&self) -> u64 {
        *self.shared.size.borrow()
    }

    /// The durable records of a range, oldest first.
    pub fn read(&self, positions: impl RangeBounds<u64>) -> Result<Records, ReadError> {
        self.shared.live.read(positions)
    }

    /// Follows the ledger from a position on.
    pub fn subscribe(&self, from: u64) -> Subscription {
        Subscription::new(self.shared.live.clone(), self.shared.size.clone(), from)
    }

    /// Ends the thread after what is queued, drains the tail and gives the ledger free. Other handles find it stopped.
    pub async fn close(self) -> Result<(), AppendError> {
        let (reply, answer) = oneshot::channel();
        self.shared.requests.send(Request::Close { reply }).map_err(|_| AppendError::Stopped)?;
        let closed = answer.await.unwrap_or(Err(AppendError::Stopped));
        let thread = self.shared.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // It has answered, so it ends without waiting for anything.
        let joined = thread.map_or(Ok(()), JoinHandle::join);
        closed.and(joined.map_err(|_| AppendError::Stopped))
    }
}
