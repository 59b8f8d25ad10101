//! The binary of this build, run on ledgers in a temporary directory.

use std::process::{Command, Output};

use recount_tests::recount;
use serde_json::Value;
use tempfile::TempDir;

/// A ledger of its own.
pub struct Cli {
    folder: TempDir,
}

impl Cli {
    /// An empty ledger in UTC.
    pub fn new() -> Self {
        let cli = Self { folder: tempfile::tempdir().expect("a temporary directory") };
        cli.json(&["init"]);
        cli
    }

    /// A ledger that has imported a file.
    pub fn importing(arguments: &[&str]) -> Self {
        let cli = Self::new();
        cli.json(&[&["import"], arguments].concat());
        cli
    }

    /// Writes a file beside the ledger; its path.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("the temporary directory is writable");
        path.to_str().expect("a temporary path is UTF-8").to_owned()
    }

    /// Runs a command with JSON output.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let ledger = self.folder.path().join("ledger");
        let mut command = Command::new(recount());
        command.arg("--ledger").arg(ledger).args(["--output", "json"]).args(arguments);
        command.env_remove("RECOUNT_LEDGER").output().expect("the binary runs")
    }

    /// The document that a command prints.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {:?}\n{errors}", output.status);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
    }
}

/// A number or ratio of a document as text; what has none is undefined.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => "undefined".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
