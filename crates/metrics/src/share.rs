//! The customers that make a figure up, in amounts that sum to it exactly.

use std::fmt;
use std::str::FromStr;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use recount_ledger::Currency;
use recount_projection::{CustomerIx, View};
use thiserror::Error;

use crate::convert::Exchange;
use crate::definition::Combine;
use crate::error::FigureError;
use crate::explain::units;
use crate::movements::{Bridge, MovementsQuestion, by_unit, movements};
use crate::ratio::{Figure, Ratio};
use crate::retention::{Part, Retention, RetentionQuestion, retention};
use crate::tally::{Job, Pair, Tally};
use crate::warning::Warning;

/// A figure of a window that is a sum over customers, or a ratio of two such sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FigureName {
    /// Net retention.
    Ndr,
    /// Gross retention.
    Gdr,
    /// Logo retention.
    LogoRetention,
    /// The cohort's customers at open.
    Customers,
    /// Of those, active at close.
    CustomersClosing,
    /// A line of retention, over the cohort.
    Line(LineName),
    /// A line of the bridge, over all customers.
    Bridge(LineName),
}

/// A line from opening to closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineName {
    /// MRR at open.
    Opening,
    /// From 0 for the first time; in a bridge only.
    NewLogo,
    /// From 0 again.
    Reactivation,
    /// Upwards.
    Expansion,
    /// Downwards, not to 0.
    Contraction,
    /// To 0.
    Churn,
    /// What rates alone changed.
    Fx,
    /// MRR at close.
    Closing,
}

/// No figure has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{:?} is no figure that customers make up; those are {}", .0, FigureName::names().join(", "))]
pub struct FigureNameError(String);

/// A figure as reports state it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stated {
    /// Units of 1e-8 of the report's currency.
    Money(i128),
    /// Heads.
    Count(i128),
    /// A ratio, or why there is none.
    Ratio(Figure),
}

/// A figure, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shares {
    /// The figure.
    pub value: Stated,
    /// The currency of all amounts; none where there are no amounts at all.
    pub currency: Option<Currency>,
    /// What the shares of everyone sum to: the figure itself; of a ratio, its numerator.
    pub sum: i128,
    /// Of a ratio, its denominator.
    pub base: Option<i128>,
    /// Everyone with a share, largest first, then by id; of a ratio, who moves it the most comes first.
    pub customers: Vec<CustomerShare>,
    /// What to know before quoting it, by code.
    pub warnings: Vec<Warning>,
}

/// What one customer adds to a figure; with an attribute grain, what the customers of one member add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerShare {
    /// The customers.
    pub customers: Vec<CustomerIx>,
    /// Its id; of a member, the ids of its customers, joined by commas.
    pub id: String,
    /// What it adds to the figure; of a ratio, to its numerator.
    pub share: i128,
    /// Of a ratio, what it adds to its denominator.
    pub base: Option<i128>,
}

const LINES: [(&str, LineName); 8] = [
    ("opening", LineName::Opening),
    ("new_logo", LineName::NewLogo),
    ("reactivation", LineName::Reactivation),
    ("expansion", LineName::Expansion),
    ("contraction", LineName::Contraction),
    ("churn", LineName::Churn),
    ("fx", LineName::Fx),
    ("closing", LineName::Closing),
];

const BRIDGE: [&str; 8] = [
    "movements.opening",
    "movements.new_logo",
    "movements.reactivation",
    "movements.expansion",
    "movements.contraction",
    "movements.churn",
    "movements.fx",
    "movements.closing",
];

