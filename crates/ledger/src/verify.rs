//! Re-reading every byte of a ledger and comparing it with everything that is said about it.

use std::path::Path;

use rayon::prelude::*;

use crate::chunk::{FRAME_RECORDS, leaf_of};
use crate::codec::{encode_content, view_content};
use crate::error::{Damage, OpenError, ReadError};
use crate::header::Header;
use crate::id::EventId;
use crate::identity::{self, Index};
use crate::instant::Instant;
use crate::medium::Folder;
use crate::merkle::{Hash, Peaks};
use crate::record::Recorded;
use crate::shelf::{Frames, Shelf};
use crate::tail::{self, Tail};
use crate::tree::{TILE, Tiles, Tree};

/// Frames that are checked at a time.
const WINDOW: u64 = 16;
/// Ids that are looked for in the index at a time.
const SOUGHT_MAX: usize = 1 << 22;
/// Not every bad record is listed when a whole store is bad.
const DAMAGE_MAX: usize = 1_000;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many records the ledger says it has.
    pub size: u64,
    /// The Merkle root it says they have.
    pub root: [u8; 32],
    /// What is not as it was written; empty for a good ledger.
    pub damage: Vec<Damage>,
}

/// Verifies the ledger in `dir`: decodes every frame, takes every leaf again from the record's canonical bytes, and
/// compares tree, tail and identity index with them. `progress` hears of records checked and records in all.
///
/// Whatever keeps the ledger from being opened at all is an error; everything else is in the report.
pub fn verify(dir: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Report, OpenError> {
    verify_in(&Folder::on_disk(dir), progress)
}

/// Verifies the ledger in a folder of any medium.
pub(crate) fn verify_in(dir: &Folder, progress: &mut dyn FnMut(u64, u64)) -> Result<Report, OpenError> {
    Header::read_in(dir)?;
    let _lock = dir.lock(Instant::now())?;
    let header = Header::read_in(dir)?;
    let tail = tail::load(dir, header.id)?;
    let mut check = Check { dir, tail: &tail, header: &header, damage: Vec::new() };
    match check.store(progress) {
        Ok(()) => {}
        Err(ReadError::Damaged(damage)) => check.damage.push(damage),
        Err(other) => return Err(other.into()),
    }
    check.tail();
    progress(tail.size(), tail.size());
    let mut damage = check.damage;
    damage.truncate(DAMAGE_MAX);
    Ok(Report { size: tail.size(), root: tail.peaks.root().0, damage })
}

struct Check<'a> {
    dir: &'a Folder,
    header: &'a Header,
    tail: &'a Tail,
    damage: Vec<Damage>,
}

/// What one frame holds.
struct Seen {
    number: u64,
    leaves: Vec<Hash>,
    ids: Vec<(EventId, Option<EventId>)>,
    recorded: Option<(Instant, Instant)>,
    damage: Option<Damage>,
}

impl Seen {
    /// What the index must hold of the records that it covers: hashes, and twice the position, plus one for a void.
    fn hashes(&self, index: &Index) -> Vec<(u64, u64)> {
        let hasher = index.hasher();
        let covered = index.covered();
        let numbered = (self.number * FRAME_RECORDS..covered).zip(&self.ids);
        let both = |(position, (id, voids)): (u64, &(EventId, Option<EventId>))| {
            let void = voids.map(|target| (hasher.void_of(target), position * 2 + 1));
            [Some((hasher.id(*id), position * 2)), void].into_iter().flatten()
        };
        numbered.flat_map(both).collect()
    }
}

