//! What the product answers, in memory: projection and metrics, without a ledger on disk.

use std::collections::BTreeMap;

use recount_ledger::{Recorded, units_text};
use recount_metrics::{
    Bridge, Calendar, Definition, Every, Figure, FigureError, MovementsQuestion, MrrQuestion, Rates, Retention,
    RetentionQuestion, Trailing, Window, WindowError, movements, mrr, parse_point, retention, retention_series,
};
use recount_projection::{Boundary, Cut, Projection, View};
use recount_testkit::{Ask, Question};

use crate::answer::{Answer, named, shares_are_plain, without_empty_groups};

/// The projection of these records.
pub fn projected(records: &[Recorded]) -> Projection {
    let mut projection = Projection::empty();
    projection.extend(records.iter().cloned()).expect("records in order, and every void after its target");
    projection
}

/// The cut of a question.
pub fn cut_of(question: &Question) -> Cut {
    Cut { known_at: question.cut.known_at.map(Boundary), size: question.cut.size.unwrap_or(u64::MAX) }
}

/// What the real implementation answers.
pub fn answered(projection: &Projection, question: &Question) -> Answer {
    answered_of(&projection.view(cut_of(question)).map_err(|_| "merge cycle".to_owned())?, question)
}

/// What it answers of one view.
pub fn answered_of(view: &View<'_>, question: &Question) -> Answer {
    let month = u8::try_from(question.fiscal_start).expect("a month");
    let calendar = Calendar::new(question.zone).with_fiscal_start(month).expect("a month");
    let mut out = BTreeMap::new();
    let positions: Vec<String> = view.contradictions().iter().map(|c| c.position.to_string()).collect();
    assert_eq!(view.contradiction_count(), positions.len() as u64, "count and list of contradictions");
    out.insert("contradictions".to_owned(), positions.join(" "));
    ask(view, question, &calendar, &mut out).map_err(|error| refused(&error))?;
    Ok(without_empty_groups(out))
}

fn ask(
    view: &View<'_>,
    question: &Question,
    calendar: &Calendar,
    out: &mut BTreeMap<String, String>,
) -> Result<(), FigureError> {
    let by = question.by().filter(|by| view.attribute(by).is_some());
    match &question.ask {
        Ask::Mrr { at, report, .. } => {
            let at = parse_point(at, calendar)?;
            let rates = Rates::default();
            let report = mrr(view, &MrrQuestion { at, customer: None, by, currency: *report, rates, calendar })?;
            for customer in &report.customers {
                out.insert(format!("customer {}", customer.customer), units_text(customer.mrr));
            }
            assert_eq!(report.total, report.customers.iter().map(|c| c.mrr).sum::<i128>(), "the total is the sum");
            for group in &report.groups {
                out.insert(format!("{} customers", named(group.value.as_deref())), group.customers.to_string());
                out.insert(format!("{} mrr", named(group.value.as_deref())), units_text(group.mrr));
            }
        }
        Ask::Movements { window, every, definition, .. } => {
            let (window, definition) = (Window::parse(window, calendar)?, read(definition));
            let every = every.map(|every| every.text().parse::<Every>().expect("a length of parts"));
            let question = MovementsQuestion { window: &window, every, definition: &definition, calendar, by };
            let report = movements(view, &question)?;
            let total = [(String::new(), &report.rows)].into_iter();
            let groups = report.groups.iter().map(|(value, rows)| (named(value.as_deref()) + " ", rows));
            for (prefix, rows) in total.chain(groups) {
                for (row, bridge) in rows.iter().enumerate() {
                    bridge_lines(out, &format!("{prefix}row {row} "), bridge);
                }
            }
        }
        Ask::Retention { window, definition: wanted, .. } => {
            let (window, definition) = (Window::parse(window, calendar)?, read(wanted));
            let question = RetentionQuestion { window: &window, definition: &definition, calendar, by };
            let report = retention(view, &question)?;
            retention_lines(out, "", wanted, &report.total);
            for (value, group) in &report.groups {
                retention_lines(out, &(named(value.as_deref()) + " "), wanted, group);
            }
        }
        Ask::Series { window, every, trailing, definition: wanted } => {
            let (window, definition) = (Window::parse(window, calendar)?, read(wanted));
            let every = every.text().parse::<Every>().expect("a length of parts");
            let trailing = trailing.map(|months| format!("{months}m").parse::<Trailing>().expect("a span"));
            let question = RetentionQuestion { window: &window, definition: &definition, calendar, by };
            let rows = match retention_series(view, &question, every, trailing) {
                Err(FigureError::Window(WindowError::NoPart { .. })) => Vec::new(),
                rows => rows?,
            };
            for (row, report) in rows.iter().enumerate() {
                retention_lines(out, &format!("row {row} "), wanted, &report.total);
            }
        }
    }
    Ok(())
}

