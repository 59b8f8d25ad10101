//! Printing a report with its id, and writing its receipt.

use std::collections::BTreeMap;

use recount_ledger::Zone;
use recount_metrics::receipt::{LedgerAt, MadeBy, NotCanonical, Receipt, days_of, id_of, zones_named};
use serde_json::{Value, json};

use super::Asked;
use crate::args::{Format, ReceiptArgs};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::files::refuse_inside;
use crate::load::Book;
use crate::output::Report;
use crate::scope::hex;
use crate::signing::{PUBLIC_MODE, write_new};

/// Prints a report, and leaves a receipt where one is asked for. The receipt comes first: there is no answer whose
/// receipt could not be written.
pub fn give(
    report: &impl Report,
    asked: &Asked,
    to: &ReceiptArgs,
    book: &Book,
    context: &mut Context,
) -> Result<(), CommandError> {
    if to.receipt.is_none() && context.out.format() != Format::Json {
        return context.out.report(report);
    }
    let mut answer = serde_json::to_value(report).expect("reports hold only texts, integers and lists of them");
    let id = id_of(&answer).map_err(|error| not_canonical(&error))?;
    if let Some(path) = &to.receipt {
        refuse_inside(&context.dir, path)?;
        answer["id"] = json!(id);
        let question = asked.question(&book.library, context)?;
        let text = receipt(question, answer, book).map_err(|error| not_canonical(&error))?;
        write_new(path, &text, PUBLIC_MODE).map_err(|error| match error.code {
            "exists" => CommandError { hints: vec!["choose another name with --receipt".to_owned()], ..error },
            _ => error,
        })?;
        context.out.note(&format!("receipt in {}, of the answer {id}", path.display()))?;
    }
    context.out.identified(report, &id)
}

fn receipt(question: recount_metrics::receipt::Question, answer: Value, book: &Book) -> Result<String, NotCanonical> {
    let header = book.reader.header();
    let ledger = LedgerAt {
        id: header.id.to_string(),
        tz: header.zone.name().to_owned(),
        size: book.projection.size(),
        root: hex(&book.projection.root()),
    };
    let mut zones = zones_named(&answer);
    zones.extend([header.zone.name()]);
    zones.extend(question.tz.as_deref());
    let days = zones.into_iter().filter_map(days).collect();
    let made_by =
        MadeBy { recount: env!("CARGO_PKG_VERSION").to_owned(), zone_database: Zone::DATABASE.to_owned(), days };
    Receipt::new(question, ledger, answer, made_by)?.to_text()
}

/// What the zone database of this program says of a zone, by its name.
fn days(name: &str) -> Option<(String, String)> {
    name.parse().ok().map(|zone| (name.to_owned(), days_of(zone)))
}

/// The zones of a receipt whose days this program's database has otherwise, or not at all.
pub fn other_days(then: &BTreeMap<String, String>) -> Vec<&str> {
    let differs = |(name, said): &(&String, &String)| days(name).is_none_or(|(_, now)| now != **said);
    then.iter().filter(differs).map(|(name, _)| name.as_str()).collect()
}

/// Our reports have no such number; what a close states may have come from elsewhere.
fn not_canonical(error: &NotCanonical) -> CommandError {
    CommandError::new(ErrorKind::Input, "not_canonical", format!("the report has no id: {error}"))
}
