//! Notes, keys and checkpoints against the vectors of Go's `sumdb/note` and of C2SP, and against another implementation.

use signed_note::{Note as OtherNote, StandardSigner, StandardVerifier, VerifierList};

use super::*;
use crate::merkle::content_digest;

// golang.org/x/mod/sumdb/note, note_test.go.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_SIGNED: &str =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_SIGNED: &str =
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

fn key(text: &str) -> VerifierKey {
    text.parse().expect("a key")
}

fn parse(text: &str) -> Result<Note, NoteError> {
    Note::parse(text.as_bytes())
}

/// The line at which a note is refused.
fn refused_at(text: &str) -> u64 {
    parse(text).expect_err(text).line
}

#[test]
fn reads_and_signs_the_notes_of_go() {
    let signer = SigningKey::from_secret(PETER_SECRET).expect("a key");
    assert_eq!((signer.verifier().to_string(), signer.to_secret()), (PETER.to_owned(), PETER_SECRET.to_owned()));
    assert_eq!(*signer.verifier(), key(&format!("{PETER}\n")));
    let signed = Note::sign(TEXT.to_owned(), &[&signer]).expect("signs").to_string();
    assert_eq!(signed, format!("{TEXT}\n{PETER_SIGNED}"));

    let both = parse(&format!("{TEXT}\n{PETER_SIGNED}{ENOCH_SIGNED}")).expect("a note");
    assert_eq!((both.text(), both.signatures().len()), (TEXT, 2));
    let names = |known: &[VerifierKey]| -> Result<Vec<String>, SignatureError> {
        Ok(both.verify(known)?.into_iter().map(|key| key.name().to_owned()).collect())
    };
    assert_eq!(names(&[key(PETER)]), Ok(vec!["PeterNeumann".to_owned()]));
    assert_eq!(names(&[key(ENOCH), key(PETER)]), Ok(vec!["PeterNeumann".to_owned(), "EnochRoot".to_owned()]));
    assert!(matches!(names(&[]), Err(SignatureError::Unknown { .. })));
}

