//! What becomes of each row, in their order: as if they had been appended one by one.

use rustc_hash::{FxHashMap, FxHashSet};

use super::file::StageFile;
use super::matches::{Match, View};
use super::outcome::{RejectedRow, StageOutcome};
use super::rows::{Rows, Sorted};
use crate::differ::differing_fields;
use crate::error::{ReadError, Rejection};
use crate::id::{EventId, Key, Position};
use crate::record::Recorded;
use crate::writer::{Writer, judge_repeat, judge_void};

/// The rows, and which of them will be recorded.
#[derive(Debug)]
pub struct Judged {
    pub rows: Rows,
    pub sorted: Sorted,
    pub dropped: Dropped,
    pub outcome: StageOutcome,
}

/// Rows that will not be recorded, by provisional position.
#[derive(Debug, Default)]
pub struct Dropped {
    positions: Vec<u64>,
}

impl Dropped {
    /// Whether a row fell out.
    pub fn contains(&self, position: u64) -> bool {
        self.positions.binary_search(&position).is_ok()
    }

    /// The first that fell out.
    pub fn first(&self) -> Option<u64> {
        self.positions.first().copied()
    }

    pub fn count(&self) -> u64 {
        self.positions.len() as u64
    }

    /// Where a row will stand; positions before the rows stay.
    pub fn settled(&self, position: u64) -> u64 {
        position - self.positions.partition_point(|dropped| *dropped < position) as u64
    }
}

/// What stands under the target of a void.
#[derive(Clone, Copy, Debug)]
struct Target {
    position: u64,
    kind: &'static str,
}

struct Judge<'a> {
    view: View<'a>,
    rows: &'a Rows,
    rejected: FxHashSet<u64>,
    dropped: Vec<u64>,
    outcome: StageOutcome,
    /// Per target, the row that voids it.
    voids: FxHashMap<EventId, u64>,
    /// Where the first row of an id was rejected: the row that stands for it.
    heirs: FxHashMap<u64, u64>,
    /// Whether any void can concern a repeated row.
    any_void: bool,
}

/// Decides about every row.
pub fn judge(writer: &Writer, file: &StageFile, mut rows: Rows, outcome: StageOutcome) -> Result<Judged, ReadError> {
    let sorted = rows.sorted();
    let view = View { writer, file, base: rows.base() };
    let matches = view.matches(&sorted)?;
    let targets = targets(&view, &rows, &sorted)?;
    let mut judge = Judge {
        view,
        rows: &rows,
        rejected: FxHashSet::default(),
        dropped: Vec::new(),
        outcome,
        voids: FxHashMap::default(),
        heirs: FxHashMap::default(),
        any_void: !rows.voids().is_empty() || writer.index.has_voids(),
    };
    judge.all(&matches, &targets)?;
    let Judge { dropped, mut outcome, .. } = judge;
    let dropped = Dropped { positions: dropped };
    outcome.recorded = rows.end() - rows.base() - dropped.count();
    outcome.rejected.iter_mut().for_each(|row| settle(&mut row.rejection, &dropped));
    outcome.rejected.sort_by_key(|row| row.row);
    Ok(Judged { rows, sorted, dropped, outcome })
}

