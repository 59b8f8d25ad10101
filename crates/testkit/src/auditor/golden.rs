//! The auditor itself is checked by figures worked out by hand: the published example, and small cases beside it.

use num_bigint::BigInt;
use recount_ledger::Zone;

use crate::calendar::{Span, window};
use crate::definition::{Combine, Definition, Grain, GrossMethod, NetMethod, RatesAt};
use crate::ratio::{decimal, money};
use crate::script::{instant, records};
use crate::workload::Workload;
use crate::{Auditor, Bridge, Cut, Known, Refusal, Segment};

const GOLDEN: &str = "
    2024-01-01 fx EUR/USD 1.10
    2025-12-01 fx EUR/USD 1.05
    2024-03-01 A new 1000
    2025-07-01 A up 1500
    2024-03-01 B new 1000
    2025-04-15 B down 600
    2024-03-01 C new 1000
    2025-06-30 C churn
    2024-03-01 D new 1000
    2025-02-10 D churn
    2025-09-09 D react 800
    2024-03-01 F new 400
    2024-10-01 F churn
    2025-05-11 F react 400
    2024-03-01 G new 1000 EUR
    2024-03-01 H new 1000
    2025-03-20 H up 2000
    2025-10-21 H down 1000
    2025-03-05 E new 500
    2025-08-19 E up 900";

fn known(script: &str) -> Known {
    Auditor::new(records(script)).known(Cut::default()).expect("no circles")
}

fn year() -> Span {
    window("2025", Zone::UTC, 1).expect("a window")
}

fn shown(value: Option<&num_rational::BigRational>) -> String {
    value.map_or_else(|| "undefined".to_owned(), |value| decimal(value, 10))
}

/// NDR and GDR.
fn ratios(script: &str, definition: &Definition) -> (String, String) {
    let (_, ratios, _) = known(script).retention(definition, year(), Zone::UTC, None).expect("figures");
    (shown(ratios.ndr.as_ref()), shown(ratios.gdr.as_ref()))
}

fn dollars(change: impl Fn(&mut Definition)) -> [Definition; 2] {
    [RatesAt::Open, RatesAt::Spot].map(|rates| {
        let report = Some("USD".parse().expect("a currency"));
        let mut definition = Definition { report, rates, ..Definition::default() };
        change(&mut definition);
        definition
    })
}

#[track_caller]
fn net(constant: &str, spot: &str, change: impl Fn(&mut Definition)) {
    let [at_open, at_spot] = dollars(change);
    assert_eq!((ratios(GOLDEN, &at_open).0.as_str(), ratios(GOLDEN, &at_spot).0.as_str()), (constant, spot));
}

#[track_caller]
fn gross(want: &str, change: impl Fn(&mut Definition)) {
    for definition in dollars(change) {
        assert_eq!(ratios(GOLDEN, &definition).1, want);
    }
}

#[test]
fn the_published_example_net() {
    net("0.8196721311", "0.8114754098", |_| ());
    net("0.6885245902", "0.6803278689", |d| d.net_winback_zero = true);
    net("0.9180327869", "0.9098360656", |d| d.contraction_ignored = true);
    net("0.8196721311", "0.8196721311", |d| d.net = NetMethod::Movements);
    net("0.9508196721", "0.9508196721", |d| d.net = NetMethod::AllMovements);
    let without = |d: &mut Definition| (d.net, d.reactivation_ignored) = (NetMethod::AllMovements, true);
    net("0.7540983607", "0.7540983607", without);
    net("0.9836065574", "0.9836065574", |d| {
        without(d);
        d.contraction_ignored = true;
    });
    net("0.9803921569", "0.9705882353", |d| d.net = NetMethod::Survivors);
    net("0.7984263557", "0.7920896386", |d| d.combine = Combine::Chain);
}

#[test]
fn the_published_example_gross_and_lines() {
    gross("0.737704918", |_| ());
    gross("0.606557377", |d| d.gross_winback_zero = true);
    gross("0.4426229508", |d| d.gross = GrossMethod::Movements);
    gross("0.606557377", |d| d.gross = GrossMethod::RunningMin);
    gross("0.4426229508", |d| d.gross = GrossMethod::AllMovements);
    for (definition, fx, closing) in
        dollars(|_| ()).iter().zip([("0", "5000"), ("-50", "4950")]).map(|(d, (f, c))| (d, f, c))
    {
        let (figures, ratios, _) = known(GOLDEN).retention(definition, year(), Zone::UTC, None).expect("figures");
        let lines = [&figures.opening, &figures.lines.expansion, &figures.lines.contraction, &figures.lines.churn];
        assert_eq!(lines.map(money), ["6100", "500", "600", "1000"]);
        assert_eq!((money(&figures.fx).as_str(), money(&figures.closing).as_str()), (fx, closing));
        assert_eq!(shown(ratios.logo.as_ref()), "0.8333333333");
    }
}

