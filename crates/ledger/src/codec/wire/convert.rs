//! Wire structs from events and back: every value is checked on its way in.

use uuid::Uuid;

use super::{
    Attributes, ClaimV1, CloseV1, ContentV1, DefinitionV1, DenominationV1, FxRateV1, HeadV1, ImportV1, KeyV1, MergeV1,
    MomentV1, MovementV1, OneTimeV1, Owned, ProfileV1, ReplacedV1, VoidV1,
};
use crate::amount::Amount;
use crate::codec::error::DecodeError;
use crate::currency::Currency;
use crate::event::{
    Body, Claim, Close, Definition, Denomination, Event, FxRate, Import, Merge, Moment, Movement, OneTime, Origin,
    Profile, Replaced, Void,
};
use crate::id::{EventId, Key};
use crate::instant::Instant;
use crate::rate::Rate;

type Decoded<T> = Result<T, DecodeError>;

fn optional<S: AsRef<str>>(text: &Option<S>) -> Option<&str> {
    text.as_ref().map(AsRef::as_ref)
}

impl<'a, B> ContentV1<'a, B> {
    pub(in crate::codec) fn event(self, body: impl FnOnce(B) -> Decoded<Body<&'a str>>) -> Decoded<Event<&'a str>> {
        let HeadV1 { key, source, file, row, recorded_by, booked_at, zone } = self.head;
        let key = match key {
            KeyV1::Uuid(bytes) => Key::Uuid(Uuid::from_bytes(bytes)),
            KeyV1::Named(key) => Key::Named(key),
            KeyV1::Content(ordinal) => Key::Content { ordinal },
        };
        let booked_at = booked_at.map(MomentV1::domain).transpose()?;
        Ok(Event { key, origin: Origin { source, file, row }, recorded_by, booked_at, zone, body: body(self.body)? })
    }
}

impl<'a> HeadV1<'a> {
    pub(in crate::codec) fn of<S: AsRef<str>>(event: &'a Event<S>) -> Self {
        Self {
            key: match &event.key {
                Key::Uuid(uuid) => KeyV1::Uuid(*uuid.as_bytes()),
                Key::Named(key) => KeyV1::Named(key.as_ref()),
                Key::Content { ordinal } => KeyV1::Content(*ordinal),
            },
            source: event.origin.source.as_ref(),
            file: optional(&event.origin.file),
            row: event.origin.row,
            recorded_by: event.recorded_by.as_ref(),
            booked_at: event.booked_at.map(MomentV1::of),
            zone: optional(&event.zone),
        }
    }
}

impl MomentV1 {
    fn of(moment: Moment) -> Self {
        Self { micros: moment.at.micros(), is_date: moment.is_date }
    }

    fn domain(self) -> Decoded<Moment> {
        Ok(Moment { at: instant(self.micros)?, is_date: self.is_date })
    }
}

impl DenominationV1 {
    fn of(denomination: Denomination) -> Self {
        Self { code: denomination.currency.bytes(), given: denomination.given }
    }

    fn domain(self) -> Decoded<Denomination> {
        Ok(Denomination { currency: currency(self.code)?, given: self.given })
    }
}

impl ClaimV1 {
    fn of(claim: Claim) -> Self {
        match claim {
            Claim::NewLogo => Self::NewLogo,
            Claim::Upgrade => Self::Upgrade,
            Claim::Downgrade => Self::Downgrade,
            Claim::Churn => Self::Churn,
            Claim::Reactivation => Self::Reactivation,
            Claim::Change => Self::Change,
        }
    }

