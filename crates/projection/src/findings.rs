//! What `check` lists beside contradictions: orders that only positions decide, short spells at 0, ids used twice.

use recount_ledger::{Position, units_text};
use rustc_hash::FxHashMap;

use crate::fact::{Finding, FindingCode, Level};
use crate::index::{CustomerIx, SubscriptionIx};
use crate::view::View;

/// A spell at 0 is short up to this many microseconds: a day.
const SHORT_SPELL: i64 = 86_400_000_000;

/// Everything worth a look, by position.
pub(crate) fn of(view: &View<'_>) -> Vec<Finding> {
    let contradictions = view.contradictions().into_iter().map(|it| Finding {
        code: FindingCode::Contradiction,
        position: it.position,
        customer: it.customer,
        message: it.message,
    });
    let mut findings: Vec<Finding> = contradictions.collect();
    let mut spells = Spells::default();
    for customer in view.customers() {
        for subscription in view.subscriptions(customer) {
            let levels: Vec<Level> = view.levels(subscription).collect();
            let (owner, id) = view.subscription_key(subscription);
            ties(owner, id, &levels, &mut findings);
            zero_spells(owner, id, &levels, &mut findings);
            spells.add(view, customer, subscription, &levels);
        }
    }
    spells.shared(view, &mut findings);
    findings.sort_by_key(|finding| (finding.position, finding.code));
    findings
}

/// Movements at one instant, booked at one instant: only the order of recording decides between them.
fn ties(customer: CustomerIx, id: &str, levels: &[Level], findings: &mut Vec<Finding>) {
    let tied = levels.chunk_by(|a, b| (a.effective_at, a.booked_at) == (b.effective_at, b.booked_at));
    for tied in tied.filter(|tied| tied.len() > 1) {
        let last = tied[tied.len() - 1];
        let positions: Vec<String> = tied.iter().map(|level| level.position.to_string()).collect();
        findings.push(Finding {
            code: FindingCode::PositionOrder,
            position: last.position,
            customer,
            message: format!(
                "movements {} of subscription {id:?} take effect at {} and were booked at {}; only their order in the ledger makes {} the last",
                positions.join(", "),
                last.effective_at,
                last.booked_at,
                shown(&last),
            ),
        });
    }
}

/// Spells at 0 of at most a day between two active states: often a renewal that was booked as a churn.
fn zero_spells(customer: CustomerIx, id: &str, levels: &[Level], findings: &mut Vec<Finding>) {
    let mut ended: Option<Level> = None;
    let mut active = false;
    let instants = levels.chunk_by(|a, b| a.effective_at == b.effective_at).filter_map(<[Level]>::last);
    for level in instants {
        if level.mrr == 0 {
            if active {
                ended = Some(*level);
            }
            active = false;
            continue;
        }
        let spell = ended.take().filter(|zero| level.effective_at.micros() - zero.effective_at.micros() <= SHORT_SPELL);
        if let Some(zero) = spell {
            findings.push(Finding {
                code: FindingCode::ZeroSpell,
                position: zero.position,
                customer,
                message: format!(
                    "subscription {id:?} is at 0 from {} to {} only and then at {}; if it went on, bridge such gaps with cohort.gap_days",
                    zero.effective_at,
                    level.effective_at,
                    shown(level),
                ),
            });
        }
        active = true;
    }
}

fn shown(level: &Level) -> String {
    match level.currency {
        Some(currency) => format!("{} {currency}", units_text(level.mrr)),
        None => units_text(level.mrr),
    }
}

/// When the subscriptions of one id were active, and whose they were.
#[derive(Default)]
struct Spells<'v> {
    by_id: FxHashMap<&'v str, Vec<Spell>>,
}

#[derive(Clone, Copy)]
struct Spell {
    customer: CustomerIx,
    owner: CustomerIx,
    from: i64,
    until: i64,
    position: Position,
}

impl<'v> Spells<'v> {
    fn add(&mut self, view: &'v View<'_>, customer: CustomerIx, subscription: SubscriptionIx, levels: &[Level]) {
        let (owner, id) = view.subscription_key(subscription);
        // A subscription that is named like its customer is a default; only a given id can be used twice.
        if id == view.customer_id(owner) {
            return;
        }
        let mut open: Option<Spell> = None;
        let spells = self.by_id.entry(id).or_default();
        for level in levels.chunk_by(|a, b| a.effective_at == b.effective_at).filter_map(<[Level]>::last) {
            let from = level.effective_at.micros();
            match (open, level.mrr > 0) {
                (None, true) => {
                    open = Some(Spell { customer, owner, from, until: i64::MAX, position: level.position });
                }
                (Some(spell), false) => {
                    spells.push(Spell { until: from, ..spell });
                    open = None;
                }
                _ => {}
            }
        }
        spells.extend(open);
    }

    /// Reports each pair of customers of an id once.
    fn shared(self, view: &View<'_>, findings: &mut Vec<Finding>) {
        for (id, mut spells) in self.by_id {
            spells.sort_by_key(|spell| (spell.from, spell.position));
            let mut longest: Option<Spell> = None;
            let mut told = Vec::new();
            for spell in spells {
                let other = longest.filter(|other| other.until > spell.from && other.customer != spell.customer);
                if let Some(other) = other.filter(|other| !told.contains(&(other.customer, spell.customer))) {
                    told.push((other.customer, spell.customer));
                    findings.push(Finding {
                        code: FindingCode::SharedSubscription,
                        position: spell.position,
                        customer: spell.owner,
                        message: format!(
                            "subscription {id:?} is active under {:?} and, from position {}, under {:?} at once; if they are one customer, merge them",
                            view.customer_id(other.owner),
                            spell.position,
                            view.customer_id(spell.owner),
                        ),
                    });
                }
                if longest.is_none_or(|longest| spell.until > longest.until) {
                    longest = Some(spell);
                }
            }
        }
    }
}
