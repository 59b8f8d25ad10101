//! `pack.json`: what kind of pack it is, and the digests of all other entries.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::archive::Pack;
use super::{ABOUT, bad, json, unproved};
use crate::error::CommandError;
use crate::scope::hex;

const SCHEMA: &str = "recount.evidence/1";

/// Which records a pack holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Those of the customers behind the figure, each with its path: what is there is proved, that nothing is missing is not.
    Customers,
    /// All of them from the first to the last: their root is computed, so that none can be missing.
    Whole,
}

/// What a pack says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    schema: String,
    /// The version of Recount that wrote it.
    pub recount: String,
    /// Which records it holds.
    pub reach: Reach,
    /// The month in which fiscal years start.
    pub fiscal_year_start: u8,
    /// How many records it holds.
    pub records: u64,
    /// SHA-256 of every other entry, by name.
    entries: BTreeMap<String, String>,
}

impl About {
    /// What a pack says of itself when all its other entries are there.
    pub fn of(pack: &Pack, reach: Reach, fiscal_year_start: u8, records: u64) -> Self {
        let recount = env!("CARGO_PKG_VERSION").to_owned();
        Self { schema: SCHEMA.to_owned(), recount, reach, fiscal_year_start, records, entries: digests(pack) }
    }

    /// What a pack says of itself; its digests are compared last, so that a better reason is found first.
    pub fn read(pack: &Pack) -> Result<Self, CommandError> {
        let value = json::value(ABOUT, pack.entry(ABOUT))?;
        match value.get("schema").and_then(|schema| schema.as_str()) {
            Some(SCHEMA) => json::read(ABOUT, pack.entry(ABOUT)),
            other => Err(bad(format!("its schema is {other:?}; this program knows {SCHEMA:?}"))),
        }
    }

    /// Every entry must be the one that was written with it.
    pub fn compare(&self, pack: &Pack) -> Result<(), CommandError> {
        let found = digests(pack);
        let names = self.entries.keys().chain(found.keys());
        let mut others = names.filter(|name| self.entries.get(*name) != found.get(*name));
        match others.next() {
            None => Ok(()),
            Some(name) => Err(unproved(format!("{name} does not have the SHA-256 that {ABOUT} lists for it"))),
        }
    }
}

fn digests(pack: &Pack) -> BTreeMap<String, String> {
    let others = pack.entries().filter(|(name, _)| *name != ABOUT);
    others.map(|(name, bytes)| (name.to_owned(), hex(&Sha256::digest(bytes)))).collect()
}
