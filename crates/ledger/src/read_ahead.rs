//! Records that are read and decoded on a thread of their own, ahead of whoever works on them.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use crate::chunk::Chunk;
use crate::error::ReadError;
use crate::reader::Records;

/// Chunks that are ready and wait; bounds the memory.
const WAITING: usize = 4;

/// Records like those of [`Records`]. Dropping it ends the reading.
#[derive(Debug)]
pub struct ReadAhead {
    chunks: Option<Receiver<Result<Chunk, ReadError>>>,
    reader: Option<JoinHandle<()>>,
}

impl ReadAhead {
    pub(crate) fn of(records: Records) -> Self {
        let (to, chunks) = sync_channel(WAITING);
        // Whoever reads for nobody finds the channel closed, and ends.
        let read = move || records.map_while(|chunk| to.send(chunk).ok()).for_each(drop);
        Self { chunks: Some(chunks), reader: Some(std::thread::spawn(read)) }
    }
}

impl Iterator for ReadAhead {
    type Item = Result<Chunk, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.chunks.as_ref()?.recv().ok();
        if next.is_none() {
            // A panic over there is no end of the records.
            let ended = self.reader.take().map_or(Ok(()), JoinHandle::join);
            ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
        next
    }
}

impl Drop for ReadAhead {
    fn drop(&mut self) {
        self.chunks = None;
        // The store that it reads must be free again when this is gone.
        if let Some(reader) = self.reader.take() {
            let _nobody_waits_for_its_records = reader.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Fresh, all, events};
    use crate::writer::Expected;

    #[test]
    fn reads_what_reading_gives_and_ends_when_it_is_dropped() {
        let ledger = Fresh::new();
        let mut writer = ledger.writer();
        let mut stage = writer.stage().expect("begins");
        stage.push_chunk(events(0..20_000)).expect("takes rows");
        stage.finish().and_then(|staged| staged.publish(None)).expect("publishes");
        writer.append(events(20_000..20_003), Expected::Any).expect("appends");
        let plain = all(writer.read(..).expect("reads"));
        let mut ahead = Vec::new();
        for chunk in writer.read(..).expect("reads").read_ahead() {
            ahead.extend(chunk.expect("reads").records().map(|record| record.to_owned_record()));
        }
        assert_eq!(ahead, plain);
        let mut left = writer.read(..).expect("reads").read_ahead();
        assert_eq!(left.next().expect("a chunk").expect("reads").positions().start, 0);
        drop(left);
        assert_eq!(plain.len(), 20_003);
    }
}
