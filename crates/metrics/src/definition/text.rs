//! Values of a definition that are written as a word and a name: `attribute:parent`, `constant:2025-06-30`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::window::Point;

/// What the members of a cohort are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Grain {
    /// Customers.
    #[default]
    Customer,
    /// Subscriptions.
    Subscription,
    /// Customers that share a value of this attribute are one member.
    Attribute(String),
}

/// Which exchange rates count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rates {
    /// Both ends at the rates in force at the whole window's open.
    #[default]
    ConstantOpen,
    /// Both ends at the rates in force at the whole window's close.
    ConstantClose,
    /// Both ends at the rates in force at one point.
    Constant(Point),
    /// Each end, of each part, at its own.
    Spot,
}

impl fmt::Display for Grain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer => f.write_str("customer"),
            Self::Subscription => f.write_str("subscription"),
            Self::Attribute(name) => write!(f, "attribute:{name}"),
        }
    }
}

impl FromStr for Grain {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("attribute:")) {
            ("customer", _) => Ok(Self::Customer),
            ("subscription", _) => Ok(Self::Subscription),
            (_, Some(name)) if !name.is_empty() => Ok(Self::Attribute(name.to_owned())),
            _ => Err(format!("{text:?} is not a grain; write customer, subscription or attribute:NAME")),
        }
    }
}

/// The text is not a policy of rates.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not a policy of rates; write constant-open, constant-close, constant:2025-06-30 or spot")]
pub struct RatesError(String);

impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConstantOpen => f.write_str("constant-open"),
            Self::ConstantClose => f.write_str("constant-close"),
            Self::Constant(point) => write!(f, "constant:{point}"),
            Self::Spot => f.write_str("spot"),
        }
    }
}

impl FromStr for Rates {
    type Err = RatesError;

    fn from_str(text: &str) -> Result<Self, RatesError> {
        let refuse = || RatesError(text.chars().take(48).collect());
        match (text, text.strip_prefix("constant:")) {
            ("constant-open", _) => Ok(Self::ConstantOpen),
            ("constant-close", _) => Ok(Self::ConstantClose),
            ("spot", _) => Ok(Self::Spot),
            (_, Some(point)) => Point::parse(point).map(Self::Constant).map_err(|_| refuse()),
            _ => Err(refuse()),
        }
    }
}
