//! `recount movements`: the bridge from opening to closing MRR.

use recount_metrics::{Bridge, BridgeCounts, MovementsQuestion, MovementsReport, Window, movements};
use serde::{Deserialize, Serialize};

use super::mrr::in_currency;
use crate::args::{CurrencyArgs, CutArgs, DefinitionArgs, Every, ReceiptArgs};
use crate::context::Context;
use crate::definition::DefinitionJson;
use crate::error::CommandError;
use crate::load::Book;
use crate::output::csv::Records;
use crate::output::money::{self, Money};
use crate::output::{Cell, Column, Page, Report, Style, Table};
use crate::rates::{self, RateJson};
use crate::receipt::{self, Asked};
use crate::scope::{Envelope, Scope};

const EXAMPLES: &str = "\
Examples:
  recount movements --window 2025
  recount movements --window 2025 --every month
  recount movements --window 2025-Q2 --by region --currency EUR --rates spot
  recount movements --window FY2025 --fiscal-year-start 02 --every quarter -o csv

opening + new logo + reactivation + expansion - contraction - churn + fx = closing, exactly; with --by, customers that
change their segment enter one and leave another.";

/// Flags of `movements`.
#[derive(clap::Args, Clone, Debug, Serialize, Deserialize)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The span: 2025, 2025-H1, 2025-Q3, 2025-06, ttm:2025-06, FY2025, or two ends joined by ..
    #[arg(long, value_name = "W")]
    pub window: String,
    /// One row per part
    #[arg(long, value_enum)]
    pub every: Option<Every>,
    /// Per value of this attribute, read at each instant
    #[arg(long, value_name = "ATTR")]
    pub by: Option<String>,
    /// By which definition (grain, gaps, exclusions).
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

/// Answers the question.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let book = Book::open(context)?;
    let answer = answer(args, &book, context)?;
    receipt::give(&answer, &Asked::Movements(args.clone()), &args.receipt, &book, context)
}

/// The answer, of any book.
pub fn answer(args: &Args, book: &Book, context: &Context) -> Result<Answer, CommandError> {
    let scope = Scope::new(book, &args.cut, context)?;
    let definition = scope.definition(&args.definition, &args.currency)?;
    let window = Window::parse(&args.window, &scope.calendar)?;
    let question = MovementsQuestion {
        window: &window,
        every: args.every.map(Into::into),
        definition: &definition,
        calendar: &scope.calendar,
        by: args.by.as_deref(),
    };
    let report = movements(&scope.view, &question)?;
    Ok(Answer {
        schema: "recount.movements/1",
        currency: report.currency.map(|currency| currency.to_string()),
        definition: DefinitionJson::of(&definition, &scope),
        rows: rows(&report.parts, &report.rows),
        by: args.by.clone(),
        groups: args.by.is_some().then(|| report.groups.iter().map(|group| Group::of(&report, group)).collect()),
        rates: report.rates.iter().map(RateJson::from).collect(),
        envelope: scope.envelope(&report.warnings),
        report,
    })
}

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    schema: &'static str,
    currency: Option<String>,
    definition: DefinitionJson,
    rows: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<Group>>,
    rates: Vec<RateJson>,
    #[serde(flatten)]
    envelope: Envelope,
    #[serde(skip)]
    report: MovementsReport,
}

#[derive(Serialize)]
struct Group {
    value: Option<String>,
    rows: Vec<Row>,
}

impl Group {
    fn of(report: &MovementsReport, (value, bridges): &(Option<String>, Vec<Bridge>)) -> Self {
        Self { value: value.clone(), rows: rows(&report.parts, bridges) }
    }
}

#[derive(Serialize)]
struct Row {
    open: String,
    close: String,
    opening: String,
    new_logo: String,
    reactivation: String,
    expansion: String,
    contraction: String,
    churn: String,
    fx: String,
    entering: String,
    leaving: String,
    closing: String,
    customers: Heads,
}

#[derive(Serialize)]
struct Heads {
    opening: u64,
    new_logo: u64,
    reactivation: u64,
    churn: u64,
    entering: u64,
    leaving: u64,
    closing: u64,
}

fn rows(parts: &[Window], bridges: &[Bridge]) -> Vec<Row> {
    parts.iter().zip(bridges).map(|(part, bridge)| Row::of(part, bridge)).collect()
}

impl Row {
    fn of(part: &Window, bridge: &Bridge) -> Self {
        let BridgeCounts { opening, new_logo, reactivation, churn, entering, leaving, closing } = bridge.customers;
        Self {
            open: part.open.0.to_string(),
            close: part.close.0.to_string(),
            opening: money::exact(bridge.opening),
            new_logo: money::exact(bridge.new_logo),
            reactivation: money::exact(bridge.reactivation),
            expansion: money::exact(bridge.expansion),
            contraction: money::exact(bridge.contraction),
            churn: money::exact(bridge.churn),
            fx: money::exact(bridge.fx),
            entering: money::exact(bridge.entering),
            leaving: money::exact(bridge.leaving),
            closing: money::exact(bridge.closing),
            customers: Heads { opening, new_logo, reactivation, churn, entering, leaving, closing },
        }
    }

    fn fields(&self) -> [&str; 12] {
        [
            &self.open,
            &self.close,
            &self.opening,
            &self.new_logo,
            &self.reactivation,
            &self.expansion,
            &self.contraction,
            &self.churn,
            &self.fx,
            &self.entering,
            &self.leaving,
            &self.closing,
        ]
    }
}

