//! The tour of README.md, executed: every command in it is run and its output compared with what the page shows.
//!
//! After a wanted change, `UPDATE_README=1 cargo test -p recount --test readme` writes the new output into the page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const FENCE: &str = "```";

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")
}

/// The page with its console blocks filled with what the commands print now.
fn executed(text: &str, folder: &Path) -> String {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        if line == "```csv" {
            let rows: Vec<&str> = lines.by_ref().take_while(|line| *line != FENCE).collect();
            let file = rows.join("\n") + "\n";
            fs::write(folder.join("events.csv"), &file).expect("write the sample");
            out.push_str(&file);
            out.push_str("```\n");
        } else if line == "```console" {
            for shown in lines.by_ref().take_while(|line| *line != FENCE) {
                if let Some(command) = shown.strip_prefix("$ recount ") {
                    out.push_str(shown);
                    out.push('\n');
                    out.push_str(&run(command, folder));
                }
            }
            out.push_str("```\n");
        }
    }
    out
}

/// What a command prints, the notes of standard error after the data.
fn run(command: &str, folder: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_recount"))
        .args(words(command))
        .current_dir(folder)
        .env_remove("RECOUNT_LEDGER")
        .output()
        .expect("run recount");
    assert!(output.status.success(), "recount {command}: {}", String::from_utf8_lossy(&output.stderr));
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).expect("recount prints UTF-8");
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// A line as every run has it: the root hashes the time of recording, and a void without a key has a random id.
fn timeless(line: &str) -> String {
    let hex = |c: char| c.is_ascii_hexdigit();
    match (line.split_once("root "), line.split_once("event ")) {
        (Some((before, rest)), _) => format!("{before}root ...{}", rest.trim_start_matches(hex)),
        (_, Some((before, id))) if id.len() == 36 && id[14..].starts_with('4') => format!("{before}event ..."),
        _ => line.to_owned(),
    }
}

/// Words of a shell line; double quotes keep spaces.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().expect("starts with one word").push(c),
        }
    }
    words
}

#[test]
fn the_tour_prints_what_the_page_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    let shown = fs::read_to_string(page()).expect("README.md");
    assert!(shown.matches("$ recount ").count() >= 10, "the tour lost its commands");
    let now = executed(&shown, folder.path());
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(page(), &now).expect("write README.md");
        return;
    }
    for (at, (shown, now)) in shown.lines().zip(now.lines()).enumerate() {
        assert_eq!(timeless(shown), timeless(now), "README.md:{}", at + 1);
    }
    assert_eq!(shown.lines().count(), now.lines().count());
}
