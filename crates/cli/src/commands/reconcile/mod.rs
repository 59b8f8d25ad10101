//! `recount reconcile`: what the figures of a deck meant.

mod answer;
mod charges;
mod deck;
mod page;
pub mod sheet;

use std::path::PathBuf;

use recount_metrics::{Definition, PRESETS, Surroundings, parse_point, reconcile};
use recount_projection::Cut;
use serde::{Deserialize, Serialize};

use self::answer::Answer;
use crate::args::{CurrencyArgs, CutArgs, DefinitionArgs, ReceiptArgs};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::load::Book;
use crate::output::money;
use crate::receipt::{self, Asked};
use crate::scope::Scope;

const EXAMPLES: &str = "\
Examples:
  recount reconcile board-deck.csv
  recount reconcile board-deck.xlsx --sheet Metrics --deck-date 2026-01-21
  recount reconcile board-deck.csv --definition board@2 --currency USD -o json

A deck has the columns metric (ndr, nrr, gdr, grr, mrr, arr, new, expansion, contraction, churn, customers,
logo_retention), window or at, and value, as printed: 107.5%, 1.075, $2.15M or 2,150,000. The digits printed say how
near a figure must come. Optional: segment (region=europe), definition, known_at. Other columns are passed over.

Exit code 0 if every line is the figure; 1 if one is not, also where it is explained.";

/// Flags of `reconcile`.
#[derive(clap::Args, Clone, Debug, Serialize, Deserialize)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The deck: a CSV or XLSX file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The sheet of an XLSX file [default: its first one]
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// When the deck was made: nothing that was booked or recorded later is tried
    #[arg(long, value_name = "T")]
    pub deck_date: Option<String>,
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

/// Reconciles the deck.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let rows = sheet::rows(&args.file, args.sheet.as_deref())?;
    let book = Book::open(context)?;
    book.library.put_deck(&rows);
    let answer = answer(args, &book, context)?;
    receipt::give(&answer, &Asked::Reconcile(args.clone()), &args.receipt, &book, context)?;
    match (answer.lines.len() - answer.matches) as u64 {
        0 => Ok(()),
        1 => Err(CommandError::new(ErrorKind::No, "no_match", "1 line is not the figure that it says")),
        missed => {
            let message = format!("{} lines are not the figures that they say", money::count(missed));
            Err(CommandError::new(ErrorKind::No, "no_match", message))
        }
    }
}

/// The answer, of any book, for the deck in its library.
pub fn answer(args: &Args, book: &Book, context: &mut Context) -> Result<Answer, CommandError> {
    let rows = book.library.deck();
    let scope = Scope::new(book, &args.cut, context)?;
    let deck = deck::read(&rows, &scope, args).map_err(|error| error.in_file(&args.file))?;
    let until = args.deck_date.as_deref().map(|text| parse_point(text, &scope.calendar)).transpose()?;
    let charges = charges::read(book, context)?;
    let closes = book.projection.closes().iter();
    let around = Surroundings {
        closes: closes
            .filter(|close| until.is_none_or(|until| close.recorded_at < until.0))
            .map(|close| (close.body.name.clone(), Cut { known_at: None, size: close.position.0 }))
            .collect(),
        definitions: definitions(&scope),
        charges: &charges,
        until,
    };
    let lines: Vec<_> = deck.iter().map(|entry| entry.line.clone()).collect();
    let verdicts = reconcile(&book.projection, &lines, &around);
    Ok(Answer::new(&args.file, deck.into_iter().zip(verdicts).collect(), scope.envelope(&[])))
}

/// What the ledger holds, the newest first, then the presets. A document of a newer version of Recount is passed over.
fn definitions(scope: &Scope<'_>) -> Vec<Definition> {
    let published = scope.published();
    let held = published.admitted().rev();
    let held = held.filter_map(|it| published.named(&format!("{}@{}", it.body.name, it.body.version)).ok());
    let presets = PRESETS.iter().filter_map(|preset| Definition::preset(preset.name).ok());
    held.map(|named| named.definition).chain(presets).collect()
}
