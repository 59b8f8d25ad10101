//! Ledgers that earlier versions wrote are opened, read and added to for ever: `fixtures/stores/v1`.

use std::fs;
use std::path::{Path, PathBuf};

use recount_ledger::{
    Body, Claim, Close, Definition, Denomination, Event, EventId, Expected, FxRate, Import, Instant, Key, Ledger,
    Merge, Movement, OneTime, Options, Profile, Reader, Replaced, Settings, Void, Writer,
};
use recount_tests::Home;
use serde_json::{Value, json};

const ROWS: u64 = 4_200;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/stores/v1")
}

fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

fn dollars() -> Option<Denomination> {
    Some(Denomination::given("USD".parse().expect("a currency")))
}

fn movement(customer: &str, claim: Claim, day: u64, mrr: u64) -> Movement {
    let micros = at("2024-01-01T00:00:00Z").micros() + day as i64 * 86_400_000_000;
    Movement {
        claim,
        customer: customer.to_owned(),
        subscription: None,
        effective_at: Instant::from_micros(micros).expect("in range").into(),
        mrr: Some(mrr.to_string().parse().expect("an amount")),
        mrr_before: None,
        currency: dollars(),
        plan: Some("pro".to_owned()),
        quantity: None,
        attributes: Vec::new(),
        replaces: None,
    }
}

/// A row of the file: a customer is won, then changes.
fn row(number: u64) -> Event {
    let (customer, step) = (format!("customer {}", number % 700), number / 700);
    let claim = if step == 0 { Claim::NewLogo } else { Claim::Change };
    let body = movement(&customer, claim, step * 100 + number % 90, (number * 37) % 900 + 50);
    let mut event = Event::new(Body::Movement(body)).keyed("billing", &format!("e{number}")).by("fixture");
    (event.origin.file, event.origin.row) = (Some("rows.csv".to_owned()), Some(number + 1));
    event
}

fn named(key: &str, body: Body) -> Event {
    Event::new(body).keyed("native", key).by("fixture")
}

fn import_record() -> Event {
    named(
        "import",
        Body::Import(Import {
            file: "rows.csv".to_owned(),
            bytes: 123_456,
            sha256: [7; 32],
            format: "csv".to_owned(),
            rules: "{}".to_owned(),
            read: ROWS,
            recorded: ROWS,
            duplicates: 0,
            rejected: 0,
            positions: Some((0, ROWS - 1)),
        }),
    )
}

/// What is appended: every kind of record that a source can give.
fn appended() -> Vec<Event> {
    let text = |text: &str| Some(text.to_owned());
    let pairs = vec![("region".to_owned(), "EMEA".to_owned()), ("size".to_owned(), "large".to_owned())];
    let target = |number: u64| EventId::of_key("billing", &format!("e{number}"));
    let replaced = Movement {
        replaces: Some(Replaced { target: target(3), reason: text("wrong amount") }),
        mrr_before: Some("10".parse().expect("an amount")),
        quantity: Some("2.5".parse().expect("an amount")),
        attributes: pairs.clone(),
        subscription: text("customer 3"),
        ..movement("customer 3", Claim::NewLogo, 5, 77)
    };
    let day = at("2024-06-30T00:00:00Z");
    let keyless = Event {
        key: Key::Content { ordinal: 1 },
        ..named("", Body::Movement(movement("keyless", Claim::Upgrade, 400, 12)))
    };
    let one_time = OneTime {
        customer: "customer 9".to_owned(),
        subscription: None,
        effective_at: day.into(),
        amount: "-12.34567891".parse().expect("an amount"),
        currency: Denomination { currency: "EUR".parse().expect("a currency"), given: false },
        plan: None,
        quantity: None,
    };
    let rate = FxRate {
        base: "EUR".parse().expect("a currency"),
        quote: "USD".parse().expect("a currency"),
        rate: "1.100000000001".parse().expect("a rate"),
        effective_at: at("2023-12-31T00:00:00Z").into(),
    };
    let dated = Event {
        booked_at: Some(day.into()),
        ..named(
            "profile",
            Body::Profile(Profile {
                customer: "customer 5".to_owned(),
                effective_at: recount_ledger::Moment { at: at("2024-03-10T05:00:00Z"), is_date: true },
                attributes: pairs,
            }),
        )
    };
    vec![
        Event { zone: text("America/New_York"), ..dated },
        named("replacement", Body::Movement(replaced)),
        named("void", Body::Void(Void { target: target(4), reason: "a test".to_owned() })),
        named("merge", Body::Merge(Merge { customer: "customer 8".to_owned(), into: "customer 6".to_owned() })),
        named("4a3c6a4e-9d5e-4b7f-8a51-0c8f7f0f9b11", Body::OneTime(one_time)),
        named("rate", Body::FxRate(rate)),
        keyless,
        named(
            "churn",
            Body::Movement(Movement { mrr: None, currency: None, ..movement("customer 10", Claim::Churn, 700, 0) }),
        ),
    ]
}

