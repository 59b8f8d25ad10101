//! Everything that can be said of a tail, also of one that cannot be used.

use std::path::Path;

use uuid::Uuid;

use super::entry::{ALIGN, ENTRY_HEAD, EntryHead, closed_entry};
use super::head::{HEAD_BYTES, TailHead};
use super::scan::{Tail, scan, shortened};
use crate::error::{Damage, OpenError};

/// A tail that was looked at.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// Its entries up to the first bad one; none where not even its head can be read.
    pub tail: Option<Tail>,
    /// What is not what was written.
    pub damage: Vec<Damage>,
    /// What a crash can have left, and no record hangs on.
    pub notes: Vec<Damage>,
    /// Whether records may be missing behind those of `tail`.
    pub cut: bool,
}

/// Looks at the bytes of a tail; without the ledger's id it is taken for whose it says it is.
pub fn inspect(bytes: &[u8], path: &Path, ledger: Option<Uuid>) -> Result<Inspected, OpenError> {
    let ledger = ledger.or_else(|| TailHead::parse(bytes).ok().map(|head| head.ledger)).unwrap_or_default();
    let (tail, damage, cut) = match scan(bytes, path, ledger) {
        Ok(tail) => {
            let cut = shortened(bytes, path, &tail);
            let damaged = cut.is_some();
            (Some(tail), cut.into_iter().collect(), damaged)
        }
        Err(OpenError::Damaged(damage)) => (longest(bytes, path, ledger), vec![damage], true),
        Err(other) => return Err(other),
    };
    let mut inspected = Inspected { tail, damage, notes: Vec::new(), cut };
    if let Some(tail) = &inspected.tail {
        inspected.damage.extend(padding(bytes, tail, path));
        if !cut && tail.torn {
            match broken_mark(&bytes[tail.end as usize..], tail) {
                true => inspected.damage.push(Damage::of(
                    path,
                    "the mark that its writer ended in order was changed; no record hangs on it, the next writer clears it",
                )),
                false => inspected.notes.push(Damage::of(
                    path,
                    "bytes behind its last entry are left of a commit that a crash tore and nobody was told of, or were \
                     changed; no record hangs on them, the next writer clears them",
                )),
            }
        }
    }
    Ok(inspected)
}

/// The tail up to its first bad entry.
fn longest(bytes: &[u8], path: &Path, ledger: Uuid) -> Option<Tail> {
    let head = TailHead::parse(bytes).ok().filter(|head| head.ledger == ledger)?;
    let ends = ends(bytes, head.salt);
    // Whether a beginning is whole does not come back once it is lost.
    let whole = ends.partition_point(|end| scan(&bytes[..*end], path, ledger).is_ok());
    scan(&bytes[..ends[whole.checked_sub(1)?]], path, ledger).ok()
}

/// Where the head and every entry after it end, as far as their checksums are right.
fn ends(bytes: &[u8], salt: u64) -> Vec<usize> {
    let mut ends = vec![HEAD_BYTES];
    let mut at = HEAD_BYTES;
    while let Some(rest) = bytes.get(at..)
        && let Some(head) = EntryHead::parse(rest, salt)
        && head.payload_of(rest).is_some()
    {
        at = (at + head.stride()).min(bytes.len());
        ends.push(at);
    }
    ends
}

/// Between the payload of an entry and the next one lie zeros, which were written with it.
fn padding(bytes: &[u8], tail: &Tail, path: &Path) -> Option<Damage> {
    let mut at = HEAD_BYTES;
    while at < tail.end as usize {
        let head = EntryHead::parse(bytes.get(at..)?, tail.head.salt)?;
        let payload_end = ENTRY_HEAD + head.payload;
        let gap = at + payload_end..(at + payload_end.next_multiple_of(ALIGN)).min(bytes.len());
        if bytes.get(gap)?.iter().any(|byte| *byte != 0) {
            let what = "the zeros behind an entry were changed; no record hangs on them";
            return Some(Damage::of(path, what).at(head.first, head.first + u64::from(head.count)));
        }
        at += head.stride();
    }
    None
}

/// Whether what lies behind the last entry was its mark of closing: what a crash leaves of one has zeros in place of some
/// of its bytes, not others.
fn broken_mark(rest: &[u8], tail: &Tail) -> bool {
    let mark = closed_entry(tail.size(), tail.peaks.root(), tail.head.salt);
    let Some(found) = rest.get(..mark.len()) else { return false };
    let same = found.iter().zip(&mark).filter(|(found, mark)| found == mark).count();
    let torn = found.iter().zip(&mark).all(|(found, mark)| found == mark || *found == 0);
    same > mark.len() / 2 && !torn && rest[mark.len()..].iter().all(|byte| *byte == 0)
}