impl Judge<'_> {
    fn all(&mut self, matches: &[Match], targets: &[Vec<Target>]) -> Result<(), ReadError> {
        let rows = self.rows;
        let mut matches = matches.chunk_by(|a, b| a.later == b.later).peekable();
        let mut voids = rows.voids().iter().zip(targets).peekable();
        loop {
            let of_match = matches.peek().map(|group| group[0].later);
            let of_void = voids.peek().map(|((position, _), _)| *position);
            let Some(position) = [of_match, of_void].into_iter().flatten().min() else { return Ok(()) };
            let found = matches.next_if(|group| group[0].later == position).unwrap_or_default();
            let void = voids.next_if(|((void, _), _)| *void == position).map(|((_, target), found)| (*target, found));
            self.row(position, found, void)?;
        }
    }

    fn row(&mut self, position: u64, found: &[Match], void: Option<(EventId, &Vec<Target>)>) -> Result<(), ReadError> {
        if let Some((earlier, same)) = self.earlier(position, found)? {
            return match self.repeat(position, earlier, same)? {
                Ok(()) => {
                    self.outcome.duplicates += 1;
                    self.dropped.push(position);
                    Ok(())
                }
                Err(rejection) => self.reject(position, rejection),
            };
        }
        if let Some((target, found)) = void {
            let found = found.iter().find(|found| !self.rejected.contains(&found.position));
            let by = match self.voids.get(&target) {
                Some(row) => Some(Position(*row)),
                None => self.view.writer.voided_by(target)?,
            };
            if let Err(rejection) = judge_void(target, found.map(|found| found.kind), by) {
                return self.reject(position, rejection);
            }
            self.voids.insert(target, position);
        }
        // It stands for the rejected row that had its id first.
        found.first().map(|found| self.heirs.insert(found.earlier, position));
        Ok(())
    }

    /// The record or row that holds the id of a row already, and whether it gives the same.
    fn earlier(&self, position: u64, found: &[Match]) -> Result<Option<(u64, bool)>, ReadError> {
        for found in found {
            if !self.rejected.contains(&found.earlier) {
                return Ok(Some((found.earlier, found.same)));
            }
            if let Some(heir) = self.heirs.get(&found.earlier) {
                let (one, other) = (self.view.record(*heir)?, self.view.record(position)?);
                return Ok(Some((*heir, one.event.gives_the_same(&other.event))));
            }
        }
        Ok(None)
    }

    /// Whether a row whose id stands at `earlier` is a mere duplicate.
    fn repeat(&self, position: u64, earlier: u64, same: bool) -> Result<Result<(), Rejection>, ReadError> {
        if same && !self.any_void {
            return Ok(Ok(()));
        }
        let row = self.view.record(position)?;
        if !same {
            let earlier = self.view.record(earlier)?;
            let differs = differing_fields(&row.event.given(), &earlier.event.given()).unwrap_or_default();
            return Ok(Err(Rejection::Conflict { id: row.event.id(), position: earlier.position, differs }));
        }
        let void = if matches!(row.event.key, Key::Content { .. }) { self.void_of(row.event.id())? } else { None };
        let earlier = Recorded { position: Position(earlier), ..row.clone() };
        Ok(judge_repeat(&row.event, &earlier, void).map(drop))
    }

    fn void_of(&self, id: EventId) -> Result<Option<(Position, EventId)>, ReadError> {
        let by = match self.voids.get(&id) {
            Some(row) => Some(Position(*row)),
            None => self.view.writer.voided_by(id)?,
        };
        by.map(|by| Ok((by, self.view.record(by.0)?.event.id()))).transpose()
    }

    fn reject(&mut self, position: u64, rejection: Rejection) -> Result<(), ReadError> {
        let event = Box::new(self.view.record(position)?.event);
        self.rejected.insert(position);
        self.dropped.push(position);
        self.outcome.rejected.push(RejectedRow { row: self.rows.row_of(position), event, rejection });
        Ok(())
    }
}

/// For every row that voids, what stands under its target before it, earliest first.
fn targets(view: &View<'_>, rows: &Rows, sorted: &Sorted) -> Result<Vec<Vec<Target>>, ReadError> {
    let hasher = view.writer.index.hasher();
    let mut wanted: Vec<(u64, usize)> = Vec::new();
    for (i, (position, target)) in rows.voids().iter().enumerate() {
        wanted.extend(view.writer.index.candidates(*target)?.into_iter().map(|candidate| (candidate, i)));
        let rows = sorted.candidates(hasher.id(*target)).filter(|row| row < position);
        wanted.extend(rows.map(|row| (row, i)));
    }
    let mut targets: Vec<Vec<Target>> = vec![Vec::new(); rows.voids().len()];
    view.visit(&mut wanted, |i, record| {
        if record.event.id() == rows.voids()[*i].1 {
            targets[*i].push(Target { position: record.position.0, kind: record.event.body.kind() });
        }
    })?;
    Ok(targets)
}

/// Turns provisional positions into those that the records will have.
fn settle(rejection: &mut Rejection, dropped: &Dropped) {
    let settle = |position: &mut Position| position.0 = dropped.settled(position.0);
    match rejection {
        Rejection::Conflict { position, .. } | Rejection::AlreadyVoided { by: position, .. } => settle(position),
        Rejection::KeylessVoided { position, by, .. } => {
            settle(position);
            settle(by);
        }
        _ => {}
    }
}
