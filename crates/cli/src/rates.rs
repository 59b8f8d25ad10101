//! The exchange rates behind a report, as JSON and as a line below a table.

use recount_ledger::Zone;
use recount_metrics::RateUsed;
use serde::Serialize;

use crate::output::Page;
use crate::output::moment::local;

/// A rate as reports name it.
#[derive(Clone, Debug, Serialize)]
pub struct RateJson {
    base: String,
    quote: String,
    date: String,
    rate: String,
    position: u64,
}

impl From<&RateUsed> for RateJson {
    fn from(used: &RateUsed) -> Self {
        Self {
            base: used.base.to_string(),
            quote: used.quote.to_string(),
            date: used.date.to_string(),
            rate: used.rate.to_string(),
            position: used.position.0,
        }
    }
}

/// Adds the rates used to a page, if any.
pub fn remark(page: &mut Page, rates: &[RateUsed], zone: Zone) {
    if !rates.is_empty() {
        let one = |used: &RateUsed| format!("{}/{} {} of {}", used.base, used.quote, used.rate, local(used.date, zone));
        page.remark(format!("rates: {}", rates.iter().map(one).collect::<Vec<_>>().join(", ")));
    }
}
