//! Records back to native fields: what `log` prints, under the names that an import reads.

use recount_ledger::{Body, Event, Key, Moment, Movement, Recorded};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// The native fields of an event, in the order of the documentation; only what was given.
///
/// A void names its target by UUID. The ledger's own records (definition, close, import) have fields of their own, which
/// no import reads.
pub fn fields_of<S: AsRef<str>>(event: &Event<S>) -> Vec<(String, String)> {
    let mut out = Out::default();
    out.some(
        "event_id",
        match &event.key {
            Key::Named(key) => Some(key.as_ref().to_owned()),
            Key::Uuid(uuid) => Some(uuid.to_string()),
            Key::Content { .. } => None,
        },
    );
    out.set("kind", event.body.kind());
    out.body(event);
    out.0
}

/// What the ledger's own records count; money and ratios are texts, counts are numbers.
const COUNTS: [&str; 8] = ["version", "bytes", "read", "recorded", "duplicates", "rejected", "first", "last"];

/// The value of a field of this name as JSON.
pub(crate) fn json_value(name: &str, value: String) -> Value {
    match value.parse::<u64>() {
        Ok(count) if COUNTS.contains(&name) => count.into(),
        _ => value.into(),
    }
}

/// A record as a JSON object, its keys in the order in which people read them.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordJson(pub(crate) Vec<(String, Value)>);

impl Serialize for RecordJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// One record as `log` prints it: a JSON object whose native fields have the names that an import reads.
pub fn record_json<S: AsRef<str>>(recorded: &Recorded<S>) -> RecordJson {
    let event = &recorded.event;
    let moment = |moment: Option<Moment>| moment.map_or(Value::Null, |m| Value::from(m.at.to_string()));
    let mut object = Vec::with_capacity(16);
    let mut set = |name: &str, value: Value| object.push((name.to_owned(), value));
    set("position", recorded.position.0.into());
    set("event_id", event.id().to_string().into());
    set("kind", event.body.kind().into());
    set("recorded_at", recorded.recorded_at.to_string().into());
    set("booked_at", recorded.booked_at().to_string().into());
    set("effective_at", moment(event.effective_at()));
    set("recorded_by", event.recorded_by.as_ref().into());
    set("source", source_json(event));
    for (name, value) in fields_of(event) {
        match name.as_str() {
            "event_id" | "kind" | "booked_at" | "effective_at" => {}
            name => set(name, json_value(name, value)),
        }
    }
    RecordJson(object)
}

/// Where an event came from: the source, its key there, the file and row.
fn source_json<S: AsRef<str>>(event: &Event<S>) -> Value {
    let mut source = Map::new();
    source.insert("name".to_owned(), event.origin.source.as_ref().into());
    if let Key::Named(key) = &event.key {
        source.insert("key".to_owned(), key.as_ref().into());
    }
    source.insert("file".to_owned(), event.origin.file.as_ref().map_or(Value::Null, |file| file.as_ref().into()));
    source.insert("row".to_owned(), event.origin.row.map_or(Value::Null, Value::from));
    source.into()
}

#[derive(Default)]
struct Out(Vec<(String, String)>);

impl Out {
    fn set(&mut self, name: &str, value: impl ToString) {
        self.0.push((name.to_owned(), value.to_string()));
    }

