//! What an event says: the content of a record, as its source gave it.
//!
//! Every type is generic over its strings, so that a replay reads them in place (`Event<&str>`) and a caller owns them
//! (`Event`). Fields hold what was given; [`Event::given`](crate::given) is what identity compares.

use uuid::Uuid;

use crate::amount::Amount;
use crate::currency::Currency;
use crate::id::{EventId, Key, Namespace};
use crate::instant::Instant;
use crate::rate::Rate;

/// One thing that a source said, before or after it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<S = String> {
    /// How the source named it.
    pub key: Key<S>,
    /// Where it came from.
    pub origin: Origin<S>,
    /// Who or what wrote it into the ledger.
    pub recorded_by: S,
    /// When the source system knew it; without it, see [`Recorded::booked_at`](crate::Recorded::booked_at).
    pub booked_at: Option<Moment>,
    /// The zone in which the bare dates of this event began; none where it has no bare date.
    pub zone: Option<S>,
    /// What it says.
    pub body: Body<S>,
}

/// Where an event came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin<S = String> {
    /// The system, such as `stripe`; event keys are unique within it.
    pub source: S,
    /// The name of the file, where there was one. The import record that follows the file's rows holds its hash.
    pub file: Option<S>,
    /// The row within the file: 1 is the first row after the header (CSV) or the first line (JSON Lines).
    pub row: Option<u64>,
}

/// An instant, and whether it was given as a bare date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant; of a bare date, its beginning.
    pub at: Instant,
    /// Whether a bare date was given.
    pub is_date: bool,
}

impl From<Instant> for Moment {
    fn from(at: Instant) -> Self {
        Self { at, is_date: false }
    }
}

/// A currency, and whether the row itself named it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denomination {
    /// The currency of the amounts beside it.
    pub currency: Currency,
    /// False where it came from the ledger's or the import's default, which is no part of the event's identity.
    pub given: bool,
}

/// The kinds of event, each with its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body<S = String> {
    /// The MRR of a subscription changed, or was confirmed.
    Movement(Movement<S>),
    /// An earlier record is taken back.
    Void(Void<S>),
    /// Attributes of a customer.
    Profile(Profile<S>),
    /// A customer id is another.
    Merge(Merge<S>),
    /// A charge or credit that never counts in MRR.
    OneTime(OneTime<S>),
    /// An exchange rate.
    FxRate(FxRate),
    /// A version of a metric definition.
    Definition(Definition<S>),
    /// A named point of the ledger.
    Close(Close<S>),
    /// A file that was imported; follows its rows.
    Import(Import<S>),
}

/// What a movement claims to be. The state decides; the claim is checked against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Claim {
    /// The first subscription of a customer, or a first time of this one.
    NewLogo,
    /// More MRR.
    Upgrade,
    /// Less MRR, but not none.
    Downgrade,
    /// No MRR any more.
    Churn,
    /// MRR again after none.
    Reactivation,
    /// Claims nothing: a renewal, a swap at equal price.
    Change,
}

/// The level of a subscription's MRR from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement<S = String> {
    /// What the source calls it.
    pub claim: Claim,
    /// The customer.
    pub customer: S,
    /// The subscription, within the customer; without it, the customer's id stands for it.
    pub subscription: Option<S>,
    /// When the revenue changed.
    pub effective_at: Moment,
    /// The subscription's MRR after it. Only a churn may leave it out, which means 0.
    pub mrr: Option<Amount>,
    /// The subscription's (or customer's) MRR before it, where the source states it.
    pub mrr_before: Option<Amount>,
    /// The currency of both; only a movement to 0 may lack it.
    pub currency: Option<Denomination>,
    /// The plan.
    pub plan: Option<S>,
    /// How many units (seats, ...).
    pub quantity: Option<Amount>,
    /// Attributes of the customer from `effective_at` on, sorted by name.
    pub attributes: Vec<(S, S)>,
    /// The record that this one replaces.
    pub replaces: Option<Replaced<S>>,
}

/// A record that a movement replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced<S = String> {
    /// Its event id.
    pub target: EventId,
    /// Why.
    pub reason: Option<S>,
}

/// An earlier record taken back, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Void<S = String> {
    /// The event id of the record.
    pub target: EventId,
    /// Why.
    pub reason: S,
}

/// Attributes of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile<S = String> {
    /// The customer.
    pub customer: S,
    /// From when on.
    pub effective_at: Moment,
    /// At least one, sorted by name.
    pub attributes: Vec<(S, S)>,
}

/// A customer id that is another, for all of history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge<S = String> {
    /// The id that is given up.
    pub customer: S,
    /// The customer that it is.
    pub into: S,
}

/// A charge (or credit, below 0) that does not recur.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTime<S = String> {
    /// The customer.
    pub customer: S,
    /// The subscription, if any.
    pub subscription: Option<S>,
    /// When.
    pub effective_at: Moment,
    /// How much.
    pub amount: Amount,
    /// In which currency.
    pub currency: Denomination,
    /// The plan or product.
    pub plan: Option<S>,
    /// How many units.
    pub quantity: Option<Amount>,
}

