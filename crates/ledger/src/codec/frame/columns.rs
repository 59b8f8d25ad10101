//! The columns of a frame, as read: checked once, so that taking a record out of them cannot fail.

use uuid::Uuid;

use super::arena::{Arena, ArenaBuilder, Span};
use super::attributes::{self, Attributes};
use super::blocks::BlockReader;
use super::derived;
use super::ints::{self, Ints};
use super::presence::{self, Presence};
use super::texts::{self, Texts};
use crate::amount::Amount;
use crate::codec::error::DecodeError;
use crate::codec::wire;
use crate::currency::Currency;
use crate::event::{Body, Claim, Denomination, Event, Moment, Movement, Origin, Profile, Replaced};
use crate::id::{EventId, Key};
use crate::instant::Instant;

type Decoded<T> = Result<T, DecodeError>;

/// The kinds of row; from 0 to 5 they are movements, by claim.
pub(super) const CLAIMS: [Claim; 6] =
    [Claim::NewLogo, Claim::Upgrade, Claim::Downgrade, Claim::Churn, Claim::Reactivation, Claim::Change];
pub(super) const PROFILE: usize = 6;
/// A row that is kept as its content bytes: the rare kinds, and what is too large for columns.
pub(super) const WHOLE: usize = 7;

/// How a row's event is named.
pub(super) const KEY_NAMED: usize = 0;
pub(super) const KEY_UUID: usize = 1;
pub(super) const KEY_CONTENT: usize = 2;

/// Optional texts.
pub(super) struct OptionalTexts {
    pub presence: Presence,
    pub texts: Texts,
}

impl OptionalTexts {
    fn read(rows: usize, arena: &mut ArenaBuilder, from: &mut BlockReader<'_>) -> Decoded<Self> {
        let presence = presence::read(rows, from)?;
        let texts = texts::read(presence.count(rows), arena, from)?;
        Ok(Self { presence, texts })
    }

    fn at<'a>(&self, row: usize, arena: &'a Arena) -> Option<&'a str> {
        self.presence.rank(row).map(|rank| arena.text(self.texts.at(rank)))
    }
}

/// Optional instants, each with whether it was a date.
struct Moments {
    presence: Presence,
    micros: Ints,
    dates: Presence,
}

impl Moments {
    fn read(rows: usize, from: &mut BlockReader<'_>) -> Decoded<Self> {
        let presence = presence::read(rows, from)?;
        let count = presence.count(rows);
        let micros = ints::read(count, from)?;
        let valid = |value| i64::try_from(value).is_ok_and(|micros| Instant::from_micros(micros).is_ok());
        if !micros.all(valid) {
            return Err(from.numbers.malformed("an instant is out of range"));
        }
        Ok(Self { presence, micros, dates: presence::read(count, from)? })
    }

    fn at(&self, row: usize) -> Option<Moment> {
        let rank = self.presence.rank(row)?;
        let at = Instant::from_micros(self.micros.at(rank) as i64).expect("checked when the column was read");
        Some(Moment { at, is_date: self.dates.rank(rank).is_some() })
    }
}

/// Optional amounts.
struct Amounts {
    presence: Presence,
    units: Ints,
}

impl Amounts {
    fn read(rows: usize, from: &mut BlockReader<'_>) -> Decoded<Self> {
        let presence = presence::read(rows, from)?;
        let units = ints::read(presence.count(rows), from)?;
        if units.all(|units| units.checked_abs().is_some() && Amount::from_units(units).is_ok()) {
            Ok(Self { presence, units })
        } else {
            Err(from.numbers.malformed("an amount is out of range"))
        }
    }

    fn at(&self, row: usize) -> Option<Amount> {
        let rank = self.presence.rank(row)?;
        Some(Amount::from_units(self.units.at(rank)).expect("checked when the column was read"))
    }
}

/// Optional currencies.
struct Denominations {
    entries: Vec<Option<Denomination>>,
    indexes: ints::Small,
}