#[test]
fn reads_the_note_of_c2sp() {
    let known = key("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
    let text = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let note = parse(text).expect("a note");
    assert_eq!(note.verify(std::slice::from_ref(&known)).expect("signed"), [&known]);
    assert_eq!(note.to_string(), text);
    // The text may hold empty lines; the last one ends it.
    let poem = parse("one\n\ntwo\n\n— example.com/foo AAAAAAA=\n").expect("a note");
    assert_eq!(poem.text(), "one\n\ntwo\n");
}

#[test]
fn a_mangled_key_is_refused() {
    for text in [PETER, PETER_SECRET] {
        for start in 0..text.len() {
            for end in start..=text.len() {
                let part = &text[start..end];
                assert!(part == PETER || part.parse::<VerifierKey>().is_err(), "{part}");
                assert!(part == PETER_SECRET || SigningKey::from_secret(part).is_err());
            }
        }
        for at in 0..text.len() {
            let mut changed = text.as_bytes().to_vec();
            changed[at] += 1;
            let changed = String::from_utf8(changed).expect("still ASCII");
            assert!(changed.parse::<VerifierKey>().is_err(), "{changed}");
            assert!(SigningKey::from_secret(&changed).is_err());
        }
    }
    assert_eq!(PETER_SECRET.parse::<VerifierKey>(), Err(KeyError::Secret));
    // Of note_test.go: another length, and another algorithm, each with its own right hash.
    let long = "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==";
    assert!(long.parse::<VerifierKey>().is_err());
    let other = "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(other.parse::<VerifierKey>(), Err(KeyError::Algorithm(0x65)));
}

#[test]
fn weak_keys_and_bad_names_are_refused() {
    // The neutral element, which would verify signatures that nobody made.
    let weak: [u8; 32] = std::array::from_fn(|i| u8::from(i == 0));
    let data = [&[1], &weak[..]].concat();
    let hash = content_digest(&[b"weak\n", &data[..]].concat());
    let id = u32::from_be_bytes(std::array::from_fn(|i| hash.0[i]));
    let text = format!("weak+{id:08x}+{}", lines::to_base64(&data));
    assert_eq!(text.parse::<VerifierKey>(), Err(KeyError::Point));
    for name in ["", "two words", "a+b", "tab\t", "narrow\u{2009}space", "line\n", "\u{9b}31m"] {
        assert_eq!(SigningKey::generate(name).expect_err(name), KeyError::Name(name.to_owned()));
    }
}

#[test]
fn a_secret_never_shows() {
    let key = SigningKey::generate("example.com/books").expect("generates");
    let secret = key.to_secret();
    let shown = format!("{key:?} {} {:?}", key.verifier(), key.verifier());
    let base64 = secret.splitn(5, '+').last().expect("parts");
    assert!(!shown.contains(base64) && !shown.contains("PRIVATE"));
    assert_ne!(SigningKey::generate("example.com/books").expect("generates").to_secret(), secret);
    // The error of a bad key does not repeat it.
    let error = SigningKey::from_secret(&secret[..secret.len() - 2]).expect_err("cut").to_string();
    assert!(!error.contains(&base64[..8]));
}

#[test]
fn a_bad_note_is_refused_by_its_line() {
    let dash = "— PeterNeumann x08go/ZJ";
    for (text, line) in [
        (TEXT.to_owned(), 2),
        (format!("{TEXT}\n"), 4),
        (format!("{TEXT}\n{}", PETER_SIGNED.trim_end()), 4),
        (format!("\u{1}{TEXT}\n{PETER_SIGNED}"), 1),
        (format!("{TEXT}\n{PETER_SIGNED}Unexpected line.\n"), 5),
        (format!("{TEXT}\n{PETER_SIGNED}\r\n"), 5),
        (format!("{TEXT}\n— Bad Name x08go/ZJ\n"), 4),
        (format!("{TEXT}\n— a+b x08go/ZJkuA=\n"), 4),
        (format!("{TEXT}\n—  x08go/ZJkuA=\n"), 4),
        (format!("{TEXT}\n- PeterNeumann x08go/ZJkuA=\n"), 4),
        (format!("{TEXT}\n— PeterNeumann\n"), 4),
        // No signature in it; not canonical; not padded.
        (format!("{TEXT}\n— PeterNeumann x08gow==\n"), 4),
        (format!("{TEXT}\n{dash}kuB=\n"), 4),
        (format!("{TEXT}\n{dash}kuA\n"), 4),
        (format!("{TEXT}\n{}", PETER_SIGNED.repeat(SIGNATURES_MAX + 1)), 4 + SIGNATURES_MAX as u64),
        (String::new(), 1),
    ] {
        assert_eq!(refused_at(&text), line, "{text:?}");
    }
    assert_eq!(Note::parse(b"one\n\xff\n\n").expect_err("not UTF-8").line, 2);
    let long = format!("{}\n\n{PETER_SIGNED}", "x".repeat(NOTE_BYTES_MAX));
    assert!(parse(&long).expect_err("too long").problem.contains("1000000"));
    let most = parse(&format!("{TEXT}\n{}", PETER_SIGNED.repeat(SIGNATURES_MAX))).expect("as many as may be");
    assert_eq!(most.verify(&[key(PETER)]).expect("signed").len(), 1);
}

#[test]
fn every_changed_bit_of_a_signed_note_is_noticed() {
    let signed = format!("{TEXT}\n{PETER_SIGNED}");
    let known = [key(PETER)];
    for bit in 0..signed.len() * 8 {
        let mut changed = signed.clone().into_bytes();
        changed[bit / 8] ^= 1 << (bit % 8);
        let verified = Note::parse(&changed).is_ok_and(|note| note.verify(&known).is_ok());
        assert!(!verified, "bit {bit}: {}", String::from_utf8_lossy(&changed));
    }
    // A good signature beside a bad one of the same key does not help.
    let bad = PETER_SIGNED.replace("ZJkuBS", "ZJkuCS");
    for pair in [format!("{PETER_SIGNED}{bad}"), format!("{bad}{PETER_SIGNED}")] {
        let note = parse(&format!("{TEXT}\n{pair}")).expect("a note");
        assert_eq!(note.verify(&known), Err(SignatureError::Bad { key: "PeterNeumann+c74f20a3".to_owned() }));
    }
    // One of a stranger under the same name counts for nothing.
    let stranger = SigningKey::generate("PeterNeumann").expect("generates");
    let note = Note::sign(TEXT.to_owned(), &[&stranger]).expect("signs");
    assert!(matches!(note.verify(&known), Err(SignatureError::Unknown { .. })));
}

#[test]
fn notes_agree_with_another_implementation() {
    for name in ["example.com/books", "recount/6f1c3b1e-2f43-4a55-9d6e-0d8d3c1b2a10", "zürich"] {
        let ours = SigningKey::generate(name).expect("generates");
        let theirs = StandardSigner::new(&ours.to_secret()).expect("our key, read by them");
        let checks = StandardVerifier::new(&ours.verifier().to_string()).expect("our verifier key, read by them");
        let mut note = OtherNote::new(TEXT.as_bytes(), &[]).expect("a text");
        note.add_sigs(&[&theirs]).expect("signs");
        let signed = Note::sign(TEXT.to_owned(), &[&ours]).expect("signs").to_string();
        assert_eq!(signed.as_bytes(), note.to_bytes());
        let read = OtherNote::from_bytes(signed.as_bytes()).expect("our note, read by them");
        let (verified, _) = read.verify(&VerifierList::new(vec![Box::new(checks)])).expect("verified by them");
        assert_eq!(verified.len(), 1);
        Note::parse(&note.to_bytes()).expect("theirs").verify(&[ours.verifier().clone()]).expect("verified by us");
    }
}

#[test]
fn checkpoints_are_three_lines() {
    let ledger = uuid::Uuid::from_u128(7);
    let head = Checkpoint::of(ledger, 10, content_digest(b"x"));
    let text = "recount/00000000-0000-0000-0000-000000000007\n10\nLXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=\n";
    assert_eq!(head.to_string(), text);
    assert_eq!(NotedCheckpoint::parse(text.as_bytes()), Ok(NotedCheckpoint { checkpoint: head.clone(), note: None }));
    let key = SigningKey::generate("k").expect("generates");
    let note = head.sign(&[&key]).expect("signs");
    let read = NotedCheckpoint::parse(note.to_string().as_bytes()).expect("reads");
    assert_eq!((&read.checkpoint, read.note.as_ref()), (&head, Some(&note)));
    assert_eq!(read.to_string(), note.to_string());
    // Of tlog-checkpoint.
    let other = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let parsed = Checkpoint::parse(other).expect("a checkpoint");
    assert_eq!((parsed.size, parsed.to_string().as_str()), (20_852_163, other));
    // Further lines are kept, for they are signed, and say nothing.
    let extended = Checkpoint::parse(&format!("{other}one more\n")).expect("a checkpoint");
    assert_eq!(extended.extensions, ["one more"]);
    assert_eq!(extended.to_string(), format!("{other}one more\n"));
}

#[test]
fn a_bad_checkpoint_is_refused_by_its_line() {
    let root = "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=";
    assert!(Checkpoint::parse(&format!("o\n0\n{root}\n")).is_ok());
    for (text, line) in [
        (String::new(), 1),
        ("o\n".to_owned(), 1),
        ("o\n10\n".to_owned(), 2),
        (format!("o\n10\n{root}"), 3),
        (format!("\n10\n{root}\n"), 1),
        (format!("o\n010\n{root}\n"), 2),
        (format!("o\n+10\n{root}\n"), 2),
        (format!("o\n-1\n{root}\n"), 2),
        (format!("o\n18446744073709551616\n{root}\n"), 2),
        (format!("o\n1 \n{root}\n"), 2),
        (format!("o\n10\n{}\n", &root[..43]), 3),
        (format!("o\n10\n{}J=\n", &root[..42]), 3),
        (format!("o\n10\n{}\n", lines::to_base64(&[0; 31])), 3),
        (format!("o\n10\n{root}\n\nmore\n"), 4),
    ] {
        assert_eq!(Checkpoint::parse(&text).expect_err(&text).line, line, "{text:?}");
    }
    assert_eq!(NotedCheckpoint::parse(b"o\r\n10\n").expect_err("a control character").line, 1);
}
