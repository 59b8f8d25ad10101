//! Wire structs, version 1: the fields of each kind in the order of their bytes.
//!
//! Nothing here may ever change: no field moved, added or retyped. A new field is a new version, beside this one.
//! Amounts are integers of 1e-8, rates of 1e-12, instants microseconds, UUIDs and hashes raw bytes.

use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use super::error::DecodeError;
use crate::amount::Amount;
use crate::currency::Currency;
use crate::event::{
    Body, Claim, Close, Definition, Denomination, Event, FxRate, Import, Merge, Moment, Movement, OneTime, Origin,
    Profile, Replaced, Void,
};
use crate::id::{EventId, Key};
use crate::instant::Instant;
use crate::rate::Rate;

type Decoded<T> = Result<T, DecodeError>;
/// Attributes as they are read.
pub(super) type Owned<'a> = Vec<(&'a str, &'a str)>;

#[derive(Serialize, Deserialize)]
pub(super) struct ContentV1<'a, B> {
    #[serde(borrow)]
    pub head: HeadV1<'a>,
    pub body: B,
}

#[derive(Serialize, Deserialize)]
pub(super) struct HeadV1<'a> {
    #[serde(borrow)]
    key: KeyV1<'a>,
    source: &'a str,
    file: Option<&'a str>,
    row: Option<u64>,
    recorded_by: &'a str,
    booked_at: Option<MomentV1>,
    zone: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
enum KeyV1<'a> {
    Uuid([u8; 16]),
    Named(&'a str),
    Content(u32),
}

#[derive(Serialize, Deserialize)]
struct MomentV1 {
    micros: i64,
    is_date: bool,
}

#[derive(Serialize, Deserialize)]
struct DenominationV1 {
    code: [u8; 3],
    given: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct MovementV1<'a, A> {
    claim: ClaimV1,
    customer: &'a str,
    subscription: Option<&'a str>,
    effective_at: MomentV1,
    mrr: Option<i128>,
    mrr_before: Option<i128>,
    currency: Option<DenominationV1>,
    plan: Option<&'a str>,
    quantity: Option<i128>,
    attributes: A,
    #[serde(borrow)]
    replaces: Option<ReplacedV1<'a>>,
}

#[derive(Serialize, Deserialize)]
enum ClaimV1 {
    NewLogo,
    Upgrade,
    Downgrade,
    Churn,
    Reactivation,
    Change,
}

#[derive(Serialize, Deserialize)]
struct ReplacedV1<'a> {
    target: [u8; 16],
    reason: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct VoidV1<'a> {
    target: [u8; 16],
    reason: &'a str,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ProfileV1<'a, A> {
    customer: &'a str,
    effective_at: MomentV1,
    attributes: A,
}

#[derive(Serialize, Deserialize)]
pub(super) struct MergeV1<'a> {
    customer: &'a str,
    into: &'a str,
}

#[derive(Serialize, Deserialize)]
pub(super) struct OneTimeV1<'a> {
    customer: &'a str,
    subscription: Option<&'a str>,
    effective_at: MomentV1,
    amount: i128,
    currency: DenominationV1,
    plan: Option<&'a str>,
    quantity: Option<i128>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct FxRateV1 {
    base: [u8; 3],
    quote: [u8; 3],
    rate: i128,
    effective_at: MomentV1,
}

#[derive(Serialize, Deserialize)]
pub(super) struct DefinitionV1<'a> {
    name: &'a str,
    version: u32,
    document: &'a str,
    hash: [u8; 32],
}

#[derive(Serialize, Deserialize)]
pub(super) struct CloseV1<'a> {
    name: &'a str,
    root: [u8; 32],
    definition: &'a str,
    version: u32,
    definition_hash: [u8; 32],
    zone: &'a str,
    fiscal_start: u8,
    period: Option<&'a str>,
    figures: Option<&'a str>,
    note: Option<&'a str>,
    prepared_by: &'a str,
    approved_by: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ImportV1<'a> {
    file: &'a str,
    bytes: u64,
    sha256: [u8; 32],
    format: &'a str,
    rules: &'a str,
    read: u64,
    recorded: u64,
    duplicates: u64,
    rejected: u64,
    positions: Option<(u64, u64)>,
}

/// Attributes as they are written: a sequence of pairs, without copying them first.
pub(super) struct Attributes<'a, S>(&'a [(S, S)]);

