//! The work of the killed process as a function of the ledger's size, so that whoever looks afterwards knows every size
//! at which a commit can have ended.

use recount_ledger::{Body, Claim, Denomination, Event, Instant, Movement};

/// What is done next in a ledger of some size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A batch of so many events.
    Append(u64),
    /// So many rows, and the import record behind them.
    Import(u64),
}

impl Step {
    pub fn at(size: u64) -> Self {
        let mixed = mix(size);
        match mixed % 16 {
            0 => Self::Import(1 + mixed / 16 % 6_000),
            1 => Self::Append(1_000 + mixed / 16 % 2_000),
            _ => Self::Append(1 + mixed / 16 % 40),
        }
    }

    pub fn records(self) -> u64 {
        match self {
            Self::Append(count) => count,
            Self::Import(rows) => rows + 1,
        }
    }
}

/// Whether a ledger of this size ends with a whole step.
pub fn is_boundary(size: u64) -> bool {
    let mut at = 0;
    while at < size {
        at += Step::at(at).records();
    }
    at == size
}

/// The event at a position.
pub fn event(position: u64) -> Event {
    let micros = 1_600_000_000_000_000 + position as i64 * 1_000_000;
    let movement = Movement {
        claim: Claim::Change,
        customer: format!("customer {}", mix(position) % 5_000),
        subscription: None,
        effective_at: Instant::from_micros(micros).expect("in range").into(),
        mrr: Some((1 + mix(position) % 900).to_string().parse().expect("an amount")),
        mrr_before: None,
        currency: Some(Denomination::given("USD".parse().expect("a currency"))),
        plan: Some("pro".to_owned()),
        quantity: None,
        attributes: Vec::new(),
        replaces: None,
    };
    Event::new(Body::Movement(movement)).keyed("crash", &format!("e{position}"))
}

/// Scatters numbers: the finaliser of splitmix64.
pub fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
