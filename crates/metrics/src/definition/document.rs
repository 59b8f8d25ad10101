//! The TOML form of a definition.

use std::fmt::Display;
use std::str::FromStr;

use recount_ledger::{Amount, Currency};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::parameters::{
    Cohort, Combine, Count, CurrencyRules, Display as DisplayRules, Exclusion, ExclusionAt, Gross, GrossMethod, Net,
    NetMethod, Parameters, ReadAt, Weight, Winback, WindowRules,
};
use super::text::{Grain, Rates};
use super::{Definition, DefinitionError};
use crate::calendar::Every;
use crate::ratio::Rounding;

/// The most digits of a percentage: a ratio is given to 10, so more would be made up.
const PERCENT_DIGITS_MAX: u8 = 8;
/// The longest gap, in days: a century. Longer ones are slips of the pen.
const GAP_DAYS_MAX: u32 = 36_525;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    name: String,
    description: Option<String>,
    #[serde(default)]
    net: NetTable,
    #[serde(default)]
    gross: GrossTable,
    #[serde(default)]
    window: WindowTable,
    #[serde(default)]
    cohort: CohortTable,
    #[serde(default)]
    currency: CurrencyTable,
    #[serde(default)]
    display: DisplayTable,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct NetTable {
    method: NetMethod,
    winback: Winback,
    contraction: Count,
    reactivation: Count,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct GrossTable {
    method: GrossMethod,
    winback: Winback,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct WindowTable {
    combine: Combine,
    every: PartLength,
    weight: Weight,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
enum PartLength {
    #[default]
    Month,
    Quarter,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct CohortTable {
    #[serde(deserialize_with = "parsed")]
    grain: Grain,
    attribute_at: ReadAt,
    exclude: Vec<Exclusion>,
    exclude_at: ExclusionAt,
    #[serde(deserialize_with = "floor")]
    floor: Amount,
    #[serde(deserialize_with = "gap_days")]
    gap_days: u32,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct CurrencyTable {
    #[serde(deserialize_with = "currency")]
    report: Option<Currency>,
    #[serde(deserialize_with = "parsed")]
    rates: Rates,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DisplayTable {
    #[serde(deserialize_with = "percent_digits")]
    percent_digits: u8,
    rounding: Rounding,
}

impl Default for DisplayTable {
    fn default() -> Self {
        let DisplayRules { percent_digits, rounding } = DisplayRules::default();
        Self { percent_digits, rounding }
    }
}

pub(super) fn read(text: &str) -> Result<Definition, DefinitionError> {
    let Document { name, description, net, gross, window, cohort, currency, display } =
        toml::from_str(text).map_err(|error| located(text, &error))?;
    let mut exclude = cohort.exclude;
    exclude.sort();
    exclude.dedup();
    let every = match window.every {
        PartLength::Month => Every::Month,
        PartLength::Quarter => Every::Quarter,
    };
    let parameters = Parameters {
        net: Net {
            method: net.method,
            winback: net.winback,
            contraction: net.contraction,
            reactivation: net.reactivation,
        },
        gross: Gross { method: gross.method, winback: gross.winback },
        window: WindowRules { combine: window.combine, every, weight: window.weight },
        cohort: Cohort {
            grain: cohort.grain,
            attribute_at: cohort.attribute_at,
            exclude,
            exclude_at: cohort.exclude_at,
            floor: cohort.floor,
            gap_days: cohort.gap_days,
        },
        currency: CurrencyRules { report: currency.report, rates: currency.rates },
        display: DisplayRules { percent_digits: display.percent_digits, rounding: display.rounding },
    };
    Ok(Definition { name, version: None, description, parameters, overridden: Vec::new() })
}

fn located(text: &str, error: &toml::de::Error) -> DefinitionError {
    let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    DefinitionError::Document {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        problem: short(error.message()),
    }
}

/// A message cut to what anyone reads: keys and values that it repeats may be as long as the document.
fn short(message: &str) -> String {
    const CHARS_SHOWN: usize = 400;
    match message.char_indices().nth(CHARS_SHOWN) {
        Some((end, _)) => format!("{} ...", &message[..end]),
        None => message.to_owned(),
    }
}

fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(from: D) -> Result<T, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

fn currency<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Currency>, D::Error> {
    parsed(from).map(Some)
}

fn floor<'de, D: Deserializer<'de>>(from: D) -> Result<Amount, D::Error> {
    struct Exact;
    impl Visitor<'_> for Exact {
        type Value = Amount;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an exact amount of 0 or more, as a text like \"100.50\" or a whole number")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
            let amount: Amount = text.parse().map_err(E::custom)?;
            if amount.is_negative() { Err(E::custom("a floor is 0 or more")) } else { Ok(amount) }
        }

        fn visit_i64<E: Error>(self, whole: i64) -> Result<Amount, E> {
            self.visit_str(&whole.to_string())
        }
    }
    from.deserialize_any(Exact)
}

fn gap_days<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let days = u32::deserialize(from)?;
    let refuse = || D::Error::custom(format!("gap_days is a number from 0 to {GAP_DAYS_MAX}"));
    if days <= GAP_DAYS_MAX { Ok(days) } else { Err(refuse()) }
}

fn percent_digits<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
    let digits = u8::deserialize(from)?;
    let refuse = || D::Error::custom(format!("percent_digits is a number from 0 to {PERCENT_DIGITS_MAX}"));
    if digits <= PERCENT_DIGITS_MAX { Ok(digits) } else { Err(refuse()) }
}
