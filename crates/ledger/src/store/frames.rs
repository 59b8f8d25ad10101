//! What the rest of the ledger asks of a store.

use std::fmt::Debug;

use super::StoreError;
use crate::error::Damage;

/// Frames under their numbers, open. What was put and not synced may be lost in a crash, all from some frame on.
pub trait FrameStore: Debug + Send {
    /// How many frames there are.
    fn frames(&self) -> u64;

    /// What of it was damaged and could be made again.
    fn mended(&self) -> Vec<Damage> {
        Vec::new()
    }

    /// The bytes of a frame.
    fn frame(&mut self, number: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Writes a frame: the next one, or one that is there and has grown. Durable after [`FrameStore::sync`].
    fn put(&mut self, number: u64, bytes: &[u8]) -> Result<(), StoreError>;

    /// Makes everything written durable.
    fn sync(&mut self) -> Result<(), StoreError>;

    /// Closes the store and opens it again, which gives its memory back.
    fn reopen(&mut self) -> Result<(), StoreError>;
}
