//! One definition: its document as published, and every parameter with its value.

use recount_metrics::Definition;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::args::{CutArgs, ReceiptArgs};
use crate::context::Context;
use crate::definition::{DefinitionJson, Named};
use crate::error::CommandError;
use crate::load::Book;
use crate::output::csv::Records;
use crate::output::moment::local;
use crate::output::plain::visible;
use crate::output::{Cell, Column, Page, Report, Style, Table};
use crate::receipt::{self, Asked};
use crate::scope::{Envelope, Scope};

const EXAMPLES: &str = "\
Examples:
  recount show strict
  recount show board-ndr@1
  recount show strict --toml > board-ndr.toml      a start for a definition of one's own
  recount definitions show board-ndr -o json | jq .parameters";

/// Flags of `show`.
#[derive(clap::Args, Clone, Debug, Serialize, Deserialize)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A preset, a definition in the ledger, or a TOML file
    #[arg(value_name = "NAME[@V]|FILE")]
    pub definition: String,
    /// Print the document alone, as it was published
    #[arg(long, conflicts_with_all = ["output", "receipt"])]
    #[serde(skip)]
    pub toml: bool,
    /// What was known.
    #[command(flatten)]
    #[serde(flatten)]
    pub cut: CutArgs,
    /// Where a receipt goes.
    #[command(flatten)]
    #[serde(skip)]
    pub receipt: ReceiptArgs,
}

/// Shows the definition.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let book = Book::open(context)?;
    let answer = answer(args, &book, context)?;
    if args.toml {
        return context.out.text(&answer.document);
    }
    receipt::give(&answer, &Asked::Show(args.clone()), &args.receipt, &book, context)
}

/// The answer, of any book.
pub fn answer(args: &Args, book: &Book, context: &Context) -> Result<Answer, CommandError> {
    let scope = Scope::new(book, &args.cut, context)?;
    let Named { definition, publication, document } = scope.named_definition(&args.definition)?;
    let published = publication.map(|listed| listed.body.document.clone());
    let document = published.or(document).unwrap_or_else(|| definition.to_toml());
    Ok(Answer {
        schema: "recount.definition/1",
        described: DefinitionJson::plain(&definition),
        description: definition.description.clone(),
        document,
        published_at: publication.map(|listed| listed.recorded_at.to_string()),
        published_by: publication.map(|listed| listed.recorded_by.clone()),
        position: publication.map(|listed| listed.position.0),
        envelope: scope.envelope(&[]),
        published: publication.map(|listed| local(listed.recorded_at, scope.calendar.zone())),
        parameters: parameters(&definition),
    })
}

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    schema: &'static str,
    #[serde(flatten)]
    described: DefinitionJson,
    description: Option<String>,
    document: String,
    published_at: Option<String>,
    published_by: Option<String>,
    position: Option<u64>,
    #[serde(flatten)]
    envelope: Envelope,
    #[serde(skip)]
    published: Option<String>,
    #[serde(skip)]
    parameters: Vec<Parameter>,
}

struct Parameter {
    key: &'static str,
    value: String,
    default: bool,
}

/// Every parameter with its value.
fn parameters(definition: &Definition) -> Vec<Parameter> {
    let standard = Definition::standard();
    let changed = standard.differing(definition);
    let one = |key: &'static str| Parameter {
        key,
        value: shown(&definition.parameter(key)),
        default: !changed.contains(&key),
    };
    Definition::parameter_keys().map(one).collect()
}

/// A value of a parameter for people.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(pair) => {
            let field = |name: &str| pair.get(name).map(shown).unwrap_or_default();
            format!("{} = {}", field("attribute"), field("value"))
        }
        other => other.to_string(),
    }
}

impl Report for Answer {
    fn page(&self) -> Page {
        let mut page = Page::new();
        page.heading(self.described.titled());
        if let (Some(at), Some(by), Some(position)) = (&self.published, &self.published_by, self.position) {
            page.remark(format!("published {at} by {}, position {position}", visible(by)));
        }
        page.blank();
        for line in self.document.lines() {
            page.line(visible(line));
        }
        page.blank();
        let mut table = Table::new([Column::text("parameter"), Column::text("value"), Column::text("")]);
        for Parameter { key, value, default } in &self.parameters {
            let (style, mark) = if *default { (Style::Dim, "default") } else { (Style::Strong, "") };
            table.row([(*key).into(), Cell::styled(value.clone(), style), Cell::styled(mark, Style::Dim)]);
        }
        page.table(table);
        self.envelope.close_page(&mut page);
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["parameter", "value", "default"]);
        for Parameter { key, value, default } in &self.parameters {
            records.row([(*key).to_owned(), value.clone(), default.to_string()]);
        }
        records
    }
}
