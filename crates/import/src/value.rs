//! Cells to values: strict, and helpful about the ways in which other systems write them.

use chrono::NaiveDate;
use recount_ledger::{Amount, AmountError, Currency, Instant, Moment, Rate, Zone};
use rustc_hash::FxHashMap;

use crate::error::{FieldError, shown};
use crate::field::Field;

const SECOND: i64 = 1_000_000;

/// A cell without the spaces around it; none where nothing else is in it.
pub(crate) fn given(text: &str) -> Option<&str> {
    let plain = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_graphic());
    if plain(text.as_bytes().first()) && plain(text.as_bytes().last()) {
        return Some(text);
    }
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// An amount.
pub(crate) fn amount(field: Field, text: &str) -> Result<Amount, FieldError> {
    text.parse().map_err(|error| match error {
        AmountError::Malformed(_) => malformed_number(field, text),
        other => FieldError::told(Some(field.name()), &other.to_string()),
    })
}

/// A rate of exchange.
pub(crate) fn rate(text: &str) -> Result<Rate, FieldError> {
    text.parse().map_err(|error: recount_ledger::RateError| {
        let plain = text.strip_prefix('-').unwrap_or(text);
        let digits = plain.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if digits { FieldError::told(Some("rate"), &error.to_string()) } else { malformed_number(Field::Rate, text) }
    })
}

/// A currency.
pub(crate) fn currency(field: Field, text: &str) -> Result<Currency, FieldError> {
    text.parse().map_err(|error: recount_ledger::CurrencyError| {
        let capital = text.to_ascii_uppercase();
        let plain = FieldError::told(Some(field.name()), &error.to_string());
        match capital.parse::<Currency>() {
            Ok(currency) => FieldError::of(field, format!("{} is not a currency code", shown(text)))
                .hint(format!("write {currency}")),
            Err(_) => plain,
        }
    })
}

/// Names what makes a text not a number, and how to write it.
fn malformed_number(field: Field, text: &str) -> FieldError {
    let (problem, hint) = number_problem(text);
    FieldError::of(field, format!("{} {problem}", shown(text))).hint(hint)
}

fn number_problem(text: &str) -> (&'static str, String) {
    let unsigned = text.strip_prefix(['-', '+', '\u{2212}']).unwrap_or(text);
    let of_digits = |marks: &[char]| {
        unsigned.starts_with(|c: char| c.is_ascii_digit())
            && unsigned.chars().all(|c| c.is_ascii_digit() || marks.contains(&c))
    };
    if text.starts_with(['+', '\u{2212}']) {
        return ("has a sign that is not a plain minus", "write 12.50 or -12.50".to_owned());
    }
    if of_digits(&[',', '.', ' ', '\'', '\u{a0}', '\u{202f}', '\u{2019}']) {
        return grouped(unsigned);
    }
    if of_digits(&['.', 'e', 'E', '+', '-']) && unsigned.contains(['e', 'E']) {
        return ("has an exponent", "write out all digits, like 1000 for 1e3".to_owned());
    }
    if text.starts_with('(') && text.ends_with(')') {
        return ("is in parentheses", "write an amount below 0 with a minus sign, like -12.50".to_owned());
    }
    if unsigned.starts_with('.') {
        return ("has no digit before the point", "write 0.5 for .5".to_owned());
    }
    if text.chars().any(|c| "$€£¥₹₩₽".contains(c)) || unsigned.contains(|c: char| c.is_ascii_alphabetic()) {
        let words = ["nan", "null", "none", "n/a", "na", "nil", "inf", "-inf"];
        if words.contains(&text.to_ascii_lowercase().as_str()) {
            return ("is not a number", "leave the cell blank where nothing is given".to_owned());
        }
        let hint = "write the digits alone, and the currency's code in the currency column";
        return ("has a currency sign or letters in it", hint.to_owned());
    }
    ("is not a decimal number", "write it like 1234.50".to_owned())
}

/// Digits with marks between them: thousands separators, a decimal comma, or both.
fn grouped(text: &str) -> (&'static str, String) {
    let only_points = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if only_points && text.ends_with('.') {
        return ("ends with a point", format!("write {}", text.trim_end_matches('.')));
    }
    let last_comma = text.rfind(',');
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let comma_is_decimal = last_comma.is_some_and(|at| {
        text.matches(',').count() == 1 && text.len() - at - 1 != 3 && text.rfind('.').is_none_or(|point| point < at)
    });
    let dotted_thousands = text.matches('.').count() == 1 && last_comma.is_some_and(|at| text.rfind('.') < Some(at));
    match last_comma {
        Some(at) if comma_is_decimal || (dotted_thousands && text.matches(',').count() == 1) => {
            ("has a decimal comma", format!("write {}.{}", digits(&text[..at]), digits(&text[at..])))
        }
        Some(at) if !text.contains('.') && text.matches(',').count() == 1 => {
            let decimal = format!("{}.{}", digits(&text[..at]), digits(&text[at..]));
            ("has a comma in it", format!("write {}, or {decimal} if the comma is the decimal mark", digits(text)))
        }
        _ => {
            let (whole, fraction) = match text.rfind('.') {
                Some(at) if text.matches('.').count() == 1 => (&text[..at], &text[at..]),
                _ => (text, ""),
            };
            let point = if fraction.is_empty() { "" } else { "." };
            ("has thousands separators", format!("write {}{point}{}", digits(whole), digits(fraction)))
        }
    }
}

