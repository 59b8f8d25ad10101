//! Two definitions side by side: which parameters differ, and the one with a single parameter of the other.

use serde_json::Value;

use super::{Definition, DefinitionError, Parameters};

/// Gives a definition the value that another one has.
type Take = fn(&mut Parameters, &Parameters);

/// Every parameter by its key in documents, sorted.
const KEYS: [(&str, Take); 19] = [
    ("cohort.attribute_at", |to, from| to.cohort.attribute_at = from.cohort.attribute_at),
    ("cohort.exclude", |to, from| to.cohort.exclude.clone_from(&from.cohort.exclude)),
    ("cohort.exclude_at", |to, from| to.cohort.exclude_at = from.cohort.exclude_at),
    ("cohort.floor", |to, from| to.cohort.floor = from.cohort.floor),
    ("cohort.gap_days", |to, from| to.cohort.gap_days = from.cohort.gap_days),
    ("cohort.grain", |to, from| to.cohort.grain.clone_from(&from.cohort.grain)),
    ("currency.rates", |to, from| to.currency.rates = from.currency.rates),
    ("currency.report", |to, from| to.currency.report = from.currency.report),
    ("display.percent_digits", |to, from| to.display.percent_digits = from.display.percent_digits),
    ("display.rounding", |to, from| to.display.rounding = from.display.rounding),
    ("gross.method", |to, from| to.gross.method = from.gross.method),
    ("gross.winback", |to, from| to.gross.winback = from.gross.winback),
    ("net.contraction", |to, from| to.net.contraction = from.net.contraction),
    ("net.method", |to, from| to.net.method = from.net.method),
    ("net.reactivation", |to, from| to.net.reactivation = from.net.reactivation),
    ("net.winback", |to, from| to.net.winback = from.net.winback),
    ("window.combine", |to, from| to.window.combine = from.window.combine),
    ("window.every", |to, from| to.window.every = from.window.every),
    ("window.weight", |to, from| to.window.weight = from.window.weight),
];

impl Definition {
    /// The parameters, by key and sorted, that have another value in `other`.
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let keys = KEYS.iter().map(|(key, _)| *key);
        keys.filter(|key| self.parameter(key) != other.parameter(key)).collect()
    }

    /// The key of every parameter, sorted.
    pub fn parameter_keys() -> impl Iterator<Item = &'static str> {
        KEYS.iter().map(|(key, _)| *key)
    }

    /// The value of a parameter as in [`Definition::parameters_json`]; null where there is no such parameter.
    pub fn parameter(&self, key: &str) -> Value {
        let all = self.parameters_json();
        let found = key.split_once('.').and_then(|(table, name)| all.get(table)?.get(name));
        found.cloned().unwrap_or_default()
    }

    /// This definition with one parameter of another. Fails where that parameter has no effect beside the others.
    pub fn with_parameter_of(&self, key: &str, other: &Self) -> Result<Self, DefinitionError> {
        let mut changed = self.clone();
        if let Some((_, take)) = KEYS.iter().find(|(known, _)| *known == key) {
            take(&mut changed.parameters, &other.parameters);
        }
        changed.parameters.check()?;
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every parameter at another value than its default, whether or not that makes sense together.
    fn another() -> Definition {
        let document = r#"
name = "another"
[net]
method = "movements"
winback = "zero"
contraction = "ignore"
[gross]
method = "movements"
winback = "zero"
[window]
combine = "mean"
every = "quarter"
weight = "opening"
[cohort]
grain = "subscription"
attribute_at = "close"
exclude = [{ attribute = "channel", value = "internal" }]
exclude_at = "open"
floor = "1"
gap_days = 1
[currency]
report = "USD"
rates = "spot"
[display]
percent_digits = 2
rounding = "half-even"
"#;
        let mut other = Definition::from_toml(document).expect("a definition");
        other.parameters.net.reactivation = super::super::Count::Ignore;
        other
    }

    #[test]
    fn every_parameter_is_compared_and_can_be_taken() {
        let (one, other) = (Definition::standard(), another());
        let json = one.parameters_json();
        let tables = json.as_object().expect("tables");
        let leaves = |(table, keys): (&String, &Value)| {
            let keys = keys.as_object().expect("a table").keys().map(|key| format!("{table}.{key}"));
            keys.collect::<Vec<_>>()
        };
        let all: Vec<String> = tables.iter().flat_map(leaves).collect();
        assert_eq!(one.differing(&other), all, "a parameter of the document is missing here");
        for key in one.differing(&other) {
            let Ok(changed) = one.with_parameter_of(key, &other) else { continue };
            assert_eq!(one.differing(&changed), [key]);
            assert_eq!(changed.parameter(key), other.parameter(key), "{key}");
        }
        let mut taken = one.clone();
        KEYS.iter().for_each(|(_, take)| take(&mut taken.parameters, &other.parameters));
        assert_eq!(taken.parameters, other.parameters);
        assert_eq!(one.differing(&one), Vec::<&str>::new());
    }

    #[test]
    fn a_parameter_without_effect_beside_the_others_is_refused() {
        let refused = Definition::standard().with_parameter_of("net.reactivation", &another());
        assert!(matches!(refused, Err(DefinitionError::NoEffect { .. })), "{refused:?}");
    }
}
