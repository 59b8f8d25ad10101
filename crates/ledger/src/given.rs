//! What identity compares: the canonical bytes of the fields that an event gives.
//!
//! Defaults are left out, so the same row is the same event whatever `--currency` or zone default stood beside it;
//! `10` and `10.00`, a date and its first instant are one value. Never changes: derived ids hang on it.

use crate::amount::Amount;
use crate::event::Claim;
use crate::event::{Body, Close, Definition, Event, FxRate, Import, Moment, Movement, OneTime};

impl<S: AsRef<str>> Event<S> {
    /// The canonical bytes of the fields given. Two events with one id are the same if these are equal, and in conflict otherwise.
    pub fn given(&self) -> Vec<u8> {
        let mut out = Given(Vec::with_capacity(128));
        out.moment(1, self.booked_at);
        match &self.body {
            Body::Movement(movement) => out.movement(movement),
            Body::Void(void) => out.kind("void").bytes(14, void.target.uuid().as_bytes()).text(15, &void.reason),
            Body::Profile(profile) => out
                .kind("profile")
                .text(2, &profile.customer)
                .moment(4, Some(profile.effective_at))
                .attributes(&profile.attributes),
            Body::Merge(merge) => out.kind("merge").text(2, &merge.customer).text(16, &merge.into),
            Body::OneTime(charge) => out.one_time(charge),
            Body::FxRate(rate) => out.fx_rate(rate),
            Body::Definition(definition) => out.definition(definition),
            Body::Close(close) => out.close(close),
            Body::Import(import) => out.import(import),
        };
        out.0
    }

    /// Whether both give the same fields with the same values.
    pub fn gives_the_same<T: AsRef<str>>(&self, other: &Event<T>) -> bool {
        self.given() == other.given()
    }
}

impl Claim {
    /// The kind's name in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewLogo => "new_logo",
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Churn => "churn",
            Self::Reactivation => "reactivation",
            Self::Change => "change",
        }
    }
}

impl<S> Body<S> {
    /// The kind's name in files and reports.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Movement(movement) => movement.claim.name(),
            Self::Void(_) => "void",
            Self::Profile(_) => "profile",
            Self::Merge(_) => "merge",
            Self::OneTime(_) => "one_time",
            Self::FxRate(_) => "fx_rate",
            Self::Definition(_) => "definition",
            Self::Close(_) => "close",
            Self::Import(_) => "import",
        }
    }
}

/// Fields as tag, length, value, in the order of their tags within a kind.
struct Given(Vec<u8>);

impl Given {
    fn bytes(&mut self, tag: u8, value: &[u8]) -> &mut Self {
        let length = u32::try_from(value.len()).expect("a field is shorter than 4 GiB");
        self.0.push(tag);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(value);
        self
    }

    fn text<S: AsRef<str>>(&mut self, tag: u8, value: &S) -> &mut Self {
        self.bytes(tag, value.as_ref().as_bytes())
    }

    fn optional<S: AsRef<str>>(&mut self, tag: u8, value: Option<&S>) -> &mut Self {
        match value {
            Some(text) => self.text(tag, text),
            None => self,
        }
    }

    fn moment(&mut self, tag: u8, value: Option<Moment>) -> &mut Self {
        match value {
            Some(moment) => self.bytes(tag, &moment.at.micros().to_be_bytes()),
            None => self,
        }
    }

    fn amount(&mut self, tag: u8, value: Option<Amount>) -> &mut Self {
        match value {
            Some(amount) => self.bytes(tag, &amount.units().to_be_bytes()),
            None => self,
        }
    }

    fn kind(&mut self, name: &str) -> &mut Self {
        self.bytes(0, name.as_bytes())
    }

    fn attributes<S: AsRef<str>>(&mut self, attributes: &[(S, S)]) -> &mut Self {
        for (name, value) in attributes {
            self.text(20, name).text(21, value);
        }
        self
    }

    fn movement<S: AsRef<str>>(&mut self, movement: &Movement<S>) -> &mut Self {
        let currency = movement.currency.filter(|c| c.given).map(|c| c.currency.code().to_owned());
        self.kind(movement.claim.name())
            .text(2, &movement.customer)
            .optional(3, movement.subscription.as_ref())
            .moment(4, Some(movement.effective_at))
            .amount(5, movement.mrr)
            .amount(6, movement.mrr_before)
            .optional(7, currency.as_ref())
            .optional(8, movement.plan.as_ref())
            .amount(9, movement.quantity);
        if let Some(replaced) = &movement.replaces {
            self.bytes(14, replaced.target.uuid().as_bytes()).optional(15, replaced.reason.as_ref());
        }
        self.attributes(&movement.attributes)
    }

    fn one_time<S: AsRef<str>>(&mut self, charge: &OneTime<S>) -> &mut Self {
        let currency = Some(charge.currency).filter(|c| c.given).map(|c| c.currency.code().to_owned());
        self.kind("one_time")
            .text(2, &charge.customer)
            .optional(3, charge.subscription.as_ref())
            .moment(4, Some(charge.effective_at))
            .optional(7, currency.as_ref())
            .optional(8, charge.plan.as_ref())
            .amount(9, charge.quantity)
            .amount(10, Some(charge.amount))
    }

    fn fx_rate(&mut self, rate: &FxRate) -> &mut Self {
        self.kind("fx_rate")
            .moment(4, Some(rate.effective_at))
            .bytes(11, rate.base.code().as_bytes())
            .bytes(12, rate.quote.code().as_bytes())
            .bytes(13, &rate.rate.units().to_be_bytes())
    }

    fn definition<S: AsRef<str>>(&mut self, definition: &Definition<S>) -> &mut Self {
        self.kind("definition")
            .text(30, &definition.name)
            .bytes(31, &definition.version.to_be_bytes())
            .text(32, &definition.document)
            .bytes(33, &definition.hash)
    }

    fn close<S: AsRef<str>>(&mut self, close: &Close<S>) -> &mut Self {
        self.kind("close")
            .text(30, &close.name)
            .bytes(34, &close.root)
            .text(35, &close.definition)
            .bytes(31, &close.version.to_be_bytes())
            .bytes(33, &close.definition_hash)
            .text(36, &close.zone)
            .bytes(37, &[close.fiscal_start])
            .optional(38, close.period.as_ref())
            .optional(39, close.figures.as_ref())
            .optional(40, close.note.as_ref())
            .text(41, &close.prepared_by)
            .optional(42, close.approved_by.as_ref())
    }

    fn import<S: AsRef<str>>(&mut self, import: &Import<S>) -> &mut Self {
        self.kind("import")
            .text(43, &import.file)
            .bytes(44, &import.bytes.to_be_bytes())
            .bytes(45, &import.sha256)
            .text(46, &import.format)
            .text(47, &import.rules);
        for count in [import.read, import.recorded, import.duplicates, import.rejected] {
            self.bytes(48, &count.to_be_bytes());
        }
        if let Some((first, last)) = import.positions {
            self.bytes(49, &first.to_be_bytes()).bytes(50, &last.to_be_bytes());
        }
        self
    }
}
