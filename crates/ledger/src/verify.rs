//! Re-reading every byte of a ledger and comparing it with everything that is said about it.

use std::path::Path;

use rayon::prelude::*;

use crate::chunk::FRAME_RECORDS;
use crate::codec::view_content;
use crate::error::{Damage, OpenError, ReadError};
use crate::identity::{self, Index};
use crate::instant::Instant;
use crate::medium::Folder;
use crate::merkle::Hash;
use crate::shelf::{Frames, Shelf};
use crate::stage::{self, Pending};
use crate::survey::{DAMAGE_MAX, Intact, Seen, Survey, Walked, walk};
use crate::tail;
use crate::tree::{TILE, Tree};

/// Ids that are looked for in the index at a time.
const SOUGHT_MAX: usize = 1 << 22;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many records the ledger says it has; how many were found, where its tail is too damaged to say.
    pub size: u64,
    /// The Merkle root it says they have; zeros where its tail cannot say.
    pub root: [u8; 32],
    /// Whether size and root are what the ledger says.
    pub headed: bool,
    /// What is not as it was written; empty for a good ledger.
    pub damage: Vec<Damage>,
    /// Which records are intact, in order, and what says so.
    pub intact: Vec<Intact>,
    /// What is no damage: left behind by a crash, to be finished or cleared by the next writer.
    pub notes: Vec<Damage>,
}

/// Verifies the ledger in `dir`: decodes every frame, takes every leaf again from the record's canonical bytes, and
/// compares tree, tail and identity index with them. `progress` hears of records checked and records in all.
///
/// It goes on behind damage as far as anything can be read, and lists all of it. Only what is no damage is an error: that
/// the ledger is missing, in use, of a newer format, or cannot be read.
pub fn verify(dir: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Report, OpenError> {
    crate::links::refuse(dir)?;
    verify_in(&Folder::on_disk(dir), progress)
}

/// Verifies the ledger in a folder of any medium.
pub(crate) fn verify_in(dir: &Folder, progress: &mut dyn FnMut(u64, u64)) -> Result<Report, OpenError> {
    Survey::of(dir)?;
    let _lock = dir.lock(Instant::now())?;
    let survey = Survey::of(dir)?;
    let total = survey.tail.as_ref().map_or(0, tail::Tail::size);
    let mut check = Check { dir, survey, total, walked: Walked::default() };
    let intact = check.store(progress)?;
    check.contents();
    check.stage()?;
    progress(total, total);
    let Survey { tail, mut damage, notes, .. } = check.survey;
    damage.truncate(DAMAGE_MAX);
    let headed = tail.is_some();
    let (size, root) = tail.map_or((check.walked.extent, [0; 32]), |tail| (tail.size(), tail.peaks.root().0));
    Ok(Report { size, root, headed, damage, intact, notes })
}

struct Check<'a> {
    dir: &'a Folder,
    survey: Survey,
    total: u64,
    walked: Walked,
}

/// What the index must hold of the records that it covers: hashes, and twice the position, plus one for a void.
fn hashes(seen: &Seen, index: &Index) -> Vec<(u64, u64)> {
    let hasher = index.hasher();
    let numbered = (seen.first..index.covered()).zip(&seen.ids);
    numbered
        .flat_map(|(position, (id, voids))| {
            let void = voids.map(|target| (hasher.void_of(target), position * 2 + 1));
            [Some((hasher.id(*id), position * 2)), void].into_iter().flatten()
        })
        .collect()
}