impl Denominations {
    fn read(rows: usize, from: &mut BlockReader<'_>) -> Decoded<Self> {
        let count = from.numbers.length(rows.max(1))?;
        let mut entries: Vec<Option<Denomination>> = vec![None];
        for entry in from.block_of(count * 4)?.as_chunks::<4>().0 {
            let [a, b, c, given] = *entry;
            let currency: Currency = wire::currency([a, b, c])?;
            entries.push(Some(Denomination { currency, given: given != 0 }));
        }
        let indexes = ints::read_small(rows, count, from)?;
        Ok(Self { entries, indexes })
    }
}

/// 16-byte ids, a plane for each byte.
struct Uuids(Vec<Uuid>);

impl Uuids {
    fn read(count: usize, from: &mut BlockReader<'_>) -> Decoded<Self> {
        let mut ids = vec![[0; 16]; count];
        if count > 0 {
            for plane in 0..16 {
                let bytes = from.block_of(count)?;
                ids.iter_mut().zip(bytes).for_each(|(id, byte)| id[plane] = *byte);
            }
        }
        Ok(Self(ids.into_iter().map(Uuid::from_bytes).collect()))
    }
}

struct Keys {
    kinds: ints::Small,
    /// Where each row's key stands among those of its kind.
    ranks: Vec<u16>,
    named: Texts,
    uuids: Uuids,
    ordinals: ints::Small,
}

impl Keys {
    fn read(rows: usize, arena: &mut ArenaBuilder, from: &mut BlockReader<'_>) -> Decoded<Self> {
        let kinds = ints::read_small(rows, KEY_CONTENT, from)?;
        let mut counts = [0u16; 3];
        let rank = |kind: usize| {
            counts[kind] += 1;
            counts[kind] - 1
        };
        let ranks = kinds.iter(rows).map(rank).collect();
        let [named, uuids, contents] = counts.map(usize::from);
        let named = texts::read(named, arena, from)?;
        let uuids = Uuids::read(uuids, from)?;
        Ok(Self { kinds, ranks, named, uuids, ordinals: ints::read_small(contents, u32::MAX as usize, from)? })
    }

    fn at<'a>(&self, row: usize, arena: &'a Arena) -> Key<&'a str> {
        let rank = usize::from(self.ranks[row]);
        match self.kinds.at(row) {
            KEY_NAMED => Key::Named(arena.text(self.named.at(rank))),
            KEY_UUID => Key::Uuid(self.uuids.0[rank]),
            _ => Key::Content { ordinal: self.ordinals.at(rank) as u32 },
        }
    }
}

/// All rows that are kept in columns.
pub(super) struct Columns {
    keys: Keys,
    sources: Texts,
    files: OptionalTexts,
    file_rows: (Presence, Ints),
    recorded_by: Texts,
    booked_at: Moments,
    zones: OptionalTexts,
    customers: Texts,
    effective_at: Moments,
    subscriptions: OptionalTexts,
    mrr: Amounts,
    mrr_before: Amounts,
    currencies: Denominations,
    plans: OptionalTexts,
    quantities: Amounts,
    attributes: Attributes,
    replaced: (Presence, Uuids),
    reasons: OptionalTexts,
}

impl Columns {
    /// Reads the columns of `rows` rows.
    pub(super) fn read(rows: usize, arena: &mut ArenaBuilder, from: &mut BlockReader<'_>) -> Decoded<Self> {
        let keys = Keys::read(rows, arena, from)?;
        let sources = texts::read(rows, arena, from)?;
        let files = OptionalTexts::read(rows, arena, from)?;
        let file_rows = read_rows(rows, from)?;
        let recorded_by = texts::read(rows, arena, from)?;
        let booked_at = Moments::read(rows, from)?;
        let zones = OptionalTexts::read(rows, arena, from)?;
        let customers = texts::read(rows, arena, from)?;
        let effective_at = Moments::read(rows, from)?;
        if effective_at.presence.count(rows) != rows {
            return Err(from.numbers.malformed("a movement or profile takes effect at no time"));
        }
        let subscriptions = read_subscriptions(rows, &customers, arena, from)?;
        let (mrr, mrr_before) = (Amounts::read(rows, from)?, Amounts::read(rows, from)?);
        let currencies = Denominations::read(rows, from)?;
        let plans = OptionalTexts::read(rows, arena, from)?;
        let quantities = Amounts::read(rows, from)?;
        let attributes = attributes::read(rows, arena, from)?;
        let replacing = presence::read(rows, from)?;
        let replaced = Uuids::read(replacing.count(rows), from)?;
        let reasons = OptionalTexts::read(replacing.count(rows), arena, from)?;
        Ok(Self {
            keys,
            sources,
            files,
            file_rows,
            recorded_by,
            booked_at,
            zones,
            customers,
            effective_at,
            subscriptions,
            mrr,
            mrr_before,
            currencies,
            plans,
            quantities,
            attributes,
            replaced: (replacing, replaced),
            reasons,
        })
    }

