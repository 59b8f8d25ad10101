//! What every parser must hold on any bytes: it ends, it takes no more memory than its limits say, what it accepts it can
//! write again, and what it refuses it says in a few words. The test of this folder and libFuzzer call the same functions.

use std::cell::RefCell;

use recount_import::{Options, guarded, probe as import};
use recount_ledger::checkpoint::{Checkpoint, Note, NotedCheckpoint, SigningKey, VerifierKey};
use recount_ledger::codec::{Frame, FrameEncoder, decode_content, encode_content};
use recount_ledger::merkle::{ConsistencyProof, Hash, InclusionProof, Peaks};
use recount_ledger::{Amount, Currency, Event, EventId, Header, Instant, Key, Rate, Recorded, Zone, probe as ledger};
use recount_metrics::receipt::{Receipt, canonical, exact_json, id_of};
use recount_metrics::{Calendar, Definition, Point, Rates, Window};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{mend, seeds};

/// Bytes in, a panic if something does not hold.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 13] = [
    ("content", content),
    ("frame", frame),
    ("tail", tail),
    ("stage", stage),
    ("identity", identity),
    ("header", header),
    ("csv", csv),
    ("jsonl", jsonl),
    ("definition", definition),
    ("values", values),
    ("note", note),
    ("proof", proof),
    ("receipt", receipt),
];

/// The ledger that all seeds belong to.
pub const LEDGER: Uuid = Uuid::from_u128(0x5eed);
/// No message repeats what it refuses at length.
const MESSAGE_BYTES_MAX: usize = 4_096;

fn said(message: &str) {
    assert!(!message.is_empty() && message.len() <= MESSAGE_BYTES_MAX, "a message of {} bytes", message.len());
}

/// The content of a record: one event has exactly one encoding.
fn content(bytes: &[u8]) {
    match decode_content(bytes) {
        Ok(event) => assert_eq!(content_of(&event), bytes, "what is accepted is canonical"),
        Err(error) => said(&error.to_string()),
    }
}

fn content_of(event: &Event) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_content(event, &mut bytes);
    bytes
}

/// A frame, as it is and with its checksum made right.
fn frame(bytes: &[u8]) {
    for bytes in [bytes.to_vec(), mend::frame(bytes)] {
        let frame = match Frame::decode(&bytes) {
            Ok(frame) => frame,
            Err(error) => {
                said(&error.to_string());
                continue;
            }
        };
        let read: Vec<Recorded> = frame.records().map(|record| record.to_owned_record()).collect();
        assert!((1..=2_048).contains(&read.len()));
        for record in &read {
            // What a frame says stands in content bytes, too, where that is not longer than a record may be.
            let content = content_of(&record.event);
            if content.len() <= 1 << 20 {
                let again = decode_content(&content).expect("a frame holds only events that can be read");
                assert_eq!(again, record.event);
            }
        }
        let again = FrameEncoder::new().and_then(|mut encoder| encoder.encode(&read)).expect("it was a frame");
        let again = Frame::decode(&again).expect("what was written is read");
        assert!(again.records().map(|record| record.to_owned_record()).eq(read));
    }
}

fn tail(bytes: &[u8]) {
    for bytes in [bytes.to_vec(), mend::tail(bytes)] {
        match ledger::tail(&bytes, LEDGER) {
            // Every record in it takes its length and two bytes of content at least, but for those below its head.
            Ok(_size) => {}
            Err(error) => said(&error),
        }
    }
}

/// The end of a staging file, and the peaks that it and the tail's head carry.
fn stage(bytes: &[u8]) {
    if let Some(again) = ledger::stage_end(bytes) {
        assert_eq!(again, bytes);
    }
    match Peaks::from_bytes(bytes) {
        Ok(peaks) => {
            peaks.root();
            assert_eq!(peaks.to_bytes(), bytes);
        }
        Err(error) => said(&error.to_string()),
    }
}

