//! No bytes make the reader panic, and every row is either taken or refused.

use proptest::prelude::*;

use super::{cases, options, read};

const SEEDS: [&str; 3] = [
    "kind,customer_id,effective_at,mrr,attr.note\nnew,a,2025-01-01,10.5,\"x, \"\"y\"\"\n z\"\nchurn,a,2025-02-01T00:00:00Z,,\n",
    "kind;customer_id;voids;reason;into;amount\r\nvoid;;e1;typo;;\r\nmerge;a;;;b;\r\n",
    "{\"kind\":\"new\",\"customer_id\":\"a\",\"effective_at\":\"2025-01-01\",\"mrr\":1.5}\n{\"kind\":\"churn\"}\n",
];

fn survives(bytes: &[u8]) -> Result<(), TestCaseError> {
    for name in ["a.csv", "a.jsonl", "a.csv.gz", "a.jsonl.zst"] {
        if let Ok(outcome) = read(bytes, name, &options("UTC", Some("USD"))) {
            let told = outcome.events.len() + outcome.bad.len() + usize::from(outcome.fatal.is_some());
            prop_assert_eq!(outcome.read, told as u64);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(&bytes)?;
    }

    #[test]
    fn damaged_files_never_panic(
        seed in 0..SEEDS.len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b'"'), Just(b'\n'), Just(b','), Just(0)]), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = SEEDS[seed].as_bytes().to_vec();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        survives(&bytes)?;
        bytes.truncate(cut.index(bytes.len()));
        survives(&bytes)?;
    }
}
