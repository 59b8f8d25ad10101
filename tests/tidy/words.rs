//! The documents and the code say the same things.

use std::fs;

use crate::source::{Source, crate_sources, files, root};

fn document(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_format_page_names_every_version() {
    let page = document("docs/format.md");
    let mut seen = 0;
    for source in crate_sources() {
        for line in source.text.lines().map(str::trim) {
            let name = line.split(':').next().unwrap_or_default();
            let is_version = name.contains("const ") && name.ends_with("_VERSION") && line.contains(" = ");
            let is_magic = line.contains("const MAGIC") || line.contains("_MAGIC:");
            if !(is_version || is_magic) {
                continue;
            }
            seen += 1;
            let value = line.rsplit(" = ").next().unwrap_or_default().trim_end_matches(';');
            let text = value.trim_start_matches("*b\"").trim_start_matches("b\"").trim_end_matches('"');
            assert!(page.contains(text), "{}: `{line}` is not in docs/format.md", source.path);
        }
    }
    assert!(seen > 3, "the check sees only {seen} versions and magic numbers");
}

#[test]
fn links_between_documents_lead_somewhere() {
    let pages: Vec<Source> = files("docs", &[".md"])
        .into_iter()
        .chain([Source { path: "README.md".to_owned(), text: document("README.md") }])
        .collect();
    for page in pages {
        for link in page.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let folder = root().join(&page.path).parent().expect("a page lies in a folder").to_path_buf();
            assert!(folder.join(target).exists(), "{} links to {target}, which is not there", page.path);
        }
    }
}

#[test]
fn every_invariant_names_its_test() {
    let page = document("docs/architecture.md");
    let tests: String = files("tests/tidy", &[".rs"]).into_iter().map(|source| source.text).collect();
    let named: Vec<&str> = page.split("(test: `").skip(1).filter_map(|rest| rest.split('`').next()).collect();
    assert!(named.len() >= 6, "docs/architecture.md names only {named:?}");
    for name in named {
        assert!(tests.contains(&format!("fn {name}()")), "docs/architecture.md names {name}, which is no test");
    }
}

#[test]
fn every_decision_is_listed() {
    let index = document("docs/decisions/README.md");
    for page in files("docs/decisions", &[".md"]) {
        let name = page.path.rsplit('/').next().unwrap_or_default();
        assert!(name == "README.md" || index.contains(name), "docs/decisions/README.md does not list {name}");
    }
}
