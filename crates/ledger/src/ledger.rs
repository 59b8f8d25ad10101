//! Making a ledger.

use std::fs;
use std::path::Path;

use uuid::Uuid;

use crate::currency::Currency;
use crate::disk;
use crate::error::{CreateError, DiskError};
use crate::header::{FORMAT_VERSION, Header};
use crate::instant::Instant;
use crate::lock::Lock;
use crate::store::Store;
use crate::tail::{Journal, TailHead};
use crate::zone::Zone;

/// Stands in a folder while a ledger is being made in it.
pub const CREATING: &str = "creating";

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
    ///
    /// ```
    /// use recount_ledger::{Ledger, Reader, Settings};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let home = tempfile::tempdir()?;
    /// # let dir = home.path().join("ledger");
    /// let header = Ledger::create(&dir, Settings { zone: "Europe/Berlin".parse()?, currency: None })?;
    /// assert_eq!(Reader::open(&dir)?.header(), &header);
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(dir: &Path, settings: Settings) -> Result<Header, CreateError> {
        fs::create_dir_all(dir).map_err(DiskError::at("create", dir))?;
        require_vacant(dir)?;
        let _lock = Lock::take(dir, Instant::now())?;
        require_vacant(dir)?;
        disk::replace(&dir.join(CREATING), b"")?;
        clear(dir)?;
        let header = Header {
            format: FORMAT_VERSION,
            id: Uuid::new_v4(),
            zone: settings.zone,
            currency: settings.currency,
            created_at: Instant::now(),
        };
        Store::create(dir)?;
        Journal::start(dir, TailHead::first(header.id))?;
        // The header makes it a ledger.
        header.write(dir)?;
        disk::remove_if_there(&dir.join(CREATING))?;
        disk::sync_dir(dir)?;
        Ok(header)
    }
}

/// Nothing may be there but what an interrupted making left.
fn require_vacant(dir: &Path) -> Result<(), CreateError> {
    if dir.join("header").exists() {
        return Err(CreateError::Exists(dir.to_owned()));
    }
    if dir.join(CREATING).exists() {
        return Ok(());
    }
    let entries = fs::read_dir(dir).map_err(DiskError::at("read", dir))?;
    for entry in entries {
        let name = entry.map_err(DiskError::at("read", dir))?.file_name();
        // Taken before the mark is set.
        if name != "lock" && name != "creating.new" {
            return Err(CreateError::NotEmpty(dir.to_owned()));
        }
    }
    Ok(())
}

/// Removes what an interrupted making left.
fn clear(dir: &Path) -> Result<(), DiskError> {
    let store = dir.join(crate::store::FOLDER);
    if store.exists() {
        fs::remove_dir_all(&store).map_err(DiskError::at("remove", &store))?;
    }
    [crate::tail::FILE, "tail.new", "header.new"].iter().try_for_each(|name| disk::remove_if_there(&dir.join(name)))
}
