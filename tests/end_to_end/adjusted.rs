//! Closed periods on random ledgers: what is reported as an adjustment is the auditor's figure after less before.
//!
//! `RECOUNT_SEEDS=1000..2000` tries other ledgers in memory than the ones of every run.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use recount_ledger::Recorded;
use recount_metrics::{
    Adjustment, Calendar, FigureError, PeriodFigures, RetentionQuestion, Window, adjustments, period_figures,
};
use recount_projection::{Cut, Projection};
use recount_testkit::{Ask, Auditor, Cut as Known, Definition, Question, Workload};
use serde_json::Value;

use crate::answer::audited;
use crate::binary::{Cli, text};
use crate::differential::seeds;
use crate::product::{projected, read};
use crate::through_binary::{json_lines, native, telling_its_booking};

const SEEDS: std::ops::Range<u64> = 0..100;
const BINARY_SEEDS: std::ops::Range<u64> = 900..906;
const QUESTIONS: u64 = 12;
/// Closes of one ledger.
const CLOSES: usize = 3;
/// Records appended one by one to each ledger of the binary.
const APPENDED: usize = 5;

/// A close's period.
struct Period {
    question: Question,
    window: String,
    definition: Definition,
}

/// Figures by name, or none with the auditor's reason.
type Figures = Result<BTreeMap<String, String>, String>;

/// The closes that a workload's questions could be about.
fn periods(workload: &Workload) -> Vec<Period> {
    let whole = Known { known_at: None, size: None };
    let questions = (0..QUESTIONS).map(|number| Question { cut: whole, ..workload.question(number) });
    let period = |question: Question| match question.ask.clone() {
        Ask::Retention { window, definition, .. } => Some(Period { question, window, definition }),
        _ => None,
    };
    questions.filter_map(period).collect()
}

impl Period {
    fn asked(&self, ask: Ask, auditor: &Auditor) -> Figures {
        audited(auditor, &Question { ask, ..self.question.clone() })
    }

    /// What the auditor says that a close states.
    fn audited(&self, records: &[Recorded]) -> Figures {
        let auditor = Auditor::new(records.to_vec());
        let (window, definition) = (self.window.clone(), self.definition.clone());
        let mut all = BTreeMap::new();
        let retention = Ask::Retention { window: window.clone(), definition: definition.clone(), by: None };
        for (name, value) in self.asked(retention, &auditor)? {
            if !matches!(name.as_str(), "contradictions" | "top ten" | "top ten share" | "ndr without") {
                all.insert(name.replace(' ', "_"), value);
            }
        }
        let bridge = Ask::Movements { window: window.clone(), every: None, definition, by: None };
        for (name, value) in self.asked(bridge, &auditor)? {
            let line = name.strip_prefix("row 0 ").filter(|line| !line.contains("customers"));
            if let Some(line) = line.filter(|line| !matches!(*line, "entering" | "leaving")) {
                all.insert(format!("movements.{line}"), value);
            }
        }
        let (window, _) = self.window();
        let at = window.close.0.to_string();
        let customers = self.asked(Ask::Mrr { at, report: self.definition.report, by: None }, &auditor)?;
        let amounts = customers.iter().filter(|(name, _)| name.starts_with("customer ")).map(|(_, mrr)| units(mrr));
        let amounts: Vec<BigInt> = amounts.collect();
        all.insert("customers_active".to_owned(), amounts.len().to_string());
        all.insert("mrr".to_owned(), decimal(&amounts.iter().sum()));
        Ok(all)
    }

    fn window(&self) -> (Window, Calendar) {
        let month = u8::try_from(self.question.fiscal_start).expect("a month");
        let calendar = Calendar::new(self.question.zone).with_fiscal_start(month).expect("a month");
        (Window::parse(&self.window, &calendar).expect("a window"), calendar)
    }

    fn computed(&self, projection: &Projection) -> Result<PeriodFigures, FigureError> {
        let (window, calendar) = self.window();
        let view = projection.view(Cut::NONE).expect("no circle");
        let definition = read(&self.definition);
        period_figures(
            &view,
            &RetentionQuestion { window: &window, definition: &definition, calendar: &calendar, by: None },
        )
    }
}

