//! Records into columns.

use rustc_hash::FxHashMap;

use super::attributes::{self, NAMES_MAX, ROW_ATTRIBUTES_MAX};
use super::blocks::BlockWriter;
use super::columns::{CLAIMS, KEY_CONTENT, KEY_NAMED, KEY_UUID, PROFILE, WHOLE};
use super::{derived, ints, presence, texts};
use crate::amount::Amount;
use crate::codec::content::encode_content;
use crate::event::{Body, Denomination, Event, Moment, Movement};
use crate::id::Key;
use crate::instant::Instant;
use crate::record::Recorded;
use crate::validate::TEXT_BYTES_MAX;

/// A row that is kept in columns.
struct Row<'a, S> {
    event: &'a Event<S>,
    customer: &'a str,
    effective_at: Moment,
    attributes: Vec<(&'a str, &'a str)>,
    movement: Option<&'a Movement<S>>,
}

/// Writes the columns of records.
pub(super) fn write<S: AsRef<str>>(records: &[Recorded<S>], out: &mut BlockWriter) {
    write_recorded_at(records, out);
    let many_names = has_many_names(records);
    let (mut kinds, mut rows, mut whole) =
        (Vec::with_capacity(records.len()), Vec::with_capacity(records.len()), Vec::new());
    for record in records {
        match row(&record.event).filter(|row| row.attributes.is_empty() || !many_names) {
            Some(row) => {
                kinds.push(row.movement.map_or(PROFILE, |m| m.claim as usize) as i64);
                rows.push(row);
            }
            None => {
                kinds.push(WHOLE as i64);
                whole.push(&record.event);
            }
        }
    }
    ints::write_narrow(&kinds, out);
    write_rows(&rows, out);
    write_whole(&whole, out);
}

/// `recorded_at` is one value for a whole batch: a count and a step for each.
fn write_recorded_at<S>(records: &[Recorded<S>], out: &mut BlockWriter) {
    let runs: Vec<(Instant, usize)> =
        records.chunk_by(|a, b| a.recorded_at == b.recorded_at).map(|run| (run[0].recorded_at, run.len())).collect();
    out.put(runs.len() as u64);
    ints::write_narrow(&runs.iter().map(|(at, _)| at.micros()).collect::<Vec<_>>(), out);
    ints::write_narrow(&runs.iter().map(|(_, count)| *count as i64).collect::<Vec<_>>(), out);
}

fn has_many_names<S: AsRef<str>>(records: &[Recorded<S>]) -> bool {
    let mut names = rustc_hash::FxHashSet::default();
    let mut last = "";
    for (name, _) in records.iter().flat_map(|record| attributes_of(&record.event)) {
        if name.as_ref() != last {
            names.insert(name.as_ref());
            last = name.as_ref();
        }
    }
    names.len() > NAMES_MAX
}

fn attributes_of<S>(event: &Event<S>) -> &[(S, S)] {
    match &event.body {
        Body::Movement(movement) => &movement.attributes,
        Body::Profile(profile) => &profile.attributes,
        _ => &[],
    }
}

/// The event as a row of columns; none where it must be kept whole.
fn row<S: AsRef<str>>(event: &Event<S>) -> Option<Row<'_, S>> {
    let (customer, effective_at, movement) = match &event.body {
        Body::Movement(movement) => (movement.customer.as_ref(), movement.effective_at, Some(movement)),
        Body::Profile(profile) => (profile.customer.as_ref(), profile.effective_at, None),
        _ => return None,
    };
    let attributes: Vec<_> = attributes_of(event).iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    let row = Row { event, customer, effective_at, attributes, movement };
    let fits = row.attributes.len() <= ROW_ATTRIBUTES_MAX
        && row.longest() <= TEXT_BYTES_MAX
        && event.origin.row.is_none_or(|row| i64::try_from(row).is_ok());
    fits.then_some(row)
}

