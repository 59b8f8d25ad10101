//! The product against the auditor: random ledgers, random questions, every number the same.
//!
//! `RECOUNT_SEEDS=1000..2000` tries other ledgers than the ones of every run, `RECOUNT_SEEDS=17` a single one.

use std::collections::BTreeMap;
use std::ops::Range;

use recount_ledger::Recorded;
use recount_testkit::{Ask, Auditor, Question, Workload, script_of};

use crate::answer::{Answer, audited};
use crate::product::{answered, projected};
use crate::shrink::shrunk;

const SEEDS: Range<u64> = 0..600;
const QUESTIONS: u64 = 6;

#[test]
fn random_ledgers_agree_with_the_auditor() {
    let seeds: Vec<u64> = seeds(SEEDS).collect();
    let half = seeds.len().div_ceil(2);
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            seeds.chunks(half.max(1)).map(|part| scope.spawn(|| part.iter().try_for_each(|s| try_seed(*s)))).collect();
        for worker in workers {
            if let Err(report) = worker.join().expect("a worker reports what it finds") {
                panic!("{report}");
            }
        }
    });
}

/// These seeds, or those that `RECOUNT_SEEDS` names.
pub fn seeds(usual: Range<u64>) -> Range<u64> {
    let number = |text: &str| text.parse::<u64>().expect("RECOUNT_SEEDS is a number or a range like 1000..2000");
    match std::env::var("RECOUNT_SEEDS") {
        Err(_) => usual,
        Ok(text) => match text.split_once("..") {
            Some((first, after)) => number(first)..number(after),
            None => number(&text)..number(&text) + 1,
        },
    }
}

fn try_seed(seed: u64) -> Result<(), String> {
    let workload = Workload::new(seed);
    let auditor = Auditor::new(workload.records.clone());
    let projection = projected(&workload.records);
    for number in 0..QUESTIONS {
        let question = workload.question(number);
        let (want, got) = (audited(&auditor, &question), answered(&projection, &question));
        if differ(&want, &got) {
            return Err(report(seed, number, &workload.records, &question));
        }
    }
    Ok(())
}

/// The auditor asks for a rate of every currency in force between open and close, the product only for those that enter
/// the figure: that alone is no difference, and has tests of its own.
fn differ(want: &Answer, got: &Answer) -> bool {
    want != got && !(got.is_ok() && *want == Err("no rate".to_owned()))
}

fn both(records: &[Recorded], question: &Question) -> (Answer, Answer) {
    let auditor = Auditor::new(records.to_vec());
    (audited(&auditor, question), answered(&projected(records), question))
}

/// The smallest script found that still shows the difference.
fn report(seed: u64, number: u64, records: &[Recorded], question: &Question) -> String {
    let differs = |records: &[Recorded], question: &Question| {
        let (want, got) = both(records, question);
        differ(&want, &got)
    };
    let (records, question) = shrunk(records.to_vec(), question.clone(), differs);
    let (want, got) = both(&records, &question);
    let definition = match &question.ask {
        Ask::Mrr { .. } => String::new(),
        Ask::Movements { definition, .. } | Ask::Retention { definition, .. } | Ask::Series { definition, .. } => {
            definition.to_toml("failing")
        }
    };
    let script = script_of(&records);
    let differences = differences(&want, &got);
    format!("seed {seed}, question {number}: {question:#?}\n{definition}\n{script}\n{differences}")
}

fn differences(want: &Answer, got: &Answer) -> String {
    let (want, got) = match (want, got) {
        (Ok(want), Ok(got)) => (want, got),
        (want, got) => return format!("the auditor says {want:?}\nthe product says {got:?}"),
    };
    let names: BTreeMap<_, _> = want.iter().chain(got).collect();
    let of =
        |lines: &BTreeMap<String, String>, name: &String| lines.get(name).map_or("nothing", String::as_str).to_owned();
    let lines = names.keys().filter(|name| want.get(**name) != got.get(**name));
    lines.map(|name| format!("{name}: the auditor says {}, the product {}\n", of(want, name), of(got, name))).collect()
}
