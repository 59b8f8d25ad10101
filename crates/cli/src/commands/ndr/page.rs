//! `ndr` for people: the bridge with its ratios, segments and series as tables.

use recount_ledger::Currency;
use recount_metrics::{Display, Figure, LinesBasis, Ratio, Retention, RetentionReport};

use super::answer::{Answer, Series};
use crate::commands::mrr::in_currency;
use crate::output::moment::span;
use crate::output::money::{self, Money};
use crate::output::{Cell, Column, Page, Style, Table};
use crate::rates;

/// The page of one window.
pub fn one(answer: &Answer) -> Page {
    let report = &answer.report;
    let money = Money::new(report.currency);
    let mut page = Page::new();
    title(&mut page, &report.window.name, report.currency);
    page.remark(span(&report.window, answer.envelope.zone())).blank();
    page.table(bridge(report, &money, answer.display)).blank();
    page.table(ratios(&report.total, answer.display)).blank();
    heads(&mut page, &report.total, answer.display);
    if let Some(by) = &answer.by {
        page.blank();
        page.table(segments(by, report, &money, answer.display));
    }
    page.blank();
    answer.figures.basis.definition.remark(&mut page);
    page.remark(format!("lines: {}", basis(report.lines_basis)));
    rates::remark(&mut page, &report.total.rates, answer.envelope.zone());
    money.remark().into_iter().for_each(|text| {
        page.remark(text);
    });
    answer.envelope.close_page(&mut page);
    page
}

/// The page of a series.
pub fn series(series: &Series) -> Page {
    let currency = series.reports.iter().find_map(|report| report.currency);
    let money = Money::new(currency);
    let mut page = Page::new();
    title(&mut page, &series.window.name, currency);
    page.blank();
    let first = [series.by.as_deref(), Some("window")].into_iter().flatten();
    let mut table = wide(first);
    for report in &series.reports {
        for (value, retention) in &report.groups {
            let names = [value.as_deref().unwrap_or("(not set)"), &report.window.name];
            table.row(wide_row(&names, retention, &money, series.display));
        }
        let names = series.by.iter().map(|_| "total").chain([report.window.name.as_str()]);
        table.row(wide_row(&names.collect::<Vec<_>>(), &report.total, &money, series.display));
        if series.by.is_some() {
            table.rule();
        }
    }
    page.table(table).blank();
    series.definition.remark(&mut page);
    money.remark().into_iter().for_each(|text| {
        page.remark(text);
    });
    series.envelope.close_page(&mut page);
    page
}

fn title(page: &mut Page, window: &str, currency: Option<Currency>) {
    page.heading(format!("Net dollar retention {window}{}", in_currency(currency)));
}

const fn basis(basis: LinesBasis) -> &'static str {
    match basis {
        LinesBasis::Endpoints => "each member's change from open to close",
        LinesBasis::CohortMovements => "the cohort's movements inside the window",
        LinesBasis::AllMovements => "the movements of all customers inside the window, new logos left out",
    }
}

fn bridge(report: &RetentionReport, money: &Money, display: Display) -> Table {
    let of = &report.total;
    let mut table = Table::new([Column::text(""), Column::figure("MRR"), Column::figure("of opening")]);
    let share = |units: i128| match Ratio::of(units, of.opening) {
        Some(ratio) => percent(&ratio, display),
        None => String::new(),
    };
    table.row(["opening".into(), money.show(of.opening).into(), share(of.opening).into()]);
    let by_steps = report.lines_basis != LinesBasis::Endpoints;
    let lines = [
        ("expansion", of.expansion, true),
        ("reactivation", of.reactivation, by_steps),
        ("contraction", -of.contraction, true),
        ("churn", -of.churn, true),
        ("fx", of.fx, of.fx != 0),
    ];
    for (name, units, _) in lines.into_iter().filter(|(_, _, shown)| *shown) {
        let style = match units {
            0 => Style::Dim,
            1.. => Style::Good,
            _ => Style::Bad,
        };
        table.row([name.into(), Cell::styled(money.signed(units), style), Cell::styled(share(units), style)]);
    }
    table.total(["closing".into(), money.show(of.closing).into(), share(of.closing).into()]);
    table
}

