//! `recount log`: the records, oldest first.

use std::collections::HashSet;
use std::time::Duration;

use recount_import::{fields_of, record_json};
use recount_ledger::{Body, Instant, Key, Reader, Recorded, Zone};
use recount_projection::Boundary;

use crate::args::{CutArgs, Format};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::load::Book;
use crate::output::csv::Records;
use crate::output::moment::local;
use crate::output::money::record_amount;
use crate::output::{Cell, Column, Page, Style, Table};
use crate::scope::Scope;

const EXAMPLES: &str = "\
Examples:
  recount log --customer acme
  recount log --from 1200                          from position 1200 on
  recount log -o json | jq -r .event_id
  recount log --follow -o json                     and whatever is recorded from now on
  recount log --known-at 2025-01-14";

/// Flags of `log`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Records that name this customer
    #[arg(long, value_name = "ID")]
    pub customer: Option<String>,
    /// From this position on
    #[arg(long, value_name = "P", default_value_t = 0)]
    pub from: u64,
    /// Go on with what is recorded from now on, until interrupted
    #[arg(long, conflicts_with_all = ["known_at", "ledger_at"])]
    pub follow: bool,
    /// What was known.
    #[command(flatten)]
    pub cut: CutArgs,
}

/// How long a follower waits before it looks again.
const PAUSE: Duration = Duration::from_millis(200);
/// Rows of one table: a longer log is printed as several, so that it appears as it is read.
const ROWS: usize = 2_048;

/// Prints the records.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let mut reader = context.reader()?;
    let filter = Filter::new(args, context)?;
    let mut next = print(&reader, args.from, &filter, context)?;
    if !args.follow {
        return Ok(());
    }
    loop {
        context.out.flush()?;
        std::thread::sleep(PAUSE);
        reader = context.reader()?;
        if reader.size() > next {
            next = print(&reader, next, &filter, context)?;
        }
    }
}

/// Which records are shown.
struct Filter {
    customers: Option<HashSet<String>>,
    known_at: Option<Instant>,
    size: u64,
}

impl Filter {
    /// The projection is asked only where a cut or a customer needs it: the plain log works without.
    fn new(args: &Args, context: &mut Context) -> Result<Self, CommandError> {
        if args.cut.known_at.is_none() && args.cut.ledger_at.is_none() && args.customer.is_none() {
            return Ok(Self { customers: None, known_at: None, size: u64::MAX });
        }
        let book = Book::open(context)?;
        let scope = Scope::new(&book, &args.cut, context)?;
        let cut = scope.view.cut();
        let known_at = cut.known_at.map(|Boundary(at)| at);
        let customers = args.customer.as_deref().map(|id| same_customer(id, &scope));
        let size = if args.cut.ledger_at.is_some() { cut.size } else { u64::MAX };
        Ok(Self { customers, known_at, size })
    }

    fn admits(&self, record: &Recorded<&str>) -> bool {
        let known = self.known_at.is_none_or(|at| record.booked_at() < at);
        let named = self.customers.as_ref().is_none_or(|ids| names(record).any(|id| ids.contains(id)));
        known && named
    }
}

/// The id and every id that was merged with it.
fn same_customer(id: &str, scope: &Scope<'_>) -> HashSet<String> {
    let found = scope.view.customer(id);
    let merged = found.into_iter().flat_map(|customer| scope.view.merged_ids(customer));
    merged.map(|one| scope.view.customer_id(one).to_owned()).chain([id.to_owned()]).collect()
}

/// The customers that a record names.
fn names<'r>(record: &'r Recorded<&'r str>) -> impl Iterator<Item = &'r str> {
    let (first, second) = match &record.event.body {
        Body::Movement(movement) => (Some(movement.customer), None),
        Body::Profile(profile) => (Some(profile.customer), None),
        Body::OneTime(charge) => (Some(charge.customer), None),
        Body::Merge(merge) => (Some(merge.customer), Some(merge.into)),
        _ => (None, None),
    };
    first.into_iter().chain(second)
}

/// Prints the records of a reader from a position on, and returns the position after the last.
fn print(reader: &Reader, from: u64, filter: &Filter, context: &mut Context) -> Result<u64, CommandError> {
    let end = reader.size().min(filter.size);
    if from > reader.size() {
        let message = format!("--from {from}: the ledger has {} records", reader.size());
        let error = CommandError::new(ErrorKind::Usage, "beyond", message);
        return Err(CommandError { position: Some(from), ..error });
    }
    if from >= end {
        return Ok(end.max(from));
    }
    let mut lines = Lines::new(context.out.format(), context.zone(reader.header()));
    for chunk in reader.read(from..end)? {
        for record in chunk?.records().filter(|record| filter.admits(record)) {
            lines.add(&record, context)?;
        }
    }
    lines.finish(context)?;
    Ok(end)
}

/// Records on their way out.
struct Lines {
    format: Format,
    zone: Zone,
    rows: Vec<Row>,
    header: bool,
}

