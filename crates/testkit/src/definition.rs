//! Every parameter of a definition, as the auditor understands it, and its TOML.

use chrono::NaiveDate;
use num_bigint::BigInt;
use num_traits::Zero;
use recount_ledger::Currency;

use crate::ratio::money;

/// `net.method`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetMethod {
    /// The cohort's MRR at close over that at open.
    Endpoint,
    /// The cohort's steps inside the window.
    Movements,
    /// Every member's steps, new logos left out.
    AllMovements,
    /// Close over open of those still active at close.
    Survivors,
}

/// `gross.method`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrossMethod {
    /// The lesser of open and close, per member.
    EndpointMin,
    /// Opening less the cohort's contraction and churn steps.
    Movements,
    /// The lowest MRR in the window, per member.
    RunningMin,
    /// Opening less every member's contraction and churn steps.
    AllMovements,
}

/// `window.combine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// One ratio over the window.
    Whole,
    /// The product over its parts.
    Chain,
    /// The mean over its parts.
    Mean,
    /// The mean of the twelve months ended with each part.
    MeanTrailing,
}

/// `window.every`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// Months.
    Month,
    /// Three months.
    Quarter,
    /// Twelve months; only for the rows of a report.
    Year,
}

/// `cohort.grain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grain {
    /// Customers.
    Customer,
    /// Subscriptions.
    Subscription,
    /// Customers that share the value of this attribute.
    Attribute(String),
}

/// When an attribute is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadAt {
    /// At the window's (or part's) open.
    Open,
    /// At its close.
    Close,
    /// As of everything admitted.
    Latest,
}

/// `currency.rates`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RatesAt {
    /// The whole window's open, at both ends.
    Open,
    /// The whole window's close, at both ends.
    Close,
    /// The end of this date, at both ends.
    Date(NaiveDate),
    /// Each end at its own.
    Spot,
}

/// A definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// `net.method`
    pub net: NetMethod,
    /// `net.winback = "zero"`
    pub net_winback_zero: bool,
    /// `net.contraction = "ignore"`
    pub contraction_ignored: bool,
    /// `net.reactivation = "ignore"`
    pub reactivation_ignored: bool,
    /// `gross.method`
    pub gross: GrossMethod,
    /// `gross.winback = "zero"`
    pub gross_winback_zero: bool,
    /// `window.combine`
    pub combine: Combine,
    /// `window.every`
    pub every: Every,
    /// `window.weight = "opening"`
    pub weight_opening: bool,
    /// `cohort.grain`
    pub grain: Grain,
    /// `cohort.attribute_at`
    pub attribute_at: ReadAt,
    /// `cohort.exclude`
    pub exclude: Vec<(String, String)>,
    /// `cohort.exclude_at`: latest or open
    pub exclude_at: ReadAt,
    /// `cohort.floor`, in units of 1e-8
    pub floor: BigInt,
    /// `cohort.gap_days`
    pub gap_days: u32,
    /// `currency.report`
    pub report: Option<Currency>,
    /// `currency.rates`
    pub rates: RatesAt,
}

impl Default for Definition {
    fn default() -> Self {
        Self {
            net: NetMethod::Endpoint,
            net_winback_zero: false,
            contraction_ignored: false,
            reactivation_ignored: false,
            gross: GrossMethod::EndpointMin,
            gross_winback_zero: false,
            combine: Combine::Whole,
            every: Every::Month,
            weight_opening: false,
            grain: Grain::Customer,
            attribute_at: ReadAt::Open,
            exclude: Vec::new(),
            exclude_at: ReadAt::Latest,
            floor: BigInt::zero(),
            gap_days: 0,
            report: None,
            rates: RatesAt::Open,
        }
    }
}

impl Definition {
    /// The definition as a file, with only what differs from the defaults.
    pub fn to_toml(&self, name: &str) -> String {
        let standard = Self::default();
        let mut tables = Tables(format!("name = \"{name}\"\n"));
        tables.table("net");
        tables.text(self.net != standard.net, "method", self.net.text());
        tables.text(self.net_winback_zero, "winback", "zero");
        tables.text(self.contraction_ignored, "contraction", "ignore");
        tables.text(self.reactivation_ignored, "reactivation", "ignore");
        tables.table("gross");
        tables.text(self.gross != standard.gross, "method", self.gross.text());
        tables.text(self.gross_winback_zero, "winback", "zero");
        tables.table("window");
        if self.combine != Combine::Whole {
            tables.text(true, "combine", self.combine.text());
            tables.text(true, "every", self.every.text());
        }
        tables.text(self.weight_opening, "weight", "opening");
        tables.table("cohort");
        tables.text(self.grain != standard.grain, "grain", &self.grain.text());
        tables.text(self.attribute_at != standard.attribute_at, "attribute_at", self.attribute_at.text());
        tables.pairs("exclude", &self.exclude);
        tables.text(self.exclude_at != standard.exclude_at, "exclude_at", self.exclude_at.text());
        tables.text(!self.floor.is_zero(), "floor", &money(&self.floor));
        if self.gap_days > 0 {
            tables.line(&format!("gap_days = {}", self.gap_days));
        }
        tables.table("currency");
        if let Some(report) = self.report {
            tables.text(true, "report", report.code());
        }
        tables.text(self.rates != standard.rates, "rates", &self.rates.text());
        tables.0
    }

    /// Months in one part.
    pub fn part_months(&self) -> u32 {
        self.every.months()
    }
}

/// TOML as it grows.
struct Tables(String);

impl Tables {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn table(&mut self, name: &str) {
        self.line(&format!("[{name}]"));
    }

    fn text(&mut self, wanted: bool, key: &str, value: &str) {
        if wanted {
            self.line(&format!("{key} = {}", quoted(value)));
        }
    }

    fn pairs(&mut self, key: &str, pairs: &[(String, String)]) {
        let pair =
            |(name, value): &(String, String)| format!("{{ attribute = {}, value = {} }}", quoted(name), quoted(value));
        if !pairs.is_empty() {
            self.line(&format!("{key} = [{}]", pairs.iter().map(pair).collect::<Vec<_>>().join(", ")));
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl NetMethod {
    /// As a definition writes it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::Movements => "movements",
            Self::AllMovements => "all-movements",
            Self::Survivors => "survivors",
        }
    }
}

impl GrossMethod {
    /// As a definition writes it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::EndpointMin => "endpoint-min",
            Self::Movements => "movements",
            Self::RunningMin => "running-min",
            Self::AllMovements => "all-movements",
        }
    }
}

impl Combine {
    /// As a definition writes it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Chain => "chain",
            Self::Mean => "mean",
            Self::MeanTrailing => "mean-trailing",
        }
    }
}

impl Every {
    /// As a definition writes it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// Its months.
    pub const fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }
}

impl Grain {
    /// As a definition writes it.
    pub fn text(&self) -> String {
        match self {
            Self::Customer => "customer".to_owned(),
            Self::Subscription => "subscription".to_owned(),
            Self::Attribute(name) => format!("attribute:{name}"),
        }
    }
}

impl ReadAt {
    /// As a definition writes it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Close => "close",
            Self::Latest => "latest",
        }
    }
}

impl RatesAt {
    /// As a definition writes it.
    pub fn text(self) -> String {
        match self {
            Self::Open => "constant-open".to_owned(),
            Self::Close => "constant-close".to_owned(),
            Self::Date(date) => format!("constant:{date}"),
            Self::Spot => "spot".to_owned(),
        }
    }
}