    /// Checks that every text begins and ends between letters.
    pub(super) fn check(&self, arena: &Arena) -> Decoded<()> {
        let optional = [&self.files, &self.zones, &self.subscriptions, &self.plans, &self.reasons];
        let columns = [&self.keys.named, &self.sources, &self.recorded_by, &self.customers];
        let spans = columns.into_iter().chain(optional.map(|column| &column.texts)).flat_map(Texts::spans).copied();
        if spans.chain(self.attributes.spans()).all(|span| arena.holds(span)) {
            Ok(())
        } else {
            Err(DecodeError::malformed("frame texts", "one ends within a letter"))
        }
    }

    /// The event of a row of this kind.
    pub(super) fn event<'a>(&self, row: usize, kind: usize, arena: &'a Arena) -> Event<&'a str> {
        let pairs = self.attributes.of(row).iter();
        let attributes = pairs.map(|(name, value)| (arena.text(*name), arena.text(*value))).collect();
        let customer = arena.text(self.customers.at(row));
        let effective_at = self.effective_at.at(row).expect("checked when the columns were read");
        let body = match CLAIMS.get(kind) {
            None => Body::Profile(Profile { customer, effective_at, attributes }),
            Some(claim) => Body::Movement(Movement {
                claim: *claim,
                customer,
                subscription: self.subscriptions.at(row, arena),
                effective_at,
                mrr: self.mrr.at(row),
                mrr_before: self.mrr_before.at(row),
                currency: self.currencies.entries[self.currencies.indexes.at(row)],
                plan: self.plans.at(row, arena),
                quantity: self.quantities.at(row),
                attributes,
                replaces: self.replaced.0.rank(row).map(|rank| Replaced {
                    target: EventId::from(self.replaced.1.0[rank]),
                    reason: self.reasons.at(rank, arena),
                }),
            }),
        };
        let (present, numbers) = &self.file_rows;
        Event {
            key: self.keys.at(row, arena),
            origin: Origin {
                source: arena.text(self.sources.at(row)),
                file: self.files.at(row, arena),
                row: present.rank(row).map(|rank| numbers.at(rank) as u64),
            },
            recorded_by: arena.text(self.recorded_by.at(row)),
            booked_at: self.booked_at.at(row),
            zone: self.zones.at(row, arena),
            body,
        }
    }
}

fn read_rows(rows: usize, from: &mut BlockReader<'_>) -> Decoded<(Presence, Ints)> {
    let presence = presence::read(rows, from)?;
    let numbers = ints::read(presence.count(rows), from)?;
    if numbers.all(|number| u64::try_from(number).is_ok()) {
        Ok((presence, numbers))
    } else {
        Err(from.numbers.malformed("a row number is out of range"))
    }
}

fn read_subscriptions(
    rows: usize,
    customers: &Texts,
    arena: &mut ArenaBuilder,
    from: &mut BlockReader<'_>,
) -> Decoded<OptionalTexts> {
    let presence = presence::read(rows, from)?;
    let owners: Vec<Span> =
        (0..rows).filter(|row| presence.rank(*row).is_some()).map(|row| customers.at(row)).collect();
    let texts = derived::read(&owners, arena, from)?;
    Ok(OptionalTexts { presence, texts })
}
