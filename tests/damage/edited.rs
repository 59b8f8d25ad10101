//! Files edited on purpose: whole entries of the tail moved about, a projection cache whose checksums are right; and a dozen
//! cells of the table as a person meets them.

use std::fs;
use std::path::Path;

use recount_tests::Home;

use crate::cells::{Class, class};
use crate::matrix::{Hazard, harm};
use crate::sources::Sources;

const TAIL_HEAD: usize = 4_096;

/// The entries of a tail, each with its header; marks of closing among them.
fn entries(tail: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = &tail[TAIL_HEAD..];
    while rest.starts_with(b"ENT1") {
        let payload = u32::from_le_bytes(rest[4..8].try_into().expect("four bytes")) as usize;
        let (entry, after) = rest.split_at(80 + payload.next_multiple_of(16));
        found.push(entry.to_vec());
        rest = after;
    }
    found
}

/// Another order of the entries, without marks of closing.
type Edit = fn(&mut Vec<Vec<u8>>);

#[test]
fn entries_of_the_tail_swapped_repeated_or_left_out_are_damage() {
    let sources = Sources::new();
    let (book, name) = (&sources.book, Path::new("tail"));
    let tail = book.bytes(name);
    let edits: [(&str, Edit); 4] = [
        ("swapped", |entries| entries.swap(0, 1)),
        ("repeated", |entries| entries.insert(1, entries[0].clone())),
        ("repeated at the end", |entries| entries.push(entries[2].clone())),
        ("left out", |entries| drop(entries.remove(1))),
    ];
    for (edit, change) in edits {
        let mut entries = entries(tail);
        entries.retain(|entry| entry.len() > 80);
        assert_eq!(entries.len(), 3, "by tens");
        change(&mut entries);
        let mut bytes = tail[..TAIL_HEAD].to_vec();
        bytes.extend(entries.concat());
        bytes.resize(tail.len(), 0);
        book.write(name, &bytes);
        let found = class(&book.dir, &sources.good, edit, Hazard::Longer);
        assert_eq!(found.class, Class::Damage, "{edit}: {found:?}");
        book.restore();
    }
}

/// Changes one amount in the columns of a projection, and makes the checksums of section and header right again.
fn forge(columns: &mut [u8]) {
    const FIXED: usize = 72;
    const ENTRY: usize = 28;
    const AMOUNT: u32 = 13;
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    let long =
        |bytes: &[u8], at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes")) as usize;
    let sections = word(columns, FIXED - 4) as usize;
    let entry = (0..sections).map(|n| FIXED + n * ENTRY).find(|at| word(columns, *at) == AMOUNT).expect("amounts");
    let (offset, length) = (long(columns, entry + 8), long(columns, entry + 16));
    columns[offset + 1] ^= 1;
    let sum = crc32c::crc32c(&columns[offset..offset + length]);
    columns[entry + 24..entry + 28].copy_from_slice(&sum.to_le_bytes());
    let end = FIXED + sections * ENTRY;
    let sum = crc32c::crc32c(&columns[..end]);
    columns[end..end + 4].copy_from_slice(&sum.to_le_bytes());
}

#[test]
fn a_cache_forged_with_right_checksums_is_found_by_verify() {
    let home = Home::with_ledger();
    let rows =
        "event_id,kind,customer_id,effective_at,mrr,currency\n1,new,a,2025-01-01,5,USD\n2,new,b,2025-01-02,6,USD\n";
    home.write("events.csv", rows);
    home.type_in("import events.csv").good();
    let question = "mrr --at 2025-06-01 -o json";
    let right = home.type_in(question).good().stdout;
    home.type_in("verify").good();
    let path = home.ledger().join("projection/columns");
    let mut columns = fs::read(&path).expect("the question made it");
    forge(&mut columns);
    fs::write(&path, columns).expect("writes");
    // What docs/safety.md says: an ordinary read believes what matches its checksums.
    assert_ne!(home.type_in(question).good().stdout, right, "the forgery has an effect");
    let found = home.type_in("verify");
    assert_eq!(found.code, 4, "{found:?}");
    let said = format!("{}{}", found.stdout, found.stderr);
    assert!(said.contains("projection") && said.contains("remove this folder"), "{said}");
    fs::remove_dir_all(home.ledger().join("projection")).expect("removes");
    assert_eq!(home.type_in(question).good().stdout, right, "made again from the records");
    home.type_in("verify").good();
}

#[test]
fn a_dozen_cells_through_the_binary() {
    use Hazard::{Cut, Earlier, Emptied, Other, Removed};
    const DAMAGE: [(&str, Hazard); 7] = [
        ("header", Removed),
        ("header", Cut),
        ("tail", Emptied),
        ("tail", Cut),
        ("tail", Other),
        ("store/db", Removed),
        ("store/db", Earlier),
    ];
    const MENDED: [(&str, Hazard); 6] = [
        ("tree", Removed),
        ("identity/index", Emptied),
        ("identity/run", Cut),
        ("store/conf", Emptied),
        ("projection/columns", Cut),
        ("projection/columns", Other),
    ];
    let (sources, home) = (Sources::new(), Home::default());
    let dir = sources.book.dir.to_str().expect("a path of text");
    let ndr = || home.run(&["--ledger", dir, "ndr", "--window", "2024", "-o", "json"]);
    let right = ndr().good().stdout;
    sources.book.restore();
    for (row, hazard) in DAMAGE {
        assert!(harm(&sources, &sources.book, row, hazard));
        let asked = ndr();
        assert!(asked.code == 4 || (asked.code == 0 && asked.stdout == right), "{row} {hazard:?}: {asked:?}");
        let found = home.run(&["--ledger", dir, "verify"]);
        let said = format!("{}{}", found.stdout, found.stderr);
        assert_eq!(found.code, 4, "{row} {hazard:?}: {found:?}");
        let file = row.split('/').next().expect("a name");
        for word in [file, "intact", "backup", "salvage"] {
            assert!(said.contains(word), "{row} {hazard:?}: {word}: {said}");
        }
        sources.book.restore();
    }
    for (row, hazard) in MENDED {
        assert!(harm(&sources, &sources.book, row, hazard));
        let asked = ndr();
        assert_eq!((asked.code, &asked.stdout), (0, &right), "{row} {hazard:?}: {asked:?}");
        let rebuilt = asked.stderr.contains("it is rebuilt from the records");
        assert_eq!(rebuilt, row.starts_with("projection"), "{row} {hazard:?}: {asked:?}");
        let append = "append --kind new_logo --customer-id z --effective-at 2026-01-01 --mrr 5 --currency USD";
        let line: Vec<&str> = ["--ledger", dir].into_iter().chain(append.split(' ')).collect();
        home.run(&line).good();
        sources.book.restore();
    }
}
