//! Columns of integers: a first value, a step, and the rest as byte planes.
//!
//! All values are offsets from the first one in units of their greatest common divisor, so that whole seconds, days or
//! cents cost no digits; then plain, or as differences. Plane k holds byte k of every value: the high ones are mostly
//! zero, and compress to nothing.

use super::blocks::{BlockReader, BlockWriter};
use super::cursor::{unzigzag, zigzag};
use crate::codec::error::DecodeError;

/// Values beyond this go the wide way, so that no difference overflows.
const NARROW: u64 = 1 << 60;
const SAME: u8 = 0;
const PLAIN: u8 = 1;
/// Differences from the value before.
const STEPS: u8 = 2;
/// Differences from the largest value before: times that grow, with late ones among them.
const RATCHET: u8 = 3;
const WIDE: u8 = 4;

/// A column of integers as read.
pub(super) enum Ints {
    Same(i64),
    Each(Vec<i64>),
    Wide(Vec<i128>),
}

impl Ints {
    pub(super) fn at(&self, index: usize) -> i128 {
        match self {
            Self::Same(value) => i128::from(*value),
            Self::Each(values) => i128::from(values[index]),
            Self::Wide(values) => values[index],
        }
    }

    /// Whether every value satisfies `holds`.
    pub(super) fn all(&self, holds: impl Fn(i128) -> bool) -> bool {
        match self {
            Self::Same(value) => holds(i128::from(*value)),
            Self::Each(values) => values.iter().all(|value| holds(i128::from(*value))),
            Self::Wide(values) => values.iter().all(|value| holds(*value)),
        }
    }
}

/// Writes a column. Of no values, nothing is written.
pub(super) fn write(values: &[i128], out: &mut BlockWriter) {
    let narrow: Option<Vec<i64>> =
        values.iter().map(|value| i64::try_from(*value).ok().filter(|v| v.unsigned_abs() < NARROW)).collect();
    match narrow {
        Some(values) => write_narrow(&values, out),
        None => write_wide(values, out),
    }
}

/// Writes a column of values below 2^60 in size. Of no values, nothing is written.
pub(super) fn write_narrow(values: &[i64], out: &mut BlockWriter) {
    let Some((first, rest)) = values.split_first() else { return };
    let scale = rest.iter().fold(0, |scale, value| common_divisor(scale, (value - first).abs()));
    if scale == 0 {
        out.put(u64::from(SAME));
        out.put(zigzag(*first));
        return;
    }
    let offsets: Vec<i64> = if scale == 1 {
        rest.iter().map(|value| value - first).collect()
    } else {
        rest.iter().map(|value| (value - first) / scale).collect()
    };
    let (mode, base, values) = cheapest(&offsets);
    let largest = values.iter().copied().max().unwrap_or(0);
    let width = bytes_of(largest);
    out.put(u64::from(mode));
    out.put(zigzag(*first));
    for number in [scale as u64, base, u64::from(width)] {
        out.put(number);
    }
    for plane in 0..width {
        out.block(|bytes| bytes.extend(values.iter().map(|value| (value >> (8 * plane)) as u8)));
    }
}

fn write_wide(values: &[i128], out: &mut BlockWriter) {
    let folded: Vec<u128> = values.iter().map(|value| ((value << 1) ^ (value >> 127)) as u128).collect();
    let largest = folded.iter().copied().max().unwrap_or(0);
    let width = (128 - largest.leading_zeros()).div_ceil(8);
    out.put(u64::from(WIDE));
    out.put(u64::from(width));
    for plane in 0..width {
        out.block(|bytes| bytes.extend(folded.iter().map(|value| (value >> (8 * plane)) as u8)));
    }
}

/// The way that needs the fewest bits, its base, and the values above that base.
fn cheapest(offsets: &[i64]) -> (u8, u64, Vec<u64>) {
    let least = offsets.iter().copied().min().unwrap_or(0);
    let plain = offsets.iter().map(|value| (value - least) as u64).collect();
    let (steps_base, steps) = above_least(steps(offsets));
    let (ratchet_base, ratchet) = above_least(ratchet(offsets));
    [(PLAIN, zigzag(least), plain), (STEPS, steps_base, steps), (RATCHET, ratchet_base, ratchet)]
        .into_iter()
        .min_by_key(|(_, _, values): &(u8, u64, Vec<u64>)| values.iter().map(|v| 64 - v.leading_zeros()).sum::<u32>())
        .expect("there are three ways")
}

