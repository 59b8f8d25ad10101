//! `recount ndr`: net dollar retention with its companions, for a window, by segment, or as a series.

mod answer;
mod page;

use recount_metrics::{RetentionQuestion, Trailing, Window, retention, retention_series};
use serde::{Deserialize, Serialize};

pub use self::answer::{Answer, Figures, WindowJson};
use self::answer::{Answered, Series};
use crate::args::{CurrencyArgs, CutArgs, DefinitionArgs, Every, ReceiptArgs};
use crate::context::Context;
use crate::definition::DefinitionJson;
use crate::error::CommandError;
use crate::load::Book;
use crate::receipt::{self, Asked};
use crate::scope::Scope;

const EXAMPLES: &str = "\
Examples:
  recount ndr --window 2025
  recount ndr --window ttm:2025-06 --definition strict
  recount ndr --window 2025 --definition board.toml --by region
  recount ndr --window 2024-01-01..2025-12-31 --every month --trailing 12m -o csv
  recount ndr --window 2025 --known-at 2026-01-14          as it was known at the board meeting
  recount ndr --window 2025 --currency USD --rates spot

Presets: standard, strict, churn-only, vendor-movements, subscription-grain, survivors, chained-monthly.
NDR and NRR are the same metric, so are GDR and GRR.";

/// Flags of `ndr`.
#[derive(clap::Args, Clone, Debug, Serialize, Deserialize)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The span: 2025, 2025-H1, 2025-Q3, 2025-06, ttm:2025-06, FY2025, or two ends joined by ..
    #[arg(long, value_name = "W")]
    pub window: String,
    /// By which definition.
    #[command(flatten)]
    #[serde(flatten)]
    pub definition: DefinitionArgs,
    /// Per value of this attribute, too
    #[arg(long, value_name = "ATTR")]
    pub by: Option<String>,
    /// A series: one row per part that closes inside the window
    #[arg(long, value_enum)]
    pub every: Option<Every>,
    /// Length of the span that ends with each part of a series, like 12m, 4q or 1y [default: the part itself]
    #[arg(long, value_name = "SPAN", requires = "every")]
    #[serde(default, with = "crate::receipt::text")]
    pub trailing: Option<Trailing>,
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

/// Answers the question.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let book = Book::open(context)?;
    let answer = answer(args, &book, context)?;
    receipt::give(&answer, &Asked::Ndr(args.clone()), &args.receipt, &book, context)
}

/// The answer, of any book.
pub fn answer(args: &Args, book: &Book, context: &Context) -> Result<Answered, CommandError> {
    let scope = Scope::new(book, &args.cut, context)?;
    let definition = scope.definition(&args.definition, &args.currency)?;
    let window = Window::parse(&args.window, &scope.calendar)?;
    let question = RetentionQuestion {
        window: &window,
        definition: &definition,
        calendar: &scope.calendar,
        by: args.by.as_deref(),
    };
    let described = DefinitionJson::of(&definition, &scope);
    let display = definition.parameters.display;
    match args.every {
        None => {
            let report = retention(&scope.view, &question)?;
            let envelope = scope.envelope(&report.warnings);
            let figures = Figures::new(&report, &described, args.by.is_some());
            let answer = Answer::new(figures, args.by.clone(), envelope, report, display);
            Ok(Answered::Window(Box::new(answer)))
        }
        Some(every) => {
            let reports = retention_series(&scope.view, &question, every.into(), args.trailing)?;
            let envelope = scope.envelope(&answer::all_warnings(&reports));
            let series = Series::new(&window, described, args.by.clone(), envelope, reports, display);
            Ok(Answered::Series(Box::new(series)))
        }
    }
}
