//! The binary under test: built once, run in a directory of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::SystemTime;

use recount_ledger::Instant;
use tempfile::TempDir;

/// The `recount` of this build (`RECOUNT_BIN` names another one), made if it is not there or older than its sources.
pub fn recount() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(other) = std::env::var_os("RECOUNT_BIN") {
            return other.into();
        }
        let test = std::env::current_exe().expect("a test has a path");
        let profile = test.parent().and_then(Path::parent).expect("tests lie in target/PROFILE/deps");
        let binary = profile.join(format!("recount{}", std::env::consts::EXE_SUFFIX));
        // `cargo test --workspace` has built it; a run of this package alone may not have.
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
        let built = binary.metadata().and_then(|file| file.modified()).ok();
        if built.is_none_or(|built| built < newest(&crates)) {
            build(profile);
        }
        binary
    })
}

fn build(profile: &Path) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--workspace", "--bins", "--target-dir"]);
    cargo.arg(profile.parent().expect("a profile lies in the target directory"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("cargo runs");
    assert!(built.success(), "the binary does not build");
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

/// A directory for one test, in which the binary runs.
pub struct Home(TempDir);

impl Default for Home {
    fn default() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }
}

impl Home {
    /// A home with an empty ledger in `./recount-ledger`.
    pub fn with_ledger() -> Self {
        let home = Self::default();
        home.run(&["init"]).good();
        home
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The default ledger's folder.
    pub fn ledger(&self) -> PathBuf {
        self.path().join("recount-ledger")
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) -> &Self {
        std::fs::write(self.path().join(name), text).expect("a test can write");
        self
    }

    /// The binary with these arguments, not yet run: same user, no colour, no ledger from outside.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(recount());
        command.args(args).current_dir(self.path()).env("USER", "tester");
        for name in ["RECOUNT_LEDGER", "NO_COLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the binary.
    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(args, self.command(args).output().expect("the binary runs"))
    }

    /// Runs a command line written as one would type it, without quotes.
    pub fn type_in(&self, line: &str) -> Ran {
        self.run(&line.split_whitespace().collect::<Vec<_>>())
    }
}

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    args: String,
    /// The exit code.
    pub code: i32,
    /// What it answered.
    pub stdout: String,
    /// What it said beside.
    pub stderr: String,
}

impl Ran {
    /// What a process left behind.
    pub fn of(args: &[&str], output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the binary prints UTF-8");
        Self {
            args: args.join(" "),
            code: output.status.code().expect("the binary was not killed"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// The same run, which must have gone well.
    pub fn good(self) -> Self {
        assert_eq!(self.code, 0, "recount {}\n{}{}", self.args, self.stdout, self.stderr);
        self
    }

    /// The answer as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("recount {}: {error}\n{self:?}", self.args))
    }

    /// Command, exit code and both streams, without what differs from run to run: hashes and the time of the test.
    pub fn shown(&self) -> String {
        let stderr = if self.stderr.is_empty() { String::new() } else { format!("--- stderr\n{}", self.stderr) };
        let code = if self.code == 0 { String::new() } else { format!("--- exit code {}\n", self.code) };
        format!("$ recount {}\n{}{}{code}", self.args, timeless(&self.stdout), timeless(&stderr))
    }
}

/// Hides hashes, random ids and moments of the run itself, which no data of a test comes near.
fn timeless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let inside = shown.ends_with(|before: char| before.is_ascii_alphanumeric() || before == '-');
        let hidden = hash(rest).or_else(|| random_id(rest)).or_else(|| moment(rest)).filter(|_| !inside);
        match hidden {
            // As wide as what it stands for, so that tables stay aligned.
            Some((name, length)) => shown.push_str(&format!("{name:<width$}", width = length.min(16))),
            None => shown.push(c),
        }
        rest = &rest[hidden.map_or(c.len_utf8(), |(_, length)| length)..];
    }
    shown
}

/// A whole SHA-256 or the first 12 digits of one.
fn hash(text: &str) -> Option<(&'static str, usize)> {
    let digits = text.bytes().take_while(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b)).count();
    let next = text[digits..].chars().next();
    let whole = !next.is_some_and(|c| c.is_ascii_alphanumeric() || c == '-');
    (whole && matches!(digits, 12 | 64)).then_some(("<hash>", digits))
}

/// A UUID of version 4.
fn random_id(text: &str) -> Option<(&'static str, usize)> {
    let id = text.get(..36)?;
    let shape = |(at, b): (usize, u8)| if [8, 13, 18, 23].contains(&at) { b == b'-' } else { b.is_ascii_hexdigit() };
    (id.bytes().enumerate().all(shape) && id.as_bytes()[14] == b'4').then_some(("<random id>", 36))
}

/// `2026-11-22 05:03` or `2026-11-22T05:03:04.936077Z`, of the last day.
fn moment(text: &str) -> Option<(&'static str, usize)> {
    let bytes = text.as_bytes();
    let dated = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-') && text.get(..10)? >= yesterday();
    let length = match bytes.get(10)? {
        b' ' if bytes.get(13) == Some(&b':') => 16,
        b'T' => text.find('Z')? + 1,
        _ => return None,
    };
    dated.then_some(("<now>", length))
}

fn yesterday() -> &'static str {
    static DAY: OnceLock<String> = OnceLock::new();
    const DAY_MICROS: i64 = 86_400_000_000;
    DAY.get_or_init(|| {
        let before = Instant::from_micros(Instant::now().micros() - DAY_MICROS).expect("tests run after 1970");
        before.to_string()[..10].to_owned()
    })
}
