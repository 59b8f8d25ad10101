//! Reads the small tables under fixtures/: events in native columns as a script, and expected figures.

use std::path::PathBuf;

use recount_ledger::Recorded;
use recount_metrics::{Calendar, Definition, MovementsQuestion, RetentionQuestion, Window, movements, retention};
use recount_projection::{Cut, Projection};

use crate::product::shown;
use recount_ledger::{Zone, units_text};
use recount_testkit::records;

/// A line of a table, by column.
#[derive(Debug)]
pub struct Row(Vec<(String, String)>);

impl Row {
    /// The value in a column.
    pub fn get(&self, column: &str) -> &str {
        let found = self.0.iter().find(|(name, _)| name == column);
        found.map_or("", |(_, value)| value.as_str())
    }
}

/// Where a fixture lies.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)
}

/// The lines of a table without quotes.
pub fn table(name: &str) -> Vec<Row> {
    let text = std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("fixtures/{name}: {error}"));
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let row = |line: &str| {
        let values: Vec<&str> = line.split(',').collect();
        assert_eq!(values.len(), columns.len(), "fixtures/{name}: {line}");
        Row(columns.iter().zip(values).map(|(column, value)| ((*column).to_owned(), value.to_owned())).collect())
    };
    lines.map(row).collect()
}

/// Native events as records.
pub fn recorded(name: &str) -> Vec<Recorded> {
    let lines: Vec<String> = table(name).iter().map(script_line).collect();
    records(&lines.join("\n"))
}

fn script_line(row: &Row) -> String {
    let kind = match row.get("kind") {
        "fx_rate" => {
            let pair = format!("{}/{}", row.get("base"), row.get("quote"));
            return format!("{} fx {pair} {}", row.get("effective_at"), row.get("rate"));
        }
        "new_logo" => "new",
        "upgrade" => "up",
        "downgrade" => "down",
        "churn" => "churn",
        "reactivation" => "react",
        "change" => "change",
        other => panic!("a fixture with kind {other}"),
    };
    let (customer, amount) = (row.get("customer_id"), format!("{} {}", row.get("mrr"), row.get("currency")));
    format!("{} {customer} {kind} {amount} booked={}", row.get("effective_at"), row.get("booked_at"))
}

/// A definition from what it changes: `net.method=movements net.reactivation=ignore`, as TOML.
pub fn definition(changes: &str) -> String {
    let line = |change: &str| {
        let (key, value) = change.split_once('=').unwrap_or_else(|| panic!("{change} is no key=value"));
        format!("{key} = \"{value}\"\n")
    };
    "name = \"fixture\"\n".to_owned() + &changes.split_whitespace().map(line).collect::<String>()
}

/// One figure of the product, computed in memory: the report, its window, what the definition changes, the key.
pub fn figure(records: &[Recorded], report: &str, window: &str, changes: &str, key: &str) -> String {
    let mut projection = Projection::empty();
    projection.extend(records.iter().cloned()).expect("records in order");
    let view = projection.view(Cut::NONE).expect("no circle of merges");
    let calendar = Calendar::new(Zone::UTC);
    let window = Window::parse(window, &calendar).expect("a window");
    let definition = Definition::from_toml(&definition(changes)).expect("a definition");
    let (window, definition, calendar, by) = (&window, &definition, &calendar, None);
    if report == "movements" {
        let question = MovementsQuestion { window, every: None, definition, calendar, by };
        let row = movements(&view, &question).expect("a bridge").rows[0];
        return units_text(match key {
            "new_logo" => row.new_logo,
            "reactivation" => row.reactivation,
            "expansion" => row.expansion,
            "contraction" => row.contraction,
            "churn" => row.churn,
            "fx" => row.fx,
            "closing" => row.closing,
            other => panic!("no line {other} of a bridge is expected"),
        });
    }
    let total = retention(&view, &RetentionQuestion { window, definition, calendar, by }).expect("figures").total;
    match key {
        "opening" => units_text(total.opening),
        "expansion" => units_text(total.expansion),
        "contraction" => units_text(total.contraction),
        "churn" => units_text(total.churn),
        "fx" => units_text(total.fx),
        "closing" => units_text(total.closing),
        "customers" => total.customers.to_string(),
        "ndr" => shown(&total.ndr),
        "gdr" => shown(&total.gdr),
        "logo_retention" => shown(&total.logo_retention),
        "customer_churn_rate" => shown(&total.customer_churn_rate()),
        other => panic!("no figure {other} is expected"),
    }
}
