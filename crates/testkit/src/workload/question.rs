//! Random questions: windows of all kinds, cuts, zones, definitions, segments.

use recount_ledger::{Currency, Instant, Zone};

use super::{Workload, ZONES};
use crate::auditor::Cut;
use crate::dice::Dice;
use crate::{Combine, Definition, Every, Grain, GrossMethod, NetMethod, RatesAt, ReadAt};

/// What is asked of a ledger.
#[derive(Clone, Debug)]
pub struct Question {
    /// What was known.
    pub cut: Cut,
    /// The report's zone.
    pub zone: Zone,
    /// The month in which the fiscal year starts.
    pub fiscal_start: u32,
    /// The figure.
    pub ask: Ask,
}

/// One figure.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Point-in-time MRR.
    Mrr {
        /// A date or an instant.
        at: String,
        /// The report currency.
        report: Option<Currency>,
        /// The attribute to group by.
        by: Option<&'static str>,
    },
    /// The bridge.
    Movements {
        /// The window.
        window: String,
        /// Its rows.
        every: Option<Every>,
        /// The definition's grain, gaps, exclusions and currency.
        definition: Definition,
        /// The attribute to group by.
        by: Option<&'static str>,
    },
    /// Retention.
    Retention {
        /// The window.
        window: String,
        /// The definition.
        definition: Definition,
        /// The attribute to group by.
        by: Option<&'static str>,
    },
    /// Retention as a series.
    Series {
        /// The window in which the rows' parts close.
        window: String,
        /// The parts.
        every: Every,
        /// The months of each row, ended with its part; none for the part itself.
        trailing: Option<u32>,
        /// The definition.
        definition: Definition,
    },
}

const WINDOWS: [&str; 14] = [
    "2024",
    "2025",
    "2024-Q3",
    "2025-H1",
    "2024-11",
    "ttm:2025-06",
    "FY2025",
    "FY2025-H2",
    "FY2024-Q1",
    "2024-02",
    "2024-03-10..2024-11-03",
    "2023-12-31T23:59:59.999999Z..2025-01-01T00:00:00Z",
    "2024-02-29T00:00:00Z..2024-12-31",
    "2023-07-01..2025-06-30",
];
const WHOLE_MONTHS: [&str; 6] = ["2024", "2025", "2024-Q3", "ttm:2025-06", "FY2025-H1", "2023-07-01..2025-06-30"];

impl Question {
    /// The attribute to group by.
    pub const fn by(&self) -> Option<&'static str> {
        match &self.ask {
            Ask::Mrr { by, .. } | Ask::Movements { by, .. } | Ask::Retention { by, .. } => *by,
            Ask::Series { .. } => None,
        }
    }

    pub(super) fn new(workload: &Workload, dice: &mut Dice) -> Self {
        let ask = match dice.below(10) {
            0..=1 => Ask::Mrr { at: point(dice), report: report(workload, dice), by: by(dice) },
            2..=4 => movements(workload, dice),
            5 => series(workload, dice),
            _ => retention(workload, dice),
        };
        Self {
            cut: cut(workload, dice),
            zone: dice.pick(&ZONES).parse().expect("a zone"),
            fiscal_start: *dice.pick(&[1, 1, 2, 4, 7, 10]),
            ask,
        }
    }
}

fn movements(workload: &Workload, dice: &mut Dice) -> Ask {
    let every = dice.percent(40).then(|| *dice.pick(&[Every::Month, Every::Quarter, Every::Year]));
    let by = by(dice);
    let mut definition = Definition { report: report(workload, dice), rates: rates(dice), ..Definition::default() };
    cohort(dice, &mut definition);
    definition.floor = 0.into();
    if by.is_some() && matches!(definition.grain, Grain::Attribute(_)) {
        definition.grain = Grain::Customer;
    }
    if !matches!(definition.grain, Grain::Attribute(_)) {
        definition.attribute_at = ReadAt::Open;
    }
    Ask::Movements { window: (*dice.pick(&WINDOWS)).to_owned(), every, definition, by }
}

fn retention(workload: &Workload, dice: &mut Dice) -> Ask {
    let by = by(dice);
    let mut definition = Definition { report: report(workload, dice), rates: rates(dice), ..Definition::default() };
    methods(dice, &mut definition);
    cohort(dice, &mut definition);
    let mut window = *dice.pick(&WINDOWS);
    if dice.percent(35) {
        definition.combine = *dice.pick(&[Combine::Chain, Combine::Mean, Combine::MeanTrailing]);
        definition.every = *dice.pick(&[Every::Month, Every::Quarter]);
        definition.weight_opening = definition.combine != Combine::Chain && dice.percent(50);
        window = *dice.pick(&WHOLE_MONTHS);
    }
    if by.is_none() && !matches!(definition.grain, Grain::Attribute(_)) {
        definition.attribute_at = ReadAt::Open;
    }
    Ask::Retention { window: window.to_owned(), definition, by }
}

