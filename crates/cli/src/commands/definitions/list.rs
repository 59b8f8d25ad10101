//! All definitions: presets first, then the versions that the ledger holds.

use recount_ledger::Instant;
use recount_metrics::{Definition, PRESETS};
use serde::Serialize;

use crate::args::{CutArgs, ReceiptArgs};
use crate::context::Context;
use crate::definition::{Publication, Published};
use crate::error::CommandError;
use crate::load::Book;
use crate::output::csv::Records;
use crate::output::moment::local;
use crate::output::{Cell, Column, Page, Report, Style, Table};
use crate::receipt::{self, Asked};
use crate::scope::{Envelope, Scope, hex};

/// Lists them.
pub fn run(cut: &CutArgs, to: &ReceiptArgs, context: &mut Context) -> Result<(), CommandError> {
    let book = Book::open(context)?;
    let answer = answer(cut, &book, context)?;
    receipt::give(&answer, &Asked::Definitions(cut.clone()), to, &book, context)
}

/// The answer, of any book.
pub fn answer(cut: &CutArgs, book: &Book, context: &Context) -> Result<Answer, CommandError> {
    let scope = Scope::new(book, cut, context)?;
    let published = scope.published();
    let mut held: Vec<&Publication> = published.admitted().collect();
    held.sort_by_key(|listed| (&listed.body.name, listed.body.version));
    let presets = PRESETS.iter().map(|preset| Line::preset(preset.name, preset.description));
    let presets = presets.collect::<Result<Vec<_>, CommandError>>()?;
    let lines = presets.into_iter().chain(held.into_iter().map(|listed| Line::held(listed, published)));
    Ok(Answer { schema: "recount.definitions/1", definitions: lines.collect(), envelope: scope.envelope(&[]) })
}

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    schema: &'static str,
    definitions: Vec<Line>,
    #[serde(flatten)]
    envelope: Envelope,
}

#[derive(Serialize)]
struct Line {
    name: String,
    /// 0 for a preset.
    version: u32,
    hash: String,
    description: Option<String>,
    /// Whether the name alone means it.
    in_force: bool,
    published_at: Option<String>,
    published_by: Option<String>,
    position: Option<u64>,
    #[serde(skip)]
    published: Option<Instant>,
}

impl Line {
    fn preset(name: &str, description: &str) -> Result<Self, CommandError> {
        Ok(Self {
            name: name.to_owned(),
            version: 0,
            hash: Definition::preset(name)?.hash_hex(),
            description: Some(description.to_owned()),
            in_force: true,
            published_at: None,
            published_by: None,
            position: None,
            published: None,
        })
    }

    fn held(listed: &Publication, published: Published<'_>) -> Self {
        let body = &listed.body;
        let in_force = published.in_force(&body.name).is_some_and(|newest| newest.position == listed.position);
        Self {
            name: body.name.clone(),
            version: body.version,
            hash: hex(&body.hash),
            description: Definition::from_toml(&body.document).ok().and_then(|definition| definition.description),
            in_force,
            published_at: Some(listed.recorded_at.to_string()),
            published_by: Some(listed.recorded_by.clone()),
            position: Some(listed.position.0),
            published: Some(listed.recorded_at),
        }
    }

    fn place(&self) -> String {
        self.position.map_or_else(String::new, |position| position.to_string())
    }
}

impl Report for Answer {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let texts = ["hash", "published", "by"].map(Column::text);
        let columns = [Column::text("name"), Column::figure("version")].into_iter().chain(texts);
        let last = [Column::figure("position"), Column::text("what it is")];
        let mut table = Table::new(columns.chain(last));
        for line in &self.definitions {
            let version = if line.version == 0 { "preset".to_owned() } else { line.version.to_string() };
            let published = line.published.map(|at| local(at, self.envelope.zone())).unwrap_or_default();
            let style = if line.in_force { Style::Plain } else { Style::Dim };
            table.row([
                Cell::styled(line.name.clone(), style),
                version.into(),
                line.hash[..12].into(),
                published.into(),
                line.published_by.clone().unwrap_or_default().into(),
                line.place().into(),
                Cell::styled(line.description.clone().unwrap_or_default(), Style::Dim),
            ]);
        }
        page.table(table);
        page.blank().remark("a name alone means its newest version under the cut, NAME@1 its first");
        self.envelope.close_page(&mut page);
        page
    }

    fn records(&self) -> Records {
        let header = ["name", "version", "hash", "in_force", "published_at", "published_by", "position", "description"];
        let mut records = Records::new(header);
        for line in &self.definitions {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let first = [line.name.clone(), line.version.to_string(), line.hash.clone(), line.in_force.to_string()];
            let last = [text(&line.published_at), text(&line.published_by), line.place(), text(&line.description)];
            records.row(first.into_iter().chain(last));
        }
        records
    }
}
