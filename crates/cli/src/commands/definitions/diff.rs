//! Two definitions over a window: which parameters differ, and what each does to the figures, one at a time.

use recount_metrics::{
    Comparison, ComparisonQuestion, Difference, Display, Figure, Headline, ParameterChange, Window, compare,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::show::shown;
use crate::args::{CurrencyArgs, CutArgs, ReceiptArgs};
use crate::commands::ndr::WindowJson;
use crate::context::Context;
use crate::definition::DefinitionJson;
use crate::error::CommandError;
use crate::load::Book;
use crate::output::csv::Records;
use crate::output::{Cell, Column, Page, Report, Style, Table};
use crate::receipt::{self, Asked};
use crate::scope::{Envelope, Scope, overridden};

const EXAMPLES: &str = "\
Examples:
  recount diff standard board-ndr --window 2025
  recount diff board-ndr@1 board-ndr@2 --window ttm:2025-06
  recount definitions diff board.toml vendor-movements --window 2025 -o json

It starts from A and changes one parameter at a time to B's value. What the changes do only together is the interaction:
the changes and the interaction add up to the whole difference, to the last digit.";

/// Flags of `diff`.
#[derive(clap::Args, Clone, Debug, Serialize, Deserialize)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Where it starts: a preset, a definition in the ledger (NAME or NAME@VERSION), or a TOML file
    #[arg(value_name = "A")]
    pub from: String,
    /// Where it ends
    #[arg(value_name = "B")]
    pub to: String,
    /// The span: 2025, 2025-H1, 2025-Q3, 2025-06, ttm:2025-06, FY2025, or two ends joined by ..
    #[arg(long, value_name = "W")]
    pub window: String,
    /// In which currency, both.
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

/// Compares the definitions.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let book = Book::open(context)?;
    let answer = answer(args, &book, context)?;
    receipt::give(&answer, &Asked::Diff(args.clone()), &args.receipt, &book, context)
}

/// The answer, of any book.
pub fn answer(args: &Args, book: &Book, context: &Context) -> Result<Answer, CommandError> {
    let scope = Scope::new(book, &args.cut, context)?;
    let named = |text: &str| overridden(scope.named_definition(text)?.definition, &args.currency);
    let (from, to) = (named(&args.from)?, named(&args.to)?);
    let window = Window::parse(&args.window, &scope.calendar)?;
    let question = ComparisonQuestion { window: &window, calendar: &scope.calendar, from: &from, to: &to };
    let comparison = compare(&scope.view, &question)?;
    Ok(Answer {
        schema: "recount.diff/1",
        window: WindowJson::from(&window),
        a: Side::new(DefinitionJson::plain(&from), &comparison.from, comparison.from_currency),
        b: Side::new(DefinitionJson::plain(&to), &comparison.to, comparison.to_currency),
        difference: differences(&comparison.whole),
        parameters: comparison.changes.iter().map(Changed::from).collect(),
        interaction: differences(&comparison.interaction),
        envelope: scope.envelope(&[]),
        names: [&args.from, &args.to].map(Clone::clone),
        display: from.parameters.display,
        comparison,
    })
}

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    schema: &'static str,
    window: WindowJson,
    a: Side,
    b: Side,
    difference: Map<String, Value>,
    parameters: Vec<Changed>,
    interaction: Map<String, Value>,
    #[serde(flatten)]
    envelope: Envelope,
    #[serde(skip)]
    names: [String; 2],
    #[serde(skip)]
    display: Display,
    #[serde(skip)]
    comparison: Comparison,
}

#[derive(Serialize)]
struct Side {
    definition: DefinitionJson,
    currency: Option<String>,
    #[serde(flatten)]
    figures: Map<String, Value>,
}

#[derive(Serialize)]
struct Changed {
    parameter: &'static str,
    a: Value,
    b: Value,
    #[serde(flatten)]
    figures: Map<String, Value>,
    difference: Map<String, Value>,
    remark: Option<String>,
}

impl Side {
    fn new(definition: DefinitionJson, figures: &Headline<Figure>, currency: Option<recount_ledger::Currency>) -> Self {
        Self { definition, currency: currency.map(|code| code.to_string()), figures: ratios(Some(figures)) }
    }
}

impl From<&ParameterChange> for Changed {
    fn from(change: &ParameterChange) -> Self {
        Self {
            parameter: change.parameter,
            a: change.from.clone(),
            b: change.to.clone(),
            figures: ratios(change.figures.as_ref()),
            difference: differences(&change.difference),
            remark: change.remark.clone(),
        }
    }
}

