//! `recount evidence`: a figure with everything from which somebody else can compute and prove it.

use std::ffi::OsString;
use std::path::PathBuf;

use recount_ledger::Reader;
use recount_ledger::checkpoint::NotedCheckpoint;
use recount_metrics::{RetentionQuestion, Window, retention};
use serde::Serialize;

use super::ndr;
use crate::args::{CurrencyArgs, CutArgs, DefinitionArgs};
use crate::context::Context;
use crate::definition::DefinitionJson;
use crate::error::{CommandError, ErrorKind};
use crate::files::refuse_inside;
use crate::load::{Book, Source};
use crate::output::csv::Records;
use crate::output::{Page, Report, money};
use crate::pack::{self, Figure, Needs, Reach};
use crate::scope::Scope;
use crate::signing::{self, PUBLIC_MODE};

const EXAMPLES: &str = "\
Examples:
  recount evidence --window 2025 --sign recount.key -o 2025.zip
  recount evidence --window 2025 --ledger-at 2025-12 --definition board-ndr --to 2025.zip
  recount evidence --window 2025 --whole --sign recount.key -o 2025.zip    with every record: nothing can be missing
  recount verify 2025.zip --key recount.key.pub                            by anyone, without the ledger

The pack holds the report, the definition, a schedule of every customer, the records behind the figure with their
proofs, the checkpoint, and a page for the auditor. Whoever gets it, reads these customers' records.";

/// Flags of `evidence`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The span: 2025, 2025-H1, 2025-Q3, 2025-06, ttm:2025-06, FY2025, or two ends joined by ..
    #[arg(long, value_name = "W")]
    pub window: String,
    /// By which definition.
    #[command(flatten)]
    pub definition: DefinitionArgs,
    /// The new file; `-o FILE.zip` names it, too
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
    /// Sign the checkpoint with the key in this file; without it nobody vouches for the pack
    #[arg(long, value_name = "KEY")]
    pub sign: Option<PathBuf>,
    /// All records of the ledger, so that the root proves that none is missing
    #[arg(long)]
    pub whole: bool,
    /// In which currency.
    #[command(flatten)]
    pub currency: CurrencyArgs,
    /// What was known.
    #[command(flatten)]
    pub cut: CutArgs,
}

/// `-o FILE.zip` of this command as `--to FILE.zip`: everywhere else `-o` says how to print.
pub fn name_file(typed: Vec<OsString>) -> Vec<OsString> {
    if !typed.iter().any(|word| word == "evidence") {
        return typed;
    }
    let is_zip = |text: &str| text.to_ascii_lowercase().ends_with(".zip");
    let glued = |text: &str| {
        let file = ["--output=", "-o=", "-o"].iter().find_map(|flag| text.strip_prefix(flag));
        file.filter(|file| is_zip(file)).map(OsString::from)
    };
    let mut named: Vec<OsString> = Vec::new();
    for word in typed {
        let text = word.to_string_lossy();
        let flag = named.last_mut().filter(|last| *last == "-o" || *last == "--output");
        match (flag, glued(&text)) {
            (Some(flag), _) if is_zip(&text) => *flag = "--to".into(),
            (_, Some(file)) => {
                named.extend(["--to".into(), file]);
                continue;
            }
            _ => (),
        }
        named.push(word);
    }
    named
}

