//! Restatements of random ledgers: the parts sum to the whole exactly, both ends are the auditor's, and a record's effect
//! is what the figures differ by before and after it.
//!
//! `RECOUNT_RESTATEMENTS=5000` tries more of them, `RECOUNT_RESTATEMENTS=17..18` those of one seed.

use std::collections::BTreeMap;
use std::ops::Range;

use recount_ledger::{Body, Position};
use recount_metrics::{
    Calendar, Definition, Effect, FigureError, Ratio, Restatement, RestatementQuestion, RetentionQuestion, Side,
    Window, restate, retention,
};
use recount_projection::{Boundary, Cut, Projection};
use recount_testkit::{Ask, Auditor, Question, Workload, script_of};

use crate::answer::{Answer, audited};
use crate::product::{cut_of, projected, read, retention_lines};

const LEDGERS: u64 = 500;

fn seeds() -> Range<u64> {
    let number = |text: &str| text.parse::<u64>().expect("RECOUNT_RESTATEMENTS is a number or a range like 17..18");
    match std::env::var("RECOUNT_RESTATEMENTS") {
        Err(_) => 0..LEDGERS,
        Ok(text) => text.split_once("..").map_or_else(|| 0..number(&text), |(from, to)| number(from)..number(to)),
    }
}

/// One restatement of a random ledger.
struct Case {
    seed: u64,
    workload: Workload,
    projection: Projection,
    then: Question,
    now: Question,
}

impl Case {
    /// Two questions for retention of one ledger: the same figure under two cuts; now and then also by other rules.
    fn all(seed: u64) -> Vec<Self> {
        let workload = Workload::new(seed);
        let questions: Vec<_> = (0..12).map(|number| workload.question(number)).collect();
        let asks = questions.iter().filter(|question| matches!(question.ask, Ask::Retention { .. }));
        let pairs = asks.zip(questions.iter().skip(1)).take(2).enumerate();
        let case = |(number, (then, other)): (usize, (&Question, &Question))| {
            let rules = if (seed + number as u64).is_multiple_of(4) { other } else { then };
            let same_kind = matches!(rules.ask, Ask::Retention { .. });
            let rules = if same_kind { rules } else { then };
            let now = Question { cut: other.cut, ..rules.clone() };
            Self { seed, workload: workload.clone(), projection: projected(&workload.records), then: then.clone(), now }
        };
        pairs.map(case).collect()
    }

    fn restated(&self) -> Result<Restatement, String> {
        let (then, now) = (Read::of(&self.then), Read::of(&self.now));
        let view = |question: &Question| self.projection.view(cut_of(question)).map_err(|_| "merge cycle".to_owned());
        let views = (view(&self.then)?, view(&self.now)?);
        let (then, now) = (then.side(&views.0), now.side(&views.1));
        let since = self.then.cut.known_at.map(Boundary);
        restate(&RestatementQuestion { then, now, since }).map_err(|error| match error {
            FigureError::DoesNotFoot(_) => panic!("{}\nthe parts do not sum to the whole", self.told()),
            other => other.to_string(),
        })
    }

    fn told(&self) -> String {
        let rules = |question: &Question| match &question.ask {
            Ask::Retention { definition, .. } => definition.to_toml("failing"),
            _ => String::new(),
        };
        let script = script_of(&self.workload.records);
        let Self { seed, then, now, .. } = self;
        format!("seed {seed}: {then:#?}\n{}\n{now:#?}\n{}\n{script}", rules(then), rules(now))
    }
}

/// A question as the product reads it.
struct Read {
    window: Window,
    definition: Definition,
    calendar: Calendar,
}

impl Read {
    fn of(question: &Question) -> Self {
        let Ask::Retention { window, definition, .. } = &question.ask else { panic!("only retention is restated") };
        let month = u8::try_from(question.fiscal_start).expect("a month");
        let calendar = Calendar::new(question.zone).with_fiscal_start(month).expect("a month");
        let window = Window::parse(window, &calendar).expect("questions have sound windows");
        Self { window, definition: read(definition), calendar }
    }

    fn side<'a>(&'a self, view: &'a recount_projection::View<'a>) -> Side<'a> {
        Side { view, window: &self.window, definition: &self.definition, calendar: &self.calendar }
    }
}

/// What the auditor says of one end, without segments.
fn audited_end(auditor: &Auditor, question: &Question) -> Answer {
    let Ask::Retention { window, definition, .. } = &question.ask else { panic!("only retention is restated") };
    let ask = Ask::Retention { window: window.clone(), definition: definition.clone(), by: None };
    let mut lines = audited(auditor, &Question { ask, ..question.clone() })?;
    lines.remove("contradictions");
    Ok(lines)
}

fn told(question: &Question, retention: &recount_metrics::Retention) -> Answer {
    let Ask::Retention { definition, .. } = &question.ask else { panic!("only retention is restated") };
    let mut lines = BTreeMap::new();
    retention_lines(&mut lines, "", definition, retention);
    Ok(lines)
}

#[test]
fn parts_sum_to_the_whole_on_random_ledgers() {
    let seeds: Vec<u64> = seeds().collect();
    let half = seeds.len().div_ceil(2).max(1);
    let tried: Vec<[usize; 3]> = std::thread::scope(|scope| {
        let try_all = |part: &[u64]| {
            let cases = part.iter().flat_map(|seed| Case::all(*seed));
            cases.fold([0; 3], |sums, case| {
                let one = try_case(&case);
                std::array::from_fn(|at| sums[at] + one[at])
            })
        };
        let workers: Vec<_> = seeds.chunks(half).map(|part| scope.spawn(move || try_all(part))).collect();
        workers.into_iter().map(|worker| worker.join().expect("a failure was told above")).collect()
    });
    let [restated, parts, undefined]: [usize; 3] = std::array::from_fn(|at| tried.iter().map(|one| one[at]).sum());
    println!("{restated} restatements with {parts} parts, {undefined} without a ratio at one end");
    if seeds.len() as u64 == LEDGERS {
        assert!(restated > 500 && parts > 3_000, "too few to show anything: {restated} with {parts} parts");
    }
}

