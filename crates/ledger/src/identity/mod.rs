//! The identity index: from an event id to the positions that may hold it, and from a voided id to those of its void.
//!
//! Immutable sorted runs of hashes, eight bytes an entry, nothing of it in memory. A match is only a candidate: whoever
//! asks reads the record and compares. The index is made of the records and can be made again: what is missing, torn or
//! of another ledger is discarded when it is opened, and [`Index::covered`] says what has to be added.

mod build;
mod hasher;
mod manifest;
mod run;

use uuid::Uuid;

use self::build::Plan;
pub use self::hasher::IdHasher;
use self::manifest::Manifest;
use self::run::Run;
use crate::error::DiskError;
use crate::id::EventId;
use crate::medium::Folder;
use crate::merkle::Hash;

/// The folder's name.
pub const FOLDER: &str = "identity";
/// The file that names the runs.
const MANIFEST: &str = "index";
/// Why an index is discarded that is not damaged.
const OF_ANOTHER: &str = "another version of recount wrote it";
const MANIFEST_BYTES_MAX: u64 = 1 << 16;
/// So many runs of about one size become one.
const MERGE: usize = 4;
/// The smallest size that counts: a run of one frame.
const SMALLEST: u64 = 2_048;
/// Ids held in memory while a run is made from records: 64 MiB of entries.
const RUN_RECORDS_MAX: usize = 1 << 22;
/// A join looks up fewer ids than one in so many entries one by one, and reads the whole run for more.
const LOOK_UP_BELOW: u64 = 512;

/// The identity index of a ledger.
#[derive(Debug)]
pub struct Index {
    dir: Folder,
    ledger: Uuid,
    root: Hash,
    runs: Vec<Run>,
    discarded: Option<String>,
}

impl Index {
    /// Opens the index in a folder, which need not exist. `root_at` tells the Merkle root of the ledger's first records
    /// where it knows it, and nothing beyond the ledger's `size` is trusted.
    pub fn open(
        dir: Folder,
        ledger: Uuid,
        size: u64,
        root_at: impl FnOnce(u64) -> Option<Hash>,
    ) -> Result<Self, DiskError> {
        dir.make()?;
        let mut index = Self { dir, ledger, root: Hash::default(), runs: Vec::new(), discarded: None };
        if let Some(bytes) = run::read_if_there(&index.dir, MANIFEST, MANIFEST_BYTES_MAX)? {
            match index.adopt(&bytes, size, root_at)? {
                Ok(()) => {}
                Err(why) => {
                    index.runs.clear();
                    index.discarded = Some(why.to_owned());
                }
            }
        }
        index.remove_strays()?;
        Ok(index)
    }

    /// Opens what there is of an index for looking only: nothing is made or removed, and one that cannot be used covers
    /// nothing.
    pub fn look(dir: Folder, ledger: Uuid, root_at: impl FnOnce(u64) -> Option<Hash>) -> Result<Self, DiskError> {
        let mut index = Self { dir, ledger, root: Hash::default(), runs: Vec::new(), discarded: None };
        if let Some(bytes) = run::read_if_there(&index.dir, MANIFEST, MANIFEST_BYTES_MAX)?
            && index.adopt(&bytes, u64::MAX, root_at)?.is_err()
        {
            index.runs.clear();
        }
        Ok(index)
    }

