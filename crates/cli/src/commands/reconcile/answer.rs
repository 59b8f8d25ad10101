//! What `reconcile` answers: every line of the deck with what it is.

use std::path::Path;

use recount_metrics::{Outcome, Reconciled, Verdict, Witness};
use serde::Serialize;

use super::deck::Entry;
use crate::output::csv::Records;
use crate::output::money::exact;
use crate::output::{Page, Report};
use crate::scope::Envelope;

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    schema: &'static str,
    pub file: String,
    pub matches: usize,
    pub explained: usize,
    pub unexplained: usize,
    pub lines: Vec<LineJson>,
    #[serde(flatten)]
    pub envelope: Envelope,
}

/// One line.
#[derive(Serialize)]
pub struct LineJson {
    pub row: u64,
    pub metric: &'static str,
    pub window: Option<String>,
    pub at: Option<String>,
    pub segment: Option<String>,
    pub definition: String,
    pub known_at: Option<String>,
    pub value: String,
    /// The figure as the deck says that it was made.
    pub figure: Option<String>,
    pub undefined: Option<String>,
    pub outcome: &'static str,
    pub explanations: Vec<ExplanationJson>,
    pub nearest: Option<NearestJson>,
    pub tried: usize,
}

#[derive(Serialize)]
pub struct ExplanationJson {
    pub causes: Vec<CauseJson>,
    pub value: String,
    pub also: Vec<String>,
    pub lines: usize,
    pub customers: Vec<WitnessJson>,
    pub more_customers: usize,
}

#[derive(Serialize)]
pub struct CauseJson {
    pub kind: &'static str,
    pub text: String,
}

/// A customer that makes a part of the difference.
#[derive(Serialize)]
pub struct WitnessJson {
    pub customer: String,
    pub change: String,
    pub base_change: String,
    pub records: Vec<u64>,
}

#[derive(Serialize)]
pub struct NearestJson {
    pub cause: Option<CauseJson>,
    pub value: String,
}

impl Answer {
    /// The answer for a deck.
    pub fn new(file: &Path, lines: Vec<(Entry, Verdict)>, envelope: Envelope) -> Self {
        let lines: Vec<_> = lines.into_iter().map(|(entry, verdict)| LineJson::new(entry, verdict)).collect();
        let count = |outcome: &str| lines.iter().filter(|line| line.outcome == outcome).count();
        Self {
            schema: "recount.reconcile/1",
            file: file.display().to_string(),
            matches: count("match"),
            explained: count("explained"),
            unexplained: count("unexplained"),
            lines,
            envelope,
        }
    }
}

impl LineJson {
    fn new(entry: Entry, verdict: Verdict) -> Self {
        let Entry { row, line, definition, known_at } = entry;
        let heads = matches!(line.metric.name(), "customers" | "logo_retention");
        let (outcome, explanations, nearest) = match verdict.outcome {
            Outcome::Match => ("match", Vec::new(), None),
            Outcome::Explained(found) => {
                ("explained", found.into_iter().map(|it| ExplanationJson::new(it, heads)).collect(), None)
            }
            Outcome::Unexplained(nearest) => ("unexplained", Vec::new(), nearest),
        };
        let nearest = nearest.map(|nearest| NearestJson {
            cause: nearest.cause.map(|cause| CauseJson { kind: cause.kind.name(), text: cause.text }),
            value: nearest.value.to_string(),
        });
        let (figure, undefined) = match verdict.figure {
            Ok(figure) => (Some(figure.to_string()), None),
            Err(reason) => (None, Some(reason)),
        };
        Self {
            row,
            metric: line.metric.name(),
            window: line.basis.window,
            at: line.basis.at,
            segment: line.segment.map(|segment| format!("{}={}", segment.attribute, segment.value)),
            definition,
            known_at,
            value: line.quoted.text,
            figure,
            undefined,
            outcome,
            explanations,
            nearest,
            tried: verdict.tried,
        }
    }
}

impl ExplanationJson {
    fn new(found: Reconciled, heads: bool) -> Self {
        let cause = |cause: recount_metrics::Cause| CauseJson { kind: cause.kind.name(), text: cause.text };
        // Heads are counted, amounts are units of 1e-8.
        let change = |units: i128| if heads { units.to_string() } else { exact(units) };
        let witness = |of: Witness| WitnessJson {
            customer: of.customer,
            change: change(of.change),
            base_change: change(of.base_change),
            records: of.records.iter().map(|position| position.0).collect(),
        };
        Self {
            causes: found.causes.into_iter().map(cause).collect(),
            value: found.value.to_string(),
            also: found.also,
            lines: found.lines,
            customers: found.customers.into_iter().map(witness).collect(),
            more_customers: found.more_customers,
        }
    }

    /// What was done otherwise, in words.
    pub fn told(&self) -> String {
        self.causes.iter().map(|cause| cause.text.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl Report for Answer {
    fn page(&self) -> Page {
        super::page::page(self)
    }

    /// A row per explanation; one for a line that has none.
    fn records(&self) -> Records {
        let mut records = Records::new([
            "row",
            "metric",
            "window",
            "at",
            "segment",
            "definition",
            "known_at",
            "value",
            "figure",
            "outcome",
            "place",
            "kinds",
            "explanation",
            "explained_value",
            "lines",
            "customers",
        ]);
        for line in &self.lines {
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            let of_line = || {
                [
                    line.row.to_string(),
                    line.metric.to_owned(),
                    text(&line.window),
                    text(&line.at),
                    text(&line.segment),
                    line.definition.clone(),
                    text(&line.known_at),
                    line.value.clone(),
                    text(&line.figure),
                    line.outcome.to_owned(),
                ]
            };
            for (place, found) in line.explanations.iter().enumerate() {
                let kinds = found.causes.iter().map(|cause| cause.kind).collect::<Vec<_>>().join(" ");
                let customers = found.customers.iter().map(|of| of.customer.as_str()).collect::<Vec<_>>().join(" ");
                let own = [
                    (place + 1).to_string(),
                    kinds,
                    found.told(),
                    found.value.clone(),
                    found.lines.to_string(),
                    customers,
                ];
                records.row(of_line().into_iter().chain(own));
            }
            if line.explanations.is_empty() {
                records.row(of_line().into_iter().chain(std::iter::repeat_n(String::new(), 6)));
            }
        }
        records
    }
}
