//! `recount verify PACK.zip`: an evidence pack, on any machine, without the ledger.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::Args;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::csv::Records;
use crate::output::{Page, Report, Style, money};
use crate::pack::{self, PACK_BYTES_MAX, Pack, Reach, Verified};
use crate::proof::Trust;
use crate::signing;

/// Verifies a pack.
pub fn run(path: &Path, args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let trust = Trust {
        key: args.key.as_deref().map(signing::verifier_key).transpose()?,
        checkpoint: args.checkpoint.as_deref().map(signing::checkpoint).transpose()?,
        root: None,
    };
    let bytes = signing::bytes_of(path, PACK_BYTES_MAX)?;
    let checked = Pack::read(&bytes).and_then(|pack| pack::verify(&pack, &trust));
    let verified = checked.map_err(|error| within(path, error))?;
    context.out.report(&Answer::of(&verified))
}

/// The same error about the pack: `2025.zip/records.jsonl`.
fn within(path: &Path, error: CommandError) -> CommandError {
    let file = match &error.file {
        Some(entry) => path.join(entry),
        None => path.to_owned(),
    };
    error.in_file(file)
}

#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    origin: String,
    size: u64,
    root: String,
    signed_by: Option<String>,
    reach: Reach,
    records: u64,
    /// Computed from the records.
    figures: Value,
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct Warning {
    code: &'static str,
    message: &'static str,
    count: u64,
}

const UNANCHORED: Warning = Warning {
    code: "unanchored",
    message: "nothing but the pack itself says that its root is the ledger's; give --key or --checkpoint",
    count: 1,
};
const INCOMPLETE: Warning = Warning {
    code: "completeness_unproved",
    message: "that no record was left out rests on the issuer's word; only a pack made with --whole proves it",
    count: 1,
};

impl Answer {
    fn of(verified: &Verified) -> Self {
        let checkpoint = &verified.checkpoint.checkpoint;
        let mut warnings = Vec::new();
        warnings.extend((!verified.anchored).then_some(UNANCHORED));
        warnings.extend((verified.reach == Reach::Customers).then_some(INCOMPLETE));
        Self {
            schema: "recount.verify-pack/1",
            origin: checkpoint.origin.clone(),
            size: checkpoint.size,
            root: checkpoint.root.to_string(),
            signed_by: verified.signed_by.as_ref().map(|key| format!("{}+{:08x}", key.name(), key.id())),
            reach: verified.reach,
            records: verified.records,
            figures: verified.figures.clone(),
            warnings,
        }
    }

    fn figure(&self, name: &str) -> &str {
        self.figures[name].as_str().unwrap_or("undefined")
    }
}

impl Report for Answer {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let window = self.figures["window"]["name"].as_str().unwrap_or_default();
        let (ndr, gdr, logo) = (self.figure("ndr"), self.figure("gdr"), self.figure("logo_retention"));
        let (records, size) = (money::count(self.records), money::count(self.size));
        page.styled(format!("{window}: NDR {ndr}, GDR {gdr}, logo retention {logo}"), Style::Strong);
        page.styled(format!("computed from {records} records, and the same as the pack prints"), Style::Good);
        page.line(match self.reach {
            Reach::Whole => format!("these are all {size} records of {}", self.origin),
            Reach::Customers => format!("each is proved to be among the {size} records of {}", self.origin),
        });
        page.line(format!("root {}", self.root));
        self.signed_by.iter().for_each(|key| {
            page.line(format!("signed by {key}"));
        });
        self.warnings.iter().for_each(|warning| {
            page.warning(format!("{} ({})", warning.message, warning.code));
        });
        page
    }

    fn records(&self) -> Records {
        let mut records =
            Records::new(["window", "ndr", "gdr", "logo_retention", "records", "size", "root", "signed_by"]);
        let window = self.figures["window"]["name"].as_str().unwrap_or_default();
        let (count, size) = (self.records.to_string(), self.size.to_string());
        let (ndr, gdr, logo) = (self.figure("ndr"), self.figure("gdr"), self.figure("logo_retention"));
        let signed_by = self.signed_by.as_deref().unwrap_or_default();
        records.row([window, ndr, gdr, logo, &count, &size, &self.root, signed_by]);
        records
    }
}
