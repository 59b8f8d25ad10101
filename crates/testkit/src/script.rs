//! Event scripts: one line per event, short enough to read in a failing test.
//!
//! ```text
//! 2024-01-01 acme new 50                      kinds: new up down churn react change; USD where no currency stands
//! 2024-06-01 acme/seats up 80 EUR was=50 booked=2024-06-03 attr.size=big id=e7 voids=e3
//! 2024-01-01 acme profile attr.region="the north"
//! 2024-01-01 acme charge 20
//! 2024-01-01 fx EUR/USD 1.10
//! 2024-07-01 void e7                          the date is when it was booked
//! 2024-07-01 merge acme-old acme
//! ```
//!
//! A line is recorded at its number as position, under the key `line-N` where it names none, booked when it took effect
//! unless it says otherwise, and recorded in 2040 unless it says `recorded=`. What holds odd characters is quoted.

mod print;

use recount_ledger::{
    Amount, Body, Claim, Currency, Denomination, Event, EventId, FxRate, Instant, Key, Merge, Moment, Movement,
    OneTime, Origin, Position, Profile, Recorded, Replaced, Void, Zone,
};

pub use print::script_of;

/// The source of every scripted event.
pub const SOURCE: &str = "script";
const RECORDED: &str = "2040-01-01T00:00:00Z";

/// The records of a script whose bare dates begin in UTC.
///
/// # Panics
/// Where the script is malformed, naming the line: scripts are part of a test.
pub fn records(script: &str) -> Vec<Recorded> {
    records_in(script, Zone::UTC)
}

/// The records of a script whose bare dates begin in a zone.
///
/// # Panics
/// Where the script is malformed, naming the line.
pub fn records_in(script: &str, zone: Zone) -> Vec<Recorded> {
    let lines = script.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let wanted = lines.filter(|line| !line.is_empty());
    wanted.enumerate().map(|(number, line)| Line::new(line, number, zone).record()).collect()
}

/// The events of a script whose bare dates begin in UTC.
///
/// # Panics
/// Where the script is malformed, naming the line.
pub fn events(script: &str) -> Vec<Event> {
    records(script).into_iter().map(|record| record.event).collect()
}

/// One line, cut into words and options.
struct Line {
    text: String,
    number: usize,
    zone: Zone,
    words: Vec<String>,
    options: Vec<(String, String)>,
}

impl Line {
    fn new(text: &str, number: usize, zone: Zone) -> Self {
        let (mut words, mut options) = (Vec::new(), Vec::new());
        for token in tokens(text) {
            match token.option {
                Some(name) => options.push((name, token.text)),
                None => words.push(token.text),
            }
        }
        Self { text: text.to_owned(), number, zone, words, options }
    }

    fn fail(&self, problem: &str) -> ! {
        panic!("script line {}: {problem}: {}", self.number + 1, self.text)
    }

    fn read<T: std::str::FromStr>(&self, what: &str, text: &str) -> T {
        text.parse().unwrap_or_else(|_| self.fail(&format!("{text:?} is no {what}")))
    }

    fn word(&self, index: usize, what: &str) -> &str {
        self.words.get(index).map_or_else(|| self.fail(&format!("{what} is missing")), String::as_str)
    }

    fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    fn moment(&self, text: &str) -> Moment {
        match text.parse() {
            Ok(date) => {
                let at = self.zone.start_of(date).unwrap_or_else(|_| self.fail("the date is out of range"));
                Moment { at, is_date: true }
            }
            Err(_) => Moment { at: self.read("date or instant", text), is_date: false },
        }
    }

    fn target(&self, key: &str) -> EventId {
        EventId::of_key(SOURCE, key)
    }

    fn record(&self) -> Recorded {
        let when = self.moment(self.word(0, "a date"));
        let body = self.body(when);
        let recorded = self.moment(self.option("recorded").unwrap_or(RECORDED)).at;
        let booked = self.option("booked").filter(|text| *text != "none").map_or(when, |text| self.moment(text));
        let key = self.option("id").map_or_else(|| format!("line-{}", self.number), str::to_owned);
        let is_date = booked.is_date || when.is_date;
        let event = Event {
            key: Key::typed(&key),
            origin: Origin { source: SOURCE.to_owned(), file: None, row: None },
            recorded_by: "test".to_owned(),
            booked_at: (self.option("booked") != Some("none")).then_some(booked),
            zone: is_date.then(|| self.zone.name().to_owned()),
            body,
        };
        if let Err(invalid) = event.validate() {
            self.fail(&invalid.to_string());
        }
        Recorded { position: Position(self.number as u64), recorded_at: recorded, event }
    }

