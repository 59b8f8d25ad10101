//! The kinds of change that a restatement tells apart.

use recount_projection::{Boundary, ChangeKind};

/// Why a figure changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// A movement that had taken effect before the first cut and was not known then.
    LateBooking,
    /// A movement that took effect only after the first cut: the window was not over.
    NewBooking,
    /// A record that replaces another.
    Correction,
    /// A record that takes another back.
    Void,
    /// A profile or a merge.
    CustomerData,
    /// An exchange rate, or a void of one.
    Rate,
    /// Another zone or fiscal year.
    Calendar,
    /// Another policy of rates.
    Currency,
    /// Any other parameter of the definition.
    Definition,
}

impl Category {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::LateBooking,
        Self::NewBooking,
        Self::Correction,
        Self::Void,
        Self::CustomerData,
        Self::Rate,
        Self::Calendar,
        Self::Currency,
        Self::Definition,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LateBooking => "late_booking",
            Self::NewBooking => "new_booking",
            Self::Correction => "correction",
            Self::Void => "void",
            Self::CustomerData => "customer_data",
            Self::Rate => "rate",
            Self::Calendar => "calendar",
            Self::Currency => "currency",
            Self::Definition => "definition",
        }
    }

    /// Why it happened, in a sentence's words.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::LateBooking => "booked late: in force before the first cut, unknown then",
            Self::NewBooking => "took effect after the first cut",
            Self::Correction => "a record was replaced by its correction",
            Self::Void => "a record was taken back",
            Self::CustomerData => "attributes or merges of customers became known",
            Self::Rate => "exchange rates on record changed",
            Self::Calendar => "another zone or fiscal year",
            Self::Currency => "another policy of exchange rates",
            Self::Definition => "another definition",
        }
    }

    pub(super) fn of(kind: ChangeKind, since: Option<Boundary>) -> Self {
        match kind {
            ChangeKind::Replacement { .. } => Self::Correction,
            ChangeKind::Void { .. } => Self::Void,
            ChangeKind::Movement { effective_at } if since.is_none_or(|since| effective_at >= since.0) => {
                Self::NewBooking
            }
            ChangeKind::Movement { .. } => Self::LateBooking,
            ChangeKind::Profile { .. } | ChangeKind::Merge => Self::CustomerData,
            ChangeKind::Rate { .. } => Self::Rate,
        }
    }
}
