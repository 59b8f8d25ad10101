//! Every bit of a proof, flipped: it is refused, or says the same.

use recount_ledger::checkpoint::{Checkpoint, NotedCheckpoint, SigningKey};
use recount_ledger::merkle::Hash;
use recount_ledger::{Body, Event, Expected, Ledger, Merge, Options, Reader, Settings, Writer};

use super::{Consistency, Document, Inclusion, Trust};

fn merge(number: u32) -> Event {
    let body = Merge { customer: format!("customer {number}"), into: "acme \u{e9}".to_owned() };
    Event::new(Body::Merge(body)).keyed("test", &format!("m{number}")).by("tests")
}

/// A proof of each kind under one key, over a ledger of seven records.
fn proofs() -> (SigningKey, [Document; 2]) {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("ledger");
    Ledger::create(&dir, Settings::default()).expect("a ledger");
    let mut writer = Writer::open(&dir, Options::default()).expect("opens");
    writer.append((0..7).map(merge).collect(), Expected::Any).expect("appends");
    drop(writer);
    let reader = Reader::open(&dir).expect("opens");
    let key = SigningKey::generate("example.com/books").expect("generates");
    let noted = |size: u64| {
        let checkpoint = Checkpoint::of(reader.header().id, size, reader.prover().root_at(size).expect("a root"));
        NotedCheckpoint { note: Some(checkpoint.sign(&[&key]).expect("signs")), checkpoint }
    };
    let record = reader.record(4).expect("a record");
    let inclusion = Inclusion::new(&record, &reader.prover().inclusion(4, 7).expect("proves"), &noted(7));
    let consistency = Consistency::new(&reader.prover().consistency(3, 7).expect("proves"), &noted(3), &noted(7));
    (key, [Document::Inclusion(Box::new(inclusion)), Document::Consistency(consistency)])
}

fn head(noted: &NotedCheckpoint) -> (String, u64, Hash) {
    (noted.checkpoint.origin.clone(), noted.checkpoint.size, noted.checkpoint.root)
}

#[test]
fn every_flipped_bit_of_a_proof_is_refused_or_changes_nothing() {
    let (key, documents) = proofs();
    let trust = Trust { key: Some(key.verifier().clone()), ..Trust::default() };
    for document in documents {
        let text = document.to_text();
        let earlier = document.verify(&trust).expect("holds").from.map(|from| head(&from));
        let mut harmless = 0;
        for bit in 0..text.len() * 8 {
            let mut changed = text.clone().into_bytes();
            changed[bit / 8] ^= 1 << (bit % 8);
            let Ok(read) = Document::parse(&changed) else { continue };
            if let Ok(proved) = read.verify(&trust) {
                // A space between two words of JSON may have become another: the document is the same. Or the earlier
                // checkpoint has lost its signature, which is then said.
                let unsigned = !proved.from_anchored && proved.from.map(|from| head(&from)) == earlier;
                assert!(unsigned || read.to_text() == text, "bit {bit}: {}", read.to_text());
                harmless += 1;
            }
        }
        assert!(harmless * 10 < text.len() * 8, "{harmless} of {} bits do not matter", text.len() * 8);
    }
}

#[test]
fn without_anything_to_compare_with_a_proof_says_so() {
    let (key, [inclusion, consistency]) = proofs();
    let alone = inclusion.verify(&Trust::default()).expect("holds");
    assert!(!alone.anchored && alone.signed_by.is_none());
    let root = alone.checkpoint.checkpoint.root;
    assert!(inclusion.verify(&Trust { root: Some(root), ..Trust::default() }).expect("holds").anchored);
    assert!(inclusion.verify(&Trust { root: Some(Hash::default()), ..Trust::default() }).is_err());
    let grown = consistency.verify(&Trust::default()).expect("holds");
    assert!(!grown.anchored && !grown.from_anchored);
    let held = Trust { checkpoint: grown.from.clone(), ..Trust::default() };
    let grown = consistency.verify(&held).expect("holds");
    assert!(!grown.anchored && grown.from_anchored);
    let signed = Trust { key: Some(key.verifier().clone()), ..Trust::default() };
    let grown = consistency.verify(&signed).expect("holds");
    assert!(grown.anchored && grown.from_anchored);
}