/// A line of the bridge: its name, whether it may be left out where it is nothing, and what it adds.
struct Line {
    name: &'static str,
    always: bool,
    amount: fn(&Bridge) -> i128,
    heads: fn(&BridgeCounts) -> Option<u64>,
}

const LINES: [Line; 10] = [
    Line { name: "opening", always: true, amount: |b| b.opening, heads: |c| Some(c.opening) },
    Line { name: "new logo", always: true, amount: |b| b.new_logo, heads: |c| Some(c.new_logo) },
    Line { name: "reactivation", always: true, amount: |b| b.reactivation, heads: |c| Some(c.reactivation) },
    Line { name: "expansion", always: true, amount: |b| b.expansion, heads: |_| None },
    Line { name: "contraction", always: true, amount: |b| -b.contraction, heads: |_| None },
    Line { name: "churn", always: true, amount: |b| -b.churn, heads: |c| Some(c.churn) },
    Line { name: "fx", always: false, amount: |b| b.fx, heads: |_| None },
    Line { name: "entering", always: false, amount: |b| b.entering, heads: |c| Some(c.entering) },
    Line { name: "leaving", always: false, amount: |b| -b.leaving, heads: |c| Some(c.leaving) },
    Line { name: "closing", always: true, amount: |b| b.closing, heads: |c| Some(c.closing) },
];

impl Answer {
    /// A single bridge stands upright, with heads beside it.
    fn upright(bridge: &Bridge, money: &Money) -> Table {
        let mut table = Table::new([Column::text(""), Column::figure("MRR"), Column::figure("customers")]);
        for line in LINES.iter().filter(|line| line.always || (line.amount)(bridge) != 0) {
            let amount = (line.amount)(bridge);
            let heads = (line.heads)(&bridge.customers).map(money::count).unwrap_or_default();
            let end = matches!(line.name, "opening" | "closing");
            let cell =
                if end { Cell::from(money.show(amount)) } else { Cell::styled(money.signed(amount), sign(amount)) };
            let cells = [line.name.into(), cell, heads.into()];
            if line.name == "closing" { table.total(cells) } else { table.row(cells) }
        }
        table
    }

    /// Several bridges lie below each other.
    fn flat(&self, money: &Money) -> Table {
        let bridges = || self.report.rows.iter().chain(self.report.groups.iter().flat_map(|(_, rows)| rows));
        let shown: Vec<&Line> =
            LINES.iter().filter(|line| line.always || bridges().any(|bridge| (line.amount)(bridge) != 0)).collect();
        let first = [self.by.as_deref(), Some("window")].into_iter().flatten().map(Column::text);
        let mut table = Table::new(first.chain(shown.iter().map(|line| Column::figure(line.name))));
        let add = |table: &mut Table, value: Option<&str>, rows: &[Bridge], strong: bool| {
            for (part, bridge) in self.report.parts.iter().zip(rows) {
                let amounts = shown.iter().map(|line| {
                    let amount = (line.amount)(bridge);
                    let style = if matches!(line.name, "opening" | "closing") { Style::Plain } else { sign(amount) };
                    Cell::styled(money.show(amount), if strong { Style::Strong } else { style })
                });
                let names = value.into_iter().chain([part.name.as_str()]).map(Cell::from);
                table.row(names.chain(amounts).collect::<Vec<_>>());
            }
        };
        for (value, rows) in &self.report.groups {
            add(&mut table, Some(value.as_deref().unwrap_or("(not set)")), rows, false);
        }
        if self.by.is_some() {
            table.rule();
        }
        add(&mut table, self.by.as_ref().map(|_| "total"), &self.report.rows, self.by.is_some());
        table
    }
}

const fn sign(amount: i128) -> Style {
    match amount {
        0 => Style::Dim,
        1.. => Style::Good,
        _ => Style::Bad,
    }
}

impl Report for Answer {
    fn page(&self) -> Page {
        let money = Money::new(self.report.currency);
        let mut page = Page::new();
        page.heading(format!("MRR movements {}{}", self.report.window, in_currency(self.report.currency))).blank();
        match (self.report.rows.as_slice(), &self.by) {
            ([only], None) => page.table(Self::upright(only, &money)),
            _ => page.table(self.flat(&money)),
        };
        page.blank();
        self.definition.remark(&mut page);
        rates::remark(&mut page, &self.report.rates, self.envelope.zone());
        money.remark().into_iter().for_each(|text| {
            page.remark(text);
        });
        self.envelope.close_page(&mut page);
        page
    }

    fn records(&self) -> Records {
        const HEADER: [&str; 12] = [
            "open",
            "close",
            "opening",
            "new_logo",
            "reactivation",
            "expansion",
            "contraction",
            "churn",
            "fx",
            "entering",
            "leaving",
            "closing",
        ];
        let Some(groups) = &self.groups else {
            let mut records = Records::new(HEADER);
            self.rows.iter().for_each(|row| records.row(row.fields()));
            return records;
        };
        let mut records = Records::new(["value"].into_iter().chain(HEADER));
        for group in groups {
            let value = group.value.as_deref().unwrap_or_default();
            group.rows.iter().for_each(|row| records.row([value].into_iter().chain(row.fields())));
        }
        records
    }
}
