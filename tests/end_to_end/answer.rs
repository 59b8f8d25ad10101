//! Answers as flat text, so that two of them can be compared and their differences read; and the auditor's.

use std::collections::{BTreeMap, BTreeSet};

use num_rational::BigRational;
use num_traits::Zero;
use recount_testkit::{
    Ask, Auditor, Bridge, Definition, Every, Grain, Known, Question, Ratios, Refusal, Retention, Segment, Span, TopTen,
    calendar_parts, decimal, money, point, trailing, whole_parts, window,
};

/// Name of a number to the number, or why there is none.
pub type Answer = Result<BTreeMap<String, String>, String>;

/// What the naive implementation answers.
pub fn audited(auditor: &Auditor, question: &Question) -> Answer {
    let known = auditor.known(question.cut).map_err(|refusal| refused(&refusal))?;
    let mut out = BTreeMap::new();
    let positions: Vec<String> = known.contradictions().iter().map(ToString::to_string).collect();
    out.insert("contradictions".to_owned(), positions.join(" "));
    // An attribute that nobody ever named is refused by the product, which has a test of its own.
    let by = question.by().filter(|by| auditor.names(by));
    match &question.ask {
        Ask::Mrr { at, report, .. } => {
            let at = point(at, question.zone).expect("questions have sound points");
            for (customer, units) in known.mrr(at, *report).map_err(|r| refused(&r))? {
                out.insert(format!("customer {customer}"), money(&units));
            }
            for (value, group) in
                by.map_or(Ok(BTreeMap::new()), |by| known.mrr_by(at, *report, by)).map_err(|r| refused(&r))?
            {
                out.insert(format!("{} customers", named(value.as_deref())), group.customers.to_string());
                out.insert(format!("{} mrr", named(value.as_deref())), money(&group.mrr));
            }
        }
        Ask::Movements { window, every, definition, .. } => {
            let whole = span(window, question);
            for segment in segments(&known, by) {
                for (row, part) in rows(whole, *every, question).into_iter().enumerate() {
                    let bridge = known.bridge(definition, (part, whole), question.zone, segment.as_ref());
                    let bridge = bridge.map_err(|refusal| refused(&refusal))?;
                    assert!(bridge.foots(), "the auditor's own bridge does not foot: {bridge:?}");
                    bridge_lines(&mut out, &format!("{}row {row} ", prefix(segment.as_ref())), &bridge);
                }
            }
        }
        Ask::Retention { window, definition, .. } => {
            let whole = span(window, question);
            for segment in segments(&known, by) {
                let figures = known.retention(definition, whole, question.zone, segment.as_ref());
                let figures = figures.map_err(|refusal| refused(&refusal))?;
                retention_lines(&mut out, &prefix(segment.as_ref()), definition, &figures);
            }
        }
        Ask::Series { window, every, trailing, definition } => {
            for (row, part) in series_rows(span(window, question), *every, *trailing, question).into_iter().enumerate()
            {
                let figures = known.retention(definition, part, question.zone, None);
                let figures = figures.map_err(|refusal| refused(&refusal))?;
                retention_lines(&mut out, &format!("row {row} "), definition, &figures);
            }
        }
    }
    Ok(without_empty_groups(out))
}

/// The name of a segment in an answer.
pub fn named(value: Option<&str>) -> String {
    value.map_or_else(|| "group none:".to_owned(), |value| format!("group {value:?}:"))
}

/// Drops the groups in which there is nothing: whether a report lists them is not a matter of figures.
pub fn without_empty_groups(mut lines: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let group = |name: &String| name.split_once(": ").filter(|_| name.starts_with("group")).map(|(g, _)| g.to_owned());
    let full: BTreeSet<String> = lines
        .iter()
        .filter(|(_, value)| !matches!(value.as_str(), "0" | "" | "undefined"))
        .filter_map(|(name, _)| group(name))
        .collect();
    lines.retain(|name, _| group(name).is_none_or(|group| full.contains(&group)));
    lines
}

/// Whether a report's top-ten share is beyond doubt: parts of a bridged member are nobody's in particular.
pub fn shares_are_plain(definition: &Definition) -> bool {
    definition.gap_days == 0 || definition.grain == Grain::Customer
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::MergeCycle => "merge cycle",
        Refusal::ParentCycle => "parent cycle",
        Refusal::NoRate(..) => "no rate",
        Refusal::SeveralCurrencies => "several currencies",
        Refusal::NotWholeParts => "not whole parts",
    }
    .to_owned()
}

