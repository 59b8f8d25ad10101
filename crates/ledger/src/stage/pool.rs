//! Worker threads: rows to provisional frames, with hashes and leaves, in the order in which they were given.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::rows::FrameLeaves;
use crate::chunk::leaf_of;
use crate::codec::{FrameEncoder, FrameError};
use crate::error::StageError;
use crate::identity::IdHasher;
use crate::merkle::{TILE_LEAVES, subtree_root};
use crate::namer::Namer;
use crate::record::Recorded;

/// Frames that wait for a worker, per worker; bounds the memory in flight.
const QUEUED_PER_WORKER: usize = 2;

/// The records of one frame.
#[derive(Debug)]
pub struct Job {
    pub records: Vec<Recorded>,
}

/// What became of them.
#[derive(Debug)]
pub struct Done {
    pub bytes: Vec<u8>,
    pub hashes: Box<[u64]>,
    pub leaves: FrameLeaves,
}

type Prepared = Result<Done, FrameError>;

/// The workers of one import.
#[derive(Debug)]
pub struct Pool {
    jobs: Option<SyncSender<(u64, Job)>>,
    results: Receiver<(u64, Prepared)>,
    workers: Vec<JoinHandle<()>>,
    /// Results that came before their turn.
    early: BTreeMap<u64, Prepared>,
    given: u64,
    taken: u64,
}

impl Pool {
    pub fn start(hasher: IdHasher) -> Self {
        let count = std::thread::available_parallelism().map_or(2, usize::from);
        let (jobs, queue) = sync_channel::<(u64, Job)>(count * QUEUED_PER_WORKER);
        let (out, results) = channel();
        let queue = Arc::new(Mutex::new(queue));
        let workers = (0..count).map(|_| {
            let (queue, out, hasher) = (queue.clone(), out.clone(), hasher);
            std::thread::spawn(move || work(&queue, &out, &hasher))
        });
        let workers = workers.collect();
        Self { jobs: Some(jobs), results, workers, early: BTreeMap::new(), given: 0, taken: 0 }
    }

    /// Gives a frame to the workers; waits while they are all behind.
    pub fn give(&mut self, job: Job) -> Result<(), StageError> {
        let number = self.given;
        self.given += 1;
        let sent = self.jobs.as_ref().map(|jobs| jobs.send((number, job)));
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err(self.failure()),
        }
    }

    /// The next frame in order, if it is done.
    pub fn ready(&mut self) -> Result<Option<Done>, StageError> {
        while let Ok((number, done)) = self.results.try_recv() {
            self.early.insert(number, done);
        }
        self.next()
    }

    /// The next frame in order; none when all that were given came back. No more can be given.
    pub fn finish(&mut self) -> Result<Option<Done>, StageError> {
        self.jobs = None;
        while self.taken < self.given {
            if let Some(done) = self.next()? {
                return Ok(Some(done));
            }
            match self.results.recv() {
                Ok((number, done)) => self.early.insert(number, done),
                Err(_) => return Err(self.failure()),
            };
        }
        Ok(None)
    }

    fn next(&mut self) -> Result<Option<Done>, StageError> {
        let Some(done) = self.early.remove(&self.taken) else { return Ok(None) };
        self.taken += 1;
        done.map(Some).map_err(|error| StageError::Worker(error.to_string()))
    }

    /// Why a worker ended before its time.
    fn failure(&mut self) -> StageError {
        self.jobs = None;
        let why = self.workers.drain(..).find_map(|worker| worker.join().err());
        let text = why.and_then(|panic| panic.downcast_ref::<String>().cloned());
        StageError::Worker(text.unwrap_or_else(|| "no reason given".to_owned()))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.jobs = None;
        for worker in self.workers.drain(..) {
            // A worker that failed has been reported when its frame was missed.
            let _reported = worker.join();
        }
    }
}

fn work(queue: &Mutex<Receiver<(u64, Job)>>, out: &Sender<(u64, Prepared)>, hasher: &IdHasher) {
    let mut encoder = FrameEncoder::new();
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, job)) = next else { return };
        let done = match &mut encoder {
            Ok(encoder) => prepare(&job, hasher, encoder),
            // Tried again, to have an error to tell.
            Err(_) => FrameEncoder::new().and_then(|mut encoder| prepare(&job, hasher, &mut encoder)),
        };
        if out.send((number, done)).is_err() {
            return;
        }
    }
}

fn prepare(job: &Job, hasher: &IdHasher, encoder: &mut FrameEncoder) -> Prepared {
    let mut content = Vec::with_capacity(256);
    let leaves: Vec<_> = job.records.iter().map(|record| leaf_of(record, &mut content)).collect();
    let (tiles, rest) = leaves.as_chunks::<TILE_LEAVES>();
    let tiles = tiles.iter().map(|tile| subtree_root(tile)).collect();
    let mut namer = Namer::default();
    Ok(Done {
        bytes: encoder.encode(&job.records)?,
        hashes: job.records.iter().map(|record| hasher.id(namer.id(&record.event))).collect(),
        leaves: FrameLeaves { tiles, rest: rest.to_vec() },
    })
}