/// A receipt, as it is and with its ids made right: what is accepted is written the same again.
fn receipt(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for text in [Some(text.to_owned()), mend::receipt(text)].into_iter().flatten() {
        match Receipt::parse(&text) {
            Ok(receipt) => {
                let written = receipt.to_text().expect("its ids were made of it");
                assert_eq!(Receipt::parse(&written).expect("what was written is read"), receipt);
                assert_eq!(id_of(&receipt.to_json()), Ok(receipt.id));
            }
            Err(error) => said(&error.to_string()),
        }
        if let Ok(Ok(once)) = exact_json(&text).map(|document| canonical(&document)) {
            let again = exact_json(&once).expect("canonical JSON is JSON");
            assert_eq!(canonical(&again).expect("it was canonical"), once);
        }
    }
}

thread_local! {
    static FOLDER: RefCell<TempDir> = RefCell::new(folder());
}

fn folder() -> TempDir {
    // In memory where there is such a folder: thousands of small files are written.
    let shm = std::path::Path::new("/dev/shm");
    let made = if shm.is_dir() { tempfile::tempdir_in(shm) } else { tempfile::tempdir() };
    made.expect("a temporary folder")
}

/// The identity index: a list of runs and one run, cut apart where the list ends.
fn identity(bytes: &[u8]) {
    let (manifest, run) = mend::identity(bytes);
    FOLDER.with_borrow(|folder| {
        let dir = folder.path().join("identity");
        std::fs::create_dir_all(&dir).expect("a folder");
        std::fs::write(dir.join("index"), &manifest).expect("writes");
        if let Some((first, end)) = mend::first_run(&manifest) {
            std::fs::write(dir.join(format!("run-{first}-{end}")), &run).expect("writes");
        }
        let index = match ledger::index(&dir, LEDGER, 1 << 20) {
            Ok(index) => index,
            Err(error) => return said(&error.to_string()),
        };
        for key in ["e1", "e2", "e3"] {
            let id = EventId::of_key("native", key);
            for found in [index.candidates(id), index.void_candidates(id)] {
                match found {
                    Ok(found) => assert!(found.len() <= run.len() / 8),
                    Err(error) => said(&error.to_string()),
                }
            }
        }
        index.check().map_or_else(|error| said(&error.to_string()), |()| {});
    });
}

fn header(bytes: &[u8]) {
    FOLDER.with_borrow(|folder| {
        for bytes in [bytes.to_vec(), mend::header(bytes)] {
            std::fs::write(folder.path().join("header"), bytes).expect("writes");
            Header::read(folder.path()).map_or_else(|error| said(&error.to_string()), drop);
        }
    });
}

fn csv(bytes: &[u8]) {
    for name in ["a.csv", "a.csv.gz", "a.csv.zst"] {
        rows(bytes, name);
    }
}

fn jsonl(bytes: &[u8]) {
    for name in ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"] {
        rows(bytes, name);
    }
}

fn rows(bytes: &[u8], name: &str) {
    let options = Options {
        currency: Some("USD".parse().expect("a currency")),
        recorded_by: "fuzz".to_owned(),
        ..Options::default()
    };
    let outcome = match import::read(bytes, name, &options) {
        Ok(outcome) => outcome,
        Err(error) => return said(&error.to_string()),
    };
    assert_eq!(outcome.read, (outcome.events.len() + outcome.bad.len()) as u64, "every row is told");
    for (line, reason) in &outcome.bad {
        assert!(*line > 0);
        said(reason);
    }
    for event in outcome.events {
        event.validate().expect("a row that was taken is valid");
        let bytes = content_of(&event);
        assert_eq!(decode_content(&bytes).expect("what was written is read"), event);
    }
}

fn definition(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Definition::from_toml(text) {
        Ok(definition) => {
            let canonical = definition.canonical();
            let parameters: serde_json::Value = serde_json::from_str(&canonical).expect("the canonical form is JSON");
            assert_eq!(parameters, definition.parameters_json());
            assert_eq!(definition.hash(), Definition::from_toml(text).expect("again").hash());
        }
        Err(error) => said(&error.to_string()),
    }
}

