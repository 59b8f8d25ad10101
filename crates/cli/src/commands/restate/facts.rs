//! The four facts that securities regulators ask for when a metric changes (SEC release 33-10751): what changed, why,
//! what it does to the figure of the period, and since when.

use super::answer::{Answer, Row};
use super::effect::in_words;
use super::page::percent;
use crate::output::moment::local;
use crate::output::money::{self, Money};

/// The facts by their names.
pub fn of(answer: &Answer, money: &Money) -> [(&'static str, String); 4] {
    [
        ("What changed", what(answer)),
        ("Why", why(answer)),
        ("Effect", effect(answer, money)),
        ("Since when", since(answer)),
    ]
}

fn what(answer: &Answer) -> String {
    let told = &answer.told;
    let (then, now) = (&told.restated.then, &told.restated.now);
    let name = &now.window.name;
    if told.restated.whole.is_nothing() {
        return format!("nothing: NDR over {name} was and is {}", percent(&now.total.ndr, told));
    }
    format!(
        "NDR over {name} was {} and is {}; GDR was {} and is {}",
        percent(&then.total.ndr, told),
        percent(&now.total.ndr, told),
        percent(&then.total.gdr, told),
        percent(&now.total.gdr, told)
    )
}

fn why(answer: &Answer) -> String {
    let told = &answer.told;
    let one = |(category, row): &(recount_metrics::Category, Row)| {
        let by = in_words(row.effect.ndr.as_ref(), told.display);
        let records = match row.records.len() {
            0 => String::new(),
            1 => ", 1 record".to_owned(),
            several => format!(", {} records", money::count(several as u64)),
        };
        format!("{} (NDR {by}{records})", category.reason())
    };
    let mut reasons: Vec<_> = told.categories.iter().map(one).collect();
    let [then, now] = answer.definitions();
    reasons.extend(then.differences(now));
    if reasons.is_empty() { "no record and no rule changed it".to_owned() } else { reasons.join("; ") }
}

fn effect(answer: &Answer, money: &Money) -> String {
    let told = &answer.told;
    let whole = &told.restated.whole;
    let customers: std::collections::BTreeSet<_> = told.categories.iter().flat_map(|(_, row)| &row.customers).collect();
    format!(
        "NDR {}, GDR {}, opening MRR {}, closing MRR {}, {} customers",
        in_words(whole.ndr.as_ref(), told.display),
        in_words(whole.gdr.as_ref(), told.display),
        money.signed(whole.opening),
        money.signed(whole.closing),
        money::count(customers.len() as u64)
    )
}

fn since(answer: &Answer) -> String {
    let told = &answer.told;
    let zone = answer.envelope.zone();
    let told_at = |(position, at): (&u64, &Option<recount_ledger::Instant>)| match at {
        Some(at) => format!("{} (record {position})", local(*at, zone)),
        None => format!("record {position}"),
    };
    let (first, last) = (told.recorded.first_key_value(), told.recorded.last_key_value());
    match (first, last) {
        (Some(first), Some(last)) if first.0 == last.0 => format!("recorded {}", told_at(first)),
        (Some(first), Some(last)) => format!("recorded from {} to {}", told_at(first), told_at(last)),
        _ if told.restated.whole.is_nothing() => "never".to_owned(),
        _ => format!("with the rules of the second figure; no record changed it after {}", told.then),
    }
}
