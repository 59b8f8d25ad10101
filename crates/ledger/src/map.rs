//! The same event over other strings: borrowed from owned, owned from borrowed.

use crate::event::{Body, Close, Definition, Event, Import, Merge, Movement, OneTime, Origin, Profile, Replaced, Void};
use crate::id::Key;
use crate::record::Recorded;

impl<S> Event<S> {
    /// The same event with every string passed through `f`.
    pub fn map<'e, T>(&'e self, f: impl Fn(&'e S) -> T) -> Event<T> {
        let f = &f;
        let optional = |text: &'e Option<S>| text.as_ref().map(f);
        Event {
            key: match &self.key {
                Key::Uuid(uuid) => Key::Uuid(*uuid),
                Key::Named(key) => Key::Named(f(key)),
                Key::Content { ordinal } => Key::Content { ordinal: *ordinal },
            },
            origin: Origin { source: f(&self.origin.source), file: optional(&self.origin.file), row: self.origin.row },
            recorded_by: f(&self.recorded_by),
            booked_at: self.booked_at,
            zone: optional(&self.zone),
            body: body(&self.body, f),
        }
    }
}

impl<S: AsRef<str>> Event<S> {
    /// The same event, its strings borrowed.
    pub fn borrowed(&self) -> Event<&str> {
        self.map(AsRef::as_ref)
    }

    /// The same event, its strings owned.
    pub fn to_owned_event(&self) -> Event {
        self.map(|text| text.as_ref().to_owned())
    }
}

impl<S: AsRef<str>> Recorded<S> {
    /// The same record, its strings borrowed.
    pub fn borrowed(&self) -> Recorded<&str> {
        Recorded { position: self.position, recorded_at: self.recorded_at, event: self.event.borrowed() }
    }

    /// The same record, its strings owned.
    pub fn to_owned_record(&self) -> Recorded {
        Recorded { position: self.position, recorded_at: self.recorded_at, event: self.event.to_owned_event() }
    }
}

fn body<'e, S, T>(body: &'e Body<S>, f: &impl Fn(&'e S) -> T) -> Body<T> {
    let optional = |text: &'e Option<S>| text.as_ref().map(f);
    match body {
        Body::Movement(from) => Body::Movement(movement(from, f)),
        Body::Void(from) => Body::Void(Void { target: from.target, reason: f(&from.reason) }),
        Body::Profile(from) => Body::Profile(Profile {
            customer: f(&from.customer),
            effective_at: from.effective_at,
            attributes: attributes(&from.attributes, f),
        }),
        Body::Merge(from) => Body::Merge(Merge { customer: f(&from.customer), into: f(&from.into) }),
        Body::OneTime(from) => Body::OneTime(OneTime {
            customer: f(&from.customer),
            subscription: optional(&from.subscription),
            effective_at: from.effective_at,
            amount: from.amount,
            currency: from.currency,
            plan: optional(&from.plan),
            quantity: from.quantity,
        }),
        Body::FxRate(from) => Body::FxRate(*from),
        Body::Definition(from) => Body::Definition(Definition {
            name: f(&from.name),
            version: from.version,
            document: f(&from.document),
            hash: from.hash,
        }),
        Body::Close(from) => Body::Close(close(from, f)),
        Body::Import(from) => Body::Import(import(from, f)),
    }
}

fn movement<'e, S, T>(from: &'e Movement<S>, f: &impl Fn(&'e S) -> T) -> Movement<T> {
    Movement {
        claim: from.claim,
        customer: f(&from.customer),
        subscription: from.subscription.as_ref().map(f),
        effective_at: from.effective_at,
        mrr: from.mrr,
        mrr_before: from.mrr_before,
        currency: from.currency,
        plan: from.plan.as_ref().map(f),
        quantity: from.quantity,
        attributes: attributes(&from.attributes, f),
        replaces: from.replaces.as_ref().map(|r| Replaced { target: r.target, reason: r.reason.as_ref().map(f) }),
    }
}

fn close<'e, S, T>(from: &'e Close<S>, f: &impl Fn(&'e S) -> T) -> Close<T> {
    Close {
        name: f(&from.name),
        root: from.root,
        definition: f(&from.definition),
        version: from.version,
        definition_hash: from.definition_hash,
        zone: f(&from.zone),
        fiscal_start: from.fiscal_start,
        period: from.period.as_ref().map(f),
        figures: from.figures.as_ref().map(f),
        note: from.note.as_ref().map(f),
        prepared_by: f(&from.prepared_by),
        approved_by: from.approved_by.as_ref().map(f),
    }
}

fn import<'e, S, T>(from: &'e Import<S>, f: &impl Fn(&'e S) -> T) -> Import<T> {
    Import {
        file: f(&from.file),
        bytes: from.bytes,
        sha256: from.sha256,
        format: f(&from.format),
        rules: f(&from.rules),
        read: from.read,
        recorded: from.recorded,
        duplicates: from.duplicates,
        rejected: from.rejected,
        positions: from.positions,
    }
}

fn attributes<'e, S, T>(from: &'e [(S, S)], f: &impl Fn(&'e S) -> T) -> Vec<(T, T)> {
    from.iter().map(|(name, value)| (f(name), f(value))).collect()
}
