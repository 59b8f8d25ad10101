//! The keyed hash under which ids are indexed.

use uuid::Uuid;

use crate::id::EventId;

/// Odd 64-bit constants with no pattern (the fractional digits of the square roots of 2, 3, 5).
const ID: u64 = 0x6a09_e667_f3bc_c909;
const VOID: u64 = 0xbb67_ae85_84ca_a73b;
const FINAL: u64 = 0x3c6e_f372_fe94_f82b;

/// Hashes ids under the key of one ledger, so that ids chosen to collide in one do not collide in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdHasher {
    key: (u64, u64),
}

impl IdHasher {
    /// The hasher of a ledger.
    pub const fn new(ledger: Uuid) -> Self {
        Self { key: ledger.as_u64_pair() }
    }

    /// The hash of an event's id.
    pub fn id(&self, id: EventId) -> u64 {
        self.hash(id, ID)
    }

    /// The hash under which a void is found by the id that it voids.
    pub fn void_of(&self, target: EventId) -> u64 {
        self.hash(target, VOID)
    }

    fn hash(&self, id: EventId, tag: u64) -> u64 {
        let (high, low) = id.uuid().as_u64_pair();
        fold(fold(high ^ self.key.0 ^ tag, low ^ self.key.1 ^ FINAL) ^ tag, FINAL)
    }
}

/// Both halves of the 128-bit product: every bit of the result hangs on every bit of both.
const fn fold(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}
