//! A figure as it was printed: its value, and how far its digits reach.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed};
use thiserror::Error;

use super::Metric;

/// A printed figure. What rounds to it, half up or half even, to its last digit, is it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// As printed.
    pub text: String,
    value: BigRational,
    /// What one of its last digit is worth.
    step: BigRational,
}

/// The text is no figure.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QuotedError {
    /// Not a number in any of the forms.
    #[error("{0:?} is no figure; write it as printed, like 107.5%, 1.075, $2.15M or 2,150,000")]
    Malformed(String),
    /// A percentage of something that is no ratio.
    #[error("{0:?} is a percentage, and {1} is none")]
    Percentage(String, Metric),
}

/// Signs in front of amounts.
const SYMBOLS: [&str; 5] = ["$", "€", "£", "¥", "US$"];
/// Ends of large amounts, with the powers of ten that they stand for.
const SCALES: [(&str, u32); 8] =
    [("bn", 9), ("mn", 6), ("mm", 6), ("b", 9), ("m", 6), ("k", 3), ("million", 6), ("thousand", 3)];
/// A ratio above this that is printed without `%` means percent.
const LARGEST_RATIO: u32 = 10;

impl Quoted {
    /// Reads a figure as printed.
    pub fn parse(text: &str, metric: Metric) -> Result<Self, QuotedError> {
        let given = text.trim();
        let malformed = || QuotedError::Malformed(given.chars().take(64).collect());
        let (negative, rest) = sign(given);
        let (percent, rest) = rest.strip_suffix('%').map_or((false, rest), |rest| (true, rest.trim_end()));
        if percent && !metric.is_ratio() {
            return Err(QuotedError::Percentage(given.to_owned(), metric));
        }
        let (power, rest) = scale(bare_amount(rest));
        let (mantissa, digits) = number(rest).ok_or_else(malformed)?;
        let ten = |power: u32| BigRational::from_integer(BigInt::from(10).pow(power));
        let mut step = ten(power) / ten(digits);
        let mut value = BigRational::from_integer(mantissa) * &step;
        if percent || (metric.is_ratio() && value > BigRational::from_integer(LARGEST_RATIO.into())) {
            (value, step) = (value / ten(2), step / ten(2));
        }
        // A loss is a positive number; decks print it either way.
        let value = if negative && !metric.is_loss() { -value } else { value };
        Ok(Self { text: given.to_owned(), value, step })
    }

    /// Whether an exact value is printed like this.
    pub(super) fn is(&self, exact: &BigRational) -> bool {
        self.distance(exact) <= BigRational::new(BigInt::one(), 2.into())
    }

    /// Whether an exact value is printed like this by cutting its digits off, and not by rounding.
    pub(super) fn is_cut_off(&self, exact: &BigRational) -> bool {
        let beyond = (exact - &self.value) / &self.step;
        let beyond = if self.value.is_negative() { -beyond } else { beyond };
        !self.is(exact) && !beyond.is_negative() && beyond < BigRational::one()
    }

    /// How many of its last digit an exact value is away.
    pub(super) fn distance(&self, exact: &BigRational) -> BigRational {
        ((exact - &self.value) / &self.step).abs()
    }

    /// The nearer of two values.
    pub(super) fn nearer(&self, one: &BigRational, other: &BigRational) -> Ordering {
        self.distance(one).cmp(&self.distance(other))
    }
}

/// A minus, or the parentheses of accountants.
fn sign(text: &str) -> (bool, &str) {
    if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return (true, inner.trim());
    }
    let minus = text.strip_prefix('-').or_else(|| text.strip_prefix('\u{2212}'));
    minus.map_or_else(|| (false, text.strip_prefix('+').unwrap_or(text)), |rest| (true, rest.trim_start()))
}

/// An amount without its currency: a sign in front, or a code on either side.
fn bare_amount(text: &str) -> &str {
    let unsigned = SYMBOLS.iter().rev().find_map(|symbol| text.strip_prefix(symbol)).unwrap_or(text).trim();
    let code = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_uppercase());
    match unsigned.split_once(char::is_whitespace) {
        Some((first, rest)) if code(first) => rest.trim(),
        Some((rest, last)) if code(last.trim()) => rest.trim(),
        _ => unsigned,
    }
}

fn scale(text: &str) -> (u32, &str) {
    let lower = text.to_ascii_lowercase();
    let found = SCALES.iter().filter(|(name, _)| lower.ends_with(name)).max_by_key(|(name, _)| name.len());
    found.map_or((0, text), |(name, power)| (*power, text[..text.len() - name.len()].trim_end()))
}

/// The digits as one number, and how many of them stand after the point. Thousands may be separated by commas.
fn number(text: &str) -> Option<(BigInt, u32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let groups: Vec<_> = whole.split(',').collect();
    let grouped = groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3);
    let sound = groups.iter().all(|group| digits(group)) && (groups.len() == 1 || grouped);
    let all = format!("{}{fraction}", groups.concat());
    let short = (1..=40).contains(&all.len());
    if !sound || !short || !digits(fraction) || groups[0].is_empty() {
        return None;
    }
    Some((all.parse().ok()?, u32::try_from(fraction.len()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, metric: Metric) -> Result<String, QuotedError> {
        Quoted::parse(text, metric).map(|it| format!("{} by {}", it.value, it.step))
    }

    #[test]
    fn figures_as_decks_print_them() {
        for (text, metric, value) in [
            ("107.5%", Metric::Ndr, "43/40 by 1/1000"),
            ("1.075", Metric::Ndr, "43/40 by 1/1000"),
            ("107.5", Metric::Ndr, "43/40 by 1/1000"),
            ("$2.15M", Metric::Mrr, "2150000 by 10000"),
            ("2,150,000", Metric::Mrr, "2150000 by 1"),
            ("EUR 1.5k", Metric::Arr, "1500 by 100"),
            ("1,234.50 USD", Metric::Churn, "2469/2 by 1/100"),
            ("(300)", Metric::Churn, "300 by 1"),
            ("(12.5%)", Metric::Ndr, "-1/8 by 1/1000"),
            ("-$3bn", Metric::New, "-3000000000 by 1000000000"),
            ("0", Metric::Customers, "0 by 1"),
        ] {
            assert_eq!(read(text, metric).as_deref(), Ok(value), "{text}");
        }
        for text in ["", "%", "1,23", "1.2.3", "1,2345", "abc", "1e5", "$", ".5", "--1", "2.150.000,00"] {
            assert!(read(text, Metric::Ndr).is_err(), "{text}");
        }
        assert!(read("5%", Metric::Mrr).is_err());
    }

    #[test]
    fn what_rounds_to_it_is_it() {
        let quoted = Quoted::parse("107.5%", Metric::Ndr).expect("a figure");
        let ratio = |numerator: i64| BigRational::new(numerator.into(), 100_000.into());
        for (numerator, is, cut_off) in [
            (107_450, true, false),
            (107_550, true, false),
            (107_551, false, true),
            (107_599, false, true),
            (107_449, false, false),
        ] {
            assert_eq!(
                (quoted.is(&ratio(numerator)), quoted.is_cut_off(&ratio(numerator))),
                (is, cut_off),
                "{numerator}"
            );
        }
    }
}
