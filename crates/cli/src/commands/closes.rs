//! `recount closes`: the named positions of the ledger.

use recount_ledger::Close;
use recount_metrics::{Printed, Rounding};
use recount_projection::Listed;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::args::{CutArgs, ReceiptArgs};
use crate::context::Context;
use crate::definition::versioned;
use crate::error::CommandError;
use crate::load::Book;
use crate::output::csv::Records;
use crate::output::moment::local;
use crate::output::{Cell, Column, Page, Report, Style, Table};
use crate::receipt::{self, Asked};
use crate::scope::{Envelope, Scope, hex};

const EXAMPLES: &str = "\
Examples:
  recount closes
  recount closes -o csv > closes.csv
  recount closes -o json | jq '.closes[] | {name, ndr}'

The figures are those that the close stated when it was made. What they are now, `recount ndr --window PERIOD` says; what
they were, `recount ndr --window PERIOD --ledger-at NAME`.";

/// Flags of `closes`.
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

/// Lists the closes.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let book = Book::open(context)?;
    let answer = answer(args, &book, context)?;
    receipt::give(&answer, &Asked::Closes(args.clone()), &args.receipt, &book, context)
}

/// The answer, of any book.
pub fn answer(args: &Args, book: &Book, context: &Context) -> Result<Answer, CommandError> {
    let scope = Scope::new(book, &args.cut, context)?;
    let cut = scope.view.cut();
    let admitted = |listed: &&Listed<Close>| listed.position.0 < cut.size;
    let published = scope.published();
    let closes = book.projection.closes().iter().filter(admitted).map(|listed| {
        let display = published.pinned(&listed.body).ok().map(|definition| definition.parameters.display);
        Line::new(listed, display.map_or((1, Rounding::HalfUp), |display| (display.percent_digits, display.rounding)))
    });
    let closes = closes.collect();
    Ok(Answer { schema: "recount.closes/1", closes, envelope: scope.envelope(&[]) })
}

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    schema: &'static str,
    closes: Vec<Line>,
    #[serde(flatten)]
    envelope: Envelope,
}

#[derive(Serialize)]
struct Line {
    name: String,
    position: u64,
    recorded_at: String,
    recorded_by: String,
    root: String,
    period: Option<String>,
    tz: String,
    fiscal_year_start: u8,
    definition: Pinned,
    ndr: Option<String>,
    figures: Option<Value>,
    note: Option<String>,
    prepared_by: String,
    approved_by: Option<String>,
    #[serde(skip)]
    recorded: recount_ledger::Instant,
    #[serde(skip)]
    percent: String,
}

#[derive(Serialize)]
struct Pinned {
    name: String,
    version: u32,
    hash: String,
}

impl Line {
    fn new(listed: &Listed<Close>, (digits, rounding): (u8, Rounding)) -> Self {
        let close = &listed.body;
        let figures: Option<Value> = close.figures.as_ref().and_then(|text| serde_json::from_str(text).ok());
        let ndr = figures.as_ref().and_then(|figures| figures.get("ndr")?.as_str()).map(str::to_owned);
        let printed = ndr.as_ref().and_then(|ndr| ndr.parse::<Printed>().ok());
        let percent = match (&figures, printed) {
            (_, Some(ndr)) => format!("{} %", ndr.percent(digits, rounding)),
            (Some(_), None) => "undefined".to_owned(),
            (None, None) => String::new(),
        };
        Self {
            name: close.name.clone(),
            position: listed.position.0,
            recorded_at: listed.recorded_at.to_string(),
            recorded_by: listed.recorded_by.clone(),
            root: hex(&close.root),
            period: close.period.clone(),
            tz: close.zone.clone(),
            fiscal_year_start: close.fiscal_start,
            definition: Pinned {
                name: close.definition.clone(),
                version: close.version,
                hash: hex(&close.definition_hash),
            },
            ndr,
            figures,
            note: close.note.clone(),
            prepared_by: close.prepared_by.clone(),
            approved_by: close.approved_by.clone(),
            recorded: listed.recorded_at,
            percent,
        }
    }

    /// Period, definition, those who answer for it, and the remark.
    fn texts(&self) -> [String; 5] {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let definition = versioned(&self.definition.name, self.definition.version);
        [text(&self.period), definition, self.prepared_by.clone(), text(&self.approved_by), text(&self.note)]
    }
}

impl Report for Answer {
    fn page(&self) -> Page {
        let mut page = Page::new();
        if self.closes.is_empty() {
            page.line("no closes; make one with `recount close NAME --period W`");
        } else {
            let texts = ["recorded", "period", "definition"].map(Column::text);
            let people = ["prepared by", "approved by", "note"].map(Column::text);
            let columns = [Column::text("name"), Column::figure("position")].into_iter().chain(texts);
            let mut table = Table::new(columns.chain([Column::figure("NDR")]).chain(people));
            for line in &self.closes {
                let [period, definition, prepared, approved, note] = line.texts().map(Cell::from);
                let recorded = local(line.recorded, self.envelope.zone());
                let first = [line.name.clone().into(), line.position.to_string().into(), recorded.into()];
                let figures = [period, definition, line.percent.clone().into()];
                let note = [note].map(|cell| cell.in_style(Style::Dim));
                table.row(first.into_iter().chain(figures).chain([prepared, approved]).chain(note));
            }
            page.table(table);
        }
        self.envelope.close_page(&mut page);
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new([
            "name",
            "position",
            "recorded_at",
            "period",
            "definition",
            "prepared_by",
            "approved_by",
            "note",
            "ndr",
            "tz",
            "fiscal_year_start",
            "root",
        ]);
        for line in &self.closes {
            let first = [line.name.clone(), line.position.to_string(), line.recorded_at.clone()];
            let last = [
                line.ndr.clone().unwrap_or_default(),
                line.tz.clone(),
                line.fiscal_year_start.to_string(),
                line.root.clone(),
            ];
            records.row(first.into_iter().chain(line.texts()).chain(last));
        }
        records
    }
}
