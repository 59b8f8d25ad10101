//! Which records bear on a figure: those of the customers that may be in its cohort, and what touches these.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use recount_ledger::{Body, Currency, EventId, Instant, Position, ReadError, Reader, Recorded};
use recount_metrics::{Combine, Definition, Grain, GrossMethod, NetMethod, Window};

use crate::error::CommandError;

/// What a figure asks of its records.
pub struct Needs {
    /// Customers with a movement that takes effect before it are behind the figure.
    before: Instant,
    /// Records from here on are not admitted.
    size: u64,
    /// The currency of the report.
    currency: Option<Currency>,
    /// The definition that the ledger holds, by name and version.
    definition: Option<(String, u32)>,
    /// The close that the cut names.
    close: Option<Position>,
}

impl Needs {
    /// The needs of a figure. Who was won inside the window counts nowhere, unless the definition looks at everybody,
    /// groups customers, or has parts with cohorts of their own.
    pub fn of(definition: &Definition, window: &Window, size: u64, currency: Option<Currency>) -> Self {
        let of = &definition.parameters;
        let cohort_alone = of.net.method != NetMethod::AllMovements
            && of.gross.method != GrossMethod::AllMovements
            && of.window.combine == Combine::Whole
            && !matches!(of.cohort.grain, Grain::Attribute(_));
        let before = if cohort_alone { window.open.0 } else { window.close.0 };
        let published = definition.version.filter(|version| *version > 0);
        let definition = published.map(|version| (definition.name.clone(), version));
        Self { before, size, currency, definition, close: None }
    }

    /// The same for a figure as of a close.
    pub fn with_close(self, close: Option<Position>) -> Self {
        Self { close, ..self }
    }
}

/// The records of a ledger, oldest first, as often as they are asked for.
pub trait Records {
    /// Shows every record.
    fn each(&self, show: &mut dyn FnMut(&Recorded<&str>)) -> Result<(), ReadError>;
}

impl Records for Reader {
    fn each(&self, show: &mut dyn FnMut(&Recorded<&str>)) -> Result<(), ReadError> {
        for chunk in self.read(..)? {
            chunk?.records().for_each(|record| show(&record));
        }
        Ok(())
    }
}

/// The records behind a figure, oldest first.
pub fn select(records: &dyn Records, needs: &Needs) -> Result<Vec<Recorded>, CommandError> {
    let customers = customers(records, needs)?;
    let mut chosen = Chosen { needs, customers, ids: HashSet::new(), currencies: BTreeSet::new(), records: Vec::new() };
    records.each(&mut |record| chosen.take(record))?;
    Ok(chosen.finish())
}

/// Everybody who may be in the cohort, and who is one with them by a merge or a record that replaced one of theirs.
fn customers(records: &dyn Records, needs: &Needs) -> Result<HashSet<String>, ReadError> {
    let (mut found, mut links, mut replaced) = (BTreeSet::new(), Links::default(), HashMap::<EventId, String>::new());
    records.each(&mut |record| match &record.event.body {
        _ if record.position.0 >= needs.size => (),
        Body::Movement(movement) => {
            if movement.effective_at.at < needs.before {
                found.insert(movement.customer.to_owned());
            }
            if let Some(replaces) = &movement.replaces {
                replaced.insert(replaces.target, movement.customer.to_owned());
            }
        }
        Body::Merge(merge) => links.join(merge.customer, merge.into),
        _ => (),
    })?;
    if !replaced.is_empty() {
        records.each(&mut |record| {
            let owner = owner(&record.event.body).filter(|_| record.position.0 < needs.size);
            let by = owner.and_then(|_| replaced.get(&record.event.id()));
            if let (Some(owner), Some(by)) = (owner, by) {
                links.join(owner, by);
            }
        })?;
    }
    Ok(links.reached(found))
}

/// Whose record it is.
fn owner<'a>(body: &'a Body<&'a str>) -> Option<&'a str> {
    match body {
        Body::Movement(movement) => Some(movement.customer),
        Body::Profile(profile) => Some(profile.customer),
        Body::OneTime(charge) => Some(charge.customer),
        Body::Merge(merge) => Some(merge.customer),
        _ => None,
    }
}

/// Customers that cannot be told one without the other.
#[derive(Default)]
struct Links(BTreeMap<String, Vec<String>>);

impl Links {
    fn join(&mut self, one: &str, other: &str) {
        self.0.entry(one.to_owned()).or_default().push(other.to_owned());
        self.0.entry(other.to_owned()).or_default().push(one.to_owned());
    }

    /// Everybody who is linked to one of these, over however many.
    fn reached(&self, from: BTreeSet<String>) -> HashSet<String> {
        let mut next: Vec<String> = from.into_iter().collect();
        let mut reached: HashSet<String> = next.iter().cloned().collect();
        while let Some(one) = next.pop() {
            for other in self.0.get(&one).into_iter().flatten() {
                if reached.insert(other.clone()) {
                    next.push(other.clone());
                }
            }
        }
        reached
    }
}

struct Chosen<'n> {
    needs: &'n Needs,
    customers: HashSet<String>,
    /// The ids of the chosen records, to know which voids concern them.
    ids: HashSet<EventId>,
    /// The currencies of the chosen amounts.
    currencies: BTreeSet<Currency>,
    records: Vec<Recorded>,
}

impl Chosen<'_> {
    fn take(&mut self, record: &Recorded<&str>) {
        let admitted = record.position.0 < self.needs.size;
        let ours = |id: &str| admitted && self.customers.contains(id);
        let chosen = match &record.event.body {
            Body::Movement(movement) => ours(movement.customer),
            Body::Profile(profile) => ours(profile.customer),
            Body::OneTime(charge) => ours(charge.customer),
            Body::Merge(merge) => ours(merge.customer),
            Body::Void(void) => admitted && self.ids.contains(&void.target),
            // Whether they bear on the figure shows when all amounts are known.
            Body::FxRate(_) => admitted,
            Body::Definition(it) => {
                self.needs.definition.as_ref().is_some_and(|(name, version)| (it.name, it.version) == (name, *version))
            }
            Body::Close(_) => self.needs.close == Some(record.position),
            Body::Import(import) => admitted && import.positions.is_some_and(|(first, last)| self.holds(first, last)),
        };
        if !chosen {
            return;
        }
        if let Body::Movement(movement) = &record.event.body {
            self.currencies.extend(movement.currency.map(|denomination| denomination.currency));
        }
        self.ids.insert(record.event.id());
        let event = record.event.to_owned_event();
        self.records.push(Recorded { position: record.position, recorded_at: record.recorded_at, event });
    }

    /// Whether any record but rates is chosen among these positions: the file that they came from is told then.
    fn holds(&self, first: u64, last: u64) -> bool {
        let from = self.records.partition_point(|record| record.position.0 < first);
        let rows = self.records[from..].iter().take_while(|record| record.position.0 <= last);
        rows.into_iter().any(|record| !matches!(record.event.body, Body::FxRate(_)))
    }

    /// Rates bear on nothing where there is but one currency, nor do the voids of rates.
    fn finish(mut self) -> Vec<Recorded> {
        self.currencies.extend(self.needs.currency);
        if self.currencies.len() > 1 {
            return self.records;
        }
        let is_rate = |record: &&Recorded| matches!(record.event.body, Body::FxRate(_));
        let rates: HashSet<EventId> = self.records.iter().filter(is_rate).map(|rate| rate.event.id()).collect();
        self.records.retain(|record| match &record.event.body {
            Body::FxRate(_) => false,
            Body::Void(void) => !rates.contains(&void.target),
            _ => true,
        });
        self.records
    }
}
