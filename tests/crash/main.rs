//! Kill the process that writes, open again, look: nothing acknowledged lost, nothing half there.

mod child; // what the killed process does
mod kill_loop; // kills it at random times, and checks what it left
mod steps; // what is written at which position, known to both
