//! `recount append`: one event, from flags named like the native columns.

use std::ffi::OsString;

use recount_import::{KindNames, Rules, event_from_fields};
use recount_ledger::{Currency, DEFAULT_SOURCE, Event, Expected, Options, Outcome, Writer};
use recount_projection::Strict;
use serde::Serialize;

use crate::closed::{self, Changes};
use crate::context::{Context, recorded_by};
use crate::error::CommandError;
use crate::load::{self, Book, only_currency};
use crate::output::csv::Records;
use crate::output::{Page, Report};

const EXAMPLES: &str = "\
Examples:
  recount append --kind new_logo --customer-id acme --effective-at 2025-03-01 --mrr 1200 --currency USD
  recount append --kind upgrade --customer-id acme --effective-at 2025-06-01 --mrr 1500 --event-id crm-4711
  recount append --kind churn --customer-id acme --effective-at 2025-09-30 --booked-at 2025-09-12T10:00:00Z
  recount append --kind profile --customer-id acme --effective-at 2025-01-01 --attr region=emea --attr size=mid
  recount append --kind fx_rate --base EUR --quote USD --rate 1.0842 --effective-at 2025-06-30

It returns once the event is durable. Appending the same event again changes nothing and says so. An event that changes
a closed period is recorded, and reported as a prior-period adjustment; --refuse-closed refuses it.";

/// Flags of `append`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What it is: new_logo, upgrade, downgrade, churn, reactivation, change, profile, merge, one_time, fx_rate, void
    #[arg(long)]
    pub kind: String,
    /// Key of the event in its source, or a UUID [default: made from what the event says]
    #[arg(long)]
    pub event_id: Option<String>,
    /// The customer
    #[arg(long)]
    pub customer_id: Option<String>,
    /// The subscription, within the customer [default: the customer's id]
    #[arg(long)]
    pub subscription_id: Option<String>,
    /// When it takes effect: a date or an instant
    #[arg(long, value_name = "T")]
    pub effective_at: Option<String>,
    /// When the source knew it [default: now]
    #[arg(long, value_name = "T")]
    pub booked_at: Option<String>,
    /// The subscription's MRR after it
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    pub mrr: Option<String>,
    /// The MRR before it, checked against the ledger's
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    pub mrr_before: Option<String>,
    /// Currency of the amounts [default: the ledger's]
    #[arg(long, value_name = "CODE")]
    pub currency: Option<Currency>,
    /// The plan
    #[arg(long)]
    pub plan: Option<String>,
    /// How many units
    #[arg(long, allow_negative_numbers = true)]
    pub quantity: Option<String>,
    /// Amount of a one_time charge, below 0 for a credit
    #[arg(long, allow_negative_numbers = true)]
    pub amount: Option<String>,
    /// Event id of the record that it voids or replaces
    #[arg(long, value_name = "EVENT_ID")]
    pub voids: Option<String>,
    /// Why it voids or replaces
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// The customer that a merged one is
    #[arg(long, value_name = "CUSTOMER")]
    pub into: Option<String>,
    /// Currency that a rate prices
    #[arg(long, value_name = "CODE")]
    pub base: Option<String>,
    /// Currency of the price
    #[arg(long, value_name = "CODE")]
    pub quote: Option<String>,
    /// The exchange rate
    #[arg(long, allow_negative_numbers = true)]
    pub rate: Option<String>,
    /// Attribute of the customer (repeatable); --attr.NAME VALUE works, too
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_value)]
    pub attr: Vec<(String, String)>,
    /// Refuse the event if it brings a contradiction
    #[arg(long)]
    pub strict: bool,
    /// Refuse the event if it changes the figures of a closed period
    #[arg(long)]
    pub refuse_closed: bool,
    /// The system that the event comes from
    #[arg(long, value_name = "NAME", default_value = DEFAULT_SOURCE)]
    pub source: String,
}

