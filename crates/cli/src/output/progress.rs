//! Progress bars on a terminal's stderr; nothing anywhere else.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Output;
use super::plain::visible;

const ONE_MORE_LOOK: Duration = Duration::from_millis(100);
const BYTES: &str = "{msg} {bar:30} {bytes}/{total_bytes} · {bytes_per_sec} · {eta} left";
const BYTES_WITHOUT_END: &str = "{spinner} {msg} {bytes} · {bytes_per_sec}";
const RECORDS: &str = "{msg} {bar:30} {human_pos}/{human_len} records · {per_sec} · {eta} left";

/// A progress bar, or nothing where none is wanted. Gone when dropped.
pub struct Bar(Option<ProgressBar>);

impl Bar {
    /// A bar over so many records.
    pub fn records(out: &Output, doing: &'static str, total: u64) -> Self {
        Self::new(out, doing, Some(total), RECORDS)
    }

    /// A bar over bytes, whose total may be unknown.
    pub fn bytes(out: &Output, doing: &str, total: Option<u64>) -> Self {
        Self::new(out, doing, total, if total.is_some() { BYTES } else { BYTES_WITHOUT_END })
    }

    fn new(out: &Output, doing: &str, total: Option<u64>, template: &str) -> Self {
        if !out.shows_progress() {
            return Self(None);
        }
        let style = ProgressStyle::with_template(template).expect("the templates above are valid");
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new).with_style(style);
        bar.set_message(visible(doing).into_owned());
        bar.enable_steady_tick(ONE_MORE_LOOK);
        Self(Some(bar))
    }

    /// How far it is.
    pub fn set(&self, done: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(done);
        }
    }

    /// What there is in all, once that is known.
    pub fn total(&self, total: u64) {
        if let Some(bar) = &self.0 {
            bar.set_length(total);
        }
    }

    /// What else to say beside it.
    pub fn message(&self, message: String) {
        if let Some(bar) = &self.0 {
            bar.set_message(visible(&message).into_owned());
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
