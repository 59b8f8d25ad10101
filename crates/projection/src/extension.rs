//! Records on their way into a projection.

use recount_ledger::{Body, Currency, Event, EventId, Moment, Movement, Recorded};
use rustc_hash::FxHashSet;

use crate::bookings::BookingCodes;
use crate::claims;
use crate::fact::{ExtendError, FxQuote};
use crate::identities::{Namer, Search, short};
use crate::index::CustomerIx;
use crate::lists::{FxMark, MergeMark, Rowless, VoidMark, listed, owned_close, owned_definition, owned_import};
use crate::projection::Projection;
use crate::rows::{AttributeColumn, NewMovement, NewRow};
use crate::spans::{PROFILES, SELF};
use crate::strings::{Table, hash_of};
use crate::undo::Mark;

/// From so many subscriptions on, those of a customer are looked up by hash.
const MANY_SUBSCRIPTIONS: usize = 32;

/// Records on their way into a projection; [`Extension::finish`] makes them count. Dropped before that, nothing has changed.
#[derive(Debug)]
pub struct Extension<'p> {
    projection: &'p mut Projection,
    mark: Mark,
    codes: BookingCodes,
    namer: Namer,
    groups: Vec<Group>,
    /// Groups by customer and name, and without a name.
    table: Table,
    selves: Vec<u32>,
    profiles: Vec<u32>,
    /// The group of each new row.
    group_of: Vec<u32>,
    /// Customers of many subscriptions that are all in `groups`.
    unfolded: FxHashSet<u32>,
    voids: Vec<NewVoid>,
    /// Whether a merge came.
    merged: bool,
    /// Whether all of it is to be undone.
    keep: bool,
    done: bool,
}

/// New rows of one subscription, or the new profiles of one customer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) customer: u32,
    pub(crate) name: u32,
    /// The slot that has older rows of it.
    pub(crate) old: Option<u32>,
    pub(crate) rows: u32,
}

#[derive(Clone, Copy, Debug)]
struct NewVoid {
    target: EventId,
    position: u32,
    booked: i64,
}

impl<'p> Extension<'p> {
    pub(crate) fn new(projection: &'p mut Projection) -> Self {
        let mark = Mark::of(projection);
        Self {
            codes: projection.bookings.codes(),
            mark,
            namer: Namer::default(),
            groups: Vec::new(),
            table: Table::default(),
            selves: Vec::new(),
            profiles: Vec::new(),
            group_of: Vec::new(),
            unfolded: FxHashSet::default(),
            voids: Vec::new(),
            merged: false,
            keep: false,
            done: false,
            projection,
        }
    }

    /// Takes the next record.
    pub fn push<S: AsRef<str>>(&mut self, record: &Recorded<S>) -> Result<(), ExtendError> {
        let found = record.position.0;
        if found != self.projection.size {
            return Err(ExtendError::OutOfOrder { expected: self.projection.size, found });
        }
        let position = u32::try_from(found).ok().filter(|position| *position < crate::strings::RESERVED);
        let position = position.ok_or(ExtendError::TooLarge(found))?;
        self.take(record, position).ok_or(ExtendError::TooLarge(found))?;
        self.projection.identities.push(short(self.namer.id(&record.event)));
        self.projection.lists.note_recorded(position, record.recorded_at);
        self.projection.size += 1;
        Ok(())
    }

    /// None where a dictionary is full.
    fn take<S: AsRef<str>>(&mut self, record: &Recorded<S>, position: u32) -> Option<()> {
        let booked = record.booked_at().micros();
        let event = &record.event;
        match &event.body {
            Body::Movement(movement) => {
                if let Some(replaced) = &movement.replaces {
                    self.voids.push(NewVoid { target: replaced.target, position, booked });
                }
                self.movement(record, movement, position)?;
            }
            Body::Profile(profile) => {
                let customer = self.projection.customers.intern(profile.customer.as_ref())?;
                let group = self.profiles_of(customer);
                let row = self.new_row(record, profile.effective_at, position, None)?;
                self.push_row(group, &row, &profile.attributes)?;
            }
            Body::Void(void) => {
                self.voids.push(NewVoid { target: void.target, position, booked });
                self.rowless(position, booked);
            }
            Body::Merge(merge) => {
                let customers = &mut self.projection.customers;
                let (customer, into) =
                    (customers.intern(merge.customer.as_ref())?, customers.intern(merge.into.as_ref())?);
                self.projection.lists.merges.push(MergeMark { customer, into, position, booked });
                self.merged = true;
                self.rowless(position, booked);
            }
            Body::OneTime(charge) => {
                self.projection.customers.intern(charge.customer.as_ref())?;
                self.currency(charge.currency.currency)?;
                self.rowless(position, booked);
            }
            Body::FxRate(rate) => {
                let zone = self.zone(event)?;
                let quote = FxQuote {
                    position: record.position,
                    effective_at: rate.effective_at.at,
                    booked_at: record.booked_at(),
                    base: rate.base,
                    quote: rate.quote,
                    rate: rate.rate,
                };
                self.projection.lists.rates.push(FxMark { quote, zone });
            }
            Body::Definition(it) => {
                self.projection.lists.definitions.push(listed(record, owned_definition(it)));
            }
            Body::Close(close) => self.projection.lists.closes.push(listed(record, owned_close(close))),
            Body::Import(import) => self.projection.lists.imports.push(listed(record, owned_import(import))),
        }
        Some(())
    }

