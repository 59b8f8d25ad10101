//! `recount verify`: re-reads every byte and compares it with what the ledger says about itself.

use recount_ledger::Damage;
use serde::Serialize;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::output::csv::Records;
use crate::output::progress::Bar;
use crate::output::{Column, Page, Report, Style, Table, money};
use crate::scope::hex;

const EXAMPLES: &str = "\
Examples:
  recount verify
  recount verify -o json | jq .root

It reads every record from disk, rebuilds the Merkle tree and compares its head. Exit code 4 if anything differs.";

/// Flags of `verify`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {}

/// Verifies the ledger.
pub fn run(_args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let bar = Bar::records(&context.out, "verifying", 0);
    let report = recount_ledger::verify(&context.dir, &mut |done, total| {
        bar.total(total);
        bar.set(done);
    })?;
    drop(bar);
    let damage: Vec<_> = report.damage.iter().map(Damaged::from).collect();
    let first = report.damage.first().cloned();
    context.out.report(&Verified { schema: "recount.verify/1", size: report.size, root: hex(&report.root), damage })?;
    match first {
        None => Ok(()),
        Some(damage) => {
            let found = report.damage.len();
            let message =
                format!("the ledger is damaged in {found} place{}: {damage}", if found == 1 { "" } else { "s" });
            let error = CommandError::new(ErrorKind::Damaged, "damaged", message).in_file(&damage.file);
            let position = damage.positions.map(|(first, _)| first);
            Err(CommandError { position, ..error }
                .hint("restore the ledger from a copy; every copy can be verified alike"))
        }
    }
}

#[derive(Serialize)]
struct Verified {
    schema: &'static str,
    size: u64,
    root: String,
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
            page.styled(format!("{} records, all as they were written", money::count(self.size)), Style::Good);
        } else {
            let mut table = Table::new(["file", "positions", "what is wrong"].map(Column::text));
            for damage in &self.damage {
                table.row([damage.file.as_str().into(), damage.span().into(), damage.what.as_str().into()]);
            }
            page.table(table);
        }
        page.line(format!("root {}", self.root));
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["size", "root", "file", "positions", "what"]);
        if self.damage.is_empty() {
            records.row([self.size.to_string().as_str(), &self.root, "", "", ""]);
        }
        for damage in &self.damage {
            records.row([&self.size.to_string(), &self.root, &damage.file, &damage.span(), &damage.what]);
        }
        records
    }
}
