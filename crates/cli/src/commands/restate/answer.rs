//! What `restate` answers: both figures, the difference, and its parts by category, record and customer.

use std::collections::{BTreeMap, BTreeSet};

use recount_ledger::Instant;
use recount_metrics::{Category, Display, Effect, RestatedPart, Restatement};
use recount_projection::{Change, ChangeKind};
use serde::Serialize;

use super::effect::{COLUMNS, EffectJson};
use super::end::End;
use super::{Args, Threshold};
use crate::commands::ndr::{Figures, WindowJson};
use crate::definition::DefinitionJson;
use crate::output::csv::Records;
use crate::output::{Page, Report};
use crate::scope::Envelope;

/// Records and customers on a table where no limit is given.
const TABLE_LIMIT: usize = 20;

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    schema: &'static str,
    window: WindowJson,
    currency: Option<String>,
    then: EndJson,
    now: EndJson,
    records_between: u64,
    difference: EffectJson,
    categories: Vec<CategoryJson>,
    records: Vec<RecordJson>,
    more_records: MoreJson,
    customers: Vec<CustomerJson>,
    more_customers: MoreJson,
    #[serde(flatten)]
    pub envelope: Envelope,
    #[serde(skip)]
    pub told: Told,
}

/// What the page for people shows.
pub struct Told {
    pub restated: Restatement,
    pub display: Display,
    pub then: String,
    pub now: String,
    pub categories: Vec<(Category, Row)>,
    pub records: Rows<Option<Change>>,
    pub customers: Rows<Option<String>>,
    /// When each record that moved something was recorded, by position.
    pub recorded: BTreeMap<u64, Option<Instant>>,
    pub limit: usize,
}

/// Some parts together.
#[derive(Clone, Default)]
pub struct Row {
    pub records: BTreeSet<u64>,
    pub customers: BTreeSet<String>,
    pub categories: BTreeSet<Category>,
    pub effect: Effect,
}

/// The rows that are listed, largest effect first, and the others as one.
pub struct Rows<K> {
    pub listed: Vec<(K, Row)>,
    pub more: usize,
    pub rest: Effect,
}

#[derive(Serialize)]
struct EndJson {
    cut: String,
    size: u64,
    #[serde(flatten)]
    figures: Figures,
    tz: &'static str,
}

#[derive(Serialize)]
struct CategoryJson {
    category: &'static str,
    records: usize,
    customers: usize,
    #[serde(flatten)]
    effect: EffectJson,
}

#[derive(Serialize)]
struct RecordJson {
    position: Option<u64>,
    category: &'static str,
    customers: BTreeSet<String>,
    effective_at: Option<String>,
    booked_at: Option<String>,
    recorded_at: Option<String>,
    takes_back: Option<u64>,
    #[serde(flatten)]
    effect: EffectJson,
}

#[derive(Serialize)]
struct CustomerJson {
    customer: Option<String>,
    records: usize,
    categories: Vec<&'static str>,
    #[serde(flatten)]
    effect: EffectJson,
}

/// What is counted without being listed.
#[derive(Serialize)]
struct MoreJson {
    count: usize,
    #[serde(flatten)]
    effect: EffectJson,
}

impl Row {
    fn add(&mut self, part: &RestatedPart, customer: Option<&str>) {
        self.records.extend(part.record.map(|change| change.position.0));
        self.customers.extend(customer.map(str::to_owned));
        self.categories.insert(part.category);
        self.effect = self.effect.plus(&part.effect);
    }
}

impl<K: Clone + Ord> Rows<K> {
    /// Largest effect on NDR first, then on any line; what the threshold or the limit hides is summed.
    fn new(rows: BTreeMap<K, Row>, threshold: Option<&Threshold>, limit: usize) -> Self {
        let mut rows: Vec<_> = rows.into_iter().collect();
        let size = |row: &Row| (row.effect.ndr.as_ref().map(|ndr| ndr.magnitude()), row.effect.largest_line());
        rows.sort_by_cached_key(|(key, row)| (std::cmp::Reverse(size(row)), key.clone()));
        let (mut listed, mut hidden): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|(_, row)| threshold.is_none_or(|least| least.admits(&row.effect)));
        hidden.extend(listed.drain(limit.min(listed.len())..));
        let rest = hidden.iter().fold(Effect::default(), |sum, (_, row)| sum.plus(&row.effect));
        Self { listed, more: hidden.len(), rest }
    }
}

