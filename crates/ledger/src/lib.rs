//! The record: an append-only ledger of subscription events.
//!
//! This crate holds what was said, when, by whom, and proves that nobody touched it. It knows ids and what voids what;
//! it does not know what the events mean for MRR (that is `recount-projection`).

mod amount;
mod currency;
mod event;
mod given;
mod id;
mod instant;
mod rate;
mod record;
mod validate;
mod zone;

pub use amount::{Amount, AmountError, UNITS_PER_ONE, units_text};
pub use currency::{Currency, CurrencyError};
pub use event::{
    Body, Claim, Close, Definition, Denomination, Event, FxRate, Import, Merge, Moment, Movement, OneTime, Origin,
    Profile, Replaced, Void,
};
pub use id::{DEFAULT_SOURCE, EventId, Key, Namespace, Position};
pub use instant::{Instant, InstantError};
pub use rate::{Rate, RateError};
pub use record::Recorded;
pub use validate::{ATTRIBUTES_MAX, DOCUMENT_BYTES_MAX, InvalidEvent, TEXT_BYTES_MAX};
pub use zone::{Zone, ZoneError};