/// `--attr.NAME VALUE` as `--attr NAME=VALUE`: the flags are named like the columns, and these have names without end.
pub fn spread_attributes(typed: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut words = typed.into_iter();
    let mut spread = Vec::new();
    while let Some(word) = words.next() {
        match word.to_str().and_then(|text| text.strip_prefix("--attr.")) {
            Some(glued) if glued.contains('=') => spread.extend(["--attr".into(), glued.into()]),
            Some(name) => {
                let mut pair = OsString::from(format!("{name}="));
                pair.push(words.next().unwrap_or_default());
                spread.extend(["--attr".into(), pair]);
            }
            None => spread.push(word),
        }
    }
    spread
}

fn name_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it like region=emea".to_owned()),
    }
}

impl Args {
    /// The native names and values that were given.
    fn fields(&self) -> Vec<(String, String)> {
        let currency = self.currency.map(|currency| currency.to_string());
        let given = [
            ("kind", Some(&self.kind)),
            ("event_id", self.event_id.as_ref()),
            ("customer_id", self.customer_id.as_ref()),
            ("subscription_id", self.subscription_id.as_ref()),
            ("effective_at", self.effective_at.as_ref()),
            ("booked_at", self.booked_at.as_ref()),
            ("mrr", self.mrr.as_ref()),
            ("mrr_before", self.mrr_before.as_ref()),
            ("currency", currency.as_ref()),
            ("plan", self.plan.as_ref()),
            ("quantity", self.quantity.as_ref()),
            ("amount", self.amount.as_ref()),
            ("voids", self.voids.as_ref()),
            ("reason", self.reason.as_ref()),
            ("into", self.into.as_ref()),
            ("base", self.base.as_ref()),
            ("quote", self.quote.as_ref()),
            ("rate", self.rate.as_ref()),
        ];
        let fields = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.clone())));
        fields.chain(self.attr.iter().map(|(name, value)| (format!("attr.{name}"), value.clone()))).collect()
    }

    /// Whether the event states an amount for which the ledger may have to know the currency.
    const fn needs_currency(&self) -> bool {
        self.currency.is_none() && (self.mrr.is_some() || self.mrr_before.is_some() || self.amount.is_some())
    }
}

/// Appends the event.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let mut options = Options::default();
    if args.strict {
        options.admission = Some(Box::new(Strict::new(Book::open(context)?.projection)));
    }
    let writer = Writer::open(&context.dir, options)?;
    let currency = match writer.header().currency {
        None if args.needs_currency() => {
            only_currency(writer.header(), &load::projection(&context.dir, &writer, &mut context.out)?)
        }
        known => known,
    };
    let rules = Rules {
        source: args.source.clone(),
        file: None,
        recorded_by: recorded_by("append"),
        zone: context.zone(writer.header()),
        currency,
        kinds: KindNames::default(),
    };
    let fields = args.fields();
    let event = event_from_fields(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())), &rules)?;
    record(writer, event, args.refuse_closed, context)
}

/// Appends one event and prints where it stands, and which closed periods it changes.
pub fn record(
    mut writer: Writer,
    event: Event,
    refuse_closed: bool,
    context: &mut Context,
) -> Result<(), CommandError> {
    let changes = closed::of_append(&mut writer, &event, context)?;
    if refuse_closed && !changes.is_empty() {
        return Err(changes.refused());
    }
    let outcomes = writer.append(vec![event], Expected::Any)?;
    let outcome = outcomes.first().expect("an append answers every event");
    changes.tell(context)?;
    context.out.report(&Appended::new(outcome, changes))
}

#[derive(Serialize)]
struct Appended {
    schema: &'static str,
    position: u64,
    event_id: String,
    duplicate: bool,
    #[serde(flatten)]
    changes: Changes,
}

impl Appended {
    fn new(outcome: &Outcome, changes: Changes) -> Self {
        Self {
            schema: "recount.append/1",
            position: outcome.position.0,
            event_id: outcome.id.to_string(),
            duplicate: outcome.duplicate,
            changes,
        }
    }
}

impl Report for Appended {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let (position, id) = (self.position, &self.event_id);
        if self.duplicate {
            page.line(format!("a duplicate: event {id} stands at position {position} already, nothing was recorded"));
        } else {
            page.line(format!("recorded at position {position}, event {id}"));
        }
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["position", "event_id", "duplicate", "closes_changed"]);
        let changed = self.changes.closes().join(";");
        records.row([self.position.to_string(), self.event_id.clone(), self.duplicate.to_string(), changed]);
        records
    }
}
