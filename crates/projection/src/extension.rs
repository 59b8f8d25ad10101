//! Records on their way into a projection.

use recount_ledger::{Body, Currency, Event, EventId, Moment, Movement, Namer, Recorded};

use crate::bookings::BookingCodes;
use crate::claims;
use crate::fact::{ExtendError, FxQuote};
use crate::groups::Groups;
use crate::identities::{Search, short};
use crate::lists::{FxMark, MergeMark, Rowless, VoidMark, listed, owned_close, owned_definition, owned_import};
use crate::projection::Projection;
use crate::rows::{AttributeColumn, NewMovement, NewRow};
use crate::undo::Mark;

/// Records are looked up so many at a time: then their waits for memory overlap.
const BLOCK: usize = 32;
/// Ids of so many records are hashed beside the looking up, on another core.
const HASHED: usize = 2_048;
/// So few are not worth another core.
const HASHED_ALONE: usize = 256;

/// Records on their way into a projection; [`Extension::finish`] makes them count. Dropped before that, nothing has changed.
#[derive(Debug)]
pub struct Extension<'p> {
    projection: &'p mut Projection,
    mark: Mark,
    codes: BookingCodes,
    namer: Namer,
    groups: Groups,
    /// The group of each new row.
    group_of: Vec<u32>,
    voids: Vec<NewVoid>,
    /// Whether a merge came.
    merged: bool,
    /// Whether all of it is to be undone.
    keep: bool,
    done: bool,
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
            groups: Groups::default(),
            group_of: Vec::new(),
            voids: Vec::new(),
            merged: false,
            keep: false,
            done: false,
            projection,
        }
    }

    /// Takes the next records: faster than one by one.
    pub fn push_all<S: AsRef<str> + Sync>(
        &mut self,
        records: impl IntoIterator<Item = Recorded<S>>,
    ) -> Result<(), ExtendError> {
        let mut records = records.into_iter();
        let mut block = Vec::new();
        loop {
            block.clear();
            block.extend(records.by_ref().take(HASHED));
            if block.is_empty() {
                return Ok(());
            }
            let (before, mut namer) = (self.projection.size, std::mem::take(&mut self.namer));
            let mut name = || block.iter().map(|record| short(namer.id(&record.event))).collect();
            let (taken, ids): (_, Vec<u64>) = if block.len() > HASHED_ALONE {
                rayon::join(|| self.take_all(&block), &mut name)
            } else {
                (self.take_all(&block), name())
            };
            self.namer = namer;
            self.projection.identities.extend(ids.into_iter().take((self.projection.size - before) as usize));
            taken?;
        }
    }

    fn take_all<S: AsRef<str>>(&mut self, records: &[Recorded<S>]) -> Result<(), ExtendError> {
        for block in records.chunks(BLOCK) {
            self.warm(block);
            block.iter().try_for_each(|record| self.take_next(record))?;
        }
        Ok(())
    }

    /// Touches the memory that looking up these records' ids will need.
    fn warm<S: AsRef<str>>(&self, block: &[Recorded<S>]) {
        let movements = block.iter().filter_map(|record| match &record.event.body {
            Body::Movement(movement) => Some(movement),
            _ => None,
        });
        let ids = movements.map(|it| (it.customer.as_ref(), it.subscription.as_ref().map_or("", AsRef::as_ref)));
        let ids: Vec<(&str, &str)> = ids.collect();
        let customers = self.projection.customers.warm(ids.iter().map(|(customer, _)| *customer));
        let subscriptions = customers.iter().zip(&ids).filter_map(|(customer, ids)| Some(((*customer)?, ids.1)));
        self.groups.warm(&self.projection.spans.names, subscriptions);
    }

    /// Takes the next record.
    pub fn push<S: AsRef<str>>(&mut self, record: &Recorded<S>) -> Result<(), ExtendError> {
        self.take_next(record)?;
        self.projection.identities.push(short(self.namer.id(&record.event)));
        Ok(())
    }

    /// Takes the next record but for its id.
    fn take_next<S: AsRef<str>>(&mut self, record: &Recorded<S>) -> Result<(), ExtendError> {
        let found = record.position.0;
        if found != self.projection.size {
            return Err(ExtendError::OutOfOrder { expected: self.projection.size, found });
        }
        let position = u32::try_from(found).ok().filter(|position| *position < crate::strings::RESERVED);
        let position = position.ok_or(ExtendError::TooLarge(found))?;
        self.take(record, position).ok_or(ExtendError::TooLarge(found))?;
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
                let group = self.groups.profiles(&self.projection.spans, customer);
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
            Some(subscription) if subscription != id => {
                self.groups.named(&mut self.projection.spans, customer, subscription)?
            }
            _ => self.groups.itself(&self.projection.spans, customer),
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
        self.groups.count_row(group);
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
        let groups = std::mem::take(&mut self.groups).into_list();
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

impl Drop for Extension<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.mark.restore(self.projection);
        }
    }
}
