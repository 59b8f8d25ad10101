//! The life of one random customer.

use recount_ledger::{Amount, Body, Claim, Currency, Denomination, Event, Moment, Movement, Profile};

use super::times::{Times, later};
use super::{Draft, draft};
use crate::dice::Dice;

/// What random customers share.
pub(super) struct Company {
    pub times: Times,
    pub currencies: Vec<Currency>,
    /// Amounts at both ends of the scale.
    pub extremes: bool,
    pub drafts: Vec<Draft>,
}

const NAMES: [&str; 5] = ["c", "Kunde-", "顧客", "o'neil, \"inc\" ", "é\\ "];
const AMOUNTS: [&str; 8] = ["10", "99", "8.33333333", "1234.5", "49.99", "0.01", "250", "0.1"];
const EXTREMES: [&str; 4] = ["0.00000001", "0.00000002", "999999999999999999.99999999", "123456789012345678.12345678"];

impl Company {
    /// Adds the events of a customer; its name. Parents always come later in the row, so they form no circle.
    pub fn customer(&mut self, dice: &mut Dice, number: u64, count: u64) -> String {
        let name = format!("{}{number}", dice.pick(&NAMES));
        let subscriptions = if dice.percent(65) { 1 } else { dice.between(2, 4) };
        for subscription in 0..subscriptions {
            let id = (subscription > 0 || dice.percent(30)).then(|| format!("s{subscription}"));
            self.subscription(dice, &name, id);
        }
        for attribute in ["channel", "size"] {
            for _ in 0..dice.below(3) {
                let value = *dice.pick(&["ads", "sales", "big"]);
                self.profile(dice, &name, attribute, value);
            }
        }
        if number + 1 < count && dice.percent(25) {
            let parent = format!("c{}", dice.between(number + 1, count));
            self.profile(dice, &name, "parent", &parent);
        }
        if dice.percent(15) {
            self.charge(dice, &name);
        }
        name
    }

    fn subscription(&mut self, dice: &mut Dice, customer: &str, subscription: Option<String>) {
        let mut at = self.times.any(dice);
        let mut currency = *dice.pick(&self.currencies);
        let (mut level, mut ever) = (Amount::ZERO, false);
        for _ in 0..dice.between(1, 8) {
            let next = if !level.is_zero() && dice.percent(30) { Amount::ZERO } else { self.amount(dice) };
            if level.is_zero() && dice.percent(5) {
                currency = *dice.pick(&self.currencies);
            }
            let mrr_before = dice.percent(15).then_some(if dice.percent(80) { level } else { self.amount(dice) });
            let movement = Movement {
                claim: claim(dice, level, next, ever),
                customer: customer.to_owned(),
                subscription: subscription.clone(),
                effective_at: at,
                mrr: (!next.is_zero() || dice.percent(50)).then_some(next),
                mrr_before,
                currency: Some(Denomination::given(currency)),
                plan: None,
                quantity: None,
                attributes: self.attributes(dice),
                replaces: None,
            };
            self.movement(dice, movement);
            (level, ever) = (next, ever || !next.is_zero());
            at = self.times.after(dice, at);
        }
    }

    fn movement(&mut self, dice: &mut Dice, mut movement: Movement) {
        let at = movement.effective_at;
        if movement.claim == Claim::Change && movement.mrr.is_none() {
            movement.mrr = Some(Amount::ZERO);
        }
        let known = match dice.below(20) {
            0..=2 => later(at.at, dice.below(120), dice.below(86_400_000_000)),
            3 => self.times.edge(dice).at,
            _ => at.at,
        };
        let event = self.event(Body::Movement(movement), at);
        self.drafts.push(Draft { event, known });
    }

    fn event(&self, body: Body, at: Moment) -> Event {
        draft(body, at.is_date.then_some(self.times.zone))
    }

    fn amount(&self, dice: &mut Dice) -> Amount {
        let text = match (self.extremes, dice.below(10)) {
            (true, 0..=4) => (*dice.pick(&EXTREMES)).to_owned(),
            (_, 5) => format!("{}.{:08}", dice.below(1_000), 1 + dice.below(99_999_999)),
            _ => (*dice.pick(&AMOUNTS)).to_owned(),
        };
        text.parse().expect("an amount")
    }

    fn attributes(&self, dice: &mut Dice) -> Vec<(String, String)> {
        let mut attributes = Vec::new();
        if dice.percent(20) {
            attributes.push(("channel".to_owned(), (*dice.pick(&["ads", "sales"])).to_owned()));
        }
        if dice.percent(10) {
            attributes.push(("size".to_owned(), (*dice.pick(&["big", "small"])).to_owned()));
        }
        attributes
    }

    fn profile(&mut self, dice: &mut Dice, customer: &str, attribute: &str, value: &str) {
        let effective_at = self.times.any(dice);
        let attributes = vec![(attribute.to_owned(), value.to_owned())];
        let body = Body::Profile(Profile { customer: customer.to_owned(), effective_at, attributes });
        let event = self.event(body, effective_at);
        self.drafts.push(Draft { event, known: later(effective_at.at, dice.below(20), 0) });
    }
}

/// Mostly what happened, sometimes something else that may be recorded.
fn claim(dice: &mut Dice, before: Amount, after: Amount, ever: bool) -> Claim {
    let careless = dice.percent(10);
    match () {
        () if after.is_zero() => *dice.pick(if careless { &[Claim::Change] } else { &[Claim::Churn] }),
        () if careless => {
            *dice.pick(&[Claim::NewLogo, Claim::Upgrade, Claim::Downgrade, Claim::Reactivation, Claim::Change])
        }
        () if before.is_zero() && ever => Claim::Reactivation,
        () if before.is_zero() => Claim::NewLogo,
        () if after > before => Claim::Upgrade,
        () if after < before => Claim::Downgrade,
        () => Claim::Change,
    }
}
