//! `recount verify-proof`: checks a proof on any machine, without the ledger.

use std::path::PathBuf;

use recount_import::{RecordJson, record_json};
use recount_ledger::merkle::Hash;
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::csv::Records;
use crate::output::{Column, Page, Report, Style, Table};
use crate::proof::{Document, Proved, Trust};
use crate::signing;

const EXAMPLES: &str = "\
Examples:
  recount verify-proof crm-4711.proof --key recount.key.pub
  recount verify-proof crm-4711.proof --checkpoint 2025-06.checkpoint
  recount verify-proof since-june.proof --key recount.key.pub --checkpoint 2025-06.checkpoint

It needs no ledger. Leaf, path and root are computed again from the bytes in the proof, and what the proof prints for
people is compared with them. Exit code 0 if it holds, 4 if it does not, 3 if the file is no proof.

Anybody can make a ledger with any record in it, and a proof of that. What the proof is worth, the root decides: a key
that you got from who signs, a checkpoint that you hold, or a root that you noted.";

/// A proof holds two notes of at most 1 MB and a record of at most 1 MiB, in Base 64 and for people.
const PROOF_BYTES_MAX: usize = 16 << 20;

/// Flags of `verify-proof`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The proof
    pub file: PathBuf,
    /// The verifier key of who signs, or a file that holds it
    #[arg(long, value_name = "VKEY")]
    pub key: Option<String>,
    /// A checkpoint that you hold; the proof must be about it
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// The root that you noted, 64 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    pub root: Option<String>,
}

/// Checks the proof.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let root = args.root.as_deref().map(|text| {
        Hash::from_hex(text)
            .ok_or_else(|| CommandError::usage(format!("--root {text:?}: a root has 64 hexadecimal digits")))
    });
    let trust = Trust {
        key: args.key.as_deref().map(signing::verifier_key).transpose()?,
        checkpoint: args.checkpoint.as_deref().map(signing::checkpoint).transpose()?,
        root: root.transpose()?,
    };
    let bytes = signing::bytes_of(&args.file, PROOF_BYTES_MAX)?;
    let proved = Document::parse(&bytes).and_then(|document| document.verify(&trust));
    let proved = proved.map_err(|error| error.in_file(&args.file))?;
    context.out.report(&Answer::of(&proved))
}

#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    proved: &'static str,
    origin: String,
    size: u64,
    root: String,
    position: Option<u64>,
    from: Option<u64>,
    signed_by: Option<String>,
    warnings: Vec<Warning>,
    record: Option<RecordJson>,
}

#[derive(Serialize)]
struct Warning {
    code: &'static str,
    message: &'static str,
    count: u64,
}

const UNANCHORED: Warning = Warning {
    code: "unanchored",
    message: "nothing but the file itself says that this root is the ledger's; give --key, --checkpoint or --root",
    count: 1,
};
const FROM_UNANCHORED: Warning = Warning {
    code: "from_unanchored",
    message: "nothing but the file itself says that the earlier root was the ledger's; give the checkpoint you hold with --checkpoint",
    count: 1,
};

impl Answer {
    fn of(proved: &Proved) -> Self {
        let mut warnings = Vec::new();
        warnings.extend((!proved.anchored).then_some(UNANCHORED));
        warnings.extend((!proved.from_anchored).then_some(FROM_UNANCHORED));
        let checkpoint = &proved.checkpoint.checkpoint;
        Self {
            schema: "recount.verify-proof/1",
            proved: if proved.record.is_some() { "inclusion" } else { "consistency" },
            origin: checkpoint.origin.clone(),
            size: checkpoint.size,
            root: checkpoint.root.to_string(),
            position: proved.record.as_ref().map(|record| record.position.0),
            from: proved.from.as_ref().map(|from| from.checkpoint.size),
            signed_by: proved.signed_by.as_ref().map(|key| format!("{}+{:08x}", key.name(), key.id())),
            warnings,
            record: proved.record.as_ref().map(record_json),
        }
    }

    /// Names and values of the record, as texts.
    fn fields(&self) -> Vec<(String, String)> {
        let object = serde_json::to_value(&self.record).expect("a record holds texts and numbers");
        let shown = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => String::new(),
            other => other.to_string(),
        };
        let fields = object.as_object().into_iter().flatten();
        fields.map(|(name, value)| (name.clone(), shown(value))).filter(|(_, value)| !value.is_empty()).collect()
    }
}

impl Report for Answer {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let (size, origin) = (self.size, &self.origin);
        match (self.position, self.from) {
            (Some(position), _) => page.styled(
                format!("proved: the record at position {position} is among the first {size} records of {origin}"),
                Style::Good,
            ),
            (None, from) => page.styled(
                format!(
                    "proved: the first {size} records of {origin} begin with the first {}, unchanged",
                    from.unwrap_or_default()
                ),
                Style::Good,
            ),
        };
        page.line(format!("root {}", self.root));
        self.signed_by.iter().for_each(|key| {
            page.line(format!("signed by {key}"));
        });
        if self.record.is_some() {
            let mut table = Table::new(["the record", "says"].map(Column::text));
            self.fields()
                .into_iter()
                .for_each(|(name, value)| table.row([name.as_str().into(), value.as_str().into()]));
            page.blank().table(table);
        }
        self.warnings.iter().for_each(|warning| {
            page.warning(format!("{} ({})", warning.message, warning.code));
        });
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["proved", "origin", "size", "root", "position", "from", "signed_by"]);
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let signed_by = self.signed_by.as_deref().unwrap_or_default();
        let (position, from) = (number(self.position), number(self.from));
        records.row([self.proved, &self.origin, &self.size.to_string(), &self.root, &position, &from, signed_by]);
        records
    }
}
