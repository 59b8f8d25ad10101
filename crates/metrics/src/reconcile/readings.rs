//! What people read from the same figures: a line for another, a year for a month.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

use super::cause::{Cause, CauseKind};
use super::metric::Metric;
use super::setting::{Quantity, Values};

/// Months of a year.
const MONTHS: u32 = 12;

/// What a metric is by these values; none where it does not exist.
pub(super) fn plain(metric: Metric, values: &Values) -> Option<BigRational> {
    let value = values.get(&Quantity::of(metric))?;
    Some(if metric == Metric::Arr { value * months() } else { value.clone() })
}

/// What else may have been printed under its name.
pub(super) fn others(metric: Metric, values: &Values) -> Vec<(Cause, BigRational)> {
    let of = |quantity| values.get(&quantity).cloned();
    let other =
        |text: &str, value: Option<BigRational>| value.map(|value| (Cause::new(CauseKind::OtherFigure, text), value));
    let sum = |one, two| Some(of(one)? + of(two)?);
    let left = |quantity| Some(BigRational::one() - of(quantity)?);
    let year =
        |text: &str, value: Option<BigRational>| value.map(|value| (Cause::new(CauseKind::Annualised, text), value));
    let yearly = |text: &str| year(text, plain(metric, values).map(|value| value * months()));
    let found = match metric {
        Metric::Ndr => vec![
            other("as GDR, printed as NDR", of(Quantity::Gdr)),
            other("as logo retention, printed as NDR", of(Quantity::Logos)),
            other("as net revenue churn, printed as NDR", left(Quantity::Ndr)),
        ],
        Metric::Gdr => vec![
            other("as NDR, printed as GDR", of(Quantity::Ndr)),
            other("as logo retention, printed as GDR", of(Quantity::Logos)),
            other("as revenue churn, printed as GDR", left(Quantity::Gdr)),
        ],
        Metric::LogoRetention => vec![
            other("as customer churn, printed as logo retention", left(Quantity::Logos)),
            other("as GDR, printed as logo retention", of(Quantity::Gdr)),
            other("as NDR, printed as logo retention", of(Quantity::Ndr)),
        ],
        Metric::Mrr => vec![yearly("as ARR, printed as MRR")],
        Metric::Arr => vec![year("as MRR, printed as ARR", of(Quantity::Mrr))],
        Metric::New => vec![
            other("with reactivations counted as new", sum(Quantity::New, Quantity::Reactivation)),
            yearly("as a year of it: twelve times the MRR"),
        ],
        Metric::Expansion => vec![
            other("with reactivations counted as expansion", sum(Quantity::Expansion, Quantity::Reactivation)),
            yearly("as a year of it: twelve times the MRR"),
        ],
        Metric::Churn => vec![
            other("with contraction counted as churn", sum(Quantity::Churn, Quantity::Contraction)),
            yearly("as a year of it: twelve times the MRR"),
        ],
        Metric::Contraction => vec![
            other("with churn counted as contraction", sum(Quantity::Churn, Quantity::Contraction)),
            yearly("as a year of it: twelve times the MRR"),
        ],
        Metric::Customers => Vec::new(),
    };
    found.into_iter().flatten().collect()
}

fn months() -> BigRational {
    BigRational::from_integer(BigInt::from(MONTHS))
}
