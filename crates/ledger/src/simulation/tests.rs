//! Ten thousand short runs, and proof that a run can fail.

use rayon::prelude::*;

use super::driver::{Ran, run};
use super::world::Lie;

/// So many runs, unless RECOUNT_SIMULATIONS says otherwise; RECOUNT_SIMULATION_SEED names a single one.
const RUNS: u64 = 10_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn ten_thousand_runs_on_a_faulty_disk_lose_nothing() {
    let seeds = match number("RECOUNT_SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("RECOUNT_SIMULATIONS").unwrap_or(RUNS),
    };
    let ran: Vec<Result<Ran, String>> = seeds.into_par_iter().map(|seed| run(seed, None)).collect();
    let failed: Vec<&String> = ran.iter().filter_map(|ran| ran.as_ref().err()).collect();
    let shown: Vec<&str> = failed.iter().take(3).map(|run| run.as_str()).collect();
    assert!(failed.is_empty(), "{} runs failed; the first:\n{}", failed.len(), shown.join("\n"));
    let sum = |of: fn(&Ran) -> u64| ran.iter().flatten().map(of).sum::<u64>();
    let (records, stops, ends) = (sum(|ran| ran.records), sum(|ran| ran.stops), sum(|ran| ran.ends));
    let runs = ran.len() as u64;
    assert!(runs < 100 || (records > runs && stops > runs / 4 && ends > runs / 4), "{records}, {stops}, {ends}: tame");
}

#[test]
fn a_seed_gives_the_same_run_again() {
    for seed in 0..200 {
        assert_eq!(run(seed, None), run(seed, None), "seed {seed}");
    }
}

#[test]
fn a_disk_that_lies_about_a_sync_is_caught() {
    let lies = [Lie::Contents("tail"), Lie::Contents("tail.new"), Lie::Contents("stage"), Lie::Names, Lie::Store];
    for lie in lies {
        let caught = (0..2_000).find(|seed| run(*seed, Some(lie)).is_err());
        assert!(caught.is_some(), "{lie:?} goes unnoticed");
    }
}
