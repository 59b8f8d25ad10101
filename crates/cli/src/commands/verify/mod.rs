//! `recount verify`: re-reads every byte and compares it with what the ledger says about itself.

mod cache;
mod checkpoint;
mod pack;

use std::path::PathBuf;

use recount_ledger::{Damage, Intact};
use serde::Serialize;

pub use self::checkpoint::Earlier;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind, ledger_flag};
use crate::output::csv::Records;
use crate::output::progress::Bar;
use crate::output::{Cell, Column, Page, Report, Style, Table, money};
use crate::scope::hex;

const EXAMPLES: &str = "\
Examples:
  recount verify
  recount checkpoint --sign recount.key --to 2025-06.checkpoint            keep it somewhere else ...
  recount verify --checkpoint 2025-06.checkpoint --key recount.key.pub     ... and prove later that the ledger only grew
  recount verify 2025.zip --key recount.key.pub                            an evidence pack, without any ledger

It reads every record from disk, rebuilds the Merkle tree, and compares head, identity index and caches with it. All
damage is listed, and which records are intact beside it; exit code 4 if there is any.

Of an evidence pack it proves every record and computes the figure from them: exit code 1 if the pack prints another
one, 4 if a proof or signature does not hold.";

/// Flags of `verify`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
#[command(group = clap::ArgGroup::new("noted").args(["pack", "checkpoint"]).multiple(true))]
pub struct Args {
    /// An evidence pack, as `recount evidence` writes it; without one, the ledger is verified
    #[arg(value_name = "PACK")]
    pub pack: Option<PathBuf>,
    /// A checkpoint that was noted earlier, as `recount checkpoint` prints it; also JSON with size and root of any report
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// The checkpoint must be signed by this verifier key, given as it is or as a file that holds it
    #[arg(long, value_name = "VKEY", requires = "noted")]
    pub key: Option<String>,
}

/// Verifies the ledger, or a pack.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    if let Some(path) = &args.pack {
        return pack::run(path, args, context);
    }
    let checkpoint = args.checkpoint.as_deref().map(|path| Earlier::read(path, args.key.as_deref())).transpose()?;
    let report = verify(context)?;
    let verified = Verified {
        schema: "recount.verify/1",
        size: report.headed.then_some(report.size),
        root: report.headed.then(|| hex(&report.root)),
        damage: report.damage.iter().map(Damaged::from).collect(),
        intact: report.intact.iter().map(Whole::from).collect(),
    };
    context.out.report(&verified)?;
    for note in &report.notes {
        context.out.note(&format!("{}: {}", note.file.display(), note.what))?;
    }
    match report.damage.first() {
        None => checkpoint.map_or(Ok(()), |checkpoint| checkpoint.compare(&context.reader()?, context)),
        Some(first) => Err(damaged(first, &report, context)),
    }
}

/// The ledger's own report, and what the projection cache comes to.
fn verify(context: &Context) -> Result<recount_ledger::Report, CommandError> {
    let bar = Bar::records(&context.out, "verifying", 0);
    let mut report = recount_ledger::verify(&context.dir, &mut |done, total| {
        bar.total(total);
        bar.set(done);
    })?;
    if report.damage.is_empty() {
        bar.message("comparing the projection cache".to_owned());
        report.damage.extend(cache::compare(&context.dir, &context.reader()?, &bar)?);
    }
    Ok(report)
}

fn damaged(first: &Damage, report: &recount_ledger::Report, context: &Context) -> CommandError {
    let places = match report.damage.len() {
        1 => "one place".to_owned(),
        found => format!("{found} places"),
    };
    let message = format!("the ledger is damaged in {places}: {first}; {}", intact_text(&report.intact));
    let error = CommandError::new(ErrorKind::Damaged, "damaged", message).in_file(&first.file);
    let position = first.positions.map(|(first, _)| first);
    let flag = ledger_flag(&context.dir);
    CommandError { position, ..error }
        .hint("restore it from a backup; every copy can be verified alike")
        .hint(format!("or make a new ledger of what is intact: `recount{flag} salvage --to DIR`"))
}

/// Which records are intact, as a sentence.
pub fn intact_text(intact: &[Intact]) -> String {
    let spans: Vec<String> = intact.iter().map(|range| Whole::from(range).words()).collect();
    match spans.as_slice() {
        [] => "no record is known to be intact".to_owned(),
        some => format!("intact are the records {}", some.join(", ")),
    }
}

#[derive(Serialize)]
struct Verified {
    schema: &'static str,
    size: Option<u64>,
    root: Option<String>,
    damage: Vec<Damaged>,
    intact: Vec<Whole>,
}

/// Intact records.
#[derive(Serialize)]
pub struct Whole {
    /// First and last.
    positions: [u64; 2],
    vouched_by: &'static str,
}

impl From<&Intact> for Whole {
    fn from(intact: &Intact) -> Self {
        Self { positions: [intact.first, intact.end.saturating_sub(1)], vouched_by: intact.by.name() }
    }
}

impl Whole {
    /// First and last position.
    pub fn ends(&self) -> [String; 2] {
        self.positions.map(|position| position.to_string())
    }

    /// What says so.
    pub const fn by(&self) -> &'static str {
        self.vouched_by
    }

    /// `0 to 4,095 (root)`.
    pub fn words(&self) -> String {
        let [first, last] = self.positions.map(money::count);
        format!("{first} to {last} ({})", self.vouched_by)
    }
}

/// What is not as it was written.
#[derive(Serialize)]
pub struct Damaged {
    file: String,
    /// First and last.
    positions: Option<[u64; 2]>,
    what: String,
}

impl From<&Damage> for Damaged {
    fn from(damage: &Damage) -> Self {
        let positions = damage.positions.map(|(first, end)| [first, end.saturating_sub(1)]);
        Self { file: damage.file.display().to_string(), positions, what: damage.what.clone() }
    }
}

impl Damaged {
    /// A row of a table.
    pub fn row(&self) -> [Cell; 3] {
        [self.file.as_str().into(), self.span().into(), self.what.as_str().into()]
    }

    fn span(&self) -> String {
        match self.positions {
            Some([first, last]) if first == last => first.to_string(),
            Some([first, last]) => format!("{first}-{last}"),
            None => String::new(),
        }
    }
}

impl Report for Verified {
    fn page(&self) -> Page {
        let mut page = Page::new();
        if self.damage.is_empty() {
            let size = money::count(self.size.unwrap_or_default());
            page.styled(format!("{size} records, all as they were written"), Style::Good);
        } else {
            let mut table = Table::new(["file", "positions", "what is wrong"].map(Column::text));
            for damage in &self.damage {
                table.row(damage.row());
            }
            page.table(table);
            let spans: Vec<String> = self.intact.iter().map(Whole::words).collect();
            match spans.as_slice() {
                [] => page.line("no record is known to be intact"),
                some => page.line(format!("intact: {}", some.join(", "))),
            };
        }
        self.root.iter().for_each(|root| {
            page.line(format!("root {root}"));
        });
        page
    }

    fn records(&self) -> Records {
        let size = self.size.map(|size| size.to_string()).unwrap_or_default();
        let root = self.root.as_deref().unwrap_or_default();
        let mut records = Records::new(["size", "root", "file", "positions", "what"]);
        if self.damage.is_empty() {
            records.row([&size, root, "", "", ""]);
        }
        for damage in &self.damage {
            records.row([&size, root, &damage.file, &damage.span(), &damage.what]);
        }
        records
    }
}
