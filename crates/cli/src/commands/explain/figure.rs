//! Whose a figure is: shares that sum to it, and the records behind each.

use std::collections::BTreeSet;

use recount_metrics::{CustomerShare, FigureName, RetentionQuestion, Shares, Stated, shares};
use recount_projection::CustomerIx;
use serde::Serialize;
use serde_json::Value;

use super::behind::{Behind, of_customers};
use super::{Args, TABLE_LIMIT, all};
use crate::commands::mrr::in_currency;
use crate::commands::ndr::WindowJson;
use crate::definition::DefinitionJson;
use crate::error::CommandError;
use crate::load::Book;
use crate::output::csv::Records;
use crate::output::moment::local;
use crate::output::money::{self, Money, exact};
use crate::output::{Cell, Column, Page, Report, Style, Table};
use crate::scope::{Envelope, Scope};

/// Explains one figure by its customers and their records.
pub(super) fn answer(
    name: FigureName,
    args: &Args,
    book: &Book,
    scope: &Scope<'_>,
    question: &RetentionQuestion<'_>,
    whole: bool,
) -> Result<Answer, CommandError> {
    let shares = shares(&scope.view, question, name, args.customer.as_deref())?;
    let default = if whole { 0 } else { TABLE_LIMIT };
    let shown = &shares.customers[..shares.customers.len().min(all(args.limit.unwrap_or(default)))];
    let groups: Vec<&[CustomerIx]> = shown.iter().map(|one| one.customers.as_slice()).collect();
    let records = of_customers(&groups, question.window, &book.reader, scope)?;
    let customer = |(of, records): (&CustomerShare, Vec<Behind>)| CustomerJson::new(name, of, records);
    let customers: Vec<_> = shown.iter().zip(records).map(customer).collect();
    Ok(Answer::new(name, question, customers, shares, scope))
}

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    schema: &'static str,
    window: WindowJson,
    currency: Option<String>,
    definition: DefinitionJson,
    figure: FigureJson,
    customers: Vec<CustomerJson>,
    #[serde(flatten)]
    envelope: Envelope,
    #[serde(skip)]
    name: FigureName,
    #[serde(skip)]
    shares: Shares,
    #[serde(skip)]
    title: String,
}

#[derive(Serialize)]
struct FigureJson {
    name: &'static str,
    value: Value,
    undefined: Option<String>,
    /// What the shares of all customers sum to.
    sum: Value,
    base: Option<Value>,
}

#[derive(Serialize)]
struct CustomerJson {
    customer: String,
    share: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<Value>,
    records: Vec<Behind>,
    #[serde(skip)]
    units: (i128, Option<i128>),
}

impl CustomerJson {
    fn new(name: FigureName, of: &CustomerShare, records: Vec<Behind>) -> Self {
        let units = (of.share, of.base);
        let base = of.base.map(|base| amount(name, base));
        Self { customer: of.id.clone(), share: amount(name, of.share), base, records, units }
    }
}

/// Money as text, heads as numbers.
fn amount(name: FigureName, units: i128) -> Value {
    match i64::try_from(units) {
        Ok(heads) if name.is_count() => heads.into(),
        _ => exact(units).into(),
    }
}

impl Answer {
    fn new(
        name: FigureName,
        question: &RetentionQuestion<'_>,
        customers: Vec<CustomerJson>,
        shares: Shares,
        scope: &Scope<'_>,
    ) -> Self {
        let RetentionQuestion { window, definition, .. } = *question;
        let display = definition.parameters.display;
        let (value, undefined, told) = match &shares.value {
            Stated::Money(units) => (amount(name, *units), None, Money::new(shares.currency).show(*units)),
            Stated::Count(heads) => (amount(name, *heads), None, heads.to_string()),
            Stated::Ratio(Ok(ratio)) => {
                let percent = ratio.percent(display.percent_digits, display.rounding);
                (ratio.to_string().into(), None, format!("{percent} %"))
            }
            Stated::Ratio(Err(reason)) => (Value::Null, Some(reason.to_string()), format!("undefined: {reason}")),
        };
        let base = shares.base.map(|base| amount(name, base));
        let figure = FigureJson { name: name.name(), value, undefined, sum: amount(name, shares.sum), base };
        Self {
            schema: "recount.explain.figure/1",
            window: window.into(),
            currency: shares.currency.map(|currency| currency.to_string()),
            definition: DefinitionJson::of(definition, scope),
            figure,
            customers,
            envelope: scope.envelope(&shares.warnings),
            title: format!("{name} over {} is {told}", window.name),
            name,
            shares,
        }
    }

