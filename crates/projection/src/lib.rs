//! The replay: records to point-in-time MRR per customer, under any cut.
//!
//! A [`Projection`] is loaded or replayed once and answers every boundary and every cut without another replay: a [`View`]
//! is a projection under one cut. Pure: no clock, and no IO but that of the cache.

mod bookings;
mod cache;
mod claims;
mod column;
mod cut;
mod extension;
mod fact;
mod findings;
mod groups;
mod identities;
mod index;
mod lists;
mod money;
mod moves;
mod place;
mod projection;
mod registers;
mod rows;
mod spans;
mod strict;
mod strings;
mod transition;
mod undo;
mod view;

pub use cache::CacheError;
pub use cut::{Boundary, Cut};
pub use extension::Extension;
pub use fact::{Contradiction, ExtendError, Finding, FindingCode, FxQuote, Level, Listed, MergeCycle};
pub use index::{CustomerIx, SubscriptionIx, ValueIx};
pub use projection::Projection;
pub use registers::Registers;
pub use strict::Strict;
pub use transition::{Change, ChangeKind, Changes, Transition};
pub use view::{Attribute, Standing, View};