    fn body(&self, when: Moment) -> Body {
        let reason = || self.option("reason").unwrap_or("taken back").to_owned();
        match self.word(1, "what happened") {
            "void" => Body::Void(Void { target: self.target(self.word(2, "the record's id")), reason: reason() }),
            "merge" => Body::Merge(Merge {
                customer: self.word(2, "the customer").to_owned(),
                into: self.word(3, "whom it is merged into").to_owned(),
            }),
            "fx" => self.fx(when),
            _ => self.of_customer(when),
        }
    }

    fn fx(&self, when: Moment) -> Body {
        let (base, quote) =
            self.word(2, "a pair").split_once('/').unwrap_or_else(|| self.fail("no pair of currencies"));
        Body::FxRate(FxRate {
            base: self.read("currency", base),
            quote: self.read("currency", quote),
            rate: self.read("rate", self.word(3, "a rate")),
            effective_at: when,
        })
    }

    /// The customer, and the subscription behind a slash or in an option.
    fn owner(&self) -> (String, Option<String>) {
        let name = self.word(1, "a customer");
        match (self.option("sub"), name.split_once('/')) {
            (Some(""), _) => (name.to_owned(), None),
            (Some(subscription), _) => (name.to_owned(), Some(subscription.to_owned())),
            (None, Some((customer, subscription))) => (customer.to_owned(), Some(subscription.to_owned())),
            (None, None) => (name.to_owned(), None),
        }
    }

    fn attributes(&self) -> Vec<(String, String)> {
        let named = |(name, value): &(String, String)| Some((name.strip_prefix("attr.")?.to_owned(), value.clone()));
        let mut attributes: Vec<_> = self.options.iter().filter_map(named).collect();
        attributes.sort();
        attributes
    }

    fn currency(&self) -> Denomination {
        let code = self.words.get(4).map_or("USD", String::as_str);
        Denomination::given(self.read::<Currency>("currency", code))
    }

    fn of_customer(&self, when: Moment) -> Body {
        let (customer, subscription) = self.owner();
        let claim = match self.word(2, "a kind") {
            "profile" => {
                return Body::Profile(Profile { customer, effective_at: when, attributes: self.attributes() });
            }
            "charge" => return self.charge(when, customer, subscription),
            "new" => Claim::NewLogo,
            "up" => Claim::Upgrade,
            "down" => Claim::Downgrade,
            "churn" => Claim::Churn,
            "react" => Claim::Reactivation,
            "change" => Claim::Change,
            other => self.fail(&format!("{other:?} is no kind")),
        };
        let mrr = self.words.get(3).map(|text| self.read::<Amount>("amount", text));
        Body::Movement(Movement {
            claim,
            customer,
            subscription,
            effective_at: when,
            mrr,
            mrr_before: self.option("was").map(|text| self.read("amount", text)),
            currency: mrr.map(|_| self.currency()),
            plan: None,
            quantity: None,
            attributes: self.attributes(),
            replaces: self.option("voids").map(|key| Replaced { target: self.target(key), reason: None }),
        })
    }

    fn charge(&self, when: Moment, customer: String, subscription: Option<String>) -> Body {
        Body::OneTime(OneTime {
            customer,
            subscription,
            effective_at: when,
            amount: self.read("amount", self.word(3, "an amount")),
            currency: self.currency(),
            plan: None,
            quantity: None,
        })
    }
}

/// A word, or an option's name and value.
struct Token {
    option: Option<String>,
    text: String,
}

/// Words at blanks, quotes kept together; `name=` in front of a value makes it an option.
fn tokens(line: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = line.chars().peekable();
    while rest.peek().is_some() {
        let mut token = Token { option: None, text: String::new() };
        let (mut quoted, mut seen) = (false, false);
        while let Some(letter) = rest.next() {
            match letter {
                '\\' if quoted => token.text.extend(rest.next()),
                '"' => (quoted, seen) = (!quoted, true),
                '=' if !quoted && token.option.is_none() => {
                    token.option = Some(std::mem::take(&mut token.text));
                    seen = true;
                }
                blank if blank.is_whitespace() && !quoted => break,
                other => token.text.push(other),
            }
        }
        if seen || !token.text.is_empty() {
            found.push(token);
        }
    }
    found
}

/// The instant of a date in UTC or of an RFC 3339 text.
///
/// # Panics
/// Where the text is neither.
pub fn instant(text: &str) -> Instant {
    Line::new(text, 0, Zone::UTC).moment(text).at
}
