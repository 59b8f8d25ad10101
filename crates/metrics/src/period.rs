//! The figures of a closed period, all of them at once, and how they differ from what they were.

use std::collections::BTreeMap;

use recount_ledger::{Currency, units_text};
use recount_projection::View;
use serde_json::{Value, json};

use crate::definition::Rates;
use crate::error::FigureError;
use crate::movements::{Bridge, MovementsQuestion, movements};
use crate::mrr::{MrrQuestion, mrr};
use crate::rates::RateUsed;
use crate::ratio::{Figure, Printed};
use crate::retention::{LinesBasis, Retention, RetentionQuestion, retention};
use crate::warning::Warning;
use crate::window::Window;

/// What a close states about its period: retention, the bridge of all customers, and the MRR at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodFigures {
    /// The period.
    pub window: Window,
    /// The currency of all amounts; none where there are no amounts at all.
    pub currency: Option<Currency>,
    /// What the lines of `retention` are made of.
    pub lines_basis: LinesBasis,
    /// Retention of the cohort.
    pub retention: Retention,
    /// The bridge.
    pub bridge: Bridge,
    /// MRR of all customers at the period's close, at the rates before it; units of 1e-8.
    pub mrr: i128,
    /// Customers that are active then.
    pub customers_active: u64,
    /// What to know before quoting them, by code.
    pub warnings: Vec<Warning>,
}

/// One figure that is another now. Texts are as reports print them; none where there is no such figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// Its name, such as `ndr` or `movements.closing`.
    pub figure: &'static str,
    /// As it was.
    pub was: Option<String>,
    /// As it is.
    pub now: Option<String>,
    /// Now less was, exactly; none where one of them does not exist, or it is no number.
    pub difference: Option<String>,
}

/// A figure, so that two of them can be subtracted.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stated {
    Money(i128),
    Count(u64),
    Ratio(Option<Printed>),
    Text(Option<String>),
}

/// All figures of a period. The question's `by` does not count.
pub fn period_figures(view: &View<'_>, question: &RetentionQuestion<'_>) -> Result<PeriodFigures, FigureError> {
    let RetentionQuestion { window, definition, calendar, .. } = *question;
    let retained = retention(view, &RetentionQuestion { by: None, ..*question })?;
    let moved = movements(view, &MovementsQuestion { window, every: None, definition, calendar, by: None })?;
    let currency = definition.parameters.currency.report;
    let rates = Rates::Spot;
    let held = mrr(view, &MrrQuestion { at: window.close, customer: None, by: None, currency, rates, calendar })?;
    Ok(PeriodFigures {
        window: window.clone(),
        currency: retained.currency.or(moved.currency).or(held.currency),
        lines_basis: retained.lines_basis,
        retention: retained.total,
        bridge: moved.rows.into_iter().next().expect("a window without parts has one row"),
        mrr: held.total,
        customers_active: held.customers.len() as u64,
        warnings: retained.warnings,
    })
}

impl PeriodFigures {
    /// Every figure by its name, in the order of reports.
    fn named(&self) -> Vec<(&'static str, Stated)> {
        let (of, bridge) = (&self.retention, &self.bridge);
        let ratio = |figure: &Figure| Stated::Ratio(figure.as_ref().ok().map(|ratio| ratio.printed()));
        let money = Stated::Money;
        vec![
            ("currency", Stated::Text(self.currency.map(|currency| currency.to_string()))),
            ("customers", Stated::Count(of.customers)),
            ("members", Stated::Count(of.members)),
            ("opening", money(of.opening)),
            ("expansion", money(of.expansion)),
            ("contraction", money(of.contraction)),
            ("churn", money(of.churn)),
            ("reactivation", money(of.reactivation)),
            ("fx", money(of.fx)),
            ("closing", money(of.closing)),
            ("customers_closing", Stated::Count(of.customers_closing)),
            ("ndr", ratio(&of.ndr)),
            ("gdr", ratio(&of.gdr)),
            ("logo_retention", ratio(&of.logo_retention)),
            ("mrr", money(self.mrr)),
            ("customers_active", Stated::Count(self.customers_active)),
            ("movements.opening", money(bridge.opening)),
            ("movements.new_logo", money(bridge.new_logo)),
            ("movements.reactivation", money(bridge.reactivation)),
            ("movements.expansion", money(bridge.expansion)),
            ("movements.contraction", money(bridge.contraction)),
            ("movements.churn", money(bridge.churn)),
            ("movements.fx", money(bridge.fx)),
            ("movements.closing", money(bridge.closing)),
        ]
    }