    fn some(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    fn text<S: AsRef<str>>(&mut self, name: &str, value: Option<&S>) {
        self.some(name, value.map(AsRef::as_ref));
    }

    fn attributes<S: AsRef<str>>(&mut self, attributes: &[(S, S)]) {
        for (name, value) in attributes {
            self.set(&format!("attr.{}", name.as_ref()), value.as_ref());
        }
    }

    fn body<S: AsRef<str>>(&mut self, event: &Event<S>) {
        let zone = event.zone.as_ref().map(AsRef::as_ref);
        let booked_at = event.booked_at.map(|moment| moment_text(moment, zone));
        let effective_at = event.effective_at().map(|moment| moment_text(moment, zone));
        match &event.body {
            Body::Movement(movement) => self.movement(movement, effective_at, booked_at),
            Body::Void(void) => {
                self.some("booked_at", booked_at);
                self.set("voids", void.target);
                self.text("reason", Some(&void.reason));
            }
            Body::Profile(profile) => {
                self.text("customer_id", Some(&profile.customer));
                self.some("effective_at", effective_at);
                self.some("booked_at", booked_at);
                self.attributes(&profile.attributes);
            }
            Body::Merge(merge) => {
                self.text("customer_id", Some(&merge.customer));
                self.some("booked_at", booked_at);
                self.text("into", Some(&merge.into));
            }
            Body::OneTime(charge) => {
                self.text("customer_id", Some(&charge.customer));
                self.text("subscription_id", charge.subscription.as_ref());
                self.some("effective_at", effective_at);
                self.some("booked_at", booked_at);
                self.set("currency", charge.currency.currency);
                self.text("plan", charge.plan.as_ref());
                self.some("quantity", charge.quantity);
                self.set("amount", charge.amount);
            }
            Body::FxRate(rate) => {
                self.some("effective_at", effective_at);
                self.some("booked_at", booked_at);
                self.set("base", rate.base);
                self.set("quote", rate.quote);
                self.set("rate", rate.rate);
            }
            _ => self.own(event, booked_at),
        }
    }

    fn movement<S: AsRef<str>>(&mut self, movement: &Movement<S>, effective: Option<String>, booked: Option<String>) {
        self.text("customer_id", Some(&movement.customer));
        self.text("subscription_id", movement.subscription.as_ref());
        self.some("effective_at", effective);
        self.some("booked_at", booked);
        self.some("mrr", movement.mrr);
        self.some("mrr_before", movement.mrr_before);
        self.some("currency", movement.currency.map(|c| c.currency));
        self.text("plan", movement.plan.as_ref());
        self.some("quantity", movement.quantity);
        if let Some(replaced) = &movement.replaces {
            self.set("voids", replaced.target);
            self.text("reason", replaced.reason.as_ref());
        }
        self.attributes(&movement.attributes);
    }

    /// The ledger's own records.
    fn own<S: AsRef<str>>(&mut self, event: &Event<S>, booked_at: Option<String>) {
        self.some("booked_at", booked_at);
        match &event.body {
            Body::Definition(definition) => {
                self.text("name", Some(&definition.name));
                self.set("version", definition.version);
                self.set("hash", hex(&definition.hash));
                self.text("document", Some(&definition.document));
            }
            Body::Close(close) => {
                self.text("name", Some(&close.name));
                self.set("root", hex(&close.root));
                self.text("definition", Some(&close.definition));
                self.set("version", close.version);
                self.set("definition_hash", hex(&close.definition_hash));
                self.text("zone", Some(&close.zone));
                self.set("fiscal_year_start", format!("{:02}", close.fiscal_start));
                self.text("period", close.period.as_ref());
                self.text("figures", close.figures.as_ref());
                self.text("note", close.note.as_ref());
                self.text("prepared_by", Some(&close.prepared_by));
                self.text("approved_by", close.approved_by.as_ref());
            }
            Body::Import(import) => {
                self.text("file", Some(&import.file));
                self.set("bytes", import.bytes);
                self.set("sha256", hex(&import.sha256));
                self.text("format", Some(&import.format));
                self.text("rules", Some(&import.rules));
                for (name, count) in [
                    ("read", import.read),
                    ("recorded", import.recorded),
                    ("duplicates", import.duplicates),
                    ("rejected", import.rejected),
                ] {
                    self.set(name, count);
                }
                self.some("first", import.positions.map(|(first, _)| first));
                self.some("last", import.positions.map(|(_, last)| last));
            }
            _ => {}
        }
    }
}

/// A date as the date it was given as, anything else as an instant.
fn moment_text(moment: Moment, zone: Option<&str>) -> String {
    let zone = zone.filter(|_| moment.is_date).and_then(|name| name.parse::<recount_ledger::Zone>().ok());
    zone.map_or_else(|| moment.at.to_string(), |zone| zone.local(moment.at).date().to_string())
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes every write");
        text
    })
}

#[cfg(test)]
mod tests {
    use recount_ledger::{Import, Instant, Position};

    use super::*;

    #[test]
    fn a_record_is_one_object_with_the_native_names() {
        let at: Instant = "2025-07-01T10:00:00Z".parse().expect("an instant");
        let fields = [
            ("event_id", "e1"),
            ("kind", "upgrade"),
            ("customer_id", "acme"),
            ("effective_at", "2025-06-30"),
            ("mrr", "12.50"),
            ("attr.region", "EMEA"),
        ];
        let rules = crate::Rules {
            source: "billing".to_owned(),
            file: Some("june.csv".to_owned()),
            recorded_by: "ann".to_owned(),
            zone: "Europe/Berlin".parse().expect("a zone"),
            currency: Some("EUR".parse().expect("a currency")),
            kinds: crate::KindNames::default(),
        };
        let event = crate::event_from_fields(fields, &rules).expect("is valid");
        let id = event.id().to_string();
        let shown = |event| {
            let record = Recorded { position: Position(7), recorded_at: at, event };
            serde_json::to_string(&record_json(&record)).expect("is JSON")
        };
        assert_eq!(
            shown(event),
            format!(
                "{{\"position\":7,\"event_id\":\"{id}\",\"kind\":\"upgrade\",\"recorded_at\":\"2025-07-01T10:00:00Z\",\
                 \"booked_at\":\"2025-07-01T10:00:00Z\",\"effective_at\":\"2025-06-29T22:00:00Z\",\"recorded_by\":\"ann\",\
                 \"source\":{{\"file\":\"june.csv\",\"key\":\"e1\",\"name\":\"billing\",\"row\":null}},\
                 \"customer_id\":\"acme\",\"mrr\":\"12.5\",\"currency\":\"EUR\",\"attr.region\":\"EMEA\"}}"
            )
        );
        let import = Import {
            file: "june.csv".to_owned(),
            bytes: 3,
            sha256: [0xab; 32],
            format: "csv".to_owned(),
            rules: "{}".to_owned(),
            read: 1,
            recorded: 1,
            duplicates: 0,
            rejected: 0,
            positions: Some((7, 7)),
        };
        let text = shown(Event::new(Body::Import(import)));
        assert!(text.contains("\"bytes\":3,\"sha256\":\"abab"), "{text}");
        assert!(
            text.ends_with("\"read\":1,\"recorded\":1,\"duplicates\":0,\"rejected\":0,\"first\":7,\"last\":7}"),
            "{text}"
        );
    }
}