    /// Takes over the runs that a manifest names, unless something about them is wrong.
    fn adopt(
        &mut self,
        bytes: &[u8],
        size: u64,
        root_at: impl FnOnce(u64) -> Option<Hash>,
    ) -> Result<Result<(), &'static str>, DiskError> {
        let Some(manifest) = Manifest::from_bytes(bytes) else {
            if Manifest::is_of_another_version(bytes) {
                return Ok(Err(OF_ANOTHER));
            }
            return Ok(Err("its list of runs was damaged"));
        };
        if manifest.ledger != self.ledger {
            return Ok(Err("it belonged to another ledger"));
        }
        if manifest.size() > size {
            return Ok(Err("it knew more records than the ledger has"));
        }
        if root_at(manifest.size()).is_some_and(|root| root != manifest.root) {
            return Ok(Err("it was made of other records"));
        }
        for (first, end) in &manifest.runs {
            match Run::open(&self.dir, run::file_name(*first, *end))? {
                Some(run) if (run.header.first, run.header.end) == (*first, *end) => self.runs.push(run),
                _ => return Ok(Err("one of its runs was missing or damaged")),
            }
        }
        self.root = manifest.root;
        Ok(Ok(()))
    }

    /// Removes runs that no manifest names: left over from a merge or a crash.
    fn remove_strays(&self) -> Result<(), DiskError> {
        let known: Vec<&str> = self.runs.iter().map(|run| run.name.as_str()).collect();
        for name in self.dir.list()? {
            if let Some(name) = name.to_str().filter(|name| name.starts_with("run-") && !known.contains(name)) {
                self.dir.remove_if_there(name)?;
            }
        }
        Ok(())
    }

    /// How many records it covers: those from position 0 to before this one.
    pub fn covered(&self) -> u64 {
        self.runs.last().map_or(0, |run| run.header.end)
    }

    /// Why an index that was found had to be discarded, if it had.
    pub fn discarded(&self) -> Option<&str> {
        self.discarded.as_deref()
    }

    /// Whether what was discarded was sound, and only of another version.
    pub fn is_outdated(&self) -> bool {
        self.discarded() == Some(OF_ANOTHER)
    }

    /// Whether something that was read of it was not what was written: what it was asked has failed, and it has to be
    /// made again.
    pub fn is_broken(&self) -> bool {
        self.runs.iter().any(Run::is_broken)
    }

    /// Whether any record covered takes another back.
    pub fn has_voids(&self) -> bool {
        self.runs.iter().any(|run| run.header.voids > 0)
    }

    /// The hash that the index knows ids by.
    pub const fn hasher(&self) -> IdHasher {
        IdHasher::new(self.ledger)
    }

    /// The positions that may hold this id, ascending.
    pub fn candidates(&self, id: EventId) -> Result<Vec<u64>, DiskError> {
        self.find(self.hasher().id(id))
    }

    /// The positions that may hold the void of this id, ascending.
    pub fn void_candidates(&self, target: EventId) -> Result<Vec<u64>, DiskError> {
        if self.has_voids() { self.find(self.hasher().void_of(target)) } else { Ok(Vec::new()) }
    }

    fn find(&self, hash: u64) -> Result<Vec<u64>, DiskError> {
        let mut found = Vec::new();
        self.runs.iter().try_for_each(|run| run.find(hash, u64::MAX, &mut found))?;
        found.sort_unstable();
        Ok(found)
    }

    /// All pairs of a row and a position that may hold its id. The rows come with their hashes, of which the bits of
    /// `mask` are known, and ascend by them.
    pub fn join<I>(&self, rows: I, mask: u64) -> Result<Vec<(u64, u64)>, DiskError>
    where
        I: Iterator<Item = (u64, u64)> + Clone,
    {
        let count = rows.clone().count() as u64;
        let mut pairs = Vec::new();
        for run in &self.runs {
            if count < run.header.entries / LOOK_UP_BELOW {
                look_up(run, rows.clone(), mask, &mut pairs)?;
            } else {
                merge_join(run, rows.clone(), mask, &mut pairs)?;
            }
        }
        Ok(pairs)
    }

    /// Adds the records after those covered, each with its id and the id it voids. `root` is the Merkle root with them.
    pub fn extend<E: From<DiskError>>(
        &mut self,
        records: impl IntoIterator<Item = Result<(EventId, Option<EventId>), E>>,
        root: Hash,
    ) -> Result<(), E> {
        let hasher = self.hasher();
        let mut added = Vec::new();
        let (first, mut entries) = (self.covered(), Vec::new());
        let (mut start, mut next, mut voids) = (first, first, 0);
        for record in records {
            let (id, target) = record?;
            entries.push((hasher.id(id), next));
            entries.extend(target.map(|target| (hasher.void_of(target), next)));
            voids += u64::from(target.is_some());
            next += 1;
            if entries.len() >= RUN_RECORDS_MAX {
                added.push(self.write(Plan::of(start, next, voids), std::mem::take(&mut entries))?);
                (start, voids) = (next, 0);
            }
        }
        if !entries.is_empty() {
            added.push(self.write(Plan::of(start, next, voids), entries)?);
        }
        Ok(self.adopt_new(added, root)?)
    }

    fn write(&self, plan: Plan, mut entries: Vec<(u64, u64)>) -> Result<Run, DiskError> {
        let mask = plan.hash_mask();
        entries.sort_unstable_by_key(|(hash, position)| (hash & mask, *position));
        build::write(&self.dir, plan, entries.into_iter().map(Ok))
    }

    /// Adds the records of an import, up to before position `end`: each hash with its position, ascending by the bits of
    /// `mask`, and the voids among them, each with the id that it voids.
    pub fn extend_sorted(
        &mut self,
        end: u64,
        hashes: impl Iterator<Item = (u64, u64)>,
        mask: u64,
        voids: &[(EventId, u64)],
        root: Hash,
    ) -> Result<(), DiskError> {
        let first = self.covered();
        if end <= first {
            return Ok(());
        }
        let plan = Plan { lost_bits: mask.trailing_zeros(), ..Plan::of(first, end, voids.len() as u64) };
        let (hasher, mask) = (self.hasher(), plan.hash_mask());
        let mut voids: Vec<(u64, u64)> = voids.iter().map(|(id, at)| (hasher.void_of(*id) & mask, *at)).collect();
        voids.sort_unstable();
        let (mut ids, mut voids) = (hashes.peekable(), voids.into_iter().peekable());
        let merged = std::iter::from_fn(|| match (ids.peek(), voids.peek()) {
            (Some(id), Some(void)) if void.0 < id.0 & mask => voids.next(),
            (None, _) => voids.next(),
            _ => ids.next(),
        });
        let run = build::write(&self.dir, plan, merged.map(Ok))?;
        self.adopt_new(vec![run], root)
    }

    /// Forgets everything, so that it can be built again.
    pub fn clear(&mut self) -> Result<(), DiskError> {
        self.runs.clear();
        self.dir.remove_if_there(MANIFEST)?;
        self.remove_strays()
    }

    /// Re-reads every byte.
    pub fn check(&self) -> Result<(), DiskError> {
        self.runs.iter().try_for_each(Run::check)
    }

    fn adopt_new(&mut self, added: Vec<Run>, root: Hash) -> Result<(), DiskError> {
        self.runs.extend(added);
        self.root = root;
        let mut merged = Vec::new();
        while let Some(from) = self.mergeable() {
            let run = build::merge(&self.dir, &self.runs[from..])?;
            merged.extend(self.runs.drain(from..));
            self.runs.push(run);
        }
        let runs = self.runs.iter().map(|run| (run.header.first, run.header.end)).collect();
        let manifest = Manifest { ledger: self.ledger, root, runs };
        self.dir.replace(MANIFEST, &manifest.to_bytes())?;
        merged.iter().try_for_each(|run| self.dir.remove_if_there(&run.name))
    }

    /// Where the runs begin that are to become one: those at the end, if they are many of about one size.
    fn mergeable(&self) -> Option<usize> {
        let class = |run: &Run| (run.header.entries / SMALLEST).max(1).ilog(MERGE as u64);
        let largest = class(self.runs.last()?);
        let from = self.runs.iter().rposition(|run| class(run) > largest).map_or(0, |larger| larger + 1);
        (self.runs.len() - from >= MERGE).then_some(from)
    }
}

