//! Doors for the fuzz targets of `tests/fuzz` into the parsers of a ledger's own files. No part of the interface: nothing
//! else may use them, and they change without notice.

use std::path::Path;

use uuid::Uuid;

use crate::error::DiskError;
use crate::identity::Index;
use crate::medium::Folder;
use crate::stage::End;
use crate::tail;

/// Reads a tail from its bytes: its size, or what is wrong with it.
pub fn tail(bytes: &[u8], ledger: Uuid) -> Result<u64, String> {
    tail::scan(bytes, Path::new(tail::FILE), ledger).map(|tail| tail.size()).map_err(|error| error.to_string())
}

/// Reads the end of a staging file, and writes it again.
pub fn stage_end(bytes: &[u8]) -> Option<Vec<u8>> {
    End::parse(bytes).map(|end| end.to_bytes())
}

/// Opens the identity index in a folder of its own, of a ledger of so many records.
pub fn index(dir: &Path, ledger: Uuid, size: u64) -> Result<Index, DiskError> {
    Index::open(Folder::on_disk(dir), ledger, size, |_| None)
}
