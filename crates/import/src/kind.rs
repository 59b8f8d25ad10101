//! The kinds of row, their synonyms, and what a source calls them.

use std::collections::BTreeMap;

use recount_ledger::Claim;

use crate::error::{FieldError, MapError, shown};
use crate::field::Field;

/// What a row of a file can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A movement of MRR.
    Movement(Claim),
    /// An earlier record taken back.
    Void,
    /// Attributes of a customer.
    Profile,
    /// A customer id that is another.
    Merge,
    /// A non-recurring charge or credit.
    OneTime,
    /// An exchange rate.
    FxRate,
}

const NAMES: &str =
    "new_logo, upgrade, downgrade, churn, reactivation, change, void, profile, merge, one_time and fx_rate";
const WRITTEN_BY_RECOUNT: [&str; 3] = ["definition", "close", "import"];

impl Kind {
    /// The kind's name in files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Movement(claim) => claim.name(),
            Self::Void => "void",
            Self::Profile => "profile",
            Self::Merge => "merge",
            Self::OneTime => "one_time",
            Self::FxRate => "fx_rate",
        }
    }

    /// The kind of this name or of a usual synonym of it.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "new_logo" | "new" | "new_business" => Self::Movement(Claim::NewLogo),
            "upgrade" | "expansion" => Self::Movement(Claim::Upgrade),
            "downgrade" | "contraction" => Self::Movement(Claim::Downgrade),
            "churn" | "cancel" | "cancellation" => Self::Movement(Claim::Churn),
            "reactivation" | "reactivate" | "resurrected" => Self::Movement(Claim::Reactivation),
            "change" => Self::Movement(Claim::Change),
            "void" => Self::Void,
            "profile" => Self::Profile,
            "merge" => Self::Merge,
            "one_time" => Self::OneTime,
            "fx_rate" => Self::FxRate,
            _ => return None,
        })
    }
}

/// What a source calls the kinds: `--map-kind old=new` beside the names and synonyms that are always known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindNames {
    given: BTreeMap<String, Kind>,
}

impl KindNames {
    /// The names given as pairs of the source's word and a native kind.
    pub fn new(pairs: &[(String, String)]) -> Result<Self, MapError> {
        let mut given = BTreeMap::new();
        for (old, new) in pairs {
            let kind = Kind::named(new).ok_or_else(|| MapError::Kind { new: new.clone(), known: NAMES })?;
            if given.insert(old.trim().to_owned(), kind).is_some_and(|before| before != kind) {
                return Err(MapError::Twice(old.clone()));
            }
        }
        Ok(Self { given })
    }

    /// The kind that a cell names.
    pub(crate) fn kind(&self, text: &str) -> Result<Kind, FieldError> {
        if !self.given.is_empty()
            && let Some(kind) = self.given.get(text)
        {
            return Ok(*kind);
        }
        // Case, hyphens and spaces are how systems print the same word: "New Business" is new_business.
        let plain = || text.to_ascii_lowercase().replace(['-', ' '], "_");
        Kind::named(text).or_else(|| Kind::named(&plain())).ok_or_else(|| unknown(text))
    }

    /// The pairs, for the record of the import.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.given.iter().map(|(old, kind)| (old.as_str(), kind.name()))
    }
}

fn unknown(text: &str) -> FieldError {
    let error = FieldError::of(Field::Kind, format!("{} is not a kind", shown(text)));
    if WRITTEN_BY_RECOUNT.contains(&text) {
        return error.hint("records of this kind are written by recount itself, not read from files");
    }
    let word: String = text.chars().take(64).collect();
    error.hint(format!("the kinds are {NAMES}; read this one as one of them with --map-kind \"{word}=KIND\""))
}
