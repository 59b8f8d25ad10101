//! What `ndr` answers: the JSON of one window, of its segments, and of a series.

use std::collections::BTreeMap;

use recount_metrics::{Display, Figure, Retention, RetentionReport, Warning, Window};
use serde::Serialize;

use crate::definition::DefinitionJson;
use crate::output::csv::Records;
use crate::output::money::exact;
use crate::output::{Page, Report};
use crate::rates::RateJson;
use crate::scope::Envelope;

/// The answer for one window.
#[derive(Serialize)]
pub struct Answer {
    schema: &'static str,
    #[serde(flatten)]
    pub figures: Figures,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    #[serde(flatten)]
    pub envelope: Envelope,
    #[serde(skip)]
    pub report: RetentionReport,
    #[serde(skip)]
    pub display: Display,
}

/// The answer for several windows.
#[derive(Serialize)]
pub struct Series {
    schema: &'static str,
    pub window: WindowJson,
    pub currency: Option<String>,
    pub definition: DefinitionJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    rows: Vec<Figures>,
    #[serde(flatten)]
    pub envelope: Envelope,
    #[serde(skip)]
    pub reports: Vec<RetentionReport>,
    #[serde(skip)]
    pub display: Display,
}

/// What `ndr` answers.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answered {
    Window(Box<Answer>),
    Series(Box<Series>),
}

/// The figures of one window and of its segments.
#[derive(Serialize)]
pub struct Figures {
    #[serde(flatten)]
    pub basis: Basis,
    #[serde(flatten)]
    total: Lines,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<Group>>,
}

/// What the figures of a total and of each of its segments rest on, so that each reads on its own.
#[derive(Clone, Serialize)]
pub struct Basis {
    window: WindowJson,
    currency: Option<String>,
    pub definition: DefinitionJson,
}

#[derive(Clone, Serialize)]
pub struct WindowJson {
    pub name: String,
    open: String,
    close: String,
}

#[derive(Serialize)]
struct Group {
    value: Option<String>,
    #[serde(flatten)]
    basis: Basis,
    #[serde(flatten)]
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    customers: u64,
    members: u64,
    opening: String,
    expansion: String,
    contraction: String,
    churn: String,
    reactivation: String,
    fx: String,
    closing: String,
    lines_basis: &'static str,
    ndr: Option<String>,
    gdr: Option<String>,
    logo_retention: Option<String>,
    customer_churn_rate: Option<String>,
    revenue_churn_rate: Option<String>,
    net_revenue_churn_rate: Option<String>,
    customers_closing: u64,
    undefined: BTreeMap<&'static str, String>,
    top_ten: TopTenJson,
    rates: Vec<RateJson>,
}

#[derive(Serialize)]
struct TopTenJson {
    share: Option<String>,
    ndr_without: Option<String>,
    customers: Vec<String>,
}

impl Answer {
    /// The answer of a report.
    pub fn new(
        figures: Figures,
        by: Option<String>,
        envelope: Envelope,
        report: RetentionReport,
        display: Display,
    ) -> Self {
        Self { schema: "recount.ndr/1", figures, by, envelope, report, display }
    }
}

impl Series {
    /// The answer of a series.
    pub fn new(
        window: &Window,
        definition: DefinitionJson,
        by: Option<String>,
        envelope: Envelope,
        reports: Vec<RetentionReport>,
        display: Display,
    ) -> Self {
        let currency = reports.iter().find_map(|report| report.currency).map(|currency| currency.to_string());
        let rows = reports.iter().map(|report| Figures::new(report, &definition, by.is_some())).collect();
        let window = WindowJson::from(window);
        Self { schema: "recount.ndr/1", window, currency, definition, by, rows, envelope, reports, display }
    }
}

/// The warnings of a series, each once.
pub fn all_warnings(reports: &[RetentionReport]) -> Vec<Warning> {
    let mut all: Vec<Warning> = Vec::new();
    for warning in reports.iter().flat_map(|report| &report.warnings) {
        if !all.contains(warning) {
            all.push(warning.clone());
        }
    }
    all.sort_by_key(|warning| warning.code);
    all
}

impl From<&Window> for WindowJson {
    fn from(window: &Window) -> Self {
        Self { name: window.name.clone(), open: window.open.0.to_string(), close: window.close.0.to_string() }
    }
}

