//! stand-in
use crate::error::ReadError;
use crate::id::EventId;
use rustc_hash::FxHashMap;
#[derive(Debug, Default)]
pub struct Index {
    ids: FxHashMap<EventId, u64>,
    voids: FxHashMap<EventId, u64>,
    covered: u64,
}
impl Index {
    pub fn covered(&self) -> u64 {
        self.covered
    }
    pub fn add(&mut self, first: u64, ids: &[(EventId, Option<EventId>)]) -> Result<(), ReadError> {
        for (p, (id, void)) in (first..).zip(ids) {
            self.ids.insert(*id, p);
            void.map(|v| self.voids.insert(v, p));
        }
        self.covered = first + ids.len() as u64;
        Ok(())
    }
    pub fn candidates(&self, id: EventId) -> Result<Vec<u64>, ReadError> {
        Ok(self.ids.get(&id).copied().into_iter().collect())
    }
    pub fn void_candidates(&self, id: EventId) -> Result<Vec<u64>, ReadError> {
        Ok(self.voids.get(&id).copied().into_iter().collect())
    }
    pub fn has_voids(&self) -> bool {
        !self.voids.is_empty()
    }
    pub fn hasher(&self) -> Hasher {
        Hasher
    }
    pub fn join(&self, sorted: &crate::stage::Sorted) -> Result<Vec<(u64, u64)>, ReadError> {
        let mut mine: Vec<(u64, u64)> =
            self.ids.iter().map(|(id, p)| (Hasher.hash(*id) & sorted.hash_mask(), *p)).collect();
        mine.sort_unstable();
        let mut out = vec![];
        for (hash, row) in sorted.hashes() {
            let from = mine.partition_point(|m| m.0 < hash);
            out.extend(mine[from..].iter().take_while(|m| m.0 == hash).map(|m| (row, m.1)));
        }
        Ok(out)
    }
}
#[derive(Clone, Debug)]
pub struct Hasher;
impl Hasher {
    pub fn hash(&self, id: EventId) -> u64 {
        let (a, b) = id.uuid().as_u64_pair();
        (a ^ b.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ a
    }
}
