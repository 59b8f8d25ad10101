//! `recount import`: files of events, each recorded whole or not at all.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use recount_import::{Format, Input, Prepared, Progress};
use recount_ledger::{Currency, DEFAULT_SOURCE, Writer};
use recount_projection::Projection;

use self::report::Imported;
use crate::context::{Context, recorded_by};
use crate::error::{CommandError, ErrorKind};
use crate::files::refuse_inside;
use crate::load::{self, only_currency};
use crate::output::progress::Bar;

mod effect;
mod report;

const EXAMPLES: &str = "\
Examples:
  recount import events.csv
  recount import 2024.csv 2025.jsonl.gz --source billing --currency USD
  recount import events.csv --dry-run              read and check everything, record nothing
  recount import events.csv --rejects bad.csv      record the good rows, write the bad ones with their reasons
  recount import crm.csv --map event_type=kind --map mrr_amount=mrr --map-kind signup=new_logo
  recount import late.csv --refuse-closed          record nothing if a closed period would change
  zcat events.csv.gz | recount import - --format csv

Importing a file again records nothing twice. Exit code 3 if a row was refused.";

/// Flags of `import`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files to record; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<String>,
    /// How the rows are written: csv or jsonl [default: by the file's name]
    #[arg(long)]
    pub format: Option<Format>,
    /// Read and check everything, record nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Refuse files that bring contradictions
    #[arg(long)]
    pub strict: bool,
    /// Refuse files that change the figures of a closed period
    #[arg(long)]
    pub refuse_closed: bool,
    /// Record the good rows and write the bad ones here, each with its reason
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// The system that the rows come from; event ids are unique within it
    #[arg(long, value_name = "NAME", default_value = DEFAULT_SOURCE)]
    pub source: String,
    /// Currency of rows that name none [default: the ledger's]
    #[arg(long, value_name = "CODE")]
    pub currency: Option<Currency>,
    /// Read the column OLD as the native NEW (repeatable); an empty NEW leaves it out
    #[arg(long, value_name = "OLD=NEW", value_parser = pair)]
    pub map: Vec<(String, String)>,
    /// Read the kind OLD as the native NEW (repeatable)
    #[arg(long, value_name = "OLD=NEW", value_parser = pair)]
    pub map_kind: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((old, new)) if !old.is_empty() => Ok((old.to_owned(), new.to_owned())),
        _ => Err("write it like old=new".to_owned()),
    }
}

/// Imports the files, one after the other.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    if args.rejects.is_some() && args.files.len() > 1 {
        return Err(CommandError::usage("--rejects takes the bad rows of one file; import the files one by one"));
    }
    if let Some(rejects) = &args.rejects {
        refuse_inside(&context.dir, rejects)?;
    }
    let mut writer = Writer::open(&context.dir, recount_ledger::Options::default())?;
    let mut projection = load::projection(&context.dir, &writer, &mut context.out)?;
    let mut report = Imported::new(args.dry_run);
    for file in &args.files {
        let done = one_file(args, file, &mut writer, &mut projection, context);
        match done {
            Ok(file) => {
                file.changes.tell(context)?;
                report.add(file);
            }
            Err(error) => {
                // What was recorded before the file that failed stays recorded, and is reported.
                if report.files() > 0 {
                    if projection.size() != writer.size() {
                        // It has rows of a file that was refused after all.
                        projection = load::projection(&context.dir, &writer, &mut context.out)?;
                    }
                    finish(&writer, &mut projection, context)?;
                    context.out.report(&report)?;
                }
                return Err(error);
            }
        }
    }
    if !args.dry_run {
        finish(&writer, &mut projection, context)?;
    }
    writer.close()?;
    context.out.report(&report)?;
    report.verdict()
}

fn finish(writer: &Writer, projection: &mut Projection, context: &mut Context) -> Result<(), CommandError> {
    debug_assert_eq!(writer.size(), projection.size());
    load::save(&context.dir, writer.header(), projection, &mut context.out)
}

fn one_file(
    args: &Args,
    file: &str,
    writer: &mut Writer,
    projection: &mut Projection,
    context: &mut Context,
) -> Result<report::File, CommandError> {
    let options = recount_import::Options {
        format: args.format,
        source: args.source.clone(),
        currency: match args.currency {
            Some(currency) => Some(currency),
            None => only_currency(writer.header(), projection),
        },
        zone: context.zone(writer.header()),
        columns: args.map.clone(),
        kinds: args.map_kind.clone(),
        recorded_by: recorded_by("import"),
        rejects: args.rejects.clone(),
    };
    let prepared = with_bar(file, context, |progress| {
        recount_import::prepare(writer, &Input::named(file), &options, progress).map_err(CommandError::from)
    })?;
    let effect = effect::of(&prepared, projection)?;
    if args.strict && !effect.contradictions.is_empty() {
        return Err(contradictory(file, &effect.contradictions));
    }
    if args.refuse_closed && !effect.changes.is_empty() {
        return Err(effect.changes.refused().in_file(file));
    }
    let contradictions = effect.contradictions.len() as u64;
    let report = if args.dry_run {
        let report = prepared.discard()?;
        // The projection has rows that are not recorded.
        *projection = load::projection(&context.dir, writer, &mut context.out)?;
        report
    } else {
        let report = prepared.publish()?;
        load::catch_up(projection, writer)?;
        report
    };
    Ok(report::File { name: file.to_owned(), report, contradictions, changes: effect.changes })
}

/// Runs a long reading with a bar that follows its counters.
fn with_bar<'w>(
    file: &str,
    context: &Context,
    work: impl FnOnce(&Progress) -> Result<Prepared<'w>, CommandError>,
) -> Result<Prepared<'w>, CommandError> {
    const LOOK: Duration = Duration::from_millis(100);
    let progress = Progress::default();
    if !context.out.shows_progress() {
        return work(&progress);
    }
    let bar = Bar::bytes(&context.out, file, std::fs::metadata(file).ok().map(|found| found.len()));
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                bar.set(progress.bytes());
                bar.message(format!("{file}: {} rows", crate::output::money::count(progress.rows())));
                thread::sleep(LOOK);
            }
        });
        let result = work(&progress);
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        result
    })
}

fn contradictory(file: &str, contradictions: &[(u64, String)]) -> CommandError {
    let message = format!(
        "{} claim{} not fit what happened, so nothing of the file was recorded (--strict)",
        contradictions.len(),
        if contradictions.len() == 1 { " does" } else { "s do" }
    );
    let first = contradictions.first().map(|(position, _)| *position);
    let error = CommandError::new(ErrorKind::Input, "contradiction", message).in_file(file);
    let listed = contradictions.iter().take(10).map(|(position, message)| format!("position {position} {message}"));
    CommandError { position: first, others: listed.collect(), ..error }
        .hint("positions are those that the rows would have; without --strict they are recorded, and `recount check` lists them")
}
