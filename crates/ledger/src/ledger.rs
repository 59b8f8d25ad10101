//! Making a ledger.

use std::path::Path;

use crate::currency::Currency;
use crate::error::CreateError;
use crate::header::Header;
use crate::zone::Zone;

/// What is chosen when a ledger is made, and holds for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The book zone.
    pub zone: Zone,
    /// The currency of amounts that name none.
    pub currency: Option<Currency>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { zone: Zone::UTC, currency: None }
    }
}

/// A folder that holds records.
#[derive(Clone, Copy, Debug)]
pub struct Ledger;

impl Ledger {
    /// Makes an empty ledger in `dir`, which must be empty or not exist. Killed in between, it can be made again.
    pub fn create(dir: &Path, settings: Settings) -> Result<Header, CreateError> {
        unimplemented!("{dir:?} {settings:?}")
    }
}
