//! What a change did to the figures: to the ratios, exactly, and to the lines of the bridge.

use super::scale::Scale;
use super::sums::Sums;
use crate::ratio::{Figure, Ratio};
use crate::retention::Retention;

/// By how much figures changed. Amounts are units of 1e-8 of the report's currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Of NDR; none where it does not exist at one of the ends.
    pub ndr: Option<Ratio>,
    /// Of GDR.
    pub gdr: Option<Ratio>,
    /// Of logo retention.
    pub logo_retention: Option<Ratio>,
    /// Of MRR at open.
    pub opening: i128,
    /// Of expansion.
    pub expansion: i128,
    /// Of contraction.
    pub contraction: i128,
    /// Of churn.
    pub churn: i128,
    /// Of reactivation.
    pub reactivation: i128,
    /// Of what rates alone changed.
    pub fx: i128,
    /// Of MRR at close.
    pub closing: i128,
    /// Of the customers of the cohort.
    pub customers: i64,
    /// Of those, still active at close.
    pub customers_closing: i64,
    /// Of the members of the cohort.
    pub members: i64,
}

impl Effect {
    /// The lines' part of it.
    pub(super) fn of_sums(by: &Sums) -> Self {
        Self {
            opening: by.opening,
            expansion: by.lines.expansion,
            contraction: by.lines.contraction,
            churn: by.lines.churn,
            reactivation: by.lines.reactivation,
            fx: by.fx,
            closing: by.closing,
            customers: by.customers,
            customers_closing: by.customers_closing,
            members: by.members,
            ..Self::default()
        }
    }

    /// What other rules did to the same records.
    pub(super) fn of_rules((was, before): (&Scale, &Sums), (is, after): (&Scale, &Sums)) -> Self {
        let ratio = |kind| Some(is.after(kind)?.minus(was.after(kind)?));
        // The parts of a window may be others, so its sums are not compared by part.
        let lines = |sums: &Sums| Sums { pairs: Vec::new(), ..sums.clone() };
        let by = lines(after).less(&lines(before));
        Self { ndr: ratio(0), gdr: ratio(1), logo_retention: ratio(2), ..Self::of_sums(&by) }
    }

    /// From one retention to another.
    pub(super) fn between(was: &Retention, is: &Retention) -> Self {
        let ratio = |was: &Figure, is: &Figure| Some(is.as_ref().ok()?.minus(was.as_ref().ok()?));
        let heads = |was: u64, is: u64| is as i64 - was as i64;
        Self {
            ndr: ratio(&was.ndr, &is.ndr),
            gdr: ratio(&was.gdr, &is.gdr),
            logo_retention: ratio(&was.logo_retention, &is.logo_retention),
            opening: is.opening - was.opening,
            expansion: is.expansion - was.expansion,
            contraction: is.contraction - was.contraction,
            churn: is.churn - was.churn,
            reactivation: is.reactivation - was.reactivation,
            fx: is.fx - was.fx,
            closing: is.closing - was.closing,
            customers: heads(was.customers, is.customers),
            customers_closing: heads(was.customers_closing, is.customers_closing),
            members: heads(was.members, is.members),
        }
    }

    /// The sum. A ratio that does not exist adds nothing.
    pub fn plus(&self, other: &Self) -> Self {
        let ratio = |left: &Option<Ratio>, right: &Option<Ratio>| match (left, right) {
            (Some(left), Some(right)) => Some(left.plus(right)),
            (one, other) => one.as_ref().or(other.as_ref()).cloned(),
        };
        Self {
            ndr: ratio(&self.ndr, &other.ndr),
            gdr: ratio(&self.gdr, &other.gdr),
            logo_retention: ratio(&self.logo_retention, &other.logo_retention),
            opening: self.opening + other.opening,
            expansion: self.expansion + other.expansion,
            contraction: self.contraction + other.contraction,
            churn: self.churn + other.churn,
            reactivation: self.reactivation + other.reactivation,
            fx: self.fx + other.fx,
            closing: self.closing + other.closing,
            customers: self.customers + other.customers,
            customers_closing: self.customers_closing + other.customers_closing,
            members: self.members + other.members,
        }
    }

    /// Whether nothing changed.
    pub fn is_nothing(&self) -> bool {
        self.fits(&Self::default()) && self.ratios().into_iter().flatten().all(|ratio| *ratio == Ratio::zero())
    }

    /// Whether it is the same as a whole; a ratio that the whole does not have is not compared.
    pub(super) fn fits(&self, whole: &Self) -> bool {
        let same = |own: &Option<Ratio>, whole: &Option<Ratio>| {
            whole.as_ref().is_none_or(|whole| own.as_ref().unwrap_or(&Ratio::zero()) == whole)
        };
        let lines = |of: &Self| Self { ndr: None, gdr: None, logo_retention: None, ..of.clone() };
        self.ratios().into_iter().zip(whole.ratios()).all(|(own, whole)| same(own, whole))
            && lines(self) == lines(whole)
    }

    /// The largest change of any line, without its sign.
    pub fn largest_line(&self) -> i128 {
        let lines =
            [self.opening, self.expansion, self.contraction, self.churn, self.reactivation, self.fx, self.closing];
        lines.into_iter().map(i128::abs).max().unwrap_or_default()
    }

    fn ratios(&self) -> [&Option<Ratio>; 3] {
        [&self.ndr, &self.gdr, &self.logo_retention]
    }

    pub(super) fn ratios_mut(&mut self) -> [&mut Option<Ratio>; 3] {
        [&mut self.ndr, &mut self.gdr, &mut self.logo_retention]
    }

    /// Its ratio of a kind: net, gross, logos.
    pub(super) fn ratio(&self, kind: usize) -> Option<&Ratio> {
        self.ratios()[kind].as_ref()
    }
}
