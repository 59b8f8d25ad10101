//! The search: every figure that could be meant, each made once for all lines.

use num_rational::BigRational;
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use recount_projection::{Cut, Projection, View};
use rustc_hash::{FxHashMap, FxHashSet};

use super::cause::{Cause, CauseKind};
use super::metric::Family;
use super::rank::{self, Found};
use super::setting::{Key, Setting, Values};
use super::shares::Shares;
use super::variations::{self, Clocks, Variation};
use super::{Line, Nearest, Outcome, Segment, Surroundings, Verdict, charges, readings, witness};
use crate::ratio::Ratio;

/// Cuts that are tried together with another change.
const MOST_CUTS_OF_PAIRS: usize = 60;

/// Figures made so far, by how they were made.
pub(super) struct Search<'s> {
    projection: &'s Projection,
    clocks: Clocks,
    around: &'s Surroundings<'s>,
    views: FxHashMap<Cut, Option<View<'s>>>,
    memo: FxHashMap<Key, Option<Values>>,
}

/// A line with everything that was found for it.
pub(super) struct Searched {
    base: Result<Setting, String>,
    figure: Result<BigRational, String>,
    found: Vec<Found>,
    nearest: Option<(Option<Cause>, BigRational)>,
    tried: usize,
}

/// What has to be made.
type Wanted<'w> = (Family, Option<&'w Segment>, &'w Setting);

impl<'s> Search<'s> {
    pub(super) fn new(projection: &'s Projection, around: &'s Surroundings<'s>) -> Self {
        let (views, memo) = (FxHashMap::default(), FxHashMap::default());
        Self { projection, clocks: Clocks::of(projection), around, views, memo }
    }

    pub(super) fn run(mut self, lines: &[Line]) -> Vec<Verdict> {
        let mut searched: Vec<Searched> = lines.iter().map(|line| self.line(line)).collect();
        let shared = rank::shared(searched.iter().map(|one| one.found.as_slice()));
        let verdict = |(line, one): (&Line, &mut Searched)| self.verdict(line, one, &shared);
        lines.iter().zip(&mut searched).map(verdict).collect()
    }

    fn line(&mut self, line: &Line) -> Searched {
        let base = line.basis.setting().map(|mut base| {
            if line.metric.family() == Family::Stock {
                // MRR at a point counts everyone, whatever a definition of retention leaves out.
                (base.definition.parameters.cohort.exclude, base.definition.parameters.cohort.exclude_at) =
                    Default::default();
            }
            base
        });
        let base = match base {
            Ok(base) => base,
            Err(error) => {
                let reason = error.to_string();
                return Searched {
                    base: Err(reason.clone()),
                    figure: Err(reason),
                    found: Vec::new(),
                    nearest: None,
                    tried: 0,
                };
            }
        };
        let figure = self.figure(line, &base);
        let mut searched = Searched { base: Ok(base.clone()), figure, found: Vec::new(), nearest: None, tried: 0 };
        if let Ok(figure) = searched.figure.clone() {
            searched.note(line, None, &figure);
            if line.quoted.is(&figure) {
                return searched;
            }
            self.same_figures(line, &base, &mut searched);
        }
        let singles = self.variations(line, &base);
        self.try_all(line, singles.into_iter().map(|(cause, setting)| (vec![cause], setting)).collect(), &mut searched);
        if searched.found.is_empty() {
            let pairs = self.pairs(line, &base);
            self.try_all(line, pairs, &mut searched);
        }
        searched
    }

    /// The figure as the deck says.
    fn figure(&mut self, line: &Line, base: &Setting) -> Result<BigRational, String> {
        let (family, segment) = (line.metric.family(), line.segment.as_ref());
        self.make(&[(family, segment, base)]);
        let values = self.values(&(family, segment, base)).cloned();
        if let Some(value) = values.as_ref().and_then(|values| readings::plain(line.metric, values)) {
            return Ok(value);
        }
        let Some(view) = self.views.get(&base.cut).and_then(Option::as_ref) else {
            return Err("customers are merged in a circle under this cut".to_owned());
        };
        match base.values(view, family, segment) {
            Err(error) => Err(error.to_string()),
            Ok(_) => Err("it is undefined: there was nothing to measure".to_owned()),
        }
    }

    /// What else the same records under the same rules could be: another line, charges, one customer more or less.
    fn same_figures(&self, line: &Line, base: &Setting, searched: &mut Searched) {
        let (family, segment) = (line.metric.family(), line.segment.as_ref());
        if let Some(values) = self.values(&(family, segment, base)) {
            for (cause, value) in readings::others(line.metric, values) {
                searched.weigh(line, vec![cause], value, None);
            }
        }
        if let Ok(figure) = &searched.figure
            && line.quoted.is_cut_off(figure)
        {
            let cause = Cause::new(CauseKind::CutOff, "with its digits cut off instead of rounded");
            let value = figure.clone();
            searched.found.push(Found { causes: vec![cause], value, setting: None, customer: None });
        }
        let Some(view) = self.views.get(&base.cut).and_then(Option::as_ref) else { return };
        let Some(shares) = Shares::of(view, base, line.metric, segment) else { return };
        for (cause, value) in charges::counted_in(view, base, &shares, self.around.charges) {
            searched.weigh(line, vec![cause], value, None);
        }
        let singled = shares.all.par_iter().flat_map_iter(|share| {
            let [without, twice] = shares.singled(share);
            let named = |kind, text: &str| {
                Cause::new(kind, format!("{text} the customer {}", view.customer_id(share.customer)))
            };
            let ways = [
                (-1, named(CauseKind::LeftOut, "without"), without),
                (1, named(CauseKind::Twice, "counting twice"), twice),
            ];
            ways.into_iter().filter_map(move |(sign, cause, value)| Some((sign, cause, value?, *share)))
        });
        // Every customer counts one: that says nothing about which.
        let heads = line.metric == super::Metric::Customers;
        let fitting: Vec<_> = singled.filter(|(_, _, value, _)| !heads && line.quoted.is(value)).collect();
        searched.tried += 2 * shares.all.len();
        for (sign, cause, value, share) in fitting {
            let customer = Some(witness::single(view, base, &share, sign));
            searched.found.push(Found { causes: vec![cause], value, setting: None, customer });
        }
    }

