//! Byte order marks: UTF-8 as it is, UTF-16 of either order turned into UTF-8 while it streams.

use std::io::{self, Read};

const CHUNK: usize = 64 * 1024;
/// Stands for what is not text: no UTF-8 holds this byte, so the row in which it ends up is refused with its line.
const NOT_TEXT: u8 = 0xff;

/// Reads text as UTF-8, whatever its byte order mark says, and without that mark.
pub(crate) struct Utf8Reader<R> {
    inner: R,
    kind: Kind,
    raw: Vec<u8>,
    ready: Vec<u8>,
    taken: usize,
    ended: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Unknown,
    Plain,
    Utf16 { unit: fn([u8; 2]) -> u16 },
}

impl<R: Read> Utf8Reader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, kind: Kind::Unknown, raw: Vec::new(), ready: Vec::new(), taken: 0, ended: false }
    }

    /// Reads until `raw` holds this much or the input ends.
    fn fill(&mut self, atleast: usize) -> io::Result<()> {
        let lacking = atleast.saturating_sub(self.raw.len());
        if lacking > 0 && !self.ended {
            let got = self.inner.by_ref().take(lacking as u64).read_to_end(&mut self.raw)?;
            self.ended = got < lacking;
        }
        Ok(())
    }

    fn look_for_mark(&mut self) -> io::Result<()> {
        self.fill(3)?;
        let (kind, mark) = match self.raw.as_slice() {
            [0xef, 0xbb, 0xbf, ..] => (Kind::Plain, 3),
            [0xff, 0xfe, ..] => (Kind::Utf16 { unit: u16::from_le_bytes }, 2),
            [0xfe, 0xff, ..] => (Kind::Utf16 { unit: u16::from_be_bytes }, 2),
            [0, _, ..] | [_, 0, ..] => {
                let what = "looks like UTF-16 without a byte order mark; save it as UTF-8";
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
            _ => (Kind::Plain, 0),
        };
        self.kind = kind;
        if matches!(kind, Kind::Plain) {
            self.ready = self.raw.split_off(mark);
            self.raw.clear();
        } else {
            self.raw.drain(..mark);
        }
        Ok(())
    }

    /// Turns what can be turned of `raw` into `ready`.
    fn decode(&mut self, unit: fn([u8; 2]) -> u16) -> io::Result<()> {
        self.fill(CHUNK)?;
        let mut units: Vec<u16> = self.raw.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        let high = |unit: &u16| (0xd800..0xdc00).contains(unit);
        // The second half of a pair may come with the next bytes.
        if !self.ended && units.last().is_some_and(high) {
            units.pop();
        }
        let mut text = String::with_capacity(units.len() * 3 / 2);
        self.ready.clear();
        self.taken = 0;
        for character in char::decode_utf16(units.iter().copied()) {
            match character {
                Ok(c) => text.push(c),
                Err(_) => {
                    self.ready.extend_from_slice(text.as_bytes());
                    self.ready.push(NOT_TEXT);
                    text.clear();
                }
            }
        }
        self.ready.extend_from_slice(text.as_bytes());
        self.raw.drain(..units.len() * 2);
        if self.ended && !self.raw.is_empty() {
            self.ready.push(NOT_TEXT);
            self.raw.clear();
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if matches!(self.kind, Kind::Unknown) {
            self.look_for_mark()?;
        }
        if self.taken == self.ready.len() {
            match self.kind {
                Kind::Utf16 { unit } => self.decode(unit)?,
                _ => return read_some(&mut self.inner, out),
            }
        }
        let take = out.len().min(self.ready.len() - self.taken);
        out[..take].copy_from_slice(&self.ready[self.taken..self.taken + take]);
        self.taken += take;
        Ok(take)
    }
}

/// One read that is not interrupted.
pub(crate) fn read_some(reader: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(out) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time: every boundary falls inside something.
    struct Dripping<'a>(&'a [u8]);

    impl Read for Dripping<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let take = out.len().min(1).min(self.0.len());
            out[..take].copy_from_slice(&self.0[..take]);
            self.0 = &self.0[take..];
            Ok(take)
        }
    }

    fn decoded(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Utf8Reader::new(Dripping(bytes)).read_to_end(&mut out).expect("reads");
        out
    }

    fn utf16(text: &str, mark: [u8; 2], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect()
    }

    #[test]
    fn marks_are_taken_off_and_utf16_is_decoded() {
        let text = "kind,customer_id\nnew,顧客 🦀\n".repeat(9_000);
        assert_eq!(decoded(text.as_bytes()), text.as_bytes());
        assert_eq!(decoded(format!("\u{feff}{text}").as_bytes()), text.as_bytes());
        assert_eq!(decoded(&utf16(&text, [0xff, 0xfe], u16::to_le_bytes)), text.as_bytes());
        assert_eq!(decoded(&utf16(&text, [0xfe, 0xff], u16::to_be_bytes)), text.as_bytes());
        assert_eq!(decoded(b""), b"");
        assert_eq!(decoded(b"a"), b"a");
        assert_eq!(decoded(&[0xff, 0xfe]), b"");
    }

    #[test]
    fn what_is_not_text_becomes_a_byte_that_no_text_has() {
        assert_eq!(decoded(&[0xff, 0xfe, b'a', 0, 0x00, 0xd8, b'b', 0]), [b'a', NOT_TEXT, b'b']);
        assert_eq!(decoded(&[0xff, 0xfe, b'a', 0, b'b']), [b'a', NOT_TEXT]);
        assert_eq!(decoded(&[0xff, 0xfe, 0x00, 0xd8]), [NOT_TEXT]);
    }

    #[test]
    fn utf16_without_a_mark_is_named() {
        let error = Utf8Reader::new(&b"k\0i\0"[..]).read_to_end(&mut Vec::new()).expect_err("is refused");
        assert!(error.to_string().contains("UTF-16"), "{error}");
    }
}
