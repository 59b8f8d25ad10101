//! `recount mrr`: MRR per customer, or per value of an attribute, at a point in time.

use recount_ledger::{Currency, Instant};
use recount_metrics::{MrrQuestion, MrrReport, Rates, mrr, parse_point};
use recount_projection::Boundary;
use serde::{Deserialize, Serialize};

use crate::args::{CurrencyArgs, CutArgs, ReceiptArgs};
use crate::context::Context;
use crate::error::CommandError;
use crate::load::Book;
use crate::output::csv::Records;
use crate::output::money::{self, Money};
use crate::output::{Column, Page, Report, Table};
use crate::rates::{self, RateJson};
use crate::receipt::{self, Asked};
use crate::scope::{self, Envelope, Scope};

const EXAMPLES: &str = "\
Examples:
  recount mrr --at 2025-06-30                      at the end of June 30th, in the book zone
  recount mrr --at 2025-06-30 --by region --currency USD
  recount mrr --at 2025-06-30 --customer acme
  recount mrr --at 2025-06-30 --known-at 2025-07-05 -o csv > june-as-first-reported.csv";

/// Flags of `mrr`.
#[derive(clap::Args, Clone, Debug, Serialize, Deserialize)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The point: a date means its end, an instant what is before it [default: now]
    #[arg(long, value_name = "T")]
    pub at: Option<String>,
    /// This customer only
    #[arg(long, value_name = "ID")]
    pub customer: Option<String>,
    /// Per value of this attribute, as it was at that point
    #[arg(long, value_name = "ATTR")]
    pub by: Option<String>,
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
    let mut asked = args.clone();
    // "Now" is another point at every run; a receipt says which one it was.
    asked.at.get_or_insert_with(|| Instant::now().to_string());
    let mut answer = answer(&asked, &book, context)?;
    if args.at.is_none() {
        answer.title = format!("MRR now{}", in_currency(answer.report.currency));
    }
    receipt::give(&answer, &Asked::Mrr(asked), &args.receipt, &book, context)
}

/// The answer, of any book.
pub fn answer(args: &Args, book: &Book, context: &Context) -> Result<Answer, CommandError> {
    let scope = Scope::new(book, &args.cut, context)?;
    let at = match &args.at {
        Some(text) => parse_point(text, &scope.calendar)?,
        None => Boundary(Instant::now()),
    };
    let question = MrrQuestion {
        at,
        customer: args.customer.as_deref(),
        by: args.by.as_deref(),
        currency: scope.currency(&args.currency)?,
        rates: scope::rates(&args.currency)?.unwrap_or(Rates::ConstantOpen),
        calendar: &scope.calendar,
    };
    let report = mrr(&scope.view, &question)?;
    Ok(Answer::new(args, report, &scope))
}

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    schema: &'static str,
    at: String,
    currency: Option<String>,
    total: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    customers: Option<Vec<CustomerJson>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<GroupJson>>,
    rates: Vec<RateJson>,
    #[serde(flatten)]
    envelope: Envelope,
    #[serde(skip)]
    report: MrrReport,
    #[serde(skip)]
    title: String,
}

#[derive(Serialize)]
struct CustomerJson {
    customer: String,
    mrr: String,
}

#[derive(Serialize)]
struct GroupJson {
    value: Option<String>,
    customers: u64,
    mrr: String,
}

impl Answer {
    fn new(args: &Args, report: MrrReport, scope: &Scope<'_>) -> Self {
        let customer = |one: &recount_metrics::CustomerMrr| CustomerJson {
            customer: one.customer.clone(),
            mrr: money::exact(one.mrr),
        };
        let group = |one: &recount_metrics::GroupMrr| GroupJson {
            value: one.value.clone(),
            customers: one.customers,
            mrr: money::exact(one.mrr),
        };
        let typed = args.at.as_deref().unwrap_or("now");
        Self {
            schema: "recount.mrr/1",
            at: report.at.0.to_string(),
            currency: report.currency.map(|currency| currency.to_string()),
            total: money::exact(report.total),
            customers: args.by.is_none().then(|| report.customers.iter().map(customer).collect()),
            by: args.by.clone(),
            groups: args.by.is_some().then(|| report.groups.iter().map(group).collect()),
            rates: report.rates.iter().map(RateJson::from).collect(),
            envelope: scope.envelope(&report.warnings),
            title: format!("MRR at {typed}{}", in_currency(report.currency)),
            report,
        }
    }
}

/// `, in USD`.
pub fn in_currency(currency: Option<Currency>) -> String {
    currency.map(|currency| format!(", in {currency}")).unwrap_or_default()
}

impl Report for Answer {
    fn page(&self) -> Page {
        let money = Money::new(self.report.currency);
        let mut page = Page::new();
        page.heading(self.title.clone()).blank();
        if let Some(by) = &self.by {
            let mut table = Table::new([Column::text(by.as_str()), Column::figure("customers"), Column::figure("MRR")]);
            let mut heads = 0;
            for group in &self.report.groups {
                heads += group.customers;
                let value = group.value.as_deref().unwrap_or("(not set)");
                table.row([value.into(), money::count(group.customers).into(), money.show(group.mrr).into()]);
            }
            table.total(["total".into(), money::count(heads).into(), money.show(self.report.total).into()]);
            page.table(table);
        } else {
            let mut table = Table::new([Column::text("customer"), Column::figure("MRR")]);
            for one in &self.report.customers {
                table.row([one.customer.as_str().into(), money.show(one.mrr).into()]);
            }
            let count = money::count(self.report.customers.len() as u64);
            table.total([format!("{count} customers").into(), money.show(self.report.total).into()]);
            page.table(table);
        }
        rates::remark(&mut page, &self.report.rates, self.envelope.zone());
        money.remark().into_iter().for_each(|text| {
            page.remark(text);
        });
        self.envelope.close_page(&mut page);
        page
    }

    fn records(&self) -> Records {
        if let (Some(by), Some(groups)) = (&self.by, &self.groups) {
            let mut records = Records::new([by.as_str(), "customers", "mrr"]);
            for group in groups {
                records.row([group.value.as_deref().unwrap_or_default(), &group.customers.to_string(), &group.mrr]);
            }
            return records;
        }
        let mut records = Records::new(["customer", "mrr"]);
        for one in self.customers.iter().flatten() {
            records.row([&one.customer, &one.mrr]);
        }
        records
    }
}
