//! Whether a pack holds: records against the checkpoint, then everything that is printed against the records.

use recount_ledger::checkpoint::{NotedCheckpoint, VerifierKey};
use recount_ledger::{Body, Instant, Recorded, Zone};
use recount_metrics::{Calendar, Definition, Window};
use recount_projection::{Boundary, Cut};
use serde_json::{Map, Value};

use super::about::{About, Reach};
use super::archive::Pack;
use super::recompute::{Question, Recomputed, recompute};
use super::{CHECKPOINT, DEFINITION, DOCUMENT, RECORDS, REPORT, SCHEDULE, bad, differs, json, lines, unproved};
use crate::error::CommandError;
use crate::proof::{Trust, vouched};
use crate::signing::not_a_checkpoint;

/// What a pack proves.
#[derive(Debug)]
pub struct Verified {
    /// The head under which its records are proved.
    pub checkpoint: NotedCheckpoint,
    /// Which records it holds.
    pub reach: Reach,
    /// How many.
    pub records: u64,
    /// The figures, computed from them.
    pub figures: Value,
    /// The key that vouches for the checkpoint.
    pub signed_by: Option<VerifierKey>,
    /// Whether anything that the reader knew vouches for the root.
    pub anchored: bool,
}

/// Verifies a pack: 4 where a proof does not hold, 1 where a figure is not what the records come to.
pub fn verify(pack: &Pack, trust: &Trust) -> Result<Verified, CommandError> {
    let about = About::read(pack)?;
    let checkpoint = NotedCheckpoint::parse(pack.entry(CHECKPOINT))
        .map_err(|error| CommandError { line: Some(error.line), ..not_a_checkpoint(&error).in_file(CHECKPOINT) })?;
    let (signed_by, anchored) = vouched(&checkpoint, trust).map_err(|error| error.in_file(CHECKPOINT))?;
    let records = lines::read(pack.entry(RECORDS), about.reach, &checkpoint.checkpoint)?;
    let count = records.len() as u64;
    if count != about.records {
        return Err(unproved(format!("it holds {count} records and says {}", about.records)));
    }
    let report = json::value(REPORT, pack.entry(REPORT))?;
    must_have_head(&report, &checkpoint)?;
    let question = question(pack, &about, &report, &records)?;
    let recomputed = recompute(records, &question).map_err(|error| no_figure(&error))?;
    compare(pack, &about, &report, &recomputed)?;
    about.compare(pack)?;
    let Recomputed { figures, .. } = recomputed;
    Ok(Verified { checkpoint, reach: about.reach, records: count, figures, signed_by, anchored })
}

/// The report must be of the ledger that the checkpoint is of.
fn must_have_head(report: &Value, noted: &NotedCheckpoint) -> Result<(), CommandError> {
    let (size, root) = (noted.checkpoint.size, noted.checkpoint.root.to_string());
    let ledger = &report["ledger"];
    if (ledger["size"].as_u64(), ledger["root"].as_str()) == (Some(size), Some(&root)) {
        return Ok(());
    }
    Err(unproved(format!("{REPORT} is not of the ledger of the checkpoint, of {size} records with the root {root}")))
}

/// What the report was asked, by its own words.
fn question(pack: &Pack, about: &About, report: &Value, records: &[Recorded]) -> Result<Question, CommandError> {
    let unreadable = |what: &str| bad(format!("{REPORT}: {what} cannot be read"));
    let instant = |value: &Value| value.as_str().and_then(|text| text.parse::<Instant>().ok());
    let window = &report["window"];
    let (name, open, close) = (window["name"].as_str(), instant(&window["open"]), instant(&window["close"]));
    let (Some(name), Some(open), Some(close)) = (name, open, close) else { return Err(unreadable("window")) };
    let zone: Option<Zone> = report["tz"].as_str().and_then(|text| text.parse().ok());
    let calendar = Calendar::new(zone.ok_or_else(|| unreadable("tz"))?);
    let calendar = calendar.with_fiscal_start(about.fiscal_year_start).map_err(bad)?;
    let window = Window::parse(name, &calendar).map_err(bad)?;
    if (window.open, window.close) != (Boundary(open), Boundary(close)) {
        return Err(differs(format!(
            "{REPORT} prints other ends of its window than {name} has in {}",
            calendar.zone()
        )));
    }
    let cut = &report["ledger"]["cut"];
    let known_at = match &cut["known_at"] {
        Value::Null => None,
        value => Some(Boundary(instant(value).ok_or_else(|| unreadable("ledger.cut.known_at"))?)),
    };
    let size = cut["size"].as_u64().ok_or_else(|| unreadable("ledger.cut.size"))?;
    must_be_the_close(cut, size, records)?;
    let definition = definition(pack, report, records)?;
    Ok(Question { window, calendar, definition, cut: Cut { known_at, size } })
}

