//! What can be read of a ledger, damaged or not: the common ground of `verify` and `salvage`.
//!
//! Nothing here stops at the first damage. [`frames`] reads the store, [`vouch`] says which records are intact, and by
//! what that is known.

mod frames;
mod vouch;

use std::io::ErrorKind;

use uuid::Uuid;

pub use self::frames::{DAMAGE_MAX, Seen, Walked, walk};
pub use self::vouch::{Intact, Known, Voucher, add, vouch};
use crate::error::{Damage, DiskError, OpenError, ReadError};
use crate::header::Header;
use crate::medium::Folder;
use crate::merkle::Hash;
use crate::shelf::Shelf;
use crate::tail::{self, Tail};
use crate::tree::{self, TILE, Tree};
use crate::{ledger, store};

/// A ledger that was looked at.
#[derive(Debug)]
pub struct Survey {
    /// What holds for the whole ledger, where it can be read.
    pub header: Option<Header>,
    /// The ledger's id, from whatever has it.
    pub id: Option<Uuid>,
    /// The tail up to its first bad entry.
    pub tail: Option<Tail>,
    /// Whether records may be missing behind those of the tail.
    pub cut: bool,
    /// What is not what was written.
    pub damage: Vec<Damage>,
    /// What a crash can have left, and no record hangs on.
    pub notes: Vec<Damage>,
}

impl Survey {
    /// Looks at header and tail; the store is for the caller to walk.
    pub fn of(dir: &Folder) -> Result<Self, OpenError> {
        let any = dir.has("header")? || dir.has(tail::FILE)? || dir.has(store::FOLDER)?;
        if !any || (dir.has(ledger::CREATING)? && !dir.has("header")?) {
            return Err(OpenError::Missing(dir.to_path_buf()));
        }
        let mut survey = Self { header: None, id: None, tail: None, cut: true, damage: Vec::new(), notes: Vec::new() };
        match Header::read_in(dir) {
            Ok(header) => survey.header = Some(header),
            Err(OpenError::Damaged(damage)) => survey.damage.push(damage),
            Err(OpenError::Missing(_)) => {
                let what = "is missing beside a store; restore it from a copy of this ledger";
                survey.damage.push(Damage::of(&dir.join("header"), what));
            }
            Err(other) => return Err(other),
        }
        survey.id = survey.header.map(|header| header.id);
        survey.look_at_tail(dir)?;
        survey.id = survey.id.or(survey.tail.as_ref().map(|tail| tail.head.ledger)).or_else(|| tree::ledger_of(dir));
        Ok(survey)
    }

    fn look_at_tail(&mut self, dir: &Folder) -> Result<(), OpenError> {
        let path = &dir.join(tail::FILE);
        let bytes = match dir.read(tail::FILE) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => {
                self.damage.push(Damage::of(path, "is missing, and with it the newest records and the root of all"));
                return Ok(());
            }
            Err(e) => return Err(DiskError::at("read", path)(e).into()),
        };
        let inspected = tail::inspect(&bytes, path, self.id)?;
        (self.tail, self.cut) = (inspected.tail, inspected.cut);
        self.damage.extend(inspected.damage);
        self.notes.extend(inspected.notes);
        Ok(())
    }

    /// How many records of the store the tail counts on, if it says.
    pub fn base(&self) -> Option<u64> {
        self.tail.as_ref().map(|tail| tail.head.base())
    }

    /// The file `tree`, if it belongs to this ledger.
    pub fn tree(&self, dir: &Folder, records: u64) -> Option<Vec<Hash>> {
        let tree = Tree::new(dir, self.id?);
        let mut count = records / TILE;
        // One that is behind vouches for what it has.
        while count > 0 && !tree.has(count) {
            count /= 2;
        }
        tree.read(count).ok().filter(|tiles| !tiles.is_empty())
    }

    /// How many frames the store has; none can be read where it cannot be opened.
    pub fn frames(&mut self, shelf: &Shelf) -> Result<u64, ReadError> {
        let opened = shelf.with(|store| Ok((store.frames(), store.mended())));
        match opened {
            Ok((frames, mended)) => {
                self.damage.extend(mended);
                Ok(frames)
            }
            Err(ReadError::Damaged(damage)) => {
                let damage = match self.base() {
                    Some(base) if base > 0 => damage.at(0, base),
                    _ => damage,
                };
                self.damage.push(damage);
                Ok(0)
            }
            Err(other) => Err(other),
        }
    }

    /// Which records of the store and the tail are intact, and what the store holds that it should not.
    pub fn intact(&mut self, dir: &Folder, walked: &Walked) -> Vec<Intact> {
        let tree = self.tree(dir, walked.extent);
        let known = Known { peaks: self.tail.as_ref().map(|tail| &tail.head.peaks), tree: tree.as_deref() };
        let mut intact = vouch(&walked.found, known);
        let contradicted = contradicted(walked, &intact);
        let what = match known.peaks {
            Some(_) => {
                "the records do not give the hashes that were written with them: they were changed, are from \
                        another time, or belong to another ledger"
            }
            None => "the records and the file tree do not agree: one of them was changed",
        };
        let store = dir.join(store::FOLDER);
        self.damage.extend(contradicted.into_iter().map(|(first, end)| Damage::of(&store, what).at(first, end)));
        if let Some(tail) = &self.tail {
            add(&mut intact, tail.head.base(), tail.size(), Voucher::Root);
        }
        intact
    }
}

/// Records that were read, but are vouched for by nothing.
fn contradicted(walked: &Walked, intact: &[Intact]) -> Vec<(u64, u64)> {
    let vouched = |first: u64| {
        let at = intact.partition_point(|range| range.end <= first);
        intact.get(at).is_some_and(|range| range.first <= first)
    };
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    let rest = walked.found.rest.as_ref().map_or(0, |rest| rest.len() as u64);
    let tiles = walked.found.tiles.iter().map(|tile| (tile.is_some(), TILE)).chain([(rest > 0, rest)]);
    let mut first = 0;
    for (read, length) in tiles {
        if read && !vouched(first) {
            match ranges.last_mut() {
                Some(last) if last.1 == first => last.1 += length,
                _ => ranges.push((first, first + length)),
            }
        }
        first += length;
    }
    ranges
}
