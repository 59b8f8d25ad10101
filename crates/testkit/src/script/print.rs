//! Records as a script, so that a failing random ledger can be read, and pasted into a test.

use std::collections::BTreeMap;

use recount_ledger::{Amount, Body, Claim, Denomination, EventId, Key, Moment, Recorded};

/// The script that gives these records again. Times are instants; ids are kept where something refers to them.
pub fn script_of(records: &[Recorded]) -> String {
    let keys: BTreeMap<EventId, String> = records.iter().map(|r| (r.event.id(), key(r))).collect();
    records.iter().map(|record| line(record, &keys) + "\n").collect()
}

fn key(record: &Recorded) -> String {
    match &record.event.key {
        Key::Uuid(uuid) => uuid.to_string(),
        Key::Named(name) => name.clone(),
        Key::Content { ordinal } => format!("content-{ordinal}"),
    }
}

fn line(record: &Recorded, keys: &BTreeMap<EventId, String>) -> String {
    let event = &record.event;
    let target = |id: EventId| keys.get(&id).cloned().unwrap_or_else(|| id.to_string());
    let mut words = vec![when(record)];
    match &event.body {
        Body::Movement(m) => {
            words.extend([quoted(&m.customer), kind(m.claim).to_owned()]);
            words.extend(m.mrr.map(|mrr| amount(mrr, m.currency)));
            words.push(format!("sub={}", m.subscription.as_deref().map_or_else(|| "\"\"".to_owned(), quoted)));
            words.extend(m.mrr_before.map(|before| format!("was={before}")));
            words.extend(attributes(&m.attributes));
            words.extend(m.replaces.as_ref().map(|r| format!("voids={}", quoted(&target(r.target)))));
        }
        Body::Profile(p) => {
            words.extend([quoted(&p.customer), "profile".to_owned()]);
            words.extend(attributes(&p.attributes));
        }
        Body::OneTime(c) => {
            words.extend([quoted(&c.customer), "charge".to_owned(), amount(c.amount, Some(c.currency))]);
        }
        Body::Void(v) => words.extend(["void".to_owned(), quoted(&target(v.target))]),
        Body::Merge(m) => words.extend(["merge".to_owned(), quoted(&m.customer), quoted(&m.into)]),
        Body::FxRate(r) => words.extend(["fx".to_owned(), format!("{}/{}", r.base, r.quote), r.rate.to_string()]),
        other => words.push(format!("# a {} has no line of its own", other.kind())),
    }
    words.push(format!("id={}", quoted(&key(record))));
    words.push(format!("booked={}", event.booked_at.map_or_else(|| "none".to_owned(), at)));
    words.push(format!("recorded={}", record.recorded_at));
    words.join(" ")
}

fn when(record: &Recorded) -> String {
    let booked = Moment::from(record.booked_at());
    at(record.event.effective_at().unwrap_or(booked))
}

fn at(moment: Moment) -> String {
    moment.at.to_string()
}

fn amount(amount: Amount, currency: Option<Denomination>) -> String {
    currency.map_or_else(|| amount.to_string(), |c| format!("{amount} {}", c.currency))
}

fn attributes(attributes: &[(String, String)]) -> impl Iterator<Item = String> {
    attributes.iter().map(|(name, value)| format!("attr.{name}={}", quoted(value)))
}

fn kind(claim: Claim) -> &'static str {
    match claim {
        Claim::NewLogo => "new",
        Claim::Upgrade => "up",
        Claim::Downgrade => "down",
        Claim::Churn => "churn",
        Claim::Reactivation => "react",
        Claim::Change => "change",
    }
}

fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_.:".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::records;

    #[test]
    fn a_script_comes_back() {
        let script = "2024-01-01 acme new 50 attr.size=big\n2024-06-01 acme/seats up 80.5 EUR was=50 id=e7 voids=line-0\n\
                      2024-06-01 \"o'neil, \\\"inc\\\" 顧客\" churn\n2024-07-01 void e7\n2024-07-01 merge a acme booked=none\n\
                      2024-01-01 fx EUR/USD 1.1 recorded=2030-01-01\n2024-01-01 acme profile attr.region=\"the north\"\n\
                      2024-02-01 acme charge 20 JPY";
        let once = records(script);
        let printed = script_of(&once);
        assert_eq!(script_of(&records(&printed)), printed);
        let events = |records: &[Recorded]| records.iter().map(|r| r.event.given()).collect::<Vec<_>>();
        assert_eq!(events(&records(&printed)), events(&once));
    }
}