/// An exchange rate: one unit of `base` is `rate` units of `quote`, from its date on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FxRate {
    /// The currency that is priced.
    pub base: Currency,
    /// The currency of the price.
    pub quote: Currency,
    /// The price.
    pub rate: Rate,
    /// Its date.
    pub effective_at: Moment,
}

/// A version of a metric definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition<S = String> {
    /// Its name.
    pub name: S,
    /// 1, 2, ... per name.
    pub version: u32,
    /// The document, TOML.
    pub document: S,
    /// SHA-256 of its canonical parameters.
    pub hash: [u8; 32],
}

/// A named point of the ledger: exactly the records before this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close<S = String> {
    /// Its name.
    pub name: S,
    /// The Merkle root over the records before it.
    pub root: [u8; 32],
    /// Name of the definition in force.
    pub definition: S,
    /// Its version; 0 is a preset.
    pub version: u32,
    /// Its hash.
    pub definition_hash: [u8; 32],
    /// The zone of the figures.
    pub zone: S,
    /// The month (1 to 12) in which the fiscal year starts.
    pub fiscal_start: u8,
    /// The period that is closed, as typed.
    pub period: Option<S>,
    /// The period's figures, canonical JSON.
    pub figures: Option<S>,
    /// A remark.
    pub note: Option<S>,
    /// Who prepared it.
    pub prepared_by: S,
    /// Who approved it.
    pub approved_by: Option<S>,
}

/// A file that was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import<S = String> {
    /// The file's name, without its folders.
    pub file: S,
    /// Its size as it lies on disk, in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes as they lie on disk.
    pub sha256: [u8; 32],
    /// The format it was read as.
    pub format: S,
    /// The rules it was read by, canonical JSON.
    pub rules: S,
    /// Rows read.
    pub read: u64,
    /// Rows recorded.
    pub recorded: u64,
    /// Rows that were recorded before.
    pub duplicates: u64,
    /// Rows refused.
    pub rejected: u64,
    /// First and last position of its rows.
    pub positions: Option<(u64, u64)>,
}

impl<S: AsRef<str>> Event<S> {
    /// The event's id.
    pub fn id(&self) -> EventId {
        self.id_in(|| Namespace::of(self.origin.source.as_ref()))
    }

    /// The event's id, for those who know the namespace of its source.
    pub(crate) fn id_in(&self, space: impl FnOnce() -> Namespace) -> EventId {
        match &self.key {
            Key::Uuid(uuid) => EventId::from(*uuid),
            Key::Named(key) => space().key(key.as_ref()),
            Key::Content { ordinal } => space().content(&self.given(), *ordinal),
        }
    }

    /// The id of the record that this one takes back, if it does.
    pub fn voids(&self) -> Option<EventId> {
        match &self.body {
            Body::Void(void) => Some(void.target),
            Body::Movement(movement) => movement.replaces.as_ref().map(|r| r.target),
            _ => None,
        }
    }

    /// When it takes effect; void, merge and the ledger's own records have no such date.
    pub fn effective_at(&self) -> Option<Moment> {
        match &self.body {
            Body::Movement(movement) => Some(movement.effective_at),
            Body::Profile(profile) => Some(profile.effective_at),
            Body::OneTime(charge) => Some(charge.effective_at),
            Body::FxRate(rate) => Some(rate.effective_at),
            _ => None,
        }
    }
}

impl<S: AsRef<str>> Movement<S> {
    /// The subscription's id within its customer.
    pub fn subscription_id(&self) -> &str {
        self.subscription.as_ref().unwrap_or(&self.customer).as_ref()
    }

    /// The MRR after it.
    pub fn mrr_after(&self) -> Amount {
        self.mrr.unwrap_or(Amount::ZERO)
    }
}

impl Event {
    /// An event of the default source with a fresh random id, for callers that have no key of their own.
    pub fn new(body: Body) -> Self {
        Self {
            key: Key::Uuid(Uuid::new_v4()),
            origin: Origin { source: crate::id::DEFAULT_SOURCE.to_owned(), file: None, row: None },
            recorded_by: "unknown".to_owned(),
            booked_at: None,
            zone: None,
            body,
        }
    }

    /// The same event under a key of a source.
    pub fn keyed(mut self, source: &str, key: &str) -> Self {
        source.clone_into(&mut self.origin.source);
        self.key = Key::typed(key);
        self
    }

    /// The same event, written by someone.
    pub fn by(mut self, recorded_by: &str) -> Self {
        recorded_by.clone_into(&mut self.recorded_by);
        self
    }

    /// The same event, known to its source since then.
    pub fn booked(mut self, at: Instant) -> Self {
        self.booked_at = Some(at.into());
        self
    }
}
