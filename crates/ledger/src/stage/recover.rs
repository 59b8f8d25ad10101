//! A staging file found when the ledger is opened: finished if it is complete, discarded if not.

use rayon::prelude::*;

use super::FILE;
use super::file::Complete;
use super::rechunk::leaves_of;
use super::rows::FrameLeaves;
use crate::chunk::{Chunk, FRAME_RECORDS};
use crate::error::{Damage, DiskError, OpenError, ReadError};
use crate::header::Header;
use crate::medium::Folder;
use crate::mended;
use crate::merkle::{Hash, Peaks};
use crate::shelf::Shelf;
use crate::tail::{Tail, TailHead};
use crate::tree::{TILE, Tree};

/// Frames that are read at a time.
const WINDOW: usize = 16;

/// Finishes an import that was recorded but not wholly published, and returns the head that the tail must have then; the
/// caller starts that tail and then [`forget`]s the file. Discards anything else.
pub fn recover(dir: &Folder, header: &Header, tail: &Tail) -> Result<Option<TailHead>, OpenError> {
    let Some(complete) = Complete::open(dir, header.id)? else {
        forget(dir)?;
        return Ok(None);
    };
    let end = &complete.end;
    let published = end.peaks == tail.head.peaks || end.peaks.size() <= tail.head.base();
    if published {
        // The tail's new name may be seen and not be durable: it is, before what would make it again goes.
        dir.sync()?;
        forget(dir)?;
        return Ok(None);
    }
    let fits = complete.base == tail.head.base() && complete.base_root == tail.peaks.root();
    if !fits || complete.base != tail.size() {
        let what = format!(
            "holds an import recorded after {} records, the tail has {}: one of them is from another time; restore the \
             whole ledger from a copy",
            complete.base,
            tail.size()
        );
        return Err(Damage::of(complete.path(), what).at(complete.base, end.peaks.size()).into());
    }
    complete.renew(dir)?;
    redo(dir, header, &complete)?;
    Ok(Some(tail.head.next(end.peaks.clone(), Some(end.recorded_at))))
}

/// An import that is recorded and waits for the next writer to finish it.
#[derive(Debug)]
pub struct Pending(Complete);

impl Pending {
    /// The one that follows this tail, if there is one.
    pub fn after(dir: &Folder, tail: &Tail) -> Result<Option<Self>, ReadError> {
        let complete = Complete::open(dir, tail.head.ledger)?;
        Ok(complete.filter(|complete| complete.base == tail.size()).map(Self))
    }

    /// Whether a frame in the store is one of the import's, put there before a crash.
    pub fn holds(&self, number: u64, bytes: &[u8]) -> Result<bool, DiskError> {
        let end = &self.0.end;
        let place = number.checked_sub(end.first_frame).and_then(|index| end.places.get(index as usize));
        place.map_or(Ok(false), |place| Ok(self.0.read(*place)? == bytes))
    }
}

impl Pending {
    /// Its records, a frame at a time.
    pub fn chunks(&self) -> impl Iterator<Item = Result<Chunk, ReadError>> + '_ {
        let complete = &self.0;
        let (base, size) = (complete.base, complete.end.peaks.size());
        (complete.end.first_frame..).zip(&complete.end.places).map(move |(number, place)| {
            let start = number * FRAME_RECORDS;
            let range = start.max(base)..size.min(start + FRAME_RECORDS);
            Chunk::of_frame(number, &complete.read(*place)?, &range, complete.path())
        })
    }

    /// Whether it is whole and gives the root that was recorded with it; the size of the ledger once it is published.
    pub fn check(&self, tail: &Tail, tree: &Tree) -> Result<u64, ReadError> {
        let complete = &self.0;
        let start = complete.end.first_frame * FRAME_RECORDS;
        let damaged = |what: &str| Damage::of(complete.path(), what).at(complete.base, complete.end.peaks.size());
        if complete.base_root != tail.peaks.root() || complete.base != tail.head.base() {
            return Err(
                damaged("holds an import recorded after other records: one of them is from another time").into()
            );
        }
        match tree.peaks(start / TILE) {
            Ok(before) if tiles_of(complete, before.clone())?.1 != complete.end.peaks => {
                Err(damaged("its records do not give the root that was recorded with them").into())
            }
            Ok(_) => Ok(complete.end.peaks.size()),
            // The tree is made again before an import is finished; until then only the frames can be looked at.
            Err(_) => tiles_of(complete, Peaks::new()).map(|_| complete.end.peaks.size()),
        }
    }
}

/// Removes the staging file.
pub fn forget(dir: &Folder) -> Result<(), DiskError> {
    if dir.has(FILE)? {
        dir.remove_if_there(FILE)?;
        dir.sync()?;
    }
    Ok(())
}

fn redo(dir: &Folder, header: &Header, complete: &Complete) -> Result<(), ReadError> {
    let end = &complete.end;
    let tree = Tree::new(dir, header.id);
    let start = end.first_frame * FRAME_RECORDS;
    let shelf = Shelf::new(dir);
    let (mut tiles, mut peaks) = tiles_of(complete, tree.peaks(start / TILE)?)?;
    if peaks != end.peaks {
        // It may be the tree that is not what it was.
        let before = shelf.tiles(complete.base)?;
        if before.1.root() == complete.base_root {
            tree.make(&before.0)?;
            mended::note(tree.path(), "it did not agree with the records; it was made again from them");
            (tiles, peaks) = tiles_of(complete, tree.peaks(start / TILE)?)?;
        }
    }
    if peaks != end.peaks {
        let what = "its records do not give the root that was recorded with them; restore the whole ledger from a copy";
        return Err(Damage::of(complete.path(), what).at(complete.base, end.peaks.size()).into());
    }
    for (number, place) in (end.first_frame..).zip(&end.places) {
        let bytes = complete.read(*place)?;
        shelf.with(|store| store.put(number, &bytes))?;
    }
    shelf.with(|store| store.sync())?;
    Ok(tree.write(start / TILE, &tiles)?)
}

/// The tiles of all frames, and the tree with them.
fn tiles_of(complete: &Complete, mut peaks: Peaks) -> Result<(Vec<Hash>, Peaks), ReadError> {
    let end = &complete.end;
    let mut tiles = Vec::new();
    let numbered: Vec<_> = (end.first_frame..).zip(end.places.iter().copied()).collect();
    for window in numbered.chunks(WINDOW) {
        let read = |(number, place): &(u64, _)| -> Result<FrameLeaves, ReadError> {
            let range = number * FRAME_RECORDS..end.peaks.size().min((number + 1) * FRAME_RECORDS);
            let chunk = Chunk::of_frame(*number, &complete.read(*place)?, &range, complete.path())?;
            Ok(leaves_of(chunk.records()))
        };
        let frames: Vec<FrameLeaves> = window.par_iter().map(read).collect::<Result<_, ReadError>>()?;
        for frame in frames {
            for tile in &frame.tiles {
                peaks.push_subtree(TILE.trailing_zeros(), *tile).expect("frames begin where tiles do");
            }
            frame.rest.iter().for_each(|leaf| peaks.push(*leaf));
            tiles.extend(frame.tiles);
        }
    }
    Ok((tiles, peaks))
}
