//! `recount definitions`: what a figure can mean here: the presets, and the versions that the ledger holds.

pub mod diff;
pub mod list;
pub mod show;

use clap::Subcommand;

use crate::args::{CutArgs, ReceiptArgs};
use crate::context::Context;
use crate::error::CommandError;

const EXAMPLES: &str = "\
Examples:
  recount definitions
  recount definitions show board-ndr@1
  recount definitions diff standard board-ndr --window 2025
  recount definitions --ledger-at board-q2         those that were in force at a close

`recount show` and `recount diff` are the same commands.";

/// Flags of `definitions`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Args {
    /// One or two of them; without it all are listed.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What was known.
    #[command(flatten)]
    pub cut: CutArgs,
    /// Where a receipt goes.
    #[command(flatten)]
    pub receipt: ReceiptArgs,
}

/// What to do with one or two definitions.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// One definition: its document, and every parameter with its value
    Show(show::Args),
    /// Two definitions: which parameters differ, and what each does to the figure
    Diff(diff::Args),
}

/// Lists the definitions, or answers about some.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    match &args.command {
        None => list::run(&args.cut, &args.receipt, context),
        Some(Command::Show(args)) => show::run(args, context),
        Some(Command::Diff(args)) => diff::run(args, context),
    }
}
