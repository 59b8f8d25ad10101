//! The projection's cache against the records: a cache that lies would give wrong figures.

use std::fs;
use std::path::Path;

use recount_ledger::{Damage, Header, Reader};
use recount_projection::Projection;

use crate::error::CommandError;
use crate::load::CACHE;
use crate::output::progress::Bar;

/// Where the cache is made anew, beside the one that is compared.
const AGAIN: &str = "projection.verify";

/// Replays the records that the cache says it has, and compares the two byte for byte. A cache that is missing or does
/// not belong to this ledger is never used, so it is nothing to complain about.
pub fn compare(dir: &Path, reader: &Reader, bar: &Bar) -> Result<Option<Damage>, CommandError> {
    let Ok(known) = Projection::load(&dir.join(CACHE), reader.header().id, reader.size()) else {
        return Ok(None);
    };
    let size = known.size();
    if reader.root_at(size)? != known.root() {
        return Ok(None);
    }
    drop(known);
    let mut again = replay(reader, size, bar)?;
    let kept = same_files(&mut again, dir, reader.header());
    fs::remove_dir_all(dir.join(AGAIN)).ok();
    Ok(match kept {
        Ok(true) => None,
        Ok(false) => Some(Damage {
            file: dir.join(CACHE),
            positions: None,
            what: "it is not what the records come to; remove this folder, it is made again from the records"
                .to_owned(),
        }),
        // Where nothing can be written, nothing can be compared; the records themselves are verified.
        Err(_) => None,
    })
}

fn replay(reader: &Reader, size: u64, bar: &Bar) -> Result<Projection, CommandError> {
    let mut again = Projection::empty();
    let mut extension = again.extension();
    for chunk in reader.read(0..size)? {
        let chunk = chunk?;
        extension.push_all(chunk.records())?;
        bar.set(chunk.positions().end);
    }
    extension.finish()?;
    again.seal(reader.root_at(size)?);
    Ok(again)
}

fn same_files(again: &mut Projection, dir: &Path, header: &Header) -> Result<bool, CommandError> {
    let (kept, made) = (dir.join(CACHE), dir.join(AGAIN));
    let io = |error: std::io::Error| CommandError::io("read", &kept, &error);
    again.save(&made, header.id).map_err(|error| CommandError::io("write", &made, &std::io::Error::other(error)))?;
    for entry in fs::read_dir(&made).map_err(io)? {
        let name = entry.map_err(io)?.file_name();
        if fs::read(made.join(&name)).map_err(io)? != fs::read(kept.join(&name)).map_err(io)? {
            return Ok(false);
        }
    }
    Ok(true)
}
