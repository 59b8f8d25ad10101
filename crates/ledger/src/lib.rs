//! The record: an append-only ledger of subscription events.
//!
//! This crate holds what was said, when, by whom, and proves that nobody touched it. It knows ids and what voids what;
//! it does not know what the events mean for MRR (that is `recount-projection`).

mod admission;
mod amount;
mod appender;
mod chunk;
pub mod codec;
mod currency;
mod differ;
mod disk;
mod error;
mod event;
mod given;
mod header;
mod id;
pub mod identity;
mod instant;
mod ledger;
mod lock;
mod map;
pub mod merkle;
mod rate;
mod reader;
mod record;
mod shelf;
mod stage;
mod store;
mod tail;
#[cfg(test)]
mod testing;
mod tree;
mod validate;
mod verify;
mod writer;
mod zone;

pub use admission::Admission;
pub use amount::{Amount, AmountError, UNITS_PER_ONE, units_text};
pub use appender::{Appender, Subscription};
pub use chunk::Chunk;
pub use currency::{Currency, CurrencyError};
pub use error::{
    AppendError, CreateError, Damage, DiskError, InUse, OpenError, ReadError, Refusal, Rejection, StageError,
};
pub use event::{
    Body, Claim, Close, Definition, Denomination, Event, FxRate, Import, Merge, Moment, Movement, OneTime, Origin,
    Profile, Replaced, Void,
};
pub use header::{FORMAT_VERSION, Header};
pub use id::{DEFAULT_SOURCE, EventId, Key, Namespace, Position};
pub use instant::{Instant, InstantError};
pub use ledger::{Ledger, Settings};
pub use rate::{Rate, RateError};
pub use reader::{Reader, Records};
pub use record::Recorded;
pub use stage::{Published, RejectedRow, Stage, StageOutcome, Staged};
pub use validate::{ATTRIBUTES_MAX, DOCUMENT_BYTES_MAX, InvalidEvent, TEXT_BYTES_MAX};
pub use verify::{Report, verify};
pub use writer::{Clock, Expected, Options, Outcome, Writer};
pub use zone::{Zone, ZoneError};
