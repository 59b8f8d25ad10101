//! What `close` prints.

use recount_ledger::{Close, Outcome};
use recount_metrics::{Definition, Figure, PeriodFigures};
use serde::Serialize;
use serde_json::Value;

use crate::definition::DefinitionJson;
use crate::output::csv::Records;
use crate::output::moment::span;
use crate::output::money::Money;
use crate::output::plain::visible;
use crate::output::{Column, Page, Report, Table, money};
use crate::scope::hex;

/// A close that was recorded.
#[derive(Serialize)]
pub struct Closed {
    schema: &'static str,
    name: String,
    position: u64,
    event_id: String,
    size: u64,
    root: String,
    tz: String,
    fiscal_year_start: u8,
    period: Option<String>,
    definition: DefinitionJson,
    figures: Option<Value>,
    note: Option<String>,
    prepared_by: String,
    approved_by: Option<String>,
    warnings: Vec<Warned>,
    #[serde(skip)]
    display: Vec<[String; 2]>,
    #[serde(skip)]
    dates: Option<String>,
}

#[derive(Serialize)]
struct Warned {
    code: &'static str,
    message: String,
    count: u64,
}

impl Closed {
    /// What was recorded.
    pub fn new(outcome: Outcome, close: &Close, definition: &Definition, figures: Option<&PeriodFigures>) -> Self {
        let zone = close.zone.parse().ok();
        Self {
            schema: "recount.close/1",
            name: close.name.clone(),
            position: outcome.position.0,
            event_id: outcome.id.to_string(),
            size: outcome.position.0,
            root: hex(&close.root),
            tz: close.zone.clone(),
            fiscal_year_start: close.fiscal_start,
            period: close.period.clone(),
            definition: DefinitionJson::plain(definition),
            figures: close.figures.clone().and_then(|text| serde_json::from_str(&text).ok()),
            note: close.note.clone(),
            prepared_by: close.prepared_by.clone(),
            approved_by: close.approved_by.clone(),
            warnings: figures.map(warnings).unwrap_or_default(),
            display: figures.map(|figures| lines(figures, definition)).unwrap_or_default(),
            dates: figures.zip(zone).map(|(figures, zone)| span(&figures.window, zone)),
        }
    }
}

fn warnings(figures: &PeriodFigures) -> Vec<Warned> {
    let one = |warning: &recount_metrics::Warning| Warned {
        code: warning.code.name(),
        message: warning.message.clone(),
        count: warning.count,
    };
    figures.warnings.iter().map(one).collect()
}

/// The figures that people look for first, rounded for display.
fn lines(figures: &PeriodFigures, definition: &Definition) -> Vec<[String; 2]> {
    let display = definition.parameters.display;
    let percent = |figure: &Figure| match figure {
        Ok(ratio) => format!("{} %", ratio.percent(display.percent_digits, display.rounding)),
        Err(_) => "undefined".to_owned(),
    };
    let shown = Money::new(figures.currency);
    let unit = figures.currency.map(|currency| format!(", {currency}")).unwrap_or_default();
    let of = &figures.retention;
    [
        ("NDR", percent(&of.ndr)),
        ("GDR", percent(&of.gdr)),
        ("logo retention", percent(&of.logo_retention)),
        ("opening MRR of the cohort", shown.show(of.opening)),
        ("closing MRR of the cohort", shown.show(of.closing)),
        (&format!("MRR at the close{unit}"), shown.show(figures.mrr)),
        ("customers then", money::count(figures.customers_active)),
    ]
    .map(|(name, value)| [name.to_owned(), value])
    .into()
}

impl Report for Closed {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let records = money::count(self.size);
        page.heading(format!("closed {}: the first {records} records, root {}", self.name, &self.root[..12]));
        if let (Some(period), Some(dates)) = (&self.period, &self.dates) {
            page.line(format!("period {period}, {dates}")).blank();
            let mut table = Table::new([Column::text("figure"), Column::figure("as closed")]);
            self.display.iter().for_each(|line| table.row(line.clone().map(Into::into)));
            page.table(table).blank();
        }
        self.definition.remark(&mut page);
        let by = |who: &String| format!("approved by {}", visible(who));
        let approved = self.approved_by.as_ref().map_or_else(|| "not approved".to_owned(), by);
        page.remark(format!("prepared by {}, {approved}", visible(&self.prepared_by)));
        if let Some(note) = &self.note {
            page.remark(format!("note: {}", visible(note)));
        }
        for warning in &self.warnings {
            page.warning(format!("{} ({})", warning.message, warning.code));
        }
        page.remark(format!("recorded at position {}, zone {}", self.position, self.tz));
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["name", "position", "event_id", "size", "root"]);
        let numbers = [self.position.to_string(), self.event_id.clone(), self.size.to_string(), self.root.clone()];
        records.row([self.name.clone()].into_iter().chain(numbers));
        records
    }
}
