//! Definitions in the ledger: published versions, which one a report uses, and what separates two of them.

use insta::assert_snapshot;
use num_bigint::BigInt;
use recount_tests::Home;
use serde_json::{Value, json};

use crate::fixture::{definition, path, table};

const RATIOS: [&str; 3] = ["ndr", "gdr", "logo_retention"];

fn golden() -> Home {
    let home = Home::with_ledger();
    let events = path("golden/events.csv");
    home.run(&["import", events.to_str().expect("a path"), "--format", "csv"]).good();
    home
}

fn defined(home: &Home, document: &str) -> Value {
    home.write("definition.toml", document);
    home.type_in("define definition.toml -o json").good().json()
}

const FIRST: &str =
    "name = \"board\"\ndescription = \"as printed\"\n[net]\nwinback = \"zero\"\n[currency]\nreport = \"USD\"\n";
const SECOND: &str =
    "name = \"board\"\ndescription = \"as printed\"\n[net]\nmethod = \"movements\"\n[currency]\nreport = \"USD\"\n";

#[test]
fn versions_are_numbered_hashed_and_never_changed() {
    let home = golden();
    let first = defined(&home, FIRST);
    assert_eq!((&first["version"], &first["duplicate"]), (&json!(1), &json!(false)));
    // Blanks and comments say nothing new.
    let same = defined(&home, &FIRST.replace("[net]", "# by the board\n[net]\n"));
    assert_eq!(
        (&same["version"], &same["duplicate"], &same["position"]),
        (&json!(1), &json!(true), &first["position"])
    );
    assert_eq!(same["event_id"], first["event_id"]);
    let second = defined(&home, SECOND);
    assert_eq!((&second["version"], &second["duplicate"]), (&json!(2), &json!(false)));
    assert_ne!(first["hash"], second["hash"]);
    // Going back to what was is a version of its own; so is another description.
    assert_eq!(defined(&home, FIRST)["version"], 3);
    assert_eq!(defined(&home, &FIRST.replace("as printed", "as told"))["version"], 4);
    let show = |name: &str| home.type_in(&format!("show {name} -o json")).good().json();
    assert_eq!(
        (show("board@1")["hash"].clone(), show("board@2")["hash"].clone()),
        (first["hash"].clone(), second["hash"].clone())
    );
    assert_eq!(show("board@1")["document"], FIRST);
    assert_eq!(show("board")["version"], 4);
    assert_eq!(show("board@1")["parameters"]["net"]["winback"], "zero");
    assert_eq!(show("board@2")["position"], second["position"]);
    // A definition cannot be voided, and its key cannot carry another document.
    let id = first["event_id"].as_str().expect("an id");
    assert_eq!(home.run(&["void", id, "--reason", "changed our minds"]).code, 3);
    home.type_in("verify").good();
}

#[test]
fn the_list_and_a_definition_for_people() {
    let home = golden();
    defined(&home, FIRST);
    defined(&home, SECOND);
    assert_snapshot!(home.type_in("definitions").good().shown());
    assert_snapshot!(home.type_in("definitions show board@1").good().shown());
    let all = home.type_in("definitions -o json").good().json();
    let line = |name: &str, version: u64| {
        let lines = all["definitions"].as_array().expect("a list").iter();
        let found = lines.clone().find(|line| line["name"] == name && line["version"] == version);
        found.unwrap_or_else(|| panic!("{name}@{version} in {all}")).clone()
    };
    assert_eq!(line("strict", 0)["position"], Value::Null);
    assert_eq!((&line("board", 1)["in_force"], &line("board", 2)["in_force"]), (&json!(false), &json!(true)));
    assert_eq!(line("board", 1)["published_by"], "recount define: tester");
    assert!(line("board", 2)["published_at"].is_string());
    let csv = home.type_in("definitions -o csv").good().stdout;
    assert_eq!(csv.lines().count(), 1 + 7 + 2);
    // Under the cut before the second one, the first is in force.
    let position = line("board", 2)["position"].as_u64().expect("a position");
    let then = home.type_in(&format!("definitions --ledger-at {position} -o json")).good().json();
    assert_eq!(then["definitions"][7]["in_force"], true);
    assert_eq!(then["definitions"].as_array().map(Vec::len), Some(8));
}