impl FigureName {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        let place = |line: LineName| LINES.iter().position(|(_, known)| *known == line).unwrap_or_default();
        match self {
            Self::Ndr => "ndr",
            Self::Gdr => "gdr",
            Self::LogoRetention => "logo_retention",
            Self::Customers => "customers",
            Self::CustomersClosing => "customers_closing",
            Self::Line(line) => LINES[place(line)].0,
            Self::Bridge(line) => BRIDGE[place(line)],
        }
    }

    /// Every name.
    pub fn names() -> Vec<&'static str> {
        let heads = ["ndr", "gdr", "logo_retention", "customers", "customers_closing"];
        heads.into_iter().chain(LINES.map(|(name, _)| name)).chain(BRIDGE).collect()
    }

    /// Whether it is a ratio of two sums.
    pub const fn is_ratio(self) -> bool {
        matches!(self, Self::Ndr | Self::Gdr | Self::LogoRetention)
    }

    /// Whether it counts heads.
    pub const fn is_count(self) -> bool {
        matches!(self, Self::LogoRetention | Self::Customers | Self::CustomersClosing)
    }

    /// What some units add to it.
    fn of(self, job: &Job<'_>, tally: &Tally) -> (i128, Option<i128>) {
        let pair = |Pair(share, base): Pair| (share, Some(base));
        let (opening, lines, fx, closing) = job.lines(tally);
        match self {
            Self::Ndr => pair(job.net(tally)),
            Self::Gdr => pair(job.gross(tally)),
            Self::LogoRetention => pair(job.logos(tally)),
            Self::Customers => (tally.customers.into(), None),
            Self::CustomersClosing => (tally.customers_kept.into(), None),
            Self::Line(line) | Self::Bridge(line) => {
                let amount = match line {
                    LineName::Opening => opening,
                    LineName::NewLogo => lines.new_logo,
                    LineName::Reactivation => lines.reactivation,
                    LineName::Expansion => lines.expansion,
                    LineName::Contraction => lines.contraction,
                    LineName::Churn => lines.churn,
                    LineName::Fx => fx,
                    LineName::Closing => closing,
                };
                (amount, None)
            }
        }
    }

    fn stated(self, of: &Retention) -> Stated {
        let line = |line| match line {
            LineName::Opening => of.opening,
            // New logos are no line of retention.
            LineName::NewLogo => 0,
            LineName::Reactivation => of.reactivation,
            LineName::Expansion => of.expansion,
            LineName::Contraction => of.contraction,
            LineName::Churn => of.churn,
            LineName::Fx => of.fx,
            LineName::Closing => of.closing,
        };
        match self {
            Self::Ndr => Stated::Ratio(of.ndr.clone()),
            Self::Gdr => Stated::Ratio(of.gdr.clone()),
            Self::LogoRetention => Stated::Ratio(of.logo_retention.clone()),
            Self::Customers => Stated::Count(of.customers.into()),
            Self::CustomersClosing => Stated::Count(of.customers_closing.into()),
            Self::Line(name) | Self::Bridge(name) => Stated::Money(line(name)),
        }
    }
}

impl LineName {
    const fn of(self, bridge: &Bridge) -> i128 {
        match self {
            Self::Opening => bridge.opening,
            Self::NewLogo => bridge.new_logo,
            Self::Reactivation => bridge.reactivation,
            Self::Expansion => bridge.expansion,
            Self::Contraction => bridge.contraction,
            Self::Churn => bridge.churn,
            Self::Fx => bridge.fx,
            Self::Closing => bridge.closing,
        }
    }
}

impl FromStr for FigureName {
    type Err = FigureNameError;

    fn from_str(text: &str) -> Result<Self, FigureNameError> {
        let (name, bridge) = text.strip_prefix("movements.").map_or((text, false), |name| (name, true));
        let line = LINES.iter().find(|(known, _)| *known == name).map(|(_, line)| *line);
        match (text, line) {
            (_, Some(line)) if bridge || line == LineName::NewLogo => Ok(Self::Bridge(line)),
            (_, Some(line)) => Ok(Self::Line(line)),
            ("ndr" | "nrr", None) => Ok(Self::Ndr),
            ("gdr" | "grr", None) => Ok(Self::Gdr),
            ("logo_retention", None) => Ok(Self::LogoRetention),
            ("customers", None) => Ok(Self::Customers),
            ("customers_closing", None) => Ok(Self::CustomersClosing),
            _ => Err(FigureNameError(text.chars().take(64).collect())),
        }
    }
}

