//! `recount backup`: a verified copy of a ledger, also of one that is being written to.

use std::path::PathBuf;

use super::copied::{Copied, copy};
use crate::context::Context;
use crate::error::CommandError;

const EXAMPLES: &str = "\
Examples:
  recount backup /backups/2025-07-01
  recount --ledger books backup /backups/books-$(date +%F) -o json

The copy is a ledger like any other, with the same id, and has everything that was recorded before the command began.
It is read wholly before it gets its name. Nothing is ever overwritten. `recount restore` is the way back.";

/// Flags of `backup`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Where to make it: a folder that is empty or not there yet
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// Makes the copy.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let copy = copy(&context.dir, &args.dir, context)?;
    let copied = Copied::keep("recount.backup/1", &context.dir, &args.dir, copy)?;
    context.out.report(&copied)
}
