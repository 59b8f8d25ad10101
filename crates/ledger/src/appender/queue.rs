//! What waits for the writer's thread, bounded in bytes.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::error::AppendError;
use crate::event::Event;
use crate::writer::{Expected, Outcome};

/// Batches that wait take at most about so many bytes.
const QUEUE_BYTES: u32 = 16 << 20;
/// What an event takes beside its attributes, roughly.
const EVENT_BYTES: usize = 512;
const ATTRIBUTE_BYTES: usize = 96;

/// What the thread is asked to do.
#[derive(Debug)]
pub enum Request {
    Append {
        batch: Vec<Event>,
        expected: Expected,
        reply: oneshot::Sender<Result<Vec<Outcome>, AppendError>>,
        /// Given back when the batch has been taken up.
        _permit: Option<OwnedSemaphorePermit>,
    },
    Close {
        reply: oneshot::Sender<Result<(), AppendError>>,
    },
}

/// The bytes that may wait.
#[derive(Debug)]
pub struct Budget(Arc<Semaphore>);

impl Budget {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(QUEUE_BYTES as usize)))
    }

    /// Waits until there is room for a batch. One that is larger than everything waits until it is alone.
    pub async fn take(&self, batch: &[Event]) -> Option<OwnedSemaphorePermit> {
        let bytes: usize = batch.iter().map(weight).sum();
        let bytes = u32::try_from(bytes).unwrap_or(QUEUE_BYTES).min(QUEUE_BYTES);
        // It is never closed; without a permit the batch would only be unbounded.
        self.0.clone().acquire_many_owned(bytes).await.ok()
    }
}

fn weight(event: &Event) -> usize {
    use crate::event::Body;
    let more = match &event.body {
        Body::Movement(movement) => movement.attributes.len() * ATTRIBUTE_BYTES,
        Body::Profile(profile) => profile.attributes.len() * ATTRIBUTE_BYTES,
        Body::Definition(definition) => definition.document.len(),
        Body::Close(close) => close.figures.as_ref().map_or(0, String::len),
        Body::Import(import) => import.rules.len(),
        Body::Void(_) | Body::Merge(_) | Body::OneTime(_) | Body::FxRate(_) => 0,
    };
    EVENT_BYTES + more
}
