//! From a record to the figures that it enters: each with it, without it, and the difference, which is its share.

use chrono::Datelike;
use recount_ledger::{Body, EventId, Recorded};
use recount_metrics::{Definition, Window};
use recount_projection::{Cut, View};
use serde::Serialize;

use super::behind::Behind;
use super::entered::Entered;
use crate::commands::prove;
use crate::definition::DefinitionJson;
use crate::error::CommandError;
use crate::load::Book;
use crate::output::csv::Records;
use crate::output::moment::local;
use crate::output::plain::visible;
use crate::output::{Cell, Column, Page, Report, Style, Table};
use crate::scope::{Envelope, Scope};

/// What is asked of a record.
pub(super) struct Asked<'a> {
    pub(super) id: &'a str,
    pub(super) source: &'a str,
    /// One window; without it, those around the record.
    pub(super) window: Option<Window>,
    pub(super) definition: &'a Definition,
}

/// Explains a record by the figures that it enters.
pub(super) fn answer(asked: &Asked<'_>, book: &Book, scope: &Scope<'_>) -> Result<Answer, CommandError> {
    let id = EventId::of_key(asked.source, asked.id);
    let unknown = || prove::unknown(asked.id, id, asked.source);
    let record = book.reader.find(id)?.ok_or_else(unknown)?;
    let target = match record.event.voids() {
        Some(target) => book.reader.find(target)?,
        None => None,
    };
    let around = [Some(&record), target.as_ref()];
    let windows = match &asked.window {
        Some(window) => vec![window.clone()],
        None => windows_around(&around, scope)?,
    };
    let without = scope.view.without(record.position).map_err(|circle| circle.to_string());
    let without = without.as_ref().map_err(String::as_str);
    let rules = (asked.definition, &scope.calendar);
    let of_window = |window: &Window| Entered::of_window(window, rules, &scope.view, without);
    Ok(Answer {
        schema: "recount.explain.event/1",
        customers: customers(&around, &scope.view),
        windows: windows.iter().map(of_window).collect(),
        closes: closes(&record, book, scope, without)?,
        definition: DefinitionJson::of(asked.definition, scope),
        envelope: scope.envelope(&[]),
        record: Behind::new(record, scope, None),
    })
}

/// The customers that records name, after merges.
fn customers(records: &[Option<&Recorded>], view: &View<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for record in records.iter().flatten() {
        let names = match &record.event.body {
            Body::Movement(movement) => [Some(&movement.customer), None],
            Body::Profile(profile) => [Some(&profile.customer), None],
            Body::OneTime(charge) => [Some(&charge.customer), None],
            Body::Merge(merge) => [Some(&merge.customer), Some(&merge.into)],
            _ => [None, None],
        };
        for id in names.into_iter().flatten() {
            let customer = view.customer(id).map_or(id.as_str(), |customer| view.customer_id(customer));
            if !found.iter().any(|known| known == customer) {
                found.push(customer.to_owned());
            }
        }
    }
    found
}

/// The calendar month, quarter and year in which the first of the records that has a date takes effect.
fn windows_around(records: &[Option<&Recorded>], scope: &Scope<'_>) -> Result<Vec<Window>, CommandError> {
    let mut dates = records.iter().flatten().filter_map(|record| record.event.effective_at());
    let booked = records.iter().flatten().map(|record| record.booked_at()).next();
    let Some(at) = dates.next().map(|moment| moment.at).or(booked) else { return Ok(Vec::new()) };
    let date = scope.calendar.date_of(at);
    let (year, month) = (date.year(), date.month());
    let names = [format!("{year:04}-{month:02}"), format!("{year:04}-Q{}", month.div_ceil(3)), format!("{year:04}")];
    Ok(names.iter().map(|name| Window::parse(name, &scope.calendar)).collect::<Result<_, _>>()?)
}

