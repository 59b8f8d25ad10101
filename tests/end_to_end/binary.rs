//! The binary of this build, run on ledgers in a temporary directory.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::SystemTime;

use serde_json::Value;
use tempfile::TempDir;

/// The `recount` of this build (`RECOUNT_BIN` names another one), made if it is not there or older than its sources.
pub fn recount() -> &'static PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        if let Some(other) = std::env::var_os("RECOUNT_BIN") {
            return other.into();
        }
        let this = std::env::current_exe().expect("a test knows where it lies");
        let profile = this.parent().and_then(Path::parent).expect("tests lie in target/PROFILE/deps");
        let path = profile.join(format!("recount{}", std::env::consts::EXE_SUFFIX));
        // `cargo test --workspace` has built it; a run of this package alone may not have.
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
        let built = path.metadata().and_then(|file| file.modified()).ok();
        if built.is_none_or(|built| built < newest(&crates)) {
            build(profile);
        }
        path
    })
}

fn build(profile: &Path) {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--workspace", "--bins"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.status().expect("cargo runs").success(), "the binary does not build");
}

/// When the newest source of the product was written.
fn newest(folder: &Path) -> SystemTime {
    let entries = folder.read_dir().expect("a folder of sources").map(|entry| entry.expect("an entry").path());
    let product =
        entries.filter(|path| !path.ends_with("testkit") && !path.ends_with("tests") && !path.ends_with("benches"));
    let written = product.map(|path| match path.is_dir() {
        true => newest(&path),
        false => path.metadata().and_then(|file| file.modified()).expect("a file has a time"),
    });
    written.max().unwrap_or(SystemTime::UNIX_EPOCH)
}

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
