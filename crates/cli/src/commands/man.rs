//! `recount man`: manual pages.

use std::path::{Path, PathBuf};

use clap::CommandFactory;

use crate::args::Cli;
use crate::context::Context;
use crate::error::CommandError;

const EXAMPLES: &str = "\
Examples:
  recount man | man -l -
  recount man --dir ~/.local/share/man/man1";

/// Flags of `man`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Write one page per command into this directory
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Prints or writes the pages.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    match &args.dir {
        None => {
            let page = page(&root)?;
            context.out.text(&String::from_utf8_lossy(&page))
        }
        Some(dir) => {
            std::fs::create_dir_all(dir).map_err(|error| CommandError::io("make", dir, &error))?;
            write(&root, dir)?;
            root.get_subcommands().try_for_each(|command| write(command, dir))?;
            context.out.note(&format!("wrote {} pages to {}", root.get_subcommands().count() + 1, dir.display()))
        }
    }
}

fn write(command: &clap::Command, dir: &Path) -> Result<(), CommandError> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let path = dir.join(format!("{name}.1"));
    std::fs::write(&path, page(command)?).map_err(|error| CommandError::io("write", &path, &error))
}

fn page(command: &clap::Command) -> Result<Vec<u8>, CommandError> {
    let mut text = Vec::new();
    let rendered = clap_mangen::Man::new(command.clone()).render(&mut text);
    rendered.map_err(|error| CommandError::io("write", Path::new("the manual page"), &error))?;
    Ok(text)
}
