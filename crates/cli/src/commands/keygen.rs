//! `recount keygen`: makes a pair of keys to sign checkpoints with, and to check them.

use std::path::{Path, PathBuf};

use recount_ledger::OpenError;
use recount_ledger::checkpoint::{Checkpoint, SigningKey};
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::csv::Records;
use crate::output::{Page, Report};
use crate::signing::{self, PUBLIC_MODE, SECRET_MODE};

const EXAMPLES: &str = "\
Examples:
  recount keygen                                   a key named after the ledger, in ./recount.key
  recount keygen example.com/books --to books.key  under a name of your own
  recount checkpoint --sign recount.key            sign with it

The key file can sign: keep it away from the ledger, with whoever answers for the books, and have a copy. The verifier
key beside it (FILE.pub) is for everyone: auditors check signed checkpoints and proofs with it.";

/// Flags of `keygen`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of the key, without spaces and + [default: the ledger's origin, recount/ID]
    pub name: Option<String>,
    /// The key file to make; the verifier key goes to FILE.pub
    #[arg(long, value_name = "FILE", default_value = "recount.key")]
    pub to: PathBuf,
}

/// Makes the keys.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let name = match &args.name {
        Some(name) => name.clone(),
        None => origin(context)?,
    };
    let key = SigningKey::generate(&name).map_err(|error| match error {
        recount_ledger::checkpoint::KeyError::Randomness(_) => {
            CommandError::new(crate::error::ErrorKind::Unavailable, "randomness", error)
        }
        error => CommandError::usage(error),
    })?;
    let verifier_file = with_suffix(&args.to, ".pub");
    if verifier_file.exists() {
        return Err(signing::exists(&verifier_file));
    }
    signing::write_new(&args.to, &format!("{}\n", key.to_secret()), SECRET_MODE)?;
    signing::write_new(&verifier_file, &format!("{}\n", key.verifier()), PUBLIC_MODE)?;
    context.out.report(&Made {
        schema: "recount.keygen/1",
        name,
        verifier_key: key.verifier().to_string(),
        key_file: args.to.display().to_string(),
        verifier_file: verifier_file.display().to_string(),
    })
}

/// The name that fits: C2SP wants a log's key to be called like the log.
fn origin(context: &Context) -> Result<String, CommandError> {
    match recount_ledger::Header::read(&context.dir) {
        Ok(header) => Ok(Checkpoint::origin_of(header.id)),
        Err(OpenError::Missing(_)) => Err(CommandError::usage("there is no ledger here to name the key after")
            .hint("give the key a NAME, or name the ledger with --ledger DIR")),
        Err(error) => Err(error.into()),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[derive(Serialize)]
struct Made {
    schema: &'static str,
    name: String,
    verifier_key: String,
    key_file: String,
    verifier_file: String,
}

impl Report for Made {
    fn page(&self) -> Page {
        let mut page = Page::new();
        page.line(&self.verifier_key);
        page.remark(format!("the verifier key, for everyone who checks; it is in {} too", self.verifier_file));
        page.remark(format!("{} can sign: keep it secret, away from the ledger, and keep a copy", self.key_file));
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["name", "verifier_key", "key_file", "verifier_file"]);
        records.row([&self.name, &self.verifier_key, &self.key_file, &self.verifier_file]);
        records
    }
}
