//! Checks in one line: a script, a window, and what both implementations must say of it.

use recount_ledger::{Recorded, Zone};
use recount_testkit::{Ask, Auditor, Cut, Definition, NetMethod, Question, records_in};

use crate::answer::audited;
use crate::product::{answered, projected};

/// A scripted ledger, and how it is asked.
pub struct Ledger {
    script: String,
    zone: Zone,
    definition: Definition,
}

/// NDR of a script over a window, by the standard definition.
#[track_caller]
pub fn check_ndr(script: &str, window: &str, ndr: &str) {
    Ledger::of(script).expect(window, &[("ndr", ndr)]);
}

impl Ledger {
    /// A ledger of a script, in UTC.
    pub fn of(script: &str) -> Self {
        Self { script: script.to_owned(), zone: Zone::UTC, definition: Definition::default() }
    }

    /// Asked in a zone. Bare dates of the script stay UTC dates.
    pub fn in_zone(self, zone: &str) -> Self {
        Self { zone: zone.parse().expect("a zone"), ..self }
    }

    /// By a definition: what it changes.
    pub fn by(mut self, changes: &str) -> Self {
        for change in changes.split_whitespace() {
            match change {
                "net.method=movements" => self.definition.net = NetMethod::Movements,
                "net.winback=zero" => self.definition.net_winback_zero = true,
                "gross.winback=zero" => self.definition.gross_winback_zero = true,
                other => panic!("add {other} to the changes that checks know"),
            }
        }
        self
    }

    /// What the product and the auditor must both say.
    #[track_caller]
    pub fn expect<const N: usize>(self, window: &str, figures: &[(&str, &str); N]) {
        let records: Vec<Recorded> = records_in(&self.script, Zone::UTC);
        let ask = Ask::Retention { window: window.to_owned(), definition: self.definition, by: None };
        let question = Question { cut: Cut::default(), zone: self.zone, fiscal_start: 1, ask };
        let auditor = audited(&Auditor::new(records.clone()), &question).expect("the auditor has an answer");
        let product = answered(&projected(&records), &question).expect("the product has an answer");
        for (name, value) in figures {
            assert_eq!(auditor.get(*name).map(String::as_str), Some(*value), "{name} by the auditor over {window}");
            assert_eq!(product.get(*name).map(String::as_str), Some(*value), "{name} by the product over {window}");
        }
    }
}
