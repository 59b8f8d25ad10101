//! `recount restore`: a ledger made of a backup, with every record verified on the way.

use std::path::PathBuf;

use super::copied::{Copied, copy};
use super::verify::Earlier;
use crate::context::Context;
use crate::error::CommandError;

const EXAMPLES: &str = "\
Examples:
  recount restore /backups/2025-07-01              to ./recount-ledger
  recount restore /backups/books --to books

Every record is read and hashed again while it is copied, and must give the root that the backup counts on. A damaged
backup is exit code 4, and nothing is left behind. A ledger that is there is never overwritten: move it away first.";

/// Flags of `restore`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The backup: any folder with a ledger in it
    #[arg(value_name = "BACKUP")]
    pub backup: PathBuf,
    /// Where to make the ledger [default: --ledger]
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// The ledger must extend this checkpoint, as `recount verify` reads them
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// The checkpoint must be signed by this verifier key, given as it is or as a file that holds it
    #[arg(long, value_name = "VKEY", requires = "checkpoint")]
    pub key: Option<String>,
}

/// Makes the ledger.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let to = args.to.as_ref().unwrap_or(&context.dir).clone();
    let checkpoint = args.checkpoint.as_deref().map(|path| Earlier::read(path, args.key.as_deref())).transpose()?;
    let copy = copy(&args.backup, &to, context)?;
    if let Some(checkpoint) = checkpoint {
        checkpoint.compare(&copy.reader()?, context)?;
    }
    let copied = Copied::keep("recount.restore/1", &args.backup, &to, copy)?;
    context.out.report(&copied)
}