fn above_least(mut values: Vec<u64>) -> (u64, Vec<u64>) {
    let least = values.iter().copied().min().unwrap_or(0);
    values.iter_mut().for_each(|value| *value -= least);
    (least, values)
}

fn steps(offsets: &[i64]) -> Vec<u64> {
    let mut before = 0;
    offsets.iter().map(|value| zigzag(value - std::mem::replace(&mut before, *value))).collect()
}

fn ratchet(offsets: &[i64]) -> Vec<u64> {
    let mut highest = 0;
    let step = |value: &i64| {
        let step = value - highest;
        highest = highest.max(*value);
        zigzag(step)
    };
    offsets.iter().map(step).collect()
}

const fn bytes_of(largest: u64) -> u32 {
    (64 - largest.leading_zeros()).div_ceil(8)
}

/// Euclid's, where the divisor so far nearly always divides the next value.
fn common_divisor(mut a: i64, mut b: i64) -> i64 {
    if a == 1 {
        return 1;
    }
    while a != 0 {
        (a, b) = (b % a, a);
    }
    b
}

/// Reads a column of `count` values.
pub(super) fn read(count: usize, from: &mut BlockReader<'_>) -> Result<Ints, DecodeError> {
    if count == 0 {
        return Ok(Ints::Same(0));
    }
    let mode = from.numbers.byte()?;
    if mode == WIDE {
        return read_wide(count, from);
    }
    let first = from.numbers.signed()?;
    if mode == SAME {
        return Ok(Ints::Same(first));
    }
    let (scale, base) = (from.numbers.varint()? as i64, from.numbers.varint()?);
    let width = from.numbers.length(8)?;
    let mut raw = vec![0u64; count - 1];
    for plane in 0..width {
        let bytes = from.block_of(count - 1)?;
        raw.iter_mut().zip(bytes).for_each(|(value, byte)| *value |= u64::from(*byte) << (8 * plane));
    }
    // Wrapping: bytes that were never written here may say anything, and every value is checked where it is used.
    let place = |offset: i64| first.wrapping_add(offset.wrapping_mul(scale));
    let mut values = Vec::with_capacity(count);
    values.push(first);
    let mut before = 0i64;
    match mode {
        PLAIN => {
            let least = unzigzag(base);
            values.extend(raw.iter().map(|value| place(least.wrapping_add(*value as i64))));
        }
        STEPS => values.extend(raw.iter().map(|value| {
            before = before.wrapping_add(unzigzag(value.wrapping_add(base)));
            place(before)
        })),
        RATCHET => values.extend(raw.iter().map(|value| {
            let offset = before.wrapping_add(unzigzag(value.wrapping_add(base)));
            before = before.max(offset);
            place(offset)
        })),
        _ => return Err(from.numbers.malformed("an integer column has an unknown form")),
    }
    Ok(Ints::Each(values))
}

fn read_wide(count: usize, from: &mut BlockReader<'_>) -> Result<Ints, DecodeError> {
    let width = from.numbers.length(16)?;
    let mut values = vec![0u128; count];
    for plane in 0..width {
        let bytes = from.block_of(count)?;
        values.iter_mut().zip(bytes).for_each(|(value, byte)| *value |= u128::from(*byte) << (8 * plane));
    }
    Ok(Ints::Wide(values.into_iter().map(|value| (value >> 1) as i128 ^ -((value & 1) as i128)).collect()))
}

/// Reads a column whose values must lie from 0 to `max`, such as lengths and indexes.
pub(super) fn read_small(count: usize, max: usize, from: &mut BlockReader<'_>) -> Result<Small, DecodeError> {
    let values = read(count, from)?;
    let fits = values.all(|value| usize::try_from(value).is_ok_and(|value| value <= max));
    match values {
        _ if !fits => Err(from.numbers.malformed("a length or index is out of range")),
        Ints::Same(value) => Ok(Small::Same(value as usize)),
        Ints::Each(values) => Ok(Small::Each(values.into_iter().map(|value| value as u32).collect())),
        Ints::Wide(_) => Err(from.numbers.malformed("lengths and indexes are never wide")),
    }
}

/// A column of lengths or indexes, checked.
pub(super) enum Small {
    Same(usize),
    Each(Vec<u32>),
}

impl Small {
    pub(super) fn at(&self, index: usize) -> usize {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => values[index] as usize,
        }
    }

    pub(super) fn iter(&self, count: usize) -> impl Iterator<Item = usize> {
        (0..count).map(|index| self.at(index))
    }
}
