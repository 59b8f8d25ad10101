//! Varints and cursors: the small numbers of a frame.

use super::super::error::DecodeError;

type Decoded<T> = Result<T, DecodeError>;

/// Appends a number as LEB128: seven bits a byte, the lowest first.
pub(super) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Folds the sign into the lowest bit, so that small negative numbers are small.
pub(super) const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Undoes [`zigzag`].
pub(super) const fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Bytes being read from the front.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    what: &'static str,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { bytes, what }
    }

    pub(super) fn malformed(&self, problem: &str) -> DecodeError {
        DecodeError::malformed(self.what, problem)
    }

    pub(super) fn take(&mut self, count: usize) -> Decoded<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(|| self.malformed("it ends too early"))?;
        self.bytes = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Decoded<u8> {
        self.take(1).map(|taken| taken[0])
    }

    pub(super) fn varint(&mut self) -> Decoded<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.malformed("a number is longer than 64 bits"))
    }

    pub(super) fn signed(&mut self) -> Decoded<i64> {
        self.varint().map(unzigzag)
    }

    /// A count or length of at most `max`.
    pub(super) fn length(&mut self, max: usize) -> Decoded<usize> {
        let value = self.varint()?;
        usize::try_from(value)
            .ok()
            .filter(|value| *value <= max)
            .ok_or_else(|| self.malformed(&format!("a length of {value} is more than the {max} possible here")))
    }

    pub(super) fn end(&self) -> Decoded<()> {
        if self.bytes.is_empty() { Ok(()) } else { Err(self.malformed("bytes are left over")) }
    }
}
