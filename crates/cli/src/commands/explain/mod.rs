//! `recount explain`: from a figure to its customers, their records and the rows they came from; or from a record to the
//! figures that it enters.

mod behind;
mod effects;
mod entered;
mod event;
mod figure;
mod place;

use recount_ledger::DEFAULT_SOURCE;
use recount_metrics::{FigureName, RetentionQuestion, Window};
use serde::{Deserialize, Serialize};

use crate::args::{CurrencyArgs, CutArgs, DefinitionArgs, Format, ReceiptArgs};
use crate::context::Context;
use crate::error::CommandError;
use crate::load::Book;
use crate::output::csv::Records;
use crate::output::{Page, Report};
use crate::receipt::{self, Asked};
use crate::scope::Scope;

const EXAMPLES: &str = "\
Examples:
  recount explain --window 2025
  recount explain --window 2025 --customer acme
  recount explain --window 2025 --figure churn             whose it is, with their records and source rows
  recount explain --window 2025 --figure ndr --customer acme -o json
  recount explain --event crm-4711                         which figures does this record enter?
  recount explain --event crm-4711 --source salesforce --window 2025-Q3
  recount explain --window 2025-Q4 --definition strict --limit 5

Customers come largest effect first (closing - opening MRR), each with the records that took effect in the window.
Customers won inside the window are listed, but count nowhere in NDR. With --figure, the shares of all customers sum to
the figure exactly. A record's share of a figure is the figure less what it would be without the record.";

/// Flags of `explain`.
#[derive(clap::Args, Clone, Debug, Serialize, Deserialize)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The span: 2025, 2025-H1, 2025-Q3, 2025-06, ttm:2025-06, FY2025, or two ends joined by ..
    /// [default with --event: the month, quarter and year in which the record takes effect]
    #[arg(long, value_name = "W", required_unless_present = "event")]
    pub window: Option<String>,
    /// The customers that make this figure up: ndr, gdr, logo_retention, customers, opening, expansion, churn, new_logo, movements.closing, ...
    #[arg(long, value_name = "NAME", conflicts_with = "event")]
    #[serde(default, with = "crate::receipt::text")]
    pub figure: Option<FigureName>,
    /// This customer only
    #[arg(long, value_name = "ID", conflicts_with = "event")]
    pub customer: Option<String>,
    /// The figures that this record enters: its key in its source, or the UUID that `log` shows
    #[arg(long, value_name = "ID")]
    pub event: Option<String>,
    /// The system that the record came from, where ID is its key there
    #[arg(long, value_name = "NAME", default_value = DEFAULT_SOURCE, requires = "event")]
    pub source: String,
    /// At most so many customers on a table, 0 for all; JSON and CSV have all unless it is given
    #[arg(long, value_name = "N", conflicts_with = "event")]
    pub limit: Option<usize>,
    /// By which definition.
    #[command(flatten)]
    #[serde(flatten)]
    pub definition: DefinitionArgs,
    /// In which currency.
    #[command(flatten)]
    #[serde(flatten)]
    pub currency: CurrencyArgs,
    /// What was known.
    #[command(flatten)]
    #[serde(flatten)]
    pub cut: CutArgs,
    /// Where a receipt goes.
    #[command(flatten)]
    #[serde(skip)]
    pub receipt: ReceiptArgs,
}

/// Customers on a table where no limit is given.
const TABLE_LIMIT: usize = 20;

/// Explains a figure, or a record.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let book = Book::open(context)?;
    // A page has the customers that people read; whoever keeps the answer gets all.
    let whole = context.out.format() != Format::Table || args.receipt.receipt.is_some();
    let answer = answer(args, whole, &book, context)?;
    receipt::give(&answer, &Asked::Explain(args.clone()), &args.receipt, &book, context)
}

/// The answer, of any book.
pub fn answer(args: &Args, whole: bool, book: &Book, context: &Context) -> Result<Explained, CommandError> {
    let scope = Scope::new(book, &args.cut, context)?;
    let definition = scope.definition(&args.definition, &args.currency)?;
    let window = args.window.as_deref().map(|text| Window::parse(text, &scope.calendar)).transpose()?;
    if let Some(id) = &args.event {
        let asked = event::Asked { id, source: &args.source, window, definition: &definition };
        return Ok(Explained::Event(Box::new(event::answer(&asked, book, &scope)?)));
    }
    let window = window.ok_or_else(|| CommandError::usage("say which window to explain, or which record (--event)"))?;
    let question = RetentionQuestion { window: &window, definition: &definition, calendar: &scope.calendar, by: None };
    Ok(match args.figure {
        Some(name) => Explained::Figure(Box::new(figure::answer(name, args, book, &scope, &question, whole)?)),
        None => Explained::Effects(Box::new(effects::answer(args, &scope, &question)?)),
    })
}

/// What `explain` answers.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Explained {
    Effects(Box<effects::Answer>),
    Figure(Box<figure::Answer>),
    Event(Box<event::Answer>),
}

impl Report for Explained {
    fn page(&self) -> Page {
        match self {
            Self::Effects(answer) => answer.page(),
            Self::Figure(answer) => answer.page(),
            Self::Event(answer) => answer.page(),
        }
    }

    fn records(&self) -> Records {
        match self {
            Self::Effects(answer) => answer.records(),
            Self::Figure(answer) => answer.records(),
            Self::Event(answer) => answer.records(),
        }
    }
}

/// A limit as typed: 0 is none.
const fn all(limit: usize) -> usize {
    if limit == 0 { usize::MAX } else { limit }
}
