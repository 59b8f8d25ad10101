//! How source files are kept: a header, a length, functions that fit a screen, no forgotten test.

use crate::source::{Source, crate_sources, files};

const FILE_LINES_MAX: usize = 800;
const FUNCTION_LINES_MAX: usize = 70;

fn all_rust() -> Vec<Source> {
    files("crates", &[".rs"]).into_iter().chain(files("tests", &[".rs"])).collect()
}

#[test]
fn every_file_says_what_it_is() {
    for source in all_rust() {
        assert!(source.text.starts_with("//!"), "{} does not open with //!", source.path);
    }
}

#[test]
fn files_and_functions_stay_short() {
    for source in all_rust() {
        let lines = source.text.lines().count();
        assert!(lines <= FILE_LINES_MAX, "{} has {lines} lines; two nouns live in it", source.path);
        for (name, length) in functions(&source.text) {
            assert!(
                length <= FUNCTION_LINES_MAX,
                "{}: {name} has {length} lines; it does not fit a screen",
                source.path
            );
        }
    }
}

/// Functions and their lengths, by the indentation that rustfmt gives them.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let Some(start) = code.find("fn ") else { continue };
        let head = &code[..start];
        let qualifiers = ["pub", "const", "async", "pub(crate)", "pub(super)"];
        if !head.split_whitespace().all(|word| qualifiers.contains(&word)) {
            continue;
        }
        let close = format!("{}}}", " ".repeat(indent));
        let end = lines[at..].iter().position(|l| **l == close || (l.starts_with(&close) && l.trim_end() == close));
        let name: String = code[start + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let one_line = line.trim_end().ends_with('}') || line.trim_end().ends_with(';');
        if let (Some(length), false) = (end, one_line) {
            found.push((name, length + 1));
        }
    }
    found
}

#[test]
fn the_measure_of_functions_sees_them() {
    let text =
        "pub fn one() {\n    a();\n}\n\nimpl X {\n    fn two(\n        a: u8,\n    ) -> u8 {\n        a\n    }\n}\n";
    assert_eq!(functions(text), [("one".to_owned(), 3), ("two".to_owned(), 5)]);
}

#[test]
fn library_roots_define_nothing() {
    for source in crate_sources().iter().filter(|source| source.path.ends_with("/lib.rs")) {
        for word in ["struct ", "enum ", "trait ", "fn "] {
            let defined =
                source.text.lines().any(|l| l.starts_with("pub ") && l[4..].starts_with(word) || l.starts_with(word));
            assert!(!defined, "{} defines something; it is a table of contents", source.path);
        }
    }
}

#[test]
fn no_test_file_is_forgotten() {
    for target in ["end_to_end", "crash", "tidy"] {
        let sources = files(&format!("tests/{target}"), &[".rs"]);
        let main = sources.iter().find(|s| s.path.ends_with("/main.rs")).expect("each target has a main.rs");
        for source in &sources {
            let path = source.path.trim_start_matches(&format!("tests/{target}/"));
            if path == "main.rs" || path.contains('/') {
                continue;
            }
            let module = path.trim_end_matches(".rs");
            assert!(main.text.contains(&format!("mod {module};")), "tests/{target}/main.rs does not name {module}");
        }
    }
}

#[test]
fn nothing_is_left_open() {
    for source in all_rust().iter().filter(|source| !source.is_under("tests/tidy/")) {
        for word in ["todo!", "unimplemented!", "FIXME", "XXX", "#[ignore", "HACK"] {
            assert!(!source.text.contains(word), "{} holds {word}", source.path);
        }
        assert!(!source.text.contains("#[allow("), "{}: use #[expect(.., reason = ..)]", source.path);
    }
}
