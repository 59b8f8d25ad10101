//! Where the records of customers stand in a window: what each of them says is in force, and from when on.

use std::collections::HashMap;

use recount_ledger::{Body, Currency, Recorded};
use recount_metrics::Window;
use recount_projection::{CustomerIx, Standing, View};

/// The level that a movement sets, among those of its subscription.
pub(super) struct Place {
    standing: &'static str,
    /// The level before it, in its own currency.
    pub(super) before: (i128, Option<Currency>),
    pub(super) after: (i128, Option<Currency>),
}

/// How a record stands, as reports say it.
pub(super) struct Stands {
    pub(super) word: &'static str,
    /// What takes it back.
    pub(super) by: Option<u64>,
}

/// The levels in force of some customers, by position.
pub(super) fn places(view: &View<'_>, customers: &[CustomerIx], window: &Window) -> HashMap<u64, Place> {
    let mut places = HashMap::new();
    for subscription in customers.iter().flat_map(|customer| view.subscriptions(*customer)) {
        let (mut before, mut at_open) = ((0, None), None);
        for level in view.levels(subscription) {
            let after = (level.mrr, level.currency);
            let standing = if level.effective_at < window.open.0 {
                at_open = Some(level.position.0);
                "before_open"
            } else if level.effective_at < window.close.0 {
                "in_window"
            } else {
                "after_close"
            };
            places.insert(level.position.0, Place { standing, before, after });
            before = after;
        }
        if let Some(place) = at_open.and_then(|position| places.get_mut(&position)) {
            place.standing = "at_open";
        }
    }
    places
}

impl Stands {
    /// How a record stands under a cut; a movement that counts, by its place where that is asked for.
    pub(super) fn of(view: &View<'_>, record: &Recorded, place: Option<&Place>) -> Self {
        let plain = |word| Self { word, by: None };
        match view.standing(record.position, record.booked_at()) {
            Standing::RecordedLater => plain("recorded_later"),
            Standing::BookedLater => plain("booked_later"),
            Standing::Voided { by } => Self { word: "voided", by: Some(by.0) },
            Standing::Replaced { by } => Self { word: "replaced", by: Some(by.0) },
            Standing::Counts => plain(match &record.event.body {
                Body::Movement(_) => place.map_or("counts", |place| place.standing),
                Body::Profile(_) | Body::Merge(_) | Body::FxRate(_) | Body::Void(_) => "counts",
                Body::OneTime(_) => "never_in_mrr",
                Body::Definition(_) | Body::Close(_) | Body::Import(_) => "ledgers_own",
            }),
        }
    }

    /// The same in words.
    pub(super) fn told(&self) -> String {
        let by = self.by.map(|by| format!(" by {by}")).unwrap_or_default();
        let word = match self.word {
            "in_window" => "in the window",
            "at_open" => "in force at open",
            "before_open" => "superseded before open",
            "after_close" => "after the window",
            "recorded_later" => "outside the cut: recorded later",
            "booked_later" => "outside the cut: booked later",
            "never_in_mrr" => "never in MRR",
            "ledgers_own" => "the ledger's own",
            other => other,
        };
        format!("{word}{by}")
    }
}
