//! The worked examples of the field: fixtures/worked, in memory.

use std::collections::BTreeMap;

use crate::binary::{Cli, text};
use crate::fixture::{definition, figure, path, recorded, table};

#[test]
fn every_example_gives_its_figures() {
    for row in table("worked/expected.csv") {
        let records = recorded(&format!("worked/{}.csv", row.get("events")));
        let got = figure(&records, "ndr", row.get("window"), row.get("definition"), row.get("key"));
        assert_eq!(got, row.get("value"), "{row:?}");
    }
}

#[test]
fn every_example_through_the_binary() {
    let mut ledgers: BTreeMap<String, Cli> = BTreeMap::new();
    for row in table("worked/expected.csv") {
        let cli = ledgers.entry(row.get("events").to_owned()).or_insert_with_key(|events| {
            let file = path(&format!("worked/{events}.csv"));
            Cli::importing(&[file.to_str().expect("a path"), "--format", "csv"])
        });
        let file = cli.write("definition.toml", &definition(row.get("definition")));
        let answer = cli.json(&["ndr", "--window", row.get("window"), "--definition", &file]);
        assert_eq!(text(&answer[row.get("key")]), row.get("value"), "{row:?}");
    }
}

#[test]
fn every_example_is_expected_and_explained() {
    let readme = std::fs::read_to_string(path("worked/README.md")).expect("a README");
    let expected: Vec<String> = table("worked/expected.csv").iter().map(|row| row.get("events").to_owned()).collect();
    for file in std::fs::read_dir(path("worked")).expect("the folder") {
        let name = file.expect("an entry").file_name().to_string_lossy().into_owned();
        if let Some(events) = name.strip_suffix(".csv").filter(|events| *events != "expected") {
            assert!(expected.iter().any(|known| known == events), "nothing is expected of {name}");
            assert!(readme.contains(&format!("`{name}`")), "{name} has no line in the README");
        }
    }
}
