//! What an import prints.

use recount_import::Report as FileReport;
use serde::Serialize;

use crate::closed::Changes;
use crate::error::{CommandError, ErrorKind};
use crate::output::csv::Records;
use crate::output::{Column, Page, Report, Style, Table, money};

/// What became of one file.
pub struct File {
    /// As typed.
    pub name: String,
    /// Counted by the import.
    pub report: FileReport,
    /// New contradictions.
    pub contradictions: u64,
    /// Closed periods whose figures change.
    pub changes: Changes,
}

/// What became of all files.
#[derive(Serialize)]
pub struct Imported {
    schema: &'static str,
    dry_run: bool,
    #[serde(flatten)]
    total: Counts,
    files: Vec<Counts>,
    #[serde(skip)]
    errors: Vec<String>,
}

#[derive(Clone, Default, Serialize)]
struct Counts {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    read: u64,
    recorded: u64,
    duplicates: u64,
    rejected: u64,
    contradictions: u64,
    conflicts: u64,
    positions: Option<[u64; 2]>,
    #[serde(flatten)]
    changes: Changes,
}

impl Imported {
    /// Nothing yet.
    pub fn new(dry_run: bool) -> Self {
        let (total, files, errors) = (Counts::default(), Vec::new(), Vec::new());
        Self { schema: "recount.import/1", dry_run, total, files, errors }
    }

    /// How many files are in it.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// Adds a file.
    pub fn add(&mut self, file: File) {
        let File { name, report, contradictions, changes } = file;
        self.errors.extend(report.errors.iter().map(ToString::to_string));
        let counts = Counts {
            file: Some(name),
            read: report.read,
            recorded: report.recorded,
            duplicates: report.duplicates,
            rejected: report.rejected,
            contradictions,
            conflicts: report.conflicts,
            positions: report.positions.map(|(first, last)| [first, last]),
            changes,
        };
        self.total.add(&counts);
        self.files.push(counts);
    }

    /// Whether all rows were good: an error that says how many were not.
    pub fn verdict(&self) -> Result<(), CommandError> {
        let Counts { rejected, conflicts, .. } = self.total;
        if rejected + conflicts == 0 {
            return Ok(());
        }
        let rows = |count: u64| if count == 1 { "1 row".to_owned() } else { format!("{} rows", money::count(count)) };
        let parts = [(rejected, "rejected"), (conflicts, "in conflict with what is recorded")];
        let said = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{} {what}", rows(*count)));
        let message = said.collect::<Vec<_>>().join(", ");
        let error = CommandError::new(ErrorKind::Input, if rejected > 0 { "rejected" } else { "conflict" }, message);
        Err(error.hint("the rejects file has each of them with its reason; correct them there and import that file"))
    }
}

impl Counts {
    fn add(&mut self, more: &Self) {
        self.read += more.read;
        self.recorded += more.recorded;
        self.duplicates += more.duplicates;
        self.rejected += more.rejected;
        self.contradictions += more.contradictions;
        self.conflicts += more.conflicts;
        self.positions = match (self.positions, more.positions) {
            (Some([first, _]), Some([_, last])) => Some([first, last]),
            (known, new) => known.or(new),
        };
        self.changes.add(&more.changes);
    }

    fn numbers(&self) -> [u64; 6] {
        [self.read, self.recorded, self.duplicates, self.rejected, self.conflicts, self.contradictions]
    }

    fn span(&self) -> String {
        match self.positions {
            Some([first, last]) if first == last => first.to_string(),
            Some([first, last]) => format!("{first}-{last}"),
            None => String::new(),
        }
    }
}

const COLUMNS: [&str; 6] = ["read", "recorded", "duplicates", "rejected", "conflicts", "contradictions"];

impl Report for Imported {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let figures = COLUMNS.map(Column::figure);
        let mut table =
            Table::new([Column::text("file")].into_iter().chain(figures).chain([Column::figure("positions")]));
        let row = |name: &str, counts: &Counts| {
            let numbers = counts.numbers().map(|number| money::count(number).into());
            let cells = [name.into()].into_iter().chain(numbers).chain([counts.span().into()]);
            cells.collect::<Vec<_>>()
        };
        for counts in &self.files {
            table.row(row(counts.file.as_deref().unwrap_or_default(), counts));
        }
        if self.files.len() > 1 {
            table.total(row("all", &self.total));
        }
        page.table(table);
        if self.dry_run {
            page.styled("a dry run: nothing was recorded", Style::Strong);
        }
        for error in &self.errors {
            page.warning(error.clone());
        }
        if self.total.contradictions > 0 {
            page.warning("some claims do not fit what happened; `recount check` lists them");
        }
        if !self.total.changes.is_empty() {
            page.warning(format!("closed periods change: {}", self.total.changes.closes().join(", ")));
        }
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["file"].into_iter().chain(COLUMNS).chain(["positions", "closes_changed"]));
        for counts in &self.files {
            let numbers = counts.numbers().map(|number| number.to_string());
            let name = counts.file.clone().unwrap_or_default();
            records.row([name].into_iter().chain(numbers).chain([counts.span(), counts.changes.closes().join(";")]));
        }
        records
    }
}