#[test]
fn the_published_example_bridge() {
    for (definition, fx, closing) in
        dollars(|_| ()).iter().zip([("0", "6300"), ("-50", "6250")]).map(|(d, (f, c))| (d, f, c))
    {
        let bridge = known(GOLDEN).bridge(definition, (year(), year()), Zone::UTC, None).expect("a bridge");
        let l = &bridge.lines;
        let lines = [&l.new_logo, &l.reactivation, &l.expansion, &l.contraction, &l.churn, &bridge.fx, &bridge.closing];
        assert_eq!(lines.map(money), ["500", "1200", "1900", "1400", "2000", fx, closing]);
        assert!(bridge.foots());
    }
}

#[test]
fn a_bridged_gap_was_never_there() {
    let script = "2024-01-01 a new 100\n2025-01-31 a churn\n2025-02-03 a react 120";
    let bridged = Definition { gap_days: 3, net_winback_zero: true, gross_winback_zero: true, ..Definition::default() };
    assert_eq!(ratios(script, &bridged), ("1.2".to_owned(), "1".to_owned()));
    let longer = Definition { gap_days: 2, ..bridged };
    assert_eq!(ratios(script, &longer), ("0".to_owned(), "0".to_owned()));
}

#[test]
fn a_segment_has_those_who_enter_and_leave() {
    let script = "2024-01-01 a new 100 attr.size=small\n2025-03-01 a profile attr.size=big\n2025-03-01 a up 150\n\
                  2025-06-01 a churn";
    let part = |value: &str| {
        let segment = Segment { attribute: "size".to_owned(), value: Some(value.to_owned()) };
        known(script).bridge(&Definition::default(), (year(), year()), Zone::UTC, Some(&segment)).expect("a bridge")
    };
    let (small, big): (Bridge, Bridge) = (part("small"), part("big"));
    assert_eq!([&small.opening, &small.leaving, &small.closing].map(money), ["100", "100", "0"]);
    assert_eq!([&big.entering, &big.lines.expansion, &big.lines.churn].map(money), ["100", "50", "150"]);
    assert!(small.foots() && big.foots());
}

#[test]
fn cuts_and_corrections() {
    let script = "2024-01-01 a new 100 id=wrong\n2024-01-01 a new 90 id=right voids=wrong booked=2024-02-01\n\
                  2024-03-01 void right";
    let auditor = Auditor::new(records(script));
    let total = |cut| {
        let known = auditor.known(cut).expect("no circles");
        known.mrr(instant("2025-01-01"), None).expect("one currency").get("a").map(money)
    };
    let known_at = |text| Cut { known_at: Some(instant(text)), size: None };
    assert_eq!(total(known_at("2024-01-01")), None);
    assert_eq!(total(known_at("2024-02-01")).as_deref(), Some("100"));
    assert_eq!(total(known_at("2024-02-02")).as_deref(), Some("90"));
    assert_eq!(total(Cut::default()), None, "a voided replacement revives nothing");
    assert_eq!(total(Cut { known_at: None, size: Some(2) }).as_deref(), Some("90"));
}

#[test]
fn contradictions() {
    let script = "2024-01-01 a new 100\n2024-02-01 a up 50\n2024-03-01 a/second new 10\n2024-04-01 a/third up 20\n\
                  2024-05-01 a down 40 was=60\n2024-06-01 b react 1\n2024-07-01 a up 1 EUR";
    let positions: Vec<u64> = known(script).contradictions().iter().map(|p| p.0).collect();
    assert_eq!(positions, [1, 4]);
    let circle = "2024-01-01 merge a b\n2024-01-01 merge b a";
    assert_eq!(Auditor::new(records(circle)).known(Cut::default()).err(), Some(Refusal::MergeCycle));
}

/// Whatever the ledger, the bridge foots and GDR by `endpoint-min` is at most 1.
#[test]
fn random_ledgers_foot() {
    for seed in 0..40 {
        let workload = Workload::new(seed);
        let Ok(known) = Auditor::new(workload.records).known(Cut::default()) else { continue };
        let report = Some("EUR".parse().expect("a currency"));
        let rates = if workload.several_currencies { RatesAt::Spot } else { RatesAt::Open };
        let report = report.filter(|_| workload.several_currencies);
        let definition = Definition { report, rates, grain: Grain::Customer, ..Definition::default() };
        let bridge = match known.bridge(&definition, (year(), year()), workload.zone, None) {
            Err(Refusal::NoRate(..)) => continue,
            bridge => bridge.expect("only a rate may have been taken back"),
        };
        assert!(bridge.foots(), "seed {seed}: {bridge:?}");
        let (figures, _, _) = known.retention(&definition, year(), workload.zone, None).expect("figures");
        assert!(figures.gross.0 <= figures.gross.1, "seed {seed}: {figures:?}");
        assert!(figures.opening == bridge.opening && figures.closing >= BigInt::ZERO, "seed {seed}");
    }
}
