//! Does what a script says and compares the ledger with the model after every step.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::auditor::{Auditor, Entry, Verdict};
use super::medium::Faulty;
use super::rng::{Rng, mix};
use super::script::{Script, Step};
use super::world::{Lie, Mood, World};
use crate::error::{AppendError, CreateError, OpenError, ReadError, StageError};
use crate::event::Event;
use crate::header::{FORMAT_VERSION, Header};
use crate::instant::Instant;
use crate::ledger::Ledger;
use crate::medium::Folder;
use crate::reader::Reader;
use crate::record::Recorded;
use crate::writer::{Expected, Options, Outcome, Writer};

const DIR: &str = "/ledger";
const LEDGER: uuid::Uuid = uuid::Uuid::from_u128(7);
const START: i64 = 1_750_000_000_000_000;
const CREATE_TRIES: u32 = 12;
/// The disk is in trouble for so many of them.
const TROUBLED_TRIES: u32 = 8;

/// Where each event of a batch stands, and whether it stood there before.
type Answers = Vec<(u64, bool)>;

/// A run that went as it must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Sums up every change of the disk and every answer.
    pub trace: u64,
    pub records: u64,
    /// How often the writer stopped on an error.
    pub stops: u64,
    /// How often the process or the machine ended.
    pub ends: u64,
}

/// One run of a seed. The error tells what was done and what is wrong.
pub fn run(seed: u64, lie: Option<Lie>) -> Result<Ran, String> {
    let mut driver = Driver::new(seed, lie);
    driver.all().map_err(|wrong| format!("seed {seed}: {wrong}\n  {}", driver.told.join("\n  ")))?;
    let world = driver.world();
    Ok(Ran { trace: world.trace, records: driver.auditor.size(), stops: driver.stops, ends: world.process })
}

struct Driver {
    world: Arc<Mutex<World>>,
    folder: Folder,
    clock: Arc<AtomicI64>,
    script: Script,
    dice: Rng,
    auditor: Auditor,
    writer: Option<Writer>,
    /// Whether the writer has met an error of the disk.
    failed: bool,
    /// Whether making the ledger was acknowledged, or a writer opened it.
    lasting: bool,
    stops: u64,
    told: Vec<String>,
}

