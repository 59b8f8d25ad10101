//! The demo: a company that is the same on every machine, and the questions that one asks of it.

mod company;
mod random;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;

use crate::args::{Cli, Format};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::output::{Page, Style};

const DEFAULT_DIR: &str = "recount-demo";

/// A stop of the tour: what it is about, the command, and what to see in the answer.
struct Stop {
    title: &'static str,
    command: &'static str,
    remark: &'static str,
}

const STOPS: [Stop; 11] = [
    Stop {
        title: "An empty ledger, and the books as the board saw them",
        command: "init --tz America/New_York",
        remark: "",
    },
    Stop { title: "", command: "import books.csv", remark: "" },
    Stop {
        title: "What reached the books after the board had met: late bookings, and an upgrade taken back",
        command: "import late.csv",
        remark: "",
    },
    Stop {
        title: "NDR of 2024, by everything that is known today",
        command: "ndr --window 2024 --currency USD",
        remark: "",
    },
    Stop {
        title: "The same figure as it was known at the board meeting of 14 January 2025",
        command: "ndr --window 2024 --currency USD --known-at 2025-01-13",
        remark: "Both are right: they differ by what was known. Nothing was overwritten, so both can be asked for at any time.",
    },
    Stop {
        title: "What changed since: everything that was recorded after the board's books",
        command: "log --from {late}",
        remark: "",
    },
    Stop {
        title: "The customer whose upgrade was taken back, then and now",
        command: "explain --window 2024 --currency USD --customer {customer} --known-at 2025-01-13",
        remark: "",
    },
    Stop { title: "", command: "explain --window 2024 --currency USD --customer {customer}", remark: "" },
    Stop {
        title: "By which definition? A customer that left and came back inside the year counts as lost under `strict`",
        command: "ndr --window 2024 --currency USD --definition strict",
        remark: "",
    },
    Stop {
        title: "Many vendors publish movements of all customers, also of those won during the year",
        command: "ndr --window 2024 --currency USD --definition vendor-movements",
        remark: "One set of records, three figures: that is why a definition has a name, a version and a hash here.",
    },
    Stop {
        title: "Where it comes from: quarter by quarter, and by the size of customers",
        command: "movements --window 2024 --currency USD --every quarter",
        remark: "",
    },
];
const LAST: Stop = Stop { title: "", command: "ndr --window 2024 --currency USD --by size", remark: "" };

/// Makes the company in a directory and walks through the main questions.
pub fn tour(dir: Option<&Path>, context: &mut Context) -> Result<(), CommandError> {
    if context.out.format() != Format::Table {
        return Err(CommandError::usage("the demo is a tour for people; leave out -o")
            .hint("the commands that it shows take -o json and -o csv"));
    }
    let dir = fresh(dir)?;
    let made = company::company();
    for (name, text) in [("books.csv", &made.books), ("late.csv", &made.late)] {
        let path = dir.join(name);
        fs::write(&path, text).map_err(|error| CommandError::io("write", &path, &error))?;
    }
    let mut page = Page::new();
    page.heading(format!("A sample company in {}: two files of events, {} rows", dir.display(), made.rows()));
    context.out.page(&page)?;
    for stop in STOPS.iter().chain([&LAST]) {
        show(stop, &dir, &made, context)?;
    }
    let mut page = Page::new();
    page.blank().heading("Now ask it yourself");
    page.line(format!("  recount --ledger {} ndr --help", dir.join("ledger").display()));
    context.out.page(&page)
}

/// Prints a stop: its title, the command as one would type it in the demo's directory, and the real answer.
fn show(stop: &Stop, dir: &Path, made: &company::Company, context: &mut Context) -> Result<(), CommandError> {
    let typed = stop.command.replace("{late}", &made.late_from().to_string()).replace("{customer}", &made.regretted);
    let mut page = Page::new();
    if !stop.title.is_empty() {
        page.blank().heading(format!("## {}", stop.title));
    }
    page.blank().styled(format!("$ recount {typed}"), Style::Good);
    context.out.page(&page)?;
    let words = typed.split(' ').map(|word| match word.strip_suffix(".csv") {
        Some(_) => dir.join(word).display().to_string(),
        None => word.to_owned(),
    });
    let ledger = dir.join("ledger").display().to_string();
    let line = ["recount".to_owned(), "--ledger".to_owned(), ledger].into_iter().chain(words);
    let cli = Cli::try_parse_from(line).map_err(CommandError::usage)?;
    context.answer(cli)?;
    if !stop.remark.is_empty() {
        let mut page = Page::new();
        page.blank().line(stop.remark);
        context.out.page(&page)?;
    }
    context.out.flush()
}

/// A directory that holds nothing yet.
fn fresh(wanted: Option<&Path>) -> Result<PathBuf, CommandError> {
    let dir = match wanted {
        Some(dir) => dir.to_owned(),
        None => (1..).map(numbered).find(|dir| !dir.exists()).expect("some number is free"),
    };
    fs::create_dir_all(&dir).map_err(|error| CommandError::io("make", &dir, &error))?;
    let mut entries = fs::read_dir(&dir).map_err(|error| CommandError::io("read", &dir, &error))?;
    if entries.next().is_some() {
        let message = format!("{} is not empty; the demo overwrites nothing", dir.display());
        return Err(CommandError::new(ErrorKind::Unavailable, "not_empty", message)
            .in_file(dir)
            .hint("name another directory"));
    }
    Ok(dir)
}

fn numbered(number: u32) -> PathBuf {
    let name = if number == 1 { DEFAULT_DIR.to_owned() } else { format!("{DEFAULT_DIR}-{number}") };
    Path::new(".").join(name)
}
