//! Cells that a spreadsheet would compute: kept from it by one apostrophe in front, which can be taken off again.
//!
//! Whoever opens a CSV in a spreadsheet runs its formulas, and a customer may be named `=HYPERLINK(...)`. An apostrophe
//! makes such a cell text. Texts that begin with apostrophes before a formula get one more, so that taking one off always
//! gives back what there was.

use std::borrow::Cow;

/// What a spreadsheet takes for the start of a formula, or passes over to find one.
const STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// The text as it may stand in a cell: numbers as they are, what would be a formula behind an apostrophe.
pub fn guarded(text: &str) -> Cow<'_, str> {
    if starts_a_formula(text) && !is_number(text) { format!("'{text}").into() } else { text.into() }
}

/// Undoes [`guarded`].
pub(crate) fn unguarded(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(bare(text)),
        Cow::Owned(text) => Cow::Owned(bare(&text).to_owned()),
    }
}

fn bare(text: &str) -> &str {
    text.strip_prefix('\'').filter(|bare| starts_a_formula(bare)).unwrap_or(text)
}

/// The cell of a file as its bytes stand there, quoted or not, with the apostrophe where it needs one.
pub(crate) fn guarded_cell(cell: &[u8]) -> Vec<u8> {
    let (quote, text) = if cell.first() == Some(&b'"') { cell.split_at(1) } else { cell.split_at(0) };
    // Only its start matters, and that it is no number: neither needs text that is whole.
    let start = String::from_utf8_lossy(text);
    let content = if quote.is_empty() { &start } else { start.strip_suffix('"').unwrap_or(&start) };
    let mark: &[u8] = if starts_a_formula(content) && !is_number(content) { b"'" } else { b"" };
    [quote, mark, text].concat()
}

fn starts_a_formula(text: &str) -> bool {
    text.trim_start_matches('\'').trim_start_matches(' ').starts_with(STARTS)
}

/// A plain decimal, as figures are written: it computes to itself.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.matches('.').count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_come_back() {
        let formulas =
            ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "''@x", "' =1", "－", "-", "--5"];
        for text in formulas {
            let guarded = guarded(text);
            assert_eq!(guarded, format!("'{text}"));
            assert_eq!(unguarded(guarded.clone()), text, "{guarded:?}");
            assert_eq!(guarded_cell(text.as_bytes()), guarded.as_bytes());
            assert_eq!(guarded_cell(format!("\"{text}\"").as_bytes()), format!("\"{guarded}\"").as_bytes());
        }
    }

    #[test]
    fn figures_and_plain_texts_stay() {
        for text in ["", "-12.50", "1", "0.00000001", "acme", "'t Hooft", "o'=x", "a=b", "2025-01-01", "'", "''"] {
            assert_eq!(guarded(text), text);
            assert_eq!(unguarded(text.into()), text);
            assert_eq!(guarded_cell(text.as_bytes()), text.as_bytes());
        }
    }
}
