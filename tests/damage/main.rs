//! Damage is found and named, never silent: every file of a ledger lost, cut, exchanged or with a bit flipped.

mod books; // small ledgers with every kind of file, and what is asked of them
mod cells; // what became of a ledger: damage, rebuilt, cleared, harmless
mod edited; // files changed on purpose, their checksums right
mod flips; // every k-th bit of every file
mod matrix; // the table: each file, each hazard
mod sources; // what the cells are made of
mod through_binary; // what a person is told
