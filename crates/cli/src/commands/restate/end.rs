//! One end of a restatement: the cut as typed, the records under it, and the rules it is read by.

use recount_ledger::Position;
use recount_metrics::{Definition, Point, Side, Window};
use recount_projection::Boundary;

use crate::args::{CurrencyArgs, CutArgs, DefinitionArgs};
use crate::context::Context;
use crate::error::CommandError;
use crate::load::Book;
use crate::output::money::count;
use crate::scope::Scope;

/// In front of a point by the clock of the source systems.
const KNOWN: &str = "known:";
/// The cut that admits everything.
const NOW: &str = "now";

/// A cut and how records are read under it.
pub struct End<'b> {
    /// As typed.
    pub name: String,
    pub scope: Scope<'b>,
    pub window: Window,
    pub definition: Definition,
    /// The instant of the cut; none where it admits nothing.
    pub since: Option<Boundary>,
}

impl<'b> End<'b> {
    /// The end that a cut names.
    pub fn open(
        book: &'b Book,
        cut: &str,
        window: &str,
        (definition, currency): (&DefinitionArgs, &CurrencyArgs),
        context: &Context,
    ) -> Result<Self, CommandError> {
        let args = match cut.strip_prefix(KNOWN) {
            _ if cut == NOW => CutArgs::default(),
            Some(point) => CutArgs { known_at: Some(point.to_owned()), ledger_at: None },
            None => CutArgs { known_at: None, ledger_at: Some(cut.to_owned()) },
        };
        let scope = Scope::new(book, &args, context).map_err(|error| {
            error.hint(format!("--between {cut:?}: {KNOWN}T cuts by booking time, {NOW} admits everything"))
        })?;
        let definition = scope.definition(definition, currency)?;
        let window = Window::parse(window, &scope.calendar)?;
        let since = since(&scope, cut)?;
        Ok(Self { name: cut.to_owned(), scope, window, definition, since })
    }

    /// What is compared.
    pub fn side(&self) -> Side<'_> {
        let Self { scope, window, definition, .. } = self;
        Side { view: &scope.view, window, definition, calendar: &scope.calendar }
    }

    /// The cut for people.
    pub fn told(&self) -> String {
        let records = count(self.scope.view.cut().size);
        match self.name.as_str() {
            NOW => format!("{NOW}, all {records} records"),
            name if name.starts_with(KNOWN) => {
                format!("what was booked before the end of {}", name.trim_start_matches(KNOWN))
            }
            name => format!("{name}, the first {records} records"),
        }
    }
}

/// When a cut was: by booking time its own point, by the ledger's clock its point, else when its last record was
/// recorded.
fn since(scope: &Scope<'_>, cut: &str) -> Result<Option<Boundary>, CommandError> {
    let resolved = scope.view.cut();
    if resolved.known_at.is_some() {
        return Ok(resolved.known_at);
    }
    let digits = cut.bytes().all(|byte| byte.is_ascii_digit());
    if let (None, false, Ok(point)) = (scope.close, digits, Point::parse(cut)) {
        return Ok(Some(point.boundary(&scope.calendar)?));
    }
    let last = resolved.size.checked_sub(1).map(Position);
    Ok(last.and_then(|last| scope.view.projection().recorded_at(last)).map(Boundary))
}
