//! `recount init`: an empty ledger.

use recount_ledger::{Currency, Ledger, Settings, Zone};
use serde::Serialize;

use crate::context::Context;
use crate::error::{CommandError, ledger_flag};
use crate::output::csv::Records;
use crate::output::{Page, Report};

const EXAMPLES: &str = "\
Examples:
  recount init
  recount init --tz America/New_York
  recount --ledger books/2025 init --tz Europe/Berlin --currency EUR

The zone is where bare dates begin; it holds for the ledger's life. The currency is that of amounts which name none.";

/// Flags of `init`; the zone is the global `--tz`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Currency of amounts that name none, an ISO 4217 code [default: none, each row names its own]
    #[arg(long, value_name = "CODE")]
    pub currency: Option<Currency>,
}

/// Makes the ledger.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let settings = Settings { zone: context.zone.unwrap_or(Zone::UTC), currency: args.currency };
    let header = Ledger::create(&context.dir, settings)?;
    let made = Made {
        schema: "recount.init/1",
        ledger: context.dir.display().to_string(),
        id: header.id.to_string(),
        tz: header.zone.name(),
        currency: header.currency.map(|currency| currency.to_string()),
        next: format!("recount{} import FILE", ledger_flag(&context.dir)),
    };
    context.out.report(&made)
}

#[derive(Serialize)]
struct Made {
    schema: &'static str,
    ledger: String,
    id: String,
    tz: &'static str,
    currency: Option<String>,
    #[serde(skip)]
    next: String,
}

impl Report for Made {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let currency = self.currency.as_ref().map(|code| format!(", currency {code}")).unwrap_or_default();
        page.line(format!("made an empty ledger in {} (book zone {}{currency})", self.ledger, self.tz));
        page.remark(format!("next: {}", self.next));
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["ledger", "id", "tz", "currency"]);
        records.row([self.ledger.as_str(), &self.id, self.tz, self.currency.as_deref().unwrap_or_default()]);
        records
    }
}
