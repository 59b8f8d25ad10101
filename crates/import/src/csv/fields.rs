//! A record cut into fields.

use std::borrow::Cow;

use memchr::memchr;

/// A field within its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Where it begins, its quote included.
    pub start: usize,
    /// Where it ends, its quote included.
    pub end: usize,
    /// Whether it is quoted.
    pub quoted: bool,
    /// Whether text stands between its closing quote and the next delimiter.
    pub torn: bool,
}

impl Span {
    /// The value.
    pub(crate) fn value(self, record: &str) -> Cow<'_, str> {
        let text = &record[self.start..self.end];
        if !self.quoted {
            return Cow::Borrowed(text);
        }
        let inner = text.strip_prefix('"').unwrap_or(text);
        let inner = inner.strip_suffix('"').unwrap_or(inner);
        if memchr(b'"', inner.as_bytes()).is_some() { inner.replace("\"\"", "\"").into() } else { inner.into() }
    }
}

/// The fields of a record, from left to right.
pub(crate) struct FieldSpans<'t> {
    record: &'t [u8],
    delimiter: u8,
    at: Option<usize>,
}

impl<'t> FieldSpans<'t> {
    pub(crate) fn new(record: &'t [u8], delimiter: u8) -> Self {
        Self { record, delimiter, at: Some(0) }
    }

    /// Where the quote that opens before `from` closes: the place after it.
    fn closing(&self, from: usize) -> usize {
        let mut at = from;
        while let Some(quote) = memchr(b'"', &self.record[at..]).map(|found| at + found) {
            if self.record.get(quote + 1) != Some(&b'"') {
                return quote + 1;
            }
            at = quote + 2;
        }
        self.record.len()
    }
}

impl Iterator for FieldSpans<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let start = self.at?;
        let quoted = self.record.get(start) == Some(&b'"');
        let closed = if quoted { self.closing(start + 1) } else { start };
        let end = memchr(self.delimiter, &self.record[closed..]).map(|found| closed + found);
        self.at = end.map(|end| end + 1);
        let end = end.unwrap_or(self.record.len());
        let torn = quoted && self.record[closed..end].iter().any(|byte| !matches!(byte, b' ' | b'\t'));
        // Blanks after a closing quote are padding; what they follow is the value.
        Some(Span { start, end: if quoted && !torn { closed } else { end }, quoted: quoted && !torn, torn })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(record: &str) -> Vec<String> {
        FieldSpans::new(record.as_bytes(), b',').map(|span| span.value(record).into_owned()).collect()
    }

    #[test]
    fn cuts_records() {
        assert_eq!(fields(""), [""]);
        assert_eq!(fields(","), ["", ""]);
        assert_eq!(fields("a,b,"), ["a", "b", ""]);
        assert_eq!(fields(r#""a,b",c"#), ["a,b", "c"]);
        assert_eq!(fields(r#""say ""hi""","""",""#), [r#"say "hi""#, "\"", ""]);
        assert_eq!(fields("\"two\nlines\" ,x"), ["two\nlines", "x"]);
        assert_eq!(fields(r#"5" pipe,a"b"c"#), [r#"5" pipe"#, r#"a"b"c"#]);
        assert!(FieldSpans::new(br#""a"b,c"#, b',').next().is_some_and(|span| span.torn));
    }

    #[test]
    fn agrees_with_the_csv_crate_on_what_it_writes() {
        for (seed, delimiter) in [(1u64, b','), (2, b';'), (3, b'\t')] {
            let values: Vec<String> = (0..200).map(|n| awkward(seed * 1000 + n)).collect();
            for record in values.chunks(7) {
                let mut writer = ::csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
                writer.write_record(record).expect("writes to memory");
                let text = String::from_utf8(writer.into_inner().expect("flushes")).expect("is text");
                let text = text.strip_suffix('\n').expect("ends the line");
                let read: Vec<_> = FieldSpans::new(text.as_bytes(), delimiter).map(|s| s.value(text)).collect();
                assert_eq!(read, record, "seed {seed}");
            }
        }
    }

    fn awkward(mut seed: u64) -> String {
        let alphabet: Vec<char> = "ab \",;\t\n\r'é🦀".chars().collect();
        (0..seed % 9)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                alphabet[(seed >> 33) as usize % alphabet.len()]
            })
            .collect()
    }
}
