//! A question with its flags, on its way into a receipt and out of it.

use recount_metrics::receipt::Question;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Library;
use crate::args::CutArgs;
use crate::commands::{check, closes, definitions, explain, movements, mrr, ndr, reconcile, restate};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::load::Book;

/// A question: one of the commands that answer with a report.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", content = "arguments", rename_all = "kebab-case")]
pub enum Asked {
    Mrr(mrr::Args),
    Movements(movements::Args),
    Ndr(ndr::Args),
    Explain(explain::Args),
    Restate(restate::Args),
    Reconcile(reconcile::Args),
    Check(check::Args),
    Closes(closes::Args),
    Definitions(CutArgs),
    Show(definitions::show::Args),
    Diff(definitions::diff::Args),
}

impl Asked {
    /// The question for a receipt, with what was read for it.
    pub fn question(&self, library: &Library, context: &Context) -> Result<Question, CommandError> {
        let (command, arguments) = self.parts()?;
        Ok(Question {
            command,
            arguments,
            tz: context.zone.map(|zone| zone.name().to_owned()),
            fiscal_year_start: context.fiscal_start,
            definitions: library.used(),
            deck: library.deck_used(),
        })
    }

    /// The question of a receipt.
    pub fn of(question: &Question) -> Result<Self, String> {
        let document = json!({ "command": question.command, "arguments": question.arguments });
        let asked: Self = serde_json::from_value(document).map_err(|error| format!("its question: {error}"))?;
        match asked.parts() {
            Ok((_, arguments)) if arguments == question.arguments => Ok(asked),
            _ => Err("its question has flags that its command does not know".to_owned()),
        }
    }

    /// Answers it: the JSON of the report, without its id. The zone and fiscal year that were typed are the context's.
    pub fn answer(&self, book: &Book, context: &mut Context) -> Result<Value, CommandError> {
        fn json(answer: impl Serialize) -> Value {
            serde_json::to_value(answer).expect("reports hold only texts, integers and lists of them")
        }
        Ok(match self {
            Self::Mrr(args) => json(mrr::answer(args, book, context)?),
            Self::Movements(args) => json(movements::answer(args, book, context)?),
            Self::Ndr(args) => json(ndr::answer(args, book, context)?),
            Self::Explain(args) => json(explain::answer(args, true, book, context)?),
            Self::Restate(args) => json(restate::answer(args, book, context)?),
            Self::Reconcile(args) => json(reconcile::answer(args, book, context)?),
            Self::Check(args) => json(check::answer(args, book, context)?),
            Self::Closes(args) => json(closes::answer(args, book, context)?),
            Self::Definitions(cut) => json(definitions::list::answer(cut, book, context)?),
            Self::Show(args) => json(definitions::show::answer(args, book, context)?),
            Self::Diff(args) => json(definitions::diff::answer(args, book, context)?),
        })
    }

    /// The same question of the first so many records; none where it names its records itself, or has two cuts.
    pub fn as_of(&self, size: u64) -> Option<Self> {
        let mut asked = self.clone();
        let cut = match &mut asked {
            Self::Mrr(args) => &mut args.cut,
            Self::Movements(args) => &mut args.cut,
            Self::Ndr(args) => &mut args.cut,
            Self::Explain(args) => &mut args.cut,
            Self::Reconcile(args) => &mut args.cut,
            Self::Check(args) => &mut args.cut,
            Self::Closes(args) => &mut args.cut,
            Self::Definitions(cut) => cut,
            Self::Show(args) => &mut args.cut,
            Self::Diff(args) => &mut args.cut,
            Self::Restate(_) => return None,
        };
        if cut.ledger_at.is_some() {
            return None;
        }
        cut.ledger_at = Some(size.to_string());
        Some(asked)
    }

    /// The command, and the flags that were given.
    fn parts(&self) -> Result<(String, Map<String, Value>), CommandError> {
        let unwritable = |error: &dyn std::fmt::Display| {
            CommandError::new(ErrorKind::Input, "receipt", format!("the question cannot be written down: {error}"))
        };
        let mut document = serde_json::to_value(self).map_err(|error| unwritable(&error))?;
        let command = document["command"].as_str().unwrap_or_default().to_owned();
        let Value::Object(mut arguments) = document["arguments"].take() else {
            return Err(unwritable(&"it has no flags"));
        };
        arguments.retain(|_, value| !value.is_null());
        Ok((command, arguments))
    }
}