/// What the record is to each closed period: in a close that has it, to what was stated; else to what is known now.
fn closes(
    record: &Recorded,
    book: &Book,
    scope: &Scope<'_>,
    without: Result<&View<'_>, &str>,
) -> Result<Vec<Entered>, CommandError> {
    let published = scope.published();
    let mut found = Vec::new();
    let known = book.projection.closes().iter().filter(|listed| listed.position.0 < scope.view.cut().size);
    for listed in known {
        let one = if record.position < listed.position {
            let stated = book.projection.view(Cut { known_at: None, size: listed.position.0 })?;
            let less = stated.without(record.position).map_err(|circle| circle.to_string());
            Entered::of_close(listed, true, published, &stated, less.as_ref().map_err(String::as_str))
        } else {
            Entered::of_close(listed, false, published, &scope.view, without)
        };
        found.extend(one);
    }
    Ok(found)
}

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    schema: &'static str,
    record: Behind,
    customers: Vec<String>,
    windows: Vec<Entered>,
    closes: Vec<Entered>,
    definition: DefinitionJson,
    #[serde(flatten)]
    envelope: Envelope,
}

impl Answer {
    fn all(&self) -> impl Iterator<Item = &Entered> {
        self.windows.iter().chain(&self.closes)
    }

    fn table(&self) -> Table {
        let figures = ["without it", "with it", "its share"].map(Column::figure);
        let texts = ["window", "figure"].map(Column::text);
        let mut table = Table::new(texts.into_iter().chain(figures));
        for entered in self.all() {
            let mut name = named(entered);
            for figure in &entered.figures {
                let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
                table.row([
                    Cell::styled(std::mem::take(&mut name), Style::Strong),
                    figure.figure.into(),
                    side(&figure.without).into(),
                    side(&figure.with).into(),
                    Cell::styled(figure.share.clone().unwrap_or_default(), Style::Strong),
                ]);
            }
        }
        table
    }
}

/// A window as a table names it.
fn named(entered: &Entered) -> String {
    let window = &entered.window.name;
    match &entered.close {
        None => window.clone(),
        Some(close) if close.lies_in => format!("{window} as closed by {}", visible(&close.name)),
        Some(close) => format!("{window}, closed by {}, as known now", visible(&close.name)),
    }
}

impl Report for Answer {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let (behind, zone) = (&self.record, self.envelope.zone());
        let record = &behind.record;
        let whose: Vec<String> = self.customers.iter().map(|id| visible(id).to_string()).collect();
        let whose = if whose.is_empty() { String::new() } else { format!(" of {}", whose.join(", ")) };
        page.heading(format!("{}{whose}, position {}: {}", record.event.body.kind(), record.position, behind.told()));
        let effective = record.event.effective_at().map(|moment| local(moment.at, zone));
        let effective = effective.map(|at| format!("effective {at}, ")).unwrap_or_default();
        page.line(format!(
            "{effective}booked {}, recorded {} by {}",
            local(record.booked_at(), zone),
            local(record.recorded_at, zone),
            visible(&record.event.recorded_by)
        ));
        page.line(format!("from {}; event {}", behind.origin(), record.event.id()));
        page.blank();
        if self.all().any(|entered| entered.enters) {
            page.table(self.table());
            page.blank();
        }
        for entered in self.all() {
            let name = named(entered);
            match &entered.reason {
                Some(reason) => page.line(format!("{name}: not all figures can be computed: {reason}")),
                None if !entered.enters => page.line(format!("{name}: it enters no figure")),
                None => &mut page,
            };
        }
        for close in self.closes.iter().filter_map(|one| one.close.as_ref()).filter(|one| one.prior_period_adjustment) {
            page.line(format!("it is a prior-period adjustment of {}", visible(&close.name)));
        }
        behind.file().into_iter().for_each(|file| {
            page.remark(file);
        });
        self.definition.remark(&mut page);
        self.envelope.close_page(&mut page);
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["window", "close", "figure", "without", "with", "share"]);
        for entered in self.all() {
            let close = entered.close.as_ref().map(|close| close.name.as_str()).unwrap_or_default();
            for figure in &entered.figures {
                let side = |text: &Option<String>| text.clone().unwrap_or_default();
                let sides = [side(&figure.without), side(&figure.with), side(&figure.share)];
                let [without, with, share] = &sides;
                records.row([&entered.window.name, close, figure.figure, without, with, share]);
            }
        }
        records
    }
}
