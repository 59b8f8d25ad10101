//! What can happen to each file, one at a time, and what is said of it.
