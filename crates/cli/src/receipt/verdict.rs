//! Whether a receipt's question, asked again, has the receipt's answer.

use recount_metrics::receipt::{FirstDifference, Receipt, first_difference, id_of};
use serde_json::{Value, json};

use super::cause::{self, Cause};
use super::{Asked, Library, Replay};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::load::Book;

/// What a report says of itself: looked at only where its figures agree.
const LAST: [&str; 7] = ["contradictions", "warnings", "definition", "ledger", "schema", "tz", "id"];

/// What an answer has otherwise than its receipt, and why.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// None where there is no second answer, or where nothing but the cause differs.
    pub difference: Option<FirstDifference>,
    pub cause: Cause,
}

/// Asks again as of the receipt's records. None if the answer is the same to the byte. The book must not be further on.
pub fn judge(
    receipt: &Receipt,
    book: &mut Book,
    replay: &mut Replay,
    context: &mut Context,
) -> Result<Option<Verdict>, CommandError> {
    if let Some(cause) = cause::foreign(receipt, book) {
        return Ok(Some(Verdict { difference: None, cause }));
    }
    let root = replay.grow(book, receipt.ledger.size, &context.out)?;
    let same_root = crate::scope::hex(&root) == receipt.ledger.root;
    let again = match again(receipt, None, book, context)? {
        Ok(again) => again,
        Err(_) if !same_root => return Ok(Some(Verdict { difference: None, cause: cause::rewritten(receipt, root) })),
        Err(cause) => return Ok(Some(Verdict { difference: None, cause })),
    };
    let difference = first_difference(&receipt.answer, &again, &LAST);
    let cause = if !same_root {
        Some(cause::rewritten(receipt, root))
    } else {
        let other = cause::definition(&receipt.question.definitions, &book.library.used());
        other.or_else(|| difference.is_some().then(|| cause::within(receipt, &again)))
    };
    Ok(cause.map(|cause| Verdict { difference, cause }))
}

/// Asks again of all records. The book must have them all; None if they leave the answer as it was.
pub fn judge_today(receipt: &Receipt, book: &mut Book, context: &mut Context) -> Result<Option<Verdict>, CommandError> {
    let head = book.projection.size();
    let then = figures(&receipt.answer);
    let again = match again(receipt, None, book, context)? {
        Ok(again) => figures(&again),
        Err(_) => return Ok(Some(Verdict { difference: None, cause: cause::records_since(receipt, head, None) })),
    };
    let Some(difference) = first_difference(&then, &again, &LAST) else { return Ok(None) };
    let other = cause::definition(&receipt.question.definitions, &book.library.used());
    let cause = match other.or_else(|| cause::rates(&then, &again)) {
        Some(cause) => cause,
        None => cause::records_since(receipt, head, changer(receipt, &difference, book, context)?),
    };
    Ok(Some(Verdict { difference: Some(difference), cause }))
}

/// A record since with which the place of a difference is no longer what it was. None where the question cannot be
/// asked of fewer records.
fn changer(
    receipt: &Receipt,
    difference: &FirstDifference,
    book: &mut Book,
    context: &mut Context,
) -> Result<Option<u64>, CommandError> {
    let (mut same, mut other) = (receipt.ledger.size, book.projection.size());
    if asked(receipt).map_or(true, |asked| asked.as_of(same).is_none()) {
        return Ok(None);
    }
    // The place is as it was under the first records and another under all: halving ends where it turns.
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        let is_as_it_was = again(receipt, Some(middle), book, context)?
            .is_ok_and(|answer| answer.pointer(&difference.pointer) == difference.was.as_ref());
        if is_as_it_was { same = middle } else { other = middle }
    }
    Ok(Some(other - 1))
}

/// An answer without what it says of the ledger's head.
fn figures(answer: &Value) -> Value {
    let mut answer = answer.clone();
    if let Value::Object(fields) = &mut answer {
        fields.retain(|key, _| key != "ledger" && key != "id");
    }
    answer
}

fn asked(receipt: &Receipt) -> Result<Asked, Cause> {
    Asked::of(&receipt.question).map_err(Cause::receipt_tampered)
}

/// The answer to a receipt's question from the book, or from its first so many records.
fn again(
    receipt: &Receipt,
    size: Option<u64>,
    book: &mut Book,
    context: &mut Context,
) -> Result<Result<Value, Cause>, CommandError> {
    let question = &receipt.question;
    let asked = match asked(receipt) {
        Ok(asked) => asked,
        Err(cause) => return Ok(Err(cause)),
    };
    let asked = size.and_then(|size| asked.as_of(size)).unwrap_or(asked);
    let zone = match question.tz.as_deref().map(|name| name.parse().map_err(|_| name)).transpose() {
        Ok(zone) => zone,
        Err(name) => return Ok(Err(Cause::unknown_zone(name))),
    };
    book.library = Library::of(question);
    let answered = context.within(zone, question.fiscal_year_start, |context| asked.answer(book, context));
    match answered {
        Ok(mut answer) => {
            let id = id_of(&answer);
            answer["id"] = json!(id.unwrap_or_default());
            Ok(Ok(answer))
        }
        Err(error) if error.kind == ErrorKind::Unavailable => Err(error),
        Err(error) if error.kind == ErrorKind::Damaged && error.code != "definition_hash" => Err(error),
        Err(error) => Ok(Err(Cause::unanswerable(&error.message))),
    }
}
