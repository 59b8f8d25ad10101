//! Which record a void names: one short hash of every record's event id, by position.

use recount_ledger::EventId;
use rustc_hash::FxHashMap;

/// A short hash of an event id. The ledger admits a void only if its target is on record, so a single match is the target.
pub(crate) fn short(id: EventId) -> u64 {
    let (high, low) = id.uuid().as_u64_pair();
    let product = u128::from(high ^ 0x9e37_79b9_7f4a_7c15) * u128::from(low ^ 0xd1b5_4a32_d192_ed03);
    (product as u64) ^ (product >> 64) as u64 ^ high.rotate_left(23)
}

/// Finds the positions of many ids in one pass over all short hashes.
#[derive(Debug, Default)]
pub(crate) struct Search {
    wanted: FxHashMap<u64, Vec<u32>>,
    /// One bit per possible value of the lowest bits: most hashes are passed over without a look into the map.
    sieve: Vec<u64>,
}

impl Search {
    pub(crate) fn of(ids: impl Iterator<Item = EventId>) -> Self {
        let wanted: FxHashMap<u64, Vec<u32>> = ids.map(|id| (short(id), Vec::new())).collect();
        let mut sieve = vec![0; (wanted.len() / 4).next_power_of_two().max(64)];
        let mask = sieve.len() * 64 - 1;
        for hash in wanted.keys() {
            let bit = *hash as usize & mask;
            sieve[bit / 64] |= 1 << (bit % 64);
        }
        Self { wanted, sieve }
    }

    pub(crate) fn run(&mut self, hashes: &[u64]) {
        if self.wanted.is_empty() {
            return;
        }
        let mask = self.sieve.len() * 64 - 1;
        for (position, hash) in (0..).zip(hashes) {
            let bit = *hash as usize & mask;
            if self.sieve[bit / 64] >> (bit % 64) & 1 == 1
                && let Some(found) = self.wanted.get_mut(hash)
            {
                found.push(position);
            }
        }
    }

    /// The positions found for an id.
    pub(crate) fn found(&self, id: EventId) -> &[u32] {
        self.wanted.get(&short(id)).map_or(&[], Vec::as_slice)
    }
}
