//! Every folder of fixtures says where it comes from, and some test reads it.

use std::fs;

use crate::source::{files, root};

#[test]
fn every_fixture_is_explained_and_used() {
    let readers: Vec<String> = files("tests", &[".rs"])
        .into_iter()
        .chain(files("crates", &[".rs"]))
        .filter(|source| !source.is_under("tests/tidy/"))
        .map(|source| source.text)
        .collect();
    for folder in fs::read_dir(root().join("fixtures")).expect("fixtures/") {
        let folder = folder.expect("an entry").path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !folder.is_dir() {
            continue;
        }
        assert!(folder.join("README.md").exists(), "fixtures/{name} does not say where it comes from");
        let used = readers.iter().any(|text| text.contains(&format!("fixtures/{name}")));
        assert!(used, "no test names fixtures/{name}");
    }
}
