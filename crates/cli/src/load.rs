//! Opens the projection of a ledger: from its cache where that is current, extended or rebuilt where it is not.

use std::ops::Range;
use std::path::Path;

use recount_ledger::{Currency, Event, Header, InUse, ReadError, Reader, Records, Writer};
use recount_projection::{CacheError, Projection, Registers};

use crate::context::Context;
use crate::error::CommandError;
use crate::output::Output;
use crate::output::progress::Bar;
use crate::receipt::Library;

/// The cache's folder within the ledger's.
pub const CACHE: &str = "projection";

/// Where records come from: a reader, or the writer itself while it holds the ledger.
pub trait Source {
    /// What holds for the whole ledger.
    fn header(&self) -> &Header;
    /// How many records there are.
    fn size(&self) -> u64;
    /// Their Merkle root.
    fn root(&self) -> [u8; 32];
    /// The Merkle root of the first so many.
    fn root_at(&self, size: u64) -> Result<[u8; 32], ReadError>;
    /// The records of a range.
    fn read(&self, positions: Range<u64>) -> Result<Records, ReadError>;
    /// From where on records can be read beside another process's writer.
    fn tail_start(&self) -> u64;
}

impl Source for Reader {
    fn header(&self) -> &Header {
        self.header()
    }

    fn size(&self) -> u64 {
        self.size()
    }

    fn root(&self) -> [u8; 32] {
        self.root()
    }

    fn root_at(&self, size: u64) -> Result<[u8; 32], ReadError> {
        self.root_at(size)
    }

    fn read(&self, positions: Range<u64>) -> Result<Records, ReadError> {
        self.read(positions)
    }

    fn tail_start(&self) -> u64 {
        self.tail_start()
    }
}

impl Source for Writer {
    fn header(&self) -> &Header {
        self.header()
    }

    fn size(&self) -> u64 {
        self.size()
    }

    fn root(&self) -> [u8; 32] {
        self.root()
    }

    fn root_at(&self, size: u64) -> Result<[u8; 32], ReadError> {
        self.root_at(size)
    }

    fn read(&self, positions: Range<u64>) -> Result<Records, ReadError> {
        self.read(positions)
    }

    fn tail_start(&self) -> u64 {
        0
    }
}

/// A ledger opened for questions.
pub struct Book {
    /// The records.
    pub reader: Reader,
    /// What they come to.
    pub projection: Projection,
    /// What an answer rests on beside them.
    pub library: Library,
}

impl Book {
    /// Opens the ledger of the command line.
    pub fn open(context: &mut Context) -> Result<Self, CommandError> {
        let reader = context.reader()?;
        let projection = projection(&context.dir, &reader, &mut context.out)?;
        Ok(Self { reader, projection, library: Library::default() })
    }
}

/// The projection of all records of a source; beside another process's writer, of those that the cache has.
pub fn projection(dir: &Path, source: &dyn Source, out: &mut Output) -> Result<Projection, CommandError> {
    let mut known = cached(dir, source, out)?;
    let from = known.size();
    match extend(&mut known, source, out) {
        Ok(()) => {}
        Err(Failure::InUse(in_use)) if from > 0 => {
            out.note(&format!(
                "{in_use}; answered from the projection cache, which has the first {from} of {} records",
                source.size()
            ))?;
            return cached(dir, source, out);
        }
        Err(failure) => return Err(failure.into()),
    }
    // A tail is short and read anew each time; what took the store to find out is worth keeping.
    if from < source.tail_start().min(source.size()) {
        save(dir, source.header(), &mut known, out)?;
    }
    Ok(known)
}

/// The projection of all records of a source, from the records alone: for what is to stand for ever.
pub fn replayed(source: &dyn Source, out: &Output) -> Result<Projection, CommandError> {
    let mut projection = Projection::empty();
    extend(&mut projection, source, out)?;
    Ok(projection)
}

/// A cache that is this many records behind is brought up to date rather than read around.
const BEHIND: u64 = 4_096;

