//! Which crate may depend on which, and which crate alone may name a library.

use std::collections::BTreeMap;
use std::fs;

use crate::source::{crate_sources, root};

/// Edges go down only. What is not here is forbidden; an edge here that nobody uses is stale.
const EDGES: [(&str, &[&str]); 6] = [
    ("ledger", &[]),
    ("projection", &["recount-ledger"]),
    ("metrics", &["recount-ledger", "recount-projection"]),
    ("import", &["recount-ledger"]),
    ("cli", &["recount-import", "recount-ledger", "recount-metrics", "recount-projection"]),
    ("testkit", &["recount-ledger"]),
];

fn own_dependencies(name: &str, table: &str) -> Vec<String> {
    let path = root().join("crates").join(name).join("Cargo.toml");
    let manifest: toml::Table = fs::read_to_string(path).expect("a manifest").parse().expect("valid TOML");
    let found = manifest.get(table).and_then(toml::Value::as_table);
    let names = found.into_iter().flat_map(toml::Table::keys).filter(|key| key.starts_with("recount-"));
    names.cloned().collect()
}

#[test]
fn crate_edges_go_down_only() {
    let allowed: BTreeMap<&str, &[&str]> = EDGES.into_iter().collect();
    let folders = fs::read_dir(root().join("crates")).expect("crates/");
    let mut seen: Vec<String> =
        folders.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    seen.sort();
    let mut named: Vec<&str> = allowed.keys().copied().collect();
    named.sort_unstable();
    assert_eq!(seen, named, "a crate is missing from the table of edges, or the table names one that is gone");
    for (name, edges) in &allowed {
        let mut found = own_dependencies(name, "dependencies");
        found.sort();
        assert_eq!(found, *edges, "crates/{name}/Cargo.toml and the table of edges disagree");
    }
}

#[test]
fn testkit_is_only_a_dev_dependency() {
    for (name, _) in EDGES {
        let found = own_dependencies(name, "dependencies");
        assert!(!found.contains(&"recount-testkit".to_owned()), "crates/{name} ships the test kit");
    }
}

/// A word, the folders that may name it in code, and why.
const ROOMS: [(&str, &[&str], &str); 6] = [
    ("sled::", &["crates/ledger/src/store/"], "the store's precautions live in one room"),
    ("bincode::", &["crates/ledger/src/codec/"], "bytes on disk are decided in one room"),
    ("Utc::now", &["crates/ledger/src/instant.rs"], "replay and figures read no clock"),
    (
        "std::fs",
        &[
            "crates/ledger/src/medium/",
            "crates/ledger/src/store/",
            "crates/ledger/src/lock.rs",
            // Looks at the kinds of files in a folder before anything in it is opened.
            "crates/ledger/src/links.rs",
            // Copies whole folders, sled's files among them; what it makes is verified through the medium.
            "crates/ledger/src/copy/",
            "crates/projection/src/cache/",
            "crates/import/src/",
            "crates/cli/src/",
        ],
        "figures do no IO; the ledger does it through its medium, so that faults can be simulated",
    ),
    ("std::env", &["crates/cli/src/"], "only the binary reads its surroundings"),
    ("std::net", &[], "Recount talks to no network"),
];

#[test]
fn rooms_keep_their_words() {
    for source in crate_sources() {
        assert!(!source.code().contains("SystemTime"), "{}: the clock is read in ledger/src/instant.rs", source.path);
    }
    for (word, rooms, why) in ROOMS {
        let named: Vec<String> = crate_sources()
            .iter()
            .filter(|source| source.code().contains(word))
            .map(|source| source.path.clone())
            .collect();
        let strays: Vec<&String> =
            named.iter().filter(|path| !rooms.iter().any(|room| path.starts_with(room))).collect();
        assert!(strays.is_empty(), "{word} is named in {strays:?}; {why}");
        assert!(rooms.is_empty() || !named.is_empty(), "nobody names {word} any more: the check is stale");
    }
}

#[test]
fn only_the_binary_prints() {
    for source in crate_sources().iter().filter(|source| !source.is_under("crates/cli/")) {
        for word in ["println!", "print!(", "eprintln!", "eprint!("] {
            assert!(!source.code().contains(word), "{} prints ({word}); only the binary does", source.path);
        }
    }
}

#[test]
fn no_float_touches_money() {
    // Progress and rates of bytes may be estimates; figures may not.
    for source in crate_sources() {
        let money = ["ledger", "projection", "metrics", "import"];
        if money.iter().any(|name| source.is_under(&format!("crates/{name}/src/"))) {
            for word in ["f64", "f32"] {
                let code = source.code();
                let named = code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|token| token == word);
                assert!(!named, "{} names {word}", source.path);
            }
        }
    }
}
