//! An effect as JSON, as a row of CSV and as cells of a table.

use recount_metrics::{Display, Effect, Ratio};
use serde::Serialize;

use crate::output::Cell;
use crate::output::money::{Money, exact};

/// What a change did to the figures.
#[derive(Clone, Serialize)]
pub struct EffectJson {
    ndr: Option<String>,
    ndr_exact: Option<String>,
    gdr: Option<String>,
    gdr_exact: Option<String>,
    logo_retention: Option<String>,
    logo_retention_exact: Option<String>,
    opening: String,
    expansion: String,
    contraction: String,
    churn: String,
    reactivation: String,
    fx: String,
    closing: String,
    customers: i64,
    customers_closing: i64,
}

/// The columns of an effect in a CSV. A fraction has two, for a spreadsheet would take it for a formula.
pub const COLUMNS: [&str; 18] = [
    "ndr",
    "ndr_numerator",
    "ndr_denominator",
    "gdr",
    "gdr_numerator",
    "gdr_denominator",
    "logo_retention",
    "logo_retention_numerator",
    "logo_retention_denominator",
    "opening",
    "expansion",
    "contraction",
    "churn",
    "reactivation",
    "fx",
    "closing",
    "customers",
    "customers_closing",
];

impl From<&Effect> for EffectJson {
    fn from(of: &Effect) -> Self {
        let text = |ratio: &Option<Ratio>| ratio.as_ref().map(ToString::to_string);
        let fraction = |ratio: &Option<Ratio>| ratio.as_ref().map(Ratio::fraction);
        Self {
            ndr: text(&of.ndr),
            ndr_exact: fraction(&of.ndr),
            gdr: text(&of.gdr),
            gdr_exact: fraction(&of.gdr),
            logo_retention: text(&of.logo_retention),
            logo_retention_exact: fraction(&of.logo_retention),
            opening: exact(of.opening),
            expansion: exact(of.expansion),
            contraction: exact(of.contraction),
            churn: exact(of.churn),
            reactivation: exact(of.reactivation),
            fx: exact(of.fx),
            closing: exact(of.closing),
            customers: of.customers,
            customers_closing: of.customers_closing,
        }
    }
}

impl EffectJson {
    /// The fields of a CSV row; a ratio that does not exist is blank.
    pub fn fields(&self) -> [String; COLUMNS.len()] {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let [ndr, gdr, logos] = [&self.ndr_exact, &self.gdr_exact, &self.logo_retention_exact].map(terms);
        let ([ndr_over, ndr_under], [gdr_over, gdr_under], [logos_over, logos_under]) = (ndr, gdr, logos);
        [
            text(&self.ndr),
            ndr_over,
            ndr_under,
            text(&self.gdr),
            gdr_over,
            gdr_under,
            text(&self.logo_retention),
            logos_over,
            logos_under,
            self.opening.clone(),
            self.expansion.clone(),
            self.contraction.clone(),
            self.churn.clone(),
            self.reactivation.clone(),
            self.fx.clone(),
            self.closing.clone(),
            self.customers.to_string(),
            self.customers_closing.to_string(),
        ]
    }
}

/// Numerator and denominator of a fraction; a whole number is over 1.
fn terms(fraction: &Option<String>) -> [String; 2] {
    let Some(text) = fraction else { return Default::default() };
    let (over, under) = text.split_once('/').unwrap_or((text, "1"));
    [over.to_owned(), under.to_owned()]
}

/// A change of a ratio in percentage points, with its sign and two digits more than the figure itself has.
pub fn points(ratio: Option<&Ratio>, display: Display) -> String {
    let Some(ratio) = ratio else { return "undefined".to_owned() };
    let text = ratio.percent((display.percent_digits + 2).min(8), display.rounding);
    let sign = if *ratio > Ratio::zero() { "+" } else { "" };
    format!("{sign}{text}")
}

/// The same in a sentence: `+1.250 points`.
pub fn in_words(ratio: Option<&Ratio>, display: Display) -> String {
    let unit = if ratio.is_some() { " points" } else { "" };
    format!("{}{unit}", points(ratio, display))
}

/// The cells of an effect: opening, closing, points of NDR and GDR.
pub fn cells(of: &Effect, money: &Money, display: Display) -> [Cell; 4] {
    [
        money.signed(of.opening).into(),
        money.signed(of.closing).into(),
        points(of.ndr.as_ref(), display).into(),
        points(of.gdr.as_ref(), display).into(),
    ]
}

/// The headers of [`cells`].
pub const HEADERS: [&str; 4] = ["opening", "closing", "NDR points", "GDR points"];
