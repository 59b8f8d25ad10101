//! A frame with the rates of one state of the rate book: turns records into sums.

use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use recount_projection::{CustomerIx, View};

use super::{Frame, Sums};
use crate::convert::{EndRates, Exchange};
use crate::definition::Grain;
use crate::error::FigureError;
use crate::scope::{Reading, Scope, Units};
use crate::tally::{Job, Tally};

/// How sums are made of a view.
#[derive(Debug)]
pub(super) struct Lens<'a> {
    pub(super) frame: &'a Frame<'a>,
    /// By span.
    rates: Vec<Arc<EndRates>>,
}

/// Who is evaluated together in each span.
#[derive(Clone, Debug)]
pub(super) struct Groups(Vec<Units>);

impl<'a> Lens<'a> {
    pub(super) fn new(frame: &'a Frame<'a>, exchange: &Exchange) -> Result<Self, FigureError> {
        let Frame { parameters, calendar, spans } = frame;
        let of_span = |span| exchange.ends(parameters.currency.rates, spans[0], span, calendar).map(Arc::new);
        let rates = spans.iter().map(|span| of_span(*span)).collect::<Result<_, _>>()?;
        Ok(Self { frame, rates })
    }

    /// Whether every amount has the same value through both.
    pub(super) fn values_like(&self, other: &Self) -> bool {
        self.rates.iter().zip(&other.rates).all(|(own, other)| own.value_like(other))
    }

    /// Whether customers make up members that other customers belong to, too.
    pub(super) fn has_shared_members(&self) -> bool {
        matches!(self.frame.parameters.cohort.grain, Grain::Attribute(_))
    }

    /// The sums over everyone.
    pub(super) fn everyone(&self, view: &View<'_>) -> Result<Sums, FigureError> {
        let scopes = self.scopes(view)?;
        let tallies = scopes.into_iter().enumerate().map(|(place, scope)| {
            let job = self.job(place, scope);
            let mut total = Tally::default();
            job.run().iter().for_each(|tally| total.merge(view, tally));
            (job, total)
        });
        Ok(Sums::of(&self.frame.parameters.window, tallies))
    }

    /// Who is evaluated together under a view.
    pub(super) fn groups(&self, view: &View<'_>) -> Result<Groups, FigureError> {
        match self.frame.parameters.cohort.grain {
            Grain::Customer => Ok(Groups(vec![Units::Customers; self.rates.len()])),
            Grain::Subscription => Ok(Groups(vec![Units::Subscriptions; self.rates.len()])),
            Grain::Attribute(_) => Ok(Groups(self.scopes(view)?.into_iter().map(|scope| scope.units).collect())),
        }
    }

    /// What a resolved customer, or the member it belongs to, adds to the sums.
    pub(super) fn of_customer(&self, view: &View<'_>, groups: &Groups, customer: CustomerIx) -> Sums {
        let cohort = &self.frame.parameters.cohort;
        let tallies = groups.0.iter().enumerate().map(|(place, units)| {
            let job = self.job(place, Scope::of_units(view, units.clone()));
            let tally = match units {
                Units::Members(members) => {
                    members.of(customer).map(|member| job.of_unit(members.customers(member))).unwrap_or_default()
                }
                _ if cohort.excludes(view, customer, job.span.open) => Tally::default(),
                _ => job.of_unit(&[customer]),
            };
            (job, tally)
        });
        Sums::of(&self.frame.parameters.window, tallies)
    }

    /// By how much every customer's share, by that of the first customer of a member, differs through another lens.
    pub(super) fn differences(&self, other: &Self, view: &View<'_>) -> Result<Vec<(CustomerIx, Sums)>, FigureError> {
        let groups = self.groups(view)?;
        let leads = groups.leads(view);
        let difference = |customer: CustomerIx| {
            let by = other.of_customer(view, &groups, customer).less(&self.of_customer(view, &groups, customer));
            (!by.is_nothing()).then_some((customer, by))
        };
        Ok(leads.into_par_iter().filter_map(difference).collect())
    }

    /// Whether an attribute that decides who is counted with whom differs between two views.
    pub(super) fn regroups(&self, before: &View<'_>, after: &View<'_>, customer: CustomerIx) -> bool {
        let cohort = &self.frame.parameters.cohort;
        let grain = match &cohort.grain {
            Grain::Attribute(name) => Some(name.as_str()),
            _ => None,
        };
        let excluded = cohort.exclude.iter().map(|exclusion| exclusion.attribute.as_str());
        self.frame.spans.iter().any(|span| {
            let boundaries = [cohort.attributes_at(*span), cohort.exclusions_at(span.open)];
            grain.into_iter().chain(excluded.clone()).any(|name| {
                boundaries.into_iter().any(|at| {
                    let value = |view: &View<'_>| view.attribute(name).and_then(|it| it.value_at(customer, at));
                    value(before) != value(after)
                })
            })
        })
    }

    fn scopes<'v>(&self, view: &'v View<'v>) -> Result<Vec<Scope<'v>>, FigureError> {
        let cohort = &self.frame.parameters.cohort;
        let reading = |span: &crate::window::Span| Reading { cohort, by: None, span: *span, exclude_open: span.open };
        self.frame.spans.iter().map(|span| Scope::read(view, &reading(span))).collect()
    }

    fn job<'v>(&'v self, place: usize, scope: Scope<'v>) -> Job<'v> {
        let (parameters, span) = (&self.frame.parameters, self.frame.spans[place]);
        Job { parameters, scope, span, rates: Arc::clone(&self.rates[place]) }
    }
}

impl Groups {
    /// One customer for everything that is evaluated together. Parts of a window that group differently are told by
    /// every customer that leads in any of them, so only one grouping may have leads.
    fn leads(&self, view: &View<'_>) -> Vec<CustomerIx> {
        match self.0.as_slice() {
            [Units::Members(members)] => (0..members.count()).map(|member| members.customers(member)[0]).collect(),
            _ => view.customers().collect(),
        }
    }

    /// Whether each customer's share can be told apart.
    pub(super) fn is_tellable(&self) -> bool {
        !matches!(self.0.as_slice(), [Units::Members(_), _, ..])
    }
}
