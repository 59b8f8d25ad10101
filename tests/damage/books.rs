//! A small ledger with every kind of file, kept as bytes; and the questions that are asked of a damaged copy.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use recount_ledger::{
    Body, Claim, Denomination, Event, Expected, Instant, Ledger, OpenError, Options, ReadError, Reader, Settings,
    Writer, verify,
};
use recount_projection::Projection;
use tempfile::TempDir;

/// Records in the store: two frames, the second begun.
pub const STORED: u64 = 2_300;
/// Records in all.
pub const ALL: u64 = 2_330;

/// Paths below a ledger, and bytes.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A ledger in a folder of its own, and its files as they were.
pub struct Book {
    _home: TempDir,
    /// The ledger.
    pub dir: PathBuf,
    files: Files,
}

/// What the records come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    root: [u8; 32],
    ids: Vec<String>,
    /// Customers and their number of movements, as the projection has them.
    figure: String,
}

/// What became of a damaged ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An error that names a file.
    Named(String),
    /// All records, the same root, the same figure.
    Intact,
    /// The same, and something is said that is no damage.
    Noted,
    /// The same, after a cache was made again.
    Rebuilt,
}

pub fn event(number: u64) -> Event {
    let micros = 1_700_000_000_000_000 + number as i64 * 1_000_000;
    let movement = recount_ledger::Movement {
        claim: Claim::Change,
        customer: format!("customer {}", number % 61),
        subscription: None,
        effective_at: Instant::from_micros(micros).expect("in range").into(),
        mrr: Some((1 + number % 700).to_string().parse().expect("an amount")),
        mrr_before: None,
        currency: Some(Denomination::given("USD".parse().expect("a currency"))),
        plan: Some("pro".to_owned()),
        quantity: None,
        attributes: vec![("channel".to_owned(), format!("c{}", number % 3))],
        replaces: None,
    };
    Event::new(Body::Movement(movement)).keyed("damage", &format!("e{number}"))
}

pub fn append(dir: &Path, numbers: std::ops::Range<u64>) -> Writer {
    let mut writer = Writer::open(dir, Options::default()).expect("opens");
    // Batches as they come, so that the tail has several entries.
    for first in numbers.clone().step_by(700) {
        let batch = (first..(first + 700).min(numbers.end)).map(event).collect();
        writer.append(batch, Expected::Any).expect("appends");
    }
    writer
}

impl Book {
    /// Two frames, a tail of three entries and its mark of closing, tree, identity, projection cache.
    pub fn new() -> Self {
        Self::of(0)
    }

    /// The same with other records.
    pub fn of(from: u64) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let dir = home.path().join("ledger");
        Ledger::create(&dir, Settings::default()).expect("makes a ledger");
        append(&dir, from..from + STORED).close().expect("drains");
        project(&dir);
        for first in (STORED..ALL).step_by(10) {
            drop(append(&dir, from + first..from + first + 10));
        }
        fs::remove_file(dir.join("lock")).expect("nobody has it");
        let files = read_all(&dir);
        Self { _home: home, dir, files }
    }

    /// A ledger that was made in `home`, with files that it had at some time.
    pub fn with(home: TempDir, dir: PathBuf, files: Files) -> Self {
        Self { _home: home, dir, files }
    }

    /// The names of its files, as paths below it.
    pub fn names(&self) -> impl Iterator<Item = &Path> {
        self.files.keys().map(PathBuf::as_path)
    }

    /// A file as it was.
    pub fn bytes(&self, name: &Path) -> &[u8] {
        &self.files[name]
    }

    /// Puts every file back that is not as it was.
    pub fn restore(&self) {
        // The one folder without a file.
        fs::create_dir_all(self.dir.join("store/blobs")).expect("a folder");
        let now = read_all(&self.dir);
        for name in now.keys().filter(|name| !self.files.contains_key(*name)) {
            fs::remove_file(self.dir.join(name)).expect("removes");
        }
        for (name, bytes) in self.files.iter().filter(|(name, bytes)| now.get(*name) != Some(bytes)) {
            self.write(name, bytes);
        }
    }

    pub fn write(&self, name: &Path, bytes: &[u8]) {
        let path = self.dir.join(name);
        fs::create_dir_all(path.parent().expect("in the ledger")).expect("a folder");
        fs::write(path, bytes).expect("writes");
    }

    /// Verifies, then reads everything as a program would: all records, the root, the figure.
    pub fn outcome(&self, good: &Answer) -> Outcome {
        let report = verify(&self.dir, &mut |_, _| {});
        let answered = answer(&self.dir);
        if let Ok((answer, _)) = &answered {
            assert!(answer == good, "a wrong answer, and nothing was said; verify: {report:?}");
        }
        let rebuilt = answered.as_ref().is_ok_and(|(_, rebuilt)| *rebuilt);
        match (report, answered) {
            (Err(OpenError::Damaged(damage)), _) => Outcome::Named(damage.to_string()),
            (Err(other), _) => Outcome::Named(format!("refused: {other}")),
            (Ok(report), _) if !report.damage.is_empty() => Outcome::Named(report.damage[0].to_string()),
            (Ok(report), Err(error)) => panic!("verify finds nothing, a reader does: {error}; {report:?}"),
            (Ok(_), Ok(_)) if rebuilt => Outcome::Rebuilt,
            (Ok(report), Ok(_)) if !report.notes.is_empty() => Outcome::Noted,
            (Ok(_), Ok(_)) => Outcome::Intact,
        }
    }
}

