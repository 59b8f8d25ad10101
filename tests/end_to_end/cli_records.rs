//! Making a ledger and writing to it: init, import, append, void.

use insta::assert_snapshot;
use recount_tests::Home;

const GOOD: &str = "\
event_id,kind,customer_id,effective_at,mrr,currency
e1,new_logo,acme,2024-03-01,1000,USD
e2,upgrade,acme,2025-03-01,1500,USD
";
const BAD: &str = "\
event_id,kind,customer_id,effective_at,mrr,currency
e1,new_logo,acme,2024-03-01,1000,USD
e2,upgrade,acme,2025-03-01,\"1,500\",USD
e3,churn,acme,2025-13-01,0,USD
";

#[test]
fn init_makes_a_ledger_once() {
    let home = Home::default();
    assert_snapshot!(home.type_in("init --tz Europe/Berlin --currency EUR").good().shown());
    let again = home.type_in("init");
    assert_eq!(again.code, 5);
    assert_snapshot!(again.shown());
    let report = home.type_in("mrr --at 2025-01-01 -o json").good().json();
    assert_eq!(report["tz"], "Europe/Berlin");
}

#[test]
fn a_missing_ledger_says_how_to_make_it() {
    let home = Home::default();
    home.write("good.csv", GOOD);
    for line in
        ["import good.csv", "append --kind merge --customer-id a --into b", "log", "mrr --at 2025-01-01", "verify"]
    {
        let ran = home.type_in(line);
        assert_eq!(ran.code, 5, "{ran:?}");
        assert!(ran.stderr.contains("recount init"), "{ran:?}");
    }
}

#[test]
fn import_reports_what_became_of_the_rows() {
    let home = Home::with_ledger();
    home.write("good.csv", GOOD);
    assert_snapshot!(home.type_in("import good.csv --dry-run -o json").good().shown());
    assert_snapshot!(home.type_in("import good.csv").good().shown());
    assert_snapshot!(home.type_in("import good.csv -o json").good().shown());
}

#[test]
fn a_bad_row_records_nothing() {
    let home = Home::with_ledger();
    home.write("bad.csv", BAD);
    let ran = home.type_in("import bad.csv");
    assert_eq!(ran.code, 3);
    assert_snapshot!(ran.shown());
    assert_eq!(home.type_in("log").good().stdout, "");
    let json = home.type_in("import bad.csv -o json");
    let error: serde_json::Value = serde_json::from_str(&json.stderr).expect("one JSON document");
    assert_eq!(error["error"]["line"], 3);
    assert_eq!(error["error"]["column"], "mrr");
    assert_eq!(error["error"]["file"], "bad.csv");
}

#[test]
fn rejects_are_written_and_the_rest_recorded() {
    let home = Home::with_ledger();
    home.write("bad.csv", BAD);
    let ran = home.type_in("import bad.csv --rejects rejects.csv");
    assert_eq!(ran.code, 3);
    assert_snapshot!(ran.shown());
    let rejects = std::fs::read_to_string(home.path().join("rejects.csv")).expect("a rejects file");
    assert_eq!(rejects.lines().count(), 3, "{rejects}");
}

#[test]
fn a_conflict_is_bad_input() {
    let home = Home::with_ledger();
    home.write("good.csv", GOOD).write("other.csv", &GOOD.replace("1500", "1600"));
    home.type_in("import good.csv").good();
    let ran = home.type_in("import other.csv");
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("position 1"), "{ran:?}");
    let json = home.type_in("import other.csv -o json");
    let error: serde_json::Value = serde_json::from_str(&json.stderr).expect("one JSON document");
    assert_eq!((error["error"]["code"].as_str(), error["error"]["position"].as_u64()), (Some("conflict"), Some(1)));
}

#[test]
fn a_packed_file_that_is_cut_off_is_bad_input() {
    let home = Home::with_ledger();
    std::fs::write(home.path().join("cut.csv.gz"), b"\x1f\x8b\x08\x00").expect("a file");
    let ran = home.type_in("import cut.csv.gz");
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("cannot be unpacked"), "{ran:?}");
}

