//! Following the durable size.

use std::sync::Arc;

use tokio::sync::watch;

use crate::error::ReadError;
use crate::record::Recorded;
use crate::writer::Live;

/// At most so many records come at once.
const AT_ONCE: u64 = 2_048;

/// Durable records as they come, from a position on, each once and in order.
#[derive(Debug)]
pub struct Subscription {
    live: Arc<Live>,
    size: watch::Receiver<u64>,
    next: u64,
    failed: bool,
}

impl Subscription {
    pub(super) fn new(live: Arc<Live>, size: watch::Receiver<u64>, from: u64) -> Self {
        Self { live, size, next: from, failed: false }
    }

    /// The next records; waits until there are some. None once the appender is closed and all was seen, or after an
    /// error.
    pub async fn next(&mut self) -> Option<Result<Vec<Recorded>, ReadError>> {
        if self.failed {
            return None;
        }
        let next = self.next;
        // An error means closed; what became durable before is still to be seen.
        let _open = self.size.wait_for(|size| *size > next).await.is_ok();
        let size = *self.size.borrow();
        let end = size.min(next + AT_ONCE);
        if end <= next {
            return None;
        }
        let live = self.live.clone();
        // Decoding a frame or opening the store is no work for the caller's reactor.
        let read = tokio::task::spawn_blocking(move || read(&live, next, end)).await;
        let read = read.unwrap_or(Err(ReadError::Stopped));
        match &read {
            Ok(_) => self.next = end,
            Err(_) => self.failed = true,
        }
        Some(read)
    }
}

fn read(live: &Live, first: u64, end: u64) -> Result<Vec<Recorded>, ReadError> {
    let mut records = Vec::with_capacity((end - first) as usize);
    for chunk in live.read(first..end)? {
        records.extend(chunk?.records().map(|record| record.to_owned_record()));
    }
    Ok(records)
}
