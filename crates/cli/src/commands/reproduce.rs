//! `recount reproduce`: answers receipts again, from the records alone, and compares to the byte.

use std::path::{Path, PathBuf};

use recount_metrics::receipt::{Receipt, ReceiptError};
use recount_projection::Projection;
use serde::Serialize;
use serde_json::Value;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::files::read_text;
use crate::load::Book;
use crate::output::csv::Records;
use crate::output::plain::visible;
use crate::output::{Page, Report, Style};
use crate::receipt::{Cause, Library, Replay, Verdict, judge, judge_today};

const EXAMPLES: &str = "\
Examples:
  recount ndr --window 2025 --receipt board.json     answer, and keep the receipt
  recount reproduce board.json
  recount reproduce receipts/*.json
  recount reproduce board.json --at-head             would the answer still be the same today?

A receipt names the records that were there, so what was recorded since does not matter. Neither projection cache nor
kept hashes are believed: the records are read, hashed and replayed. Exit code 1 if any answer differs.";

/// The most bytes of a receipt.
const BYTES_MAX: usize = 1 << 30;

/// Flags of `reproduce`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Receipts
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Compare with what all records say today, too, and name the records since
    #[arg(long)]
    pub at_head: bool,
}

/// Answers them again.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let receipts = args.files.iter().map(|file| read(file)).collect::<Result<Vec<_>, CommandError>>()?;
    let reader = context.reader()?;
    let head = reader.size();
    let mut book = Book { reader, projection: Projection::empty(), library: Library::default() };
    let mut verdicts: Vec<Option<Verdict>> = vec![None; receipts.len()];
    let mut order: Vec<(usize, &Receipt)> = Vec::new();
    for (at, receipt) in receipts.iter().enumerate() {
        match receipt {
            Ok(receipt) => order.push((at, receipt)),
            Err(cause) => verdicts[at] = Some(Verdict { difference: None, cause: cause.clone() }),
        }
    }
    // The replay only grows, so the receipt of the fewest records comes first.
    order.sort_by_key(|(_, receipt)| receipt.ledger.size);
    let mut replay = Replay::default();
    for (at, receipt) in &order {
        verdicts[*at] = judge(receipt, &mut book, &mut replay, context)?;
    }
    if args.at_head && !order.is_empty() {
        replay.grow(&mut book, head, &context.out)?;
        for (at, receipt) in &order {
            if verdicts[*at].is_none() {
                verdicts[*at] = judge_today(receipt, &mut book, context)?;
            }
        }
    }
    let lines = args.files.iter().zip(&receipts).zip(verdicts);
    let lines = lines.map(|((file, receipt), verdict)| Line::new(file, receipt.as_ref().ok(), verdict, head));
    let reproduced = Reproduced::new(lines.collect());
    context.out.report(&reproduced)?;
    match (reproduced.different, reproduced.receipts.len()) {
        (0, _) => Ok(()),
        (1, 1) => Err(CommandError::new(ErrorKind::No, "differs", "the answer differs")),
        (some, all) => {
            let message = format!("{some} of {all} receipts {}", if some == 1 { "differs" } else { "differ" });
            Err(CommandError::new(ErrorKind::No, "differs", message))
        }
    }
}

/// A receipt; or why it cannot be the one that was written, which is an answer, not an error.
fn read(file: &Path) -> Result<Result<Receipt, Cause>, CommandError> {
    let refused = |message: String| CommandError::new(ErrorKind::Input, "receipt", message).in_file(file);
    let text = read_text(file, "a receipt", BYTES_MAX)?;
    match Receipt::parse(&text) {
        Ok(receipt) => Ok(Ok(receipt)),
        Err(ReceiptError::Tampered(what)) => Ok(Err(Cause::receipt_tampered(what))),
        Err(error @ ReceiptError::Version(_)) => {
            Err(refused(format!("{}: {error}", file.display()))
                .hint("a newer version of recount made it; use that one"))
        }
        Err(error) => Err(refused(format!("{}: {error}", file.display()))),
    }
}

#[derive(Serialize)]
struct Reproduced {
    schema: &'static str,
    same: usize,
    different: usize,
    receipts: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    file: String,
    same: bool,
    /// The id of the answer, as the report carries it.
    id: Option<String>,
    command: Option<String>,
    size: Option<u64>,
    records_since: Option<u64>,
    difference: Option<DifferenceJson>,
    cause: Option<Cause>,
    #[serde(skip)]
    told: String,
}

#[derive(Serialize)]
struct DifferenceJson {
    pointer: String,
    was: Option<Value>,
    now: Option<Value>,
}

impl Reproduced {
    fn new(receipts: Vec<Line>) -> Self {
        let same = receipts.iter().filter(|line| line.same).count();
        Self { schema: "recount.reproduce/1", same, different: receipts.len() - same, receipts }
    }
}

impl Line {
    fn new(file: &Path, receipt: Option<&Receipt>, verdict: Option<Verdict>, head: u64) -> Self {
        let difference = verdict.as_ref().and_then(|verdict| verdict.difference.clone());
        let told = difference.as_ref().map(ToString::to_string).unwrap_or_default();
        Self {
            file: file.display().to_string(),
            same: verdict.is_none(),
            id: receipt.map(|receipt| receipt.answer_id().to_owned()),
            command: receipt.map(|receipt| receipt.question.command.clone()),
            size: receipt.map(|receipt| receipt.ledger.size),
            records_since: receipt.and_then(|receipt| head.checked_sub(receipt.ledger.size)),
            difference: difference.map(|it| DifferenceJson { pointer: it.pointer, was: it.was, now: it.now }),
            cause: verdict.map(|verdict| verdict.cause),
            told,
        }
    }

    fn what(&self) -> String {
        let short = |id: &str| id.chars().take(12).collect::<String>();
        match (&self.command, &self.id, self.size, self.records_since) {
            (Some(command), Some(id), Some(size), Some(since)) => {
                format!("{command}, answer {}, the first {size} records, {since} since", short(id))
            }
            (Some(command), Some(id), Some(size), None) => {
                format!("{command}, answer {}, the first {size} records", short(id))
            }
            _ => "no receipt to go by".to_owned(),
        }
    }
}

impl Report for Reproduced {
    fn page(&self) -> Page {
        let mut page = Page::new();
        for line in &self.receipts {
            let what = visible(&line.what()).into_owned();
            let file = visible(&line.file).into_owned();
            let Some(cause) = &line.cause else {
                page.styled(format!("same     {file}: {what}"), Style::Good);
                continue;
            };
            page.styled(format!("differs  {file}: {what}"), Style::Bad);
            if !line.told.is_empty() {
                page.line(format!("         {}", visible(&line.told)));
            }
            page.line(format!("         {}", visible(&cause.message)));
        }
        page
    }

    fn records(&self) -> Records {
        let header = ["file", "same", "id", "command", "size", "records_since", "pointer", "was", "now", "cause"];
        let mut records = Records::new(header);
        for line in &self.receipts {
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
            let value = |value: Option<&Value>| value.map(ToString::to_string).unwrap_or_default();
            let place = line.difference.as_ref();
            records.row([
                line.file.clone(),
                line.same.to_string(),
                text(&line.id),
                text(&line.command),
                number(line.size),
                number(line.records_since),
                place.map(|place| place.pointer.clone()).unwrap_or_default(),
                value(place.and_then(|place| place.was.as_ref())),
                value(place.and_then(|place| place.now.as_ref())),
                line.cause.as_ref().map(|cause| cause.code.to_owned()).unwrap_or_default(),
            ]);
        }
        records
    }
}