#[test]
fn a_rate_of_a_later_date_needs_its_booking() {
    let home = Home::with_ledger();
    let rate = "append --kind fx_rate --base EUR --quote USD --rate 1.1 --effective-at 2999-01-01";
    let ran = home.type_in(rate);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("give the booked_at"), "{ran:?}");
    home.type_in(&format!("{rate} --booked-at 2025-01-01")).good();
}

#[test]
fn strict_refuses_contradictions() {
    let home = Home::with_ledger();
    home.write("odd.csv", &GOOD.replace("1500", "500"));
    let ran = home.type_in("import odd.csv --strict");
    assert_eq!(ran.code, 3);
    assert_snapshot!(ran.shown());
    assert_eq!(home.type_in("log").good().stdout, "");
    let loose = home.type_in("import odd.csv -o json").good().json();
    assert_eq!(loose["contradictions"], 1);
    assert_eq!(home.type_in("check").code, 1);
}

#[test]
fn strict_holds_for_a_single_event_too() {
    let home = Home::with_ledger();
    home.write("good.csv", GOOD);
    home.type_in("import good.csv").good();
    let line = "append --kind upgrade --customer-id acme --effective-at 2025-06-01 --mrr 900 --currency USD";
    let ran = home.type_in(&format!("{line} --strict"));
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("1500 USD to 900 USD"), "{ran:?}");
    home.type_in(&format!("{} --strict", line.replace("upgrade", "downgrade"))).good();
}

#[test]
fn foreign_columns_and_kinds_are_mapped() {
    let home = Home::with_ledger();
    home.write("crm.csv", "id,type,who,on,amount\n1,signup,acme,2024-03-01,10\n2,upgrade,acme,2024-04-01,20\n");
    let line = "import crm.csv --currency USD --source crm --map id=event_id --map type=kind --map who=customer_id \
                --map on=effective_at --map amount=mrr --map-kind signup=new_logo -o json";
    assert_eq!(home.type_in(line).good().json()["recorded"], 2);
    assert_eq!(home.type_in("mrr --at 2024-05-01 -o json").good().json()["total"], "20");
}

#[test]
fn append_and_void() {
    let home = Home::with_ledger();
    let line = "append --kind new_logo --customer-id acme --effective-at 2025-03-01 --booked-at 2025-03-01 --mrr 1200 \
                --currency USD --event-id crm-1 --attr region=emea --attr.size mid";
    assert_snapshot!(home.type_in(line).good().shown());
    assert_eq!(home.type_in(&format!("{line} -o json")).good().json()["duplicate"], true);
    let conflict = home.type_in(&line.replace("1200", "1300"));
    assert_eq!(conflict.code, 3);
    assert_snapshot!(conflict.shown());
    let void = home.run(&["void", "crm-1", "--reason", "entered twice", "-o", "json"]).good().json();
    assert_eq!(void["position"], 1);
    assert_eq!(home.run(&["void", "crm-1", "--reason", "again"]).code, 3);
    assert_eq!(home.run(&["void", "nobody", "--reason", "unknown"]).code, 3);
    assert_eq!(home.type_in("mrr --at 2025-06-30 -o json").good().json()["total"], "0");
}

#[test]
fn append_takes_the_only_currency_on_record() {
    let home = Home::with_ledger();
    let first = "append --kind new_logo --customer-id acme --effective-at 2025-03-01 --mrr 10";
    let refused = home.type_in(first);
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("currency"), "{refused:?}");
    home.type_in(&format!("{first} --currency JPY")).good();
    home.type_in("append --kind upgrade --customer-id acme --effective-at 2025-04-01 --mrr 20").good();
    assert_eq!(home.type_in("mrr --at 2025-06-30 -o json").good().json()["currency"], "JPY");
}

#[test]
fn a_credit_is_a_negative_one_time() {
    let home = Home::with_ledger();
    let line =
        "append --kind one_time --customer-id acme --effective-at 2025-03-01 --amount -50 --currency USD -o json";
    assert_eq!(home.type_in(line).good().json()["position"], 0);
    let mrr = line.replace("one_time", "change").replace("--amount", "--mrr");
    assert_eq!(home.type_in(&mrr).code, 3);
}
