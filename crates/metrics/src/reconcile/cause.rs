//! What may have been done otherwise than the deck says, and how likely that is before looking.

/// The kinds of cause, the likeliest first. Their order and weights are a judgement: what people do often and without
/// noticing stands before what they rarely do, and what has few values before what has many, of which some would fit by
/// accident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CauseKind {
    /// The figure of a close.
    Close,
    /// ARR printed as MRR, or the other way round.
    Annualised,
    /// A definition that the ledger holds.
    Definition,
    /// A preset.
    Preset,
    /// What was booked before a day.
    Known,
    /// What the ledger held on a day.
    Recorded,
    /// Another policy of rates.
    Rates,
    /// A window or point that is some months off.
    Shifted,
    /// Fiscal years for calendar years, or of another start.
    Fiscal,
    /// A first or last day in or out.
    Ends,
    /// One-time charges counted in.
    Charges,
    /// Gross for net, logos for dollars, a rate of churn for retention, or other lines.
    OtherFigure,
    /// A window of another length with the same end.
    Length,
    /// One parameter of the definition.
    Parameter,
    /// Another zone.
    Zone,
    /// Another report currency.
    Currency,
    /// The customers of one value of an attribute left out.
    Excluded,
    /// Digits cut off instead of rounded.
    CutOff,
    /// One customer left out.
    LeftOut,
    /// One customer counted twice.
    Twice,
}

impl CauseKind {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Annualised => "annualised",
            Self::Definition => "definition",
            Self::Preset => "preset",
            Self::Known => "known_at",
            Self::Recorded => "ledger_at",
            Self::Rates => "rates",
            Self::Shifted => "shifted_window",
            Self::Fiscal => "fiscal_year",
            Self::Ends => "window_ends",
            Self::Charges => "one_time_charges",
            Self::OtherFigure => "other_figure",
            Self::Length => "window_length",
            Self::Parameter => "parameter",
            Self::Zone => "zone",
            Self::Currency => "currency",
            Self::Excluded => "excluded",
            Self::CutOff => "cut_off",
            Self::LeftOut => "customer_left_out",
            Self::Twice => "customer_twice",
        }
    }

    /// Its weight: the smaller, the likelier. Ten make about one doubling.
    pub(super) const fn weight(self) -> u32 {
        match self {
            Self::Close | Self::Annualised => 20,
            Self::Definition => 25,
            Self::Preset => 30,
            Self::Known => 35,
            Self::Recorded | Self::Rates | Self::Shifted | Self::Fiscal => 40,
            Self::Ends | Self::Charges | Self::OtherFigure | Self::Length => 45,
            Self::Parameter | Self::Zone | Self::Currency => 50,
            Self::Excluded => 55,
            Self::CutOff => 65,
            Self::LeftOut => 70,
            Self::Twice => 75,
        }
    }
}

/// One thing that was done otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What kind of thing.
    pub kind: CauseKind,
    /// What exactly, in words that end the sentence "it fits ...".
    pub text: String,
    /// Its place among those of its kind, the likeliest first.
    pub(super) place: u32,
}

impl Cause {
    pub(super) fn new(kind: CauseKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), place: 0 }
    }

    /// The same at a place among those of its kind.
    pub(super) fn at(self, place: usize) -> Self {
        Self { place: u32::try_from(place).unwrap_or(u32::MAX).min(20), ..self }
    }

    pub(super) fn weight(&self) -> u32 {
        self.kind.weight() + self.place
    }
}
