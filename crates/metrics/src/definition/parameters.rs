//! The parameters of a definition, their defaults, and which of them exclude each other.

use recount_ledger::{Amount, Currency};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::DefinitionError;
use super::text::{Grain, Rates};
use crate::calendar::Every;
use crate::ratio::Rounding;

/// Declares an enum of named values: its names in documents, its default first.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $text)] $variant,)+ }
        impl $name {
            /// Its name in documents.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

named! {
    /// How the net ratio is formed.
    NetMethod {
        /// The cohort's MRR at close / at open.
        #[default]
        Endpoint = "endpoint",
        /// The cohort's steps inside the window, summed.
        Movements = "movements",
        /// Every member's steps over the whole opening MRR, new logos left out.
        AllMovements = "all-movements",
        /// Close / open over the members still active at close.
        Survivors = "survivors",
    }
}
named! {
    /// How the gross ratio is formed.
    GrossMethod {
        /// Sum of min(open, close) / opening.
        #[default]
        EndpointMin = "endpoint-min",
        /// (opening - contraction - churn) / opening over the cohort's steps.
        Movements = "movements",
        /// Each member's lowest MRR in the window, opening included.
        RunningMin = "running-min",
        /// (opening - contraction - churn) / opening over every member's steps.
        AllMovements = "all-movements",
    }
}
named! {
    /// What MRR counts that came back after a loss inside the window.
    Winback {
        /// It counts.
        #[default]
        Count = "count",
        /// Once a member touched 0 inside the window it stays 0.
        Zero = "zero",
    }
}
named! {
    /// Whether a line enters the net ratio.
    Count {
        /// It does.
        #[default]
        Count = "count",
        /// It is printed and left out of the ratio.
        Ignore = "ignore",
    }
}
named! {
    /// How the parts of a window make its ratio.
    Combine {
        /// The window is one part.
        #[default]
        Whole = "whole",
        /// The product over its parts.
        Chain = "chain",
        /// The mean over its parts.
        Mean = "mean",
        /// The mean of the twelve-month ratios that end with its parts.
        MeanTrailing = "mean-trailing",
    }
}
named! {
    /// What a part weighs in a mean.
    Weight {
        /// All the same.
        #[default]
        Equal = "equal",
        /// Its denominator.
        Opening = "opening",
    }
}
named! {
    /// When the attributes of grain and segments are read.
    ReadAt {
        /// At the open.
        #[default]
        Open = "open",
        /// At the close.
        Close = "close",
        /// All that is admitted, also what is effective later.
        Latest = "latest",
    }
}
named! {
    /// When the attributes of exclusions are read.
    ExclusionAt {
        /// All that is admitted, also what is effective later.
        #[default]
        Latest = "latest",
        /// At the open.
        Open = "open",
    }
}

/// `net.*`: the net ratio and the printed lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Net {
    /// `net.method`
    pub method: NetMethod,
    /// `net.winback`
    pub winback: Winback,
    /// `net.contraction`
    pub contraction: Count,
    /// `net.reactivation`
    pub reactivation: Count,
}

/// `gross.*`: the gross ratio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gross {
    /// `gross.method`
    pub method: GrossMethod,
    /// `gross.winback`
    pub winback: Winback,
}

/// `window.*`: how parts are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowRules {
    /// `window.combine`
    pub combine: Combine,
    /// `window.every`: month or quarter.
    pub every: Every,
    /// `window.weight`
    pub weight: Weight,
}

/// `cohort.*`: who is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cohort {
    /// `cohort.grain`
    pub grain: Grain,
    /// `cohort.attribute_at`
    pub attribute_at: ReadAt,
    /// `cohort.exclude`, sorted; a customer that fits any of them is left out.
    pub exclude: Vec<Exclusion>,
    /// `cohort.exclude_at`
    pub exclude_at: ExclusionAt,
    /// `cohort.floor`: the least MRR of a member at open, in the report currency at opening rates.
    pub floor: Amount,
    /// `cohort.gap_days`: the longest spell at 0 that is bridged, in days of 24 hours.
    pub gap_days: u32,
}

/// Customers whose attribute has this value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// The attribute.
    pub attribute: String,
    /// The value.
    pub value: String,
}

/// `currency.*`: in what and at which rates a figure is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CurrencyRules {
    /// `currency.report`; required where the amounts of a figure have more than one.
    pub report: Option<Currency>,
    /// `currency.rates`
    pub rates: Rates,
}

/// `display.*`: percentages on tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Display {
    /// `display.percent_digits`, 0 to 8.
    pub percent_digits: u8,
    /// `display.rounding`
    pub rounding: Rounding,
}

