//! Where rows go when customers are placed: an order of rows, followed by every column.

use std::sync::OnceLock;

const GONE: u32 = u32::MAX;

/// The new place of rows: those below `base` stay where they are (and may be garbage), then comes `order`.
#[derive(Debug)]
pub(crate) struct Moves {
    base: u32,
    order: Vec<u32>,
    seen: u32,
    inverse: OnceLock<Vec<u32>>,
}

impl Moves {
    /// `order[k]` is the present row of what will be row `base + k`, out of `seen` rows.
    pub(crate) fn new(base: u32, order: Vec<u32>, seen: u32) -> Self {
        Self { base, order, seen, inverse: OnceLock::new() }
    }

    pub(crate) fn base(&self) -> u32 {
        self.base
    }

    pub(crate) fn order(&self) -> &[u32] {
        &self.order
    }

    pub(crate) fn seen(&self) -> usize {
        self.seen as usize
    }

    /// How many rows there will be.
    pub(crate) fn total(&self) -> u32 {
        self.base + u32::try_from(self.order.len()).expect("rows are numbered by u32")
    }

    /// The new place of a row at or above the base; none where it is garbage.
    pub(crate) fn of_new(&self, row: u32) -> Option<u32> {
        let inverse = self.inverse.get_or_init(|| {
            let mut inverse = vec![GONE; (self.seen - self.base) as usize];
            for (to, from) in (self.base..).zip(&self.order) {
                if *from >= self.base {
                    inverse[(*from - self.base) as usize] = to;
                }
            }
            inverse
        });
        Some(inverse[(row - self.base) as usize]).filter(|to| *to != GONE)
    }

    /// The rows below the base that get a new place: (new, present).
    pub(crate) fn of_old(&self) -> impl Iterator<Item = (u32, u32)> {
        let pairs = (self.base..).zip(self.order.iter().copied());
        pairs.filter(|(_, from)| *from < self.base)
    }
}