impl Lines {
    const fn new(format: Format, zone: Zone) -> Self {
        Self { format, zone, rows: Vec::new(), header: true }
    }

    fn add(&mut self, record: &Recorded<&str>, context: &mut Context) -> Result<(), CommandError> {
        if self.format == Format::Json {
            return context.out.json_line(&record_json(record));
        }
        self.rows.push(Row::of(record));
        if self.rows.len() >= ROWS { self.finish(context) } else { Ok(()) }
    }

    fn finish(&mut self, context: &mut Context) -> Result<(), CommandError> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let header = std::mem::replace(&mut self.header, false);
        if self.format == Format::Table {
            let mut page = Page::new();
            page.table(table(&rows, header, self.zone));
            return context.out.page(&page);
        }
        context.out.csv(&records(&rows), header)
    }
}

/// A record as text: what every record has, and its native fields.
struct Row {
    every: [String; EVERY.len()],
    fields: Vec<(String, String)>,
    effective_at: Option<Instant>,
    booked_at: Instant,
}

const EVERY: [&str; 9] =
    ["position", "event_id", "kind", "recorded_at", "booked_at", "effective_at", "recorded_by", "source", "source_key"];

/// The native columns of the CSV; attributes share one.
const NATIVE: [&str; 15] = [
    "customer_id",
    "subscription_id",
    "mrr",
    "mrr_before",
    "currency",
    "plan",
    "quantity",
    "amount",
    "voids",
    "reason",
    "into",
    "base",
    "quote",
    "rate",
    "attributes",
];

impl Row {
    fn of(record: &Recorded<&str>) -> Self {
        let event = &record.event;
        let key = match &event.key {
            Key::Named(key) => (*key).to_owned(),
            Key::Uuid(_) | Key::Content { .. } => String::new(),
        };
        let every = [
            record.position.to_string(),
            event.id().to_string(),
            event.body.kind().to_owned(),
            record.recorded_at.to_string(),
            record.booked_at().to_string(),
            event.effective_at().map(|moment| moment.at.to_string()).unwrap_or_default(),
            event.recorded_by.to_owned(),
            event.origin.source.to_owned(),
            key,
        ];
        let effective_at = event.effective_at().map(|moment| moment.at);
        Self { every, fields: fields_of(event), effective_at, booked_at: record.booked_at() }
    }

    fn field(&self, name: &str) -> &str {
        let every = EVERY.iter().zip(&self.every).find(|(known, _)| **known == name).map(|(_, value)| value);
        let native = || self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        every.or_else(native).map_or("", String::as_str)
    }

    fn attributes(&self) -> String {
        let named = self.fields.iter().filter_map(|(key, value)| Some((key.strip_prefix("attr.")?, value)));
        named.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    }

    /// What else it says, short.
    fn details(&self) -> String {
        const SHOWN: [(&str, &str); 12] = [
            ("subscription_id", "subscription"),
            ("plan", "plan"),
            ("quantity", "quantity"),
            ("into", "into"),
            ("base", "base"),
            ("quote", "quote"),
            ("rate", "rate"),
            ("voids", "voids"),
            ("reason", "reason"),
            ("name", "name"),
            ("version", "version"),
            ("file", "file"),
        ];
        let own = self.field("customer_id");
        let said = SHOWN.iter().map(|(key, word)| (word, self.field(key)));
        let news = said.filter(|(word, value)| !value.is_empty() && (**word != "subscription" || *value != own));
        let news = news.map(|(word, value)| format!("{word} {value}"));
        news.chain(Some(self.attributes()).filter(|text| !text.is_empty())).collect::<Vec<_>>().join(", ")
    }
}

fn records(rows: &[Row]) -> Records {
    let mut records = Records::new(EVERY.into_iter().chain(NATIVE));
    for row in rows {
        let field = |name: &str| if name == "attributes" { row.attributes() } else { row.field(name).to_owned() };
        records.row(EVERY.into_iter().chain(NATIVE).map(field));
    }
    records
}

fn table(rows: &[Row], header: bool, zone: Zone) -> Table {
    let texts = ["kind", "customer", "effective", "booked"].map(Column::text);
    let columns = [Column::figure("position")].into_iter().chain(texts);
    let columns = columns.chain([Column::figure("MRR"), Column::text(""), Column::text("what")]);
    let mut table = Table::new(columns);
    if !header {
        table = table.without_header();
    }
    for row in rows {
        let amount = [row.field("mrr"), row.field("amount")].into_iter().find(|text| !text.is_empty());
        table.row([
            Cell::styled(row.field("position"), Style::Dim),
            row.field("kind").into(),
            row.field("customer_id").into(),
            row.effective_at.map(|at| local(at, zone)).unwrap_or_default().into(),
            local(row.booked_at, zone).into(),
            record_amount(amount.unwrap_or_default()).into(),
            row.field("currency").into(),
            Cell::styled(row.details(), Style::Dim),
        ]);
    }
    table
}