/// The closes and definitions of a ledger, without the columns where the cache spares them.
pub fn registers(dir: &Path, writer: &Writer, out: &mut Output) -> Result<Registers, CommandError> {
    let (header, size) = (writer.header(), writer.size());
    let cached = Registers::load(&dir.join(CACHE), header.id, size).ok();
    let current = |known: &Registers| size - known.size <= BEHIND;
    let mut known = match cached.filter(current) {
        Some(known) if writer.root_at(known.size)? == known.root => known,
        _ if size <= BEHIND => Registers::default(),
        _ => {
            let mut projection = projection(dir, writer, out)?;
            save(dir, header, &mut projection, out)?;
            return Ok(Registers::of(&projection));
        }
    };
    for chunk in writer.read(known.size..size)? {
        chunk?.records().for_each(|record| known.push(&record));
    }
    Ok(known)
}

/// Takes records into a projection, and shows each of them on the way.
pub fn take(
    projection: &mut Projection,
    records: Records,
    mut show: impl FnMut(&Event<&str>),
) -> Result<(), CommandError> {
    let mut extension = projection.extension();
    for chunk in records.read_ahead() {
        extension.push_all(chunk?.records().inspect(|record| show(&record.event)))?;
    }
    Ok(extension.finish()?)
}

/// Takes what a writer recorded since.
pub fn catch_up(projection: &mut Projection, writer: &Writer) -> Result<(), CommandError> {
    let (from, size) = (projection.size(), writer.size());
    if from < size {
        take(projection, writer.read(from..size)?, |_| ())?;
    }
    projection.seal(writer.root());
    Ok(())
}

/// The currency of amounts that name none: the one that the ledger was made with, else the only one on record.
pub fn only_currency(header: &Header, projection: &Projection) -> Option<Currency> {
    header.currency.or_else(|| match projection.currencies().as_slice() {
        [only] => Some(*only),
        _ => None,
    })
}

/// Writes the cache. It is only ever a cache: that it cannot be written is no failure.
pub fn save(dir: &Path, ledger: &Header, projection: &mut Projection, out: &mut Output) -> Result<(), CommandError> {
    match projection.save(&dir.join(CACHE), ledger.id) {
        Ok(()) => Ok(()),
        Err(error) => {
            out.note(&format!("the projection cache could not be written, the next answer takes longer: {error}"))
        }
    }
}

/// What the cache has, if it belongs to this ledger; else nothing, and why is said.
fn cached(dir: &Path, source: &dyn Source, out: &mut Output) -> Result<Projection, CommandError> {
    let known = match Projection::load(&dir.join(CACHE), source.header().id, source.size()) {
        Ok(known) => known,
        Err(CacheError::Missing { .. }) => return Ok(Projection::empty()),
        Err(error) => {
            out.note(&format!("{error}; it is rebuilt from the records"))?;
            return Ok(Projection::empty());
        }
    };
    if belongs(&known, source)? {
        return Ok(known);
    }
    out.note("the projection cache is of another state of this ledger; it is rebuilt from the records")?;
    Ok(Projection::empty())
}

fn belongs(known: &Projection, source: &dyn Source) -> Result<bool, CommandError> {
    match source.root_at(known.size()) {
        Ok(root) => Ok(root == known.root()),
        // The writer of another process holds what could tell; the cache was right when it was written.
        Err(ReadError::InUse(_)) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

enum Failure {
    InUse(InUse),
    Other(CommandError),
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::InUse(in_use) => Self::InUse(in_use),
            other => Self::Other(other.into()),
        }
    }
}

impl From<Failure> for CommandError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::InUse(in_use) => in_use.into(),
            Failure::Other(error) => error,
        }
    }
}

fn extend(known: &mut Projection, source: &dyn Source, out: &Output) -> Result<(), Failure> {
    let (from, size) = (known.size(), source.size());
    if from == size {
        // A projection of nothing was never told a root.
        if size == 0 {
            known.seal(source.root());
        }
        return Ok(());
    }
    let bar = Bar::records(out, "replaying", size - from);
    let mut extension = known.extension();
    for chunk in source.read(from..size)?.read_ahead() {
        let chunk = chunk?;
        extension.push_all(chunk.records()).map_err(|error| Failure::Other(error.into()))?;
        bar.set(chunk.positions().end - from);
    }
    extension.finish().map_err(|error| Failure::Other(error.into()))?;
    known.seal(source.root());
    Ok(())
}
