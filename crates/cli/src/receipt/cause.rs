//! Why an answer is not what a receipt says.

use recount_metrics::receipt::{DefinitionUsed, Receipt};
use serde::Serialize;
use serde_json::Value;

use super::give::other_days;
use crate::load::Book;
use crate::scope::hex;

/// A cause: a word for scripts, and a sentence.
#[derive(Clone, Debug, Serialize)]
pub struct Cause {
    pub code: &'static str,
    pub message: String,
}

impl Cause {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The receipt is not what was written, or its question is none.
    pub fn receipt_tampered(what: impl std::fmt::Display) -> Self {
        Self::new("receipt_tampered", format!("tampering with the receipt: {what}"))
    }

    /// A zone that the program's database does not have.
    pub fn unknown_zone(name: &str) -> Self {
        Self::new("zone_database", format!("another zone database: there is no zone {name:?} in this program's"))
    }

    /// A question that has no answer any more.
    pub fn unanswerable(why: &str) -> Self {
        Self::receipt_tampered(format!("its question has no answer on these records: {why}"))
    }
}

/// Why a receipt cannot be of this ledger at all.
pub fn foreign(receipt: &Receipt, book: &Book) -> Option<Cause> {
    let (said, header, size) = (&receipt.ledger, book.reader.header(), book.reader.size());
    if said.id != header.id.to_string() {
        return Some(Cause::new("other_ledger", format!("it is of the ledger {}, this one is {}", said.id, header.id)));
    }
    if said.size > size {
        let message = format!(
            "tampering with the ledger: it had {} records when the receipt was made, now {size}; it was rolled back, or \
             this is an older copy",
            said.size
        );
        return Some(Cause::new("ledger_tampered", message));
    }
    let zone = header.zone.name();
    (said.tz != zone).then(|| {
        let message = format!("tampering with the ledger: its book zone was {}, is {zone}", said.tz);
        Cause::new("ledger_tampered", message)
    })
}

/// The records are not those of the receipt.
pub fn rewritten(receipt: &Receipt, root: [u8; 32]) -> Cause {
    let (size, then, now) = (receipt.ledger.size, &receipt.ledger.root, hex(&root));
    let message = format!(
        "tampering with the ledger, or with receipt and ids: the root over the first {size} records was {then}, is \
         {now}; a checkpoint kept elsewhere tells which of the two (`recount verify --checkpoint`)"
    );
    Cause::new("ledger_tampered", message)
}

/// A definition of the receipt that is another one here.
pub fn definition(then: &[DefinitionUsed], now: &[DefinitionUsed]) -> Option<Cause> {
    let named = |one: &DefinitionUsed| match one.version {
        Some(0) => format!("the preset {}", one.name),
        Some(version) => format!("{}@{version}", one.name),
        None => format!("{} from a file", one.name),
    };
    let told = |one: Option<&DefinitionUsed>| match one {
        Some(one) => format!("{} with hash {}", named(one), one.hash),
        None => "none".to_owned(),
    };
    let other = |asked: &str| {
        let find = |all: &[DefinitionUsed]| all.iter().find(|one| one.asked == asked).cloned();
        let (was, is) = (find(then), find(now));
        let (was_told, is_told) = (told(was.as_ref()), told(is.as_ref()));
        let document = if was_told == is_told { "; its document is another" } else { "" };
        let message = format!("another definition: {asked:?} was {was_told}, is {is_told}{document}");
        (was != is).then(|| Cause::new("definition", message))
    };
    then.iter().chain(now).find_map(|one| other(&one.asked))
}

/// What else is other than it was, for answers that differ over the same records and definitions.
pub fn within(receipt: &Receipt, again: &Value) -> Cause {
    let made_by = &receipt.made_by;
    let zones = other_days(&made_by.days);
    let here = recount_ledger::Zone::DATABASE;
    if !zones.is_empty() {
        let (zones, then) = (zones.join(", "), &made_by.zone_database);
        let message = format!("another zone database: dates of {zones} begin otherwise in {here} than in {then}");
        return Cause::new("zone_database", message);
    }
    if let Some(cause) = rates(&receipt.answer, again) {
        return cause;
    }
    if made_by.recount != env!("CARGO_PKG_VERSION") {
        let (then, now) = (&made_by.recount, env!("CARGO_PKG_VERSION"));
        return Cause::new("program", format!("recount {then} answered otherwise than {now} does"));
    }
    Cause::receipt_tampered("records, definitions, rates and zones are the same, and they do not make its answer")
}

/// Exchange rates that are others.
pub fn rates(then: &Value, now: &Value) -> Option<Cause> {
    let (was, is) = (tables(then), tables(now));
    if was == is {
        return None;
    }
    let shown = |rate: &Value| {
        let field = |name: &str| rate[name].as_str().unwrap_or("?").to_owned();
        format!("{}/{} {} (position {})", field("base"), field("quote"), field("rate"), rate["position"])
    };
    let all = |tables: &[&Value]| {
        let rates: Vec<Value> = tables.iter().filter_map(|table| table.as_array()).flatten().cloned().collect();
        rates
    };
    let (old, new) = (all(&was), all(&is));
    let only = |these: &[Value], others: &[Value]| {
        these.iter().find(|rate| !others.contains(rate)).map_or_else(|| "none".to_owned(), shown)
    };
    let message = format!("another rate table: {} then, {} now", only(&old, &new), only(&new, &old));
    Some(Cause::new("rates", message))
}

/// Every list of rates of an answer, in order.
fn tables(answer: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    collect(answer, &mut found);
    found
}

fn collect<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                // The policy of a definition has that name, too, and is a text.
                if key == "rates" && value.is_array() { found.push(value) } else { collect(value, found) }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

/// What was recorded since is what makes the difference.
pub fn records_since(receipt: &Receipt, head: u64, found: Option<u64>) -> Cause {
    let size = receipt.ledger.size;
    let count = head - size;
    let records = if count == 1 { "1 record".to_owned() } else { format!("{count} records") };
    let place = if count == 1 { format!("position {size}") } else { format!("positions {size} to {}", head - 1) };
    let mut message = format!("records since: {records} ({place})");
    if let Some(position) = found {
        message.push_str(&format!("; that of position {position} changes it"));
    }
    let window = receipt.question.arguments.get("window").and_then(Value::as_str);
    if let (Some(window), "ndr" | "explain") = (window, receipt.question.command.as_str()) {
        message.push_str(&format!(
            "; `recount restate --window {window} --between {size} now` takes it apart, record by record"
        ));
    }
    Cause::new("records_since", message)
}
