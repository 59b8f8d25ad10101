//! `recount verify`: re-reads every byte and compares it with what the ledger says about itself.

mod cache;
mod checkpoint;

use std::path::PathBuf;

use recount_ledger::{Damage, OpenError};
use serde::Serialize;

pub use self::checkpoint::Earlier;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::output::csv::Records;
use crate::output::progress::Bar;
use crate::output::{Column, Page, Report, Style, Table, money};
use crate::scope::hex;

const EXAMPLES: &str = "\
Examples:
  recount verify
  recount checkpoint --sign recount.key --to 2025-06.checkpoint            keep it somewhere else ...
  recount verify --checkpoint 2025-06.checkpoint --key recount.key.pub     ... and prove later that the ledger only grew

It reads every record from disk, rebuilds the Merkle tree and compares its head. Exit code 4 if anything differs.";

/// Flags of `verify`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A checkpoint that was noted earlier, as `recount checkpoint` prints it; also JSON with size and root of any report
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// The checkpoint must be signed by this verifier key, given as it is or as a file that holds it
    #[arg(long, value_name = "VKEY", requires = "checkpoint")]
    pub key: Option<String>,
}

/// Verifies the ledger.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let checkpoint = args.checkpoint.as_deref().map(|path| Earlier::read(path, args.key.as_deref())).transpose()?;
    let (head, damage) = verify(context)?;
    let verified = Verified {
        schema: "recount.verify/1",
        size: head.map(|(size, _)| size),
        root: head.map(|(_, root)| hex(&root)),
        damage: damage.iter().map(Damaged::from).collect(),
    };
    context.out.report(&verified)?;
    match damage.first() {
        None => checkpoint.map_or(Ok(()), |checkpoint| checkpoint.compare(&context.reader()?, context)),
        Some(first) => Err(damaged(first, damage.len())),
    }
}

type Head = (u64, [u8; 32]);

/// Size and root, where the ledger can be opened at all, and whatever is wrong with it.
fn verify(context: &Context) -> Result<(Option<Head>, Vec<Damage>), CommandError> {
    let bar = Bar::records(&context.out, "verifying", 0);
    let verified = recount_ledger::verify(&context.dir, &mut |done, total| {
        bar.total(total);
        bar.set(done);
    });
    let report = match verified {
        Ok(report) => report,
        Err(OpenError::Damaged(damage)) => return Ok((None, vec![damage])),
        Err(error) => return Err(error.into()),
    };
    let mut damage = report.damage;
    if damage.is_empty() {
        bar.message("comparing the projection cache".to_owned());
        damage.extend(cache::compare(&context.dir, &context.reader()?, &bar)?);
    }
    Ok((Some((report.size, report.root)), damage))
}

fn damaged(first: &Damage, found: usize) -> CommandError {
    let places = if found == 1 { "one place".to_owned() } else { format!("{found} places") };
    let message = format!("the ledger is damaged in {places}: {first}");
    let error = CommandError::new(ErrorKind::Damaged, "damaged", message).in_file(&first.file);
    let position = first.positions.map(|(first, _)| first);
    CommandError { position, ..error }.hint("restore what is damaged from a copy; every copy can be verified alike")
}

#[derive(Serialize)]
struct Verified {
    schema: &'static str,
    size: Option<u64>,
    root: Option<String>,
    damage: Vec<Damaged>,
}

#[derive(Serialize)]
struct Damaged {
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
                table.row([damage.file.as_str().into(), damage.span().into(), damage.what.as_str().into()]);
            }
            page.table(table);
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
