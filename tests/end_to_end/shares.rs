//! Shares of random ledgers: customers make up every figure exactly, and without a record the figures are the auditor's on
//! a ledger that never had it.

use std::collections::BTreeMap;

use recount_metrics::{Calendar, FigureError, FigureName, RetentionQuestion, Shares, Window, shares};
use recount_projection::View;
use recount_testkit::{Ask, Auditor, Question, Workload, script_of};

use crate::answer::{Answer, audited};
use crate::differential::seeds;
use crate::product::{answered_of, cut_of, projected, read};

const QUESTIONS: u64 = 6;

/// The names of retention lines as the auditor tells them.
const LINES: [&str; 6] = ["opening", "expansion", "contraction", "churn", "reactivation", "closing"];

#[test]
fn customers_make_up_every_figure() {
    let (mut footed, mut undefined) = (BTreeMap::<&str, u32>::new(), 0);
    for seed in seeds(5_000..5_120) {
        let workload = Workload::new(seed);
        let (projection, auditor) = (projected(&workload.records), Auditor::new(workload.records.clone()));
        for question in (0..QUESTIONS).map(|number| workload.question(number)) {
            let Ask::Retention { window, definition, .. } = &question.ask else { continue };
            let Ok(view) = projection.view(cut_of(&question)) else { continue };
            let ask = Ask::Retention { window: window.clone(), definition: definition.clone(), by: None };
            let Ok(want) = audited(&auditor, &Question { ask, ..question.clone() }) else { continue };
            for name in FigureName::names() {
                let told = || format!("seed {seed}, {name}: {question:#?}");
                match shares_of(&view, &question, name) {
                    Ok(found) => {
                        let sum: i128 = found.customers.iter().map(|one| one.share).sum();
                        assert_eq!(sum, found.sum, "{}", told());
                        let base: Option<i128> = found.customers.iter().filter_map(|one| one.base).reduce(|a, b| a + b);
                        assert_eq!(base.unwrap_or(0), found.base.unwrap_or(0), "{}", told());
                        if LINES.contains(&name) {
                            assert_eq!(recount_ledger::units_text(sum), want[name], "{}", told());
                        }
                        undefined += u32::from(found.base == Some(0));
                        *footed.entry(name).or_default() += u32::from(sum != 0);
                    }
                    Err(FigureError::DoesNotFoot(_)) => panic!("{}: the shares do not sum to it", told()),
                    Err(_) => {}
                }
            }
        }
    }
    assert!(undefined > 0, "no ratio without a base was tried");
    for name in FigureName::names() {
        let count = footed.get(name).copied().unwrap_or_default();
        assert!(count > 3, "{name} was made up by customers only {count} times: {footed:?}");
    }
}

fn shares_of(view: &View<'_>, question: &Question, name: &str) -> Result<Shares, FigureError> {
    let Ask::Retention { window, definition, .. } = &question.ask else { panic!("only retention has shares") };
    let month = u8::try_from(question.fiscal_start).expect("a month");
    let calendar = Calendar::new(question.zone).with_fiscal_start(month).expect("a month");
    let (window, definition) = (Window::parse(window, &calendar)?, read(definition));
    let asked = RetentionQuestion { window: &window, definition: &definition, calendar: &calendar, by: None };
    shares(view, &asked, name.parse().expect("a name of the list"), None)
}

#[test]
fn without_a_record_the_figures_are_those_of_a_ledger_without_it() {
    let (mut compared, mut changed) = (0, 0);
    for seed in seeds(6_000..6_100) {
        let workload = Workload::new(seed);
        let records = &workload.records;
        let projection = projected(records);
        for number in 0..QUESTIONS {
            let question = workload.question(number);
            let position = records[(seed as usize * 7 + number as usize * 5) % records.len()].position;
            let others: Vec<_> = records.iter().filter(|record| record.position != position).cloned().collect();
            let auditor = Auditor::new(others);
            if question.by().is_some_and(|by| !auditor.names(by)) {
                continue;
            }
            let want = audited(&auditor, &question);
            // A circle of merges that the record closes is open without it; the view with it does not exist then.
            let Ok(view) = projection.view(cut_of(&question)) else { continue };
            let got = match view.without(position) {
                Ok(view) => answered_of(&view, &question),
                Err(_) => Err("merge cycle".to_owned()),
            };
            let lone = |side: &Answer| side.as_ref().is_err_and(|reason| reason == "no rate");
            if lone(&want) && got.is_ok() {
                continue;
            }
            let told =
                || format!("seed {seed}, question {number}, without {position}: {question:#?}\n{}", script_of(records));
            assert_eq!(want, got, "{}", told());
            compared += 1;
            changed += u32::from(answered_of(&view, &question) != got);
        }
    }
    assert!(compared > 300 && changed > 80, "too few to show anything: {compared}, {changed} changed");
}
