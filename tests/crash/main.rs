//! Kill the process that writes, break its disk, look at what it asks of the system: nothing acknowledged lost, nothing
//! half there.

mod backup; // copies made while another process writes
mod child; // what the killed process does
mod disk; // disks that are full, limited or read-only
mod faults; // a fault at each call of the run, one by one
mod kill_loop; // kills it at random times, and checks what it left
mod order; // writes, syncs and renames in the order that docs/format.md has
mod processes; // two processes on one ledger
mod script; // a run of commands that is traced, and played with faults
mod steps; // what is written at which position, known to both
mod strace; // runs a process under strace and reads the trace
mod worker; // a process that uses the library as a server would
