//! The first records of a ledger, replayed and hashed from the records alone.

use recount_ledger::codec::encode_content;
use recount_ledger::merkle::{Peaks, content_digest, leaf_hash};

use crate::error::CommandError;
use crate::load::Book;
use crate::output::Output;
use crate::output::progress::Bar;

/// A replay that grows: neither projection cache nor kept hashes are believed.
#[derive(Default)]
pub struct Replay {
    peaks: Peaks,
}

impl Replay {
    /// Takes a book that began empty to its first `size` records, no fewer than it has, and makes their root.
    pub fn grow(&mut self, book: &mut Book, size: u64, out: &Output) -> Result<[u8; 32], CommandError> {
        let from = book.projection.size();
        if from < size {
            let bar = Bar::records(out, "replaying", size - from);
            let mut content = Vec::new();
            let mut extension = book.projection.extension();
            for chunk in book.reader.read(from..size)?.read_ahead() {
                let chunk = chunk?;
                for record in chunk.records() {
                    content.clear();
                    encode_content(&record.event, &mut content);
                    self.peaks.push(leaf_hash(record.recorded_at, &content_digest(&content)));
                }
                extension.push_all(chunk.records())?;
                bar.set(chunk.positions().end - from);
            }
            extension.finish()?;
        }
        let root = self.peaks.root().0;
        book.projection.seal(root);
        Ok(root)
    }
}
