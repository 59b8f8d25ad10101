//! `recount define`: publishes a version of a definition in the ledger.

use std::io::Read;
use std::path::Path;

use recount_ledger::{Body, DOCUMENT_BYTES_MAX, Event, Expected, Key, Options, Origin, Outcome, Writer};
use recount_metrics::{Definition, PRESETS};
use serde::Serialize;

use super::close::SOURCE;
use crate::context::{Context, recorded_by};
use crate::definition::{Publication, Published};
use crate::error::{CommandError, ErrorKind};
use crate::load;
use crate::output::csv::Records;
use crate::output::{Page, Report};

const EXAMPLES: &str = "\
Examples:
  recount define board-ndr.toml
  recount definitions show strict | sed 's/^name.*/name = \"board-ndr\"/' | recount define -
  recount ndr --window 2025 --definition board-ndr

The file's `name` gets its next version, which is never changed. From then on `--definition NAME` means it; reports as of
an earlier `--ledger-at` use the version that was in force there, and NAME@1 is always the first one.";

/// The longest name of a definition, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// Flags of `define`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The definition, a TOML file; - is standard input
    pub file: String,
}

/// Publishes the definition, unless the version in force says the same.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let document = read(&args.file)?;
    let in_file = |error: CommandError| error.in_file(&args.file);
    let definition = Definition::from_toml(&document).map_err(|error| {
        let bad = CommandError::new(ErrorKind::Input, "definition", &error);
        in_file(match error {
            recount_metrics::DefinitionError::Document { line, .. } => CommandError { line: Some(line as u64), ..bad },
            _ => bad,
        })
    })?;
    check_name(&definition.name).map_err(in_file)?;
    let mut writer = Writer::open(&context.dir, Options::default())?;
    let registers = load::registers(&context.dir, &writer, &mut context.out)?;
    let newest = Published::new(&registers.definitions, u64::MAX).in_force(&definition.name);
    if let Some(same) = newest.filter(|newest| says_the_same(newest, &definition)) {
        let event = event(same.body.clone()).id();
        return context.out.report(&Defined::new(&same.body, same.position.0, event.to_string(), true));
    }
    let body = recount_ledger::Definition {
        name: definition.name.clone(),
        version: newest.map_or(1, |newest| newest.body.version.saturating_add(1)),
        document,
        hash: definition.hash(),
    };
    let outcomes = writer.append(vec![event(body.clone())], Expected::Any)?;
    let Outcome { position, id, duplicate } = *outcomes.first().expect("an append answers every event");
    context.out.report(&Defined::new(&body, position.0, id.to_string(), duplicate))
}

fn read(file: &str) -> Result<String, CommandError> {
    let path = Path::new(file);
    let mut bytes = Vec::new();
    // One byte more than may be tells that there is more.
    let most = DOCUMENT_BYTES_MAX as u64 + 1;
    let read = match file {
        "-" => std::io::stdin().take(most).read_to_end(&mut bytes),
        _ => std::fs::File::open(path).and_then(|found| found.take(most).read_to_end(&mut bytes)),
    };
    read.map_err(|error| CommandError::io("read", path, &error))?;
    let bad = |message: String| CommandError::new(ErrorKind::Input, "definition", message).in_file(path);
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(bad(format!(
            "the document is longer than {DOCUMENT_BYTES_MAX} bytes; a definition is a short text"
        )));
    }
    String::from_utf8(bytes).map_err(|_| bad("the document is not UTF-8 text".to_owned()))
}

/// A name that `--definition` can tell from a preset, a version and a file.
fn check_name(name: &str) -> Result<(), CommandError> {
    let refuse = |message: String, hint: &str| {
        let error = CommandError::new(ErrorKind::Input, "definition_name", message);
        Err(CommandError { column: Some("name".to_owned()), ..error }.hint(hint))
    };
    if PRESETS.iter().any(|preset| preset.name == name) {
        return refuse(format!("{name} is a preset, which never changes"), "give the definition a name of its own");
    }
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let ends_so = Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(plain) || name.starts_with('-') || ends_so {
        let shown: String = name.chars().take(NAME_BYTES_MAX).collect();
        return refuse(
            format!("{shown:?} cannot be the name of a published definition"),
            "use letters, digits, and - _ . between them, at most 64 bytes, and no .toml at the end: board-ndr",
        );
    }
    Ok(())
}

/// Whether a version has these very parameters and this description; blanks and comments say nothing.
fn says_the_same(version: &Publication, definition: &Definition) -> bool {
    let known = Definition::from_toml(&version.body.document);
    known.is_ok_and(|known| known.description == definition.description && known.parameters == definition.parameters)
}

/// Its key is name and version, so the ledger itself refuses another document under them.
fn event(definition: recount_ledger::Definition) -> Event {
    Event {
        key: Key::Named(format!("definition {}@{}", definition.name, definition.version)),
        origin: Origin { source: SOURCE.to_owned(), file: None, row: None },
        recorded_by: recorded_by("define"),
        booked_at: None,
        zone: None,
        body: Body::Definition(definition),
    }
}

#[derive(Serialize)]
struct Defined {
    schema: &'static str,
    name: String,
    version: u32,
    hash: String,
    position: u64,
    event_id: String,
    duplicate: bool,
}

impl Defined {
    fn new(body: &recount_ledger::Definition, position: u64, event_id: String, duplicate: bool) -> Self {
        Self {
            schema: "recount.define/1",
            name: body.name.clone(),
            version: body.version,
            hash: crate::scope::hex(&body.hash),
            position,
            event_id,
            duplicate,
        }
    }
}

impl Report for Defined {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let Self { name, version, position, duplicate, .. } = self;
        let hash = &self.hash[..12];
        page.line(match duplicate {
            true => format!(
                "no news: {name}@{version} (hash {hash}) at position {position} says the same, nothing was recorded"
            ),
            false => format!("published {name}@{version} (hash {hash}) at position {position}"),
        });
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["name", "version", "hash", "position", "event_id", "duplicate"]);
        let numbers = [self.version.to_string(), self.hash.clone(), self.position.to_string()];
        let last = [self.event_id.clone(), self.duplicate.to_string()];
        records.row([self.name.clone()].into_iter().chain(numbers).chain(last));
        records
    }
}
