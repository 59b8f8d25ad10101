//! The distinct booking times of rows, so that a row holds four bytes and a cut compares ranks.

use recount_ledger::Instant;
use rustc_hash::FxHashMap;

/// Distinct instants. The first `ranked` ones ascend; what came after them is in the order of its arrival.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bookings {
    values: Vec<i64>,
    ranked: u32,
}

/// Finds or adds codes while records come in.
#[derive(Debug, Default)]
pub(crate) struct BookingCodes {
    fresh: FxHashMap<i64, u32>,
    last: Option<(i64, u32)>,
}

impl Bookings {
    pub(crate) fn of_ranked(values: Vec<i64>) -> Self {
        Self { ranked: length(&values), values }
    }

    pub(crate) fn values(&self) -> &[i64] {
        &self.values
    }

    /// The instant of a code, in microseconds.
    pub(crate) fn micros(&self, code: u32) -> i64 {
        self.values[code as usize]
    }

    /// How many of the ranked codes lie before an instant: they are admitted by comparing numbers.
    pub(crate) fn ranked_before(&self, at: Instant) -> u32 {
        let ranked = &self.values[..self.ranked as usize];
        u32::try_from(ranked.partition_point(|value| *value < at.micros())).expect("codes are u32")
    }

    pub(crate) fn ranked(&self) -> u32 {
        self.ranked
    }

    pub(crate) fn codes(&self) -> BookingCodes {
        let fresh = (self.ranked..).zip(&self.values[self.ranked as usize..]).map(|(code, at)| (*at, code)).collect();
        BookingCodes { fresh, last: None }
    }

    /// Ranks everything; the new code of each old one.
    pub(crate) fn rank(&mut self, used: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut sorted: Vec<u32> = (0..length(&self.values)).filter(|code| used(*code)).collect();
        sorted.sort_unstable_by_key(|code| self.values[*code as usize]);
        let mut renamed = vec![u32::MAX; self.values.len()];
        for (rank, code) in (0..).zip(&sorted) {
            renamed[*code as usize] = rank;
        }
        self.values = sorted.iter().map(|code| self.values[*code as usize]).collect();
        self.ranked = length(&self.values);
        renamed
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        self.values.truncate(length);
    }
}

impl BookingCodes {
    /// The code of an instant.
    pub(crate) fn code(&mut self, bookings: &mut Bookings, at: Instant) -> u32 {
        let at = at.micros();
        if let Some((_, code)) = self.last.filter(|(last, _)| *last == at) {
            return code;
        }
        let code = match bookings.values[..bookings.ranked as usize].binary_search(&at) {
            Ok(code) => u32::try_from(code).expect("codes are u32"),
            Err(_) => *self.fresh.entry(at).or_insert_with(|| {
                bookings.values.push(at);
                length(&bookings.values) - 1
            }),
        };
        self.last = Some((at, code));
        code
    }
}

fn length(values: &[i64]) -> u32 {
    u32::try_from(values.len()).expect("there are fewer distinct bookings than records, which are counted by u32")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros).expect("in range")
    }

    #[test]
    fn ranks_order_like_instants() {
        let mut bookings = Bookings::default();
        let mut codes = bookings.codes();
        let given: Vec<u32> = [30, 10, 30, 20].iter().map(|m| codes.code(&mut bookings, at(*m))).collect();
        assert_eq!(given, [0, 1, 0, 2]);
        assert_eq!(bookings.rank(|_| true), [2, 0, 1]);
        assert_eq!(bookings.ranked_before(at(20)), 1);
        let mut codes = bookings.codes();
        assert_eq!(codes.code(&mut bookings, at(15)), 3);
        assert_eq!(codes.code(&mut bookings, at(20)), 1);
        assert_eq!(bookings.codes().code(&mut bookings, at(15)), 3);
    }
}
