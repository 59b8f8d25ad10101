//! Every fuzz target over its seeds, the inputs that once broke it, and seeded damage of both. `RECOUNT_FUZZ` is how many
//! damaged inputs each target gets; README.md of this folder has the way to run libFuzzer over the same targets.

mod mend;
mod mutate;
mod seeds;
mod targets;

use std::panic::catch_unwind;
use std::path::PathBuf;

use mutate::{Dice, mutated};
use targets::TARGETS;

/// How many damaged inputs a target gets where the environment does not say.
const DEFAULT_INPUTS: u64 = 1_500;

fn inputs() -> u64 {
    let given = std::env::var("RECOUNT_FUZZ").ok();
    given.map_or(DEFAULT_INPUTS, |text| text.parse().expect("RECOUNT_FUZZ is a number of inputs"))
}

/// Inputs that broke a target once, by the target's folder.
fn regressions(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/fuzz").join(target);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(path).expect("a fixture")).collect()
}

fn hold(name: &str) {
    let target = TARGETS.iter().find(|(known, _)| *known == name).expect("a target").1;
    let mut seeds = seeds::of(name);
    assert!(seeds.iter().all(|seed| !seed.is_empty()) && !seeds.is_empty(), "{name} has seeds");
    seeds.extend(regressions(name));
    for seed in &seeds {
        target(seed);
    }
    for number in 0..inputs() {
        let bytes = mutated(&seeds, &mut Dice::new(number));
        if catch_unwind(|| target(&bytes)).is_err() {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            panic!("{name} does not hold for the damaged input {number}: {hex}");
        }
    }
}

macro_rules! each_holds {
    ($($target:ident)*) => {
        $(
            #[test]
            fn $target() {
                hold(stringify!($target));
            }
        )*

        #[test]
        fn every_target_has_a_test() {
            let tested = [$(stringify!($target)),*];
            assert_eq!(TARGETS.map(|(name, _)| name), tested);
        }
    };
}
each_holds!(content frame tail stage identity header csv jsonl definition values note proof receipt);

/// Where a target accepts none of its seeds, or all damage, its damage shows nothing.
#[test]
fn damage_gets_past_the_checksums() {
    let seeds = seeds::of("frame");
    let mended = (0..300).map(|number| mend::frame(&mutated(&seeds, &mut Dice::new(number))));
    let errors: Vec<String> = mended
        .filter_map(|bytes| recount_ledger::codec::Frame::decode(&bytes).err())
        .map(|error| error.to_string())
        .collect();
    let sums = errors.iter().filter(|error| error.contains("checksum")).count();
    assert!(errors.len() > 50 && sums == 0, "{} errors, {sums} of them checksums", errors.len());
}
