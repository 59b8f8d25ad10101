//! Symbolic links within a ledger's folder: there are none, and what is found is not followed.
//!
//! A folder that came from somewhere else (unpacked, shared, restored by hand) may hold a link under the name of a file
//! that is written, such as `lock` or `stage`, and it may lead to any file of whoever opens the ledger.

use std::path::Path;

use crate::error::{Damage, OpenError};
use crate::identity;

/// The folders within a ledger's folder whose files are written, too.
const INNER: [&str; 3] = ["store", identity::FOLDER, "projection"];

/// Refuses a ledger in whose folder a link lies. The folder itself may be reached through one.
pub fn refuse(dir: &Path) -> Result<(), OpenError> {
    let inner = INNER.map(|name| dir.join(name));
    for folder in std::iter::once(dir).chain(inner.iter().map(AsRef::as_ref)) {
        // A folder that is not there, or cannot be read, holds no link that would be followed; who needs it says so.
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let link = entries.flatten().find(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()));
        if let Some(link) = link {
            let what =
                "is a symbolic link, which no ledger makes; put the file itself in its place, or remove the link";
            return Err(Damage::of(&link.path(), what).into());
        }
    }
    Ok(())
}
