//! Why a question has no answer.

use recount_ledger::{Currency, Instant};
use recount_projection::View;
use thiserror::Error;

use crate::window::WindowError;

/// Why a figure cannot be given. Every one of them is the asker's to solve; none is a fault of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FigureError {
    /// A window that cannot be cut as asked.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// No exchange rate, direct or crossed.
    #[error(
        "there is no exchange rate between {from} and {to} before {at}; record one (kind fx_rate), or choose another currency or policy of rates"
    )]
    NoRate {
        /// The currency of amounts.
        from: Currency,
        /// The currency of the report.
        to: Currency,
        /// The boundary before which a rate was needed.
        at: Instant,
    },
    /// Amounts of several currencies and no word on which to report in.
    #[error("the amounts in scope are in {}; say which currency to report in, with --currency or currency.report", listed(.0))]
    SeveralCurrencies(Vec<Currency>),
    /// A sum left the range of exact amounts.
    #[error(
        "{0} is beyond the sums that Recount holds exactly (about 10^30); check the amounts and rates that enter it"
    )]
    Overflow(&'static str),
    /// A bridge that does not add up: never right, so never shown.
    #[error("the bridge of {0} does not foot, which is a fault of Recount; please report it with the command you ran")]
    DoesNotFoot(String),
    /// `parent` leads in a circle.
    #[error("the attribute parent leads in a circle: {}; void one of these, or set another parent", .0.join(" -> "))]
    ParentCycle(Vec<String>),
    /// Nobody was ever named so.
    #[error("no customer {0:?} is on record under this cut")]
    UnknownCustomer(String),
    /// No record ever set this attribute.
    #[error("no record sets the attribute {name:?}; {}", known_attributes(.known))]
    UnknownAttribute {
        /// As asked.
        name: String,
        /// Those that are set.
        known: Vec<String>,
    },
    /// A ratio that is no sum over customers.
    #[error(
        "the {0} of a combined window is made of the ratios of its parts, so customers have no shares of it; explain one part as a window of its own, or a line such as expansion"
    )]
    NoShares(&'static str),
    /// A bridge by an attribute over members that are not within one customer.
    #[error(
        "movements by an attribute need members within one customer, not cohort.grain = {0:?}; use customer or subscription"
    )]
    GroupedMembers(String),
}

impl FigureError {
    pub(crate) fn unknown_attribute(view: &View<'_>, name: &str) -> Self {
        let known = view.attribute_names().map(str::to_owned).collect();
        Self::UnknownAttribute { name: name.to_owned(), known }
    }
}

fn listed(currencies: &[Currency]) -> String {
    currencies.iter().map(Currency::code).collect::<Vec<_>>().join(", ")
}

fn known_attributes(known: &[String]) -> String {
    if known.is_empty() { "none is set at all".to_owned() } else { format!("those set are {}", known.join(", ")) }
}
