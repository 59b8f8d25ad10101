//! A row to an event: which fields belong to its kind, what they are worth, and whether the whole is valid.

use recount_ledger::{
    Body, Claim, Currency, Denomination, Event, EventId, FxRate, Key, Merge, Moment, Movement, OneTime, Origin,
    Profile, Replaced, Void,
};

use crate::error::FieldError;
use crate::field::{ATTRIBUTE_PREFIX, Field};
use crate::kind::Kind;
use crate::row::{Fields, Rules};
use crate::value::{self, Dates};

/// The event that some fields say, by their native names: what the command line's `append` records.
///
/// An event without `event_id` gets its identity from its content, as the first of its like.
///
/// ```
/// # use recount_import::{KindNames, Rules, event_from_fields};
/// # use recount_ledger::Zone;
/// let rules = Rules {
///     source: "native".into(), file: None, recorded_by: "cli:ann".into(), zone: Zone::UTC,
///     currency: Some("USD".parse()?), kinds: KindNames::default(),
/// };
/// let fields = [("kind", "upgrade"), ("customer_id", "acme"), ("effective_at", "2025-06-30"), ("mrr", "1200.50")];
/// assert_eq!(event_from_fields(fields, &rules)?.body.kind(), "upgrade");
/// let wrong = event_from_fields([("kind", "upgrade"), ("mrr", "1,200.50")], &rules).unwrap_err();
/// assert_eq!(wrong.to_string(), "customer_id: is missing");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn event_from_fields<'a>(
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    rules: &Rules,
) -> Result<Event, FieldError> {
    Drafter::new(rules).event(&Fields::from_names(fields)?, None)
}

/// Makes events of rows, by the rules of their file.
#[derive(Debug)]
pub(crate) struct Drafter<'r> {
    rules: &'r Rules,
    dates: Dates,
    /// Most rows of a file are in the currency of the row before.
    last_currency: Option<Currency>,
}

impl<'r> Drafter<'r> {
    pub(crate) fn new(rules: &'r Rules) -> Self {
        Self { rules, dates: Dates::new(rules.zone), last_currency: rules.currency }
    }

    /// The event that a row says.
    pub(crate) fn event(&mut self, fields: &Fields<'_>, row: Option<u64>) -> Result<Event, FieldError> {
        let kind = self.rules.kinds.kind(fields.need(Field::Kind)?)?;
        refuse_foreign(kind, fields)?;
        let booked_at = fields.get(Field::BookedAt).map(|text| self.dates.moment(Field::BookedAt, text)).transpose()?;
        let body = match kind {
            Kind::Movement(claim) => Body::Movement(self.movement(claim, fields)?),
            Kind::Void => Body::Void(self.void(fields)?),
            Kind::Profile => Body::Profile(self.profile(fields)?),
            Kind::Merge => Body::Merge(merge(fields)?),
            Kind::OneTime => Body::OneTime(self.one_time(fields)?),
            Kind::FxRate => Body::FxRate(self.fx_rate(fields)?),
        };
        let mut event = Event {
            key: fields.get(Field::EventId).map_or(Key::Content { ordinal: 0 }, Key::typed),
            origin: Origin { source: self.rules.source.clone(), file: self.rules.file.clone(), row },
            recorded_by: self.rules.recorded_by.clone(),
            booked_at,
            zone: None,
            body,
        };
        let dated = [event.booked_at, event.effective_at()].into_iter().flatten().any(|moment| moment.is_date);
        event.zone = dated.then(|| self.rules.zone.name().to_owned());
        event.validate()?;
        Ok(event)
    }

    fn effective_at(&mut self, fields: &Fields<'_>) -> Result<Moment, FieldError> {
        self.dates.moment(Field::EffectiveAt, fields.need(Field::EffectiveAt)?)
    }

    fn currency(&mut self, fields: &Fields<'_>) -> Result<Option<Denomination>, FieldError> {
        let Some(text) = fields.get(Field::Currency) else {
            return Ok(self.rules.currency.map(|currency| Denomination { currency, given: false }));
        };
        let known = self.last_currency.filter(|currency| currency.code() == text);
        let currency = known.map_or_else(|| value::currency(Field::Currency, text), Ok)?;
        self.last_currency = Some(currency);
        Ok(Some(Denomination::given(currency)))
    }

    fn target(&self, key: &str) -> EventId {
        EventId::of_key(&self.rules.source, key)
    }