/// Reads dates and instants; remembers where the dates of one zone begin.
#[derive(Debug)]
pub(crate) struct Dates {
    zone: Zone,
    begins: FxHashMap<NaiveDate, Instant>,
}

impl Dates {
    /// More dates than a century has are not worth remembering.
    const REMEMBERED: usize = 40_000;

    pub(crate) fn new(zone: Zone) -> Self {
        Self { zone, begins: FxHashMap::default() }
    }

    /// A date, which begins in the zone, or an RFC 3339 instant.
    pub(crate) fn moment(&mut self, field: Field, text: &str) -> Result<Moment, FieldError> {
        let bytes = text.as_bytes();
        match bytes.len() {
            20 if bytes[19] == b'Z' && bytes[10] == b'T' => {
                if let Some(at) = plain_instant(bytes) {
                    return Ok(at.into());
                }
            }
            10 => {
                if let Some(date) = plain_date(bytes) {
                    return Ok(Moment { at: self.start_of(field, date)?, is_date: true });
                }
            }
            _ => {}
        }
        let parsed = if text.len() > 10 { text.parse::<Instant>() } else { return Err(malformed_date(field, text)) };
        parsed.map(Moment::from).map_err(|error| match error {
            recount_ledger::InstantError::Malformed(_) => malformed_date(field, text),
            other => FieldError::told(Some(field.name()), &other.to_string()),
        })
    }

    fn start_of(&mut self, field: Field, date: NaiveDate) -> Result<Instant, FieldError> {
        if let Some(at) = self.begins.get(&date) {
            return Ok(*at);
        }
        let at = self.zone.start_of(date).map_err(|error| FieldError::told(Some(field.name()), &error.to_string()))?;
        if self.begins.len() >= Self::REMEMBERED {
            self.begins.clear();
        }
        self.begins.insert(date, at);
        Ok(at)
    }
}

/// The number that some bytes of a text spell, if all are digits.
fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + u32::from(b - b'0')))
}

/// `YYYY-MM-DD` of a day that exists, from the year 1 on.
fn plain_date(text: &[u8]) -> Option<NaiveDate> {
    if text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let year = digits(&text[..4]).filter(|year| *year > 0)?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, digits(&text[5..7])?, digits(&text[8..10])?)
}

/// `YYYY-MM-DDTHH:MM:SSZ`, the form that most systems write, without the cost of a general parser.
fn plain_instant(text: &[u8]) -> Option<Instant> {
    if text[13] != b':' || text[16] != b':' {
        return None;
    }
    let date = plain_date(&text[..10])?;
    let time = date.and_hms_opt(digits(&text[11..13])?, digits(&text[14..16])?, digits(&text[17..19])?)?;
    Instant::from_micros(time.and_utc().timestamp() * SECOND).ok()
}

const DATE_FORMS: &str = "write a date like 2025-06-30, or an instant like 2025-06-30T23:59:59Z";

/// Names what makes a text not a date, and how to write it.
fn malformed_date(field: Field, text: &str) -> FieldError {
    let error = |problem: &str| FieldError::of(field, format!("{} {problem}", shown(text)));
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let numeric =
        parts.iter().all(|part| !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit()));
    if parts.len() == 3 && numeric {
        if parts[0].len() <= 2 {
            return day_first(field, text, &parts);
        }
        if parts[0].len() == 4 && text.contains(['/', '.']) {
            let hint = format!("write {}-{:0>2}-{:0>2}", parts[0], parts[1], parts[2]);
            return error("is not written with hyphens").hint(hint);
        }
        if text.len() == 10 {
            return error("is not a day of the calendar").hint(DATE_FORMS);
        }
        return error("is not a date of four, two and two digits").hint(DATE_FORMS);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return error("is a bare number").hint(DATE_FORMS);
    }
    let timed = text.len() > 10 && text.is_char_boundary(10) && plain_date(text.as_bytes()).is_some();
    if timed && without_offset(&text[10..]) {
        let hint = "a time of day needs an offset: add Z for UTC, or one like +01:00; or give the date alone";
        return error("has no offset from UTC").hint(hint);
    }
    error("is not a date or an instant").hint(DATE_FORMS)
}

/// A date whose year stands last: which number is the month shows only where the other cannot be one.
fn day_first(field: Field, text: &str, parts: &[&str]) -> FieldError {
    let error = |problem: &str| FieldError::of(field, format!("{} {problem}", shown(text)));
    let number = |index: usize| parts[index].parse::<u32>().unwrap_or_default();
    let written = match (number(0), number(1)) {
        (day @ 13..=31, month @ 1..=12) | (month @ 1..=12, day @ 13..=31) => Some((month, day)),
        _ => None,
    };
    match written {
        Some((month, day)) if parts[2].len() == 4 => {
            error("does not begin with the year").hint(format!("write {}-{month:02}-{day:02}", parts[2]))
        }
        _ => error("can be read as more than one date").hint("write year, month, day, like 2025-04-03"),
    }
}

/// Whether what follows a date is a time of day and nothing else.
fn without_offset(rest: &str) -> bool {
    rest.starts_with(['T', 't', ' ']) && rest[1..].bytes().all(|b| b.is_ascii_digit() || b == b':' || b == b'.')
}
