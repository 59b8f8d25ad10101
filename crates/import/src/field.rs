//! The native columns by name, and which of them mean something for which kind.

use crate::error::FieldError;
use crate::kind::Kind;

/// What every attribute column starts with.
pub(crate) const ATTRIBUTE_PREFIX: &str = "attr.";
/// The column that a rejects file carries beside those of its input; ignored when the file comes back.
pub(crate) const REJECTED_BECAUSE: &str = "rejected_because";

/// A native column other than `attr.NAME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The source's key of the event.
    EventId,
    /// What happened.
    Kind,
    /// The customer.
    CustomerId,
    /// The subscription within the customer.
    SubscriptionId,
    /// When it took effect.
    EffectiveAt,
    /// When the source knew it.
    BookedAt,
    /// MRR after it.
    Mrr,
    /// MRR before it.
    MrrBefore,
    /// The currency of the amounts.
    Currency,
    /// The plan.
    Plan,
    /// How many units.
    Quantity,
    /// A one-time charge or credit.
    Amount,
    /// The event id of a record to take back.
    Voids,
    /// Why it is taken back.
    Reason,
    /// The customer that a merged customer is.
    Into,
    /// The currency that is priced.
    Base,
    /// The currency of the price.
    Quote,
    /// The price.
    Rate,
}

use Field as F;

impl Field {
    /// Every field, in the order of the documentation.
    pub const ALL: [Self; 18] = [
        F::EventId,
        F::Kind,
        F::CustomerId,
        F::SubscriptionId,
        F::EffectiveAt,
        F::BookedAt,
        F::Mrr,
        F::MrrBefore,
        F::Currency,
        F::Plan,
        F::Quantity,
        F::Amount,
        F::Voids,
        F::Reason,
        F::Into,
        F::Base,
        F::Quote,
        F::Rate,
    ];

    /// The column's name.
    pub const fn name(self) -> &'static str {
        match self {
            F::EventId => "event_id",
            F::Kind => "kind",
            F::CustomerId => "customer_id",
            F::SubscriptionId => "subscription_id",
            F::EffectiveAt => "effective_at",
            F::BookedAt => "booked_at",
            F::Mrr => "mrr",
            F::MrrBefore => "mrr_before",
            F::Currency => "currency",
            F::Plan => "plan",
            F::Quantity => "quantity",
            F::Amount => "amount",
            F::Voids => "voids",
            F::Reason => "reason",
            F::Into => "into",
            F::Base => "base",
            F::Quote => "quote",
            F::Rate => "rate",
        }
    }

    /// The field of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// A set of fields.
#[derive(Clone, Copy)]
pub(crate) struct FieldSet(u32);

impl FieldSet {
    const fn of(fields: &[Field]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < fields.len() {
            bits |= fields[at].bit();
            at += 1;
        }
        Self(bits)
    }

    pub(crate) const fn has(self, field: Field) -> bool {
        self.0 & field.bit() != 0
    }
}

const EVERY_KIND: FieldSet = FieldSet::of(&[F::EventId, F::Kind, F::BookedAt]);
const MOVEMENT: FieldSet = FieldSet::of(&[
    F::CustomerId,
    F::SubscriptionId,
    F::EffectiveAt,
    F::Mrr,
    F::MrrBefore,
    F::Currency,
    F::Plan,
    F::Quantity,
    F::Voids,
    F::Reason,
]);
const VOID: FieldSet = FieldSet::of(&[F::Voids, F::Reason]);
const PROFILE: FieldSet = FieldSet::of(&[F::CustomerId, F::EffectiveAt]);
const MERGE: FieldSet = FieldSet::of(&[F::CustomerId, F::Into]);
const ONE_TIME: FieldSet =
    FieldSet::of(&[F::CustomerId, F::SubscriptionId, F::EffectiveAt, F::Amount, F::Currency, F::Plan, F::Quantity]);
const FX_RATE: FieldSet = FieldSet::of(&[F::EffectiveAt, F::Base, F::Quote, F::Rate]);

impl Kind {
    /// The fields that mean something beside this kind.
    pub(crate) const fn fields(self) -> FieldSet {
        let own = match self {
            Self::Movement(_) => MOVEMENT,
            Self::Void => VOID,
            Self::Profile => PROFILE,
            Self::Merge => MERGE,
            Self::OneTime => ONE_TIME,
            Self::FxRate => FX_RATE,
        };
        FieldSet(own.0 | EVERY_KIND.0)
    }
}

/// What a column of a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// A native field.
    Field(Field),
    /// An attribute of the customer.
    Attribute(String),
    /// Left out by `--map NAME=`, or the reason column of a rejects file.
    Ignored,
    /// A header cell without a name: its values must be blank.
    Unnamed,
}

impl Column {
    /// The column of this native name; none if there is no such name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        if name == REJECTED_BECAUSE {
            return Some(Self::Ignored);
        }
        match name.strip_prefix(ATTRIBUTE_PREFIX) {
            Some("") => None,
            Some(attribute) => Some(Self::Attribute(attribute.to_owned())),
            None => Field::named(name).map(Self::Field),
        }
    }
}

/// The known names, for messages.
pub(crate) fn known_names() -> String {
    let names: Vec<&str> = Field::ALL.into_iter().map(Field::name).collect();
    format!("{} and attr.NAME", names.join(", "))
}

/// The problem of a name that is not native.
pub(crate) fn unknown_name(what: &str, name: &str) -> FieldError {
    let shown = crate::error::shown(name);
    let near = Field::ALL.into_iter().find(|field| similar(field.name(), name));
    let first = match near {
        Some(field) => format!("did you mean {}? otherwise: ", field.name()),
        None => String::new(),
    };
    let hint = format!(
        "{first}the known names are {}; read it as one of them with --map {name}=NAME, or leave it out with --map {name}=",
        known_names(),
        name = name.chars().take(64).collect::<String>(),
    );
    FieldError::new(Some(name), format!("{shown} is not a known {what}")).hint(hint)
}

/// Whether two names differ only in case, spaces, hyphens and underscores.
fn similar(known: &str, given: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    plain(known) == plain(given)
}
