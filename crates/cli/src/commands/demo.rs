//! `recount demo`: a sample company and a tour of the main questions.

use std::path::PathBuf;

use crate::context::Context;
use crate::demo;
use crate::error::CommandError;

const EXAMPLES: &str = "\
Examples:
  recount demo                 in a new directory, ./recount-demo
  recount demo /tmp/tour       in a directory of your choice
  recount --ledger ./recount-demo/ledger ndr --window 2024 --currency USD
                               and then questions of your own

It makes a company of a few hundred customers over three years, imports its files the way any file is imported, and
shows each command with its real output.";

/// Flags of `demo`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Where to put files and ledger; must be empty or not exist [default: ./recount-demo, or a new name beside it]
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Makes the company and walks through it.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    demo::tour(args.dir.as_deref(), context)
}
