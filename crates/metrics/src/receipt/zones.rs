//! What a figure takes from the zone database: where each date begins.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use recount_ledger::Zone;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The years whose dates are hashed.
const YEARS: std::ops::Range<i32> = 1970..2100;

/// SHA-256 over the first instants of all dates of 1970 to 2099 in a zone, as microseconds (i64, big-endian). If it is
/// the same under two versions of the zone database, they make no difference to any window, point or part.
pub fn days_of(zone: Zone) -> String {
    let date = |year| NaiveDate::from_ymd_opt(year, 1, 1).expect("a first of January");
    let mut hash = Sha256::new();
    for day in date(YEARS.start).iter_days().take_while(|day| *day < date(YEARS.end)) {
        let start = zone.start_of(day).expect("these years are in range");
        hash.update(start.micros().to_be_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The zones that a document names under `tz`, at any depth.
pub fn zones_named(document: &Value) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    collect(document, &mut found);
    found
}

fn collect<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("tz").and_then(Value::as_str));
            fields.values().for_each(|value| collect(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}
