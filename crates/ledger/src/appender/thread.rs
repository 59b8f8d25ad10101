//! The thread that owns the writer: takes all batches that wait, makes them durable with one sync, answers.

use tokio::sync::{mpsc, oneshot, watch};

use super::queue::Request;
use crate::error::AppendError;
use crate::writer::{Outcome, Writer};

type Reply = oneshot::Sender<Result<Vec<Outcome>, AppendError>>;

/// Works until it is told to close, every handle is gone, or the writer stops.
pub fn run(mut writer: Writer, mut queue: mpsc::UnboundedReceiver<Request>, durable: &watch::Sender<u64>) {
    while let Some(request) = queue.blocking_recv() {
        let mut group = Group { writer: &mut writer, accepted: Vec::new() };
        let mut next = Some(request);
        let mut close = None;
        while let Some(request) = next {
            match request {
                Request::Append { batch, expected, reply, .. } => group.take(batch, expected, reply),
                Request::Close { reply } => close = Some(reply),
            }
            next = if close.is_some() || group.writer.group_is_full() { None } else { queue.try_recv().ok() };
        }
        group.commit(durable);
        if let Some(reply) = close {
            queue.close();
            // Whoever asked may have gone.
            let _unheard = reply.send(writer.close());
            return;
        }
        if writer.stopped {
            return;
        }
    }
    // All handles are gone. What is in the tail is durable; a failed drain is done again by the next writer.
    let _again_later = writer.close();
}

/// Batches that share one sync.
struct Group<'a> {
    writer: &'a mut Writer,
    accepted: Vec<(Reply, Vec<Outcome>)>,
}

impl Group<'_> {
    fn take(&mut self, batch: Vec<crate::event::Event>, expected: crate::writer::Expected, reply: Reply) {
        if reply.is_closed() {
            // The caller has gone before the batch's turn: it is not recorded.
            return;
        }
        match self.writer.accept(batch, expected) {
            Ok(outcomes) => self.accepted.push((reply, outcomes)),
            Err(error) => {
                let _unheard = reply.send(Err(error));
            }
        }
    }

    fn commit(&mut self, durable: &watch::Sender<u64>) {
        match self.writer.commit() {
            Ok(()) => {
                durable.send_replace(self.writer.live.size());
                for (reply, outcomes) in self.accepted.drain(..) {
                    let _unheard = reply.send(Ok(outcomes));
                }
            }
            Err(error) => {
                // The first caller hears what went wrong, the others that the writer has stopped.
                let mut error = Some(error);
                for (reply, _) in self.accepted.drain(..) {
                    let _unheard = reply.send(Err(error.take().unwrap_or(AppendError::Stopped)));
                }
            }
        }
    }
}
