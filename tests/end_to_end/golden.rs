//! The golden example of docs/semantics.md, every cell: fixtures/golden in memory.

use crate::binary::{Cli, text};
use crate::fixture::{definition, figure, path, recorded, table};

#[test]
fn every_cell_in_memory() {
    let records = recorded("golden/events.csv");
    let cells = table("golden/expected.csv");
    assert_eq!(cells.len(), 28, "the table of the example has lost a cell");
    for cell in cells {
        for rates in ["constant-open", "spot"] {
            let changes = format!("{} currency.report=USD currency.rates={rates}", cell.get("definition"));
            let got = figure(&records, cell.get("report"), "2025", &changes, cell.get("key"));
            assert_eq!(got, cell.get(rates), "{cell:?} under {rates}");
        }
    }
}

#[test]
fn every_cell_through_the_binary() {
    let events = path("golden/events.csv");
    let cli = Cli::importing(&[events.to_str().expect("a path"), "--format", "csv"]);
    for cell in table("golden/expected.csv") {
        let file = cli.write("definition.toml", &definition(cell.get("definition")));
        for rates in ["constant-open", "spot"] {
            let figure = [cell.get("report"), "--window", "2025", "--definition", &file];
            let answer = cli.json(&[&figure[..], &["--currency", "USD", "--rates", rates]].concat());
            let answer = answer.pointer("/rows/0").unwrap_or(&answer);
            assert_eq!(text(&answer[cell.get("key")]), cell.get(rates), "{cell:?} under {rates}");
        }
    }
}