    fn rowless(&mut self, position: u32, booked: i64) {
        self.projection.lists.rowless.push(Rowless { position, booked });
        self.booked(booked);
    }

    fn booked(&mut self, at: i64) {
        let newest = &mut self.projection.summary.newest_booking;
        *newest = Some(newest.map_or(at, |newest| newest.max(at)));
    }

    fn movement<S: AsRef<str>>(&mut self, record: &Recorded<S>, movement: &Movement<S>, position: u32) -> Option<()> {
        let id = movement.customer.as_ref();
        let customer = self.projection.customers.intern(id)?;
        let group = match movement.subscription.as_ref().map(AsRef::as_ref) {
            Some(subscription) if subscription != id => self.group(customer, subscription)?,
            _ => self.self_of(customer),
        };
        let currency = movement.currency.map_or(Some(0), |denomination| self.currency(denomination.currency))?;
        let new =
            NewMovement { claim: movement.claim, mrr: movement.mrr_after(), before: movement.mrr_before, currency };
        let row = self.new_row(record, movement.effective_at, position, Some(new))?;
        self.push_row(group, &row, &movement.attributes)
    }

    fn new_row<S: AsRef<str>>(
        &mut self,
        record: &Recorded<S>,
        effective_at: Moment,
        position: u32,
        movement: Option<NewMovement>,
    ) -> Option<NewRow> {
        let booked_at = record.booked_at();
        self.booked(booked_at.micros());
        let booked = self.codes.code(&mut self.projection.bookings, booked_at);
        let zone = self.zone(&record.event)?;
        Some(NewRow { effective: effective_at.at.micros(), position, booked, zone, movement })
    }

    fn push_row<S: AsRef<str>>(&mut self, group: u32, row: &NewRow, attributes: &[(S, S)]) -> Option<()> {
        let at = self.projection.rows.len();
        self.projection.rows.push(row);
        self.group_of.push(group);
        self.groups[group as usize].rows += 1;
        let columns = &mut self.projection.attributes;
        attributes.iter().try_for_each(|(name, value)| {
            let name = name.as_ref();
            let column = columns.iter().position(|column| column.name == name).unwrap_or_else(|| {
                columns.push(AttributeColumn::named(name.to_owned()));
                columns.len() - 1
            });
            let code = columns[column].values.intern(value.as_ref())?;
            columns[column].codes.set(at, code + 1);
            Some(())
        })
    }

    /// 1 + the code of the zone in which an event's bare dates began; 0 without one.
    fn zone<S: AsRef<str>>(&mut self, event: &Event<S>) -> Option<u16> {
        let Some(zone) = &event.zone else { return Some(0) };
        u16::try_from(self.projection.zones.intern(zone.as_ref())? + 1).ok()
    }

    fn currency(&mut self, currency: Currency) -> Option<u8> {
        let known = &mut self.projection.currencies;
        let code = known.iter().position(|known| *known == currency).unwrap_or_else(|| {
            known.push(currency);
            known.len() - 1
        });
        u8::try_from(code).ok()
    }

    fn self_of(&mut self, customer: u32) -> u32 {
        match memo(&mut self.selves, customer) {
            0 => {
                let group = self.new_group(customer, SELF);
                self.selves[customer as usize] = group + 1;
                group
            }
            group => group - 1,
        }
    }

    fn profiles_of(&mut self, customer: u32) -> u32 {
        match memo(&mut self.profiles, customer) {
            0 => {
                let group = self.new_group(customer, PROFILES);
                self.profiles[customer as usize] = group + 1;
                group
            }
            group => group - 1,
        }
    }

    fn group(&mut self, customer: u32, subscription: &str) -> Option<u32> {
        let hash = hash_of(customer + 1, subscription);
        let same = |group: u32| {
            let group = &self.groups[group as usize];
            group.customer == customer && self.projection.spans.names.text(group.name) == subscription
        };
        if let Some(group) = self.table.find(hash, same) {
            return Some(group);
        }
        if self.unfold(customer) {
            return self.group(customer, subscription);
        }
        let unfolded = self.unfolded.contains(&customer);
        let names = &self.projection.spans.names;
        let fits = |name| !unfolded && name < SELF && names.text(name) == subscription;
        let old = self.old_slot(customer, fits);
        let name = match old {
            Some(slot) => self.projection.spans.name[slot as usize],
            None => self.projection.spans.names.push(subscription)?,
        };
        let group = self.add_group(customer, name, old);
        self.table.insert(hash, group);
        Some(group)
    }

