//! What a file's name says about how to read it.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use thiserror::Error;

/// How the rows of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Native CSV: a header, then a row per event.
    Csv,
    /// Native JSON Lines: an object per line.
    JsonLines,
}

/// The text is not the name of a format.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not a format; the formats are csv and jsonl")]
pub struct FormatError(String);

impl Format {
    /// The format that a file's extension tells, below one of compression.
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let plain = Compression::EXTENSIONS.iter().find_map(|(ending, _)| name.strip_suffix(ending));
        let (_, extension) = plain.unwrap_or(&name).rsplit_once('.')?;
        extension.parse().ok()
    }

    /// The name that `--format` and the import record use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        match text {
            "csv" | "tsv" => Ok(Self::Csv),
            "jsonl" | "ndjson" => Ok(Self::JsonLines),
            _ => Err(FormatError(text.chars().take(32).collect())),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How the bytes of a file are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    const EXTENSIONS: [(&'static str, Self); 2] = [(".gz", Self::Gzip), (".zst", Self::Zstd)];

    pub(crate) fn of_path(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let known = Self::EXTENSIONS.iter().find(|(ending, _)| name.ends_with(ending));
        known.map_or(Self::None, |(_, compression)| *compression)
    }
}