/// All files of a ledger.
pub fn read_all(dir: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).expect("in the ledger").to_owned();
                files.insert(name, fs::read(path).expect("reads"));
            }
        }
    }
    files
}

/// Makes the projection cache.
pub fn project(dir: &Path) {
    let reader = Reader::open(dir).expect("opens");
    replay(&reader).expect("replays").save(&dir.join("projection"), reader.header().id).expect("saves");
}

fn replay(reader: &Reader) -> Result<Projection, ReadError> {
    let mut projection = Projection::empty();
    let mut extension = projection.extension();
    for chunk in reader.read(0..reader.size())? {
        extension.push_all(chunk?.records()).expect("the records were taken before");
    }
    extension.finish().expect("the records were taken before");
    projection.seal(reader.root());
    Ok(projection)
}

/// What the ledger says, with its cache where that can be used; and whether it had to be made again. An error says which
/// file is damaged.
pub fn answer(dir: &Path) -> Result<(Answer, bool), String> {
    let reader = Reader::open(dir).map_err(|error| error.to_string())?;
    let cache = Projection::load(&dir.join("projection"), reader.header().id, reader.size());
    let usable = match cache {
        Ok(known) if reader.root_at(known.size()).map_err(|e| e.to_string())? == known.root() => Some(known),
        _ => None,
    };
    let rebuilt = usable.is_none();
    let mut projection = usable.unwrap_or_else(Projection::empty);
    let mut extension = projection.extension();
    let from = extension_start(&reader, rebuilt, dir);
    for chunk in reader.read(from..reader.size()).map_err(|e| e.to_string())? {
        extension.push_all(chunk.map_err(|e| e.to_string())?.records()).map_err(|e| e.to_string())?;
    }
    extension.finish().map_err(|e| e.to_string())?;
    projection.seal(reader.root());
    let mut ids = Vec::new();
    for chunk in reader.read(..).map_err(|e| e.to_string())? {
        ids.extend(chunk.map_err(|e| e.to_string())?.records().map(|record| record.event.id().to_string()));
    }
    // Equal records make equal files: the figure of everything.
    let figures = tempfile::tempdir().expect("a folder");
    projection.save(figures.path(), reader.header().id).expect("saves");
    let bytes = fs::read(figures.path().join("columns")).expect("reads");
    let figure = format!("{} bytes, {:016x}", bytes.len(), fold(&bytes));
    Ok((Answer { root: reader.root(), ids, figure }, rebuilt))
}

fn extension_start(reader: &Reader, rebuilt: bool, dir: &Path) -> u64 {
    match rebuilt {
        true => 0,
        false => {
            Projection::load(&dir.join("projection"), reader.header().id, reader.size()).map_or(0, |known| known.size())
        }
    }
}

fn fold(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}
