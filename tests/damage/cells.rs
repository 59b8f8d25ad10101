//! What became of a ledger to which something was done.

use std::path::Path;

use recount_ledger::{Damage, Expected, OpenError, Options, Report, Writer, verify};

use crate::books::{Answer, answer, event};
use crate::matrix::Hazard;

/// How a cell ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Refused, or named by `verify` and not mended by the next writer: exit code 4.
    Damage,
    /// The same answers; said, and made again from the records.
    Rebuilt,
    /// The same answers; something that no record hangs on is named, and cleared by the next writer.
    Cleared,
    /// The same answers, and nothing to say.
    Harmless,
}

impl Class {
    /// As in the table.
    pub const fn letter(self) -> char {
        match self {
            Self::Damage => 'D',
            Self::Rebuilt => 'R',
            Self::Cleared => 'C',
            Self::Harmless => 'H',
        }
    }

    /// Whether the table has it so.
    pub fn is(self, letter: char) -> bool {
        self.letter() == letter || (letter == 'o' && matches!(self, Self::Rebuilt | Self::Harmless))
    }
}

/// A class, and what was said.
#[derive(Debug)]
pub struct Found {
    /// How it ended.
    pub class: Class,
    #[expect(dead_code, reason = "printed with a cell that is not as expected")]
    said: String,
}

/// Verifies, reads everything, appends, closes and verifies again; fails if anything is wrong and nothing is said.
pub fn class(dir: &Path, good: &Answer, row: &str, hazard: Hazard) -> Found {
    let cell = format!("{row} {hazard:?}");
    let report = verify(dir, &mut |_, _| {});
    let answered = answer(dir);
    let same = answered.as_ref().is_ok_and(|(found, _)| found == good);
    let again = answered.as_ref().is_ok_and(|(_, rebuilt)| *rebuilt);
    let index = dir.join("identity/index");
    let missing = !index.exists();
    let mended = used(dir);
    let again = again || (missing && index.exists());
    let said = format!("{report:?}; {:?}; {mended:?}", answered.as_ref().map(|(_, rebuilt)| *rebuilt));
    let (damage, notes): (Vec<&Damage>, Vec<&Damage>) = match &report {
        Ok(report) => (report.damage.iter().collect(), report.notes.iter().collect()),
        Err(OpenError::Damaged(damage)) => (vec![damage], Vec::new()),
        Err(other) => panic!("{cell}: verify ends in {other}"),
    };
    let named = damage.iter().all(|damage| damage.file.starts_with(dir) && damage.file != dir);
    assert!(named, "{cell}: {damage:?}");
    if let Err(error) = &answered {
        assert!(!damage.is_empty(), "{cell}: a reader finds what verify does not: {error}");
    } else {
        assert!(same || !damage.is_empty(), "{cell}: a wrong answer, and nothing was said: {said}");
    }
    let class = match (same, &mended) {
        (true, Ok(())) if again || damage.iter().chain(&notes).any(|damage| cache(damage, dir)) => Class::Rebuilt,
        (true, Ok(())) if !damage.is_empty() || !notes.is_empty() => Class::Cleared,
        (true, Ok(())) => Class::Harmless,
        (_, mended) => {
            assert!(!damage.is_empty(), "{cell}: cannot be used, and verify says nothing: {mended:?}");
            vouched(&report, &cell);
            Class::Damage
        }
    };
    Found { class, said }
}

/// Whether it is of a file that can be made again: from the records, or sled's from its log.
fn cache(damage: &Damage, dir: &Path) -> bool {
    let name = damage.file.strip_prefix(dir).unwrap_or(&damage.file).to_string_lossy();
    ["tree", "identity", "projection", "store/conf", "store/snap."].iter().any(|cache| name.starts_with(cache))
}

/// Damage to one file leaves something intact, and that is said.
fn vouched(report: &Result<Report, OpenError>, cell: &str) {
    let intact = report.as_ref().map_or(0, |report| report.intact.iter().map(|range| range.end - range.first).sum());
    assert!(intact >= 20, "{cell}: what is intact is not said: {report:?}");
}

/// What is on record is known as such, one more record is taken, and then `verify` has nothing to say.
fn used(dir: &Path) -> Result<(), String> {
    let mut writer = Writer::open(dir, Options::default()).map_err(|e| e.to_string())?;
    let size = writer.size();
    for known in [3, 310, size - 1] {
        let outcomes = writer.append(vec![event(known)], Expected::Any).map_err(|e| e.to_string())?;
        if !outcomes[0].duplicate {
            return Err(format!("record {known} is taken twice"));
        }
    }
    writer.append(vec![event(5_000)], Expected::Size(size)).map_err(|e| e.to_string())?;
    writer.close().map_err(|e| e.to_string())?;
    let report = verify(dir, &mut |_, _| {}).map_err(|e| e.to_string())?;
    match report.damage.is_empty() && report.notes.is_empty() && report.size == size + 1 {
        true => Ok(()),
        false => Err(format!("afterwards: {report:?}")),
    }
}