/// The definition as the product reads it.
pub fn read(definition: &recount_testkit::Definition) -> Definition {
    let document = definition.to_toml("random");
    Definition::from_toml(&document).unwrap_or_else(|error| panic!("{error}:\n{document}"))
}

fn refused(error: &FigureError) -> String {
    match error {
        FigureError::NoRate { .. } => "no rate".to_owned(),
        FigureError::SeveralCurrencies(_) => "several currencies".to_owned(),
        FigureError::ParentCycle(_) => "parent cycle".to_owned(),
        other => other.to_string(),
    }
}

fn bridge_lines(out: &mut BTreeMap<String, String>, prefix: &str, bridge: &Bridge) {
    for (name, units) in [
        ("opening", bridge.opening),
        ("new_logo", bridge.new_logo),
        ("reactivation", bridge.reactivation),
        ("expansion", bridge.expansion),
        ("contraction", bridge.contraction),
        ("churn", bridge.churn),
        ("fx", bridge.fx),
        ("entering", bridge.entering),
        ("leaving", bridge.leaving),
        ("closing", bridge.closing),
    ] {
        out.insert(format!("{prefix}{name}"), units_text(units));
    }
    let counts = &bridge.customers;
    for (name, count) in [
        ("opening", counts.opening),
        ("new_logo", counts.new_logo),
        ("reactivation", counts.reactivation),
        ("churn", counts.churn),
        ("entering", counts.entering),
        ("leaving", counts.leaving),
        ("closing", counts.closing),
    ] {
        out.insert(format!("{prefix}customers {name}"), count.to_string());
    }
}

/// The lines of one retention, as the auditor tells them.
pub fn retention_lines(
    out: &mut BTreeMap<String, String>,
    prefix: &str,
    definition: &recount_testkit::Definition,
    figures: &Retention,
) {
    for (name, count) in [
        ("customers", figures.customers),
        ("members", figures.members),
        ("customers closing", figures.customers_closing),
    ] {
        out.insert(format!("{prefix}{name}"), count.to_string());
    }
    for (name, units) in [
        ("opening", figures.opening),
        ("expansion", figures.expansion),
        ("contraction", figures.contraction),
        ("churn", figures.churn),
        ("reactivation", figures.reactivation),
        ("fx", figures.fx),
        ("closing", figures.closing),
    ] {
        out.insert(format!("{prefix}{name}"), units_text(units));
    }
    for (name, figure) in [("ndr", &figures.ndr), ("gdr", &figures.gdr), ("logo retention", &figures.logo_retention)] {
        out.insert(format!("{prefix}{name}"), shown(figure));
    }
    if shares_are_plain(definition) && figures.opening != 0 {
        out.insert(format!("{prefix}top ten"), figures.top_ten.customers.join(", "));
        out.insert(format!("{prefix}top ten share"), shown(&figures.top_ten.share));
        out.insert(format!("{prefix}ndr without"), shown(&figures.top_ten.ndr_without));
    }
}

/// A ratio as machine-readable output has it.
pub fn shown(figure: &Figure) -> String {
    figure.as_ref().map_or_else(|_| "undefined".to_owned(), ToString::to_string)
}
