//! The `recount` binary: what was typed, the command that answers it, and the exit code.
//!
//! `args.rs` is the grammar, `context.rs` and `load.rs` find what a command needs, `commands/` has one file per command,
//! `output/` is the only room that prints, `error.rs` folds every failure into a message and an exit code.

mod args;
mod closed;
mod commands;
mod context;
mod definition;
mod demo;
mod error;
mod files;
mod load;
mod output;
mod pack;
mod proof;
mod rates;
mod receipt;
mod scope;
mod signing;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind as UsageKind;

use crate::args::{Cli, Command};
use crate::context::Context;
use crate::error::CommandError;
use crate::output::STDOUT_CLOSED;
use crate::output::plain::visible;

fn main() -> ExitCode {
    let typed = commands::evidence::name_file(commands::append::spread_attributes(std::env::args_os()));
    match Cli::try_parse_from(&typed) {
        Ok(cli) => run(cli),
        Err(error) => refuse(&shown(error, &typed), &typed),
    }
}

/// The same refusal with the words of the command line as they may be shown.
fn shown(error: clap::Error, typed: &[OsString]) -> clap::Error {
    let words = typed.iter().map(|word| visible(&word.to_string_lossy()).into_owned());
    Cli::try_parse_from(words).err().unwrap_or(error)
}

fn run(cli: Cli) -> ExitCode {
    let mut context = Context::new(cli.global);
    let answered = dispatch(cli.command, &mut context).and_then(|()| context.out.flush());
    let noted = recount_ledger::take_mended().into_iter().try_for_each(|mended| context.out.note(&mended.to_string()));
    match answered.and(noted) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our answer has seen enough, as `recount log | head` has.
        Err(error) if error.code == STDOUT_CLOSED => ExitCode::SUCCESS,
        Err(error) => {
            context.out.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// Answers a command; the demo calls it for the commands that it shows.
pub fn dispatch(command: Command, context: &mut Context) -> Result<(), CommandError> {
    match command {
        Command::Init(args) => commands::init::run(&args, context),
        Command::Import(args) => commands::import::run(&args, context),
        Command::Append(args) => commands::append::run(&args, context),
        Command::Void(args) => commands::void::run(&args, context),
        Command::Close(args) => commands::close::run(&args, context),
        Command::Closes(args) => commands::closes::run(&args, context),
        Command::Define(args) => commands::define::run(&args, context),
        Command::Definitions(args) => commands::definitions::run(&args, context),
        Command::Show(args) => commands::definitions::show::run(&args, context),
        Command::Diff(args) => commands::definitions::diff::run(&args, context),
        Command::Log(args) => commands::log::run(&args, context),
        Command::Mrr(args) => commands::mrr::run(&args, context),
        Command::Movements(args) => commands::movements::run(&args, context),
        Command::Ndr(args) => commands::ndr::run(&args, context),
        Command::Explain(args) => commands::explain::run(&args, context),
        Command::Restate(args) => commands::restate::run(&args, context),
        Command::Reconcile(args) => commands::reconcile::run(&args, context),
        Command::Reproduce(args) => commands::reproduce::run(&args, context),
        Command::Check(args) => commands::check::run(&args, context),
        Command::Verify(args) => commands::verify::run(&args, context),
        Command::Keygen(args) => commands::keygen::run(&args, context),
        Command::Checkpoint(args) => commands::checkpoint::run(&args, context),
        Command::Prove(args) => commands::prove::run(&args, context),
        Command::Evidence(args) => commands::evidence::run(&args, context),
        Command::VerifyProof(args) => commands::verify_proof::run(&args, context),
        Command::Export(args) => commands::export::run(&args, context),
        Command::Backup(args) => commands::backup::run(&args, context),
        Command::Restore(args) => commands::restore::run(&args, context),
        Command::Salvage(args) => commands::salvage::run(&args, context),
        Command::Demo(args) => commands::demo::run(&args, context),
        Command::Completions(args) => commands::completions::run(&args, context),
        Command::Man(args) => commands::man::run(&args, context),
    }
}

/// Help and version are answers; everything else that clap says is wrong usage.
fn refuse(error: &clap::Error, typed: &[OsString]) -> ExitCode {
    let answer = matches!(error.kind(), UsageKind::DisplayHelp | UsageKind::DisplayVersion);
    if !answer && asks_for_json(typed) {
        let text = error.to_string();
        let message = text.trim_start_matches("error: ").split("\n\nUsage:").next().unwrap_or(&text).trim();
        output::early_error(&CommandError::usage(message).hint("see `recount --help`").json());
    } else {
        // The terminal or pipe may be gone; there is nobody left to tell.
        error.print().ok();
    }
    ExitCode::from(if answer { 0 } else { 2 })
}

/// Whether `-o json` stands anywhere, for command lines that cannot be parsed as a whole.
fn asks_for_json(typed: &[OsString]) -> bool {
    let words: Vec<_> = typed.iter().map(|word| word.to_string_lossy()).collect();
    let glued = |word: &str| matches!(word, "-ojson" | "-o=json" | "--output=json");
    let apart = |pair: &[std::borrow::Cow<'_, str>]| matches!(&*pair[0], "-o" | "--output") && pair[1] == "json";
    words.iter().any(|word| glued(word)) || words.windows(2).any(apart)
}
