//! The worked example of docs/safety.md: pseudonyms made before the import, and no name in the ledger.

use std::path::Path;
use std::process::{Command, Stdio};

use recount_tests::Home;

/// The program as the page shows it.
fn program() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/safety.md");
    let page = std::fs::read_to_string(page).expect("docs/safety.md");
    let from = page.split("```python\n").nth(1).expect("a program stands on the page");
    from.split("```").next().expect("it ends").to_owned()
}

#[test]
fn the_example_keeps_names_out_and_joins_files_up() {
    let home = Home::with_ledger();
    home.write("pseudonyms.py", &program()).write("customer.key", &"0f".repeat(32));
    let header = "event_id,kind,customer_id,effective_at,mrr,currency,voids,reason,into";
    let files = [
        "e1,new,jane@doe.example,2024-01-01,100,USD,,,\ne2,new,acme,2024-01-01,50,USD,,,\n",
        "e3,upgrade,jane@doe.example,2025-03-01,150,USD,,,\ne4,merge,acme ltd,,,,,,acme\ne5,void,,,,,e1,typo,\n",
    ];
    for (number, rows) in files.iter().enumerate() {
        home.write("billing.csv", &format!("{header}\n{rows}"));
        let billing = std::fs::File::open(home.path().join("billing.csv")).expect("a file");
        let mut python = Command::new("python3");
        python.arg("pseudonyms.py").current_dir(home.path()).stdin(billing).stdout(Stdio::piped());
        let out = python.output().expect("python3 runs");
        assert!(out.status.success());
        let name = format!("events-{number}.csv");
        std::fs::write(home.path().join(&name), out.stdout).expect("writes");
        home.run(&["import", &name]).good();
    }
    let log = home.type_in("log -o json").good().stdout;
    assert!(log.contains("upgrade") && !log.contains("jane") && !log.contains("acme"), "{log}");
    let mapping = std::fs::read_to_string(home.path().join("mapping.csv")).expect("a mapping");
    assert_eq!(mapping.lines().count(), 3, "one line a customer: {mapping}");
    let jane = mapping.lines().find_map(|line| line.trim().strip_prefix("jane@doe.example,")).expect("her pseudonym");
    assert_eq!(log.lines().filter(|line| line.contains(jane)).count(), 2, "both files name her the same");
}
