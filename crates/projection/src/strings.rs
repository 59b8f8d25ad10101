//! Dictionaries of texts: one arena of bytes, dense numbers, a hash table of numbers.

use std::hash::Hasher;
use std::hint::black_box;
use std::sync::OnceLock;

use rustc_hash::FxHasher;

/// Texts end to end in one arena, by dense numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strings {
    pub(crate) bytes: String,
    pub(crate) ends: Vec<u32>,
}

impl Strings {
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.ends.len()).expect("push refuses more than u32 texts")
    }

    pub(crate) fn text(&self, index: u32) -> &str {
        &self.bytes[self.start(index)..self.ends[index as usize] as usize]
    }

    /// Where a text begins; the end of all for a number that stands for none.
    pub(crate) fn start(&self, index: u32) -> usize {
        match index {
            0 => 0,
            _ => self.ends.get(index as usize - 1).map_or(self.bytes.len(), |start| *start as usize),
        }
    }

    /// Reads a byte of every text that begins at these places.
    pub(crate) fn touch(&self, starts: &[usize]) -> u64 {
        let bytes = self.bytes.as_bytes();
        starts.iter().map(|start| bytes.get(*start).map_or(0, |byte| u64::from(*byte))).sum()
    }

    /// Adds a text; none if the arena would exceed 4 GiB.
    pub(crate) fn push(&mut self, text: &str) -> Option<u32> {
        let end = u32::try_from(self.bytes.len() + text.len()).ok()?;
        let index = u32::try_from(self.ends.len()).ok().filter(|index| *index < RESERVED)?;
        self.bytes.push_str(text);
        self.ends.push(end);
        Some(index)
    }

    pub(crate) fn truncate(&mut self, length: u32) {
        self.ends.truncate(length as usize);
        self.bytes.truncate(self.ends.last().map_or(0, |end| *end as usize));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.text(index))
    }
}

/// Numbers from here on are free for marks that are not texts.
pub(crate) const RESERVED: u32 = u32::MAX - 8;

/// The hash of a text, within something (a customer's subscription ids).
pub(crate) fn hash_of(scope: u32, text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u32(scope);
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// An open-addressing table of numbers by hash. The upper half of an entry repeats the hash, so that few texts are
/// compared and growing needs no text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    entries: Vec<u64>,
    used: usize,
}

const LOW: u64 = 0xffff_ffff;

impl Table {
    pub(crate) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.entries.len().checked_sub(1)?;
        let mut at = spread(hash) & mask;
        loop {
            let entry = self.entries[at];
            if entry == 0 {
                return None;
            }
            let index = (entry & LOW) as u32 - 1;
            if entry >> 32 == hash & LOW && same(index) {
                return Some(index);
            }
            at = (at + 1) & mask;
        }
    }

    /// What probably is the number of a hash: the first entry at which one would look.
    pub(crate) fn peek(&self, hash: u64) -> Option<u32> {
        let mask = self.entries.len().checked_sub(1)?;
        ((self.entries[spread(hash) & mask] & LOW) as u32).checked_sub(1)
    }

    /// Adds a number that is not there yet.
    pub(crate) fn insert(&mut self, hash: u64, index: u32) {
        if (self.used + 1) * 2 > self.entries.len() {
            self.grow();
        }
        self.used += 1;
        self.put((hash & LOW) << 32 | u64::from(index + 1));
    }

    fn put(&mut self, entry: u64) {
        let mask = self.entries.len() - 1;
        let mut at = spread(entry >> 32) & mask;
        while self.entries[at] != 0 {
            at = (at + 1) & mask;
        }
        self.entries[at] = entry;
    }

    fn grow(&mut self) {
        let length = (self.entries.len() * 2).max(16);
        let old = std::mem::replace(&mut self.entries, vec![0; length]);
        old.into_iter().filter(|entry| *entry != 0).for_each(|entry| self.put(entry));
    }
}

/// Where to look first: from the lower half of a hash alone, which is what an entry keeps.
fn spread(hash: u64) -> usize {
    ((hash & LOW).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24) as usize
}

/// Texts that are numbered in the order of their first appearance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interner {
    strings: Strings,
    /// Made when it is first asked: most reports look up no id.
    table: OnceLock<Table>,
}

impl Interner {
    pub(crate) fn of(strings: Strings) -> Self {
        Self { strings, table: OnceLock::new() }
    }

    fn table(&self) -> &Table {
        self.table.get_or_init(|| {
            let mut table = Table::default();
            for (index, text) in (0..).zip(self.strings.iter()) {
                table.insert(hash_of(0, text), index);
            }
            table
        })
    }

    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        self.table().find(hash_of(0, text), |index| self.strings.text(index) == text)
    }

    /// Touches what looking these texts up will need, step by step for all of them, so that the waits for memory overlap;
    /// what probably are their numbers.
    pub(crate) fn warm<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Vec<Option<u32>> {
        let table = self.table();
        let numbers: Vec<Option<u32>> = texts.map(|text| table.peek(hash_of(0, text))).collect();
        let starts: Vec<usize> = numbers.iter().flatten().map(|number| self.strings.start(*number)).collect();
        black_box(self.strings.touch(&starts));
        numbers
    }

    /// The number of a text, a new one if need be; none beyond 4 GiB of texts.
    pub(crate) fn intern(&mut self, text: &str) -> Option<u32> {
        let hash = hash_of(0, text);
        if let Some(index) = self.table().find(hash, |index| self.strings.text(index) == text) {
            return Some(index);
        }
        let index = self.strings.push(text)?;
        let table = self.table.get_mut().expect("it was made to look the text up");
        table.insert(hash, index);
        Some(index)
    }

    pub(crate) fn text(&self, index: u32) -> &str {
        self.strings.text(index)
    }

    pub(crate) fn len(&self) -> u32 {
        self.strings.len()
    }

    pub(crate) fn truncate(&mut self, length: u32) {
        if length < self.len() {
            self.strings.truncate(length);
            *self = Self::of(std::mem::take(&mut self.strings));
        }
    }

    pub(crate) fn strings(&self) -> &Strings {
        &self.strings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_first_appearance() {
        let mut ids = Interner::default();
        let texts: Vec<String> = (0..10_000).map(|n| format!("cus_{}", n % 5_000)).collect();
        for (n, text) in texts.iter().enumerate() {
            assert_eq!(ids.intern(text), Some(n as u32 % 5_000));
        }
        assert_eq!(ids.find("cus_4999"), Some(4_999));
        assert_eq!(ids.find("cus_5000"), None);
        assert_eq!(ids.intern(""), Some(5_000));
        assert_eq!(ids.text(5_000), "");
        let again = Interner::of(ids.strings().clone());
        assert_eq!(again.find("cus_77"), Some(77));
    }
}
