//! What each customer adds to a figure.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use recount_projection::{CustomerIx, View};

use super::Segment;
use super::metric::{Family, Metric};
use super::setting::{Quantity, Setting, amount};
use crate::convert::Exchange;
use crate::definition::{Combine, Grain, Gross, GrossMethod, Net, NetMethod, WindowRules};
use crate::retention::{Part, RetentionQuestion};
use crate::tally::{Job, Pair, Tally};

/// One customer's part of a figure: of its numerator and denominator, in units of 1e-8 or heads. An amount has no
/// denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) customer: CustomerIx,
    pub(super) pair: Pair,
}

/// A figure as the sum of shares.
#[derive(Debug)]
pub(super) struct Shares {
    pub(super) metric: Metric,
    pub(super) all: Vec<Share>,
    total: Pair,
}

impl Shares {
    /// Everyone's share; none where a figure is no sum of them: members of several customers, or combined windows.
    pub(super) fn of(view: &View<'_>, setting: &Setting, metric: Metric, segment: Option<&Segment>) -> Option<Self> {
        let rules = &setting.definition.parameters;
        let tellable = !matches!(rules.cohort.grain, Grain::Attribute(_)) && rules.window.combine == Combine::Whole;
        let mut all = match metric.family() {
            Family::Stock => stock(view, setting, metric)?,
            _ if !tellable => return None,
            Family::Retention => {
                let quantity = Quantity::of(metric);
                by_units(view, setting, |job, tally| match quantity {
                    Quantity::Ndr => job.net(tally),
                    Quantity::Gdr => job.gross(tally),
                    _ => job.logos(tally),
                })?
            }
            Family::Flow => {
                let mut walked = setting.clone();
                let parameters = &mut walked.definition.parameters;
                parameters.net = Net { method: NetMethod::AllMovements, ..Net::default() };
                parameters.gross = Gross { method: GrossMethod::AllMovements, ..Gross::default() };
                parameters.window = WindowRules::default();
                by_units(view, &walked, |_, tally| {
                    let lines = &tally.whole.lines;
                    let line = match metric {
                        Metric::New => lines.new_logo,
                        Metric::Expansion => lines.expansion,
                        Metric::Contraction => lines.contraction,
                        _ => lines.churn,
                    };
                    Pair(line, 0)
                })?
            }
        };
        if let Some(segment) = segment {
            let attribute = view.attribute(&segment.attribute)?;
            let span = setting.window.as_ref().map(crate::window::Window::span);
            let at = match (metric.family(), span) {
                (Family::Stock, _) | (_, None) => Some(setting.at),
                (_, Some(span)) => rules.cohort.attributes_at(span),
            };
            let inside =
                |customer| attribute.value_at(customer, at).is_some_and(|it| attribute.text(it) == segment.value);
            all.retain(|share| inside(share.customer));
        }
        let total = all.iter().fold(Pair::default(), |sum, share| sum.plus(share.pair));
        Some(Self { metric, all, total })
    }

    /// The figure by other sums; none over zero.
    pub(super) fn value(&self, pair: Pair) -> Option<BigRational> {
        match self.metric.family() {
            Family::Retention if pair.1.is_zero() => None,
            Family::Retention => Some(BigRational::new(pair.0.into(), pair.1.into())),
            _ if self.metric == Metric::Customers => Some(BigRational::from_integer(pair.0.into())),
            _ if self.metric == Metric::Arr => Some(amount(pair.0) * BigInt::from(12)),
            _ => Some(amount(pair.0)),
        }
    }

    /// The figure without one customer, and with it counted twice.
    pub(super) fn singled(&self, share: &Share) -> [Option<BigRational>; 2] {
        [self.value(self.total.minus(share.pair)), self.value(self.total.plus(share.pair))]
    }

    /// The sums of everyone.
    pub(super) const fn total(&self) -> Pair {
        self.total
    }
}

fn stock(view: &View<'_>, setting: &Setting, metric: Metric) -> Option<Vec<Share>> {
    let paying = setting.paying(view).ok()?;
    let heads = metric == Metric::Customers;
    let share = |(customer, mrr)| Share { customer, pair: Pair(if heads { 1 } else { mrr }, 0) };
    Some(paying.into_iter().map(share).collect())
}

fn by_units(view: &View<'_>, setting: &Setting, pair: impl Fn(&Job<'_>, &Tally) -> Pair + Sync) -> Option<Vec<Share>> {
    let Setting { definition, calendar, .. } = setting;
    let window = setting.window.as_ref()?;
    let question = RetentionQuestion { window, definition, calendar, by: None };
    let exchange = Exchange::new(view, definition.parameters.currency.report);
    let part = Part::new(view, &question, &exchange, window).ok()?;
    let customers: Vec<_> = view.customers().filter(|customer| !part.job.scope.is_excluded(*customer)).collect();
    let share = |customer| {
        let pair = pair(&part.job, &part.job.of_unit(&[customer]));
        (pair != Pair::default()).then_some(Share { customer, pair })
    };
    Some(customers.into_par_iter().filter_map(share).collect())
}
