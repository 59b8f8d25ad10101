//! Finds a definition by what was typed: a preset, a version that the ledger holds, or a file.

use std::path::Path;

use recount_ledger::Close;
use recount_metrics::{Definition, DefinitionError, PRESETS};
use recount_projection::Listed;

use crate::error::{CommandError, ErrorKind};
use crate::scope::hex;

/// A definition as the ledger holds it.
pub type Publication = Listed<recount_ledger::Definition>;

/// The definitions that a ledger holds, under a cut.
#[derive(Clone, Copy)]
pub struct Published<'p> {
    all: &'p [Publication],
    /// Those among the first so many records are in force.
    size: u64,
}

/// A definition that was found.
pub struct Named<'p> {
    /// The definition.
    pub definition: Definition,
    /// Its record; none for a preset or a file.
    pub publication: Option<&'p Publication>,
    /// The document of a file.
    pub document: Option<String>,
}

impl<'p> Published<'p> {
    /// These definitions, oldest first, under a cut of so many records.
    pub const fn new(all: &'p [Publication], size: u64) -> Self {
        Self { all, size }
    }

    /// Those that the cut admits, oldest first.
    pub fn admitted(&self) -> impl DoubleEndedIterator<Item = &'p Publication> + use<'p> {
        let size = self.size;
        self.all.iter().filter(move |listed| listed.position.0 < size)
    }

    /// The version of a name that is in force: the newest that the cut admits.
    pub fn in_force(&self, name: &str) -> Option<&'p Publication> {
        self.admitted().rfind(|listed| listed.body.name == name)
    }

    /// Whether the record was published after the cut.
    pub const fn is_later(&self, publication: &Publication) -> bool {
        publication.position.0 >= self.size
    }

    /// What `--definition` names. A name without a version means the one in force; one with a version means that
    /// document, also if it was published after the cut. What looks like a path is a file, everything else is a file
    /// only where no definition has that name.
    pub fn named(&self, text: &str) -> Result<Named<'p>, CommandError> {
        let path = Path::new(text);
        let ends_so = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
        if ends_so || text.contains(std::path::MAIN_SEPARATOR) {
            return file(path);
        }
        if let Some((name, version)) = text.rsplit_once('@') {
            return self.version(name, version);
        }
        if let Ok(preset) = Definition::preset(text) {
            return Ok(Named { definition: preset, publication: None, document: None });
        }
        match self.in_force(text) {
            Some(publication) => read(publication),
            None if path.is_file() => file(path),
            None => Err(self.unknown(text)),
        }
    }

    fn version(&self, name: &str, version: &str) -> Result<Named<'p>, CommandError> {
        let number: u32 = version
            .parse()
            .map_err(|_| CommandError::usage(format!("{version:?} is not a version; write it like {name}@2")))?;
        if number == 0 && Definition::preset(name).is_ok() {
            return Ok(Named { definition: Definition::preset(name)?, publication: None, document: None });
        }
        let found = self.all.iter().rfind(|listed| listed.body.name == name && listed.body.version == number);
        found.map_or_else(|| Err(self.unknown(&format!("{name}@{number}"))), read)
    }

    /// The definition that a close pins, checked against the hash that it noted.
    pub fn pinned(&self, close: &Close) -> Result<Definition, CommandError> {
        self.pinned_record(close).map(|named| named.definition)
    }

    /// The same with its record.
    pub fn pinned_record(&self, close: &Close) -> Result<Named<'p>, CommandError> {
        let named = self.version(&close.definition, &close.version.to_string())?;
        let found = &named.definition;
        if found.hash() == close.definition_hash {
            return Ok(named);
        }
        let (name, version) = (&close.definition, close.version);
        let message = format!(
            "the close {:?} pins {name}@{version} with hash {}, but here it has hash {}",
            close.name,
            hex(&close.definition_hash),
            found.hash_hex()
        );
        let error = CommandError::new(ErrorKind::Damaged, "definition_hash", message);
        Err(error.hint("use the version of recount that made the close, or name a definition with --definition"))
    }

    fn unknown(&self, text: &str) -> CommandError {
        let name = text.split('@').next().unwrap_or(text);
        let versions: Vec<&Publication> = self.all.iter().filter(|listed| listed.body.name == name).collect();
        let later = |listed: &Publication| {
            let (body, position) = (&listed.body, listed.position);
            let when = if self.is_later(listed) { ", after the cut" } else { "" };
            format!("{}@{} (position {position}{when})", body.name, body.version)
        };
        let message = format!("there is no definition {text:?}{}", if versions.is_empty() { "" } else { " in force" });
        let error = CommandError::new(ErrorKind::Usage, "definition", message);
        if !versions.is_empty() {
            let listed: Vec<String> = versions.iter().map(|listed| later(listed)).collect();
            return error.hint(format!("the ledger holds {}", listed.join(", ")));
        }
        let presets: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
        let mut names: Vec<&str> = self.admitted().map(|listed| listed.body.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let error = error.hint(format!("the presets are {}", presets.join(", ")));
        let error = match names.as_slice() {
            [] => error.hint("the ledger holds no others; publish one with `recount define FILE`"),
            names => error.hint(format!("the ledger holds {}", names.join(", "))),
        };
        error.hint("a path to a TOML file is a definition, too")
    }
}

/// The definition of a record.
fn read(publication: &Publication) -> Result<Named<'_>, CommandError> {
    let definition =
        Definition::from_toml(&publication.body.document).map_err(|error| unreadable(publication, error))?;
    let definition = definition.with_version(publication.body.version);
    Ok(Named { definition, publication: Some(publication), document: None })
}

/// It was read when it was published: a newer version of Recount wrote it, or it came another way.
fn unreadable(publication: &Publication, error: DefinitionError) -> CommandError {
    let (name, version) = (&publication.body.name, publication.body.version);
    let message = format!("the definition {name}@{version} cannot be read by this version of recount: {error}");
    let error = CommandError::new(ErrorKind::Usage, "definition", message);
    CommandError { position: Some(publication.position.0), ..error }
}

fn file(path: &Path) -> Result<Named<'static>, CommandError> {
    let document = crate::files::read_text(path, "a definition", recount_ledger::DOCUMENT_BYTES_MAX)?;
    let definition = Definition::from_toml(&document).map_err(|error| CommandError::from(error).in_file(path))?;
    Ok(Named { definition, publication: None, document: Some(document) })
}
