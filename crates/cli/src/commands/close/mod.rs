//! `recount close`: records a named position of the ledger, with the figures of a period.

mod answer;
mod name;

use recount_ledger::{Body, Close, Event, Expected, Key, Options, Origin, Writer};
use recount_metrics::{Calendar, Definition, PeriodFigures, RetentionQuestion, Window, period_figures};
use recount_projection::{Cut, Projection};

use self::answer::Closed;
use crate::context::{Context, recorded_by, user};
use crate::definition::Published;
use crate::error::{CommandError, ErrorKind};
use crate::load;

const EXAMPLES: &str = "\
Examples:
  recount close 2025-06 --period 2025-06 --approved-by 'R. Roe'
  recount close board-q2 --period 2025-Q2 --definition board-ndr --note 'as printed in the deck'
  recount close before-migration
  recount ndr --window 2025-Q2 --ledger-at board-q2

A close names the records before it, for ever: `--ledger-at NAME` shows what they say. With --period it states the
period's figures, and whatever changes these later is reported as a prior-period adjustment.";

/// Who recorded the ledger's own records.
pub const SOURCE: &str = "recount";

/// Flags of `close`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Its name: no number, date or instant
    pub name: String,
    /// The period that is closed: 2025, 2025-Q3, 2025-06, FY2025, or two ends joined by .. [default: only the position]
    #[arg(long, value_name = "W")]
    pub period: Option<String>,
    /// A remark
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Who prepared it [default: the user of this system]
    #[arg(long, value_name = "WHO")]
    pub prepared_by: Option<String>,
    /// Who approved it
    #[arg(long, value_name = "WHO")]
    pub approved_by: Option<String>,
    /// By which definition: a preset or one that the ledger holds [default: standard]
    #[arg(long, value_name = "NAME[@V]")]
    pub definition: Option<String>,
}

/// Records the close.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    name::check(&args.name).map_err(CommandError::usage)?;
    let prepared_by = args.prepared_by.clone().or_else(user).ok_or_else(|| {
        CommandError::usage("the system does not tell who prepares this close").hint("name them with --prepared-by")
    })?;
    let mut writer = Writer::open(&context.dir, Options::default())?;
    // What a close states, the records alone decide: no cache.
    let mut projection = load::replayed(&writer, &context.out)?;
    refuse_second(&projection, &args.name)?;
    let definition = definition(args, &projection)?;
    let calendar = context.calendar(writer.header().zone, 1)?;
    let figures =
        args.period.as_deref().map(|period| figures(period, &projection, &definition, &calendar)).transpose()?;
    let (size, root) = (writer.size(), writer.root());
    let close = Close {
        name: args.name.clone(),
        root,
        definition: definition.name.clone(),
        version: definition.version.expect("a file is refused, everything else has a version"),
        definition_hash: definition.hash(),
        zone: calendar.zone().name().to_owned(),
        fiscal_start: calendar.fiscal_start(),
        period: args.period.clone(),
        figures: figures.as_ref().map(PeriodFigures::canonical),
        note: args.note.clone(),
        prepared_by,
        approved_by: args.approved_by.clone(),
    };
    let event = event(close.clone());
    let outcomes = writer.append(vec![event], Expected::Size(size))?;
    let outcome = *outcomes.first().expect("an append answers every event");
    let answer = Closed::new(outcome, &close, &definition, figures.as_ref());
    load::catch_up(&mut projection, &writer)?;
    load::save(&context.dir, writer.header(), &mut projection, &mut context.out)?;
    context.out.report(&answer)
}

/// Its key is its name, so the ledger itself refuses a second one.
fn event(close: Close) -> Event {
    Event {
        key: Key::Named(format!("close {}", close.name)),
        origin: Origin { source: SOURCE.to_owned(), file: None, row: None },
        recorded_by: recorded_by("close"),
        booked_at: None,
        zone: None,
        body: Body::Close(close),
    }
}

fn refuse_second(projection: &Projection, name: &str) -> Result<(), CommandError> {
    let Some(first) = projection.closes().iter().find(|listed| listed.body.name == name) else { return Ok(()) };
    let position = first.position;
    let message = format!("the close {name} stands at position {position} already, recorded {}", first.recorded_at);
    let error = CommandError::new(ErrorKind::Input, "close_exists", message);
    Err(CommandError { position: Some(position.0), ..error }.hint("a close is never changed; choose another name"))
}

/// The definition that the close pins: one that can be found again by name and version.
fn definition(args: &Args, projection: &Projection) -> Result<Definition, CommandError> {
    let Some(text) = &args.definition else { return Ok(Definition::standard()) };
    let found = Published::new(projection.definitions(), projection.size()).named(text)?;
    match found.document {
        None => Ok(found.definition),
        Some(_) => {
            let message = format!("{text} is a file, which may be another tomorrow; a close pins a published version");
            let name = &found.definition.name;
            Err(CommandError::usage(message)
                .hint(format!("publish it with `recount define {text}`, then close with --definition {name}")))
        }
    }
}

fn figures(
    period: &str,
    projection: &Projection,
    definition: &Definition,
    calendar: &Calendar,
) -> Result<PeriodFigures, CommandError> {
    let window = Window::parse(period, calendar)?;
    let view = projection.view(Cut::NONE)?;
    let question = RetentionQuestion { window: &window, definition, calendar, by: None };
    let figures = period_figures(&view, &question);
    figures.map_err(|error| match error {
        recount_metrics::FigureError::SeveralCurrencies(_) => CommandError::from(error)
            .hint("a close states its figures by a definition alone: publish one with currency.report, and name it"),
        other => other.into(),
    })
}