impl Plan {
    fn of(first: u64, end: u64, voids: u64) -> Self {
        Self { first, end, entries: end - first + voids, voids, lost_bits: 0 }
    }
}

fn look_up(
    run: &Run,
    rows: impl Iterator<Item = (u64, u64)>,
    mask: u64,
    pairs: &mut Vec<(u64, u64)>,
) -> Result<(), DiskError> {
    let mut found = Vec::new();
    for (hash, row) in rows {
        run.find(hash, mask, &mut found)?;
        pairs.extend(found.drain(..).map(|position| (row, position)));
    }
    Ok(())
}

fn merge_join<I>(run: &Run, mut rows: I, mask: u64, pairs: &mut Vec<(u64, u64)>) -> Result<(), DiskError>
where
    I: Iterator<Item = (u64, u64)> + Clone,
{
    let mask = mask & !run.header.position_mask();
    let mut head = rows.next();
    for entry in run.entries() {
        let entry = entry?;
        while head.is_some_and(|(hash, _)| hash & mask < entry & mask) {
            head = rows.next();
        }
        let Some(head) = head else { continue };
        let equal = std::iter::once(head).chain(rows.clone()).take_while(|(hash, _)| hash & mask == entry & mask);
        if head.0 & mask == entry & mask {
            pairs.extend(equal.map(|(_, row)| (row, run.position(entry))));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
