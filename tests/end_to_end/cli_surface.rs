//! The surface of the binary: help, errors, colours, pipes, completions, manual pages, the demo.

use std::io::Read;
use std::process::Stdio;

use insta::assert_snapshot;
use recount_tests::{Home, Ran};

use crate::cli_company::company;

const COMMANDS: &[&str] = &[
    "init",
    "import",
    "append",
    "void",
    "close",
    "closes",
    "define",
    "definitions",
    "show",
    "diff",
    "log",
    "mrr",
    "movements",
    "ndr",
    "explain",
    "restate",
    "reconcile",
    "reproduce",
    "check",
    "verify",
    "salvage",
    "keygen",
    "checkpoint",
    "prove",
    "verify-proof",
    "evidence",
    "export",
    "backup",
    "restore",
    "demo",
    "completions",
    "man",
];

#[test]
fn every_command_has_help_with_examples() {
    let home = Home::default();
    let all = home.type_in("--help").good().stdout;
    for command in COMMANDS {
        assert!(all.contains(&format!("\n  {command}")), "{command}\n{all}");
        let help = home.type_in(&format!("{command} --help")).good().stdout;
        assert!(help.contains("Examples:\n  recount "), "{help}");
    }
    assert_snapshot!(home.type_in("ndr --help").good().shown());
}

#[test]
fn wrong_usage_is_exit_code_2_in_both_forms() {
    let home = company();
    for line in [
        "",
        "nonsense",
        "ndr",
        "ndr --window 2025-13",
        "ndr --window 2025 --currency XXZ",
        "ndr --window 2025 --trailing 12m",
        "ndr --window 2025 --currency USD --definition nobody",
        "ndr --window 2025 --currency USD --by colour",
        "ndr --window 2025",
        "mrr --at yesterday",
        "mrr --at 2025-06-30 --ledger-at 999",
        "mrr --at 2025-06-30 --ledger-at june",
        "mrr --at 2025-06-30 --tz Mars/Olympus",
        "movements --window 2025-06-30..2025-01-01",
        "import --map kind events.csv",
    ] {
        let ran = home.type_in(line);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert_eq!(ran.stdout, "", "{ran:?}");
        let json = home.type_in(&format!("{line} -o json"));
        let error: serde_json::Value = serde_json::from_str(&json.stderr).unwrap_or_else(|e| panic!("{e}: {json:?}"));
        assert!(error["error"]["message"].is_string(), "{error}");
        assert_eq!(json.code, 2, "{json:?}");
    }
    assert_snapshot!(home.type_in("ndr --window 2025").shown());
    assert_snapshot!(home.type_in("ndr --window 2025-13 -o json").shown());
    assert_snapshot!(home.type_in("mrr --at 2025-06-30 --ledger-at june").shown());
}

#[test]
fn colour_only_where_it_is_wanted() {
    let home = company();
    let line = "ndr --window 2025 --currency USD";
    assert!(!home.type_in(line).good().stdout.contains('\x1b'));
    assert!(home.type_in(&format!("{line} --color always")).good().stdout.contains("\x1b[1m"));
    assert!(!home.type_in(&format!("{line} --color always -o json")).good().stdout.contains('\x1b'));
    assert!(!home.type_in(&format!("{line} --color never")).good().stdout.contains('\x1b'));
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let home = company();
    let args = ["log", "-o", "json"];
    let mut child = home.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    drop(child.stdout.take());
    let ran = Ran::of(&args, child.wait_with_output().expect("it ends"));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn follow_shows_what_comes() {
    let home = company();
    let mut child = home
        .command(&["log", "--from", "16", "--follow", "-o", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    home.type_in("append --kind merge --customer-id delta --into acme").good();
    let mut seen = [0; 1];
    let mut stdout = child.stdout.take().expect("a pipe");
    // It blocks until the record is there: nothing is timed.
    stdout.read_exact(&mut seen).expect("a record");
    child.kill().expect("it still follows");
    child.wait().expect("it ends");
    assert_eq!(&seen, b"{");
}

#[test]
fn the_ledger_comes_from_the_environment() {
    let home = company();
    let mut command = home.command(&["mrr", "--at", "2025-01-01", "-o", "json", "--currency", "USD"]);
    let output = command.current_dir("/").env("RECOUNT_LEDGER", home.ledger()).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn completions_and_manual_pages() {
    let home = Home::default();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = home.type_in(&format!("completions {shell}")).good().stdout;
        assert!(script.contains("movements"), "{shell}");
    }
    assert!(home.type_in("man").good().stdout.starts_with(".ie"));
    home.type_in("man --dir pages").good();
    let pages = std::fs::read_dir(home.path().join("pages")).expect("pages").count();
    assert_eq!(pages, COMMANDS.len() + 1);
}

#[test]
fn the_demo_walks_through_the_main_questions() {
    let home = Home::default();
    assert_snapshot!(home.type_in("demo tour").good().shown());
    // It overwrites nothing, and what it made is a ledger like any other.
    assert_eq!(home.type_in("demo tour").code, 5);
    home.type_in("--ledger tour/ledger verify").good();
    home.type_in("demo").good();
    home.type_in("demo").good();
    assert!(home.path().join("recount-demo-2/ledger").exists());
}