/// Whether there was a restatement, how many parts it had, and whether a ratio was missing.
fn try_case(case: &Case) -> [usize; 3] {
    let auditor = Auditor::new(case.workload.records.clone());
    let restated = match case.restated() {
        Ok(restated) => restated,
        Err(reason) => {
            let refused = [&case.then, &case.now].iter().any(|question| audited_end(&auditor, question).is_err());
            let mixed = reason.contains("report in");
            assert!(refused || mixed, "{}\nonly the product refuses: {reason}", case.told());
            return [0; 3];
        }
    };
    for (question, report) in [(&case.then, &restated.then), (&case.now, &restated.now)] {
        let want = audited_end(&auditor, question);
        if want != Err("no rate".to_owned()) {
            assert_eq!(want, told(question, &report.total), "{}", case.told());
        }
    }
    sums_up(case, &restated);
    let undefined = restated.whole.ndr.is_none() || restated.whole.gdr.is_none();
    [1, restated.parts.len(), usize::from(undefined)]
}

/// Adds the parts up once more, by nothing but plain additions.
fn sums_up(case: &Case, restated: &Restatement) {
    let Restatement { then, now, parts, .. } = restated;
    let lines: [fn(&Effect) -> i128; 8] = [
        |e| e.opening,
        |e| e.expansion,
        |e| e.contraction,
        |e| e.churn,
        |e| e.reactivation,
        |e| e.fx,
        |e| e.closing,
        |e| e.customers.into(),
    ];
    let of = |r: &recount_metrics::Retention| {
        let customers = i128::from(r.customers);
        [r.opening, r.expansion, r.contraction, r.churn, r.reactivation, r.fx, r.closing, customers]
    };
    let (was, is) = (of(&then.total), of(&now.total));
    for (place, line) in lines.iter().enumerate() {
        let sum: i128 = parts.iter().map(|part| line(&part.effect)).sum();
        assert_eq!(sum, is[place] - was[place], "line {place}: {}", case.told());
    }
    let figures = [
        (&then.total.ndr, &now.total.ndr, parts.iter().map(|part| &part.effect.ndr).collect::<Vec<_>>()),
        (&then.total.gdr, &now.total.gdr, parts.iter().map(|part| &part.effect.gdr).collect()),
        (
            &then.total.logo_retention,
            &now.total.logo_retention,
            parts.iter().map(|part| &part.effect.logo_retention).collect(),
        ),
    ];
    for (was, is, effects) in figures {
        let (Ok(was), Ok(is)) = (was, is) else { continue };
        let sum = effects.into_iter().flatten().fold(Ratio::zero(), |sum, effect| sum.plus(effect));
        assert_eq!(was.plus(&sum), *is, "{}", case.told());
    }
}

/// The position of the last record of a size, whose effect the step to that size is.
fn last(size: u64) -> Option<Position> {
    size.checked_sub(1).map(Position)
}

#[test]
fn a_records_effect_is_the_difference_that_it_makes() {
    let mut compared = 0;
    for seed in seeds().take(60) {
        for case in Case::all(seed).into_iter().take(1) {
            // Rates turn before everything else, so that their records are no plain steps.
            let rated = |record: &recount_ledger::Recorded| matches!(record.event.body, Body::FxRate(_));
            if case.workload.records.iter().any(rated) {
                continue;
            }
            compared += compare_steps(&case);
        }
    }
    assert!(compared > 100, "too few records to show anything: {compared}");
}

/// Restates from nothing to everything, and compares every record's effect with the figures before and after it.
fn compare_steps(case: &Case) -> usize {
    let read = Read::of(&case.then);
    let Read { window, definition, calendar } = &read;
    let question = RetentionQuestion { window, definition, calendar, by: None };
    let figures = |size: u64| {
        let view = case.projection.view(Cut { known_at: None, size }).ok()?;
        Some(retention(&view, &question).ok()?.total)
    };
    let (Ok(nothing), Ok(everything)) =
        (case.projection.view(Cut { known_at: None, size: 0 }), case.projection.view(Cut::NONE))
    else {
        return 0;
    };
    let ends = RestatementQuestion { then: read.side(&nothing), now: read.side(&everything), since: None };
    let Ok(restated) = restate(&ends) else { return 0 };
    let mut compared = 0;
    let mut before = figures(0);
    for size in 1..=case.projection.size() {
        let after = figures(size);
        if let (Some(was), Some(is)) = (&before, &after) {
            let own = restated.parts.iter().filter(|part| part.record.map(|change| change.position) == last(size));
            let effect = Restatement::sum(own);
            let difference = [is.opening - was.opening, is.closing - was.closing, is.churn - was.churn];
            assert_eq!(
                [effect.opening, effect.closing, effect.churn],
                difference,
                "record {}: {}",
                size - 1,
                case.told()
            );
            compared += usize::from(difference != [0; 3]);
        }
        before = after;
    }
    compared
}

#[test]
fn nothing_between_two_cuts_changes_nothing() {
    let case = Case::all(3).remove(0);
    let same = Case { now: case.then.clone(), ..case };
    let restated = same.restated().expect("the ledger of seed 3 has a figure");
    assert_eq!((restated.parts.len(), restated.records), (0, 0));
    assert!(restated.whole.is_nothing());
}
