//! Making a ledger.

use std::path::Path;

use uuid::Uuid;

use crate::currency::Currency;
use crate::error::{CreateError, DiskError};
use crate::header::{FORMAT_VERSION, Header};
use crate::instant::Instant;
use crate::medium::{Folder, Held};
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
        Self::create_in(&Folder::on_disk(dir), settings, Instant::now())
    }

    /// Makes an empty ledger in a folder of any medium.
    pub(crate) fn create_in(dir: &Folder, settings: Settings, now: Instant) -> Result<Header, CreateError> {
        let header = Header {
            format: FORMAT_VERSION,
            id: Uuid::new_v4(),
            zone: settings.zone,
            currency: settings.currency,
            created_at: now,
        };
        Self::create_as(dir, header, now)
    }

    /// Makes an empty ledger under a given header: one that is to become a copy of another has that one's.
    pub(crate) fn create_as(dir: &Folder, header: Header, now: Instant) -> Result<Header, CreateError> {
        let _lock = begin(dir, now)?;
        dir.medium().make_store(dir)?;
        Journal::start(dir, TailHead::first(header.id))?;
        end(dir, &header)?;
        Ok(header)
    }
}

/// Begins to make a ledger in a folder that must be empty or not exist. Killed or given up before [`end`], the folder
/// holds none.
pub(crate) fn begin(dir: &Folder, now: Instant) -> Result<Box<dyn Held>, CreateError> {
    make_lasting(dir)?;
    require_vacant(dir)?;
    let lock = dir.lock(now)?;
    require_vacant(dir)?;
    dir.replace(CREATING, b"")?;
    clear(dir)?;
    Ok(lock)
}

/// Everything but the header is there: it makes the folder a ledger.
pub(crate) fn end(dir: &Folder, header: &Header) -> Result<(), DiskError> {
    header.write(dir)?;
    dir.remove_if_there(CREATING)?;
    dir.sync()
}

/// Gives up what was begun.
pub(crate) fn undo(dir: &Folder) -> Result<(), DiskError> {
    clear(dir)?;
    [CREATING, crate::lock::FILE].iter().try_for_each(|name| dir.remove_if_there(name))
}

/// Makes the folder and every one above it that is missing, and syncs the folders that hold their names.
fn make_lasting(dir: &Folder) -> Result<(), DiskError> {
    let medium = dir.medium();
    let mut holders = Vec::new();
    for above in dir.ancestors().skip(1) {
        holders.push(above);
        if above.as_os_str().is_empty() || medium.exists(above).map_err(DiskError::at("look for", above))? {
            break;
        }
    }
    dir.make()?;
    holders.iter().try_for_each(|above| match medium.sync_folder(above) {
        // Whoever may not look into it did not make the folder there just now.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Ok(()),
        other => other.map_err(DiskError::at("sync", above)),
    })
}

/// Nothing may be there but what an interrupted making left.
fn require_vacant(dir: &Folder) -> Result<(), CreateError> {
    if dir.has("header")? {
        return Err(CreateError::Exists(dir.to_path_buf()));
    }
    if dir.has(CREATING)? {
        return Ok(());
    }
    for name in dir.list()? {
        // Taken before the mark is set.
        if name != "lock" && name != "creating.new" {
            return Err(CreateError::NotEmpty(dir.to_path_buf()));
        }
    }
    Ok(())
}

/// Removes what an interrupted making left.
fn clear(dir: &Folder) -> Result<(), DiskError> {
    for name in [crate::store::FOLDER, crate::salvage::WORKSHOP] {
        let folder = dir.join(name);
        if dir.has(name)? {
            dir.medium().remove_folder(&folder).map_err(DiskError::at("remove", &folder))?;
        }
    }
    let files = [crate::tail::FILE, crate::tree::FILE, "tail.new", "header.new"];
    files.iter().try_for_each(|name| dir.remove_if_there(name))
}