    fn domain(self) -> Claim {
        match self {
            Self::NewLogo => Claim::NewLogo,
            Self::Upgrade => Claim::Upgrade,
            Self::Downgrade => Claim::Downgrade,
            Self::Churn => Claim::Churn,
            Self::Reactivation => Claim::Reactivation,
            Self::Change => Claim::Change,
        }
    }
}

impl<'a, S: AsRef<str>> MovementV1<'a, Attributes<'a, S>> {
    pub(in crate::codec) fn of(from: &'a Movement<S>) -> Self {
        Self {
            claim: ClaimV1::of(from.claim),
            customer: from.customer.as_ref(),
            subscription: optional(&from.subscription),
            effective_at: MomentV1::of(from.effective_at),
            mrr: from.mrr.map(Amount::units),
            mrr_before: from.mrr_before.map(Amount::units),
            currency: from.currency.map(DenominationV1::of),
            plan: optional(&from.plan),
            quantity: from.quantity.map(Amount::units),
            attributes: Attributes(&from.attributes),
            replaces: from
                .replaces
                .as_ref()
                .map(|r| ReplacedV1 { target: *r.target.uuid().as_bytes(), reason: optional(&r.reason) }),
        }
    }
}

impl<'a> MovementV1<'a, Owned<'a>> {
    pub(in crate::codec) fn domain(self) -> Decoded<Movement<&'a str>> {
        Ok(Movement {
            claim: self.claim.domain(),
            customer: self.customer,
            subscription: self.subscription,
            effective_at: self.effective_at.domain()?,
            mrr: self.mrr.map(amount).transpose()?,
            mrr_before: self.mrr_before.map(amount).transpose()?,
            currency: self.currency.map(DenominationV1::domain).transpose()?,
            plan: self.plan,
            quantity: self.quantity.map(amount).transpose()?,
            attributes: self.attributes,
            replaces: self.replaces.map(|r| Replaced { target: event_id(r.target), reason: r.reason }),
        })
    }
}

impl<'a> VoidV1<'a> {
    pub(in crate::codec) fn of<S: AsRef<str>>(from: &'a Void<S>) -> Self {
        Self { target: *from.target.uuid().as_bytes(), reason: from.reason.as_ref() }
    }

    pub(in crate::codec) fn domain(self) -> Void<&'a str> {
        Void { target: event_id(self.target), reason: self.reason }
    }
}

impl<'a, S: AsRef<str>> ProfileV1<'a, Attributes<'a, S>> {
    pub(in crate::codec) fn of(from: &'a Profile<S>) -> Self {
        Self {
            customer: from.customer.as_ref(),
            effective_at: MomentV1::of(from.effective_at),
            attributes: Attributes(&from.attributes),
        }
    }
}

impl<'a> ProfileV1<'a, Owned<'a>> {
    pub(in crate::codec) fn domain(self) -> Decoded<Profile<&'a str>> {
        let effective_at = self.effective_at.domain()?;
        Ok(Profile { customer: self.customer, effective_at, attributes: self.attributes })
    }
}

impl<'a> MergeV1<'a> {
    pub(in crate::codec) fn of<S: AsRef<str>>(from: &'a Merge<S>) -> Self {
        Self { customer: from.customer.as_ref(), into: from.into.as_ref() }
    }

    pub(in crate::codec) fn domain(self) -> Merge<&'a str> {
        Merge { customer: self.customer, into: self.into }
    }
}

impl<'a> OneTimeV1<'a> {
    pub(in crate::codec) fn of<S: AsRef<str>>(from: &'a OneTime<S>) -> Self {
        Self {
            customer: from.customer.as_ref(),
            subscription: optional(&from.subscription),
            effective_at: MomentV1::of(from.effective_at),
            amount: from.amount.units(),
            currency: DenominationV1::of(from.currency),
            plan: optional(&from.plan),
            quantity: from.quantity.map(Amount::units),
        }
    }

    pub(in crate::codec) fn domain(self) -> Decoded<OneTime<&'a str>> {
        Ok(OneTime {
            customer: self.customer,
            subscription: self.subscription,
            effective_at: self.effective_at.domain()?,
            amount: amount(self.amount)?,
            currency: self.currency.domain()?,
            plan: self.plan,
            quantity: self.quantity.map(amount).transpose()?,
        })
    }
}

