//! What is needed: the flags that every command shares, with what the ledger says where they say nothing.

use std::path::PathBuf;

use recount_ledger::{Header, Reader, Zone};
use recount_metrics::Calendar;

use crate::args::{Cli, Global};
use crate::error::CommandError;
use crate::output::Output;

/// What every command gets.
pub struct Context {
    /// The ledger's directory.
    pub dir: PathBuf,
    /// `--tz`.
    pub zone: Option<Zone>,
    /// `--fiscal-year-start`.
    pub fiscal_start: Option<u8>,
    /// Where answers go.
    pub out: Output,
}

impl Context {
    /// The context of these flags.
    pub fn new(flags: Global) -> Self {
        let out = Output::new(&flags);
        Self { dir: flags.ledger, zone: flags.tz, fiscal_start: flags.fiscal_year_start, out }
    }

    /// Answers another command line on the same output, as the demo does.
    pub fn answer(&mut self, cli: Cli) -> Result<(), CommandError> {
        let own = (self.dir.clone(), self.zone, self.fiscal_start);
        (self.dir, self.zone, self.fiscal_start) = (cli.global.ledger, cli.global.tz, cli.global.fiscal_year_start);
        let answered = crate::dispatch(cli.command, self);
        (self.dir, self.zone, self.fiscal_start) = own;
        answered
    }

    /// Answers something as if this zone and fiscal year had been typed.
    pub fn within<T>(
        &mut self,
        zone: Option<Zone>,
        fiscal_start: Option<u8>,
        answer: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let own = (self.zone, self.fiscal_start);
        (self.zone, self.fiscal_start) = (zone, fiscal_start);
        let answered = answer(self);
        (self.zone, self.fiscal_start) = own;
        answered
    }

    /// The zone of bare dates in input and in reports that name none: the flag's, else the book zone.
    pub fn zone(&self, header: &Header) -> Zone {
        self.zone.unwrap_or(header.zone)
    }

    /// The calendar of a report, given what would hold without flags.
    pub fn calendar(&self, zone: Zone, fiscal_start: u8) -> Result<Calendar, CommandError> {
        let month = self.fiscal_start.unwrap_or(fiscal_start);
        Calendar::new(self.zone.unwrap_or(zone)).with_fiscal_start(month).map_err(CommandError::usage)
    }

    /// Opens the ledger for reading.
    pub fn reader(&self) -> Result<Reader, CommandError> {
        Reader::open(&self.dir).map_err(CommandError::from)
    }
}

/// Who writes: the command and, where the system tells, the user.
pub fn recorded_by(command: &str) -> String {
    match user() {
        Some(user) => format!("recount {command}: {user}"),
        None => format!("recount {command}"),
    }
}

/// The user, where the system tells.
pub fn user() -> Option<String> {
    let user = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    user.filter(|user| !user.is_empty())
}