fn series(workload: &Workload, dice: &mut Dice) -> Ask {
    let mut definition = Definition { report: report(workload, dice), rates: rates(dice), ..Definition::default() };
    methods(dice, &mut definition);
    cohort(dice, &mut definition);
    let every = *dice.pick(&[Every::Month, Every::Quarter, Every::Year]);
    let trailing = dice.percent(60).then(|| *dice.pick(&[12, 12, 3, 1]));
    Ask::Series { window: (*dice.pick(&WINDOWS)).to_owned(), every, trailing, definition }
}

/// Net and gross, in the combinations that the contract allows.
fn methods(dice: &mut Dice, definition: &mut Definition) {
    definition.net = *dice.pick(&[
        NetMethod::Endpoint,
        NetMethod::Endpoint,
        NetMethod::Movements,
        NetMethod::AllMovements,
        NetMethod::Survivors,
    ]);
    definition.gross = *dice.pick(&[
        GrossMethod::EndpointMin,
        GrossMethod::EndpointMin,
        GrossMethod::Movements,
        GrossMethod::RunningMin,
        GrossMethod::AllMovements,
    ]);
    let (net, gross) = (definition.net, definition.gross);
    definition.net_winback_zero = matches!(net, NetMethod::Endpoint | NetMethod::Movements) && dice.percent(30);
    definition.contraction_ignored = net != NetMethod::Survivors && dice.percent(20);
    let returns = net == NetMethod::AllMovements || (net == NetMethod::Movements && !definition.net_winback_zero);
    definition.reactivation_ignored = returns && dice.percent(30);
    definition.gross_winback_zero =
        matches!(gross, GrossMethod::EndpointMin | GrossMethod::Movements) && dice.percent(30);
}

fn cohort(dice: &mut Dice, definition: &mut Definition) {
    definition.grain = match dice.below(10) {
        0..=5 => Grain::Customer,
        6..=7 => Grain::Subscription,
        _ => Grain::Attribute((*dice.pick(&["parent", "channel"])).to_owned()),
    };
    definition.attribute_at = *dice.pick(&[ReadAt::Open, ReadAt::Open, ReadAt::Close, ReadAt::Latest]);
    if dice.percent(20) {
        let value = (*dice.pick(&["ads", "sales", "big"])).to_owned();
        definition.exclude = vec![((*dice.pick(&["channel", "size"])).to_owned(), value)];
        definition.exclude_at = *dice.pick(&[ReadAt::Latest, ReadAt::Open]);
    }
    if dice.percent(20) {
        let floor = *dice.pick(&[10_000_000_000u64, 5_000_000_000, 9_900_000_000, 1]);
        definition.floor = floor.into();
    }
    if dice.percent(30) {
        definition.gap_days = *dice.pick(&[1, 7, 30]);
    }
}

fn rates(dice: &mut Dice) -> RatesAt {
    let date = || "2024-03-01".parse().expect("a date");
    *dice.pick(&[RatesAt::Open, RatesAt::Open, RatesAt::Close, RatesAt::Date(date()), RatesAt::Spot, RatesAt::Spot])
}

fn report(workload: &Workload, dice: &mut Dice) -> Option<Currency> {
    let code = *dice.pick(&["USD", "USD", "EUR", "JPY"]);
    workload.several_currencies.then(|| code.parse().expect("a currency"))
}

fn by(dice: &mut Dice) -> Option<&'static str> {
    dice.percent(30).then(|| *dice.pick(&["channel", "size", "nobody-has-it"]))
}

fn point(dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => "2024-12-31T11:00:00Z".to_owned(),
        1 => "2024-02-29".to_owned(),
        _ => format!("{}-{:02}-{:02}", dice.between(2023, 2026), dice.between(1, 12), dice.between(1, 28)),
    }
}

fn cut(workload: &Workload, dice: &mut Dice) -> Cut {
    let records = &workload.records;
    let known_at: Option<Instant> = dice.percent(40).then(|| records[dice.index(records.len())].booked_at());
    let size = dice.percent(40).then(|| dice.between(1, records.len() as u64));
    Cut { known_at, size }
}