impl Answer {
    /// The answer of a restatement.
    pub fn new(args: &Args, then: &End<'_>, now: &End<'_>, restated: Restatement) -> Self {
        let view = &now.scope.view;
        let name = |part: &RestatedPart| part.customer.map(|customer| view.customer_id(customer));
        let mut categories: BTreeMap<Category, Row> = BTreeMap::new();
        let mut records: BTreeMap<Option<Change>, Row> = BTreeMap::new();
        let mut customers: BTreeMap<Option<String>, Row> = BTreeMap::new();
        for part in &restated.parts {
            let customer = name(part);
            categories.entry(part.category).or_default().add(part, customer);
            if part.record.is_some() {
                records.entry(part.record).or_default().add(part, customer);
                customers.entry(customer.map(str::to_owned)).or_default().add(part, customer);
            }
        }
        let changed = records.keys().flatten().map(|change| change.position);
        let recorded = changed.map(|position| (position.0, view.projection().recorded_at(position))).collect();
        // Files and scripts get every row, a page only as many as people read.
        let all = |limit: usize| if limit == 0 { usize::MAX } else { limit };
        let limit = all(args.limit.unwrap_or(0));
        let records = Rows::new(records, args.threshold.as_ref(), limit);
        let customers = Rows::new(customers, args.threshold.as_ref(), limit);
        let told = Told {
            recorded,
            display: now.definition.parameters.display,
            then: then.told(),
            now: now.told(),
            categories: categories.into_iter().collect(),
            limit: all(args.limit.unwrap_or(TABLE_LIMIT)),
            records,
            customers,
            restated,
        };
        let category = |(category, row): &(Category, Row)| CategoryJson {
            category: category.name(),
            records: row.records.len(),
            customers: row.customers.len(),
            effect: (&row.effect).into(),
        };
        let end = |end: &End<'_>, report| EndJson {
            cut: end.name.clone(),
            size: end.scope.view.cut().size,
            figures: Figures::new(report, &DefinitionJson::of(&end.definition, &end.scope), false),
            tz: end.scope.calendar.zone().name(),
        };
        Self {
            schema: "recount.restate/1",
            window: (&now.window).into(),
            currency: told.restated.currency.map(|currency| currency.to_string()),
            then: end(then, &told.restated.then),
            now: end(now, &told.restated.now),
            records_between: told.restated.records,
            difference: (&told.restated.whole).into(),
            categories: told.categories.iter().map(category).collect(),
            records: told.records.listed.iter().map(|row| RecordJson::new(row, &told.recorded)).collect(),
            more_records: MoreJson { count: told.records.more, effect: (&told.records.rest).into() },
            customers: told.customers.listed.iter().map(CustomerJson::from).collect(),
            more_customers: MoreJson { count: told.customers.more, effect: (&told.customers.rest).into() },
            envelope: now.scope.envelope(&told.restated.now.warnings),
            told,
        }
    }

    /// The definitions of both figures.
    pub fn definitions(&self) -> [&DefinitionJson; 2] {
        [&self.then.figures.basis.definition, &self.now.figures.basis.definition]
    }
}

/// When a record took effect, where it says so.
pub fn effective_at(kind: ChangeKind) -> Option<Instant> {
    match kind {
        ChangeKind::Movement { effective_at }
        | ChangeKind::Profile { effective_at }
        | ChangeKind::Rate { effective_at } => Some(effective_at),
        ChangeKind::Replacement { .. } | ChangeKind::Void { .. } | ChangeKind::Merge => None,
    }
}

/// The record that a record takes back.
pub fn takes_back(kind: ChangeKind) -> Option<u64> {
    match kind {
        ChangeKind::Void { target } | ChangeKind::Replacement { target } => Some(target.0),
        _ => None,
    }
}

impl RecordJson {
    fn new((change, row): &(Option<Change>, Row), recorded: &BTreeMap<u64, Option<Instant>>) -> Self {
        let position = change.map(|change| change.position.0);
        let recorded_at = position.and_then(|position| *recorded.get(&position)?);
        Self {
            position,
            category: row.categories.first().map_or("", |category| category.name()),
            customers: row.customers.clone(),
            effective_at: change.and_then(|change| effective_at(change.kind)).map(|at| at.to_string()),
            booked_at: change.map(|change| change.booked_at.to_string()),
            recorded_at: recorded_at.map(|at| at.to_string()),
            takes_back: change.and_then(|change| takes_back(change.kind)),
            effect: (&row.effect).into(),
        }
    }
}

impl From<&(Option<String>, Row)> for CustomerJson {
    fn from((customer, row): &(Option<String>, Row)) -> Self {
        Self {
            customer: customer.clone(),
            records: row.records.len(),
            categories: row.categories.iter().map(|category| category.name()).collect(),
            effect: (&row.effect).into(),
        }
    }
}

impl Report for Answer {
    fn page(&self) -> Page {
        super::page::page(self)
    }

    /// One row per record, then what is not listed, then the changes of rules: they sum to the difference.
    fn records(&self) -> Records {
        let own = ["position", "category", "customers", "effective_at", "booked_at", "recorded_at", "takes_back"];
        let mut records = Records::new(own.into_iter().chain(COLUMNS));
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        for of in &self.records {
            let customers = of.customers.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
            let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
            let fields = [
                number(of.position),
                of.category.to_owned(),
                customers,
                text(&of.effective_at),
                text(&of.booked_at),
                text(&of.recorded_at),
                number(of.takes_back),
            ];
            records.row(fields.into_iter().chain(of.effect.fields()));
        }
        let mut beside = |category: &str, effect: &EffectJson| {
            let fields = ["", category, "", "", "", "", ""].map(str::to_owned);
            records.row(fields.into_iter().chain(effect.fields()));
        };
        if self.more_records.count > 0 {
            beside("more", &self.more_records.effect);
        }
        self.categories.iter().filter(|of| of.records == 0).for_each(|of| beside(of.category, &of.effect));
        records
    }
}
