//! The golden example of docs/semantics.md, every cell: fixtures/golden in memory.

use crate::fixture::{figure, recorded, table};

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
