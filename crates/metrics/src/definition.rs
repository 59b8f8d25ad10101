//! A definition: what exactly NDR means here, as a named document with every parameter spelled out.

mod compare;
mod document;
mod parameters;
mod presets;
mod print;
mod text;

use recount_ledger::Currency;
use serde_json::Value;
use sha2::{Digest, Sha256};
use thiserror::Error;

pub use parameters::{
    Cohort, Combine, Count, CurrencyRules, Display, Exclusion, ExclusionAt, Gross, GrossMethod, Net, NetMethod,
    Parameters, ReadAt, Weight, Winback, WindowRules,
};
pub use presets::{PRESETS, Preset};
pub use text::{Grain, Rates, RatesError};

/// A named, versioned document of parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// 0 for a preset, 1, 2, ... for one that the ledger holds; none for a file, which nobody has recorded.
    pub version: Option<u32>,
    /// What it is for, in its author's words.
    pub description: Option<String>,
    /// What it says.
    pub parameters: Parameters,
    /// The keys that the command line overrode, such as `currency.report`; printed beside every figure.
    pub overridden: Vec<&'static str>,
}

/// Why a text is not a definition.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DefinitionError {
    /// Not TOML, an unknown key or an unknown value; says which are known.
    #[error("line {line}, column {column}: {problem}")]
    Document {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// A parameter that has no effect beside another.
    #[error("{parameter} has no effect with {beside}; leave it out, or change one of the two")]
    NoEffect {
        /// The parameter and its value.
        parameter: String,
        /// The parameter and value beside which it does nothing.
        beside: String,
    },
    /// No preset has this name.
    #[error("there is no definition {0:?}; the presets are {known}, and a path to a TOML file is a definition, too", known = presets::names())]
    Unknown(String),
}

impl Definition {
    /// The preset of this name.
    pub fn preset(name: &str) -> Result<Self, DefinitionError> {
        presets::find(name).ok_or_else(|| DefinitionError::Unknown(name.chars().take(64).collect()))
    }

    /// The default: the preset `standard`.
    pub fn standard() -> Self {
        Self {
            name: "standard".to_owned(),
            version: Some(0),
            description: None,
            parameters: Parameters::default(),
            overridden: Vec::new(),
        }
    }

    /// Reads a TOML document.
    pub fn from_toml(text: &str) -> Result<Self, DefinitionError> {
        let definition = document::read(text)?;
        definition.parameters.check()?;
        Ok(definition)
    }

    /// The same document as a version of the ledger.
    pub fn with_version(self, version: u32) -> Self {
        Self { version: Some(version), ..self }
    }

    /// The same definition in another report currency.
    pub fn with_currency(mut self, currency: Currency) -> Self {
        self.parameters.currency.report = Some(currency);
        self.overridden.push("currency.report");
        self
    }

    /// The same definition by another policy of rates.
    pub fn with_rates(mut self, rates: Rates) -> Self {
        self.parameters.currency.rates = rates;
        self.overridden.push("currency.rates");
        self
    }

    /// Every parameter with its value, nested like the document.
    pub fn parameters_json(&self) -> Value {
        self.parameters.to_json()
    }

    /// The canonical text that is hashed: [`Definition::parameters_json`] with sorted keys and no blanks.
    pub fn canonical(&self) -> String {
        self.parameters.to_json().to_string()
    }

    /// SHA-256 of [`Definition::canonical`].
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.canonical().as_bytes()).into()
    }

    /// [`Definition::hash`] as 64 hexadecimal digits.
    pub fn hash_hex(&self) -> String {
        self.hash().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Default for Definition {
    fn default() -> Self {
        Self::standard()
    }
}

#[cfg(test)]
mod tests;