    /// The figures as canonical JSON (RFC 8785): sorted keys, no blanks; money and ratios are texts, counts numbers.
    pub fn canonical(&self) -> String {
        let mut all: BTreeMap<&str, Value> = BTreeMap::new();
        let mut moved: BTreeMap<&str, Value> = BTreeMap::new();
        for (name, value) in self.named() {
            match name.strip_prefix("movements.") {
                Some(line) => moved.insert(line, value.json()),
                None => all.insert(name, value.json()),
            };
        }
        let window = [("close", self.window.close.0), ("open", self.window.open.0)];
        let mut ends: BTreeMap<&str, Value> = window.map(|(name, at)| (name, json!(at.to_string()))).into();
        ends.insert("name", json!(self.window.name));
        all.insert("lines_basis", json!(self.lines_basis.name()));
        all.insert("movements", json!(moved));
        all.insert("rates", self.retention.rates.iter().map(rate_json).collect());
        all.insert("undefined", json!(self.undefined()));
        all.insert("window", json!(ends));
        json!(all).to_string()
    }

    /// Why a ratio does not exist, by its name.
    fn undefined(&self) -> BTreeMap<&'static str, String> {
        let Retention { ndr, gdr, logo_retention, .. } = &self.retention;
        let ratios = [("ndr", ndr), ("gdr", gdr), ("logo_retention", logo_retention)];
        ratios.into_iter().filter_map(|(name, figure)| Some((name, figure.as_ref().err()?.to_string()))).collect()
    }
}

/// The figures that differ, in the order of reports. Either side may have none at all.
pub fn adjustments(was: Option<&PeriodFigures>, now: Option<&PeriodFigures>) -> Vec<Adjustment> {
    let named = |side: Option<&PeriodFigures>| side.map(PeriodFigures::named);
    let (was, now) = (named(was), named(now));
    let names: Vec<&'static str> = was.iter().chain(&now).next().into_iter().flatten().map(|(name, _)| *name).collect();
    let side = |side: &Option<Vec<(&'static str, Stated)>>, at: usize| side.as_ref().map(|all| all[at].1.clone());
    let pairs = names.into_iter().enumerate().map(|(at, name)| (name, side(&was, at), side(&now, at)));
    let other = pairs.filter(|(_, was, now)| was != now);
    let adjustment = |(figure, was, now): (_, Option<Stated>, Option<Stated>)| Adjustment {
        figure,
        was: was.as_ref().and_then(Stated::text),
        now: now.as_ref().and_then(Stated::text),
        difference: now.zip(was).and_then(|(now, was)| now.less(&was)),
    };
    other.map(adjustment).collect()
}

impl Stated {
    fn text(&self) -> Option<String> {
        match self {
            Self::Money(units) => Some(units_text(*units)),
            Self::Count(count) => Some(count.to_string()),
            Self::Ratio(ratio) => ratio.as_ref().map(ToString::to_string),
            Self::Text(text) => text.clone(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Count(count) => json!(count),
            other => json!(other.text()),
        }
    }

    fn less(&self, was: &Self) -> Option<String> {
        match (self, was) {
            // Sums stay below 10^30 or are refused: their difference fits.
            (Self::Money(now), Self::Money(was)) => now.checked_sub(*was).map(units_text),
            (Self::Count(now), Self::Count(was)) => Some((i128::from(*now) - i128::from(*was)).to_string()),
            (Self::Ratio(Some(now)), Self::Ratio(Some(was))) => Some((now - was).to_string()),
            _ => None,
        }
    }
}

fn rate_json(used: &RateUsed) -> Value {
    let texts = [
        ("base", used.base.to_string()),
        ("date", used.date.to_string()),
        ("quote", used.quote.to_string()),
        ("rate", used.rate.to_string()),
    ];
    let mut all: BTreeMap<&str, Value> = texts.map(|(name, text)| (name, json!(text))).into();
    all.insert("position", json!(used.position.0));
    json!(all)
}
