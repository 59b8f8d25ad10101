//! The sums that a figure is made of, and by how much they change.

use std::ops::AddAssign;

use crate::definition::{Combine, Weight, WindowRules};
use crate::path::Lines;
use crate::tally::{Job, Pair, Tally};

/// Net, gross and logo retention as sums that were not yet divided.
pub(super) type Pairs = [Pair; 3];

/// The lines of the whole window and the pairs of each part that is divided on its own; or the difference of two such.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) opening: i128,
    pub(super) lines: Lines,
    pub(super) fx: i128,
    pub(super) closing: i128,
    pub(super) customers: i64,
    pub(super) customers_closing: i64,
    pub(super) members: i64,
    /// One where the window is one part, or where its parts are added up before they are divided.
    pub(super) pairs: Vec<Pairs>,
}

impl Sums {
    /// From the whole window and from what is combined into its ratio.
    pub(super) fn of<'j>(rules: &WindowRules, mut tallies: impl Iterator<Item = (Job<'j>, Tally)>) -> Self {
        let (job, tally) = tallies.next().expect("a frame has the whole window in front");
        let whole = pairs_of(&job, &tally);
        let parts: Vec<_> = tallies.map(|(job, tally)| pairs_of(&job, &tally)).collect();
        let pairs = match (rules.combine, rules.weight) {
            (Combine::Whole, _) => vec![whole],
            (_, Weight::Equal) => parts,
            (_, Weight::Opening) => vec![parts.into_iter().fold(Pairs::default(), |sum, pairs| plus(&sum, &pairs))],
        };
        let (opening, lines, fx, closing) = job.lines(&tally);
        // New logos are no line of retention.
        let lines = Lines { new_logo: 0, ..lines };
        let heads = |count: u64| i64::try_from(count).expect("there are fewer members than records");
        Self {
            opening,
            lines,
            fx,
            closing,
            customers: heads(tally.customers),
            customers_closing: heads(tally.customers_kept),
            members: heads(tally.members),
            pairs,
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        let Self { opening, lines, fx, closing, customers, customers_closing, members, pairs } = self;
        *lines == Lines::default()
            && [opening, fx, closing].into_iter().all(|sum| *sum == 0)
            && [customers, customers_closing, members].into_iter().all(|count| *count == 0)
            && pairs.iter().all(|pairs| *pairs == Pairs::default())
    }
}

fn pairs_of(job: &Job<'_>, tally: &Tally) -> Pairs {
    [job.net(tally), job.gross(tally), job.logos(tally)]
}

fn plus(left: &Pairs, right: &Pairs) -> Pairs {
    std::array::from_fn(|kind| left[kind].plus(right[kind]))
}

impl AddAssign<&Sums> for Sums {
    fn add_assign(&mut self, other: &Self) {
        self.opening += other.opening;
        self.lines.merge(&other.lines);
        self.fx += other.fx;
        self.closing += other.closing;
        self.customers += other.customers;
        self.customers_closing += other.customers_closing;
        self.members += other.members;
        self.pairs.resize(self.pairs.len().max(other.pairs.len()), Pairs::default());
        self.pairs.iter_mut().zip(&other.pairs).for_each(|(own, other)| *own = plus(own, other));
    }
}

impl Sums {
    /// The difference.
    pub(super) fn less(&self, other: &Self) -> Self {
        let mut difference = other.clone();
        difference.negate();
        difference += self;
        difference
    }

    fn negate(&mut self) {
        let Lines { new_logo, reactivation, expansion, contraction, churn } = &mut self.lines;
        let amounts = [new_logo, reactivation, expansion, contraction, churn];
        for amount in amounts.into_iter().chain([&mut self.opening, &mut self.fx, &mut self.closing]) {
            *amount = -*amount;
        }
        for count in [&mut self.customers, &mut self.customers_closing, &mut self.members] {
            *count = -*count;
        }
        for pair in self.pairs.iter_mut().flatten() {
            *pair = Pair::default().minus(*pair);
        }
    }
}
