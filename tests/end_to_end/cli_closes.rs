//! Closes through the binary: what they state, what they pin, what is said when something changes them.

use insta::assert_snapshot;
use recount_tests::{Home, Ran};
use serde_json::Value;

const EVENTS: &str = "\
event_id,kind,customer_id,effective_at,booked_at,mrr,currency
e1,new_logo,acme,2024-01-05,2024-01-05,1000,USD
e2,new_logo,beta,2024-02-01,2024-02-01,400,USD
e3,new_logo,gamma,2024-03-15,2024-03-15,250,USD
e4,upgrade,acme,2025-03-01,2025-03-01,1400,USD
e5,new_logo,delta,2025-04-01,2025-04-01,900,USD
e6,churn,gamma,2025-06-30,2025-07-04,0,USD
";
const LATE: &str = "\
event_id,kind,customer_id,effective_at,booked_at,mrr,currency
l1,downgrade,beta,2025-11-01,2026-01-20,300,USD
l2,upgrade,beta,2026-02-01,2026-02-01,350,USD
";

/// A ledger of seven records.
fn book() -> Home {
    let home = Home::with_ledger();
    home.write("events.csv", EVENTS).write("late.csv", LATE);
    home.type_in("import events.csv").good();
    home
}

fn close_2025(home: &Home) -> Ran {
    let words = ["close", "board-jan", "--period", "2025", "--approved-by", "R. Roe", "--note", "as in the deck"];
    home.run(&words).good()
}

fn error(ran: &Ran) -> Value {
    let document: Value = serde_json::from_str(&ran.stderr).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    document["error"].clone()
}

/// An adjustment as `[figure, was, now, difference]`.
fn adjusted(answer: &Value) -> Vec<[String; 4]> {
    let all = answer["prior_period_adjustments"].as_array().expect("a list");
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or("null").to_owned();
    all.iter().map(|one| ["figure", "was", "now", "difference"].map(|name| text(one, name))).collect()
}

#[test]
fn a_close_states_head_figures_and_people() {
    let home = book();
    assert_snapshot!(close_2025(&home).shown());
    assert_snapshot!(home.type_in("closes").good().shown());
    let closes = home.type_in("closes -o json").good().json();
    let [close] = closes["closes"].as_array().expect("a list").as_slice() else { panic!("{closes}") };
    let then = home.type_in("ndr --window 2025 --ledger-at 7 -o json").good().json();
    for key in [
        "opening",
        "expansion",
        "contraction",
        "churn",
        "reactivation",
        "fx",
        "closing",
        "ndr",
        "gdr",
        "logo_retention",
        "customers",
        "members",
        "customers_closing",
        "currency",
        "lines_basis",
        "window",
    ] {
        assert_eq!(close["figures"][key], then[key], "{key}");
    }
    let bridge = home.type_in("movements --window 2025 --ledger-at 7 -o json").good().json();
    for key in ["opening", "new_logo", "reactivation", "expansion", "contraction", "churn", "fx", "closing"] {
        assert_eq!(close["figures"]["movements"][key], bridge["rows"][0][key], "{key}");
    }
    let mrr = home.type_in("mrr --at 2025-12-31 --ledger-at 7 -o json").good().json();
    assert_eq!(close["figures"]["mrr"], mrr["total"]);
    // The head is that of the records before it.
    let before = book().type_in("verify -o json").good().json();
    assert_eq!((before["size"].as_u64(), close["position"].as_u64()), (Some(7), Some(7)));
    assert_eq!(close["definition"]["hash"], then["definition"]["hash"]);
    for (key, value) in [("prepared_by", "tester"), ("approved_by", "R. Roe"), ("note", "as in the deck")] {
        assert_eq!(close[key], value);
    }
    let csv = home.type_in("closes -o csv").good().stdout;
    assert!(csv.starts_with("name,position,recorded_at,period,definition,prepared_by,approved_by,note,ndr,"), "{csv}");
    let log = home.type_in("log --from 7 -o json").good().json();
    assert_eq!((log["kind"].as_str(), log["name"].as_str()), (Some("close"), Some("board-jan")));
}

