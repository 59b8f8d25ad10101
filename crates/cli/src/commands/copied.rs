//! What `backup` and `restore` share: a copy with a bar, and what they print of it.

use std::path::Path;

use recount_ledger::{Copy, CopyStep};
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::csv::Records;
use crate::output::progress::Bar;
use crate::output::{Page, Report, Style, money};
use crate::scope::hex;

/// Copies a ledger; the copy is whole and proven, and has no name yet.
pub fn copy(from: &Path, to: &Path, context: &Context) -> Result<Copy, CommandError> {
    let bar = Bar::records(&context.out, "copying", 0);
    let mut progress = |step: CopyStep, done, total| {
        let doing = match step {
            CopyStep::Copying => "copying",
            CopyStep::Verifying => "verifying",
        };
        bar.message(doing.to_owned());
        bar.total(total);
        bar.set(done);
    };
    Ok(Copy::of(from, to, &mut progress)?)
}

/// A copy that has its name.
#[derive(Serialize)]
pub struct Copied {
    schema: &'static str,
    from: String,
    to: String,
    id: String,
    size: u64,
    root: String,
    bytes: u64,
}

impl Copied {
    /// Gives a copy its name.
    pub fn keep(schema: &'static str, from: &Path, to: &Path, copy: Copy) -> Result<Self, CommandError> {
        let (id, size, root) = (copy.header().id.to_string(), copy.size(), hex(&copy.root()));
        let bytes = copy.keep()?;
        Ok(Self { schema, from: from.display().to_string(), to: to.display().to_string(), id, size, root, bytes })
    }
}

impl Report for Copied {
    fn page(&self) -> Page {
        let mut page = Page::new();
        let size = money::count(self.size);
        page.styled(format!("{size} records copied from {} to {} and verified", self.from, self.to), Style::Good);
        page.line(format!("ledger {}", self.id));
        page.line(format!("root {}", self.root));
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["from", "to", "id", "size", "root", "bytes"]);
        let (size, bytes) = (self.size.to_string(), self.bytes.to_string());
        records.row([self.from.as_str(), &self.to, &self.id, &size, &self.root, &bytes]);
        records
    }
}
