//! The cache: a projection's columns in one file, so that a report needs no replay. The only room of this crate with IO.
//!
//! It is never more than a cache: whatever is wrong with it is an error that a replay answers.

mod error;
mod file;
mod lists;
mod load;
mod save;
mod wire;

pub use error::CacheError;

use std::path::Path;

use uuid::Uuid;

use crate::projection::Projection;
use crate::registers::Registers;

/// The version of the file's layout and of everything that its columns mean. Another version is replayed, never converted.
const VERSION: u32 = 1;
/// The file within the cache's directory.
const FILE: &str = "columns";

/// The sections of the file. A number never changes its meaning within a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
enum Section {
    Lists = 1,
    CustomerBytes = 2,
    CustomerEnds = 3,
    NameBytes = 4,
    NameEnds = 5,
    SlotsOfCustomer = 6,
    RowsOfSlot = 7,
    VoidedOfSlot = 8,
    NameOfSlot = 9,
    Effective = 10,
    Position = 11,
    Booked = 12,
    Amount = 13,
    Kind = 14,
    Bookings = 15,
    Identities = 16,
    Contradictions = 17,
    /// Columns that may be sparse are two sections: the values, then the form and the rows.
    Currency = 20,
    Before = 22,
    Zone = 24,
    /// From here on, four for every attribute: its values' bytes and ends, then the column of codes.
    Attributes = 1_000,
}

impl Projection {
    /// Writes the columns into a directory, which is made if need be, in place of older ones. Brings them into their one
    /// form first, so equal records make equal files.
    pub fn save(&mut self, directory: &Path, ledger: Uuid) -> Result<(), CacheError> {
        self.compact();
        save::save(self, directory, ledger)
    }

    /// Reads the columns of a ledger from a directory, if they are whole and hold no more than its `size` records. What
    /// the ledger has beyond [`Projection::size`] is up to the caller, and so is comparing [`Projection::root`].
    pub fn load(directory: &Path, ledger: Uuid, size: u64) -> Result<Self, CacheError> {
        load::load(directory, ledger, size)
    }
}

impl Registers {
    /// Reads them from the cache of a ledger without its columns. What holds for [`Projection::load`] holds here.
    pub fn load(directory: &Path, ledger: Uuid, size: u64) -> Result<Self, CacheError> {
        load::registers(directory, ledger, size)
    }
}
