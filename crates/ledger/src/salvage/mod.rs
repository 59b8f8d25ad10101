//! Making a sound ledger of what is left of a damaged one.
//!
//! The longest run of intact records from the first one on is copied into a new folder. The source is only read: sled
//! writes to what it opens, so it gets a copy of the store, in the new folder.

#[cfg(test)]
mod tests;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use crate::chunk::{Chunk, FRAME_RECORDS, leaf_of, unframed};
use crate::codec::FrameEncoder;
use crate::error::{CreateError, Damage, DiskError, OpenError, ReadError, SalvageError};
use crate::header::{FORMAT_VERSION, Header};
use crate::instant::Instant;
use crate::ledger::{self, Settings};
use crate::lock;
use crate::medium::Folder;
use crate::merkle::Peaks;
use crate::record::Recorded;
use crate::shelf::{Frames, Shelf, held_by};
use crate::stage::Pending;
use crate::store::{self, FrameStore, Store};
use crate::survey::{Intact, Survey, Voucher, Walked, add, walk};
use crate::tail::{Journal, Tail, TailHead};
use crate::tree::{Tiles, Tree};

/// Where the copy of the store lies while it is read.
pub const WORKSHOP: &str = "salvaging";

/// What was salvaged.
#[derive(Clone, Debug)]
pub struct Salvaged {
    /// The header of the new ledger: the old one's, with its id.
    pub header: Header,
    /// Whether the old header could be read; if not, zone and currency are those that were given.
    pub header_read: bool,
    /// How many records were copied.
    pub size: u64,
    /// Their Merkle root.
    pub root: [u8; 32],
    /// What vouches for them, in order.
    pub vouched: Vec<Intact>,
    /// The records that were not copied: the first position, and the one after the last where that is known.
    pub lost: Option<(u64, Option<u64>)>,
    /// Everything that is wrong with the old ledger.
    pub damage: Vec<Damage>,
}

/// Copies the longest run of intact records, from position 0 on, of the ledger in `from` into a new ledger in `to`, which
/// must be empty or not exist; it is made whole or not at all. Records keep position, id and `recorded_at`, so the new
/// ledger has the root that the old one had at that size, and its id: what was signed of the old one up to there still
/// holds. `settings` stand in for a header that cannot be read. `progress` hears of records done and records in all.
pub fn salvage(
    from: &Path,
    to: &Path,
    settings: Settings,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Salvaged, SalvageError> {
    crate::links::refuse(from)?;
    let (from, to) = (&Folder::on_disk(from), &Folder::on_disk(to));
    Survey::of(from)?;
    let _still = hold_still(from)?;
    let now = Instant::now();
    let _lock = ledger::begin(to, now)?;
    let Settings { zone, currency } = settings;
    let header = Header { format: FORMAT_VERSION, id: Uuid::new_v4(), zone, currency, created_at: now };
    let salvaged = copy(from, to, header, progress);
    if salvaged.is_err() {
        // Half a ledger is worse than none; what cannot be removed now is when it is tried again.
        let _tried_again_later = ledger::undo(to);
    }
    salvaged
}

/// Keeps writers away without writing anything.
fn hold_still(dir: &Path) -> Result<Option<File>, OpenError> {
    let path = dir.join(lock::FILE);
    // Nobody has ever written where there is no lock, or it was lost with all the rest.
    let Ok(mut file) = File::open(&path) else { return Ok(None) };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(lock::holder(&mut file, dir).into()),
        Err(TryLockError::Error(e)) => Err(DiskError::at("lock", &path)(e).into()),
    }
}

/// A recorded import, and the size of the ledger with it or what is wrong with it.
type Waiting = (Pending, Result<u64, Damage>);

/// The old ledger, looked at.
struct Source {
    survey: Survey,
    shelf: Arc<Shelf>,
    walked: Walked,
    intact: Vec<Intact>,
    /// An import that was recorded and not published yet, and the size of the ledger with it, if it is whole.
    pending: Option<Waiting>,
}