impl FxRateV1 {
    pub(in crate::codec) fn of(from: &FxRate) -> Self {
        Self {
            base: from.base.bytes(),
            quote: from.quote.bytes(),
            rate: from.rate.units(),
            effective_at: MomentV1::of(from.effective_at),
        }
    }

    pub(in crate::codec) fn domain(self) -> Decoded<FxRate> {
        let rate = Rate::from_units(self.rate).map_err(|e| DecodeError::malformed("rate", e.to_string()))?;
        let (base, quote) = (currency(self.base)?, currency(self.quote)?);
        Ok(FxRate { base, quote, rate, effective_at: self.effective_at.domain()? })
    }
}

impl<'a> DefinitionV1<'a> {
    pub(in crate::codec) fn of<S: AsRef<str>>(from: &'a Definition<S>) -> Self {
        Self { name: from.name.as_ref(), version: from.version, document: from.document.as_ref(), hash: from.hash }
    }

    pub(in crate::codec) fn domain(self) -> Definition<&'a str> {
        Definition { name: self.name, version: self.version, document: self.document, hash: self.hash }
    }
}

impl<'a> CloseV1<'a> {
    pub(in crate::codec) fn of<S: AsRef<str>>(from: &'a Close<S>) -> Self {
        Self {
            name: from.name.as_ref(),
            root: from.root,
            definition: from.definition.as_ref(),
            version: from.version,
            definition_hash: from.definition_hash,
            zone: from.zone.as_ref(),
            fiscal_start: from.fiscal_start,
            period: optional(&from.period),
            figures: optional(&from.figures),
            note: optional(&from.note),
            prepared_by: from.prepared_by.as_ref(),
            approved_by: optional(&from.approved_by),
        }
    }

    pub(in crate::codec) fn domain(self) -> Close<&'a str> {
        Close {
            name: self.name,
            root: self.root,
            definition: self.definition,
            version: self.version,
            definition_hash: self.definition_hash,
            zone: self.zone,
            fiscal_start: self.fiscal_start,
            period: self.period,
            figures: self.figures,
            note: self.note,
            prepared_by: self.prepared_by,
            approved_by: self.approved_by,
        }
    }
}

impl<'a> ImportV1<'a> {
    pub(in crate::codec) fn of<S: AsRef<str>>(from: &'a Import<S>) -> Self {
        Self {
            file: from.file.as_ref(),
            bytes: from.bytes,
            sha256: from.sha256,
            format: from.format.as_ref(),
            rules: from.rules.as_ref(),
            read: from.read,
            recorded: from.recorded,
            duplicates: from.duplicates,
            rejected: from.rejected,
            positions: from.positions,
        }
    }

    pub(in crate::codec) fn domain(self) -> Import<&'a str> {
        Import {
            file: self.file,
            bytes: self.bytes,
            sha256: self.sha256,
            format: self.format,
            rules: self.rules,
            read: self.read,
            recorded: self.recorded,
            duplicates: self.duplicates,
            rejected: self.rejected,
            positions: self.positions,
        }
    }
}

pub(in crate::codec) fn instant(micros: i64) -> Decoded<Instant> {
    Instant::from_micros(micros).map_err(|error| DecodeError::malformed("instant", error.to_string()))
}

pub(in crate::codec) fn amount(units: i128) -> Decoded<Amount> {
    Amount::from_units(units).map_err(|error| DecodeError::malformed("amount", error.to_string()))
}

pub(in crate::codec) fn currency(code: [u8; 3]) -> Decoded<Currency> {
    Currency::recorded(code).ok_or_else(|| DecodeError::malformed("currency", format!("{code:02x?}")))
}

fn event_id(bytes: [u8; 16]) -> EventId {
    EventId::from(Uuid::from_bytes(bytes))
}
