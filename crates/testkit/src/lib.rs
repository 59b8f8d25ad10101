//! What tests need and nothing else may use: a second, naive implementation of what the figures mean, random ledgers
//! and questions to put to both, and event scripts short enough to read in a failing test.
//!
//! It depends on the types of `recount-ledger` alone and shares no logic with the projection or the metrics.

mod auditor;
mod calendar;
mod definition;
mod dice;
mod ratio;
mod script;
mod workload;

pub use auditor::{
    Auditor, Bridge, Counts, Cut, Group, Known, Lines, Ratios, Refusal, Retention, Segment, TopTen, Units,
};
pub use calendar::{Span, calendar_parts, months_later, point, trailing, whole_parts, window};
pub use definition::{Combine, Definition, Every, Grain, GrossMethod, NetMethod, RatesAt, ReadAt};
pub use dice::Dice;
pub use ratio::{decimal, half_even, money};
pub use script::{SOURCE, events, instant, records, records_in, script_of};
pub use workload::{Ask, Question, Workload, ZONES};
