//! `recount prove`: a document that shows somebody without the ledger that a record is in it, or that it only grew.

use std::path::{Path, PathBuf};

use recount_ledger::checkpoint::{Checkpoint, NotedCheckpoint};
use recount_ledger::{DEFAULT_SOURCE, EventId, Reader};
use serde::Serialize;

use crate::args::Format;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::output::csv::Records;
use crate::output::{Page, Report};
use crate::proof::{Consistency, Document, Inclusion};
use crate::signing::{self, PUBLIC_MODE};

const EXAMPLES: &str = "\
Examples:
  recount prove --event crm-4711 --checkpoint 2025-06.checkpoint --to crm-4711.proof
  recount prove --event 52e761d2-0b86-5318-81ad-2dbd0bd93452 --sign recount.key
  recount prove --from 2025-06.checkpoint --sign recount.key --to since-june.proof
  recount verify-proof crm-4711.proof --key recount.key.pub       by anyone, without the ledger

A proof of inclusion holds the record itself: whoever gets it, reads it. It shows that the record was among the first
so many records. A proof of consistency shows that the records of a checkpoint are still the first ones, unchanged.";

/// Flags of `prove`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["event", "from"]))]
pub struct Args {
    /// Prove that this record is there: its key in its source, or the UUID that `log` shows
    #[arg(long, value_name = "ID")]
    pub event: Option<String>,
    /// The system that the record came from, where ID is its key there
    #[arg(long, value_name = "NAME", default_value = DEFAULT_SOURCE)]
    pub source: String,
    /// Prove that the ledger extends this earlier checkpoint
    #[arg(long, value_name = "CHECKPOINT")]
    pub from: Option<PathBuf>,
    /// Under this checkpoint of the ledger [default: its present head]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["size", "sign"])]
    pub checkpoint: Option<PathBuf>,
    /// Under the root over the first N records
    #[arg(long, value_name = "N", conflicts_with = "sign")]
    pub size: Option<u64>,
    /// Under the present head, signed with the key in this file
    #[arg(long, value_name = "KEY")]
    pub sign: Option<PathBuf>,
    /// Write it to a new file
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
}

/// Writes the proof.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let reader = context.reader()?;
    let (document, made) = match (&args.event, &args.from) {
        (Some(event), _) => inclusion(event, args, &reader)?,
        (None, Some(from)) => consistency(from, args, &reader)?,
        (None, None) => return Err(CommandError::usage("say what to prove: --event ID or --from CHECKPOINT")),
    };
    let Some(path) = &args.to else {
        return match context.out.format() {
            Format::Json => context.out.json_line(&document),
            Format::Table | Format::Csv => context.out.text(&document.to_text()),
        };
    };
    signing::write_new(path, &document.to_text(), PUBLIC_MODE)?;
    context.out.report(&Made { file: path.display().to_string(), ..made })
}

fn inclusion(event: &str, args: &Args, reader: &Reader) -> Result<(Document, Made), CommandError> {
    let id = EventId::of_key(&args.source, event);
    let record = reader.find(id)?.ok_or_else(|| unknown(event, id, &args.source))?;
    let under = under(args, reader)?;
    let (position, size) = (record.position.0, under.checkpoint.size);
    if position >= size {
        let message = format!("event {id} stands at position {position}, which is not among the first {size} records");
        let error = CommandError::new(ErrorKind::Usage, "beyond", message);
        let error = CommandError { position: Some(position), ..error };
        return Err(error.hint("the checkpoint is older than the record: choose a later one"));
    }
    let proof = reader.prover().inclusion(position, size)?;
    let document = Document::Inclusion(Box::new(Inclusion::new(&record, &proof, &under)));
    Ok((document, Made::of(&under.checkpoint, Some(position), None)))
}

fn consistency(from: &Path, args: &Args, reader: &Reader) -> Result<(Document, Made), CommandError> {
    let earlier = signing::checkpoint(from)?;
    signing::must_extend(reader, &earlier.checkpoint).map_err(|error| error.in_file(from))?;
    let under = under(args, reader)?;
    let (size, later) = (earlier.checkpoint.size, under.checkpoint.size);
    if size > later {
        let message =
            format!("the checkpoint has {size} records, more than the {later} under which it is to be proved");
        return Err(CommandError::new(ErrorKind::Usage, "beyond", message).in_file(from));
    }
    let proof = reader.prover().consistency(size, later)?;
    let document = Document::Consistency(Consistency::new(&proof, &earlier, &under));
    Ok((document, Made::of(&under.checkpoint, None, Some(size))))
}

/// The checkpoint under which something is proved.
fn under(args: &Args, reader: &Reader) -> Result<NotedCheckpoint, CommandError> {
    if let Some(path) = &args.checkpoint {
        let noted = signing::checkpoint(path)?;
        signing::must_extend(reader, &noted.checkpoint).map_err(|error| error.in_file(path))?;
        return Ok(noted);
    }
    if let Some(key) = &args.sign {
        return signing::sign_head(reader, key);
    }
    let checkpoint = match args.size {
        Some(size) => Checkpoint::of(reader.header().id, size, reader.prover().root_at(size)?),
        None => signing::head(reader),
    };
    Ok(NotedCheckpoint { checkpoint, note: None })
}

/// No record has this event id.
pub fn unknown(event: &str, id: EventId, source: &str) -> CommandError {
    let message = format!("there is no record of event {event:?} (id {id}, source {source})");
    let error = CommandError::new(ErrorKind::Input, "unknown_event", message);
    error.hint("`recount log` shows event ids; --source names the system whose key was given")
}

#[derive(Serialize)]
struct Made {
    schema: &'static str,
    file: String,
    size: u64,
    root: String,
    position: Option<u64>,
    from: Option<u64>,
}

impl Made {
    fn of(under: &Checkpoint, position: Option<u64>, from: Option<u64>) -> Self {
        let (size, root) = (under.size, under.root.to_string());
        Self { schema: "recount.prove/1", file: String::new(), size, root, position, from }
    }
}

impl Report for Made {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let (file, size) = (&self.file, self.size);
        match (self.position, self.from) {
            (Some(position), _) => page.line(format!(
                "{file} proves that the record at position {position} is among the first {size} records, and holds it"
            )),
            (None, from) => page.line(format!(
                "{file} proves that the first {size} records begin with the first {}, unchanged",
                from.unwrap_or_default()
            )),
        };
        page.line(format!("root {}", self.root));
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["file", "position", "from", "size", "root"]);
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        records.row([&self.file, &number(self.position), &number(self.from), &self.size.to_string(), &self.root]);
        records
    }
}
