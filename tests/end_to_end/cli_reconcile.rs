//! Decks through the binary: what it says of them, from CSV and XLSX, and what it refuses.

use std::path::Path;

use insta::assert_snapshot;
use recount_tests::Home;

use crate::cli_company::company;

/// The company's figures: right ones, some that were made otherwise, one that is invented.
const DECK: &str = "\
metric,window,at,value,segment,definition,known_at,slide
ndr,2025,,115.2%,,,,1
ndr,2025,,1.152,,,,1
nrr,2025,,119.2%,,,,2
ndr,2025,,95.1%,,strict,,2
ndr,2025,,95.1%,,,,3
arr,,2025-12-31,\"$33,000.00\",,,,3
mrr,,2025-12-31,\"$33,000.00\",,,,4
mrr,2025,,\"$2,750.00\",,,,4
mrr,,2025-12-31,\"$1,950.00\",region=americas,,,4
churn,2025,,(400),,,,5
customers,,2025-12-31,4,,,,5
ndr,2025,,108.5%,,,2025-08-15,6
gdr,2025,,41.7%,,,,6
";

fn deck(home: &Home) {
    home.write("deck.csv", DECK);
}

#[test]
fn a_deck_line_by_line() {
    let home = company();
    deck(&home);
    let ran = home.type_in("reconcile deck.csv --currency USD");
    assert_eq!(ran.code, 1);
    assert_snapshot!(ran.shown());
    assert_snapshot!(home.type_in("reconcile deck.csv --currency USD -o csv").shown());
}

#[test]
fn a_deck_that_is_right_is_exit_code_0() {
    let home = company();
    home.write("deck.csv", "metric,window,value\nndr,2025,115.2%\ngrr,2025,90.6%\n");
    assert_snapshot!(home.type_in("reconcile deck.csv --currency USD").good().shown());
    let json = home.type_in("reconcile deck.csv --currency USD -o json").good().json();
    assert_eq!((json["schema"].as_str(), json["matches"].as_u64()), (Some("recount.reconcile/1"), Some(2)), "{json}");
}

#[test]
fn a_workbook_reads_like_text() {
    let home = company();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/reconcile/deck.xlsx");
    std::fs::copy(fixture, home.path().join("deck.xlsx")).expect("the fixture is there");
    let ran = home.type_in("reconcile deck.xlsx --currency USD");
    assert_eq!(ran.code, 1);
    assert_snapshot!(ran.shown());
    assert_snapshot!(home.type_in("reconcile deck.xlsx --sheet Other --currency USD").shown());
}

#[test]
fn a_bad_deck_says_where() {
    let home = company();
    let mut shown = String::new();
    for (name, text) in [
        ("metric", "metric,window,value\nndr,2025,115.2%\nnrrr,2025,1\n"),
        ("value", "metric,window,value\nndr,2025,about 115\n"),
        ("window", "metric,window,value\nndr,2025-13,115.2%\n"),
        ("point", "metric,at,value\nndr,2025-12-31,115.2%\n"),
        ("segment", "metric,window,value,segment\nndr,2025,115.2%,size=big\n"),
        ("definition", "metric,window,value,definition\nndr,2025,115.2%,ours\n"),
        ("known", "metric,window,value,known_at\nndr,2025,115.2%,January\n"),
        ("column", "metric,window\nndr,2025\n"),
        ("blank", "metric,window,value\nndr,2025,\n"),
        ("empty", ""),
    ] {
        let file = format!("{name}.csv");
        home.write(&file, text);
        let ran = home.type_in(&format!("reconcile {file} --currency USD"));
        assert_eq!(ran.code, 3, "{}", ran.shown());
        shown.push_str(&ran.shown());
    }
    home.write("deck.pdf", "%PDF");
    home.write("deck.xlsx", "no workbook");
    for typed in ["reconcile deck.pdf", "reconcile deck.xlsx"] {
        assert_eq!(home.type_in(typed).code, 3);
        shown.push_str(&home.type_in(typed).shown());
    }
    assert_eq!(home.type_in("reconcile nowhere.csv").code, 5);
    assert_snapshot!(shown);
}