    fn shown(&self, money: &Money, units: i128) -> String {
        if self.name.is_count() { units.to_string() } else { money.show(units) }
    }

    fn table(&self, money: &Money) -> Table {
        let texts = ["customer", "record", "effective", "booked", "stands", "from"].map(Column::text);
        let ratio: &[&str] = if self.name.is_ratio() { &["base"] } else { &[] };
        let figures = ["position", "MRR"].into_iter().chain(ratio.iter().copied()).chain(["share"]);
        let mut table = Table::new(texts.into_iter().chain(figures.map(Column::figure)));
        let row = |texts: [Cell; 8], (share, base): (String, Option<String>), style| {
            let base = base.map(|base| Cell::styled(base, style));
            let share = Cell::styled(share, style);
            texts.into_iter().chain(base).chain([share]).collect::<Vec<_>>()
        };
        let units =
            |(share, base): (i128, Option<i128>)| (self.shown(money, share), base.map(|base| self.shown(money, base)));
        let named = |name: &str| {
            let mut cells: [Cell; 8] = Default::default();
            cells[0] = Cell::styled(name, Style::Strong);
            cells
        };
        for of in &self.customers {
            table.row(row(named(&of.customer), units(of.units), Style::Strong));
            for behind in &of.records {
                let blank = (String::new(), self.shares.base.map(|_| String::new()));
                table.row(row(self.cells(behind), blank, Style::Plain));
            }
        }
        let hidden = &self.shares.customers[self.customers.len()..];
        if !hidden.is_empty() {
            let rest = hidden.iter().map(|one| one.share).sum();
            let base = self.shares.base.map(|_| hidden.iter().filter_map(|one| one.base).sum());
            let name = format!("{} more customers", money::count(hidden.len() as u64));
            table.row(row(named(&name), units((rest, base)), Style::Dim));
        }
        table.total(row(named("all customers"), units((self.shares.sum, self.shares.base)), Style::Strong));
        table
    }

    fn cells(&self, behind: &Behind) -> [Cell; 8] {
        let record = &behind.record;
        let zone = self.envelope.zone();
        let level = |(units, currency): (i128, Option<recount_ledger::Currency>)| {
            let other = currency.filter(|currency| Some(*currency) != self.shares.currency);
            let unit = other.map(|currency| format!(" {currency}")).unwrap_or_default();
            format!("{}{unit}", Money::new(currency.or(self.shares.currency)).show(units))
        };
        let change = behind.place.as_ref().map(|place| format!("{} > {}", level(place.before), level(place.after)));
        let effective = record.event.effective_at().map(|moment| local(moment.at, zone));
        [
            Cell::default(),
            record.event.body.kind().into(),
            effective.unwrap_or_default().into(),
            local(record.booked_at(), zone).into(),
            Cell::styled(behind.told(), Style::Dim),
            behind.origin().into(),
            record.position.to_string().into(),
            change.unwrap_or_default().into(),
        ]
    }
}

impl Report for Answer {
    fn page(&self) -> Page {
        let money = Money::new(self.shares.currency);
        let mut page = Page::new();
        page.heading(format!("{}{}", self.title, in_currency(self.shares.currency)));
        page.blank();
        page.table(self.table(&money));
        page.blank();
        if self.name.is_ratio() {
            page.remark("the ratio is the sum of all shares over the sum of all bases");
        }
        let records = self.customers.iter().flat_map(|of| &of.records);
        for file in records.filter_map(Behind::file).collect::<BTreeSet<_>>() {
            page.remark(file);
        }
        self.definition.remark(&mut page);
        money.remark().into_iter().for_each(|text| {
            page.remark(text);
        });
        self.envelope.close_page(&mut page);
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["customer", "share", "base", "records"]);
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        for of in &self.customers {
            let base = of.base.as_ref().map(text).unwrap_or_default();
            records.row([&of.customer, &text(&of.share), &base, &of.records.len().to_string()]);
        }
        records
    }
}
