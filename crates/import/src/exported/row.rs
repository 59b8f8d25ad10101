//! The fields of a record in an export, in their order.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use recount_ledger::Recorded;
use recount_ledger::codec::encode_content;

use crate::export::{RecordJson, fields_of, json_value};

/// Where the record stands.
pub(super) const POSITION: &str = "position";
/// When the ledger took it.
pub(super) const RECORDED_AT: &str = "recorded_at";
/// Its canonical content bytes, in base64.
pub(super) const CONTENT: &str = "content";
/// The fields before the native ones, and behind them all but the content.
pub(super) const BEFORE: [&str; 3] = [POSITION, RECORDED_AT, "id"];
pub(super) const BEHIND: [&str; 5] = ["source", "source_file", "source_row", "recorded_by", "date_zone"];

/// The fields of a record, without blank ones.
pub(super) fn exported_fields<S: AsRef<str>>(recorded: &Recorded<S>) -> Vec<(String, String)> {
    let event = &recorded.event;
    let id = event.id().to_string();
    let mut content = Vec::with_capacity(128);
    encode_content(event, &mut content);
    let values = [recorded.position.to_string(), recorded.recorded_at.to_string(), id.clone()];
    let mut fields: Vec<_> = BEFORE.into_iter().map(str::to_owned).zip(values).collect();
    let native = fields_of(event);
    // A row without a key goes on under the id that it got.
    if native.first().is_none_or(|(name, _)| name != "event_id") {
        fields.push(("event_id".to_owned(), id));
    }
    fields.extend(native);
    let origin = &event.origin;
    let text = |text: Option<&S>| text.map(|text| text.as_ref().to_owned());
    let behind = [
        text(Some(&origin.source)),
        text(origin.file.as_ref()),
        origin.row.map(|row| row.to_string()),
        text(Some(&event.recorded_by)),
        text(event.zone.as_ref()),
    ];
    let behind = BEHIND.into_iter().zip(behind);
    fields.extend(behind.filter_map(|(name, value)| value.map(|value| (name.to_owned(), value))));
    fields.push((CONTENT.to_owned(), STANDARD.encode(content)));
    fields.retain(|(_, value)| !value.is_empty());
    fields
}

/// One line of an export in JSON Lines.
pub fn exported_json<S: AsRef<str>>(recorded: &Recorded<S>) -> RecordJson {
    let value = |name: &str, value: String| match name {
        // Numbers that stay below 2^53 in any ledger.
        POSITION | "source_row" => value.parse::<u64>().map_or_else(|_| value.into(), Into::into),
        _ => json_value(name, value),
    };
    let fields = exported_fields(recorded).into_iter();
    RecordJson(fields.map(|(name, text)| (value(&name, text), name)).map(|(value, name)| (name, value)).collect())
}