impl Driver {
    fn new(seed: u64, lie: Option<Lie>) -> Self {
        let world = Arc::new(Mutex::new(World::new(seed, lie)));
        let folder = Folder::on(Arc::new(Faulty::of(&world)), Path::new(DIR));
        let (script, dice) = (Script::new(mix(seed ^ 1)), Rng::new(mix(seed ^ 2)));
        Self {
            world,
            folder,
            clock: Arc::new(AtomicI64::new(START)),
            script,
            dice,
            auditor: Auditor::default(),
            writer: None,
            failed: false,
            lasting: false,
            stops: 0,
            told: Vec::new(),
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("no thread panics with the disk")
    }

    fn all(&mut self) -> Result<(), String> {
        self.create()?;
        for _ in 0..self.script.length() {
            let step = self.script.step(self.auditor.size());
            self.told.push(step.told());
            self.clock.fetch_add(self.script.seconds() * 1_000_000, Ordering::Relaxed);
            self.world().step += 1;
            self.step(step)?;
            if self.world().ended {
                self.begin_process();
            }
        }
        self.heal();
        self.tell("the end");
        if self.dice.one_in(2) {
            self.end(true);
        }
        self.open(true)?;
        self.writer = None;
        self.read_all()
    }

    fn tell(&mut self, what: impl Into<String>) {
        self.told.push(format!("  {}", what.into()));
    }

    fn heal(&mut self) {
        let mut world = self.world();
        world.mood = Mood::Healthy;
        world.fuse = None;
    }

    /// A new process in the place of one that has ended.
    fn begin_process(&mut self) {
        self.tell("the process has ended");
        self.writer = None;
        self.failed = false;
        let mut world = self.world();
        world.ended = false;
        if self.dice_like(&mut world) {
            world.mood = Mood::Healthy;
        }
        drop(world);
        self.folder = Folder::on(Arc::new(Faulty::of(&self.world)), Path::new(DIR));
    }

    fn dice_like(&self, world: &mut World) -> bool {
        world.rng.one_in(2)
    }

    fn end(&mut self, power: bool) {
        let mut world = self.world();
        if power {
            world.cut_power()
        } else {
            world.kill()
        }
        drop(world);
        self.begin_process();
    }

    fn options(&self) -> Options {
        let clock = self.clock.clone();
        let clock = Box::new(move || Instant::from_micros(clock.load(Ordering::Relaxed)).expect("in range"));
        Options { admission: None, clock }
    }

    /// Makes the ledger, in trouble and again until it is there.
    fn create(&mut self) -> Result<(), String> {
        let mut world = self.world();
        if world.rng.one_in(2) {
            world.fuse = Some(world.rng.below(30));
        } else if world.rng.one_in(2) {
            world.mood = Mood::Failing(4 + world.rng.below(20));
        }
        drop(world);
        for attempt in 0..CREATE_TRIES {
            let now = Instant::from_micros(START).expect("in range");
            let made = Ledger::create_as(&self.folder, header(now), now);
            self.world().step += 1;
            if attempt == TROUBLED_TRIES {
                self.heal();
            }
            let ended = self.world().ended;
            match made {
                Ok(_) | Err(CreateError::Exists(_)) => {
                    self.lasting |= made.is_ok();
                    self.heal();
                    return Ok(());
                }
                Err(CreateError::Disk(_)) => {}
                Err(other) if !ended => return Err(format!("create says {other}")),
                Err(_) => {}
            }
            if ended {
                self.begin_process();
            }
        }
        Err("the ledger could not be made".to_owned())
    }

    /// Opens a writer if there is none. It must open on a healthy disk.
    fn open(&mut self, healthy: bool) -> Result<(), String> {
        if self.failed {
            self.writer = None;
            self.failed = false;
        }
        if self.writer.is_some() {
            return Ok(());
        }
        match Writer::open_in(&self.folder, self.options()) {
            Ok(writer) => {
                self.tell(format!("opens with {} records", writer.size()));
                self.auditor.settle(writer.size())?;
                self.lasting = true;
                self.writer = Some(writer);
                self.look()
            }
            Err(_) if self.world().ended => Ok(()),
            Err(OpenError::Missing(_)) if !self.lasting => {
                self.tell("the ledger, never acknowledged, is gone");
                self.create()?;
                self.open(healthy)
            }
            Err(OpenError::Disk(error)) if !healthy => {
                self.tell(format!("does not open: {error}"));
                Ok(())
            }
            Err(other) => Err(format!("open says {other}")),
        }
    }

    fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Kill => self.end(false),
            Step::CutPower => self.end(true),
            Step::Fuse(calls) => self.world().fuse = Some(calls),
            Step::Mood(mood) => self.world().mood = mood,
            Step::Read => return self.read_beside(),
            Step::Drop => self.writer = None,
            Step::Append(..) | Step::Group(_) | Step::Import(..) | Step::Close => {
                self.open(false)?;
                let Some(mut writer) = self.writer.take() else { return Ok(()) };
                if let Step::Close = step {
                    return self.close(writer);
                }
                let done = match step {
                    Step::Append(batch, expected) => self.append(&mut writer, batch, expected),
                    Step::Group(batches) => self.group(&mut writer, batches),
                    Step::Import(rows, last) => self.import(&mut writer, rows, last),
                    _ => Ok(()),
                };
                self.writer = Some(writer);
                done?;
                return self.look();
            }
        }
        if self.writer.is_none() {
            self.failed = false;
        }
        Ok(())
    }

    /// An error of the disk: the writer must have stopped, and says so to everybody from now on.
    fn stopped(&mut self, writer: &mut Writer, doubtful: Vec<Entry>, what: &str) -> Result<(), String> {
        self.tell(format!("stops: {what}"));
        self.auditor.doubtful = doubtful;
        self.stops += 1;
        self.failed = true;
        if self.world().ended {
            return Ok(());
        }
        match writer.append(vec![crate::testing::event(999)], Expected::Any) {
            Err(AppendError::Stopped) => {}
            other => return Err(format!("after an error of the disk an append is answered {other:?}")),
        }
        match writer.stage() {
            Err(StageError::Stopped) => Ok(()),
            other => Err(format!("after an error of the disk an import is answered {:?}", other.map(drop))),
        }
    }

    fn now(&self, writer: &Writer) -> Instant {
        let now = Instant::from_micros(self.clock.load(Ordering::Relaxed)).expect("in range");
        writer.last_recorded_at().map_or(now, |last| last.max(now))
    }

    /// What must come of a batch behind `more`: the new entries, and the answers; none if it must be refused.
    fn foresee(&self, batch: &[Event], at: Instant, more: &[Entry]) -> Option<(Vec<Entry>, Answers)> {
        let mut all = more.to_vec();
        let mut answers = Vec::new();
        for event in batch {
            match self.auditor.judge(event, &all) {
                Verdict::Fresh => {
                    answers.push((self.auditor.size() + all.len() as u64, false));
                    all.push(Entry::new(event.clone(), at));
                }
                Verdict::Duplicate(position) => answers.push((position, true)),
                Verdict::Rejected => return None,
            }
        }
        Some((all.split_off(more.len()), answers))
    }

    fn append(&mut self, writer: &mut Writer, batch: Vec<Event>, expected: Expected) -> Result<(), String> {
        let foreseen = self.foresee(&batch, self.now(writer), &[]);
        let fits = |added: &Vec<Entry>| {
            added.is_empty() || expected == Expected::Any || expected == Expected::Size(self.auditor.size())
        };
        let fits = foreseen.as_ref().is_some_and(|(added, _)| fits(added));
        match (writer.append(batch, expected), foreseen) {
            (Ok(outcomes), Some((added, answers))) if fits => {
                self.auditor.entries.extend(added);
                same_answers(&outcomes, &answers)
            }
            (Err(AppendError::Rejected { .. }), None) => Ok(()),
            (Err(AppendError::WrongSize { .. }), Some(_)) if !fits => Ok(()),
            (Err(error), foreseen) if error.is_of_disk() => {
                let added = foreseen.filter(|_| fits).map(|(added, _)| added).unwrap_or_default();
                self.stopped(writer, added, &error.to_string())
            }
            (answer, foreseen) => Err(format!("an append is answered {answer:?}, foreseen was {foreseen:?}")),
        }
    }

    fn group(&mut self, writer: &mut Writer, batches: Vec<Vec<Event>>) -> Result<(), String> {
        let mut all: Vec<Entry> = Vec::new();
        for batch in batches {
            // More than a frame would not wait with the others.
            if batch.len() + all.len() > 1_000 {
                continue;
            }
            let foreseen = self.foresee(&batch, self.now(writer), &all);
            match (writer.accept(batch, Expected::Any), foreseen) {
                (Ok(outcomes), Some((added, answers))) => {
                    all.extend(added);
                    same_answers(&outcomes, &answers)?;
                }
                (Err(AppendError::Rejected { .. }), None) => {}
                (Err(error), _) if error.is_of_disk() => return self.stopped(writer, Vec::new(), &error.to_string()),
                (answer, foreseen) => return Err(format!("a batch is answered {answer:?}, foreseen was {foreseen:?}")),
            }
        }
        match writer.commit() {
            Ok(()) => self.auditor.entries.extend(all),
            Err(error) if error.is_of_disk() => return self.stopped(writer, all, &error.to_string()),
            Err(other) => return Err(format!("a commit is answered {other}")),
        }
        Ok(())
    }

    fn import(&mut self, writer: &mut Writer, rows: Vec<Event>, last: Option<Box<Event>>) -> Result<(), String> {
        let at = self.now(writer);
        let mut added: Vec<Entry> = Vec::new();
        let mut counts = (0, 0);
        for row in &rows {
            match self.auditor.judge(row, &added) {
                Verdict::Fresh => added.push(Entry::new(row.clone(), at)),
                Verdict::Duplicate(_) => counts.0 += 1,
                Verdict::Rejected => counts.1 += 1,
            }
        }
        let recorded = added.len() as u64;
        added.extend(last.iter().map(|event| Entry::new((**event).clone(), at)));
        let imported = (|| {
            let mut stage = writer.stage()?;
            stage.push_chunk(rows)?;
            let staged = stage.finish()?;
            let outcome = staged.outcome().clone();
            staged.publish(last.map(|event| *event))?;
            Ok::<_, StageError>(outcome)
        })();
        match imported {
            Ok(outcome) => {
                self.auditor.entries.extend(added);
                let found = (outcome.recorded, outcome.duplicates, outcome.rejected.len());
                let foreseen = (recorded, counts.0, counts.1);
                if found == foreseen { Ok(()) } else { Err(format!("an import counts {found:?}, not {foreseen:?}")) }
            }
            Err(error @ (StageError::Disk(_) | StageError::Read(ReadError::Disk(_)))) => {
                self.stopped(writer, added, &error.to_string())
            }
            Err(other) => Err(format!("an import is answered {other}")),
        }
    }

    fn close(&mut self, writer: Writer) -> Result<(), String> {
        match writer.close() {
            Ok(()) => Ok(()),
            Err(error) if error.is_of_disk() => {
                self.tell(format!("cannot drain: {error}"));
                self.stops += 1;
                Ok(())
            }
            Err(other) => Err(format!("close is answered {other}")),
        }
    }

    /// Compares everything that the writer's process reads with the model. Reads go on whatever happened to writes, so a
    /// disk that fails reads, too, is healed first.
    fn look(&mut self) -> Result<(), String> {
        if self.world().ended {
            return Ok(());
        }
        let Some(writer) = self.writer.take() else { return Ok(()) };
        let mood = self.world().mood;
        if let Mood::Failing(_) = mood {
            self.world().mood = Mood::Healthy;
        }
        let records = records_of(writer.live.read(..));
        let root = writer.live.with_tail(|tail| tail.peaks.root().0);
        self.writer = Some(writer);
        self.world().mood = mood;
        let records = records.map_err(|error| format!("records cannot be read: {error}"))?;
        self.compare(&records, root)
    }

    fn compare(&self, records: &[Recorded], root: [u8; 32]) -> Result<(), String> {
        self.auditor.compare(records)?;
        if root == self.auditor.root(records.len()) {
            Ok(())
        } else {
            Err("the root is not the records' root".to_owned())
        }
    }

    /// A reader of its own beside the writer: it sees what the writer has acknowledged.
    fn read_beside(&mut self) -> Result<(), String> {
        match Reader::open_in(&self.folder) {
            Ok(reader) => {
                let known = self.auditor.size();
                let most = known + self.auditor.doubtful.len() as u64;
                if reader.size() != known && reader.size() != most {
                    return Err(format!("a reader sees {} records of {known}", reader.size()));
                }
                let root = self.auditor.root(reader.size() as usize);
                if reader.root() == root { Ok(()) } else { Err("a reader sees another root".to_owned()) }
            }
            Err(OpenError::Disk(_)) => Ok(()),
            Err(OpenError::Missing(_)) if !self.lasting => Ok(()),
            Err(other) => Err(format!("a reader is told {other}")),
        }
    }

    /// Nothing writes: a reader reads everything, and verify finds nothing wrong.
    fn read_all(&mut self) -> Result<(), String> {
        let reader = Reader::open_in(&self.folder).map_err(|error| format!("a reader is told {error}"))?;
        let records = records_of(reader.read(..)).map_err(|error| format!("a reader is told {error}"))?;
        self.compare(&records, reader.root())?;
        drop(reader);
        let report = crate::verify::verify_in(&self.folder, &mut |_, _| {});
        let report = report.map_err(|error| format!("verify says {error}"))?;
        if report.damage.is_empty() { Ok(()) } else { Err(format!("verify finds {:?}", report.damage)) }
    }
}

/// The same for every run.
fn header(created_at: Instant) -> Header {
    Header { format: FORMAT_VERSION, id: LEDGER, zone: crate::zone::Zone::UTC, currency: None, created_at }
}

fn records_of(records: Result<crate::reader::Records, ReadError>) -> Result<Vec<Recorded>, ReadError> {
    let mut all = Vec::new();
    for chunk in records? {
        all.extend(chunk?.records().map(|record| record.to_owned_record()));
    }
    Ok(all)
}

fn same_answers(outcomes: &[Outcome], answers: &[(u64, bool)]) -> Result<(), String> {
    let found: Vec<(u64, bool)> = outcomes.iter().map(|outcome| (outcome.position.0, outcome.duplicate)).collect();
    if found == answers { Ok(()) } else { Err(format!("answered {found:?}, not {answers:?}")) }
}
