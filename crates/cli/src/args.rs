//! What was typed: the grammar of the command line, before anything is looked up.
//!
//! One file per command holds that command's own flags (`commands/`); here lies what they share. What the flags mean
//! together with the ledger is settled in `context.rs`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use recount_ledger::{Currency, Zone};
use serde::{Deserialize, Serialize};

use crate::commands;

const ABOUT: &str = "An event-sourced subscription ledger: exact MRR and net dollar retention at any point in time";

const EXAMPLES: &str = "\
Examples:
  recount demo                                     a sample company and a tour of the main questions
  recount init --tz Europe/Berlin --currency EUR   make an empty ledger in ./recount-ledger
  recount import events.csv                        record a file of subscription events
  recount ndr --window 2025                        net dollar retention over 2025
  recount ndr --window 2025 --known-at 2026-01-14  the same, as it was known at the board meeting

Exit codes: 0 done; 1 the answer is no; 2 wrong usage; 3 bad input; 4 the ledger is damaged; 5 the ledger is
missing, in use, or cannot be read or written.";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "recount", version, about = ABOUT, after_help = EXAMPLES, propagate_version = true)]
#[command(arg_required_else_help = true, max_term_width = 110)]
pub struct Cli {
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The ledger's directory
    #[arg(long, global = true, value_name = "DIR", env = "RECOUNT_LEDGER", default_value = "./recount-ledger")]
    pub ledger: PathBuf,
    /// Time zone of bare dates and windows, an IANA name [default: the ledger's book zone]
    #[arg(long, global = true, value_name = "ZONE")]
    pub tz: Option<Zone>,
    /// Month in which fiscal years (FY2025) start, 01 to 12 [default: 01]
    #[arg(long, global = true, value_name = "MM", value_parser = clap::value_parser!(u8).range(1..=12))]
    pub fiscal_year_start: Option<u8>,
    /// How to print the answer [default: table]
    #[arg(short, long, global = true, value_name = "FORMAT", value_enum)]
    pub output: Option<Format>,
    /// Print no notes on stderr
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Show no progress bar
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

/// How an answer is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned text for people
    #[default]
    Table,
    /// One JSON document
    Json,
    /// Comma-separated values
    Csv,
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an empty ledger
    Init(commands::init::Args),
    /// Record files of subscription events
    Import(commands::import::Args),
    /// Record one event
    Append(Box<commands::append::Args>),
    /// Take a record back
    Void(commands::void::Args),
    /// Name a position of the ledger and state the figures of a period
    Close(commands::close::Args),
    /// The named positions, with the figures that they stated
    Closes(commands::closes::Args),
    /// Publish a version of a definition in the ledger
    Define(commands::define::Args),
    /// What a figure can mean here: presets and published definitions
    Definitions(commands::definitions::Args),
    /// One definition: its document, and every parameter with its value
    Show(commands::definitions::show::Args),
    /// Two definitions: which parameters differ, and what each does to the figure
    Diff(commands::definitions::diff::Args),
    /// Show the records, oldest first
    Log(commands::log::Args),
    /// MRR per customer at a point in time
    Mrr(commands::mrr::Args),
    /// The MRR bridge from opening to closing
    Movements(commands::movements::Args),
    /// Net dollar retention, with gross and logo retention beside it
    #[command(visible_alias = "nrr")]
    Ndr(commands::ndr::Args),
    /// The customers and events behind a retention figure, largest effect first
    Explain(commands::explain::Args),
    /// One figure under two cuts, and what every record between them did to it
    Restate(Box<commands::restate::Args>),
    /// Find out what the figures of a deck meant
    Reconcile(Box<commands::reconcile::Args>),
    /// Answer receipts again, from the records alone, and compare
    Reproduce(commands::reproduce::Args),
    /// Contradictions and doubtful content of the ledger
    Check(commands::check::Args),
    /// Re-read every byte of the ledger and prove it unchanged; or check an evidence pack
    Verify(commands::verify::Args),
    /// Make a pair of keys to sign checkpoints with
    Keygen(commands::keygen::Args),
    /// Print the head of the ledger, signed or not, to be kept elsewhere
    Checkpoint(commands::checkpoint::Args),
    /// Write a proof that a record is in the ledger, or that the ledger only grew
    Prove(commands::prove::Args),
    /// Pack a figure with the records behind it, for an auditor who has no ledger
    Evidence(commands::evidence::Args),
    /// Check a proof, without the ledger
    VerifyProof(commands::verify_proof::Args),
    /// Write the records in a form that another ledger can take over
    Export(commands::export::Args),
    /// Make a verified copy of the ledger, also while it is being written to
    Backup(commands::backup::Args),
    /// Make a ledger of a backup, verifying every record on the way
    Restore(commands::restore::Args),
    /// Make a sound ledger of what is intact of a damaged one
    Salvage(commands::salvage::Args),
    /// Make a sample company and walk through the main questions
    Demo(commands::demo::Args),
    /// Print a completion script for a shell
    Completions(commands::completions::Args),
    /// Print the manual page, or write all of them to a directory
    Man(commands::man::Args),
}

/// What was known: the cut under which a report is made.
#[derive(Args, Clone, Debug, Default, Serialize, Deserialize)]
#[command(next_help_heading = "Cut of knowledge")]
pub struct CutArgs {
    /// Only what the source systems knew before T (a date means its end)
    #[arg(long, value_name = "T")]
    pub known_at: Option<String>,
    /// Only what this ledger held: the first N records, or as of a date, an instant or a close
    #[arg(long, value_name = "N|T|CLOSE")]
    pub ledger_at: Option<String>,
}

/// The currency of a report and how it is converted.
#[derive(Args, Clone, Debug, Default, Serialize, Deserialize)]
#[command(next_help_heading = "Currency")]
pub struct CurrencyArgs {
    /// Report in this currency
    #[arg(long, value_name = "CODE")]
    #[serde(default, with = "crate::receipt::text")]
    pub currency: Option<Currency>,
    /// Rates to convert at: constant-open, constant-close, constant:DATE or spot
    #[arg(long, value_name = "POLICY")]
    pub rates: Option<String>,
}

/// Which definition a figure follows.
#[derive(Args, Clone, Debug, Default, Serialize, Deserialize)]
pub struct DefinitionArgs {
    /// A preset, a definition in the ledger (NAME or NAME@VERSION), or a TOML file [default: standard]
    #[arg(long, value_name = "NAME[@V]|FILE")]
    pub definition: Option<String>,
}

/// Where a receipt goes.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Receipt")]
pub struct ReceiptArgs {
    /// Write a receipt to a new file: question, records and answer, from which `recount reproduce` answers again
    #[arg(long, value_name = "FILE")]
    pub receipt: Option<PathBuf>,
}

/// A calendar step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Every {
    /// Months
    Month,
    /// Quarters
    Quarter,
    /// Years
    Year,
}

impl From<Every> for recount_metrics::Every {
    fn from(every: Every) -> Self {
        match every {
            Every::Month => Self::Month,
            Every::Quarter => Self::Quarter,
            Every::Year => Self::Year,
        }
    }
}
