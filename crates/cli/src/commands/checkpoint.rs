//! `recount checkpoint`: the head of the ledger, to be kept elsewhere.

use std::path::PathBuf;

use recount_ledger::checkpoint::NotedCheckpoint;
use serde::Serialize;

use crate::args::Format;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::csv::Records;
use crate::output::{Page, Report};
use crate::scope::hex;
use crate::signing::{self, PUBLIC_MODE};

const EXAMPLES: &str = "\
Examples:
  recount checkpoint
  recount checkpoint --sign recount.key --to 2025-06.checkpoint
  recount verify --checkpoint 2025-06.checkpoint --key recount.key.pub    later, or by someone else

A checkpoint says how many records there were, and the root over them. Kept where nobody who writes to the ledger can
change it, it exposes every later change to those records. Signed, it can be shown to others. A key signs nothing that
contradicts what it signed before: the newest checkpoint lies beside it, in KEY.LEDGER-ID.last.";

/// Flags of `checkpoint`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Sign with the key in this file, as `recount keygen` made it
    #[arg(long, value_name = "KEY")]
    pub sign: Option<PathBuf>,
    /// Only if the ledger extends this earlier checkpoint
    #[arg(long, value_name = "FILE")]
    pub extends: Option<PathBuf>,
    /// Write it to a new file
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
}

/// Prints the checkpoint.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let reader = context.reader()?;
    if let Some(path) = &args.extends {
        let earlier = signing::checkpoint(path)?;
        signing::must_extend(&reader, &earlier.checkpoint).map_err(|error| error.in_file(path))?;
    }
    let noted = match &args.sign {
        Some(key) => {
            if signing::is_exposed(key) {
                context.out.note(&format!("others can read the key {}; run chmod 600 on it", key.display()))?;
            }
            signing::sign_head(&reader, key)?
        }
        None => NotedCheckpoint { checkpoint: signing::head(&reader), note: None },
    };
    let text = noted.to_string();
    if let Some(path) = &args.to {
        signing::write_new(path, &text, PUBLIC_MODE)?;
    }
    if args.to.is_none() && context.out.format() == Format::Table {
        return context.out.text(&text);
    }
    context.out.report(&Noted::of(&noted, args))
}

#[derive(Serialize)]
struct Noted {
    schema: &'static str,
    origin: String,
    size: u64,
    root: String,
    signed_by: Vec<String>,
    text: String,
    file: Option<String>,
}

impl Noted {
    fn of(noted: &NotedCheckpoint, args: &Args) -> Self {
        let signatures = noted.note.iter().flat_map(|note| note.signatures());
        Self {
            schema: "recount.checkpoint/1",
            origin: noted.checkpoint.origin.clone(),
            size: noted.checkpoint.size,
            root: hex(&noted.checkpoint.root.0),
            signed_by: signatures.map(|signature| format!("{}+{:08x}", signature.name, signature.id)).collect(),
            text: noted.to_string(),
            file: args.to.as_ref().map(|path| path.display().to_string()),
        }
    }
}

impl Report for Noted {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let signed = if self.signed_by.is_empty() { "unsigned".to_owned() } else { self.signed_by.join(", ") };
        page.line(format!("{} records, root {}", self.size, self.root));
        page.line(format!("signed by {signed}").replace("signed by unsigned", "unsigned"));
        self.file.iter().for_each(|file| {
            page.line(format!("written to {file}; keep it where nobody who writes to the ledger can change it"));
        });
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["origin", "size", "root", "signed_by", "file"]);
        let file = self.file.as_deref().unwrap_or_default();
        records.row([&self.origin, &self.size.to_string(), &self.root, &self.signed_by.join(" "), file]);
        records
    }
}