    /// Makes groups of all that a customer of many subscriptions had, so that none is searched for one by one.
    fn unfold(&mut self, customer: u32) -> bool {
        let known = self.projection.spans.first.len() > customer as usize;
        let slots = if known { self.projection.spans.subscriptions(CustomerIx(customer)) } else { 0..0 };
        if slots.len() < MANY_SUBSCRIPTIONS || !self.unfolded.insert(customer) {
            return false;
        }
        for slot in slots {
            let name = self.projection.spans.name[slot as usize];
            if name < SELF {
                let group = self.add_group(customer, name, Some(slot));
                self.table.insert(hash_of(customer + 1, self.projection.spans.names.text(name)), group);
            }
        }
        true
    }

    fn new_group(&mut self, customer: u32, name: u32) -> u32 {
        let old = self.old_slot(customer, |other| other == name);
        self.add_group(customer, name, old)
    }

    fn add_group(&mut self, customer: u32, name: u32, old: Option<u32>) -> u32 {
        self.groups.push(Group { customer, name, old, rows: 0 });
        u32::try_from(self.groups.len() - 1).expect("there are no more groups than records")
    }

    fn old_slot(&self, customer: u32, fits: impl Fn(u32) -> bool) -> Option<u32> {
        let spans = &self.projection.spans;
        if customer as usize >= spans.first.len() {
            return None;
        }
        spans.slots(CustomerIx(customer)).find(|slot| fits(spans.name[*slot as usize]))
    }

    /// Makes the records count.
    pub fn finish(mut self) -> Result<(), ExtendError> {
        if self.projection.size == self.mark.size() {
            self.done = true;
            return Ok(());
        }
        let voided = self.resolve_voids()?;
        self.done = true;
        self.settle(voided);
        Ok(())
    }

    /// Shows the projection as it would be, and leaves it as it was.
    pub(crate) fn look<T>(mut self, look: impl FnOnce(&Projection) -> T) -> Result<T, ExtendError> {
        let voided = self.resolve_voids()?;
        self.keep = true;
        self.settle(voided);
        // Dropped before `finish`, so everything is undone.
        Ok(look(self.projection))
    }

    fn settle(&mut self, voided: Voided) {
        let groups = std::mem::take(&mut self.groups);
        let mut touched: Vec<u32> = groups.iter().map(|group| group.customer).chain(voided.customers).collect();
        touched.sort_unstable();
        touched.dedup();
        let projection = &mut *self.projection;
        projection.root = [0; 32];
        if self.keep {
            self.mark.keep_slots(projection, &touched);
        }
        projection.spans.grow(projection.customers.len());
        let regrouped = self.merged || voided.merges;
        let known = if regrouped { None } else { claims::forget(projection, self.mark.rows(), &touched) };
        projection.place(self.mark.rows(), &groups, std::mem::take(&mut self.group_of), &touched, self.keep);
        claims::remember(projection, known);
    }

    /// Notes what the new voids take back.
    fn resolve_voids(&mut self) -> Result<Voided, ExtendError> {
        let mut voided = Voided::default();
        if self.voids.is_empty() {
            return Ok(voided);
        }
        let projection = &mut *self.projection;
        let mut search = Search::of(self.voids.iter().map(|void| void.target));
        search.run(&projection.identities);
        let mut marks = Vec::with_capacity(self.voids.len());
        for void in &self.voids {
            let NewVoid { target, position, booked } = *void;
            let earlier = search.found(target).iter().filter(|found| **found < position);
            let mut open = earlier.filter(|found| projection.lists.void_of(**found).is_none());
            let found = (open.next(), open.next());
            let (Some(target), None) = found else {
                let (position, target) = (u64::from(position), target.to_string());
                return Err(if found.0.is_none() {
                    ExtendError::UnknownTarget { position, target }
                } else {
                    ExtendError::AmbiguousTarget { position, target }
                });
            };
            marks.push(VoidMark { target: *target, position, booked });
        }
        marks.sort_unstable();
        marks.dedup_by_key(|mark| mark.target);
        let targets = |position: u32| marks.binary_search_by_key(&position, |mark| mark.target).is_ok();
        voided.merges = projection.lists.merges.iter().any(|merge| targets(merge.position));
        voided.customers = {
            let targets: Vec<u32> = marks.iter().map(|mark| mark.target).collect();
            projection.owners_of(self.mark.rows(), &targets)
        };
        projection.lists.voids.extend(marks);
        projection.lists.voids.sort_unstable();
        Ok(voided)
    }
}

/// What new voids touch among what was there.
#[derive(Debug, Default)]
struct Voided {
    merges: bool,
    customers: Vec<u32>,
}

/// A place for a customer's number, 0 at first.
fn memo(numbers: &mut Vec<u32>, customer: u32) -> u32 {
    if numbers.len() <= customer as usize {
        numbers.resize(customer as usize + 1, 0);
    }
    numbers[customer as usize]
}

impl Drop for Extension<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.mark.restore(self.projection);
        }
    }
}
