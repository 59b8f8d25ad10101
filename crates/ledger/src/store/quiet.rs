//! Panics of sled, caught without a word on stderr: they become errors that say more than the panic does.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::thread;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Threads of sled's own, by their names.
const THREADS: &str = "sled-";

/// What the work returns, or what it panicked with.
pub fn caught<T>(work: impl FnOnce() -> T) -> thread::Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = take_hook();
        set_hook(Box::new(move |panic| {
            let of_sled = thread::current().name().is_some_and(|name| name.starts_with(THREADS));
            if !QUIET.get() && !of_sled {
                others(panic);
            }
        }));
    });
    let before = QUIET.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(before);
    result
}
