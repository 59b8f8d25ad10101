//! The identity index: from an event id to the positions that may hold it.
