//! Small values as bytes, little-endian; large columns as bytes piece by piece.

/// Writes small values one after the other.
#[derive(Default)]
pub(super) struct Encoder(pub(super) Vec<u8>);

impl Encoder {
    pub(super) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn i64(&mut self, value: i64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn i128(&mut self, value: i128) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn bytes(&mut self, value: &[u8]) {
        self.u64(value.len() as u64);
        self.0.extend_from_slice(value);
    }

    pub(super) fn text(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    pub(super) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.u8(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(super) fn list<T>(&mut self, values: &[T], write: impl Fn(&mut Self, &T)) {
        self.u64(values.len() as u64);
        values.iter().for_each(|value| write(self, value));
    }
}

/// Reads them back; `None` where the bytes cannot have been written by [`Encoder`].
pub(super) struct Decoder<'b>(pub(super) &'b [u8]);

impl<'b> Decoder<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    pub(super) fn i128(&mut self) -> Option<i128> {
        self.array().map(i128::from_le_bytes)
    }

    pub(super) fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.u64()?).ok()?;
        self.take(length)
    }

    pub(super) fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }

    pub(super) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.u8()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    pub(super) fn list<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.u64()?;
        (0..length).map(|_| read(self)).collect()
    }
}

/// The element of a column.
pub(super) trait Element: Copy + Send + Sync {
    /// How wide it may be written.
    const WIDTH: u8;

    /// The narrowest width for all of these values.
    fn width(values: &[Self]) -> u8 {
        let _ = values;
        Self::WIDTH
    }

    /// Appends values, each at a width.
    fn encode(values: &[Self], width: u8, out: &mut Vec<u8>);

    /// Appends the values of whole elements of a width.
    fn decode(bytes: &[u8], width: u8, out: &mut Vec<Self>);
}

impl Element for u8 {
    const WIDTH: u8 = 1;

    fn encode(values: &[Self], _: u8, out: &mut Vec<u8>) {
        out.extend_from_slice(values);
    }

    fn decode(bytes: &[u8], _: u8, out: &mut Vec<Self>) {
        out.extend_from_slice(bytes);
    }
}

macro_rules! fixed {
    ($type:ty) => {
        impl Element for $type {
            const WIDTH: u8 = size_of::<Self>() as u8;

            fn encode(values: &[Self], _: u8, out: &mut Vec<u8>) {
                values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
            }

            fn decode(bytes: &[u8], _: u8, out: &mut Vec<Self>) {
                let (chunks, _) = bytes.as_chunks();
                out.extend(chunks.iter().map(|chunk| Self::from_le_bytes(*chunk)));
            }
        }
    };
}

fixed!(u16);
fixed!(i64);
fixed!(u64);
fixed!(i128);

/// Codes and counts are mostly small: written in one, two or four bytes.
impl Element for u32 {
    const WIDTH: u8 = 4;

    fn width(values: &[Self]) -> u8 {
        match values.iter().max() {
            None | Some(0..=0xff) => 1,
            Some(0x100..=0xffff) => 2,
            Some(_) => 4,
        }
    }

    fn encode(values: &[Self], width: u8, out: &mut Vec<u8>) {
        match width {
            1 => out.extend(values.iter().map(|value| *value as u8)),
            2 => values.iter().for_each(|value| out.extend_from_slice(&(*value as u16).to_le_bytes())),
            _ => values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes())),
        }
    }

    fn decode(bytes: &[u8], width: u8, out: &mut Vec<Self>) {
        match width {
            1 => out.extend(bytes.iter().map(|byte| Self::from(*byte))),
            2 => out.extend(bytes.as_chunks().0.iter().map(|chunk| Self::from(u16::from_le_bytes(*chunk)))),
            _ => out.extend(bytes.as_chunks().0.iter().map(|chunk| Self::from_le_bytes(*chunk))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_back_at_their_narrowest() {
        for (values, width) in [(vec![], 1), (vec![7u32, 255], 1), (vec![256, 0], 2), (vec![70_000, 3], 4)] {
            assert_eq!(u32::width(&values), width);
            let (mut bytes, mut back) = (Vec::new(), Vec::new());
            u32::encode(&values, width, &mut bytes);
            u32::decode(&bytes, width, &mut back);
            assert_eq!((bytes.len(), back), (values.len() * usize::from(width), values));
        }
    }

    #[test]
    fn short_bytes_are_refused() {
        let mut encoder = Encoder::default();
        encoder.text("acme");
        encoder.option(Some(5), Encoder::u32);
        encoder.list(&[1i64, -1], |e, value| e.i64(*value));
        let mut decoder = Decoder(&encoder.0);
        assert_eq!(decoder.text().as_deref(), Some("acme"));
        assert_eq!(decoder.option(Decoder::u32), Some(Some(5)));
        assert_eq!(decoder.list(Decoder::i64), Some(vec![1, -1]));
        assert_eq!(decoder.u8(), None);
        assert_eq!(Decoder(&encoder.0[..5]).text(), None);
        assert_eq!(Decoder(&u64::MAX.to_le_bytes()).list(Decoder::u8), None);
    }
}