/// A decimal in units of 1e-10: all that figures have.
fn units(text: &str) -> BigInt {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<10}").parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn decimal(units: &BigInt) -> String {
    let (sign, digits) = (if units < &BigInt::ZERO { "-" } else { "" }, format!("{:0>11}", units.magnitude()));
    let (whole, fraction) = digits.split_at(digits.len() - 10);
    format!("{sign}{whole}.{fraction}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Figure, was, now, difference.
type Told = BTreeMap<String, (Option<String>, Option<String>, Option<String>)>;

/// What is to be told of two sides of which at least one has figures.
fn expected(was: &Figures, now: &Figures) -> Told {
    let names = was.iter().chain(now).next().into_iter().flat_map(|all| all.keys());
    let side = |figures: &Figures, name: &str| {
        let value = figures.as_ref().ok().map(|all| all[name].clone());
        value.filter(|value| value != "undefined")
    };
    let all = names.map(|name| (name.clone(), side(was, name), side(now, name)));
    let other = all.filter(|(_, before, after)| before != after || was.is_err() != now.is_err());
    other
        .map(|(name, before, after)| {
            let difference = before.as_ref().zip(after.as_ref()).map(|(was, now)| decimal(&(units(now) - units(was))));
            (name, (before, after, difference))
        })
        .collect()
}

fn told(found: &[Adjustment]) -> Told {
    let amounts = found.iter().filter(|one| one.figure != "currency");
    amounts.map(|one| (one.figure.to_owned(), (one.was.clone(), one.now.clone(), one.difference.clone()))).collect()
}

#[test]
fn adjustments_are_the_auditors_figures_after_less_before() {
    let (mut compared, mut changed) = (0, 0);
    for seed in seeds(SEEDS) {
        let workload = Workload::new(seed);
        let records = &workload.records;
        let cut = records.len() - 1 - (seed as usize % 7) % (records.len() / 2).max(1);
        let (first, all) = (&records[..cut], &records[..]);
        let circle = [first, all].iter().any(|part| projected(part).view(Cut::NONE).is_err());
        for period in periods(&workload).iter().filter(|_| !circle) {
            let (was, now) = (period.audited(first), period.audited(all));
            let (before, after) = (period.computed(&projected(first)), period.computed(&projected(all)));
            // The auditor asks for more rates than enter a figure, which has tests of its own.
            let more_rates =
                |mine: &Figures, other: &Result<PeriodFigures, FigureError>| mine.is_err() && other.is_ok();
            if more_rates(&was, &before) || more_rates(&now, &after) {
                continue;
            }
            let found = adjustments(before.as_ref().ok(), after.as_ref().ok());
            assert_eq!(told(&found), expected(&was, &now), "seed {seed}, {} by {:?}", period.window, period.definition);
            compared += 1;
            changed += usize::from(!found.is_empty());
        }
    }
    assert!(compared > 0 && changed > 0, "{changed} of {compared} periods changed");
    if std::env::var_os("RECOUNT_SEEDS").is_none() {
        assert!(compared > 200 && changed > 30, "{changed} of {compared} periods changed");
    }
}

/// What the binary told, by close and figure.
fn told_by(answer: &Value) -> BTreeMap<String, Told> {
    let mut all: BTreeMap<String, Told> = BTreeMap::new();
    for one in answer["prior_period_adjustments"].as_array().expect("a list") {
        let side = |name: &str| one[name].as_str().map(str::to_owned);
        if one["figure"] != "currency" {
            let entry = (side("was"), side("now"), side("difference"));
            all.entry(text(&one["close"])).or_default().insert(text(&one["figure"]), entry);
        }
    }
    let named: Vec<String> = answer["closes_changed"].as_array().expect("a list").iter().map(text).collect();
    assert_eq!(all.keys().cloned().collect::<Vec<_>>(), {
        let mut names = named;
        names.sort();
        names
    });
    all
}

/// What the auditor says of one closed period, by the number of records.
type History = BTreeMap<usize, Figures>;

/// What the binary must tell of the closes, which are named by their place.
fn must_tell(closes: &[History], before: usize, after: usize) -> BTreeMap<String, Told> {
    let each = closes.iter().enumerate();
    let each = each.map(|(at, known)| (format!("close-{at}"), expected(&known[&before], &known[&after])));
    each.filter(|(_, found)| !found.is_empty()).collect()
}

/// Closes what can be closed; what the auditor says of each after so many records.
fn closed(cli: &Cli, workload: &Workload, records: &[Recorded], sizes: &[usize]) -> Vec<History> {
    let mut closes = Vec::new();
    for (number, period) in periods(workload).iter().enumerate() {
        let history: History = sizes.iter().map(|size| (*size, period.audited(&records[..*size]))).collect();
        if closes.len() == CLOSES || history.values().any(Result::is_err) {
            continue;
        }
        let name = format!("definition-{number}");
        cli.json(&["define", &cli.write("definition.toml", &period.definition.to_toml(&name))]);
        let close = format!("close-{}", closes.len());
        let fiscal = format!("{:02}", period.question.fiscal_start);
        let flags = ["--tz", period.question.zone.name(), "--fiscal-year-start", &fiscal, "--prepared-by", "the test"];
        let what = ["close", &close, "--period", &period.window, "--definition", &name];
        cli.json(&[&what[..], &flags].concat());
        closes.push(history);
    }
    closes
}

#[test]
fn imports_and_appends_tell_what_they_do_to_closed_periods() {
    let (mut compared, mut changed) = (0, 0);
    for seed in BINARY_SEEDS {
        let workload = Workload::new(seed);
        let records: Vec<Recorded> = workload.records.iter().cloned().map(telling_its_booking).collect();
        let (middle, late) = (records.len() * 2 / 3, records.len() - APPENDED);
        let sizes: Vec<usize> = [middle].into_iter().chain(late..=records.len()).collect();
        if sizes.iter().any(|size| projected(&records[..*size]).view(Cut::NONE).is_err()) {
            continue;
        }
        let lines: Vec<String> = json_lines(&records).lines().map(|line| format!("{line}\n")).collect();
        let cli = Cli::new();
        let (first, second) =
            (cli.write("1.jsonl", &lines[..middle].concat()), cli.write("2.jsonl", &lines[middle..late].concat()));
        cli.json(&["import", &first]);
        let closes = closed(&cli, &workload, &records, &sizes);
        let want = must_tell(&closes, middle, late);
        let refused = cli.run(&["import", &second, "--refuse-closed"]);
        assert_eq!(refused.status.code(), Some(if want.is_empty() { 0 } else { 3 }), "seed {seed}");
        if !want.is_empty() {
            assert_eq!(told_by(&cli.json(&["import", &second, "--dry-run"])), want, "seed {seed}");
            assert_eq!(told_by(&cli.json(&["import", &second])), want, "seed {seed}");
        }
        for size in late..records.len() {
            let want = must_tell(&closes, size, size + 1);
            let Some(command) = appending(&records, size) else { break };
            let command: Vec<&str> = command.iter().map(String::as_str).collect();
            assert_eq!(told_by(&cli.json(&command)), want, "seed {seed}, record {size}");
            (compared, changed) = (compared + 1, changed + usize::from(!want.is_empty()));
        }
        (compared, changed) = (compared + 1, changed + usize::from(!want.is_empty()));
    }
    assert!(compared > 10 && changed > 3, "{changed} of {compared} batches changed something");
}

/// The command that records the record at a position.
fn appending(records: &[Recorded], position: usize) -> Option<Vec<String>> {
    let row = native(records).into_iter().nth(position)?;
    let mut command = vec!["append".to_owned()];
    for (name, value) in row {
        let value = value.as_str()?.to_owned();
        match name.strip_prefix("attr.") {
            Some(attribute) => command.extend(["--attr".to_owned(), format!("{attribute}={value}")]),
            None => command.extend([format!("--{}", name.replace('_', "-")), value]),
        }
    }
    Some(command)
}
