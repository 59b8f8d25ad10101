//! Where the damage begins: real bytes of every format, made by the product itself or written as its pages say.

use std::io::Write;

use recount_ledger::checkpoint::{Checkpoint, Note, SigningKey};
use recount_ledger::codec::{FrameEncoder, encode_content};
use recount_ledger::merkle::{Hash, Peaks, consistency_ranges, inclusion_ranges};
use recount_ledger::{Event, Header, Instant, Ledger, Options, Position, Recorded, Settings, Writer, Zone};
use tempfile::TempDir;

use crate::targets::LEDGER;

const CSV: [&str; 5] = [
    "kind,customer_id,effective_at,mrr,attr.note\nnew,a,2025-01-01,10.5,\"x, \"\"y\"\"\n z\"\nchurn,a,2025-02-01T00:00:00Z,,\n",
    "kind;customer_id;voids;reason;into;amount;event_id\r\nvoid;;e1;typo;;;e2\r\nmerge;a;;;b;;\r\n",
    "kind\tbase\tquote\trate\teffective_at\nfx_rate\tEUR\tUSD\t1.10\t2025-01-01\n\n\nprofile\t\t\t\t\n",
    "kind,customer_id,effective_at,mrr,rejected_because\nnew,'=cmd,2025-01-01,1,\"'=x\"\nnew,b,03/04/2025,\"1,234.50\",\n",
    "kind,customer_id,effective_at,amount,currency,quantity,plan\none_time,a,2025-06-30T23:59:59.999999+02:00,-0.00000001,EUR,3,p\n",
];
const JSONL: [&str; 4] = [
    "{\"kind\":\"new\",\"customer_id\":\"a\",\"effective_at\":\"2025-01-01\",\"mrr\":1.5}\n{\"kind\":\"churn\"}\n",
    "{\"kind\":\"profile\",\"customer_id\":\"\\u00e4\\ud83e\\udd80\",\"effective_at\":\"2025-01-01\",\"attr.x\":true,\"attr.y\":12}\n",
    "{\"kind\":\"void\",\"voids\":\"e1\",\"reason\":\"r\",\"event_id\":\"6f1c3b1e-2f43-4a55-9d6e-0d8d3c1b2a10\"}\n",
    "{\"kind\":null,\"a\":[[1,{\"b\":2}]]}\n[]\n7\n\"x\"\n{\"kind\":\"new\",\"kind\":\"new\"}\n",
];
const DEFINITION: [&str; 3] = [
    "name = \"full\"\ndescription = \"d\"\n[net]\nmethod = \"all-movements\"\n[gross]\nmethod = \"capped\"\n",
    "name = \"x\"\ncohort.grain = \"attribute:parent\"\ncohort.floor = \"100.50\"\ncohort.gap_days = 31\ncohort.exclude = [\"trial\"]\n",
    "name = \"y\"\ncurrency.report = \"USD\"\ncurrency.rates = \"constant:2025-06-30\"\ndisplay.percent_digits = 2\nwindow.combine = \"chained\"\n",
];
const VALUES: [&str; 16] = [
    "1234.50",
    "-0.00000001",
    "999999999999999999.99999999",
    "0.000000000001",
    "2025-06-30",
    "2025-06-30T23:59:59.999999+02:00",
    "2025-W10",
    "ttm:2025-06",
    "FY2025-Q1",
    "2025-H1",
    "2025-01-01..2025-06-30",
    "2025-01-01T00:00:00Z..2025-06-30T00:00:00Z",
    "Europe/Berlin",
    "USD",
    "constant:2025-06-30",
    "6f1c3b1e-2f43-4a55-9d6e-0d8d3c1b2a10",
];

/// The key pair that the documentation of signed notes publishes: it signs nothing but these seeds.
pub const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SIGNER: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

/// The seeds of a target.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    let texts = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    match target {
        "content" => records().iter().map(|record| content(&record.event)).collect(),
        "frame" => frames(),
        "tail" => tails(),
        "stage" => vec![stage_end(), peaks(11).to_bytes()],
        "identity" => vec![identity()],
        "header" => vec![header()],
        "csv" => packed(CSV[0]).into_iter().chain(texts(&CSV) as Vec<_>).collect(),
        "jsonl" => packed(JSONL[0]).into_iter().chain(texts(&JSONL) as Vec<_>).collect(),
        "definition" => texts(&DEFINITION),
        "values" => texts(&VALUES),
        "note" => notes(),
        "proof" => proofs(),
        "receipt" => receipts(),
        other => panic!("there is no target {other}"),
    }
}

