//! The same answers from the records themselves, the slow way.

use std::collections::{BTreeMap, BTreeSet};

use recount_ledger::{Body, Currency, Instant, Movement, Recorded};
use recount_projection::{Boundary, Cut, Projection, View};

/// What a view says, in ids.
#[derive(Debug, PartialEq, Eq, Default)]
pub struct Dump {
    /// Customer, owner, subscription: positions of its levels.
    pub levels: BTreeMap<(String, String, String), Vec<u64>>,
    /// Customer and boundary: the sum of its subscriptions.
    pub mrr: BTreeMap<(String, i64), i128>,
    /// Customer, attribute, boundary (none is the latest): the value.
    pub attributes: BTreeMap<(String, String, Option<i64>), String>,
    pub contradictions: Vec<u64>,
    pub rates: Vec<u64>,
    pub currencies: Vec<Currency>,
    pub newest_booking: Option<Instant>,
    pub first_movement: Option<Instant>,
    pub unsealed: u64,
    pub zones: Vec<(String, u64)>,
}

const NAMES: [&str; 3] = ["a0", "a1", "a2"];

/// Says it by the projection.
pub fn by_projection(projection: &Projection, cut: Cut, boundaries: &[Instant]) -> Dump {
    let view = projection.view(cut).expect("no circles in this world");
    let mut dump = Dump {
        contradictions: view.contradictions().iter().map(|it| it.position.0).collect(),
        rates: view.fx_rates().map(|rate| rate.position.0).collect(),
        currencies: view.currencies().to_vec(),
        newest_booking: view.newest_booking(),
        first_movement: view.first_movement(),
        unsealed: view.unsealed_knowledge(),
        zones: view.bare_date_zones().into_iter().map(|(zone, count)| (zone.to_owned(), count)).collect(),
        ..Dump::default()
    };
    assert_eq!(view.contradiction_count(), dump.contradictions.len() as u64);
    for customer in view.customers() {
        let id = view.customer_id(customer).to_owned();
        assert_eq!(view.customer(&id), Some(customer));
        for subscription in view.subscriptions(customer) {
            let (owner, name) = view.subscription_key(subscription);
            let levels: Vec<_> = view.levels(subscription).collect();
            for boundary in boundaries {
                let last = levels.iter().rev().find(|level| level.effective_at < *boundary);
                assert_eq!(view.level_at(subscription, Boundary(*boundary)), last.map(|l| (l.mrr, l.currency)));
            }
            if !levels.is_empty() {
                let key = (id.clone(), view.customer_id(owner).to_owned(), name.to_owned());
                dump.levels.insert(key, levels.iter().map(|level| level.position.0).collect());
            }
        }
        for boundary in boundaries {
            let mrr = view.mrr_at(customer, Boundary(*boundary));
            if mrr != 0 {
                dump.mrr.insert((id.clone(), boundary.micros()), mrr);
            }
        }
        attributes(&view, customer, &id, boundaries, &mut dump);
    }
    dump
}

fn attributes(
    view: &View<'_>,
    customer: recount_projection::CustomerIx,
    id: &str,
    boundaries: &[Instant],
    dump: &mut Dump,
) {
    for attribute in NAMES.iter().filter_map(|name| view.attribute(name)) {
        let changes = attribute.changes(customer);
        for boundary in boundaries.iter().map(|at| Some(*at)).chain([None]) {
            let value = attribute.value_at(customer, boundary.map(Boundary));
            let last = changes.iter().rev().find(|(at, _)| boundary.is_none_or(|boundary| *at < boundary));
            assert_eq!(value, last.map(|(_, value)| *value));
            if let Some(value) = value {
                let key = (id.to_owned(), attribute.name().to_owned(), boundary.map(Instant::micros));
                dump.attributes.insert(key, attribute.text(value).to_owned());
            }
        }
    }
}