#[test]
fn the_root_of_a_close_is_that_of_the_records_before_it() {
    let home = book();
    let before = home.type_in("verify -o json").good().json();
    let close = home.type_in("close here -o json").good().json();
    assert_eq!((&close["root"], &close["size"]), (&before["root"], &before["size"]));
    assert_eq!(close["figures"], Value::Null, "without a period it is only a position");
}

#[test]
fn the_second_close_of_a_name_is_refused() {
    let home = book();
    close_2025(&home);
    let again = home.type_in("close board-jan");
    assert_eq!(again.code, 3, "{again:?}");
    assert!(again.stderr.contains("position 7"), "{again:?}");
    let error = error(&home.type_in("close board-jan --period 2025 -o json"));
    assert_eq!((error["code"].as_str(), error["position"].as_u64()), (Some("close_exists"), Some(7)));
    // The name is its identity, so nothing else can take its place either, nor take it back.
    let posing = ["append", "--kind", "merge", "--customer-id", "a", "--into", "b", "--source", "recount"];
    let posing = home.run(&[&posing[..], &["--event-id", "close board-jan"]].concat());
    assert!(posing.code == 3 && posing.stderr.contains("position 7 with other content"), "{posing:?}");
    let void = home.run(&["void", "close board-jan", "--source", "recount", "--reason", "never mind"]);
    assert!(void.code == 3 && void.stderr.contains("cannot be voided"), "{void:?}");
    assert_eq!(home.type_in("log --from 8").good().stdout, "");
}

#[test]
fn what_cannot_be_closed_is_refused() {
    let home = book();
    home.write("board.toml", "name = \"board\"\n");
    for (line, code, says) in [
        ("close 2025", 2, "reads as a number"),
        ("close 2025-06-30", 2, "reads as a date"),
        ("close 2025-06-30T00:00:00Z", 2, "reads as a date"),
        ("close x --period 2025-13", 2, "not a window"),
        ("close x --period 2025 --definition nobody", 2, "no definition"),
        ("close x --period 2025 --definition board.toml", 2, "recount define"),
    ] {
        let ran = home.type_in(line);
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{ran:?}");
        assert!(ran.stderr.contains(says), "{ran:?}");
    }
    home.type_in("append --kind new_logo --customer-id euro --effective-at 2024-05-01 --mrr 5 --currency EUR").good();
    let several = home.type_in("close x --period 2025");
    assert_eq!(several.code, 2);
    assert!(several.stderr.contains("currency.report"), "{several:?}");
    assert_eq!(home.type_in("closes -o json").good().json()["closes"], serde_json::json!([]));
    assert!(home.type_in("closes").good().stdout.contains("no closes"));
}