/// Receipts as small as they come, of one command with a definition and of one with a deck.
fn receipts() -> Vec<Vec<u8>> {
    let asked = [
        r#"{"command":"ndr","arguments":{"window":"2025"},"tz":null,"fiscal_year_start":2,"definitions":[{"asked":"x","name":"x","version":null,"hash":"00","document":"name = \"x\""}]}"#,
        r#"{"command":"reconcile","arguments":{"file":"deck.csv"},"tz":"UTC","fiscal_year_start":null,"definitions":[],"deck":[{"row":1,"cells":["metric","\u20ac"]}]}"#,
    ];
    let whole = |question: &str| {
        let ledger = r#"{"id":"x","tz":"UTC","size":7,"root":"00"}"#;
        let made_by = r#"{"recount":"0.1.0","zone_database":"2025b","days":{"UTC":"00"}}"#;
        let answer = r#"{"schema":"recount.ndr/1","ndr":"1.07","groups":[{"value":null}],"id":""}"#;
        let text = format!(
            r#"{{"schema":"recount.receipt/1","question":{question},"ledger":{ledger},"answer":{answer},"made_by":{made_by},"id":""}}"#
        );
        crate::mend::receipt(&text).expect("it is JSON").into_bytes()
    };
    asked.into_iter().map(whole).collect()
}

/// Events of most kinds, as a file would bring them.
fn events() -> Vec<Event> {
    let options = recount_import::Options {
        currency: Some("USD".parse().expect("a currency")),
        recorded_by: "seeds".to_owned(),
        ..recount_import::Options::default()
    };
    let text = "kind,event_id,customer_id,subscription_id,effective_at,booked_at,mrr,mrr_before,currency,plan,quantity,amount,voids,reason,into,base,quote,rate,attr.region,attr.size
new,e1,acme,acme/1,2025-01-01,2025-01-02,100.50,,EUR,pro,3,,,,,,,,EU,10
upgrade,e2,acme,acme/1,2025-02-01,2025-02-01,200,100.50,EUR,,,,,,,,,,US,
change,e3,acme,s-7,2025-02-03T10:00:00.000001Z,,0.00000001,,,,,,e2,wrong,,,,,,
new,,beta,,2025-03-01,,7,,,,,,,,,,,,,
churn,6f1c3b1e-2f43-4a55-9d6e-0d8d3c1b2a10,beta,,2025-04-01,,,,,,,,,,,,,,,
profile,,beta,,2025-01-01,,,,,,,,,,,,,,größe,L
void,e4,,,,,,,,,,,e1,typo,,,,,,
merge,,beta,,,,,,,,,,,,acme,,,,,
one_time,,acme,,2025-05-01,,,,,,,-12.5,,,,,,,,
fx_rate,,,,2025-01-01,,,,,,,,,,,EUR,USD,1.0825,,
";
    let outcome = recount_import::probe::read(text.as_bytes(), "seeds.csv", &options).expect("a file");
    assert_eq!(outcome.bad, [], "the seeds are good rows");
    outcome.events
}

fn instant(second: i64) -> Instant {
    Instant::from_micros((1_767_225_600 + second) * 1_000_000).expect("in range")
}

fn records() -> Vec<Recorded> {
    let record = |(index, event): (usize, Event)| Recorded {
        position: Position(index as u64),
        recorded_at: instant(index as i64 / 4),
        event,
    };
    events().into_iter().enumerate().map(record).collect()
}

fn content(event: &Event) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_content(event, &mut bytes);
    bytes
}

fn frames() -> Vec<Vec<u8>> {
    let all = records();
    let mut encoder = FrameEncoder::new().expect("an encoder");
    let many: Vec<Recorded> = (0..64)
        .map(|index| Recorded { position: Position(index), ..all[index as usize % all.len()].clone() })
        .map(|record| Recorded { recorded_at: instant(0), ..record })
        .collect();
    [&all[..1], &all[..], &many[..]].map(|records| encoder.encode(records).expect("a frame")).into()
}

/// The tail of a real ledger whose id is that of the targets: its head is written anew for it.
fn tails() -> Vec<Vec<u8>> {
    let home = TempDir::new().expect("a folder");
    let dir = home.path().join("ledger");
    Ledger::create(&dir, Settings { zone: Zone::UTC, currency: None }).expect("a ledger");
    let mut writer = Writer::open(&dir, Options::default()).expect("opens");
    for event in events().into_iter().filter(|event| event.voids().is_none()) {
        writer.append(vec![event], recount_ledger::Expected::Any).expect("appends");
    }
    let read = || {
        let mut bytes = std::fs::read(dir.join("tail")).expect("the tail");
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        bytes.truncate(used.next_multiple_of(16));
        bytes[12..28].copy_from_slice(LEDGER.as_bytes());
        crate::mend::tail(&bytes)
    };
    let open = read();
    writer.close().expect("closes");
    let closed = read();
    assert!(recount_ledger::probe::tail(&open, LEDGER).expect("a tail") > 5);
    // A store of so many records that there is no number for the next.
    let mut full = open.clone();
    let peaks = Peaks::from_bytes(&[&u64::MAX.to_le_bytes()[..], &[7; 64 * 32]].concat()).expect("peaks");
    full[52..84].copy_from_slice(&peaks.root().0);
    full[84..88].copy_from_slice(&(peaks.to_bytes().len() as u32).to_le_bytes());
    full[88..88 + peaks.to_bytes().len()].copy_from_slice(&peaks.to_bytes());
    full[4_096 + 16..4_096 + 24].copy_from_slice(&u64::MAX.to_le_bytes());
    vec![open, closed, crate::mend::tail(&full)]
}