fn ratios(of: &Retention, display: Display) -> Table {
    let mut table = Table::new([Column::text(""), Column::figure(""), Column::text("")]).without_header();
    let strong = |name: &str| Cell::styled(name, Style::Strong);
    let headline = [
        ("NDR", "net dollar retention", &of.ndr),
        ("GDR", "gross dollar retention", &of.gdr),
        ("logo retention", "customers still active", &of.logo_retention),
    ];
    for (name, meaning, figure) in headline {
        let cell = Cell::styled(shown(figure, display), Style::Strong);
        table.row([strong(name), cell, Cell::styled(reason(figure).unwrap_or(meaning.to_owned()), Style::Dim)]);
    }
    let churn = [
        ("customer churn", "1 - logo retention", of.customer_churn_rate()),
        ("revenue churn", "1 - GDR", of.revenue_churn_rate()),
        ("net revenue churn", "1 - NDR", of.net_revenue_churn_rate()),
    ];
    for (name, meaning, figure) in churn {
        table.row([name.into(), shown(&figure, display).into(), Cell::styled(meaning, Style::Dim)]);
    }
    table
}

fn heads(page: &mut Page, of: &Retention, display: Display) {
    let (open, close) = (money::count(of.customers), money::count(of.customers_closing));
    let members =
        if of.members == of.customers { String::new() } else { format!(", {} members", money::count(of.members)) };
    page.line(format!("{open} customers at open{members}, {close} of them still active at close"));
    if let Ok(share) = &of.top_ten.share {
        let without = match &of.top_ten.ndr_without {
            Ok(ratio) => format!("NDR without them {}", percent(ratio, display)),
            Err(_) => "NDR without them is undefined".to_owned(),
        };
        let count = of.top_ten.customers.len();
        page.line(format!(
            "the {count} largest customer{} {} of opening MRR; {without}",
            if count == 1 { " has" } else { "s have" },
            percent(share, display)
        ));
    }
}

fn segments(by: &str, report: &RetentionReport, money: &Money, display: Display) -> Table {
    let mut table = wide([by]);
    for (value, retention) in &report.groups {
        table.row(wide_row(&[value.as_deref().unwrap_or("(not set)")], retention, money, display));
    }
    table.total(wide_row(&["total"], &report.total, money, display));
    table
}

fn wide<'a>(first: impl IntoIterator<Item = &'a str>) -> Table {
    let figures = ["customers", "opening", "expansion", "contraction", "churn", "closing", "NDR", "GDR", "logo"];
    Table::new(first.into_iter().map(Column::text).chain(figures.map(Column::figure)))
}

fn wide_row(names: &[&str], of: &Retention, money: &Money, display: Display) -> Vec<Cell> {
    let figures = [
        money::count(of.customers),
        money.show(of.opening),
        money.signed(of.expansion + of.reactivation),
        money.signed(-of.contraction),
        money.signed(-of.churn),
        money.show(of.closing),
        shown(&of.ndr, display),
        shown(&of.gdr, display),
        shown(&of.logo_retention, display),
    ];
    names.iter().map(|name| Cell::from(*name)).chain(figures.into_iter().map(Cell::from)).collect()
}

fn percent(ratio: &Ratio, display: Display) -> String {
    format!("{} %", ratio.percent(display.percent_digits, display.rounding))
}

fn shown(figure: &Figure, display: Display) -> String {
    figure.as_ref().map_or_else(|_| "undefined".to_owned(), |ratio| percent(ratio, display))
}

fn reason(figure: &Figure) -> Option<String> {
    figure.as_ref().err().map(ToString::to_string)
}
