//! A ledger under a cut, in a calendar: what every report is asked of, and what it says about itself.

use std::cell::RefCell;

use recount_ledger::{Close, Currency, Instant, Zone};
use recount_metrics::{Calendar, Definition, Point, Rates, Warning, parse_point};
use recount_projection::{Boundary, Cut, Listed, View};
use serde::{Serialize, Serializer};

use crate::args::{CurrencyArgs, CutArgs, DefinitionArgs};
use crate::context::Context;
use crate::definition::{Named, Published, versioned};
use crate::error::CommandError;
use crate::load::Book;
use crate::output::moment::local;
use crate::receipt::Library;

/// The preset that holds where nothing names another.
const STANDARD: &str = "standard";

/// A ledger under a cut, in a calendar.
pub struct Scope<'b> {
    /// The replayed records under the cut.
    pub view: View<'b>,
    /// Zone and fiscal year.
    pub calendar: Calendar,
    /// Definitions that a receipt brings, and those that were used.
    library: &'b Library,
    /// The close that the cut names.
    pub close: Option<&'b Listed<Close>>,
    /// `--ledger-at` as resolved: a count, an instant, or the name of a close.
    ledger_at: Option<String>,
    /// What the report has to say of itself beside the warnings of its figures.
    said: RefCell<Vec<Warned>>,
}

/// What every report says about itself, after its figures.
#[derive(Clone, Debug, Serialize)]
pub struct Envelope {
    #[serde(rename = "tz", serialize_with = "name_of")]
    zone: Zone,
    ledger: Head,
    contradictions: u64,
    warnings: Vec<Warned>,
}

#[derive(Clone, Debug, Serialize)]
struct Head {
    size: u64,
    root: String,
    cut: ResolvedCut,
}

#[derive(Clone, Debug, Serialize)]
struct ResolvedCut {
    #[serde(serialize_with = "text_of")]
    known_at: Option<Instant>,
    ledger_at: Option<String>,
    size: u64,
}

#[derive(Clone, Debug, Serialize)]
struct Warned {
    code: &'static str,
    message: String,
    count: u64,
}

impl<'b> Scope<'b> {
    /// The book under the cut of the command line.
    pub fn new(book: &'b Book, cut: &CutArgs, context: &Context) -> Result<Self, CommandError> {
        let header = book.reader.header();
        let close = cut.ledger_at.as_deref().and_then(|name| named_close(book, name));
        let (zone, fiscal_start) = match close {
            Some(listed) => (listed.body.zone.parse().unwrap_or(header.zone), listed.body.fiscal_start),
            None => (header.zone, 1),
        };
        let calendar = context.calendar(zone, fiscal_start)?;
        let known_at = cut.known_at.as_deref().map(|text| parse_point(text, &calendar)).transpose()?;
        let (size, ledger_at) = match (close, cut.ledger_at.as_deref()) {
            (Some(listed), _) => (listed.position.0, Some(listed.body.name.clone())),
            (None, Some(text)) => resolve(book, text, &calendar)?,
            (None, None) => (u64::MAX, None),
        };
        let said = close.map(|listed| departures(&listed.body, &calendar)).unwrap_or_default();
        let view = book.projection.view(Cut { known_at, size })?;
        Ok(Self { view, calendar, library: &book.library, close, ledger_at, said: RefCell::new(said) })
    }

    /// The definitions that the cut admits. `--known-at` says what source systems knew, which definitions are no part of.
    pub fn published(&self) -> Published<'b> {
        Published::new(self.view.projection().definitions(), self.view.cut().size)
    }

    /// The definition that the flags name; else that of the close, else the standard one.
    pub fn definition(&self, named: &DefinitionArgs, currency: &CurrencyArgs) -> Result<Definition, CommandError> {
        let definition = match (&named.definition, self.close) {
            (Some(text), _) => self.named_definition(text)?.definition,
            (None, Some(close)) => self.pinned(&close.body)?,
            (None, None) => self.named_definition(STANDARD)?.definition,
        };
        let definition = overridden(definition, currency)?;
        if let Some(close) = self.close.filter(|close| close.body.definition_hash != definition.hash()) {
            let Close { definition: pinned, version, .. } = &close.body;
            let used = versioned(&definition.name, definition.version.unwrap_or(0));
            let keys = definition.overridden.join(", ");
            let with = if keys.is_empty() { keys } else { format!(" with {keys} from the command line") };
            self.say(overrides(format!(
                "definition {used}{with} instead of the close's {}",
                versioned(pinned, *version)
            )));
        }
        Ok(definition)
    }

    /// The currency that the flags name; else that of the close's definition, for reports that take no definition.
    pub fn currency(&self, flags: &CurrencyArgs) -> Result<Option<Currency>, CommandError> {
        match (flags.currency, self.close) {
            (None, Some(close)) => Ok(self.pinned(&close.body)?.parameters.currency.report),
            (named, _) => Ok(named),
        }
    }

    /// The definition that a close pins.
    fn pinned(&self, close: &Close) -> Result<Definition, CommandError> {
        let asked = versioned(&close.definition, close.version);
        let given = self.library.given(&asked)?.filter(|given| given.definition.hash() == close.definition_hash);
        let found = match given {
            Some(given) => given,
            None => self.published().pinned_record(close)?,
        };
        self.library.note(&asked, &found);
        Ok(found.definition)
    }

    /// A definition by what was typed; a version from after the cut is told.
    pub fn named_definition(&self, text: &str) -> Result<Named<'b>, CommandError> {
        let published = self.published();
        let found = match self.library.given(text)? {
            Some(given) => given,
            None => published.named(text)?,
        };
        self.library.note(text, &found);
        if let Some(later) = found.publication.filter(|publication| published.is_later(publication)) {
            let name = versioned(&later.body.name, later.body.version);
            let message = format!("the definition {name} was published at position {}, after the cut", later.position);
            self.say(Warned { code: "definition_after_cut", message, count: 1 });
        }
        Ok(found)
    }

    fn say(&self, warned: Warned) {
        let mut said = self.said.borrow_mut();
        if !said.iter().any(|known| known.message == warned.message) {
            said.push(warned);
        }
    }

    /// What the report says about itself.
    pub fn envelope(&self, warnings: &[Warning]) -> Envelope {
        let projection = self.view.projection();
        let cut = self.view.cut();
        let warned = |warning: &Warning| Warned {
            code: warning.code.name(),
            message: warning.message.clone(),
            count: warning.count,
        };
        Envelope {
            zone: self.calendar.zone(),
            ledger: Head {
                size: projection.size(),
                root: hex(&projection.root()),
                cut: ResolvedCut {
                    known_at: cut.known_at.map(|Boundary(at)| at),
                    ledger_at: self.ledger_at.clone(),
                    size: cut.size,
                },
            },
            contradictions: self.view.contradiction_count(),
            warnings: self.said.borrow().iter().cloned().chain(warnings.iter().map(warned)).collect(),
        }
    }
}