#[test]
fn show_and_diff_are_commands_of_their_own_too() {
    let home = golden();
    let same = |short: &str| {
        let long = format!("definitions {short}");
        assert_eq!(home.type_in(short).good().stdout, home.type_in(&long).good().stdout, "{short}");
    };
    same("show strict");
    same("show strict -o json");
    same("show strict --toml");
    same("diff standard strict --window 2025 --currency USD");
    same("diff standard strict --window 2025 --currency USD -o csv");
}

#[test]
fn a_printed_document_is_a_definition() {
    let home = golden();
    let text = home.type_in("show vendor-movements --toml").good().stdout;
    let mine = defined(&home, &text.replace("vendor-movements", "mine"));
    let preset = home.type_in("show vendor-movements -o json").good().json();
    assert_eq!(mine["hash"], preset["hash"]);
    assert_eq!(home.type_in("show mine --toml").good().stdout, text.replace("vendor-movements", "mine"));
}

#[test]
fn what_cannot_be_published_is_refused() {
    let home = golden();
    for (document, says) in [
        ("name = \"strict\"\n", "is a preset"),
        ("name = \"a@2\"\n", "cannot be the name"),
        ("name = \"dir/a\"\n", "cannot be the name"),
        ("name = \"a.toml\"\n", "cannot be the name"),
        ("name = \"\"\n", "cannot be the name"),
        ("name = \"a b\"\n", "cannot be the name"),
        ("name = \"a\"\n[net]\nmethods = \"x\"\n", "unknown field"),
        ("name = \"a\"\n[net]\nreactivation = \"ignore\"\n", "no effect"),
    ] {
        home.write("bad.toml", document);
        let ran = home.type_in("define bad.toml");
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{document}: {ran:?}");
        assert!(ran.stderr.contains(says) && ran.stderr.contains("bad.toml"), "{document}: {ran:?}");
    }
    home.write("long.toml", &format!("name = \"a\"\n#{}", "x".repeat(1 << 16)));
    assert_eq!(home.type_in("define long.toml").code, 3);
    assert_eq!(home.type_in("define missing.toml").code, 5);
    assert_eq!(home.type_in("definitions -o json").good().json()["definitions"].as_array().map(Vec::len), Some(7));
}

#[test]
fn a_report_uses_the_version_in_force_under_its_cut() {
    let home = golden();
    let first = defined(&home, FIRST)["position"].as_u64().expect("a position");
    let second = defined(&home, SECOND)["position"].as_u64().expect("a position");
    let ask = |rest: &str| home.type_in(&format!("ndr --window 2025 {rest} -o json")).good().json();
    let version = |answer: &Value| answer["definition"]["version"].clone();
    let now = ask("--definition board");
    assert_eq!((version(&now), now["ndr"].as_str()), (json!(2), Some("0.8196721311")));
    let then = ask(&format!("--definition board --ledger-at {second}"));
    assert_eq!((version(&then), then["ndr"].as_str()), (json!(1), Some("0.6885245902")));
    assert_eq!(ask("--definition board@1")["ndr"], then["ndr"]);
    // A version that is named is that document, also under a cut before it; the report says so.
    let later = ask(&format!("--definition board@2 --ledger-at {first}"));
    assert_eq!(version(&later), 2);
    assert!(later["warnings"].to_string().contains("definition_after_cut"), "{later}");
    assert!(!then["warnings"].to_string().contains("definition_after_cut"), "{then}");
    // What source systems knew says nothing about definitions.
    assert_eq!(version(&ask("--definition board --known-at 2025-12-31")), 2);
    // Without one, it is the preset.
    assert_eq!(ask("--currency USD")["definition"]["name"], "standard");
    let early = home.type_in(&format!("ndr --window 2025 --definition board --ledger-at {first}"));
    assert_eq!(early.code, 2);
    assert!(early.stderr.contains("after the cut"), "{early:?}");
    let unknown = home.type_in("ndr --window 2025 --definition board@9");
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("board@2"), "{unknown:?}");
    // A file beside it does not shadow a published name; a path is always the file.
    home.write("board", "name = \"impostor\"\n").write("other", "name = \"other\"\n[currency]\nreport = \"USD\"\n");
    assert_eq!(ask("--definition board")["definition"]["name"], "board");
    assert_eq!(ask("--definition ./other")["definition"]["version"], Value::Null);
    assert_eq!(ask("--definition other")["definition"]["name"], "other");
    let shown = home.type_in("ndr --window 2025 --definition board").good().stdout;
    assert!(shown.contains("definition: board (version 2, hash "), "{shown}");
}

