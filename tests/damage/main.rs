//! Damage is found and named, never silent: every file of a ledger lost, cut, exchanged or with a bit flipped.

mod books; // small ledgers with every kind of file, and what is asked of them
mod flips; // every k-th bit of every file
mod through_binary; // what a person is told