fn peaks(leaves: u8) -> Peaks {
    let mut peaks = Peaks::new();
    (0..leaves).for_each(|leaf| peaks.push(Hash([leaf; 32])));
    peaks
}

/// As docs/format.md has it: three frames.
fn stage_end() -> Vec<u8> {
    let mut bytes = 7u64.to_le_bytes().to_vec();
    bytes.extend_from_slice(&instant(0).micros().to_le_bytes());
    bytes.extend_from_slice(&3u64.to_le_bytes());
    for at in [72u64, 500, 900] {
        bytes.extend_from_slice(&at.to_le_bytes());
        bytes.extend_from_slice(&400u32.to_le_bytes());
    }
    bytes.extend_from_slice(&peaks(13).to_bytes());
    assert!(recount_ledger::probe::stage_end(&bytes).is_some());
    bytes
}

/// A list of runs, and behind it its only run.
fn identity() -> Vec<u8> {
    let home = TempDir::new().expect("a folder");
    let mut index = recount_ledger::probe::index(home.path(), LEDGER, 0).expect("an index");
    let records = records();
    let given =
        records.iter().map(|record| Ok::<_, recount_ledger::DiskError>((record.event.id(), record.event.voids())));
    index.extend(given, Hash([1; 32])).expect("a run");
    let read = |name: &str| std::fs::read(home.path().join(name)).expect("a file of the index");
    [read("index"), read(&format!("run-0-{}", records.len()))].concat()
}

fn header() -> Vec<u8> {
    let home = TempDir::new().expect("a folder");
    let dir = home.path().join("ledger");
    let currency = Some("EUR".parse().expect("a currency"));
    Ledger::create(&dir, Settings { zone: "Europe/Berlin".parse().expect("a zone"), currency }).expect("a ledger");
    Header::read(&dir).expect("a header");
    std::fs::read(dir.join("header")).expect("a header")
}

/// The same text in both ways of packing, and as UTF-16.
fn packed(text: &str) -> Vec<Vec<u8>> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).expect("packs");
    let utf16 = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    vec![gzip.finish().expect("packs"), zstd::bulk::compress(text.as_bytes(), 1).expect("packs"), utf16]
}

/// What the key of the seeds signed.
pub fn signed_texts() -> &'static [String] {
    static TEXTS: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    TEXTS.get_or_init(|| {
        let checkpoint = |size, byte| Checkpoint::of(LEDGER, size, Hash([byte; 32])).to_string();
        vec![checkpoint(0, 0), checkpoint(7, 1), checkpoint(u64::MAX, 255), "a text\n\nwith an empty line\n".to_owned()]
    })
}

fn notes() -> Vec<Vec<u8>> {
    let key = SigningKey::from_secret(SIGNER).expect("a key");
    let note = |text: &String| Note::sign(text.clone(), &[&key]).expect("a note").to_string().into_bytes();
    let signed = signed_texts().iter().map(note);
    let plain = [signed_texts()[1].clone(), VERIFIER.to_owned(), format!("{SIGNER}\n")];
    signed.chain(plain.map(String::into_bytes)).collect()
}

/// Every shape of proof in a tree of seven leaves, as two numbers, two hashes and the path; and one of the largest tree.
fn proofs() -> Vec<Vec<u8>> {
    let leaf = |index: u64| Hash([index as u8; 32]);
    let root = |range: std::ops::Range<u64>| recount_ledger::merkle::subtree_root(&range.map(leaf).collect::<Vec<_>>());
    let bytes = |low: u64, one: Hash, other: Hash, ranges: Vec<std::ops::Range<u64>>| {
        let path = ranges.into_iter().map(root);
        let hashes = [one, other].into_iter().chain(path).flat_map(|hash| hash.0);
        low.to_le_bytes().into_iter().chain(7u64.to_le_bytes()).chain(hashes).collect::<Vec<u8>>()
    };
    let inclusion = (0..7).map(|low| bytes(low, leaf(low), root(0..7), inclusion_ranges(low, 7)));
    let consistency = (1..7).map(|low| bytes(low, root(0..low), root(0..7), consistency_ranges(low, 7)));
    let largest = [(u64::MAX - 1).to_le_bytes(), u64::MAX.to_le_bytes()].concat();
    inclusion.chain(consistency).chain([[largest, vec![7; 66 * 32]].concat()]).collect()
}
