//! A copy of a ledger, made beside whoever writes it and proven before it has its name.
//!
//! [`snapshot`] takes what is on disk, [`place`] is where the copy grows. The records of the snapshot are recorded again
//! in a new ledger with the same header, so every one of them is read and hashed on the way; the copy is kept only if
//! they give the root that the original's tail counts on, and if [`verify`](crate::verify) finds nothing in it.

mod place;
mod snapshot;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use place::Place;
use snapshot::{Access, Snapshot};

use crate::error::{CopyError, Damage, OpenError, ReadError, StageError};
use crate::header::Header;
use crate::instant::Instant;
use crate::ledger::Ledger;
use crate::medium::Folder;
use crate::reader::Reader;
use crate::verify::verify;
use crate::writer::{Options, Writer};

/// A store that is copied while another process changes it may come out torn; it is then copied again.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// What a copy is doing; numbers are records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyStep {
    /// Recording them in the copy.
    Copying,
    /// Reading the copy.
    Verifying,
}

/// A copy of a ledger that proved good and waits for its name. Dropping it removes it.
#[derive(Debug)]
pub struct Copy {
    place: Place,
    header: Header,
    size: u64,
    root: [u8; 32],
}

impl Copy {
    /// Copies the ledger in `source`, also while another process writes to it, to what will be `target`: a folder that
    /// is empty or not there, and not inside of the ledger. The copy has every record that was durable before.
    pub fn of(source: &Path, target: &Path, progress: &mut dyn FnMut(CopyStep, u64, u64)) -> Result<Self, CopyError> {
        let header = Header::read(source)?;
        let place = Place::take(source, target)?;
        let mut tries = 1;
        loop {
            place.clear()?;
            let snapshot = Snapshot::take(source, header, &place.scratch())?;
            match record(&snapshot, &place.ledger(), progress) {
                Ok(()) => {
                    let (size, root) = (snapshot.size(), snapshot.root());
                    drop(snapshot);
                    place.clear_scratch()?;
                    prove(&place.ledger(), root, progress)?;
                    return Ok(Self { place, header, size, root });
                }
                Err(OpenError::Damaged(damage)) => {
                    let damage = snapshot.as_of_source(damage);
                    match &snapshot.access {
                        Access::Beside(_) if tries < TRIES => {}
                        Access::Beside(holder) => {
                            return Err(CopyError::Busy { holder: holder.clone(), tries, damage });
                        }
                        Access::Alone => return Err(damage.into()),
                    }
                }
                Err(other) => return Err(other.into()),
            }
            tries += 1;
            std::thread::sleep(PAUSE);
        }
    }

    /// What holds for the whole ledger; the copy has the same.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How many records it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The Merkle root over them.
    pub fn root(&self) -> [u8; 32] {
        self.root
    }

    /// Opens the copy, for those who have more to compare before they keep it.
    pub fn reader(&self) -> Result<Reader, OpenError> {
        Reader::open(&self.place.ledger())
    }

    /// Gives the copy its name; returns its bytes on disk.
    pub fn keep(self) -> Result<u64, CopyError> {
        self.place.keep()
    }
}

/// Records what a snapshot holds in a new ledger.
fn record(snapshot: &Snapshot, dir: &Path, progress: &mut dyn FnMut(CopyStep, u64, u64)) -> Result<(), OpenError> {
    let size = snapshot.size();
    Ledger::create_as(&Folder::on_disk(dir), snapshot.header, Instant::now()).map_err(uncreated)?;
    let mut writer = Writer::open(dir, Options::default())?;
    if size > 0 {
        let mut stage = writer.stage().map_err(unstaged(snapshot))?;
        for chunk in snapshot.records() {
            let chunk = chunk?;
            for record in chunk.records() {
                stage.push_recorded(record.to_owned_record()).map_err(unstaged(snapshot))?;
            }
            progress(CopyStep::Copying, chunk.positions().end, size);
        }
        let staged = stage.finish().map_err(unstaged(snapshot))?;
        let outcome = staged.outcome();
        if let Some(row) = outcome.rejected.first() {
            let what = format!("holds a record that no ledger takes: {}", row.rejection);
            return Err(snapshot.damage(what).at(row.row, row.row + 1).into());
        }
        if outcome.duplicates > 0 {
            return Err(snapshot.damage("holds records twice").into());
        }
        staged.publish(None).map_err(unstaged(snapshot))?;
    }
    if writer.root() != snapshot.root() {
        let what = "its records do not give the root that the tail counts on: some were changed";
        return Err(snapshot.damage(what).at(0, size).into());
    }
    writer.close().map_err(StageError::from).map_err(unstaged(snapshot))
}

/// Reads the copy wholly.
fn prove(dir: &Path, root: [u8; 32], progress: &mut dyn FnMut(CopyStep, u64, u64)) -> Result<(), CopyError> {
    let report = verify(dir, &mut |done, total| progress(CopyStep::Verifying, done, total))?;
    match report.damage.into_iter().next() {
        Some(damage) => Err(damage.into()),
        None if report.root != root => Err(Damage::of(dir, "the copy has another root than the ledger").into()),
        None => Ok(()),
    }
}

fn uncreated(error: crate::error::CreateError) -> OpenError {
    use crate::error::CreateError as Create;
    match error {
        Create::InUse(holder) => OpenError::InUse(holder),
        Create::Disk(disk) => OpenError::Disk(disk),
        Create::Damaged(damage) => OpenError::Damaged(damage),
        Create::Exists(dir) | Create::NotEmpty(dir) => OpenError::Damaged(Damage::of(&dir, "is not empty")),
    }
}

/// What the snapshot gave could not be recorded.
fn unstaged(snapshot: &Snapshot) -> impl Fn(StageError) -> OpenError + '_ {
    |error| match error {
        StageError::Read(read) => read.into(),
        StageError::Disk(disk) => disk.into(),
        StageError::DoesNotFollow { position, why } => snapshot.damage(why).at(position.0, position.0 + 1).into(),
        other => ReadError::Damaged(snapshot.damage(other.to_string())).into(),
    }
}
