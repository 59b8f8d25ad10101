//! Rows as other systems write them: each is taken for what it says, or refused with a message that helps.

use crate::draft::event_from_fields;
use crate::export::fields_of;
use crate::kind::KindNames;
use crate::row::Rules;

const MOVEMENT: &str = "kind=upgrade|customer_id=c|effective_at=2025-06-30|mrr=10|currency=USD";

fn rules() -> Rules {
    Rules {
        source: "native".to_owned(),
        file: None,
        recorded_by: "test".to_owned(),
        zone: "Europe/Berlin".parse().expect("a zone"),
        currency: None,
        kinds: KindNames::new(&[("signup".to_owned(), "new_logo".to_owned())]).expect("known kinds"),
    }
}

/// What becomes of a row: its native fields as read, or the reason why not.
fn outcome(row: &str) -> String {
    let pair = |cell: &'static str| cell.split_once('=').expect("name=value");
    let row: &'static str = String::leak(row.to_owned());
    let given: Vec<_> = row.split('|').map(pair).collect();
    let movement = !given.iter().any(|(name, value)| *name == "kind" && is_no_movement(value));
    let base =
        MOVEMENT.split('|').map(pair).filter(|(name, _)| movement && !given.iter().any(|(other, _)| other == name));
    match event_from_fields(base.chain(given.iter().copied()), &rules()) {
        Ok(event) => {
            let shown: Vec<String> = fields_of(&event)
                .into_iter()
                .filter(|(name, value)| !movement || !MOVEMENT.split('|').any(|base| base == format!("{name}={value}")))
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            format!("takes {}", shown.join("|")).trim_end().to_owned()
        }
        Err(error) => error.to_string(),
    }
}

fn is_no_movement(kind: &str) -> bool {
    matches!(kind, "void" | "profile" | "merge" | "one_time" | "fx_rate")
}

#[test]
fn each_dirty_row_is_taken_or_refused_for_the_right_reason() {
    let table = include_str!("../../../../fixtures/import/dirty_rows.txt");
    let mut wrong = Vec::new();
    let mut rows = 0;
    for case in table.split("\n\n").filter(|case| !case.starts_with('#') && !case.trim().is_empty()) {
        let (row, expected) = case.trim_end().split_once('\n').expect("a row and what becomes of it");
        let found = outcome(&row.replace("\\t", "\t").replace("\\u{a0}", "\u{a0}"));
        rows += 1;
        if found != expected {
            wrong.push(format!("{row}\n{found}\n"));
        }
    }
    assert!(rows > 100, "only {rows} rows in the table");
    assert!(wrong.is_empty(), "{} rows came out otherwise:\n\n{}", wrong.len(), wrong.join("\n"));
}
