//! What was damaged or lost and could be made again from the records, so that whoever runs a command can say so.
//!
//! One list for the process: caches are mended deep inside of reading and writing, and nothing else depends on it.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::error::Damage;

/// More than this nobody reads; a program that never takes the list must not grow by it.
const KEPT_MAX: usize = 64;

static MENDED: Mutex<Vec<Damage>> = Mutex::new(Vec::new());

/// Notes that a cache was made again.
pub fn note(file: &Path, what: impl Into<String>) {
    add(Damage::of(file, what));
}

/// The same of one that says already what it was.
pub fn add(damage: Damage) {
    let mut mended = MENDED.lock().unwrap_or_else(PoisonError::into_inner);
    if mended.len() < KEPT_MAX && !mended.contains(&damage) {
        mended.push(damage);
    }
}

/// What was made again since this was last asked, by any [`Reader`](crate::Reader) or [`Writer`](crate::Writer) of the
/// process: the identity index, the tree, snapshot and settings of the store. At most 64 entries are kept.
pub fn take_mended() -> Vec<Damage> {
    std::mem::take(&mut *MENDED.lock().unwrap_or_else(PoisonError::into_inner))
}