/// A cut by the name of a close is where that close stands.
fn must_be_the_close(cut: &Value, size: u64, records: &[Recorded]) -> Result<(), CommandError> {
    let named = cut["ledger_at"].as_str();
    let close = records.iter().rev().find_map(|record| match &record.event.body {
        Body::Close(close) if Some(close.name.as_str()) == named => Some(record.position.0),
        _ => None,
    });
    match close {
        Some(position) if position != size => {
            Err(differs(format!("{REPORT} is of the first {size} records, the close that it names has {position}")))
        }
        _ => Ok(()),
    }
}

/// The definition of the document, which must be the one whose hash is printed, and the one that the ledger holds.
fn definition(pack: &Pack, report: &Value, records: &[Recorded]) -> Result<Definition, CommandError> {
    let text = std::str::from_utf8(pack.entry(DOCUMENT)).map_err(|_| bad(format!("{DOCUMENT} is not text")))?;
    let definition = Definition::from_toml(text).map_err(|error| bad(format!("{DOCUMENT}: {error}")))?;
    let printed = json::value(DEFINITION, pack.entry(DEFINITION))?;
    if printed != report["definition"] {
        return Err(differs(format!("{DEFINITION} is not the definition of {REPORT}")));
    }
    let (name, hash) = (definition.name.as_str(), definition.hash_hex());
    if (printed["name"].as_str(), printed["hash"].as_str()) != (Some(name), Some(&hash)) {
        return Err(differs(format!("{DOCUMENT} is {name} with the hash {hash}, {DEFINITION} says {printed}")));
    }
    if printed["parameters"] != definition.parameters_json() {
        return Err(differs(format!("{DEFINITION} prints other parameters than {DOCUMENT} sets")));
    }
    let overridden = printed["overridden"].as_array().is_none_or(|keys| !keys.is_empty());
    let known = match printed["version"].as_u64() {
        Some(0) => Definition::preset(name).ok().map(|preset| preset.hash()),
        Some(version) => published(records, name, version),
        None => return Ok(definition),
    };
    // What the command line set beside it is not in the ledger.
    match known {
        Some(known) if overridden || known == definition.hash() => Ok(definition),
        Some(_) => {
            Err(differs(format!("{name} is another definition than the one that goes by this name and version")))
        }
        None => Err(differs(format!("the definition {name} is printed as a version that this pack does not hold"))),
    }
}

fn published(records: &[Recorded], name: &str, version: u64) -> Option<[u8; 32]> {
    records.iter().find_map(|record| match &record.event.body {
        Body::Definition(it) if it.name == name && u64::from(it.version) == version => {
            Definition::from_toml(&it.document).ok().map(|definition| definition.hash())
        }
        _ => None,
    })
}

/// What a report says beside its figures; the figures are recomputed.
const BESIDE: [&str; 5] = ["schema", "tz", "ledger", "contradictions", "warnings"];

/// Everything that is printed must be what the records come to.
fn compare(pack: &Pack, about: &About, report: &Value, recomputed: &Recomputed) -> Result<(), CommandError> {
    let empty = Map::new();
    let (printed, made) = (report.as_object().unwrap_or(&empty), recomputed.figures.as_object().unwrap_or(&empty));
    for (name, value) in made.iter().filter(|(name, _)| *name != "definition") {
        let said = printed.get(name).unwrap_or(&Value::Null);
        if said != value {
            return Err(differs(format!("{REPORT} says {name} is {}, the records give {}", short(said), short(value))));
        }
    }
    if let Some(name) = printed.keys().find(|name| !made.contains_key(*name) && !BESIDE.contains(&name.as_str())) {
        return Err(differs(format!("{REPORT} says {name:?}, which no report of retention has")));
    }
    let (said, found) = (report["contradictions"].as_u64(), recomputed.contradictions);
    if about.reach == Reach::Whole && said != Some(found) {
        return Err(differs(format!("{REPORT} says {said:?} contradictions, the records give {found}")));
    }
    if pack.entry(SCHEDULE) != recomputed.schedule.as_bytes() {
        let (was, is) = (String::from_utf8_lossy(pack.entry(SCHEDULE)), recomputed.schedule.as_str());
        let line = was.lines().zip(is.lines()).take_while(|(was, is)| was == is).count() + 1;
        let error = differs(format!("line {line} of {SCHEDULE} is not what the records come to"));
        return Err(CommandError { line: Some(line as u64), ..error.in_file(SCHEDULE) });
    }
    Ok(())
}

/// A value on one line that is not too long.
fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 80 { text.chars().take(77).collect::<String>() + "..." } else { text }
}

fn no_figure(error: &CommandError) -> CommandError {
    differs(format!("they give no figure at all: {}", error.message))
}
