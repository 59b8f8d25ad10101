//! The definitions that come with Recount.

use super::Definition;
use super::parameters::{Combine, Count, GrossMethod, NetMethod, Parameters, Winback};
use super::text::Grain;
use crate::calendar::Every;

/// A definition that comes with Recount.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    set: fn(&mut Parameters),
}

/// The definitions that come with Recount. They never change; a better one gets a new name.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "standard",
        description: "the cohort's MRR at close over its MRR at open; gross by each member's lower end",
        set: |_| (),
    },
    Preset {
        name: "strict",
        description: "as standard, but what was lost inside the window stays lost",
        set: |p| {
            p.net.winback = Winback::Zero;
            p.gross.winback = Winback::Zero;
        },
    },
    Preset {
        name: "churn-only",
        description: "as standard, but contraction is left out of the net ratio",
        set: |p| p.net.contraction = Count::Ignore,
    },
    Preset {
        name: "vendor-movements",
        description: "every customer's movements over the whole opening MRR, as several vendors publish it",
        set: |p| {
            p.net.method = NetMethod::AllMovements;
            p.gross.method = GrossMethod::AllMovements;
        },
    },
    Preset {
        name: "subscription-grain",
        description: "as standard, with subscriptions as members of the cohort",
        set: |p| p.cohort.grain = Grain::Subscription,
    },
    Preset {
        name: "survivors",
        description: "close over open of those still active at close",
        set: |p| p.net.method = NetMethod::Survivors,
    },
    Preset {
        name: "chained-monthly",
        description: "as standard, month by month, multiplied",
        set: |p| {
            p.window.combine = Combine::Chain;
            p.window.every = Every::Month;
        },
    },
];

pub(super) fn find(name: &str) -> Option<Definition> {
    let preset = PRESETS.iter().find(|preset| preset.name == name)?;
    let mut parameters = Parameters::default();
    (preset.set)(&mut parameters);
    Some(Definition {
        name: name.to_owned(),
        version: Some(0),
        description: Some(preset.description.to_owned()),
        parameters,
        overridden: Vec::new(),
    })
}

pub(super) fn names() -> String {
    PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>().join(", ")
}
