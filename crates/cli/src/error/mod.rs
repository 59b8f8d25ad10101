//! Everything that can go wrong, folded into one shape: what is wrong, where, what to do, and the exit code.

mod fold;

use std::fmt::Display;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::output::plain::inert_json;

/// Whose fault it is; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The answer is "no".
    No,
    /// Wrong usage.
    Usage,
    /// Bad input.
    Input,
    /// The ledger is damaged or was tampered with.
    Damaged,
    /// The ledger is missing, in use, or cannot be read or written.
    Unavailable,
}

impl ErrorKind {
    /// The process's exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::No => 1,
            Self::Usage => 2,
            Self::Input => 3,
            Self::Damaged => 4,
            Self::Unavailable => 5,
        }
    }
}

/// A command that did not do what was asked.
#[derive(Clone, Debug)]
pub struct CommandError {
    /// Whose fault it is.
    pub kind: ErrorKind,
    /// A stable word for scripts.
    pub code: &'static str,
    /// What is wrong, one sentence.
    pub message: String,
    /// The file in question.
    pub file: Option<String>,
    /// Its line, from 1.
    pub line: Option<u64>,
    /// The column's name.
    pub column: Option<String>,
    /// The record in question.
    pub position: Option<u64>,
    /// More of the same kind, one sentence each.
    pub others: Vec<String>,
    /// What to do, one sentence each.
    pub hints: Vec<String>,
}

impl CommandError {
    /// An error of this kind.
    pub fn new(kind: ErrorKind, code: &'static str, message: impl Display) -> Self {
        Self {
            kind,
            code,
            message: message.to_string(),
            file: None,
            line: None,
            column: None,
            position: None,
            others: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// The command line asks for something that makes no sense.
    pub fn usage(message: impl Display) -> Self {
        Self::new(ErrorKind::Usage, "usage", message)
    }

    /// A file or directory could not be read or written.
    pub fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        let message = format!("cannot {doing} {}: {error}", path.display());
        Self { file: Some(path.display().to_string()), ..Self::new(ErrorKind::Unavailable, "io", message) }
    }

    /// There is no ledger where one was looked for.
    pub fn missing_ledger(dir: &Path) -> Self {
        Self::new(ErrorKind::Unavailable, "ledger_missing", format!("there is no ledger in {}", dir.display()))
            .hint(format!("make one with `recount init{}`", ledger_flag(dir)))
            .hint("or name another with --ledger DIR or RECOUNT_LEDGER")
    }

    /// The same error with a way out.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same error about a file.
    pub fn in_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into().display().to_string());
        self
    }

    /// The process's exit code.
    pub const fn exit_code(&self) -> u8 {
        self.kind.exit_code()
    }

    /// The error as JSON: one document of one line.
    pub fn json(&self) -> String {
        let body = ErrorBody {
            code: self.code,
            message: &self.message,
            file: self.file.as_deref(),
            line: self.line,
            column: self.column.as_deref(),
            position: self.position,
            others: &self.others,
            hint: (!self.hints.is_empty()).then(|| self.hints.join("; ")),
        };
        let text = serde_json::to_string(&ErrorDocument { error: body }).expect("strings and numbers always serialize");
        inert_json(text)
    }

    /// Where it is, for people: `orders.csv:12, column mrr`.
    pub fn place(&self) -> Option<String> {
        let mut parts = Vec::new();
        match (&self.file, self.line) {
            (Some(file), Some(line)) => parts.push(format!("{file}:{line}")),
            (Some(file), None) => parts.push(file.clone()),
            (None, Some(line)) => parts.push(format!("line {line}")),
            (None, None) => {}
        }
        parts.extend(self.column.iter().map(|column| format!("column {column}")));
        parts.extend(self.position.iter().map(|position| format!("position {position}")));
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// ` --ledger DIR` where it is not the default one, for hints that can be pasted.
pub fn ledger_flag(dir: &Path) -> String {
    if dir == Path::new("./recount-ledger") { String::new() } else { format!(" --ledger {}", dir.display()) }
}

#[derive(Serialize)]
struct ErrorDocument<'a> {
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    code: &'a str,
    message: &'a str,
    file: Option<&'a str>,
    line: Option<u64>,
    column: Option<&'a str>,
    position: Option<u64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    others: &'a [String],
    hint: Option<String>,
}
