//! The rules an event must keep before it can be recorded.

use thiserror::Error;

use crate::amount::Amount;
use crate::event::{Body, Claim, Denomination, Event, Movement, Profile};
use crate::id::Key;

/// The longest id, name, value or reason, in bytes.
pub const TEXT_BYTES_MAX: usize = 1_024;
/// The longest document (a definition, the figures of a close, the rules of an import), in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1_024;
/// The most attributes beside one event.
pub const ATTRIBUTES_MAX: usize = 256;

/// What is wrong with an event.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field}: {problem}")]
pub struct InvalidEvent {
    /// The field, by its native name.
    pub field: String,
    /// What is wrong and what to do.
    pub problem: String,
}

impl InvalidEvent {
    /// A problem of a field.
    pub fn new(field: &str, problem: impl Into<String>) -> Self {
        Self { field: field.to_owned(), problem: problem.into() }
    }
}

impl Event {
    /// Checks everything that can be known without the ledger: required values, signs, lengths, currencies.
    pub fn validate(&self) -> Result<(), InvalidEvent> {
        text("source", &self.origin.source)?;
        text("recorded_by", &self.recorded_by)?;
        optional("file", self.origin.file.as_ref())?;
        if let Key::Named(key) = &self.key {
            text("event_id", key)?;
        }
        match &self.body {
            Body::Movement(movement) => movement.validate(),
            Body::Void(void) => text("reason", &void.reason),
            Body::Profile(profile) => profile.validate(),
            Body::Merge(merge) => {
                text("customer_id", &merge.customer)?;
                text("into", &merge.into)?;
                refuse_if(merge.customer == merge.into, "into", "a customer cannot be merged into itself")
            }
            Body::OneTime(charge) => {
                text("customer_id", &charge.customer)?;
                optional("subscription_id", charge.subscription.as_ref())?;
                optional("plan", charge.plan.as_ref())?;
                not_negative("quantity", charge.quantity)
            }
            Body::FxRate(rate) => refuse_if(rate.base == rate.quote, "quote", "a rate needs two different currencies"),
            Body::Definition(definition) => {
                text("name", &definition.name)?;
                document("document", &definition.document)
            }
            Body::Close(close) => {
                for (field, value) in
                    [("name", &close.name), ("definition", &close.definition), ("prepared_by", &close.prepared_by)]
                {
                    text(field, value)?;
                }
                close.figures.as_ref().map_or(Ok(()), |figures| document("figures", figures))?;
                let month = (1..=12).contains(&close.fiscal_start);
                refuse_if(!month, "fiscal_start", "a fiscal year starts in a month from 1 to 12")?;
                [("period", &close.period), ("note", &close.note), ("approved_by", &close.approved_by)]
                    .into_iter()
                    .try_for_each(|(field, value)| optional(field, value.as_ref()))
            }
            Body::Import(import) => {
                text("file", &import.file)?;
                document("rules", &import.rules)
            }
        }
    }
}

impl Movement {
    fn validate(&self) -> Result<(), InvalidEvent> {
        text("customer_id", &self.customer)?;
        optional("subscription_id", self.subscription.as_ref())?;
        optional("plan", self.plan.as_ref())?;
        optional("reason", self.replaces.as_ref().and_then(|r| r.reason.as_ref()))?;
        attributes(&self.attributes)?;
        not_negative("mrr", self.mrr)?;
        not_negative("mrr_before", self.mrr_before)?;
        not_negative("quantity", self.quantity)?;
        let kind = self.claim.name();
        let zero = self.mrr_after().is_zero();
        match self.claim {
            Claim::Churn => refuse_if(!zero, "mrr", "a churn leaves 0; call it downgrade if some MRR remains")?,
            Claim::Change => refuse_if(self.mrr.is_none(), "mrr", "is missing; a change states the MRR after it")?,
            _ => {
                refuse_with(self.mrr.is_none(), "mrr", || format!("is missing; {kind} states the MRR after it"))?;
                refuse_with(zero, "mrr", || format!("{kind} leaves more than 0; call it churn if no MRR remains"))?;
            }
        }
        let stated = !zero || self.mrr_before.is_some_and(|before| !before.is_zero());
        refuse_if(stated && self.currency.is_none(), "currency", CURRENCY_MISSING)
    }
}

/// What to do about an amount without a currency.
const CURRENCY_MISSING: &str =
    "is missing and the ledger has no single one; add a currency column or name one with --currency";

impl Profile {
    fn validate(&self) -> Result<(), InvalidEvent> {
        text("customer_id", &self.customer)?;
        refuse_if(
            self.attributes.is_empty(),
            "attr",
            "a profile sets at least one attribute (a column like attr.region)",
        )?;
        attributes(&self.attributes)
    }
}

impl Denomination {
    /// A currency that the row itself names.
    pub const fn given(currency: crate::currency::Currency) -> Self {
        Self { currency, given: true }
    }
}

fn attributes(attributes: &[(String, String)]) -> Result<(), InvalidEvent> {
    refuse_with(attributes.len() > ATTRIBUTES_MAX, "attr", || {
        format!("more than {ATTRIBUTES_MAX} attributes beside one event")
    })?;
    for (name, value) in attributes {
        text("attr", name)?;
        text("", value).map_err(|invalid| InvalidEvent { field: format!("attr.{name}"), ..invalid })?;
    }
    let sorted = attributes.windows(2).all(|pair| pair[0].0 < pair[1].0);
    refuse_if(!sorted, "attr", "attributes must be sorted by name, each once")
}

fn text(field: &str, value: &str) -> Result<(), InvalidEvent> {
    refuse_if(value.is_empty(), field, "is missing")?;
    refuse_with(value.len() > TEXT_BYTES_MAX, field, || format!("is longer than {TEXT_BYTES_MAX} bytes"))
}

fn document(field: &str, value: &str) -> Result<(), InvalidEvent> {
    refuse_with(value.len() > DOCUMENT_BYTES_MAX, field, || format!("is longer than {DOCUMENT_BYTES_MAX} bytes"))
}

fn optional(field: &str, value: Option<&String>) -> Result<(), InvalidEvent> {
    value.map_or(Ok(()), |value| text(field, value))
}

fn not_negative(field: &str, value: Option<Amount>) -> Result<(), InvalidEvent> {
    let negative = value.is_some_and(Amount::is_negative);
    let problem = match field {
        "quantity" => "is below 0; a quantity counts units",
        _ => "is below 0; MRR is never negative, a credit is a one_time record",
    };
    refuse_if(negative, field, problem)
}

fn refuse_if(wrong: bool, field: &str, problem: &str) -> Result<(), InvalidEvent> {
    refuse_with(wrong, field, || problem.to_owned())
}

fn refuse_with(wrong: bool, field: &str, problem: impl FnOnce() -> String) -> Result<(), InvalidEvent> {
    if wrong { Err(InvalidEvent::new(field, problem())) } else { Ok(()) }
}
