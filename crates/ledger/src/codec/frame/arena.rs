//! The texts of a frame, one behind the other, so that a record borrows them without an allocation.

use crate::codec::error::DecodeError;

/// A text within the arena.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub start: u32,
    pub len: u32,
}

/// The most bytes of text in a frame: 2,048 rows, each with a dozen texts and a few attributes of at most 1 KiB.
const ARENA_BYTES_MAX: usize = 128 << 20;

/// An arena being filled.
#[derive(Default)]
pub(super) struct ArenaBuilder {
    bytes: Vec<u8>,
}

impl ArenaBuilder {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes) }
    }

    /// Starts a text.
    pub(super) fn begin(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn repeat(&mut self, span: Span) {
        let start = span.start as usize;
        self.bytes.extend_from_within(start..start + span.len as usize);
    }

    /// Appends a number of `width` decimal digits with leading zeros; width 0 is as many as it needs.
    pub(super) fn digits(&mut self, mut number: u64, width: usize) {
        let mut text = [b'0'; 20];
        let mut at = text.len();
        while number > 0 || at == text.len() {
            at -= 1;
            text[at] = b'0' + (number % 10) as u8;
            number /= 10;
        }
        let from = if width == 0 { at } else { at.min(text.len() - width) };
        self.bytes.extend_from_slice(&text[from..]);
    }

    /// Ends the text that began at `start`.
    pub(super) fn end(&self, start: usize) -> Result<Span, DecodeError> {
        if self.bytes.len() > ARENA_BYTES_MAX {
            return Err(DecodeError::malformed("frame texts", "they are longer than any that are ever written"));
        }
        Ok(Span { start: start as u32, len: (self.bytes.len() - start) as u32 })
    }

    pub(super) fn finish(self) -> Result<Arena, DecodeError> {
        let text =
            String::from_utf8(self.bytes).map_err(|error| DecodeError::malformed("frame texts", error.to_string()))?;
        Ok(Arena { text })
    }
}

/// The texts of a frame.
#[derive(Debug)]
pub(super) struct Arena {
    text: String,
}

impl Arena {
    /// The text of a span that [`Arena::holds`].
    pub(super) fn text(&self, span: Span) -> &str {
        self.text.get(span.start as usize..(span.start + span.len) as usize).unwrap_or_default()
    }

    /// Whether a span begins and ends between letters.
    pub(super) fn holds(&self, span: Span) -> bool {
        let (start, end) = (span.start as usize, (span.start + span.len) as usize);
        self.text.is_char_boundary(start) && self.text.is_char_boundary(end)
    }
}
