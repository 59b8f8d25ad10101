//! Text from data, made fit to be shown: nothing in it can move a cursor, hide or reverse other text, or begin a line.

use std::borrow::Cow;

/// Text as it may stand before people: what would act instead of being read is shown by its number, like `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if acts(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown.into()
}

/// JSON text in which no character acts on a terminal either: JSON itself escapes only those below a space. A parser
/// reads the same strings from it.
pub fn inert_json(json: String) -> String {
    let raw = |c: char| c > ' ' && acts(c);
    if !json.contains(raw) {
        return json;
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if raw(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| shown.push_str(&format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Whether a character does something else than stand there: controls (C0, DEL, C1), line and paragraph separators, what
/// changes the direction of text, and what takes no room. Joiners within words and emoji stay.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\x1b[2Jb\n\u{9b}31m\u{202e}gpj\u{200b}\x7f\u{e0041}";

    #[test]
    fn what_acts_is_shown_by_its_number() {
        assert_eq!(visible(HOSTILE), r"a\u{1b}[2Jb\n\u{9b}31m\u{202e}gpj\u{200b}\u{7f}\u{e0041}");
        assert!(matches!(visible("größe, 顧客, 👩\u{200d}🚀"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_says_the_same_without_it() {
        let plain = serde_json::to_string(HOSTILE).expect("a string");
        let inert = inert_json(format!("{plain}\n"));
        assert!(!inert.trim_end().contains(acts), "{inert:?}");
        assert_eq!(serde_json::from_str::<String>(&inert).expect("still JSON"), HOSTILE);
    }
}