impl Check<'_> {
    fn store(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<(), ReadError> {
        let base = self.tail.head.base();
        let shelf = Shelf::new(self.dir);
        let tree = Tree::new(self.dir, self.header.id);
        shelf.compare(self.tail, &tree)?;
        let index = self.index(base);
        let (mut peaks, mut tiles) = (Peaks::new(), Tiles::from(0));
        let mut last = None;
        let mut sought = Vec::new();
        let mut first = 0;
        while first < base {
            let end = (first + WINDOW * FRAME_RECORDS).min(base);
            let frames: Vec<Seen> = (first / FRAME_RECORDS..end.div_ceil(FRAME_RECORDS))
                .map(|number| Ok((number, shelf.frame(number)?)))
                .collect::<Result<Vec<_>, ReadError>>()?
                .into_par_iter()
                .map(|(number, bytes)| look(number, &bytes, base, shelf.path()))
                .collect();
            for seen in frames {
                self.order(&seen, &mut last);
                sought.extend(index.iter().flat_map(|index| seen.hashes(index)));
                seen.leaves.iter().for_each(|leaf| {
                    peaks.push(*leaf);
                    tiles.push(*leaf);
                });
                self.damage.extend(seen.damage);
            }
            first = end;
            if let Some(index) = index.as_ref().filter(|_| sought.len() >= SOUGHT_MAX || end == base) {
                self.indexed(index, &mut sought)?;
            }
            progress(first, self.tail.size());
        }
        if peaks != self.tail.head.peaks && self.damage.is_empty() {
            let what = "the records do not give the root that was written with them: some were changed";
            self.damage.push(Damage::of(shelf.path(), what).at(0, base));
        }
        self.tree(&tree, tiles.complete().1, base);
        Ok(())
    }

    /// The index, if it can be used; where it is missing or stale it is only made again by the next writer.
    fn index(&mut self, base: u64) -> Option<Index> {
        let folder = self.dir.inner(identity::FOLDER);
        let root = self.tail.head.peaks.root();
        let index = match Index::open(folder.clone(), self.header.id, base, |size| (size == base).then_some(root)) {
            Ok(index) => index,
            Err(error) => {
                self.damage.push(Damage::of(&folder, error.to_string()));
                return None;
            }
        };
        if let Some(why) = index.discarded() {
            self.damage.push(Damage::of(&folder, format!("{why}; the next writer makes it again")));
        } else if let Err(error) = index.check() {
            self.damage.push(Damage::of(&folder, error.to_string()));
            return None;
        }
        Some(index)
    }

    /// Every record that the index covers must be found in it.
    fn indexed(&mut self, index: &Index, sought: &mut Vec<(u64, u64)>) -> Result<(), ReadError> {
        sought.par_sort_unstable();
        let mut found: Vec<u64> = index
            .join(sought.iter().copied(), u64::MAX)?
            .into_iter()
            .filter_map(|(row, candidate)| (row / 2 == candidate).then_some(row))
            .collect();
        found.par_sort_unstable();
        let folder = self.dir.join(identity::FOLDER);
        for (_, row) in sought.drain(..) {
            let position = row / 2;
            if found.binary_search(&row).is_err() && self.damage.len() < DAMAGE_MAX {
                let what = "does not know the record; remove the folder, the next writer makes it again";
                self.damage.push(Damage::of(&folder, what).at(position, position + 1));
            }
        }
        Ok(())
    }

    /// `recorded_at` never decreases.
    fn order(&mut self, seen: &Seen, last: &mut Option<Instant>) {
        let Some((first, end)) = seen.recorded else { return };
        if last.is_some_and(|last| last > first) {
            let start = seen.number * FRAME_RECORDS;
            let what = "a record was recorded before its predecessor";
            self.damage.push(Damage::of(&self.dir.join(crate::store::FOLDER), what).at(start, start + 1));
        }
        *last = Some(end);
    }

    fn tree(&mut self, tree: &Tree, tiles: &[Hash], base: u64) {
        match tree.read(base / TILE) {
            Ok(stored) if stored == tiles => {}
            Ok(stored) => {
                let bad = stored.iter().zip(tiles).position(|(stored, taken)| stored != taken).unwrap_or(0) as u64;
                let what = "holds another hash than the records give; remove it, the next writer makes it again";
                self.damage.push(Damage::of(tree.path(), what).at(bad * TILE, (bad + 1) * TILE));
            }
            Err(error) => self.damage.push(Damage::of(tree.path(), error.to_string())),
        }
    }

    /// The tail's entries gave their roots when it was loaded; here their contents are read.
    fn tail(&mut self) {
        for commit in &self.tail.commits {
            for (position, content) in (commit.first..).zip(&commit.contents) {
                if let Err(error) = view_content(content) {
                    let file = self.dir.join(tail::FILE);
                    self.damage.push(Damage::of(&file, error.to_string()).at(position, position + 1));
                }
            }
        }
    }
}

/// Reads a frame; records at and beyond `base` count on nothing yet.
fn look(number: u64, bytes: &[u8], base: u64, path: &Path) -> Seen {
    let start = number * FRAME_RECORDS;
    let end = base.min(start + FRAME_RECORDS);
    let mut seen = Seen { number, leaves: Vec::new(), ids: Vec::new(), recorded: None, damage: None };
    let chunk = match crate::chunk::Chunk::of_frame(number, bytes, &(start..end), path) {
        Ok(chunk) => chunk,
        Err(error) => {
            seen.damage = Some(match error {
                ReadError::Damaged(damage) => damage,
                other => Damage::of(path, other.to_string()).at(start, end),
            });
            return seen;
        }
    };
    let mut content = Vec::new();
    for record in chunk.records() {
        seen.leaves.push(leaf_of(&record, &mut content));
        seen.ids.push((record.event.id(), record.event.voids()));
        let at = record.recorded_at;
        seen.recorded = Some((seen.recorded.map_or(at, |(first, _)| first), at));
        if seen.damage.is_none() {
            seen.damage = canonical(&record, path);
        }
    }
    seen
}

/// The canonical bytes of a record must give it back.
fn canonical(record: &Recorded<&str>, path: &Path) -> Option<Damage> {
    let mut content = Vec::new();
    encode_content(&record.event, &mut content);
    let position = record.position.0;
    let problem = match view_content(&content) {
        Ok(event) if event == record.event => return None,
        Ok(_) => "reads otherwise from its canonical bytes".to_owned(),
        Err(error) => error.to_string(),
    };
    Some(Damage::of(path, problem).at(position, position + 1))
}