/// Units of 1e-10.
fn units(value: &Value) -> BigInt {
    let text = value.as_str().unwrap_or_else(|| panic!("{value} is no decimal"));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<10}").parse().expect("a decimal")
}

#[test]
fn each_parameter_alone_is_the_figure_of_that_definition() {
    let home = golden();
    let figure = |changes: &str| {
        home.write("one.toml", &definition(changes));
        home.type_in("ndr --window 2025 --definition one.toml -o json").good().json()
    };
    let cells = table("golden/expected.csv");
    let mut compared = 0;
    for cell in cells.iter().filter(|cell| cell.get("report") == "ndr" && cell.get("key") == "ndr") {
        let changes = format!("{} currency.report=USD currency.rates=spot", cell.get("definition"));
        home.write("to.toml", &definition(&changes)).write("from.toml", &definition("currency.report=USD"));
        let diff = home.type_in("diff from.toml to.toml --window 2025 -o json").good().json();
        assert_eq!(diff["b"]["ndr"], cell.get("spot"), "{changes}");
        assert_eq!(diff["a"]["ndr"], "0.8196721311");
        let parameters = diff["parameters"].as_array().expect("a list");
        for one in parameters.iter().filter(|one| one["remark"].is_null()) {
            let value = one["b"].as_str().expect("a word");
            let alone = figure(&format!("currency.report=USD {}={value}", one["parameter"].as_str().expect("a key")));
            for ratio in RATIOS {
                assert_eq!(one[ratio], alone[ratio], "{ratio} with {one}");
                assert_eq!(units(&one["difference"][ratio]), units(&alone[ratio]) - units(&diff["a"][ratio]), "{one}");
                compared += 1;
            }
        }
        for ratio in RATIOS {
            let parts = parameters.iter().map(|one| units(&one["difference"][ratio])).sum::<BigInt>();
            let whole = units(&diff["b"][ratio]) - units(&diff["a"][ratio]);
            assert_eq!(whole, units(&diff["difference"][ratio]), "{ratio} of {changes}");
            assert_eq!(parts + units(&diff["interaction"][ratio]), whole, "{ratio} of {changes}");
        }
    }
    assert!(compared > 30, "only {compared} figures were compared");
}

#[test]
fn a_difference_for_people() {
    let home = golden();
    defined(&home, FIRST);
    home.write(
        "to.toml",
        "name = \"to\"\n[net]\nwinback = \"zero\"\ncontraction = \"ignore\"\n[gross]\nmethod = \"movements\"\n",
    );
    let line = "diff standard to.toml --window 2025 --currency USD";
    assert_snapshot!(home.type_in(line).good().shown());
    assert_snapshot!(home.type_in(&format!("{line} -o csv")).good().shown());
    let refused = "diff standard vendor-movements --window 2025 --currency USD";
    home.write("ignore.toml", "name = \"i\"\n[net]\nmethod = \"movements\"\nreactivation = \"ignore\"\n");
    let remark = home.type_in("diff standard ignore.toml --window 2025 --currency USD").good().stdout;
    assert!(remark.contains("net.reactivation: net.reactivation = \"ignore\" has no effect"), "{remark}");
    assert_eq!(home.type_in(&refused.replace("--currency USD", "")).code, 2, "several currencies");
    let same = home.type_in("diff standard standard --window 2025 --currency USD").good().stdout;
    assert!(same.contains("no parameter differs"), "{same}");
}