impl<S: AsRef<str>> Serialize for Attributes<'_, S> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        let mut pairs = serializer.serialize_seq(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(name, value)| pairs.serialize_element(&(name.as_ref(), value.as_ref())))?;
        pairs.end()
    }
}

fn optional<S: AsRef<str>>(text: &Option<S>) -> Option<&str> {
    text.as_ref().map(AsRef::as_ref)
}

impl<'a, B> ContentV1<'a, B> {
    pub(super) fn event(self, body: impl FnOnce(B) -> Decoded<Body<&'a str>>) -> Decoded<Event<&'a str>> {
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
    pub(super) fn of<S: AsRef<str>>(event: &'a Event<S>) -> Self {
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
    pub(super) fn of(from: &'a Movement<S>) -> Self {
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
    pub(super) fn domain(self) -> Decoded<Movement<&'a str>> {
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
    pub(super) fn of<S: AsRef<str>>(from: &'a Void<S>) -> Self {
        Self { target: *from.target.uuid().as_bytes(), reason: from.reason.as_ref() }
    }

    pub(super) fn domain(self) -> Void<&'a str> {
        Void { target: event_id(self.target), reason: self.reason }
    }
}

impl<'a, S: AsRef<str>> ProfileV1<'a, Attributes<'a, S>> {
    pub(super) fn of(from: &'a Profile<S>) -> Self {
        Self {
            customer: from.customer.as_ref(),
            effective_at: MomentV1::of(from.effective_at),
            attributes: Attributes(&from.attributes),
        }
    }
}

impl<'a> ProfileV1<'a, Owned<'a>> {
    pub(super) fn domain(self) -> Decoded<Profile<&'a str>> {
        let effective_at = self.effective_at.domain()?;
        Ok(Profile { customer: self.customer, effective_at, attributes: self.attributes })
    }
}

impl<'a> MergeV1<'a> {
    pub(super) fn of<S: AsRef<str>>(from: &'a Merge<S>) -> Self {
        Self { customer: from.customer.as_ref(), into: from.into.as_ref() }
    }

    pub(super) fn domain(self) -> Merge<&'a str> {
        Merge { customer: self.customer, into: self.into }
    }
}

impl<'a> OneTimeV1<'a> {
    pub(super) fn of<S: AsRef<str>>(from: &'a OneTime<S>) -> Self {
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

    pub(super) fn domain(self) -> Decoded<OneTime<&'a str>> {
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
    pub(super) fn of(from: &FxRate) -> Self {
        Self {
            base: from.base.bytes(),
            quote: from.quote.bytes(),
            rate: from.rate.units(),
            effective_at: MomentV1::of(from.effective_at),
        }
    }

    pub(super) fn domain(self) -> Decoded<FxRate> {
        let rate = Rate::from_units(self.rate).map_err(|e| DecodeError::malformed("rate", e.to_string()))?;
        let (base, quote) = (currency(self.base)?, currency(self.quote)?);
        Ok(FxRate { base, quote, rate, effective_at: self.effective_at.domain()? })
    }
}

impl<'a> DefinitionV1<'a> {
    pub(super) fn of<S: AsRef<str>>(from: &'a Definition<S>) -> Self {
        Self { name: from.name.as_ref(), version: from.version, document: from.document.as_ref(), hash: from.hash }
    }

    pub(super) fn domain(self) -> Definition<&'a str> {
        Definition { name: self.name, version: self.version, document: self.document, hash: self.hash }
    }
}

impl<'a> CloseV1<'a> {
    pub(super) fn of<S: AsRef<str>>(from: &'a Close<S>) -> Self {
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

    pub(super) fn domain(self) -> Close<&'a str> {
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
    pub(super) fn of<S: AsRef<str>>(from: &'a Import<S>) -> Self {
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

    pub(super) fn domain(self) -> Import<&'a str> {
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

pub(super) fn instant(micros: i64) -> Decoded<Instant> {
    Instant::from_micros(micros).map_err(|error| DecodeError::malformed("instant", error.to_string()))
}

pub(super) fn amount(units: i128) -> Decoded<Amount> {
    Amount::from_units(units).map_err(|error| DecodeError::malformed("amount", error.to_string()))
}

pub(super) fn currency(code: [u8; 3]) -> Decoded<Currency> {
    Currency::recorded(code).ok_or_else(|| DecodeError::malformed("currency", format!("{code:02x?}")))
}

fn event_id(bytes: [u8; 16]) -> EventId {
    EventId::from(Uuid::from_bytes(bytes))
}
