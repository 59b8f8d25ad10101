//! The name of a close: anything that `--ledger-at` could not take for something else.

use recount_metrics::Point;

/// The longest name of a close, in bytes: it stands on reports.
const NAME_BYTES_MAX: usize = 128;

/// Says what is wrong with a name.
pub fn check(name: &str) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{name:?} {what}"));
    if name.trim() != name || name.is_empty() {
        return wrong("is no name: it is empty, or begins or ends with a blank");
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(format!("the name has {} bytes; a close's has at most {NAME_BYTES_MAX}", name.len()));
    }
    if name.chars().any(char::is_control) {
        return wrong("holds control characters");
    }
    if is_number(name) {
        return wrong("reads as a number, which --ledger-at takes for a count of records; name it like board-2025-06");
    }
    if is_point(name) {
        return wrong(
            "reads as a date or an instant, which --ledger-at takes as such; name it like 2025-06 or june-2025",
        );
    }
    Ok(())
}

/// Digits with what stands between and before them in numbers.
fn is_number(name: &str) -> bool {
    let digits = name.trim_start_matches(['+', '-', '#']);
    digits.chars().any(char::is_numeric) && digits.chars().all(|c| c.is_numeric() || "., '_".contains(c))
}

/// A date in any usual order, or with a time behind it.
fn is_point(name: &str) -> bool {
    if Point::parse(name).is_ok() {
        return true;
    }
    let day = name.split(['T', ' ']).next().unwrap_or(name);
    let rest = &name[day.len()..];
    let time = rest.is_empty() || rest[1..].starts_with(|c: char| c.is_ascii_digit());
    let parts: Vec<&str> = day.split(['-', '/', '.']).collect();
    let numbers = parts.iter().all(|part| !part.is_empty() && part.chars().all(char::is_numeric));
    parts.len() == 3 && numbers && time
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn names_that_read_as_something_else_are_refused() {
        for name in [
            "",
            " june",
            "june ",
            "12",
            "+12",
            "-3",
            "1_000",
            "1,000",
            "12.5",
            "١٢",
            "2025",
            "20250630",
            "2025-06-30",
            "2025-6-30",
            "30.06.2025",
            "06/30/2025",
            "2025-06-30T00:00:00Z",
            "2025-06-30 17:00",
            "2025-06-30T17:00:00+02:00",
            "a\tb",
            "a\nb",
            "\u{1b}[2J",
        ] {
            assert!(check(name).is_err(), "{name:?}");
        }
        assert!(check(&"x".repeat(129)).is_err());
        for name in [
            "2025-06",
            "2025-Q2",
            "FY2025",
            "june-2025",
            "board 2025-06-30",
            "2025-06-30 board",
            "Ende Juni",
            "v1.2.3b",
        ] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }
}