fn span(text: &str, question: &Question) -> Span {
    window(text, question.zone, question.fiscal_start).expect("questions have sound windows")
}

fn prefix(segment: Option<&Segment>) -> String {
    segment.map_or_else(String::new, |segment| named(segment.value.as_deref()) + " ")
}

/// Everyone, and each segment.
fn segments(known: &Known, by: Option<&str>) -> Vec<Option<Segment>> {
    let mut segments = vec![None];
    if let Some(attribute) = by {
        let values = known.attribute_values(attribute);
        let segment = |value: Option<String>| Some(Segment { attribute: attribute.to_owned(), value });
        segments.extend(values.into_iter().map(|value| segment(Some(value))));
        segments.push(segment(None));
    }
    segments
}

/// The rows of a bridge: whole parts where the window is made of them, else the calendar's, clipped.
fn rows(whole: Span, every: Option<Every>, question: &Question) -> Vec<Span> {
    let Some(every) = every else { return vec![whole] };
    whole_parts(whole, every.months(), question.zone).unwrap_or_else(|| {
        let clip = |part: Span| Span { open: part.open.max(whole.open), close: part.close.min(whole.close) };
        calendar_parts(whole, every.months(), question.fiscal_start, question.zone).into_iter().map(clip).collect()
    })
}

/// The rows of a series: the parts that close inside the window, or the months that end with each of them.
fn series_rows(whole: Span, every: Every, months: Option<u32>, question: &Question) -> Vec<Span> {
    let (zone, step) = (question.zone, every.months());
    let parts =
        whole_parts(whole, step, zone).unwrap_or_else(|| calendar_parts(whole, step, question.fiscal_start, zone));
    let closes = parts.into_iter().filter(|part| part.close <= whole.close);
    closes
        .map(|part| months.map_or(part, |months| trailing(part.close, months, zone).expect("parts close on dates")))
        .collect()
}

fn bridge_lines(out: &mut BTreeMap<String, String>, prefix: &str, bridge: &Bridge) {
    let (lines, counts) = (&bridge.lines, &bridge.customers);
    for (name, units) in [
        ("opening", &bridge.opening),
        ("new_logo", &lines.new_logo),
        ("reactivation", &lines.reactivation),
        ("expansion", &lines.expansion),
        ("contraction", &lines.contraction),
        ("churn", &lines.churn),
        ("fx", &bridge.fx),
        ("entering", &bridge.entering),
        ("leaving", &bridge.leaving),
        ("closing", &bridge.closing),
    ] {
        out.insert(format!("{prefix}{name}"), money(units));
    }
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

fn retention_lines(
    out: &mut BTreeMap<String, String>,
    prefix: &str,
    definition: &Definition,
    (figures, ratios, top): &(Retention, Ratios, TopTen),
) {
    for (name, count) in [
        ("customers", figures.customers),
        ("members", figures.members),
        ("customers closing", figures.customers_closing),
    ] {
        out.insert(format!("{prefix}{name}"), count.to_string());
    }
    for (name, units) in [
        ("opening", &figures.opening),
        ("expansion", &figures.lines.expansion),
        ("contraction", &figures.lines.contraction),
        ("churn", &figures.lines.churn),
        ("reactivation", &figures.lines.reactivation),
        ("fx", &figures.fx),
        ("closing", &figures.closing),
    ] {
        out.insert(format!("{prefix}{name}"), money(units));
    }
    for (name, ratio) in [("ndr", &ratios.ndr), ("gdr", &ratios.gdr), ("logo retention", &ratios.logo)] {
        out.insert(format!("{prefix}{name}"), shown(ratio.as_ref()));
    }
    if shares_are_plain(definition) && !figures.opening.is_zero() {
        out.insert(format!("{prefix}top ten"), top.customers.join(", "));
        out.insert(format!("{prefix}top ten share"), shown(top.share.as_ref()));
        out.insert(format!("{prefix}ndr without"), shown(top.ndr_without.as_ref()));
    }
}

fn shown(ratio: Option<&BigRational>) -> String {
    ratio.map_or_else(|| "undefined".to_owned(), |ratio| decimal(ratio, 10))
}