/// Writes the pack.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    if args.to.exists() {
        return Err(signing::exists(&args.to));
    }
    refuse_inside(&context.dir, &args.to)?;
    let book = Book::open(context)?;
    let scope = Scope::new(&book, &args.cut, context)?;
    let reader = &book.reader;
    if book.projection.size() != Source::size(reader) {
        return Err(behind());
    }
    let definition = scope.definition(&args.definition, &args.currency)?;
    let window = Window::parse(&args.window, &scope.calendar)?;
    let question = RetentionQuestion { window: &window, definition: &definition, calendar: &scope.calendar, by: None };
    let report = retention(&scope.view, &question)?;
    let described = DefinitionJson::of(&definition, &scope);
    let figures = ndr::Figures::new(&report, &described, false);
    let (currency, cut) = (report.currency, scope.view.cut());
    let envelope = scope.envelope(&report.warnings);
    let answer = ndr::Answer::new(figures, None, envelope, report, definition.parameters.display);
    let report = serde_json::to_value(&answer).expect("reports hold texts, numbers and lists of them");
    let (records, reach) = if args.whole {
        (all(reader)?, Reach::Whole)
    } else {
        let close = scope.close.map(|close| close.position);
        let needs = Needs::of(&definition, &window, cut.size, currency).with_close(close);
        (pack::select(reader, &needs)?, Reach::Customers)
    };
    let checkpoint = match &args.sign {
        Some(key) => signing::sign_head(reader, key)?,
        None => NotedCheckpoint { checkpoint: signing::head(reader), note: None },
    };
    let made = Made::of(args, &report, records.len() as u64, reach, &checkpoint);
    let figure = Figure { report, window, calendar: scope.calendar, definition, cut };
    let pack = pack::build(figure, records, reach, &checkpoint, &reader.prover())?;
    signing::write_new(&args.to, &pack.to_bytes()?, PUBLIC_MODE)?;
    context.out.report(&made)?;
    if args.sign.is_none() {
        context.out.note("the checkpoint in it is not signed: whoever gets it has only your word; give --sign KEY")?;
    }
    Ok(())
}

fn all(reader: &Reader) -> Result<Vec<recount_ledger::Recorded>, CommandError> {
    let mut records = Vec::new();
    for chunk in reader.read(..)? {
        records.extend(chunk?.records().map(|record| record.to_owned_record()));
    }
    Ok(records)
}

/// Another process writes, and the cache answered.
fn behind() -> CommandError {
    let message = "the ledger is in use, and an evidence pack needs all of its records";
    CommandError::new(ErrorKind::Unavailable, "in_use", message).hint("run it again when the other process is done")
}

#[derive(Serialize)]
struct Made {
    schema: &'static str,
    file: String,
    window: String,
    ndr: Option<String>,
    reach: Reach,
    records: u64,
    size: u64,
    root: String,
    signed_by: Vec<String>,
}

impl Made {
    fn of(args: &Args, report: &serde_json::Value, records: u64, reach: Reach, noted: &NotedCheckpoint) -> Self {
        let signatures = noted.note.iter().flat_map(|note| note.signatures());
        Self {
            schema: "recount.evidence/1",
            file: args.to.display().to_string(),
            window: args.window.clone(),
            ndr: report["ndr"].as_str().map(str::to_owned),
            reach,
            records,
            size: noted.checkpoint.size,
            root: noted.checkpoint.root.to_string(),
            signed_by: signatures.map(|signature| format!("{}+{:08x}", signature.name, signature.id)).collect(),
        }
    }
}

impl Report for Made {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let (file, window, ndr) = (&self.file, &self.window, self.ndr.as_deref().unwrap_or("undefined"));
        page.line(format!("{file} holds the evidence for NDR over {window}, {ndr}"));
        let (records, size) = (money::count(self.records), money::count(self.size));
        page.line(match self.reach {
            Reach::Whole => format!("all {size} records, so that none can be missing"),
            Reach::Customers => format!("{records} of {size} records: those of the customers behind the figure"),
        });
        page.line(format!("root {}", self.root));
        self.signed_by.iter().for_each(|key| {
            page.line(format!("signed by {key}"));
        });
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["file", "window", "ndr", "records", "size", "root", "signed_by"]);
        let (count, size) = (self.records.to_string(), self.size.to_string());
        let ndr = self.ndr.as_deref().unwrap_or_default();
        records.row([&self.file, &self.window, ndr, &count, &size, &self.root, &self.signed_by.join(" ")]);
        records
    }
}