fn copy(
    from: &Folder,
    to: &Folder,
    fresh: Header,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Salvaged, SalvageError> {
    let source = look(from, to)?;
    let plan = Plan::of(&source);
    if plan.records() == 0 && plan.lost.is_some() {
        let damage = source.survey.damage;
        return Err(SalvageError::Nothing { dir: from.to_path_buf(), damage });
    }
    let header = match source.survey.header {
        Some(header) => Header { format: FORMAT_VERSION, ..header },
        None => Header { id: source.survey.id.unwrap_or(fresh.id), ..fresh },
    };
    let mut copy = Copy::into(to)?;
    let total = plan.records();
    for part in &plan.parts {
        copy.take(part, &source, &mut |done| progress(done, total))?;
    }
    let (size, root) = copy.finish(to, &header)?;
    drop(source.shelf);
    let workshop = to.join(WORKSHOP);
    fs::remove_dir_all(&workshop).map_err(DiskError::at("remove", &workshop))?;
    ledger::end(to, &header)?;
    Ok(Salvaged {
        header,
        header_read: source.survey.header.is_some(),
        size,
        root,
        vouched: plan.vouched,
        lost: plan.lost,
        damage: source.survey.damage,
    })
}

/// Reads what there is, the store from a copy of it.
fn look(from: &Folder, to: &Folder) -> Result<Source, SalvageError> {
    let mut survey = Survey::of(from)?;
    let workshop = to.inner(WORKSHOP);
    copy_folder(&from.join(store::FOLDER), &workshop.join(store::FOLDER))?;
    let shelf = Shelf::new(&workshop);
    let frames = survey.frames(&shelf)?;
    let mut walked = walk(&shelf, frames, None, &mut |_| Ok(()))?;
    // A store that is ahead of its tail is judged up to where the tail counts on it, and by its checksums beyond.
    let counted = survey.base().filter(|base| *base < walked.extent);
    let beyond = walked.extent;
    if let Some(base) = counted {
        walked = walk(&shelf, frames.min(base.div_ceil(FRAME_RECORDS)), Some(base), &mut |_| Ok(()))?;
    }
    survey.damage.append(&mut walked.damage);
    let intact = survey.intact(from, &walked);
    for damage in &mut survey.damage {
        if let Ok(inner) = damage.file.strip_prefix(&*workshop) {
            damage.file = from.join(inner);
        }
    }
    walked.extent = beyond;
    let pending = pending(from, &mut survey)?;
    Ok(Source { survey, shelf: Arc::new(shelf), walked, intact, pending })
}

fn pending(from: &Folder, survey: &mut Survey) -> Result<Option<Waiting>, SalvageError> {
    let Some(tail) = &survey.tail else { return Ok(None) };
    let pending = match Pending::after(from, tail) {
        Err(ReadError::Damaged(damage)) => {
            survey.damage.push(damage);
            return Ok(None);
        }
        other => other?,
    };
    let Some(pending) = pending else { return Ok(None) };
    let checked = match pending.check(tail, &Tree::new(from, tail.head.ledger)) {
        Ok(size) => Ok(size),
        Err(ReadError::Damaged(damage)) => Err(damage),
        Err(other) => return Err(other.into()),
    };
    survey.damage.extend(checked.as_ref().err().cloned());
    Ok(Some((pending, checked)))
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), DiskError> {
    fs::create_dir_all(to).map_err(DiskError::at("create", to))?;
    let entries = match fs::read_dir(from) {
        Ok(entries) => entries,
        // A store that is gone is damage, which shows when it is opened.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(DiskError::at("read", from)(e)),
    };
    for entry in entries {
        let path = entry.map_err(DiskError::at("read", from))?.path();
        let copy = to.join(path.file_name().unwrap_or_default());
        match path.is_dir() {
            true => copy_folder(&path, &copy)?,
            false => fs::copy(&path, &copy).map(drop).map_err(DiskError::at("copy", &path))?,
        }
    }
    Ok(())
}

/// Records of one place.
#[derive(Clone, Debug)]
enum Part {
    Store(std::ops::Range<u64>),
    Tail(std::ops::Range<u64>),
    Stage(std::ops::Range<u64>),
}

/// What is copied from where.
struct Plan {
    parts: Vec<Part>,
    vouched: Vec<Intact>,
    lost: Option<(u64, Option<u64>)>,
}

impl Plan {
    fn of(source: &Source) -> Self {
        let mut plan = Self { parts: Vec::new(), vouched: Vec::new(), lost: None };
        for range in &source.intact {
            if range.first == plan.records() {
                add(&mut plan.vouched, range.first, range.end, range.by);
            }
        }
        let records = plan.records();
        let tail = source.survey.tail.as_ref();
        let base = tail.map_or(records, |tail| tail.head.base()).min(records);
        plan.part(Part::Store(0..base));
        plan.part(Part::Tail(base..records));
        let mut end = tail.filter(|_| !source.survey.cut).map(Tail::size);
        if let Some(tail) = tail.filter(|tail| tail.size() == records) {
            match &source.pending {
                Some((_, Ok(size))) => {
                    plan.part(Part::Stage(records..*size));
                    add(&mut plan.vouched, records, *size, Voucher::Root);
                }
                Some((_, Err(bad))) => end = bad.positions.map(|(_, end)| end),
                None => plan.go_on(source, tail),
            }
        }
        // Whoever lost the tail does not know what it held; a tail that is whole says how many records there are.
        plan.lost = match end {
            Some(end) => (plan.records() < end).then_some((plan.records(), Some(end))),
            None => Some((plan.records(), None)),
        };
        plan
    }

    fn records(&self) -> u64 {
        self.vouched.last().map_or(0, |last| last.end)
    }

    fn part(&mut self, part: Part) {
        let (Part::Store(range) | Part::Tail(range) | Part::Stage(range)) = &part;
        if !range.is_empty() {
            self.parts.push(part);
        }
    }

    /// A tail from an earlier time ends before the store does. Where the store has the tail's own records first, what
    /// follows them are later ones.
    fn go_on(&mut self, source: &Source, tail: &Tail) {
        let size = tail.size();
        let agrees = |record: &Recorded<&str>| record.position.0 >= size || held_by(&tail.commits, record);
        let mut at = tail.head.base();
        while at < source.walked.extent {
            let number = at / FRAME_RECORDS;
            let Ok(chunk) = whole(&source.shelf, number, at) else { break };
            if !chunk.records().all(|record| agrees(&record)) {
                break;
            }
            at = chunk.positions().end;
            if !at.is_multiple_of(FRAME_RECORDS) {
                break;
            }
        }
        if at > size {
            self.part(Part::Store(size..at));
            add(&mut self.vouched, size, at, Voucher::Checksums);
        }
    }
}

/// All records of a frame from a position on, however many it has.
fn whole(shelf: &Shelf, number: u64, from: u64) -> Result<Chunk, ReadError> {
    let bytes = shelf.frame(number)?;
    let start = number * FRAME_RECORDS;
    let held = crate::codec::Frame::decode(&bytes).map_or(0, |frame| frame.len() as u64);
    Chunk::of_frame(number, &bytes, &(from..start + held), shelf.path())
}

/// The new ledger's records as they come.
struct Copy {
    store: Store,
    folder: PathBuf,
    encoder: FrameEncoder,
    open: Vec<Recorded>,
    frames: u64,
    peaks: Peaks,
    tiles: Tiles,
    content: Vec<u8>,
    last: Option<Instant>,
}

impl Copy {
    fn into(dir: &Folder) -> Result<Self, SalvageError> {
        let folder = dir.join(store::FOLDER);
        let encoder = FrameEncoder::new().map_err(unframed(&folder))?;
        Store::create(dir).map_err(CreateError::from)?;
        let store = Store::open(dir).map_err(OpenError::from)?;
        let open = Vec::with_capacity(FRAME_RECORDS as usize);
        let (peaks, tiles) = (Peaks::new(), Tiles::from(0));
        Ok(Self { store, folder, encoder, open, frames: 0, peaks, tiles, content: Vec::new(), last: None })
    }

    fn take(&mut self, part: &Part, source: &Source, progress: &mut dyn FnMut(u64)) -> Result<(), SalvageError> {
        match part {
            Part::Store(range) => {
                let mut at = range.start;
                while at < range.end {
                    let chunk = source.shelf.chunk(at / FRAME_RECORDS, &(at..range.end))?;
                    at = chunk.positions().end;
                    self.push_all(&chunk)?;
                    progress(at);
                }
            }
            Part::Stage(range) => {
                for chunk in source.pending.iter().flat_map(|(pending, _)| pending.chunks()) {
                    self.push_all(&chunk?)?;
                }
                progress(range.end);
            }
            Part::Tail(range) => {
                for commit in source.survey.tail.iter().flat_map(|tail| &tail.commits) {
                    if commit.first < range.end && commit.end() > range.start {
                        self.push_all(&Chunk::of_commit(commit, range, &self.folder)?)?;
                    }
                }
                progress(range.end);
            }
        }
        Ok(())
    }

    fn push_all(&mut self, chunk: &Chunk) -> Result<(), SalvageError> {
        for record in chunk.records() {
            let leaf = leaf_of(&record, &mut self.content);
            self.peaks.push(leaf);
            self.tiles.push(leaf);
            self.last = Some(record.recorded_at);
            self.open.push(record.to_owned_record());
            if self.open.len() as u64 == FRAME_RECORDS {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SalvageError> {
        if !self.open.is_empty() {
            let bytes = self.encoder.encode(&self.open).map_err(unframed(&self.folder))?;
            self.store.put(self.frames, &bytes).map_err(OpenError::from)?;
            self.frames += 1;
            self.open.clear();
        }
        Ok(())
    }

    /// Writes everything but the header; size and root.
    fn finish(mut self, dir: &Folder, header: &Header) -> Result<(u64, [u8; 32]), SalvageError> {
        self.flush()?;
        self.store.sync().map_err(OpenError::from)?;
        drop(self.store);
        Tree::new(dir, header.id).make(self.tiles.complete().1)?;
        let head: TailHead = TailHead::first(header.id).next(self.peaks.clone(), self.last);
        Journal::start(dir, head)?;
        Ok((self.peaks.size(), self.peaks.root().0))
    }
}
