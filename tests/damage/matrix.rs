//! What can happen to each file, one at a time, and what is said of it.
//!
//! A row is a file, a column a hazard, a cell what must come of it. Frames that are swapped, repeated or replaced inside of
//! the store are in `crates/ledger/src/salvage/tests.rs`, where sled can be edited.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cells::{Class, class};
use crate::sources::Sources;

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hazard {
    Removed,
    Emptied,
    /// Half of what it holds is gone; zeros written ahead are not counted.
    Cut,
    /// One byte more at its end.
    Longer,
    /// The same file of another ledger.
    Other,
    /// The same file of the same ledger, half as long ago.
    Earlier,
}

const HAZARDS: [Hazard; 6] =
    [Hazard::Removed, Hazard::Emptied, Hazard::Cut, Hazard::Longer, Hazard::Other, Hazard::Earlier];

/// D damage, R rebuilt, C cleared and said, H harmless, o older and caught up (whether that is said or not), `-` there is no
/// such cell; in the order of [`HAZARDS`].
const ROWS: [(&str, &str); 15] = [
    ("header", "DDDDDH"),
    ("tail", "DDDCDD"),
    ("tree", "RRRHRR"),
    ("identity/index", "RRRRRo"),
    ("identity/run", "RRRRRR"),
    ("identity/", "R---Ro"),
    ("store/db", "DDDHDD"),
    ("store/conf", "RRRRHH"),
    ("store/snap", "HRRRRH"),
    ("store/blobs", "H-----"),
    ("store/", "D---DD"),
    ("projection/columns", "RRRHRo"),
    ("projection/", "R---Ro"),
    ("lock", "HHHHHH"),
    ("stage", "HCDCD-"),
];

#[test]
fn every_file_and_hazard_ends_as_the_table_says() {
    let sources = Sources::new();
    let rows: BTreeMap<&str, &str> = ROWS.into_iter().collect();
    let seen: Vec<String> = sources.book.names().chain([Path::new("stage")]).map(kind).collect();
    for kind in &seen {
        assert!(rows.contains_key(kind.as_str()), "no row for {kind}");
    }
    let mut unexpected = Vec::new();
    let mut counts: BTreeMap<Class, u32> = BTreeMap::new();
    println!("{:22} {}", "", HAZARDS.map(|hazard| format!("{hazard:?}")).join(" "));
    for (row, expected) in ROWS {
        let mut line = String::new();
        for (hazard, letter) in HAZARDS.into_iter().zip(expected.chars()) {
            let Some(found) = play(&sources, row, hazard) else {
                line.push_str("- ");
                if letter != '-' {
                    unexpected.push(format!("{row} {hazard:?}: there is no such cell"));
                }
                continue;
            };
            *counts.entry(found.class).or_default() += 1;
            line.push(found.class.letter());
            line.push(' ');
            if !found.class.is(letter) {
                unexpected.push(format!("{row} {hazard:?}: {found:?} in place of {letter}"));
            }
        }
        println!("{row:22} {line}");
    }
    println!("{counts:?}");
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}

/// Plays one cell; none if there is nothing to put in the file's place.
fn play(sources: &Sources, row: &str, hazard: Hazard) -> Option<crate::cells::Found> {
    let (book, good) =
        if row == "stage" { (&sources.staged, &sources.good_staged) } else { (&sources.book, &sources.good) };
    let done = harm(sources, book, row, hazard);
    let found = done.then(|| class(&book.dir, good, row, hazard));
    book.restore();
    found
}

/// Does it to every file of the row.
pub fn harm(sources: &Sources, book: &crate::books::Book, row: &str, hazard: Hazard) -> bool {
    if row == "store/blobs" {
        return hazard == Hazard::Removed && fs::remove_dir(book.dir.join(row)).is_ok();
    }
    let folder = row.ends_with('/');
    let names: Vec<PathBuf> = book.names().filter(|name| belongs(name, row)).map(Path::to_owned).collect();
    let with = match hazard {
        Hazard::Other => Some(&sources.other),
        Hazard::Earlier => Some(&sources.earlier),
        _ => None,
    };
    if let Some(with) = with {
        if row == "stage" && hazard == Hazard::Earlier {
            return false;
        }
        if folder {
            names.iter().for_each(|name| fs::remove_file(book.dir.join(name)).expect("removes"));
            let there = with.iter().filter(|(name, _)| belongs(name, row));
            there.for_each(|(name, bytes)| book.write(name, bytes));
            return true;
        }
        let replaced =
            names.iter().filter_map(|name| Some((name, with.iter().find(|(n, _)| kind(n) == kind(name))?.1)));
        return replaced.map(|(name, bytes)| book.write(name, bytes)).count() > 0;
    }
    if folder {
        return hazard == Hazard::Removed && fs::remove_dir_all(book.dir.join(row)).is_ok();
    }
    for name in &names {
        let mut bytes = book.bytes(name).to_vec();
        match hazard {
            Hazard::Removed => {
                fs::remove_file(book.dir.join(name)).expect("removes");
                continue;
            }
            Hazard::Emptied => bytes.clear(),
            Hazard::Cut => {
                bytes.truncate(bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| cut_at(name, last)))
            }
            _ => bytes.push(0x5a),
        }
        book.write(name, &bytes);
    }
    !names.is_empty()
}

/// Of a tail, half of its entries: without its head it would be found more easily.
fn cut_at(name: &Path, last: usize) -> usize {
    let head = if name.ends_with("tail") { 4_096 } else { 0 };
    head + (last + 1 - head) / 2
}

fn belongs(name: &Path, row: &str) -> bool {
    match row {
        folder if folder.ends_with('/') => name.starts_with(folder.trim_end_matches('/')),
        _ => kind(name) == row,
    }
}

/// The row of a file.
pub fn kind(name: &Path) -> String {
    let text = name.to_string_lossy();
    match text.as_ref() {
        run if run.starts_with("identity/") && run != "identity/index" => "identity/run".to_owned(),
        snap if snap.starts_with("store/snap.") => "store/snap".to_owned(),
        other => other.to_owned(),
    }
}
