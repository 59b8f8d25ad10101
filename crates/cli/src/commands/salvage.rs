//! `recount salvage`: a sound ledger from what is intact of a damaged one.

use std::path::PathBuf;

use recount_ledger::{Currency, SalvageError, Salvaged, Settings, Zone};
use serde::Serialize;

use super::verify::{Damaged, Whole};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind, ledger_flag};
use crate::output::csv::Records;
use crate::output::progress::Bar;
use crate::output::{Column, Page, Report, Style, Table, money};
use crate::scope::hex;

const EXAMPLES: &str = "\
Examples:
  recount salvage --to rescued
  recount --ledger books/2025 salvage --to books/2025-rescued -o json

It copies the longest run of intact records, from the first one on, into a new ledger, and never changes the old one.
Positions, ids, recording times and the ledger's id stay, so what was signed of those records still holds. Exit code 4
if records were lost, with their positions.";

/// Flags of `salvage`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Directory of the new ledger; it must be empty or not exist
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// Currency of amounts that name none, where the old header cannot be read
    #[arg(long, value_name = "CODE")]
    pub currency: Option<Currency>,
}

/// Makes the new ledger.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let settings = Settings { zone: context.zone.unwrap_or(Zone::UTC), currency: args.currency };
    let bar = Bar::records(&context.out, "copying", 0);
    let salvaged = recount_ledger::salvage(&context.dir, &args.to, settings, &mut |done, total| {
        bar.total(total);
        bar.set(done);
    });
    drop(bar);
    let salvaged = salvaged.map_err(refused)?;
    let rescued = Rescued::of(&salvaged, args);
    context.out.report(&rescued)?;
    if !salvaged.header_read {
        context.out.note(&format!(
            "the old header could not be read: the new ledger has the book zone {}{}; give --tz and --currency if they were others",
            salvaged.header.zone,
            salvaged.header.currency.map(|currency| format!(" and the currency {currency}")).unwrap_or_default()
        ))?;
    }
    match salvaged.lost {
        None => Ok(()),
        Some(lost) => Err(lost_error(lost, args)),
    }
}

fn refused(error: SalvageError) -> CommandError {
    match error {
        SalvageError::Open(open) => open.into(),
        SalvageError::Create(create) => create.into(),
        SalvageError::Nothing { ref damage, .. } => {
            let mut folded = CommandError::new(ErrorKind::Damaged, "nothing_salvaged", &error);
            folded.others = damage.iter().map(ToString::to_string).collect();
            folded.hint("no ledger was made; restore it from a backup")
        }
    }
}

fn lost_error((first, end): (u64, Option<u64>), args: &Args) -> CommandError {
    let message = match end {
        Some(end) => format!(
            "{} were lost: positions {} to {}",
            records(end - first),
            money::count(first),
            money::count(end.saturating_sub(1))
        ),
        None => format!(
            "whatever was recorded from position {} on was lost; how much that is cannot be known",
            money::count(first)
        ),
    };
    let error = CommandError::new(ErrorKind::Damaged, "records_lost", message).in_file(&args.to);
    CommandError { position: Some(first), ..error }
        .hint(format!("the new ledger is sound: `recount{} verify`", ledger_flag(&args.to)))
        .hint("import again what was recorded after its last record")
}

fn records(count: u64) -> String {
    if count == 1 { "1 record".to_owned() } else { format!("{} records", money::count(count)) }
}

#[derive(Serialize)]
struct Rescued {
    schema: &'static str,
    ledger: String,
    id: String,
    tz: &'static str,
    currency: Option<String>,
    size: u64,
    root: String,
    vouched: Vec<Whole>,
    /// First and last; the last is null where nobody can know it.
    lost: Option<[Option<u64>; 2]>,
    damage: Vec<Damaged>,
}

impl Rescued {
    fn of(salvaged: &Salvaged, args: &Args) -> Self {
        Self {
            schema: "recount.salvage/1",
            ledger: args.to.display().to_string(),
            id: salvaged.header.id.to_string(),
            tz: salvaged.header.zone.name(),
            currency: salvaged.header.currency.map(|currency| currency.to_string()),
            size: salvaged.size,
            root: hex(&salvaged.root),
            vouched: salvaged.vouched.iter().map(Whole::from).collect(),
            lost: salvaged.lost.map(|(first, end)| [Some(first), end.map(|end| end.saturating_sub(1))]),
            damage: salvaged.damage.iter().map(Damaged::from).collect(),
        }
    }
}

impl Report for Rescued {
    fn page(&self) -> Page {
        let mut page = Page::new();
        page.styled(format!("copied {} to {}", records(self.size), self.ledger), Style::Good);
        for vouched in &self.vouched {
            page.line(format!("records {}", vouched.words()));
        }
        page.line(format!("root {}", self.root));
        if !self.damage.is_empty() {
            let mut table = Table::new(["file", "positions", "what is wrong with the old ledger"].map(Column::text));
            self.damage.iter().for_each(|damage| {
                table.row(damage.row());
            });
            page.table(table);
        }
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["ledger", "size", "root", "first", "last", "vouched_by"]);
        for vouched in &self.vouched {
            let [first, last] = vouched.ends();
            records.row([&self.ledger, &self.size.to_string(), &self.root, &first, &last, vouched.by()]);
        }
        records
    }
}