impl<S: AsRef<str>> Row<'_, S> {
    fn longest(&self) -> usize {
        let length = |text: Option<&S>| text.map_or(0, |text| text.as_ref().len());
        let key = if let Key::Named(key) = &self.event.key { key.as_ref().len() } else { 0 };
        let origin = [length(Some(&self.event.origin.source)), length(self.event.origin.file.as_ref())];
        let head = [length(Some(&self.event.recorded_by)), length(self.event.zone.as_ref()), self.customer.len(), key];
        let body = self.movement.map_or([0; 3], |m| {
            let reason = m.replaces.as_ref().and_then(|r| r.reason.as_ref());
            [length(m.subscription.as_ref()), length(m.plan.as_ref()), length(reason)]
        });
        let attributes = self.attributes.iter().map(|(name, value)| name.len().max(value.len()));
        attributes.chain(origin).chain(head).chain(body).max().unwrap_or(0)
    }
}

fn write_rows<S: AsRef<str>>(rows: &[Row<'_, S>], out: &mut BlockWriter) {
    write_keys(rows, out);
    write_texts(rows.iter().map(|row| row.event.origin.source.as_ref()), out);
    write_optional(rows.iter().map(|row| row.event.origin.file.as_ref().map(AsRef::as_ref)), out);
    let file_rows: Vec<Option<i128>> = rows.iter().map(|row| row.event.origin.row.map(i128::from)).collect();
    write_numbers(&file_rows, out);
    write_texts(rows.iter().map(|row| row.event.recorded_by.as_ref()), out);
    write_moments(rows.iter().map(|row| row.event.booked_at), out);
    write_optional(rows.iter().map(|row| row.event.zone.as_ref().map(AsRef::as_ref)), out);
    write_texts(rows.iter().map(|row| row.customer), out);
    write_moments(rows.iter().map(|row| Some(row.effective_at)), out);
    write_subscriptions(rows, out);
    write_amounts(rows, |movement| movement.mrr, out);
    write_amounts(rows, |movement| movement.mrr_before, out);
    write_currencies(rows.iter().map(|row| row.movement.and_then(|m| m.currency)), out);
    write_optional(rows.iter().map(|row| row.movement.and_then(|m| m.plan.as_ref()).map(AsRef::as_ref)), out);
    write_amounts(rows, |movement| movement.quantity, out);
    attributes::write(&rows.iter().map(|row| &row.attributes[..]).collect::<Vec<_>>(), out);
    write_replaced(rows, out);
}

fn write_keys<S: AsRef<str>>(rows: &[Row<'_, S>], out: &mut BlockWriter) {
    let (mut kinds, mut named, mut uuids, mut ordinals) =
        (Vec::with_capacity(rows.len()), Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        kinds.push(match &row.event.key {
            Key::Named(key) => {
                named.push(key.as_ref());
                KEY_NAMED
            }
            Key::Uuid(uuid) => {
                uuids.push(*uuid.as_bytes());
                KEY_UUID
            }
            Key::Content { ordinal } => {
                ordinals.push(i64::from(*ordinal));
                KEY_CONTENT
            }
        } as i64);
    }
    ints::write_narrow(&kinds, out);
    texts::write(&named, out);
    write_uuids(&uuids, out);
    ints::write_narrow(&ordinals, out);
}

fn write_uuids(ids: &[[u8; 16]], out: &mut BlockWriter) {
    if !ids.is_empty() {
        (0..16).for_each(|plane| out.block(|bytes| bytes.extend(ids.iter().map(|id| id[plane]))));
    }
}

fn write_texts<'a>(values: impl Iterator<Item = &'a str>, out: &mut BlockWriter) {
    texts::write(&values.collect::<Vec<_>>(), out);
}

fn write_optional<'a>(values: impl Iterator<Item = Option<&'a str>>, out: &mut BlockWriter) {
    let values: Vec<Option<&str>> = values.collect();
    write_presence(&values, out);
    write_texts(values.into_iter().flatten(), out);
}

