//! The rejects file: bad rows as they were, each with its reason, in a form that a later import takes once mended.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::blocks::{BlockError, Blocks};
use crate::csv::{FieldSpans, Header};
use crate::error::ImportError;
use crate::field::REJECTED_BECAUSE;
use crate::format::Compression;
use crate::formula::{guarded, guarded_cell};
use crate::input::Input;
use crate::jsonl::Object;
use crate::pipeline::Dialect;
use crate::progress::Progress;
use crate::rows::Records;

/// A rejects file that is being written. It takes its name when the import ends; until then, and if that fails, what
/// bears the name stays as it is.
#[derive(Debug)]
pub(crate) struct Rejects {
    path: PathBuf,
    partial: Partial,
    out: BufWriter<File>,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    /// `left_out`: the column of an earlier import's reasons; such a file has its apostrophes already.
    Csv {
        delimiter: u8,
        left_out: Option<usize>,
    },
    JsonLines,
}

/// A file that goes away unless it is kept.
#[derive(Debug)]
pub(crate) struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // It is gone already where it was given its name; where it cannot be removed there is nothing left to do.
        let _gone = fs::remove_file(&self.0);
    }
}

impl Partial {
    /// A new file beside another.
    pub(crate) fn beside(path: &Path, ending: &str) -> io::Result<(Self, File)> {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}{ending}", std::process::id()));
        let path = path.with_file_name(name);
        // What bears the name is left over from a killed process of this number, or a link that someone laid there.
        let _gone_or_not_there = fs::remove_file(&path);
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        Ok((Self(path), file))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Rejects {
    /// Begins the rejects of a file.
    pub(crate) fn create(path: &Path, dialect: &Dialect) -> Result<Self, ImportError> {
        let failed = |error| ImportError::Rejects { path: path.to_owned(), error };
        let (partial, file) = Partial::beside(path, ".partial").map_err(failed)?;
        let mut out = BufWriter::new(file);
        let shape = match dialect {
            Dialect::JsonLines(_) => Shape::JsonLines,
            Dialect::Csv(header) => Shape::of_csv(header, &mut out).map_err(failed)?,
        };
        Ok(Self { path: path.to_owned(), partial, out, shape })
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, text: &[u8], reason: &str) -> Result<(), ImportError> {
        self.write(text, reason).map_err(|error| self.failed(error))
    }

    fn write(&mut self, text: &[u8], reason: &str) -> io::Result<()> {
        match self.shape {
            Shape::Csv { delimiter, left_out } => {
                self.out.write_all(&without_cell(text, delimiter, left_out, left_out.is_some()))?;
                writeln!(self.out, "{}\"{}\"", char::from(delimiter), guarded(reason).replace('"', "\"\""))
            }
            Shape::JsonLines => writeln!(self.out, "{}", json_line(text, reason)),
        }
    }

    fn failed(&self, error: io::Error) -> ImportError {
        ImportError::Rejects { path: self.path.clone(), error }
    }

    /// Writes out what there is: after this only the name is missing, so a full disk shows before anything is recorded.
    pub(crate) fn complete(&mut self) -> Result<(), ImportError> {
        self.out.flush().map_err(|error| self.failed(error))
    }

    /// Gives the file its name.
    pub(crate) fn finish(self) -> Result<(), ImportError> {
        fs::rename(self.partial.path(), &self.path).map_err(|error| self.failed(error))
    }
}

impl Shape {
    fn of_csv(header: &Header, out: &mut impl Write) -> io::Result<Self> {
        let left_out = header.names.iter().position(|name| name == REJECTED_BECAUSE);
        out.write_all(&without_cell(&header.text, header.delimiter, left_out, header.rejects))?;
        writeln!(out, "{}{REJECTED_BECAUSE}", char::from(header.delimiter))?;
        Ok(Self::Csv { delimiter: header.delimiter, left_out })
    }
}

/// A record with its formulas behind apostrophes, and without one of its cells: the reason of an earlier import.
fn without_cell(record: &[u8], delimiter: u8, left_out: Option<usize>, guarded: bool) -> Vec<u8> {
    let cells: Vec<Vec<u8>> = FieldSpans::new(record, delimiter)
        .enumerate()
        .filter(|(index, _)| Some(*index) != left_out)
        .map(|(_, span)| &record[span.start..span.end])
        .map(|cell| if guarded { cell.to_vec() } else { guarded_cell(cell) })
        .collect();
    cells.join(&delimiter)
}

/// The object of a line and its reason; of a line that is no object, its text.
fn json_line(text: &[u8], reason: &str) -> Value {
    let text = String::from_utf8_lossy(text);
    let mut object: Map<String, Value> = match serde_json::from_str::<Object<'_>>(&text) {
        Ok(Object(pairs)) => pairs.into_iter().map(|(key, value)| (key.into_owned(), value)).collect(),
        Err(_) => Map::from_iter([("unreadable".to_owned(), text.into())]),
    };
    object.insert(REJECTED_BECAUSE.to_owned(), reason.into());
    object.into()
}

/// Refuses names for a rejects file that would not do.
pub(crate) fn check_path(path: &Path, input: &Input) -> Result<(), ImportError> {
    let refuse = |what: &str| {
        let error = io::Error::new(io::ErrorKind::InvalidInput, what);
        Err(ImportError::Rejects { path: path.to_owned(), error })
    };
    if Compression::of_path(path) != Compression::None {
        return refuse("is written without compression; choose a name without .gz or .zst");
    }
    // The name is given to a new file: a device, a pipe or a link under it would be lost, and a folder cannot be.
    match fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() => return refuse("is no plain file; choose another name"),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(ImportError::Rejects { path: path.to_owned(), error }),
    }
    let same = |input: &Path| match (fs::canonicalize(input), fs::canonicalize(path)) {
        (Ok(input), Ok(rejects)) => input == rejects,
        _ => input == path,
    };
    match input {
        Input::Path(input) if same(input) => refuse("is the file that is imported; choose another name"),
        _ => Ok(()),
    }
}

/// Reads a file a second time for the rows that the ledger refused, and adds them.
pub(crate) fn add_by_row(
    rejects: &mut Rejects,
    again: &Input,
    dialect: &Dialect,
    mut reasons: HashMap<u64, String>,
) -> Result<[u8; 32], ImportError> {
    let opened = again.open(&Progress::default(), None)?;
    let mut blocks = Blocks::new(opened.text);
    let failed = |error: BlockError| ImportError::Read {
        file: again.shown(),
        error: match error {
            BlockError::Io(error) => error,
            BlockError::Endless => io::Error::new(io::ErrorKind::InvalidData, "changed while it was read"),
        },
    };
    if let Dialect::Csv(header) = dialect {
        blocks.skip(header.bytes).map_err(failed)?;
    }
    blocks.end_records(dialect.ending());
    let (mut rows, mut lines) = (0, 0);
    while let Some(block) = blocks.next_block().map_err(failed)? {
        let mut records = Records::new(&block, dialect.ending());
        for record in records.by_ref() {
            rows += 1;
            let row = if matches!(dialect, Dialect::Csv(_)) { rows } else { lines + record.line };
            if let Some(reason) = reasons.remove(&row) {
                rejects.add(record.text, &reason)?;
            }
        }
        lines += records.lines;
    }
    Ok(opened.meter.bytes_and_sha256().1)
}
