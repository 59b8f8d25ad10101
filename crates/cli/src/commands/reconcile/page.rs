//! `reconcile` for people: a line each, and below those that do not match what explains them.

use super::answer::{Answer, ExplanationJson, LineJson, WitnessJson};
use crate::output::money;
use crate::output::{Cell, Column, Page, Style, Table};

/// Other ways of one kind that are named.
const MOST_ALSO: usize = 3;

/// The page.
pub fn page(answer: &Answer) -> Page {
    let mut page = Page::new();
    let Answer { file, matches, explained, unexplained, lines, envelope, .. } = answer;
    let of = lines.len();
    page.heading(format!("{file}: {matches} of {of} lines match, {explained} are explained, {unexplained} are not"));
    page.blank();
    page.table(overview(lines));
    for line in lines.iter().filter(|line| line.outcome != "match") {
        page.blank();
        told(&mut page, line);
    }
    envelope.close_page(&mut page);
    page
}

fn overview(lines: &[LineJson]) -> Table {
    let texts = ["metric", "of", "is", "most likely"].map(Column::text);
    let figures = ["row", "printed", "figure"].map(Column::figure);
    let [row, printed, figure] = figures;
    let [metric, of, is, why] = texts;
    let mut table = Table::new([row, metric, of, printed, figure, is, why]);
    for line in lines {
        let style = match line.outcome {
            "match" => Style::Good,
            "explained" => Style::Warn,
            _ => Style::Bad,
        };
        let why = line.explanations.first().map(ExplanationJson::told).unwrap_or_default();
        table.row([
            line.row.to_string().into(),
            line.metric.into(),
            of_what(line).into(),
            line.value.as_str().into(),
            line.figure.as_deref().unwrap_or("none").into(),
            Cell::styled(line.outcome, style),
            why.into(),
        ]);
    }
    table
}

fn of_what(line: &LineJson) -> String {
    let period = line.window.as_ref().or(line.at.as_ref()).cloned().unwrap_or_default();
    line.segment.iter().fold(period, |text, segment| format!("{text}, {segment}"))
}

/// Why a line is not what it says.
fn told(page: &mut Page, line: &LineJson) {
    let figure = match (&line.figure, &line.undefined) {
        (Some(figure), _) => format!("the figure is {figure}"),
        (None, reason) => format!("there is no figure: {}", reason.as_deref().unwrap_or_default()),
    };
    page.heading(format!("row {}: {} {} printed as {}; {figure}", line.row, line.metric, of_what(line), line.value));
    for (place, found) in line.explanations.iter().enumerate() {
        explanation(page, place + 1, found);
    }
    if line.explanations.is_empty() {
        let tried = money::count(line.tried as u64);
        match &line.nearest {
            Some(nearest) => {
                let how = nearest.cause.as_ref().map_or("the figure itself", |cause| cause.text.as_str());
                page.line(format!(
                    "  no explanation among {tried} other figures; the nearest is {}, {how}",
                    nearest.value
                ));
            }
            None => {
                page.line(format!("  no explanation among {tried} other figures"));
            }
        }
    }
}

fn explanation(page: &mut Page, place: usize, found: &ExplanationJson) {
    let also = match found.also.len() {
        0 => String::new(),
        more if more <= MOST_ALSO => format!("; as well {}", found.also.join("; ")),
        more => format!("; as well {} and {} more", found.also[..MOST_ALSO].join("; "), more - MOST_ALSO),
    };
    let lines = if found.lines > 1 { format!("; explains {} lines of the deck", found.lines) } else { String::new() };
    page.line(format!("  {place}. it is {} {}{also}{lines}", found.value, found.told()));
    if !found.customers.is_empty() {
        let customers: Vec<_> = found.customers.iter().map(witness).collect();
        let more = if found.more_customers == 0 {
            String::new()
        } else {
            format!(" and {} more", money::count(found.more_customers as u64))
        };
        page.remark(format!("     by {}{more}", customers.join(", ")));
    }
}

fn witness(of: &WitnessJson) -> String {
    let sign = |text: &str| if text.starts_with('-') || text == "0" { text.to_owned() } else { format!("+{text}") };
    let base = if of.base_change == "0" { String::new() } else { format!(" over {}", sign(&of.base_change)) };
    let records: Vec<_> = of.records.iter().map(u64::to_string).collect();
    let records = match records.as_slice() {
        [] => String::new(),
        [one] => format!(", record {one}"),
        several => format!(", records {}", several.join(" ")),
    };
    format!("{} ({}{base}{records})", of.customer, sign(&of.change))
}
