//! Rows of an export back to records.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use recount_ledger::codec::{DecodeError, decode_content};
use recount_ledger::{Position, Recorded};

use super::row::{CONTENT, POSITION, RECORDED_AT, exported_fields};
use crate::error::{FieldError, shown};
use crate::names::ColumnNames;

/// What to do about a row that is not as it was exported.
pub(crate) const ALTERED_HINT: &str =
    "an export is taken as it was written: export again; a correction is a new event, recorded after the import";

/// Whether a file with these columns is an export.
pub(crate) fn is_export<'n>(names: impl Iterator<Item = &'n str>, given: &ColumnNames) -> bool {
    const MARKS: [&str; 3] = [POSITION, RECORDED_AT, CONTENT];
    let marks = names.filter(|name| MARKS.contains(name) && !given.redefines(name));
    marks.count() == MARKS.len()
}

/// The record that a row holds; `written` turns a value into what its format writes for it.
pub(crate) fn record_of(
    given: &[(&str, Cow<'_, str>)],
    written: fn(&str) -> Cow<'_, str>,
) -> Result<Recorded, FieldError> {
    let field = |name: &str| {
        let found = given.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_ref());
        found.ok_or_else(|| FieldError::new(Some(name), "is missing").hint(ALTERED_HINT))
    };
    let bad = |name: &str, what: String| FieldError::new(Some(name), what).hint(ALTERED_HINT);
    let position = field(POSITION)?;
    let position = position.parse().map_err(|_| bad(POSITION, format!("{} is not a position", shown(position))))?;
    let recorded_at = field(RECORDED_AT)?;
    let recorded_at = recorded_at.parse().map_err(|error| bad(RECORDED_AT, format!("{error}")))?;
    let content = STANDARD.decode(field(CONTENT)?).map_err(|_| bad(CONTENT, "is not base64".to_owned()))?;
    let event = decode_content(&content).map_err(|error| undecodable(position, &error))?;
    let record = Recorded { position: Position(position), recorded_at, event };
    compare(given, &exported_fields(&record), written)?;
    Ok(record)
}

fn undecodable(position: u64, error: &DecodeError) -> FieldError {
    let newer = error.is_newer();
    let hint = if newer { "a newer recount wrote it; import it with that one" } else { ALTERED_HINT };
    FieldError::new(Some(CONTENT), format!("the record at position {position}: {error}")).hint(hint)
}

/// The fields of a row must be those that its content gives.
fn compare(
    given: &[(&str, Cow<'_, str>)],
    expected: &[(String, String)],
    written: fn(&str) -> Cow<'_, str>,
) -> Result<(), FieldError> {
    let mut expected: Vec<_> = expected.iter().map(|(name, value)| (written(name), written(value))).collect();
    let mut given: Vec<_> = given.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    expected.sort_unstable();
    given.sort_unstable();
    if given.len() == expected.len() && given.iter().zip(&expected).all(|(given, expected)| same(given, expected)) {
        return Ok(());
    }
    let odd = given.iter().find(|pair| !expected.iter().any(|known| same(pair, known)));
    let lost = expected.iter().find(|known| !given.iter().any(|pair| same(pair, known)));
    let said =
        |name: &str| expected.iter().find(|(known, _)| known == name).map_or("nothing", |(_, value)| value.as_ref());
    let error = match (odd, lost) {
        (Some((name, value)), _) => {
            let what =
                format!("says {}, the content beside it {}: the row was altered", shown(value), shown(said(name)));
            FieldError::new(Some(name), what)
        }
        (None, Some((name, value))) => {
            FieldError::new(Some(name), format!("is missing, the content says {}: the row was altered", shown(value)))
        }
        (None, None) => FieldError::row("gives a field twice: the row was altered"),
    };
    Err(error.hint(ALTERED_HINT))
}

/// Whether two fields have one name and value.
fn same(given: &(&str, &str), expected: &(Cow<'_, str>, Cow<'_, str>)) -> bool {
    given.0 == expected.0 && given.1 == expected.1
}