fn write_presence<T>(values: &[Option<T>], out: &mut BlockWriter) {
    presence::write(&values.iter().map(Option::is_some).collect::<Vec<_>>(), out);
}

fn write_numbers(values: &[Option<i128>], out: &mut BlockWriter) {
    write_presence(values, out);
    ints::write(&values.iter().flatten().copied().collect::<Vec<_>>(), out);
}

fn write_moments(values: impl Iterator<Item = Option<Moment>>, out: &mut BlockWriter) {
    let values: Vec<Option<Moment>> = values.collect();
    write_presence(&values, out);
    let present = || values.iter().flatten();
    ints::write_narrow(&present().map(|moment| moment.at.micros()).collect::<Vec<_>>(), out);
    presence::write(&present().map(|moment| moment.is_date).collect::<Vec<_>>(), out);
}

fn write_amounts<S>(rows: &[Row<'_, S>], amount: impl Fn(&Movement<S>) -> Option<Amount>, out: &mut BlockWriter) {
    let units = |row: &Row<'_, S>| row.movement.and_then(&amount).map(Amount::units);
    write_numbers(&rows.iter().map(units).collect::<Vec<_>>(), out);
}

fn write_currencies(values: impl Iterator<Item = Option<Denomination>>, out: &mut BlockWriter) {
    let mut entries: FxHashMap<[u8; 4], i64> = FxHashMap::default();
    let mut listed = Vec::new();
    let index = |value: Option<Denomination>| {
        let Some(Denomination { currency, given }) = value else { return 0 };
        let [a, b, c] = currency.bytes();
        let entry = [a, b, c, u8::from(given)];
        *entries.entry(entry).or_insert_with(|| {
            listed.push(entry);
            listed.len() as i64
        })
    };
    let indexes: Vec<i64> = values.map(index).collect();
    out.put(listed.len() as u64);
    out.block(|bytes| bytes.extend(listed.iter().flatten()));
    ints::write_narrow(&indexes, out);
}

fn write_subscriptions<S: AsRef<str>>(rows: &[Row<'_, S>], out: &mut BlockWriter) {
    let subscription = |row: &Row<'_, S>| row.movement.and_then(|m| m.subscription.as_ref()).is_some();
    presence::write(&rows.iter().map(subscription).collect::<Vec<_>>(), out);
    let with = rows.iter().filter_map(|row| Some((row.movement?.subscription.as_ref()?.as_ref(), row.customer)));
    let (subscriptions, customers): (Vec<&str>, Vec<&str>) = with.unzip();
    derived::write(&subscriptions, &customers, out);
}

fn write_replaced<S: AsRef<str>>(rows: &[Row<'_, S>], out: &mut BlockWriter) {
    let replaced: Vec<_> = rows.iter().map(|row| row.movement.and_then(|m| m.replaces.as_ref())).collect();
    write_presence(&replaced, out);
    let present = || replaced.iter().flatten();
    write_uuids(&present().map(|r| *r.target.uuid().as_bytes()).collect::<Vec<_>>(), out);
    write_optional(present().map(|r| r.reason.as_ref().map(AsRef::as_ref)), out);
}

fn write_whole<S: AsRef<str>>(events: &[&Event<S>], out: &mut BlockWriter) {
    let (mut bytes, mut lengths) = (Vec::new(), Vec::with_capacity(events.len()));
    for event in events {
        let start = bytes.len();
        encode_content(event, &mut bytes);
        lengths.push((bytes.len() - start) as i64);
    }
    ints::write_narrow(&lengths, out);
    out.block(|block| block.extend_from_slice(&bytes));
}

const _: () = {
    // The kind of a movement's row is its claim's place in this list.
    let mut i = 0;
    while i < CLAIMS.len() {
        assert!(CLAIMS[i] as usize == i);
        i += 1;
    }
};
