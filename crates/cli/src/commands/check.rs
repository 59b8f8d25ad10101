//! `recount check`: contradictions and doubtful content.

use std::collections::BTreeMap;

use recount_projection::Finding;
use serde::{Deserialize, Serialize};

use crate::args::{CutArgs, ReceiptArgs};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::load::Book;
use crate::output::csv::Records;
use crate::output::{Column, Page, Report, Table, money};
use crate::receipt::{self, Asked};
use crate::scope::{Envelope, Scope};

const EXAMPLES: &str = "\
Examples:
  recount check
  recount check -o json | jq '.findings[] | select(.code == \"contradiction\")'
  recount check --ledger-at 2025-06-30

It lists claims that do not fit what happened (a contradiction), movements of one subscription that only their position
orders (position_order), spells at zero of at most a day (zero_spell), and a subscription id that is active under two
customers (shared_subscription). Exit code 1 if there is any.";

/// Flags of `check`.
#[derive(clap::Args, Clone, Debug, Serialize, Deserialize)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What was known.
    #[command(flatten)]
    #[serde(flatten)]
    pub cut: CutArgs,
    /// Where a receipt goes.
    #[command(flatten)]
    #[serde(skip)]
    pub receipt: ReceiptArgs,
}

/// Lists the findings.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let book = Book::open(context)?;
    let checked = answer(args, &book, context)?;
    receipt::give(&checked, &Asked::Check(args.clone()), &args.receipt, &book, context)?;
    match checked.findings.len() as u64 {
        0 => Ok(()),
        1 => Err(CommandError::new(ErrorKind::No, "findings", "1 finding")),
        count => Err(CommandError::new(ErrorKind::No, "findings", format!("{} findings", money::count(count)))),
    }
}

/// The answer, of any book.
pub fn answer(args: &Args, book: &Book, context: &Context) -> Result<Checked, CommandError> {
    let scope = Scope::new(book, &args.cut, context)?;
    let found = scope.view.findings();
    let ids = event_ids(book, found.iter().map(|finding| finding.position.0))?;
    let findings = found.iter().map(|finding| Found::new(finding, &ids, &scope)).collect();
    Ok(Checked { schema: "recount.check/1", findings, envelope: scope.envelope(&[]) })
}

/// The answer.
#[derive(Serialize)]
pub struct Checked {
    schema: &'static str,
    findings: Vec<Found>,
    #[serde(flatten)]
    envelope: Envelope,
}

#[derive(Serialize)]
struct Found {
    code: &'static str,
    position: u64,
    event_id: String,
    customer: String,
    message: String,
}

impl Found {
    fn new(finding: &Finding, ids: &BTreeMap<u64, String>, scope: &Scope<'_>) -> Self {
        Self {
            code: finding.code.name(),
            position: finding.position.0,
            event_id: ids.get(&finding.position.0).cloned().unwrap_or_default(),
            customer: scope.view.customer_id(finding.customer).to_owned(),
            message: finding.message.clone(),
        }
    }
}

/// The event ids at these positions, from one pass over the records between the first and the last of them.
fn event_ids(book: &Book, positions: impl Iterator<Item = u64>) -> Result<BTreeMap<u64, String>, CommandError> {
    let mut ids: BTreeMap<u64, String> = positions.map(|position| (position, String::new())).collect();
    let (Some(first), Some(last)) = (ids.keys().next().copied(), ids.keys().next_back().copied()) else {
        return Ok(ids);
    };
    for chunk in book.reader.read(first..last + 1)? {
        for record in chunk?.records() {
            if let Some(id) = ids.get_mut(&record.position.0) {
                *id = record.event.id().to_string();
            }
        }
    }
    Ok(ids)
}

impl Report for Checked {
    fn page(&self) -> Page {
        let mut page = Page::new();
        if self.findings.is_empty() {
            page.heading("nothing to report: every claim fits, no movement is ordered by its position alone");
        } else {
            let columns = ["finding", "customer", "what"].map(Column::text);
            let mut table = Table::new([Column::figure("position")].into_iter().chain(columns));
            for found in &self.findings {
                table.row([
                    found.position.to_string().into(),
                    found.code.into(),
                    found.customer.as_str().into(),
                    found.message.as_str().into(),
                ]);
            }
            page.table(table);
        }
        self.envelope.close_page(&mut page);
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["code", "position", "event_id", "customer", "message"]);
        for found in &self.findings {
            let position = found.position.to_string();
            records.row([found.code, &position, &found.event_id, &found.customer, &found.message]);
        }
        records
    }
}