impl Envelope {
    /// The report's zone.
    pub const fn zone(&self) -> Zone {
        self.zone
    }

    /// Adds warnings and the ledger's head to a page.
    pub fn close_page(&self, page: &mut crate::output::Page) {
        let cut = &self.ledger.cut;
        let mut head = format!(
            "ledger: {} records, root {}, zone {}",
            crate::output::money::count(self.ledger.size),
            &self.ledger.root[..12],
            self.zone
        );
        if let Some(known_at) = cut.known_at {
            head.push_str(&format!("; known before {}", local(known_at, self.zone)));
        }
        if let Some(ledger_at) = &cut.ledger_at {
            let records = crate::output::money::count(cut.size);
            head.push_str(&format!("; as of {ledger_at}, the first {records} records"));
        }
        page.blank();
        for warning in &self.warnings {
            page.warning(format!("{} ({})", warning.message, warning.code));
        }
        page.remark(head);
    }
}

fn name_of<S: Serializer>(zone: &Zone, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.name())
}

fn text_of<S: Serializer>(at: &Option<Instant>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.to_string()).serialize(serializer)
}

/// A definition with what the flags override.
pub fn overridden(mut definition: Definition, currency: &CurrencyArgs) -> Result<Definition, CommandError> {
    if let Some(code) = currency.currency {
        definition = definition.with_currency(code);
    }
    if let Some(rates) = rates(currency)? {
        definition = definition.with_rates(rates);
    }
    Ok(definition)
}

/// The policy of rates that the flags name.
pub fn rates(currency: &CurrencyArgs) -> Result<Option<Rates>, CommandError> {
    Ok(currency.rates.as_deref().map(str::parse).transpose()?)
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn named_close<'b>(book: &'b Book, name: &str) -> Option<&'b Listed<Close>> {
    book.projection.closes().iter().rfind(|listed| listed.body.name == name)
}

/// A count of records, or the records before a point.
fn resolve(book: &Book, text: &str, calendar: &Calendar) -> Result<(u64, Option<String>), CommandError> {
    let size = book.projection.size();
    if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        let count = text.parse::<u64>().ok().filter(|count| *count <= size);
        let beyond = || CommandError::usage(format!("--ledger-at {text}: the ledger has only {size} records"));
        return Ok((count.ok_or_else(beyond)?, Some(text.to_owned())));
    }
    let point = Point::parse(text).map_err(|_| {
        let names: Vec<_> = book.projection.closes().iter().map(|listed| listed.body.name.as_str()).collect();
        let known = if names.is_empty() {
            "the ledger has no closes".to_owned()
        } else {
            format!("closes: {}", names.join(", "))
        };
        CommandError::usage(format!("--ledger-at {text:?} is no count of records, no date or instant, and no close"))
            .hint(known)
    })?;
    let Boundary(at) = point.boundary(calendar)?;
    Ok((book.projection.size_before(at), Some(at.to_string())))
}

/// Where the command line departs from what the close says.
fn departures(close: &Close, calendar: &Calendar) -> Vec<Warned> {
    let mut found = Vec::new();
    if close.zone != calendar.zone().name() {
        found.push(overrides(format!("zone {} instead of the close's {}", calendar.zone(), close.zone)));
    }
    if close.fiscal_start != calendar.fiscal_start() {
        let (here, there) = (calendar.fiscal_start(), close.fiscal_start);
        found.push(overrides(format!("fiscal years start in month {here:02} instead of the close's {there:02}")));
    }
    found
}

fn overrides(what: String) -> Warned {
    Warned { code: "close_overridden", message: format!("the command line overrides the close: {what}"), count: 1 }
}
