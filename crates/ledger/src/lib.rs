//! The record: an append-only ledger of subscription events.
//!
//! This crate holds what was said, when, by whom, and proves that nobody touched it. It knows ids and what voids what;
//! it does not know what the events mean for MRR (that is `recount-projection`).
//!
//! A [`Writer`] is the one writer of a folder, an [`Appender`] gives it to many tasks, a [`Reader`] reads beside both,
//! [`verify`] re-reads everything. A backfill:
//!
//! ```
//! use recount_ledger::{Appender, Expected, Ledger, Options, Settings, Writer};
//! use recount_ledger::{Body, Claim, Denomination, Event, Movement};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let home = tempfile::tempdir()?;
//! # let dir = home.path().join("ledger");
//! Ledger::create(&dir, Settings { zone: "Europe/Berlin".parse()?, currency: None })?;
//! let ledger = Appender::start(Writer::open(&dir, Options::default())?);
//!
//! let won = Movement {
//!     claim: Claim::NewLogo,
//!     customer: "acme".to_owned(),
//!     subscription: None,
//!     effective_at: "2025-01-01T00:00:00Z".parse::<recount_ledger::Instant>()?.into(),
//!     mrr: Some("49.90".parse()?),
//!     mrr_before: None,
//!     currency: Some(Denomination::given("EUR".parse()?)),
//!     plan: None,
//!     quantity: None,
//!     attributes: vec![("region".to_owned(), "EU".to_owned())],
//!     replaces: None,
//! };
//! let event = Event::new(Body::Movement(won)).keyed("billing", "evt_1").by("backfill 1.0");
//!
//! // Durable when it returns; a batch is recorded whole, and only if the ledger has the size that was expected.
//! let outcomes = ledger.append(vec![event], Expected::Size(0)).await?;
//! assert_eq!((outcomes[0].position.0, outcomes[0].duplicate), (0, false));
//!
//! for chunk in ledger.read(0..1)? {
//!     chunk?.records().for_each(|record| println!("{} {}", record.position, record.event.body.kind()));
//! }
//! let news = ledger.subscribe(0).next().await.expect("a record is there")?;
//! assert_eq!(news.len(), 1);
//! ledger.close().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The rooms: `codec` (bytes), `merkle` (the tree), `checkpoint` (signed heads), `identity` (which ids are recorded), `tail`, `stage` and `store`
//! (what lies on disk), `writer` and `appender` (who appends), `reader` and `verify`. `docs/format.md` has the bytes.

mod admission;
mod amount;
mod appender;
pub mod checkpoint;
mod chunk;
pub mod codec;
mod copy;
mod currency;
mod differ;
mod error;
mod event;
mod given;
mod header;
mod id;
pub mod identity;
mod instant;
mod ledger;
mod links;
mod lock;
mod map;
mod medium;
mod mended;
pub mod merkle;
mod namer;
#[doc(hidden)]
pub mod probe;
mod prover;
mod rate;
mod read_ahead;
mod reader;
mod record;
mod salvage;
mod shelf;
#[cfg(test)]
mod simulation;
mod stage;
mod store;
mod survey;
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
pub use copy::{Copy, CopyStep};
pub use currency::{Currency, CurrencyError};
pub use error::{
    AppendError, CopyError, CreateError, Damage, DiskError, InUse, OpenError, ReadError, Refusal, Rejection,
    SalvageError, StageError,
};
pub use event::{
    Body, Claim, Close, Definition, Denomination, Event, FxRate, Import, Merge, Moment, Movement, OneTime, Origin,
    Profile, Replaced, Void,
};
pub use header::{FORMAT_VERSION, Header};
pub use id::{DEFAULT_SOURCE, EventId, Key, Namespace, Position};
pub use instant::{Instant, InstantError};
pub use ledger::{Ledger, Settings};
pub use mended::take_mended;
pub use namer::Namer;
pub use prover::Prover;
pub use rate::{Rate, RateError};
pub use read_ahead::ReadAhead;
pub use reader::{Reader, Records};
pub use record::Recorded;
pub use salvage::{Salvaged, salvage};
pub use stage::{Published, RejectedRow, Stage, StageOutcome, Staged};
pub use survey::{Intact, Voucher};
pub use validate::{ATTRIBUTES_MAX, DOCUMENT_BYTES_MAX, InvalidEvent, TEXT_BYTES_MAX};
pub use verify::{Report, verify};
pub use writer::{Clock, Expected, Options, Outcome, Writer};
pub use zone::{Zone, ZoneError};