impl Check<'_> {
    fn store(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<Intact>, ReadError> {
        let shelf = Shelf::new(self.dir);
        let there = self.survey.frames(&shelf)?;
        let base = self.survey.base();
        let frames = base.map_or(there, |base| there.min(base.div_ceil(FRAME_RECORDS)));
        let total = self.total.max(frames * FRAME_RECORDS);
        let index = self.index(base.unwrap_or_default())?;
        let (mut sought, mut missing) = (Vec::new(), Vec::new());
        let mut walked = walk(&shelf, frames, base, &mut |seen| {
            if let Some(index) = &index {
                sought.extend(hashes(seen, index));
                if sought.len() >= SOUGHT_MAX {
                    missing.extend(unknown(index, &mut sought)?);
                }
            }
            progress((seen.first + FRAME_RECORDS).min(total), total);
            Ok(())
        })?;
        if let Some(index) = &index {
            missing.extend(unknown(index, &mut sought)?);
        }
        self.survey.damage.append(&mut walked.damage);
        if let Some(base) = base.filter(|base| walked.extent < *base && there > 0) {
            let what = format!(
                "it has {there} frames of {FRAME_RECORDS}, the tail counts on {base} records: it lost some, was rolled back or belongs to another ledger"
            );
            self.survey.damage.push(Damage::of(shelf.path(), what).at(walked.extent, base));
        }
        let intact = self.survey.intact(self.dir, &walked);
        self.surplus(&shelf, there)?;
        self.tree(&walked);
        self.forgotten(missing, &intact);
        self.walked = walked;
        Ok(intact)
    }

    /// What the store holds beyond what the tail counts on must be the tail's, or that of an import killed while it was
    /// published.
    fn surplus(&mut self, shelf: &Shelf, there: u64) -> Result<(), ReadError> {
        let Some(tail) = &self.survey.tail else { return Ok(()) };
        let pending = match Pending::after(self.dir, tail) {
            // Listed where the stage itself is looked at.
            Err(ReadError::Damaged(_)) => None,
            other => other?,
        };
        for number in tail.head.base() / FRAME_RECORDS..there {
            match shelf.compare_extra(number, tail, pending.as_ref()) {
                Ok(()) => {}
                // A frame that is counted on was read and listed already.
                Err(ReadError::Damaged(_))
                    if number * FRAME_RECORDS < tail.head.base() && !self.survey.damage.is_empty() => {}
                Err(ReadError::Damaged(damage)) => {
                    self.survey.damage.push(damage);
                    break;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// The index, if it can be used; where it is missing or stale it is only made again by the next writer.
    fn index(&mut self, base: u64) -> Result<Option<Index>, ReadError> {
        let folder = self.dir.inner(identity::FOLDER);
        let (Some(id), Some(tail)) = (self.survey.header.map(|header| header.id), &self.survey.tail) else {
            return Ok(None);
        };
        let root = tail.head.peaks.root();
        let index = Index::open(folder.clone(), id, base, |size| (size == base).then_some(root))?;
        if index.is_outdated() {
            self.survey
                .notes
                .push(Damage::of(&folder, "another version of recount wrote it; the next writer makes it again"));
        } else if let Some(why) = index.discarded() {
            self.survey.damage.push(Damage::of(&folder, format!("{why}; the next writer makes it again")));
        } else if let Err(error) = index.check() {
            self.survey.damage.push(Damage::of(&error.file, error.source.to_string()));
            return Ok(None);
        }
        Ok(Some(index))
    }

    /// Intact records that the index should know.
    fn forgotten(&mut self, mut missing: Vec<u64>, intact: &[Intact]) {
        missing.retain(|position| intact.iter().any(|range| (range.first..range.end).contains(position)));
        missing.sort_unstable();
        missing.dedup();
        let folder = self.dir.join(identity::FOLDER);
        let what = "does not know the records; remove the folder, the next writer makes it again";
        for run in missing.chunk_by(|before, after| before + 1 == *after) {
            if let [first, ..] = run {
                self.survey.damage.push(Damage::of(&folder, what).at(*first, first + run.len() as u64));
            }
        }
    }

    /// The file `tree` against the records.
    fn tree(&mut self, walked: &Walked) {
        let (Some(id), Some(base)) = (self.survey.id, self.survey.base()) else { return };
        let tree = Tree::new(self.dir, id);
        let stored = match tree.read(base / TILE) {
            Ok(stored) => stored,
            Err(ReadError::Damaged(damage)) => return self.survey.damage.push(damage),
            Err(error) => return self.survey.damage.push(Damage::of(tree.path(), error.to_string())),
        };
        let differs = |(stored, found): (&Hash, &Option<Hash>)| found.is_some_and(|found| found != *stored);
        let Some(bad) = stored.iter().zip(&walked.found.tiles).position(differs).map(|bad| bad as u64) else { return };
        // Where the records do not give the root, it is they that are listed.
        if walked.peaks().as_ref() == self.survey.tail.as_ref().map(|tail| &tail.head.peaks) {
            let what = "holds another hash than the records give; the next writer makes it again";
            self.survey.damage.push(Damage::of(tree.path(), what).at(bad * TILE, (bad + 1) * TILE));
        }
    }

    /// The tail's entries gave their roots when it was read; here their contents are.
    fn contents(&mut self) {
        let file = self.dir.join(tail::FILE);
        for commit in self.survey.tail.iter().flat_map(|tail| &tail.commits) {
            for (position, content) in (commit.first..).zip(&commit.contents) {
                if let Err(error) = view_content(content) {
                    self.survey.damage.push(Damage::of(&file, error.to_string()).at(position, position + 1));
                }
            }
        }
    }

    /// An import that waits for the next writer.
    fn stage(&mut self) -> Result<(), OpenError> {
        let Some(tail) = &self.survey.tail else { return Ok(()) };
        let file = self.dir.join(stage::FILE);
        let pending = match Pending::after(self.dir, tail) {
            Err(ReadError::Damaged(damage)) => {
                self.survey.damage.push(damage);
                return Ok(());
            }
            other => other?,
        };
        match pending {
            Some(pending) => match pending.check(tail, &Tree::new(self.dir, tail.head.ledger)) {
                Ok(end) => {
                    let what = "holds an import that was recorded; the next writer finishes publishing it";
                    self.survey.notes.push(Damage::of(&file, what).at(tail.size(), end));
                }
                Err(ReadError::Damaged(damage)) => self.survey.damage.push(damage),
                Err(other) => return Err(other.into()),
            },
            None if self.dir.has(stage::FILE)? => {
                let what = "holds an import that was not recorded; the next writer removes it";
                self.survey.notes.push(Damage::of(&file, what));
            }
            None => {}
        }
        Ok(())
    }
}

/// The positions of records that the index covers and does not find.
fn unknown(index: &Index, sought: &mut Vec<(u64, u64)>) -> Result<Vec<u64>, ReadError> {
    sought.par_sort_unstable();
    let pairs = index.join(sought.iter().copied(), u64::MAX)?.into_iter();
    let mut found: Vec<u64> = pairs.filter_map(|(row, candidate)| (row / 2 == candidate).then_some(row)).collect();
    found.par_sort_unstable();
    let missing = sought.drain(..).filter(|(_, row)| found.binary_search(row).is_err()).map(|(_, row)| row / 2);
    Ok(missing.take(DAMAGE_MAX).collect())
}
