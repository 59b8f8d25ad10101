//! A definition written as a document: what differs from the defaults.

use serde_json::Value;

use super::{Definition, Parameters};

impl Definition {
    /// The definition as a TOML document, which reads back as the same name, description and parameters.
    pub fn to_toml(&self) -> String {
        let mut text = format!("name = {}\n", quoted(&self.name));
        if let Some(description) = &self.description {
            text.push_str(&format!("description = {}\n", quoted(description)));
        }
        let standard = Self { parameters: Parameters::default(), ..Self::standard() };
        let mut inside = "";
        for key in standard.differing(self) {
            let (table, name) = key.split_once('.').expect("keys are table.name");
            if table != inside {
                text.push_str(&format!("\n[{table}]\n"));
                inside = table;
            }
            text.push_str(&format!("{name} = {}\n", literal(&self.parameter(key))));
        }
        text
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| format!("{name} = {}", literal(value));
            format!("{{ {} }}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::PRESETS;
    use super::*;

    fn there_and_back(definition: &Definition) {
        let text = definition.to_toml();
        let back = Definition::from_toml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(back.parameters, definition.parameters, "{text}");
        assert_eq!((&back.name, &back.description), (&definition.name, &definition.description), "{text}");
    }

    #[test]
    fn documents_read_back_as_what_was_written() {
        for preset in PRESETS {
            there_and_back(&Definition::preset(preset.name).expect("a preset"));
        }
        let document = r#"
name = "with \"quotes\" and \\"
description = "two\nlines"
net = { method = "movements", reactivation = "ignore" }
cohort.exclude = [{ attribute = "a'b", value = "c\"d" }, { attribute = "e", value = "" }]
cohort.exclude_at = "open"
cohort.floor = "0.5"
cohort.gap_days = 7
cohort.grain = "attribute:parent"
window = { combine = "mean-trailing", every = "quarter", weight = "opening" }
currency = { report = "EUR", rates = "constant:2025-06-30" }
display = { percent_digits = 3, rounding = "half-even" }
"#;
        there_and_back(&Definition::from_toml(document).expect("a definition"));
    }
}
