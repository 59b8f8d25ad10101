//! `restate` for people: both figures, what changed by category, record and customer, and the four facts.

use recount_metrics::{Figure, Retention};

use super::answer::{Answer, Rows, Told, effective_at, takes_back};
use super::effect::{HEADERS, cells, in_words};
use super::facts;
use crate::commands::mrr::in_currency;
use crate::output::moment::local;
use crate::output::money::{self, Money};
use crate::output::{Cell, Column, Page, Style, Table};

/// The page.
pub fn page(answer: &Answer) -> Page {
    let told = &answer.told;
    let restated = &told.restated;
    let money = Money::new(restated.currency);
    let mut page = Page::new();
    page.heading(format!(
        "Net dollar retention {}, restated{}",
        restated.now.window.name,
        in_currency(restated.currency)
    ));
    page.remark(format!("then: {}", told.then));
    page.remark(format!("now: {}", told.now)).blank();
    page.table(ends(told, &money)).blank();
    if restated.parts.is_empty() {
        page.line(format!(
            "{} records lie between the two cuts; none of them moves the figure.",
            money::count(restated.records)
        ));
    } else {
        page.table(categories(told, &money)).blank();
        if !told.records.listed.is_empty() || told.records.more > 0 {
            page.table(records(answer, &money));
            more(&mut page, &told.records, told, &money, "record");
            page.blank();
            page.table(customers(told, &money));
            more(&mut page, &told.customers, told, &money, "customer");
            page.blank();
        }
    }
    for (name, text) in facts::of(answer, &money) {
        page.line(format!("{name}: {text}"));
    }
    page.blank();
    let [then, now] = answer.definitions();
    if then.differs_from(now) {
        page.remark("then by this definition:");
        then.remark(&mut page);
        page.remark("now by this one:");
    }
    now.remark(&mut page);
    money.remark().into_iter().for_each(|text| {
        page.remark(text);
    });
    answer.envelope.close_page(&mut page);
    page
}

fn ends(told: &Told, money: &Money) -> Table {
    let figures = ["then", "now", "change"].map(Column::figure);
    let mut table = Table::new([Column::text("")].into_iter().chain(figures));
    let (then, now) = (&told.restated.then.total, &told.restated.now.total);
    let line =
        |of: &Retention| [of.opening, of.expansion, of.reactivation, -of.contraction, -of.churn, of.fx, of.closing];
    let names = ["opening", "expansion", "reactivation", "contraction", "churn", "fx", "closing"];
    for (name, (was, is)) in names.into_iter().zip(line(then).into_iter().zip(line(now))) {
        if was != 0 || is != 0 || matches!(name, "opening" | "closing") {
            table.row([name.into(), money.show(was).into(), money.show(is).into(), money.signed(is - was).into()]);
        }
    }
    table.row([
        "customers".into(),
        money::count(then.customers).into(),
        money::count(now.customers).into(),
        signed(told.restated.whole.customers).into(),
    ]);
    table.rule();
    let whole = &told.restated.whole;
    for (name, was, is, by) in [
        ("NDR", &then.ndr, &now.ndr, &whole.ndr),
        ("GDR", &then.gdr, &now.gdr, &whole.gdr),
        ("logo retention", &then.logo_retention, &now.logo_retention, &whole.logo_retention),
    ] {
        let strong = |text: String| Cell::styled(text, Style::Strong);
        let by = in_words(by.as_ref(), told.display);
        table.row([strong(name.to_owned()), strong(percent(was, told)), strong(percent(is, told)), strong(by)]);
    }
    table
}

/// A figure as a percentage.
pub fn percent(figure: &Figure, told: &Told) -> String {
    let display = told.display;
    figure.as_ref().map_or_else(
        |_| "undefined".to_owned(),
        |ratio| format!("{} %", ratio.percent(display.percent_digits, display.rounding)),
    )
}

fn signed(count: i64) -> String {
    if count > 0 { format!("+{count}") } else { count.to_string() }
}

fn categories(told: &Told, money: &Money) -> Table {
    let figures = ["records", "customers"].into_iter().chain(HEADERS).map(Column::figure);
    let mut table = Table::new([Column::text("because")].into_iter().chain(figures));
    for (category, row) in &told.categories {
        let (records, customers) = (row.records.len() as u64, row.customers.len() as u64);
        let heads = [category.reason().into(), money::count(records).into(), money::count(customers).into()];
        table.row(heads.into_iter().chain(cells(&row.effect, money, told.display)));
    }
    let whole = cells(&told.restated.whole, money, told.display);
    table.total(["the whole difference".into(), "".into(), "".into()].into_iter().chain(whole));
    table
}

fn records(answer: &Answer, money: &Money) -> Table {
    let told = &answer.told;
    let zone = answer.envelope.zone();
    let texts = ["record", "what", "customer", "effective", "booked", "recorded"].map(Column::text);
    let mut table = Table::new(texts.into_iter().chain(HEADERS.map(Column::figure)));
    for (change, row) in told.records.listed.iter().take(told.limit) {
        let Some(change) = change else { continue };
        let category = row.categories.first().map_or("", |category| category.name()).replace('_', " ");
        let what = match takes_back(change.kind) {
            Some(target) => format!("{category} of {target}"),
            None => category,
        };
        let recorded = told.recorded.get(&change.position.0).copied().flatten();
        let day = |at: Option<recount_ledger::Instant>| at.map(|at| local(at, zone)).unwrap_or_default();
        let customers: Vec<_> = row.customers.iter().take(2).map(String::as_str).collect();
        let others = row.customers.len().saturating_sub(2);
        let others = if others == 0 { String::new() } else { format!(" and {others} more") };
        let heads = [
            Cell::styled(change.position.to_string(), Style::Strong),
            what.into(),
            format!("{}{others}", customers.join(", ")).into(),
            day(effective_at(change.kind)).into(),
            day(Some(change.booked_at)).into(),
            day(recorded).into(),
        ];
        table.row(heads.into_iter().chain(cells(&row.effect, money, told.display)));
    }
    table
}

fn customers(told: &Told, money: &Money) -> Table {
    let heads = [Column::text("customer"), Column::figure("records")];
    let mut table = Table::new(heads.into_iter().chain(HEADERS.map(Column::figure)));
    for (customer, row) in told.customers.listed.iter().take(told.limit) {
        let name = customer.as_deref().unwrap_or("(several together)");
        let heads = [Cell::styled(name, Style::Strong), money::count(row.records.len() as u64).into()];
        table.row(heads.into_iter().chain(cells(&row.effect, money, told.display)));
    }
    table
}

/// What the threshold and the limit hide is counted and summed.
fn more<K>(page: &mut Page, rows: &Rows<K>, told: &Told, money: &Money, what: &str) {
    let unseen = rows.listed.iter().skip(told.limit);
    let (count, sum) =
        unseen.fold((rows.more, rows.rest.clone()), |(count, sum), (_, row)| (count + 1, sum.plus(&row.effect)));
    if count > 0 {
        page.remark(format!(
            "and {} more {what}{} with smaller effects: opening {}, closing {}, NDR {}, GDR {}",
            money::count(count as u64),
            if count == 1 { "" } else { "s" },
            money.signed(sum.opening),
            money.signed(sum.closing),
            in_words(sum.ndr.as_ref(), told.display),
            in_words(sum.gdr.as_ref(), told.display)
        ));
    }
}
