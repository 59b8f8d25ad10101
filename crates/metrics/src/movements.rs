//! The bridge from opening to closing MRR. It always foots, exactly.

mod rows;

use recount_ledger::Currency;
use recount_projection::{CustomerIx, View};

use crate::calendar::{Calendar, Every};
use crate::convert::{Exchange, Settled};
use crate::definition::{Definition, Grain};
use crate::error::FigureError;
use crate::rates::RateUsed;
use crate::warning::{self, Warning};
use crate::window::Window;
use rows::Rows;

/// One row of a bridge. Amounts are units of 1e-8 of the report's currency; losses are positive.
///
/// opening + new logo + reactivation + expansion - contraction - churn + fx + entering - leaving = closing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bridge {
    /// MRR at open.
    pub opening: i128,
    /// From 0 for the first time.
    pub new_logo: i128,
    /// From 0 again.
    pub reactivation: i128,
    /// Upwards.
    pub expansion: i128,
    /// Downwards, not to 0.
    pub contraction: i128,
    /// To 0.
    pub churn: i128,
    /// What rates alone changed.
    pub fx: i128,
    /// MRR of members that came from another segment; 0 without segments.
    pub entering: i128,
    /// MRR of members that went to another segment; 0 without segments.
    pub leaving: i128,
    /// MRR at close.
    pub closing: i128,
    /// The same in heads.
    pub customers: BridgeCounts,
}

/// A bridge in heads: how many members, and how many steps of each kind. With the customer grain, members are customers.
///
/// opening + new logo + reactivation - churn + entering - leaving = closing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BridgeCounts {
    /// Active at open.
    pub opening: u64,
    /// First times.
    pub new_logo: u64,
    /// Returns.
    pub reactivation: u64,
    /// Losses.
    pub churn: u64,
    /// Came from another segment while active.
    pub entering: u64,
    /// Went to another segment while active.
    pub leaving: u64,
    /// Active at close.
    pub closing: u64,
}

/// A question for movements.
#[derive(Clone, Copy, Debug)]
pub struct MovementsQuestion<'a> {
    /// Over which span.
    pub window: &'a Window,
    /// Cut into which parts; none for one row.
    pub every: Option<Every>,
    /// By which definition: its grain, gaps, exclusions and currency count.
    pub definition: &'a Definition,
    /// In which zone and fiscal year.
    pub calendar: &'a Calendar,
    /// By which attribute, too, read at each instant.
    pub by: Option<&'a str>,
}

/// The answer to a [`MovementsQuestion`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovementsReport {
    /// The window asked for.
    pub window: Window,
    /// The currency of all amounts; none where there are no amounts at all.
    pub currency: Option<Currency>,
    /// The rows' windows.
    pub parts: Vec<Window>,
    /// All members, a row per part.
    pub rows: Vec<Bridge>,
    /// The segments, where asked for, by value; customers without one come last. A row per part each.
    pub groups: Vec<(Option<String>, Vec<Bridge>)>,
    /// The rates that entered it, by pair, date and position.
    pub rates: Vec<RateUsed>,
    /// What to know before quoting it, by code.
    pub warnings: Vec<Warning>,
}

/// The bridge over a window.
pub fn movements(view: &View<'_>, question: &MovementsQuestion<'_>) -> Result<MovementsReport, FigureError> {
    let (mut report, settled) = unwarned(view, question)?;
    report.warnings.extend(warning::common(view, question.calendar));
    report.warnings.extend(warning::stale(&settled));
    report.warnings.extend(warning::incomplete(view, question.window));
    warning::sort(&mut report.warnings);
    Ok(report)
}

/// The bridge without its warnings, which take a look at every record; and what its amounts needed.
pub(crate) fn unwarned(
    view: &View<'_>,
    question: &MovementsQuestion<'_>,
) -> Result<(MovementsReport, Settled), FigureError> {
    let MovementsQuestion { window, every, definition, calendar, by } = *question;
    let parameters = &definition.parameters;
    if let (Some(_), Grain::Attribute(_)) = (by, &parameters.cohort.grain) {
        return Err(FigureError::GroupedMembers(parameters.cohort.grain.to_string()));
    }
    let parts = every.map_or_else(|| Ok(vec![window.clone()]), |every| window.clipped_parts(every, calendar))?;
    let exchange = Exchange::new(view, parameters.currency.report);
    let rows = Rows::new(view, question, &exchange, &parts)?;
    let sums = rows.run()?;
    let settled = exchange.settle(rows.needs(&sums), "a sum of the bridge")?;
    let (total, groups) = (sums.total(), rows.groups(&sums));
    let footing = total.iter().chain(groups.iter().flat_map(|(_, rows)| rows));
    if let Some(row) = footing.zip(parts.iter().cycle()).find_map(|(row, part)| (!row.foots()).then_some(part)) {
        return Err(FigureError::DoesNotFoot(row.name.clone()));
    }
    let (currency, rates) = (settled.currency, settled.rates.iter().copied().collect());
    let (window, warnings) = (window.clone(), Vec::new());
    Ok((MovementsReport { window, currency, parts, rows: total, groups, rates, warnings }, settled))
}

/// The bridge of each unit over the whole window; together they are the bridge of everyone.
pub(crate) fn by_unit(
    view: &View<'_>,
    question: &MovementsQuestion<'_>,
) -> Result<Vec<(Vec<CustomerIx>, Bridge)>, FigureError> {
    let question = MovementsQuestion { every: None, by: None, ..*question };
    let exchange = Exchange::new(view, question.definition.parameters.currency.report);
    Rows::new(view, &question, &exchange, std::slice::from_ref(question.window))?.by_unit()
}

impl Bridge {
    /// Whether it adds up, in money and in heads.
    pub fn foots(&self) -> bool {
        let heads = &self.customers;
        let up = heads.opening + heads.new_logo + heads.reactivation + heads.entering;
        self.footed() == Some(self.closing) && up == heads.churn + heads.leaving + heads.closing
    }

    fn footed(&self) -> Option<i128> {
        let gained = self.opening + self.new_logo + self.reactivation + self.expansion;
        (gained - self.contraction - self.churn + self.fx).checked_add(self.entering)?.checked_sub(self.leaving)
    }

    /// Adds another row; false where what entered or left is beyond exact sums, which amounts alone do not bound.
    fn add(&mut self, other: &Self) -> bool {
        self.opening += other.opening;
        self.new_logo += other.new_logo;
        self.reactivation += other.reactivation;
        self.expansion += other.expansion;
        self.contraction += other.contraction;
        self.churn += other.churn;
        self.fx += other.fx;
        self.closing += other.closing;
        self.customers.add(&other.customers);
        add_checked(&mut self.entering, other.entering) && add_checked(&mut self.leaving, other.leaving)
    }
}

fn add_checked(sum: &mut i128, amount: i128) -> bool {
    let added = sum.checked_add(amount);
    *sum = added.unwrap_or(*sum);
    added.is_some()
}

impl BridgeCounts {
    fn add(&mut self, other: &Self) {
        self.opening += other.opening;
        self.new_logo += other.new_logo;
        self.reactivation += other.reactivation;
        self.churn += other.churn;
        self.entering += other.entering;
        self.leaving += other.leaving;
        self.closing += other.closing;
    }
}

#[cfg(test)]
mod tests;
