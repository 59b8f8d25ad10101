//! What a deck calls its figures.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A figure of a deck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Net dollar retention, also NRR.
    Ndr,
    /// Gross dollar retention, also GRR.
    Gdr,
    /// Customers still active over customers at open.
    LogoRetention,
    /// MRR at a point.
    Mrr,
    /// Twelve times MRR.
    Arr,
    /// MRR of new logos in a window.
    New,
    /// More MRR of active customers in a window.
    Expansion,
    /// Less MRR of customers that stayed active.
    Contraction,
    /// MRR of customers that left.
    Churn,
    /// Active customers at a point.
    Customers,
}

/// What has to be evaluated for a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Family {
    /// The ratios over a window.
    Retention,
    /// The lines of the bridge over a window.
    Flow,
    /// What is at a point.
    Stock,
}

/// The text names no figure that can be reconciled.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no metric; write ndr, nrr, gdr, grr, mrr, arr, new, expansion, contraction, churn, customers or logo_retention"
)]
pub struct MetricError(String);

impl Metric {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ndr => "ndr",
            Self::Gdr => "gdr",
            Self::LogoRetention => "logo_retention",
            Self::Mrr => "mrr",
            Self::Arr => "arr",
            Self::New => "new",
            Self::Expansion => "expansion",
            Self::Contraction => "contraction",
            Self::Churn => "churn",
            Self::Customers => "customers",
        }
    }

    /// Whether it is a share of something.
    pub const fn is_ratio(self) -> bool {
        matches!(self.family(), Family::Retention)
    }

    /// Whether it needs a window, rather than a point.
    pub const fn needs_window(self) -> bool {
        !matches!(self.family(), Family::Stock)
    }

    /// Whether it is MRR that was lost.
    pub(super) const fn is_loss(self) -> bool {
        matches!(self, Self::Contraction | Self::Churn)
    }

    pub(super) const fn family(self) -> Family {
        match self {
            Self::Ndr | Self::Gdr | Self::LogoRetention => Family::Retention,
            Self::New | Self::Expansion | Self::Contraction | Self::Churn => Family::Flow,
            Self::Mrr | Self::Arr | Self::Customers => Family::Stock,
        }
    }
}

impl FromStr for Metric {
    type Err = MetricError;

    fn from_str(text: &str) -> Result<Self, MetricError> {
        match text.trim().to_ascii_lowercase().replace([' ', '-'], "_").as_str() {
            "ndr" | "nrr" => Ok(Self::Ndr),
            "gdr" | "grr" => Ok(Self::Gdr),
            "logo_retention" => Ok(Self::LogoRetention),
            "mrr" => Ok(Self::Mrr),
            "arr" => Ok(Self::Arr),
            "new" => Ok(Self::New),
            "expansion" => Ok(Self::Expansion),
            "contraction" => Ok(Self::Contraction),
            "churn" => Ok(Self::Churn),
            "customers" => Ok(Self::Customers),
            _ => Err(MetricError(text.chars().take(64).collect())),
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
