//! `recount restate`: one figure under two cuts, and what every record between them did to it.

mod answer;
mod effect;
mod end;
mod facts;
mod page;
mod threshold;

use recount_metrics::{RestatementQuestion, restate};
use serde::{Deserialize, Serialize};

use self::answer::Answer;
use self::end::End;
use self::threshold::Threshold;
use crate::args::{CurrencyArgs, DefinitionArgs, ReceiptArgs};
use crate::context::Context;
use crate::error::CommandError;
use crate::load::Book;
use crate::receipt::{self, Asked};

const EXAMPLES: &str = "\
Examples:
  recount restate --window 2025 --between board-january now
  recount restate --window 2025 --between 2026-01-14 2026-03-31 --threshold 500
  recount restate --window 2025 --between known:2026-01-14 now          by what the source systems knew
  recount restate --window 2025 --between 4711 now --limit 0 -o csv
  recount restate --window 2025 --between board-january now --definition-then standard --definition strict

A cut is the name of a close, a date or instant (what the ledger held then), a count of records, known:T (what was
booked before T), or now. Exchange rates turn first, then the records in the order of their positions, then zone,
currency policy and definition; each part is what the figure changed by, and the parts sum to the whole exactly.";

/// Flags of `restate`.
#[derive(clap::Args, Clone, Debug, Serialize, Deserialize)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The span: 2025, 2025-H1, 2025-Q3, 2025-06, ttm:2025-06, FY2025, or two ends joined by ..
    #[arg(long, value_name = "W")]
    pub window: String,
    /// The two cuts: a close, a date or instant, a count of records, known:T, or now
    #[arg(long, num_args = 2, value_names = ["CUT", "CUT"], required = true)]
    pub between: Vec<String>,
    /// By which definition.
    #[command(flatten)]
    #[serde(flatten)]
    pub definition: DefinitionArgs,
    /// The definition of the first figure, where it is another [default: that of its close, else --definition]
    #[arg(long, value_name = "NAME[@V]|FILE")]
    pub definition_then: Option<String>,
    /// Rates of the first figure, where they are others
    #[arg(long, value_name = "POLICY")]
    pub rates_then: Option<String>,
    /// Count records and customers below this without listing them: an amount, or points of NDR like 0.05%
    #[arg(long, value_name = "X")]
    #[serde(default, with = "crate::receipt::text")]
    pub threshold: Option<Threshold>,
    /// At most so many records and customers on a table, 0 for all; JSON and CSV have all unless it is given
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// In which currency.
    #[command(flatten)]
    #[serde(flatten)]
    pub currency: CurrencyArgs,
    /// Where a receipt goes.
    #[command(flatten)]
    #[serde(skip)]
    pub receipt: ReceiptArgs,
}

/// Restates the figure.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let book = Book::open(context)?;
    let answer = answer(args, &book, context)?;
    receipt::give(&answer, &Asked::Restate(args.clone()), &args.receipt, &book, context)
}

/// The answer, of any book.
pub fn answer(args: &Args, book: &Book, context: &Context) -> Result<Answer, CommandError> {
    let [then, now] = ends(args, book, context)?;
    let question = RestatementQuestion { then: then.side(), now: now.side(), since: then.since };
    let restated = restate(&question)?;
    Ok(Answer::new(args, &then, &now, restated))
}

fn ends<'b>(args: &Args, book: &'b Book, context: &Context) -> Result<[End<'b>; 2], CommandError> {
    let definition = &args.definition;
    let own = args.definition_then.clone().map(|name| DefinitionArgs { definition: Some(name) });
    let rates = args.rates_then.clone().or_else(|| args.currency.rates.clone());
    let currency = CurrencyArgs { rates, ..args.currency.clone() };
    let open = |cut: &str, definition: &DefinitionArgs, currency: &CurrencyArgs| {
        End::open(book, cut, &args.window, (definition, currency), context)
    };
    Ok([
        open(&args.between[0], own.as_ref().unwrap_or(definition), &currency)?,
        open(&args.between[1], definition, &args.currency)?,
    ])
}
