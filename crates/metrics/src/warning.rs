//! What a reader should know before quoting a figure.

use std::fmt;

/// A warning beside a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What kind.
    pub code: WarningCode,
    /// In full, with figures.
    pub message: String,
    /// How many (customers, records, days, ...); what is counted stands in the message.
    pub count: u64,
}

/// The kinds of [`Warning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WarningCode {
    /// A cohort of less than 50 customers.
    FewCustomers,
    /// Less than six months from the first movement to the close.
    ShortHistory,
    /// Admitted records whose claim fails.
    Contradictions,
    /// A blended figure over a segment below 90 %.
    HiddenSegment,
    /// A rate older than 7 days.
    StaleRate,
    /// `known_at` admits records that were recorded later.
    UnsealedKnowledge,
    /// The window closes after the newest admitted booking.
    WindowIncomplete,
    /// Bare dates in scope began in another zone.
    ZoneDiffers,
}

impl WarningCode {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FewCustomers => "few_customers",
            Self::ShortHistory => "short_history",
            Self::Contradictions => "contradictions",
            Self::HiddenSegment => "hidden_segment",
            Self::StaleRate => "stale_rate",
            Self::UnsealedKnowledge => "unsealed_knowledge",
            Self::WindowIncomplete => "window_incomplete",
            Self::ZoneDiffers => "zone_differs",
        }
    }
}

impl fmt::Display for WarningCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