    fn movement(&mut self, claim: Claim, fields: &Fields<'_>) -> Result<Movement, FieldError> {
        let amount = |field| fields.get(field).map(|text| value::amount(field, text)).transpose();
        let replaces = fields
            .get(Field::Voids)
            .map(|key| Replaced { target: self.target(key), reason: fields.get(Field::Reason).map(str::to_owned) });
        if replaces.is_none() && fields.get(Field::Reason).is_some() {
            let error = FieldError::of(Field::Reason, "stands without voids");
            return Err(error.hint("a reason says why a record is taken back; name that record in voids"));
        }
        Ok(Movement {
            claim,
            customer: fields.need(Field::CustomerId)?.to_owned(),
            subscription: fields.get(Field::SubscriptionId).map(str::to_owned),
            effective_at: self.effective_at(fields)?,
            mrr: amount(Field::Mrr)?,
            mrr_before: amount(Field::MrrBefore)?,
            currency: self.currency(fields)?,
            plan: fields.get(Field::Plan).map(str::to_owned),
            quantity: amount(Field::Quantity)?,
            attributes: attributes(fields),
            replaces,
        })
    }

    fn void(&self, fields: &Fields<'_>) -> Result<Void, FieldError> {
        let target = self.target(fields.need(Field::Voids)?);
        Ok(Void { target, reason: fields.need(Field::Reason)?.to_owned() })
    }

    fn profile(&mut self, fields: &Fields<'_>) -> Result<Profile, FieldError> {
        Ok(Profile {
            customer: fields.need(Field::CustomerId)?.to_owned(),
            effective_at: self.effective_at(fields)?,
            attributes: attributes(fields),
        })
    }

    fn one_time(&mut self, fields: &Fields<'_>) -> Result<OneTime, FieldError> {
        let currency = self.currency(fields)?.ok_or_else(|| {
            let hint = "add a currency column or name one with --currency";
            FieldError::of(Field::Currency, "is missing and the ledger has no single one").hint(hint)
        })?;
        let quantity = fields.get(Field::Quantity).map(|text| value::amount(Field::Quantity, text)).transpose()?;
        Ok(OneTime {
            customer: fields.need(Field::CustomerId)?.to_owned(),
            subscription: fields.get(Field::SubscriptionId).map(str::to_owned),
            effective_at: self.effective_at(fields)?,
            amount: value::amount(Field::Amount, fields.need(Field::Amount)?)?,
            currency,
            plan: fields.get(Field::Plan).map(str::to_owned),
            quantity,
        })
    }

    fn fx_rate(&mut self, fields: &Fields<'_>) -> Result<FxRate, FieldError> {
        Ok(FxRate {
            base: value::currency(Field::Base, fields.need(Field::Base)?)?,
            quote: value::currency(Field::Quote, fields.need(Field::Quote)?)?,
            rate: value::rate(fields.need(Field::Rate)?)?,
            effective_at: self.effective_at(fields)?,
        })
    }
}

fn merge(fields: &Fields<'_>) -> Result<Merge, FieldError> {
    let text = |field| fields.need(field).map(str::to_owned);
    Ok(Merge { customer: text(Field::CustomerId)?, into: text(Field::Into)? })
}

fn attributes(fields: &Fields<'_>) -> Vec<(String, String)> {
    let mut attributes: Vec<_> =
        fields.attributes().iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    attributes.sort_unstable();
    attributes
}

/// Refuses a value in a column that means nothing for the kind: dropping it would lose what the source said.
fn refuse_foreign(kind: Kind, fields: &Fields<'_>) -> Result<(), FieldError> {
    let known = kind.fields();
    if let Some(field) = fields.given().find(|field| !known.has(*field)) {
        let error = FieldError::of(field, format!("means nothing beside kind {}", kind.name()));
        return Err(error.hint(foreign_hint(kind, field)));
    }
    match fields.attributes().first() {
        Some((name, _)) if !matches!(kind, Kind::Movement(_) | Kind::Profile) => {
            let name = format!("{ATTRIBUTE_PREFIX}{name}");
            let error = FieldError::new(Some(&name), format!("means nothing beside kind {}", kind.name()));
            Err(error.hint("attributes stand beside a movement, or alone in a row of kind profile"))
        }
        _ => Ok(()),
    }
}

fn foreign_hint(kind: Kind, field: Field) -> String {
    match (kind, field) {
        (_, Field::Amount) => "leave it blank; amount belongs to one_time, MRR goes into mrr".to_owned(),
        (Kind::OneTime, Field::Mrr | Field::MrrBefore) => {
            "leave it blank; a charge that does not recur is no MRR, its size goes into amount".to_owned()
        }
        (Kind::Merge, Field::EffectiveAt) => "leave it blank; a merge holds for all of history".to_owned(),
        (Kind::Void, Field::EffectiveAt) => {
            "leave it blank; a void counts from when it was booked (booked_at) on".to_owned()
        }
        (Kind::Void, _) => "leave it blank; a void names the record in voids, and nothing else of it".to_owned(),
        (Kind::FxRate, Field::Currency) => "leave it blank; a rate names its currencies in base and quote".to_owned(),
        (_, Field::Voids) => "leave it blank; record a void of its own beside this row".to_owned(),
        _ => "leave it blank".to_owned(),
    }
}