/// Every parameter of a definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// `[net]`
    pub net: Net,
    /// `[gross]`
    pub gross: Gross,
    /// `[window]`
    pub window: WindowRules,
    /// `[cohort]`
    pub cohort: Cohort,
    /// `[currency]`
    pub currency: CurrencyRules,
    /// `[display]`
    pub display: Display,
}

impl Default for WindowRules {
    fn default() -> Self {
        Self { combine: Combine::Whole, every: Every::Month, weight: Weight::Equal }
    }
}

impl Default for Display {
    fn default() -> Self {
        Self { percent_digits: 1, rounding: Rounding::HalfUp }
    }
}

impl Parameters {
    /// Refuses a parameter that has no effect beside another; a default says nothing and is never refused.
    pub(crate) fn check(&self) -> Result<(), DefinitionError> {
        let Self { net, gross, window, cohort, .. } = self;
        let net_method = format!("net.method = {:?}", net.method.name());
        let gross_method = format!("gross.method = {:?}", gross.method.name());
        let combine = format!("window.combine = {:?}", window.combine.name());
        let steps = matches!(net.method, NetMethod::Movements | NetMethod::AllMovements);
        let whole_net = net.method == NetMethod::AllMovements;
        let mean = matches!(window.combine, Combine::Mean | Combine::MeanTrailing);
        let (winback, ignored) = (net.winback == Winback::Zero, net.reactivation == Count::Ignore);
        let gross_winback = gross.winback == Winback::Zero;
        let lowest = matches!(gross.method, GrossMethod::RunningMin | GrossMethod::AllMovements);
        [
            (winback && (whole_net || net.method == NetMethod::Survivors), "net.winback = \"zero\"", &*net_method),
            (
                net.contraction == Count::Ignore && net.method == NetMethod::Survivors,
                "net.contraction = \"ignore\"",
                &net_method,
            ),
            (ignored && !steps, "net.reactivation = \"ignore\"", &net_method),
            (ignored && winback, "net.reactivation = \"ignore\"", "net.winback = \"zero\""),
            (gross_winback && lowest, "gross.winback = \"zero\"", &gross_method),
            (window.weight == Weight::Opening && !mean, "window.weight = \"opening\"", &combine),
            (window.every != Every::Month && window.combine == Combine::Whole, "window.every", &combine),
            (
                cohort.exclude_at == ExclusionAt::Open && cohort.exclude.is_empty(),
                "cohort.exclude_at = \"open\"",
                "an empty cohort.exclude",
            ),
        ]
        .into_iter()
        .find(|(refused, ..)| *refused)
        .map_or(Ok(()), |(_, parameter, beside)| {
            Err(DefinitionError::NoEffect { parameter: parameter.to_owned(), beside: beside.to_owned() })
        })
    }

    /// Every parameter, nested like the document. Keys are inserted in sorted order: the text is canonical whatever
    /// map `serde_json` is built with.
    pub(crate) fn to_json(&self) -> Value {
        let Self { net, gross, window, cohort, currency, display } = self;
        let exclude: Vec<_> = cohort
            .exclude
            .iter()
            .map(|e| table([("attribute", json!(e.attribute)), ("value", json!(e.value))]))
            .collect();
        table([
            (
                "cohort",
                table([
                    ("attribute_at", json!(cohort.attribute_at.name())),
                    ("exclude", json!(exclude)),
                    ("exclude_at", json!(cohort.exclude_at.name())),
                    ("floor", json!(cohort.floor.to_string())),
                    ("gap_days", json!(cohort.gap_days)),
                    ("grain", json!(cohort.grain.to_string())),
                ]),
            ),
            (
                "currency",
                table([
                    ("rates", json!(currency.rates.to_string())),
                    ("report", json!(currency.report.map(|c| c.to_string()))),
                ]),
            ),
            (
                "display",
                table([
                    ("percent_digits", json!(display.percent_digits)),
                    ("rounding", json!(display.rounding.name())),
                ]),
            ),
            ("gross", table([("method", json!(gross.method.name())), ("winback", json!(gross.winback.name()))])),
            (
                "net",
                table([
                    ("contraction", json!(net.contraction.name())),
                    ("method", json!(net.method.name())),
                    ("reactivation", json!(net.reactivation.name())),
                    ("winback", json!(net.winback.name())),
                ]),
            ),
            (
                "window",
                table([
                    ("combine", json!(window.combine.name())),
                    ("every", json!(window.every.to_string())),
                    ("weight", json!(window.weight.name())),
                ]),
            ),
        ])
    }
}

fn table<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}