impl Figures {
    /// The figures of a report.
    pub fn new(report: &RetentionReport, definition: &DefinitionJson, by: bool) -> Self {
        let basis = Basis {
            window: WindowJson::from(&report.window),
            currency: report.currency.map(|currency| currency.to_string()),
            definition: definition.clone(),
        };
        let lines = |retention: &Retention| Lines::new(retention, report.lines_basis.name());
        let group = |(value, retention): &(Option<String>, Retention)| Group {
            value: value.clone(),
            basis: basis.clone(),
            lines: lines(retention),
        };
        let groups = by.then(|| report.groups.iter().map(group).collect());
        Self { total: lines(&report.total), groups, basis }
    }
}

impl Lines {
    fn new(of: &Retention, lines_basis: &'static str) -> Self {
        let mut undefined = BTreeMap::new();
        let mut show = |name: &'static str, figure: &Figure| match figure {
            Ok(ratio) => Some(ratio.to_string()),
            Err(reason) => {
                undefined.insert(name, reason.to_string());
                None
            }
        };
        Self {
            customers: of.customers,
            members: of.members,
            opening: exact(of.opening),
            expansion: exact(of.expansion),
            contraction: exact(of.contraction),
            churn: exact(of.churn),
            reactivation: exact(of.reactivation),
            fx: exact(of.fx),
            closing: exact(of.closing),
            lines_basis,
            ndr: show("ndr", &of.ndr),
            gdr: show("gdr", &of.gdr),
            logo_retention: show("logo_retention", &of.logo_retention),
            customer_churn_rate: show("customer_churn_rate", &of.customer_churn_rate()),
            revenue_churn_rate: show("revenue_churn_rate", &of.revenue_churn_rate()),
            net_revenue_churn_rate: show("net_revenue_churn_rate", &of.net_revenue_churn_rate()),
            customers_closing: of.customers_closing,
            top_ten: TopTenJson {
                share: show("top_ten.share", &of.top_ten.share),
                ndr_without: show("top_ten.ndr_without", &of.top_ten.ndr_without),
                customers: of.top_ten.customers.clone(),
            },
            rates: of.rates.iter().map(RateJson::from).collect(),
            undefined,
        }
    }

    fn fields(&self) -> [String; 17] {
        let ratio = |value: &Option<String>| value.clone().unwrap_or_default();
        [
            self.customers.to_string(),
            self.members.to_string(),
            self.opening.clone(),
            self.expansion.clone(),
            self.contraction.clone(),
            self.churn.clone(),
            self.reactivation.clone(),
            self.fx.clone(),
            self.closing.clone(),
            self.lines_basis.to_owned(),
            ratio(&self.ndr),
            ratio(&self.gdr),
            ratio(&self.logo_retention),
            ratio(&self.customer_churn_rate),
            ratio(&self.revenue_churn_rate),
            ratio(&self.net_revenue_churn_rate),
            self.customers_closing.to_string(),
        ]
    }
}

/// The columns of the CSV; a ratio that is undefined is blank.
const HEADER: [&str; 20] = [
    "window",
    "open",
    "close",
    "customers",
    "members",
    "opening",
    "expansion",
    "contraction",
    "churn",
    "reactivation",
    "fx",
    "closing",
    "lines_basis",
    "ndr",
    "gdr",
    "logo_retention",
    "customer_churn_rate",
    "revenue_churn_rate",
    "net_revenue_churn_rate",
    "customers_closing",
];

fn records(all: &[&Figures]) -> Records {
    let by = all.iter().any(|figures| figures.groups.is_some());
    let value = by.then_some("value");
    let mut records = Records::new(value.into_iter().chain(HEADER));
    for figures in all {
        let window = &figures.basis.window;
        let window = || [window.name.clone(), window.open.clone(), window.close.clone()];
        match &figures.groups {
            None => records.row(window().into_iter().chain(figures.total.fields())),
            Some(groups) => groups.iter().for_each(|group| {
                let value = group.value.clone().unwrap_or_default();
                records.row([value].into_iter().chain(window()).chain(group.lines.fields()));
            }),
        }
    }
    records
}

impl Report for Answer {
    fn page(&self) -> Page {
        super::page::one(self)
    }

    fn records(&self) -> Records {
        records(&[&self.figures])
    }
}

impl Report for Series {
    fn page(&self) -> Page {
        super::page::series(self)
    }

    fn records(&self) -> Records {
        records(&self.rows.iter().collect::<Vec<_>>())
    }
}

impl Report for Answered {
    fn page(&self) -> Page {
        match self {
            Self::Window(answer) => answer.page(),
            Self::Series(series) => series.page(),
        }
    }

    fn records(&self) -> Records {
        match self {
            Self::Window(answer) => answer.records(),
            Self::Series(series) => series.records(),
        }
    }
}
