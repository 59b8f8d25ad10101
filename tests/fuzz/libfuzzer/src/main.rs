//! libFuzzer's door to the targets: `RECOUNT_TARGET` names one. With `RECOUNT_SEEDS_TO` it writes its seeds there and ends.
#![no_main]

#[path = "../../mend.rs"]
mod mend;
#[path = "../../seeds.rs"]
mod seeds;
#[path = "../../targets.rs"]
mod targets;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use targets::{TARGETS, Target};

fn target() -> Target {
    static TARGET: OnceLock<Target> = OnceLock::new();
    *TARGET.get_or_init(|| {
        let name = std::env::var("RECOUNT_TARGET").expect("RECOUNT_TARGET names a target");
        let target = TARGETS.iter().find(|(known, _)| *known == name).expect("there is such a target").1;
        if let Ok(folder) = std::env::var("RECOUNT_SEEDS_TO") {
            for (number, seed) in seeds::of(&name).iter().enumerate() {
                std::fs::write(format!("{folder}/seed-{number}"), seed).expect("writes");
            }
            std::process::exit(0);
        }
        target
    })
}

fuzz_target!(|bytes: &[u8]| target()(bytes));