    /// One change each. What cannot move a figure is not tried.
    fn variations(&self, line: &Line, base: &Setting) -> Vec<Variation> {
        let mut all = variations::all((self.projection, &self.clocks), &line.basis, base, self.around);
        if line.metric.family() == Family::Stock {
            all.retain(|(cause, _)| !matches!(cause.kind, CauseKind::Parameter));
        }
        all
    }

    /// A cut and one more change.
    fn pairs(&self, line: &Line, base: &Setting) -> Vec<(Vec<Cause>, Setting)> {
        let mut cuts = variations::cuts((self.projection, &self.clocks), base, self.around);
        cuts.retain(|(cause, _)| matches!(cause.kind, CauseKind::Close | CauseKind::Known));
        let cuts = &cuts[cuts.len().saturating_sub(MOST_CUTS_OF_PAIRS)..];
        let mut others = variations::definitions(base, self.around);
        others.extend(variations::periods(&line.basis, base));
        let pair = |(cause, cut): &Variation, (other, setting): &Variation| {
            (vec![cause.clone(), other.clone()], Setting { cut: cut.cut, ..setting.clone() })
        };
        cuts.iter().flat_map(|cut| others.iter().map(move |other| pair(cut, other))).collect()
    }

    fn try_all(&mut self, line: &Line, variations: Vec<(Vec<Cause>, Setting)>, searched: &mut Searched) {
        let (family, segment) = (line.metric.family(), line.segment.as_ref());
        let wanted: Vec<Wanted<'_>> = variations.iter().map(|(_, setting)| (family, segment, setting)).collect();
        self.make(&wanted);
        for (causes, setting) in &variations {
            let values = self.values(&(family, segment, setting));
            let Some(value) = values.and_then(|values| readings::plain(line.metric, values)) else { continue };
            searched.weigh(line, causes.clone(), value, Some(setting));
        }
    }

    /// Makes what is not made yet.
    fn make(&mut self, wanted: &[Wanted<'_>]) {
        let cuts: FxHashSet<Cut> = wanted.iter().map(|(_, _, setting)| setting.cut).collect();
        let new: Vec<Cut> = cuts.into_iter().filter(|cut| !self.views.contains_key(cut)).collect();
        let projection = self.projection;
        let views: Vec<_> = new.into_par_iter().map(|cut| (cut, projection.view(cut).ok())).collect();
        self.views.extend(views);
        let mut keys = FxHashMap::default();
        for wanted in wanted {
            let key = wanted.2.key(wanted.0, wanted.1);
            if !self.memo.contains_key(&key) {
                keys.entry(key).or_insert(*wanted);
            }
        }
        let views = &self.views;
        let made: Vec<_> = keys
            .into_par_iter()
            .map(|(key, (family, segment, setting))| {
                let view = views.get(&setting.cut).and_then(Option::as_ref);
                (key, view.and_then(|view| setting.values(view, family, segment).ok()))
            })
            .collect();
        self.memo.extend(made);
    }

    fn values(&self, (family, segment, setting): &Wanted<'_>) -> Option<&Values> {
        self.memo.get(&setting.key(*family, *segment))?.as_ref()
    }

    fn verdict(&self, line: &Line, one: &mut Searched, shared: &rank::Shared) -> Verdict {
        let figure = one.figure.clone().map(Ratio);
        let matches = one.figure.as_ref().is_ok_and(|figure| line.quoted.is(figure));
        let outcome = if matches {
            Outcome::Match
        } else if one.found.is_empty() {
            let nearest = one.nearest.take();
            Outcome::Unexplained(nearest.map(|(cause, value)| Nearest { cause, value: Ratio(value) }))
        } else {
            let found = std::mem::take(&mut one.found);
            Outcome::Explained(rank::ranked(found, shared, |found| self.witnesses(line, one, found)))
        };
        Verdict { figure, outcome, tried: one.tried }
    }

    fn witnesses(&self, line: &Line, one: &Searched, found: &Found) -> (Vec<super::Witness>, usize) {
        if let Some(customer) = &found.customer {
            return (vec![customer.clone()], 0);
        }
        let view = |setting: &Setting| self.views.get(&setting.cut).and_then(Option::as_ref);
        let (Ok(base), Some(setting)) = (&one.base, &found.setting) else { return (Vec::new(), 0) };
        let (Some(was), Some(is)) = (view(base), view(setting)) else { return (Vec::new(), 0) };
        witness::between((base, was), (setting, is), line.metric, line.segment.as_ref())
    }
}

impl Searched {
    /// Keeps a figure if it is what was printed, or the nearest so far.
    fn weigh(&mut self, line: &Line, causes: Vec<Cause>, value: BigRational, setting: Option<&Setting>) {
        self.tried += 1;
        self.note(line, causes.first(), &value);
        if line.quoted.is(&value) {
            self.found.push(Found { causes, value, setting: setting.cloned(), customer: None });
        }
    }

    fn note(&mut self, line: &Line, cause: Option<&Cause>, value: &BigRational) {
        if self.nearest.as_ref().is_none_or(|(_, nearest)| line.quoted.nearer(value, nearest).is_lt()) {
            self.nearest = Some((cause.cloned(), value.clone()));
        }
    }
}