/// Amounts, rates, instants, zones, windows, points, policies of rates, keys: everything that is typed as one word.
fn values(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    again::<Amount>(text);
    again::<Rate>(text);
    again::<Instant>(text);
    again::<Currency>(text);
    again::<Zone>(text);
    match text.parse::<Rates>() {
        Ok(rates) => assert_eq!(rates.to_string().parse::<Rates>().expect("written so"), rates),
        Err(error) => said(&error.to_string()),
    }
    let berlin: Zone = "Europe/Berlin".parse().expect("a zone");
    for calendar in [Calendar::new(Zone::UTC), Calendar::new(berlin).with_fiscal_start(7).expect("a month")] {
        Window::parse(text, &calendar).map_or_else(|error| said(&error.to_string()), drop);
        let point = Point::parse(text).and_then(|point| point.boundary(&calendar));
        point.map_or_else(|error| said(&error.to_string()), drop);
    }
    if let Key::Uuid(uuid) = Key::typed(text) {
        assert_eq!(uuid.to_string(), text.to_ascii_lowercase());
    }
    let guard = guarded(text);
    assert!(guard == text || guard.strip_prefix('\'') == Some(text));
}

/// What is read is written, and read again the same; the form that is written is the only one.
fn again<T: std::str::FromStr<Err: std::fmt::Display> + std::fmt::Display + PartialEq>(text: &str) {
    match text.parse::<T>() {
        Ok(value) => {
            let written = value.to_string();
            let read = written.parse::<T>().unwrap_or_else(|error| panic!("{written:?}: {error}"));
            assert!(read == value && read.to_string() == written, "{text:?} becomes {written:?}");
        }
        Err(error) => said(&error.to_string()),
    }
}

/// Signed notes, checkpoints and keys: one text is one note, and nothing but the key's own signature passes.
fn note(bytes: &[u8]) {
    match Note::parse(bytes) {
        Ok(note) => {
            assert_eq!(note.to_string().as_bytes(), bytes, "what is accepted is written the same");
            let known: VerifierKey = seeds::VERIFIER.parse().expect("a key");
            let passes = note.verify(std::slice::from_ref(&known)).is_ok();
            let signed = seeds::signed_texts().iter().any(|text| text == note.text());
            assert!(signed || !passes, "a text passes that was never signed: {:?}", note.text());
        }
        Err(error) => said(&error.to_string()),
    }
    match NotedCheckpoint::parse(bytes) {
        Ok(noted) => {
            assert_eq!(noted.to_string().as_bytes(), bytes);
            let text = noted.checkpoint.to_string();
            assert_eq!(Checkpoint::parse(&text).expect("written so"), noted.checkpoint);
        }
        Err(error) => said(&error.to_string()),
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match text.parse::<VerifierKey>() {
        Ok(key) => assert_eq!(key.to_string(), text.trim_end_matches(['\r', '\n'])),
        Err(error) => said(&error.to_string()),
    }
    match SigningKey::from_secret(text) {
        Ok(key) => assert_eq!(key.to_secret(), text.trim_end_matches(['\r', '\n'])),
        Err(error) => said(&error.to_string()),
    }
}

/// Proofs of any shape, for leaves and roots of any kind: two numbers, two hashes and a path.
fn proof(bytes: &[u8]) {
    let Some((numbers, rest)) = bytes.split_first_chunk::<16>() else { return };
    let long = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| numbers[at + i]));
    let hashes: Vec<Hash> = rest.as_chunks::<32>().0.iter().copied().map(Hash).collect();
    let [leaf, root, path @ ..] = &hashes[..] else { return };
    let (low, size) = (long(0), long(8));
    let inclusion = InclusionProof { position: low, size, path: path.to_vec() };
    match inclusion.root(leaf) {
        // The root that the path leads to is the only one it proves.
        Ok(found) => assert_eq!(inclusion.verify(leaf, root).is_ok(), found == *root),
        Err(error) => said(&error.to_string()),
    }
    let consistency = ConsistencyProof { from: low, size, path: path.to_vec() };
    match consistency.verify(leaf, root) {
        Ok(()) => assert!(low <= size && (low < size || leaf == root)),
        Err(error) => said(&error.to_string()),
    }
}