/// The ledger's own records.
fn own(root: [u8; 32]) -> [Event; 2] {
    let text = |text: &str| Some(text.to_owned());
    let close = Close {
        name: "2024".to_owned(),
        root,
        definition: "board".to_owned(),
        version: 1,
        definition_hash: [9; 32],
        zone: "America/New_York".to_owned(),
        fiscal_start: 2,
        period: text("2024"),
        figures: text("{}"),
        note: text("signed off"),
        prepared_by: "ada".to_owned(),
        approved_by: text("grace"),
    };
    let definition = Definition {
        name: "board".to_owned(),
        version: 1,
        document: "name = \"board\"
"
        .to_owned(),
        hash: [9; 32],
    };
    [named("definition", Body::Definition(definition)), named("close", Body::Close(close))]
}

fn make(dir: &Path) {
    let zone = "America/New_York".parse().expect("a zone");
    Ledger::create(dir, Settings { zone, currency: Some("USD".parse().expect("a currency")) }).expect("makes a ledger");
    let open = |now: &str| {
        let now = at(now);
        Writer::open(dir, Options { admission: None, clock: Box::new(move || now) }).expect("opens")
    };
    let mut writer = open("2025-01-02T00:00:00.5Z");
    let mut stage = writer.stage().expect("begins");
    stage.push_chunk((0..ROWS).map(row).collect()).expect("takes rows");
    stage.finish().expect("compares").publish(Some(import_record())).expect("publishes");
    drop(writer);
    let mut writer = open("2025-02-03T00:00:00Z");
    let root = writer.root();
    for event in appended().into_iter().chain(own(root)) {
        writer.append(vec![event], Expected::Any).expect("appends");
    }
}

/// Writes the fixture, once for every version of the format.
fn write(dir: &Path) {
    make(dir);
    fs::create_dir_all(fixture()).expect("makes the folder");
    for name in ["header", "tail", "tree", "store/db", "store/conf"] {
        let packed = zstd::encode_all(&fs::read(dir.join(name)).expect("reads")[..], 19).expect("packs");
        fs::write(fixture().join(format!("{}.zst", name.replace('/', ","))), packed).expect("writes");
    }
}

pub fn unpack(dir: &Path) {
    for entry in fs::read_dir(fixture()).expect("the fixture") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("plain names").replace(',', "/");
        let Some(name) = name.strip_suffix(".zst").filter(|name| !name.starts_with("export")) else { continue };
        let to = dir.join(name);
        fs::create_dir_all(to.parent().expect("one")).expect("makes folders");
        fs::write(to, zstd::decode_all(&fs::read(&path).expect("reads")[..]).expect("is zstd")).expect("writes");
    }
}

/// Size, root and some figures; keys that later versions add are left out.
fn figures(home: &Home) -> Value {
    let ask = |line: &str| home.type_in(&format!("{line} -o json")).good().json();
    let head = ask("verify");
    let ndr = ask("ndr --window 2024-H2 --currency USD");
    let known = ask("ndr --window 2024-H2 --currency USD --ledger-at 4201");
    let mrr = ask("mrr --at 2025-06-30 --currency USD");
    json!({
        "size": head["size"], "root": head["root"], "damage": head["damage"], "total": mrr["total"],
        "opening": ndr["opening"], "closing": ndr["closing"], "ndr": ndr["ndr"], "gdr": ndr["gdr"],
        "ndr_before": known["ndr"], "findings": home.type_in("check -o json").json()["findings"].as_array().map(Vec::len),
    })
}

#[test]
fn a_ledger_of_version_1_is_read_for_ever() {
    let home = Home::default();
    let dir = home.ledger();
    let writes = std::env::var_os("RECOUNT_WRITE_STORES").is_some();
    if writes {
        write(&home.path().join("made"));
    }
    unpack(&dir);
    // What can be made again is not in the fixture; the next writer makes it.
    Writer::open(&dir, Options::default()).expect("opens").close().expect("closes");
    let exported = home.type_in("export").good().stdout;
    let figures = figures(&home);
    if writes {
        let packed = zstd::encode_all(exported.as_bytes(), 19).expect("packs");
        fs::write(fixture().join("export.jsonl.zst"), packed).expect("writes");
        fs::write(fixture().join("expected.json"), format!("{figures:#}\n")).expect("writes");
    }
    let expected = fs::read_to_string(fixture().join("expected.json")).expect("reads");
    assert_eq!(figures, serde_json::from_str::<Value>(&expected).expect("is JSON"));
    let known = zstd::decode_all(&fs::read(fixture().join("export.jsonl.zst")).expect("reads")[..]).expect("is zstd");
    assert!(exported.as_bytes() == known, "the records read otherwise than they did");
    let kinds: std::collections::BTreeSet<&str> =
        exported.lines().filter_map(|line| line.split_once("\"kind\":\"")?.1.split('"').next()).collect();
    assert_eq!(kinds.len(), 12, "{kinds:?}");
    home.type_in("append --kind upgrade --customer-id more --effective-at 2025-01-01 --mrr 5").good();
    home.type_in("backup saved").good();
    assert_eq!(
        Reader::open(&home.path().join("saved")).expect("opens").size(),
        Reader::open(&dir).expect("opens").size()
    );
}