/// The ratios by name; null where there is none.
fn ratios(figures: Option<&Headline<Figure>>) -> Map<String, Value> {
    let text = |at: usize| figures.and_then(|all| all.each()[at].as_ref().ok()).map(ToString::to_string);
    let named = Headline::<Figure>::NAMES.iter().enumerate();
    named.map(|(at, name)| ((*name).to_owned(), text(at).into())).collect()
}

fn differences(all: &Headline<Difference>) -> Map<String, Value> {
    let named = Headline::<Difference>::NAMES.iter().zip(all.each());
    named.map(|(name, one)| ((*name).to_owned(), one.as_ref().map(ToString::to_string).into())).collect()
}

impl Answer {
    /// A ratio and by how much it differs from A's, for each of the three.
    fn cells(&self, figures: Option<&Headline<Figure>>, differences: Option<&Headline<Difference>>) -> Vec<Cell> {
        let Display { percent_digits, rounding } = self.display;
        let percent = |at: usize| match figures.map(|all| all.each()[at]) {
            Some(Ok(ratio)) => format!("{} %", ratio.percent(percent_digits, rounding)),
            Some(Err(_)) => "undefined".to_owned(),
            None => String::new(),
        };
        // One digit more, so that small effects show.
        let points = |at: usize| match differences.map(|all| all.each()[at]) {
            Some(Some(by)) if by.is_zero() => Cell::styled("0", Style::Dim),
            Some(Some(by)) => {
                let text = by.percent(percent_digits + 1, rounding);
                if text.starts_with('-') { text.into() } else { format!("+{text}").into() }
            }
            Some(None) => "?".into(),
            None => "".into(),
        };
        (0..3).flat_map(|at| [percent(at).into(), points(at)]).collect()
    }
}

impl Report for Answer {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let [a, b] = &self.names;
        page.heading(format!("From {a} to {b}, over {}", self.window.name)).blank();
        let ratios = ["NDR", "GDR", "logos"].map(|name| [Column::figure(name), Column::figure("points")]);
        let first = [Column::text("parameter"), Column::text(a.clone()), Column::text(b.clone())];
        let mut table = Table::new(first.into_iter().chain(ratios.into_iter().flatten()));
        let row = |name: &str, cells: Vec<Cell>| {
            let blank = [name.into(), Cell::default(), Cell::default()];
            blank.into_iter().chain(cells).collect::<Vec<_>>()
        };
        let Comparison { from, to, whole, changes, interaction, .. } = &self.comparison;
        table.row(row("as it starts", self.cells(Some(from), None)));
        for change in changes {
            let values = [change.from.clone(), change.to.clone()].map(|value| Cell::from(shown(&value)));
            let cells = self.cells(change.figures.as_ref(), Some(&change.difference));
            table.row([Cell::from(change.parameter)].into_iter().chain(values).chain(cells));
        }
        if changes.len() > 1 {
            table.row(row("only together", self.cells(None, Some(interaction))));
        }
        table.total(row("as it ends", self.cells(Some(to), Some(whole))));
        page.table(table).blank();
        if changes.is_empty() {
            page.line("no parameter differs");
        }
        page.remark("each parameter alone, all others as they start; -o json has every digit, and they add up");
        for (parameter, why) in changes.iter().filter_map(|one| Some((one.parameter, one.remark.as_ref()?))) {
            page.remark(format!("{parameter}: {why}"));
        }
        page.remark(format!("A: {}", self.a.definition.titled()));
        page.remark(format!("B: {}", self.b.definition.titled()));
        self.envelope.close_page(&mut page);
        page
    }

    fn records(&self) -> Records {
        let ratios = Headline::<Figure>::NAMES;
        let differences = ratios.map(|name| format!("{name}_difference"));
        let first = ["parameter", "a", "b"].into_iter().chain(ratios).map(str::to_owned);
        let mut records = Records::new(first.chain(differences).chain(["remark".to_owned()]));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let each = |map: &Map<String, Value>| ratios.map(|name| map.get(name).map(text).unwrap_or_default());
        let none = Map::new();
        let mut row = |name: &str, values: [String; 2], figures: &Map<_, _>, by: &Map<_, _>, why: Option<&String>| {
            let cells = [name.to_owned()].into_iter().chain(values).chain(each(figures)).chain(each(by));
            records.row(cells.chain([why.cloned().unwrap_or_default()]));
        };
        let blank = || [String::new(), String::new()];
        row("a", blank(), &self.a.figures, &none, None);
        for one in &self.parameters {
            let values = [shown(&one.a), shown(&one.b)];
            row(one.parameter, values, &one.figures, &one.difference, one.remark.as_ref());
        }
        row("interaction", blank(), &none, &self.interaction, None);
        row("b", blank(), &self.b.figures, &self.difference, None);
        records
    }
}