#[test]
fn as_of_a_close_its_definition_zone_and_fiscal_year_hold() {
    let home = book();
    home.write("board.toml", "name = \"board\"\n[net]\nwinback = \"zero\"\ncontraction = \"ignore\"\n");
    home.type_in("define board.toml").good();
    let close = "close q4 --period FY2025-Q4 --definition board --tz America/New_York --fiscal-year-start 02";
    home.type_in(close).good();
    home.type_in("import late.csv").good();
    home.write("board.toml", "name = \"board\"\n[net]\nmethod = \"survivors\"\n");
    home.type_in("define board.toml").good();
    let ask = "ndr --window FY2025-Q4 --ledger-at q4";
    let then = home.type_in(&format!("{ask} -o json")).good().json();
    let closes = home.type_in("closes -o json").good().json();
    let stated = &closes["closes"][0];
    assert_eq!(
        (then["tz"].as_str(), then["window"]["open"].as_str()),
        (Some("America/New_York"), Some("2024-11-01T04:00:00Z"))
    );
    assert_eq!(then["window"], stated["figures"]["window"]);
    assert_eq!(then["definition"]["version"], 1);
    assert_eq!(then["definition"]["pinned_by"], "q4");
    assert_eq!(then["definition"]["hash"], stated["definition"]["hash"]);
    assert_eq!((&then["ndr"], &then["ledger"]["cut"]["size"]), (&stated["figures"]["ndr"], &stated["position"]));
    assert_snapshot!(home.type_in(ask).good().shown());
    // Whatever departs from the close is printed.
    let other =
        home.type_in(&format!("{ask} --definition board@2 --tz UTC --fiscal-year-start 03 -o json")).good().json();
    let codes: Vec<&str> =
        other["warnings"].as_array().expect("a list").iter().filter_map(|w| w["code"].as_str()).collect();
    assert_eq!(
        codes[..4],
        ["close_overridden", "close_overridden", "definition_after_cut", "close_overridden"],
        "{other}"
    );
    assert_eq!(other["definition"]["pinned_by"], Value::Null);
    // Closes made later do not show under the cut of this one.
    home.type_in("close later").good();
    let names = home.type_in("closes --ledger-at later -o json").good().json();
    assert_eq!(names["closes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn mrr_as_of_a_close_is_in_its_currency() {
    let home = book();
    home.type_in("append --kind fx_rate --base EUR --quote USD --rate 2 --effective-at 2024-01-01").good();
    home.type_in("append --kind new_logo --customer-id euro --effective-at 2024-05-01 --mrr 5 --currency EUR").good();
    home.write("euros.toml", "name = \"euros\"\n[currency]\nreport = \"EUR\"\n");
    home.type_in("define euros.toml").good();
    home.type_in("close euro --period 2025 --definition euros").good();
    assert_eq!(home.type_in("mrr --at 2025-12-31").code, 2);
    let mrr = home.type_in("mrr --at 2025-12-31 --ledger-at euro -o json").good().json();
    assert_eq!((mrr["currency"].as_str(), mrr["total"].as_str()), (Some("EUR"), Some("1355")));
    assert_eq!(home.type_in("closes -o json").good().json()["closes"][0]["figures"]["mrr"], "1355");
}

#[test]
fn an_import_tells_what_it_does_to_closed_periods() {
    let home = book();
    close_2025(&home);
    home.type_in("close only-a-position").good();
    let refused = home.type_in("import late.csv --refuse-closed");
    assert_eq!(refused.code, 3);
    assert_snapshot!(refused.shown());
    let json = error(&home.type_in("import late.csv --refuse-closed -o json"));
    assert_eq!((json["code"].as_str(), json["file"].as_str()), (Some("closed_period"), Some("late.csv")));
    assert!(json["others"].to_string().contains("ndr was 1.0909090909, would be 1.0303030303"), "{json}");
    assert_eq!(home.type_in("log --from 9").good().stdout, "", "a refused file records nothing");
    let dry = home.type_in("import late.csv --dry-run -o json").good().json();
    assert_snapshot!(home.type_in("import late.csv").good().shown());
    assert_eq!(dry["closes_changed"], serde_json::json!(["board-jan"]));
    let told = adjusted(&dry);
    for (figure, was, now, by) in [
        ("contraction", "0", "100", "100"),
        ("closing", "1800", "1700", "-100"),
        ("ndr", "1.0909090909", "1.0303030303", "-0.0606060606"),
        ("mrr", "2700", "2600", "-100"),
        ("movements.closing", "2700", "2600", "-100"),
    ] {
        assert!(told.contains(&[figure, was, now, by].map(str::to_owned)), "{figure}: {told:?}");
    }
    assert_eq!(dry["files"][0]["prior_period_adjustments"], dry["prior_period_adjustments"]);
    // Again it is no news, and changes nothing.
    let again = home.type_in("import late.csv --refuse-closed -o json").good().json();
    assert_eq!((&again["closes_changed"], adjusted(&again)), (&serde_json::json!([]), Vec::new()));
}

#[test]
fn several_files_are_told_one_by_one_and_together() {
    let home = book();
    close_2025(&home);
    let header = LATE.lines().next().expect("a header");
    home.write("down.csv", &format!("{header}\nd1,downgrade,beta,2025-11-01,2026-01-20,300,USD\n"));
    home.write("back.csv", &format!("{header}\nd2,upgrade,beta,2025-12-01,2026-01-21,400,USD\n"));
    let both = home.type_in("import down.csv back.csv -o json").good().json();
    assert_eq!(both["files"][0]["closes_changed"], serde_json::json!(["board-jan"]));
    let named = |answer: &Value| adjusted(answer).into_iter().map(|[figure, ..]| figure).collect::<Vec<_>>();
    assert!(named(&both["files"][0]).contains(&"ndr".to_owned()));
    assert!(named(&both["files"][1]).contains(&"ndr".to_owned()));
    // Together the figure is what it was; only the bridge has more steps.
    let steps = ["movements.contraction", "movements.expansion"].map(str::to_owned);
    assert_eq!(named(&both), steps);
    assert_eq!(adjusted(&both)[0], ["movements.contraction", "0", "100", "100"].map(str::to_owned));
}

#[test]
fn what_was_imported_before_a_refused_file_stays() {
    let home = book();
    close_2025(&home);
    let header = LATE.lines().next().expect("a header");
    home.write("next.csv", &format!("{header}\nn1,upgrade,acme,2026-02-01,2026-02-01,1500,USD\n"));
    home.write("odd.csv", &format!("{header}\no1,upgrade,acme,2026-03-01,2026-03-01,900,USD\n"));
    for (flag, refused) in [("--refuse-closed", "late.csv"), ("--strict", "odd.csv")] {
        let ran = home.type_in(&format!("import next.csv {refused} {flag} -o json"));
        assert_eq!(ran.code, 3, "{ran:?}");
        assert_eq!(ran.json()["files"][0]["file"], "next.csv");
        let after = home.type_in("mrr --at 2026-12-31 -o json").good();
        assert_eq!((after.json()["total"].as_str(), after.stderr.as_str()), (Some("2800"), ""), "{flag}");
    }
    home.type_in("verify").good();
}

#[test]
fn a_close_can_be_named_wherever_a_cut_can() {
    let home = book();
    close_2025(&home);
    home.type_in("import late.csv").good();
    for line in [
        "mrr --at 2025-12-31",
        "movements --window 2025 --every quarter",
        "ndr --window 2025",
        "ndr --window 2025 --every month",
        "explain --window 2025",
        "check",
        "closes",
        "definitions",
        "show standard",
        "diff standard strict --window 2025",
    ] {
        let mut close = home.type_in(&format!("{line} --ledger-at board-jan -o json")).good().json();
        let mut count = home.type_in(&format!("{line} --ledger-at 7 -o json")).good().json();
        for (answer, named) in [(&mut close, "board-jan"), (&mut count, "7")] {
            assert_eq!(answer["ledger"]["cut"]["ledger_at"].take(), named, "{line}");
            // Whatever is said otherwise has another id.
            assert!(answer["id"].take().is_string(), "{line}");
        }
        // The definition is the same; that the close pins it is all that may differ.
        let text = |value: &Value| value.to_string().replace(",\"pinned_by\":\"board-jan\"", "");
        assert_eq!(text(&close), text(&count), "{line}");
    }
    let log = |cut: &str| home.type_in(&format!("log --ledger-at {cut} -o json")).good().stdout;
    assert_eq!(log("board-jan"), log("7"));
    let restated = home.type_in("restate --window 2025 --between board-jan now -o json").good().json();
    assert!(restated.to_string().contains("1.0909090909"), "{restated}");
}

#[test]
fn an_empty_ledger_can_be_closed() {
    let home = Home::with_ledger();
    home.type_in("close nothing --period 2025").good();
    let shown = home.type_in("closes").good().stdout;
    assert!(shown.contains("undefined"), "{shown}");
    let stated = home.type_in("closes -o json").good().json()["closes"][0].clone();
    assert_eq!(
        (&stated["ndr"], &stated["figures"]["mrr"], &stated["position"]),
        (&Value::Null, &"0".into(), &0.into())
    );
    assert!(stated["figures"]["undefined"]["ndr"].is_string(), "{stated}");
    let first = "append --kind new_logo --customer-id acme --effective-at 2025-05-01 --mrr 10 --currency USD -o json";
    let answer = home.type_in(first).good().json();
    let told = adjusted(&answer);
    assert!(told.contains(&["mrr", "0", "10", "10"].map(str::to_owned)), "{told:?}");
    assert!(told.contains(&["currency", "null", "USD", "null"].map(str::to_owned)), "{told:?}");
}

#[test]
fn append_and_void_tell_what_they_do_to_closed_periods() {
    let home = book();
    close_2025(&home);
    let late =
        "append --kind downgrade --customer-id beta --effective-at 2025-11-01 --mrr 300 --currency USD --event-id l1";
    let refused = home.type_in(&format!("{late} --refuse-closed"));
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("ndr was 1.0909090909, would be 1.0303030303"), "{refused:?}");
    assert_eq!(home.type_in("log --from 8").good().stdout, "", "nothing was recorded");
    assert_snapshot!(home.type_in(late).good().shown());
    let again = home.type_in(&format!("{late} --refuse-closed -o json")).good().json();
    assert_eq!((&again["duplicate"], adjusted(&again)), (&Value::Bool(true), Vec::new()));
    let refused = home.run(&["void", "l1", "--reason", "wrong", "--refuse-closed", "-o", "json"]);
    assert_eq!((refused.code, error(&refused)["code"].as_str()), (3, Some("closed_period")));
    let void = home.run(&["void", "l1", "--reason", "wrong", "-o", "json"]).good();
    assert_eq!(void.stderr, "", "JSON has it in the answer");
    let ndr = ["ndr", "1.0303030303", "1.0909090909", "0.0606060606"].map(str::to_owned);
    assert!(adjusted(&void.json()).contains(&ndr), "{void:?}");
    // What takes effect after the period, or never counts in MRR, changes nothing.
    for line in [
        "append --kind upgrade --customer-id acme --effective-at 2026-01-01 --mrr 2000 --currency USD",
        "append --kind one_time --customer-id acme --effective-at 2025-05-01 --amount 10 --currency USD",
        "append --kind fx_rate --base EUR --quote USD --rate 2 --effective-at 2025-01-01",
    ] {
        let answer = home.type_in(&format!("{line} --refuse-closed -o json")).good().json();
        assert_eq!(answer["closes_changed"], serde_json::json!([]), "{line}");
    }
}

#[test]
fn a_period_whose_figures_are_lost_is_told_with_the_reason() {
    let home = book();
    close_2025(&home);
    let euro =
        "append --kind new_logo --customer-id euro --effective-at 2024-05-01 --mrr 5 --currency EUR --event-id x";
    let ran = home.type_in(&format!("{euro} -o json")).good().json();
    let told = &ran["prior_period_adjustments"][0];
    assert!(told["now"].is_null() && told["difference"].is_null(), "{told}");
    assert!(told["reason"].as_str().is_some_and(|why| why.contains("EUR, USD")), "{told}");
    // As long as nobody can tell, every record that might change it is told; and the way back is told, too.
    let blind = home.type_in("append --kind merge --customer-id a --into b -o json").good().json();
    assert_eq!(adjusted(&blind), [["figures", "null", "null", "null"].map(str::to_owned)]);
    assert_eq!(home.type_in("append --kind merge --customer-id c --into d --refuse-closed").code, 3);
    let back = home.run(&["void", "x", "--reason", "wrong", "-o", "json"]).good().json();
    assert!(adjusted(&back).iter().any(|one| one[..3] == ["ndr", "null", "1.0909090909"]), "{back}");
    // A circle of merges leaves no figure at all; it is recorded, and told.
    home.type_in("append --kind merge --customer-id b --into e").good();
    let circle = home.type_in("append --kind merge --customer-id e --into a -o json").good().json();
    assert!(
        circle["prior_period_adjustments"][0]["reason"].as_str().is_some_and(|why| why.contains("circle")),
        "{circle}"
    );
}

#[test]
fn closes_are_known_without_a_cache_and_behind_an_old_one() {
    let home = book();
    close_2025(&home);
    let late = |at: u32, event: &str| {
        let line = format!("append --kind downgrade --customer-id acme --currency USD --effective-at 2025-11-{at:02}");
        let answer = home.type_in(&format!("{line} --mrr {} --event-id {event} -o json", 1000 - at)).good().json();
        assert_eq!(answer["closes_changed"], serde_json::json!(["board-jan"]), "{event}");
    };
    late(1, "beside-the-cache");
    let cache = home.ledger().join("projection");
    std::fs::remove_dir_all(&cache).expect("there was one");
    late(2, "without-a-cache");
    assert!(!cache.exists(), "a few records are read as they are");
    // More records than are read around the cache.
    let row = |n: u32| format!("m{n},new_logo,c{n},2026-01-01,2026-01-01,10,USD\n");
    let header = EVENTS.lines().next().expect("a header").to_owned() + "\n";
    home.write("many.csv", &(header + &(0..5_000).map(row).collect::<String>()));
    assert_eq!(home.type_in("import many.csv -o json").good().json()["closes_changed"], serde_json::json!([]));
    std::fs::remove_dir_all(&cache).expect("there was one");
    late(3, "without-a-cache-of-many");
    assert!(cache.exists(), "many records are cached for the next time");
    late(4, "beside-the-new-cache");
    // A cache that is damaged, or of another state, says nothing.
    std::fs::write(cache.join("columns"), b"recount\x01 nonsense").expect("can be overwritten");
    late(5, "beside-a-damaged-cache");
}

#[test]
fn a_late_gap_reaches_back_into_a_closed_period() {
    let home = book();
    home.write("gaps.toml", "name = \"gaps\"\n[cohort]\ngap_days = 40\n");
    home.type_in("define gaps.toml").good();
    home.type_in("append --kind churn --customer-id beta --effective-at 2025-12-20 --mrr 0 --currency USD").good();
    home.type_in("close board --period 2025 --definition gaps").good();
    home.type_in("close plain --period 2025").good();
    let back = "append --kind reactivation --customer-id beta --effective-at 2026-01-10 --mrr 400 --currency USD";
    let answer = home.type_in(&format!("{back} -o json")).good().json();
    assert_eq!(answer["closes_changed"], serde_json::json!(["board"]), "{answer}");
    // Attributes count where the definition reads them, whenever they take effect.
    home.write("ours.toml", "name = \"ours\"\n[cohort]\nexclude = [{ attribute = \"kind\", value = \"own\" }]\n");
    home.type_in("define ours.toml").good();
    home.type_in("close outside --period 2025 --definition ours").good();
    let own = "append --kind profile --customer-id gamma --effective-at 2026-03-01 --attr kind=own";
    assert_eq!(home.type_in(&format!("{own} -o json")).good().json()["closes_changed"], serde_json::json!(["outside"]));
    let late = "append --kind upgrade --customer-id beta --effective-at 2026-02-10 --mrr 500 --currency USD";
    assert_eq!(home.type_in(&format!("{late} -o json")).good().json()["closes_changed"], serde_json::json!([]));
}