impl fmt::Display for FigureName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whose a figure is; or only what one customer has of it. The question's `by` does not count.
pub fn shares(
    view: &View<'_>,
    question: &RetentionQuestion<'_>,
    figure: FigureName,
    customer: Option<&str>,
) -> Result<Shares, FigureError> {
    let question = RetentionQuestion { by: None, ..*question };
    let only = customer.map(|id| view.customer(id).ok_or_else(|| FigureError::UnknownCustomer(id.to_owned())));
    let only = only.transpose()?;
    let (all, value, currency, warnings) = match figure {
        FigureName::Bridge(line) => of_bridge(view, &question, line)?,
        _ => of_retention(view, &question, figure)?,
    };
    let sum = all.iter().map(|one| one.share).sum();
    let base = figure.is_ratio().then(|| all.iter().filter_map(|one| one.base).sum());
    if !foots(&value, sum, base) {
        return Err(FigureError::DoesNotFoot(question.window.name.clone()));
    }
    let listed = |one: &CustomerShare| match only {
        Some(customer) => one.customers.contains(&customer),
        None => one.share != 0 || one.base.is_some_and(|base| base != 0),
    };
    let mut customers: Vec<_> = all.into_iter().filter(listed).collect();
    let weight = |one: &CustomerShare| one.base.map_or(one.share, |base| one.share - base).abs();
    customers.sort_by(|left, right| weight(right).cmp(&weight(left)).then_with(|| left.id.cmp(&right.id)));
    Ok(Shares { value, currency, sum, base, customers, warnings })
}

type Found = (Vec<CustomerShare>, Stated, Option<Currency>, Vec<Warning>);

fn of_retention(view: &View<'_>, question: &RetentionQuestion<'_>, figure: FigureName) -> Result<Found, FigureError> {
    let parameters = &question.definition.parameters;
    if figure.is_ratio() && parameters.window.combine != Combine::Whole {
        return Err(FigureError::NoShares(figure.name()));
    }
    let report = retention(view, question)?;
    let exchange = Exchange::new(view, parameters.currency.report);
    let part = Part::new(view, question, &exchange, question.window)?;
    let share = |unit: &Vec<CustomerIx>| {
        let (share, base) = figure.of(&part.job, &part.job.of_unit(unit));
        CustomerShare { id: ids(view, unit), customers: unit.clone(), share, base }
    };
    let all = units(&part, None).par_iter().map(share).collect();
    Ok((all, figure.stated(&report.total), report.currency, report.warnings))
}

fn of_bridge(view: &View<'_>, question: &RetentionQuestion<'_>, line: LineName) -> Result<Found, FigureError> {
    let RetentionQuestion { window, definition, calendar, .. } = *question;
    let question = MovementsQuestion { window, every: None, definition, calendar, by: None };
    let report = movements(view, &question)?;
    let share = |(unit, bridge): (Vec<CustomerIx>, Bridge)| CustomerShare {
        id: ids(view, &unit),
        customers: unit,
        share: line.of(&bridge),
        base: None,
    };
    let all = by_unit(view, &question)?.into_iter().map(share).collect();
    let value = report.rows.iter().map(|row| line.of(row)).sum();
    Ok((all, Stated::Money(value), report.currency, report.warnings))
}

fn ids(view: &View<'_>, unit: &[CustomerIx]) -> String {
    unit.iter().map(|customer| view.customer_id(*customer)).collect::<Vec<_>>().join(",")
}

/// Shares that do not sum to the figure are never right, so they are never shown.
fn foots(value: &Stated, sum: i128, base: Option<i128>) -> bool {
    match value {
        Stated::Money(value) | Stated::Count(value) => *value == sum,
        Stated::Ratio(figure) => figure.as_ref().ok() == Ratio::of(sum, base.unwrap_or_default()).as_ref(),
    }
}