/// Says it by the records.
pub fn by_records(records: &[Recorded], cut: Cut, boundaries: &[Instant]) -> Dump {
    let admits = |record: &&Recorded| {
        record.position.0 < cut.size && cut.known_at.is_none_or(|known_at| record.booked_at() < known_at.0)
    };
    let admitted: Vec<&Recorded> = records.iter().filter(admits).collect();
    let taken_back: BTreeSet<_> = admitted.iter().filter_map(|record| record.event.voids()).collect();
    let mut live: Vec<&Recorded> =
        admitted.iter().copied().filter(|record| !taken_back.contains(&record.event.id())).collect();
    live.sort_by_key(|record| (record.event.effective_at().map(|m| m.at), record.booked_at(), record.position));
    let mut merged = BTreeMap::new();
    for record in &live {
        if let Body::Merge(merge) = &record.event.body {
            merged.insert(merge.customer.as_str(), merge.into.as_str());
        }
    }
    let root = |id: &str| {
        let mut id = id.to_owned();
        while let Some(into) = merged.get(id.as_str()) {
            (*into).clone_into(&mut id);
        }
        id
    };
    let mut dump = Dump::default();
    let mut movements: Vec<(&Recorded, &Movement)> = Vec::new();
    for record in &live {
        let (customer, attributes) = match &record.event.body {
            Body::Movement(movement) => {
                movements.push((record, movement));
                (&movement.customer, &movement.attributes)
            }
            Body::Profile(profile) => (&profile.customer, &profile.attributes),
            Body::FxRate(_) => {
                dump.rates.push(record.position.0);
                continue;
            }
            _ => continue,
        };
        let effective = record.event.effective_at().expect("dated").at;
        for (name, value) in attributes {
            for boundary in boundaries.iter().map(|at| Some(*at)).chain([None]) {
                if boundary.is_none_or(|boundary| effective < boundary) {
                    let key = (root(customer), name.clone(), boundary.map(Instant::micros));
                    dump.attributes.insert(key, value.clone());
                }
            }
        }
    }
    dump.rates.sort_by_key(|position| {
        let record = &records[*position as usize];
        (record.event.effective_at().map(|m| m.at), record.position)
    });
    for (record, movement) in &movements {
        let key = (root(&movement.customer), movement.customer.clone(), movement.subscription_id().to_owned());
        dump.levels.entry(key).or_default().push(record.position.0);
    }
    dump.mrr = mrr(&movements, boundaries, &root);
    let used = movements.iter().filter(|(_, movement)| !movement.mrr_after().is_zero());
    dump.currencies = used.filter_map(|(_, movement)| movement.currency).map(|it| it.currency).collect();
    dump.currencies.sort();
    dump.currencies.dedup();
    let told = |record: &&&Recorded| !matches!(record.event.body, Body::FxRate(_));
    dump.newest_booking = admitted.iter().filter(told).map(|record| record.booked_at()).max();
    dump.first_movement = movements.iter().map(|(_, movement)| movement.effective_at.at).min();
    let late = |record: &&&Recorded| cut.known_at.is_some_and(|known_at| record.recorded_at >= known_at.0);
    dump.unsealed = admitted.iter().filter(late).count() as u64;
    dump.zones = zones(&live);
    dump.contradictions = super::claims::contradictions(&movements, root);
    dump
}

/// What each resolved customer pays at each boundary.
fn mrr(
    movements: &[(&Recorded, &Movement)],
    boundaries: &[Instant],
    root: &impl Fn(&str) -> String,
) -> BTreeMap<(String, i64), i128> {
    let mut mrr = BTreeMap::new();
    for boundary in boundaries {
        let mut last = BTreeMap::new();
        for (record, movement) in movements {
            if record.event.effective_at().expect("dated").at < *boundary {
                last.insert((&movement.customer, movement.subscription_id()), movement.mrr_after().units());
            }
        }
        for ((customer, _), units) in last.into_iter().filter(|(_, units)| *units != 0) {
            *mrr.entry((root(customer), boundary.micros())).or_default() += units;
        }
    }
    mrr
}

/// How many live records have a date that began in which zone.
fn zones(live: &[&Recorded]) -> Vec<(String, u64)> {
    let dated =
        |record: &&&Recorded| matches!(record.event.body, Body::Movement(_) | Body::Profile(_) | Body::FxRate(_));
    let mut zones: BTreeMap<String, u64> = BTreeMap::new();
    for zone in live.iter().filter(dated).filter_map(|record| record.event.zone.clone()) {
        *zones.entry(zone).or_default() += 1;
    }
    zones.into_iter().collect()
}
