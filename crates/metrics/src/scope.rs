//! Who is counted: exclusions, the members of a grain, and segments, each read at its own boundary.

mod members;

use std::sync::Arc;

use recount_projection::{Boundary, CustomerIx, ValueIx, View};

use crate::definition::{Cohort, ExclusionAt, Grain, ReadAt};
use crate::error::FigureError;
use crate::window::Span;
pub(crate) use members::Members;

/// The members of a window, or of one part of it, in their segments.
#[derive(Debug)]
pub(crate) struct Scope<'v> {
    pub(crate) view: &'v View<'v>,
    /// By customer number; empty where nobody is excluded.
    excluded: Vec<bool>,
    pub(crate) segments: Segments,
    pub(crate) units: Units,
}

/// What is evaluated together.
#[derive(Clone, Debug)]
pub(crate) enum Units {
    /// Each customer is a member.
    Customers,
    /// Each subscription of a customer is a member.
    Subscriptions,
    /// Customers that share a value are a member.
    Members(Arc<Members>),
}

/// Customers by the value of an attribute.
#[derive(Debug, Default)]
pub(crate) struct Segments {
    /// By customer number; empty where there is one segment only.
    of_customer: Vec<u32>,
    /// By segment number; the last is that of customers without a value. Empty where there is one segment only.
    values: Vec<Option<ValueIx>>,
    /// The segment of each value, by value number; [`NO_SEGMENT`] for a value that nobody has.
    numbers: Vec<u32>,
}

const NO_SEGMENT: u32 = u32::MAX;

/// How a scope is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) cohort: &'a Cohort,
    /// The attribute of segments, if any.
    pub(crate) by: Option<&'a str>,
    /// The window or part whose ends the attributes are read at.
    pub(crate) span: Span,
    /// The open at which exclusions are read, where they are not the latest.
    pub(crate) exclude_open: Boundary,
}

impl<'v> Scope<'v> {
    pub(crate) fn read(view: &'v View<'v>, reading: &Reading<'_>) -> Result<Self, FigureError> {
        let Reading { cohort, by, span, exclude_open } = *reading;
        let at = cohort.attributes_at(span);
        let segments = by.map_or(Ok(Segments::default()), |name| Segments::read(view, name, at))?;
        let excluded = excluded(view, cohort, exclude_open);
        let units = match &cohort.grain {
            Grain::Customer => Units::Customers,
            Grain::Subscription => Units::Subscriptions,
            Grain::Attribute(name) => Units::Members(Arc::new(Members::read(view, name, at, &excluded, &segments)?)),
        };
        Ok(Self { view, excluded, segments, units })
    }

    /// One to evaluate single units in, which the caller knows to count: nobody is excluded, all are one segment.
    pub(crate) fn of_units(view: &'v View<'v>, units: Units) -> Self {
        Self { view, excluded: Vec::new(), segments: Segments::default(), units }
    }

    pub(crate) fn is_excluded(&self, customer: CustomerIx) -> bool {
        self.excluded.get(customer.0 as usize).copied().unwrap_or(false)
    }

    /// Whether members are counted in logo retention, rather than customers.
    pub(crate) const fn has_shared_members(&self) -> bool {
        matches!(self.units, Units::Members(_))
    }
}

impl Segments {
    fn read(view: &View<'_>, name: &str, at: Option<Boundary>) -> Result<Self, FigureError> {
        let attribute = view.attribute(name).ok_or_else(|| FigureError::unknown_attribute(view, name))?;
        let mut numbers = vec![NO_SEGMENT; attribute.value_count() as usize];
        let mut values = Vec::new();
        let mut of_customer = vec![NO_SEGMENT; view.customer_count() as usize];
        for customer in view.customers() {
            let Some(value) = attribute.value_at(customer, at) else { continue };
            let number = &mut numbers[value.0 as usize];
            if *number == NO_SEGMENT {
                *number = values.len() as u32;
                values.push(Some(value));
            }
            of_customer[customer.0 as usize] = *number;
        }
        let without = values.len() as u32;
        values.push(None);
        of_customer.iter_mut().filter(|number| **number == NO_SEGMENT).for_each(|number| *number = without);
        Ok(Self { of_customer, values, numbers })
    }

    /// How many there are, at least one.
    pub(crate) fn count(&self) -> usize {
        self.values.len().max(1)
    }

    /// The segment that a customer is in.
    pub(crate) fn of(&self, customer: CustomerIx) -> usize {
        self.of_customer.get(customer.0 as usize).map_or(0, |number| *number as usize)
    }

    /// The values, by segment number; none of them where segments were not asked for.
    pub(crate) fn values(&self) -> &[Option<ValueIx>] {
        &self.values
    }

    /// The segment of a value, or that of customers without one.
    pub(crate) fn find(&self, value: Option<ValueIx>) -> Option<usize> {
        let Some(value) = value else { return self.values.len().checked_sub(1) };
        self.numbers.get(value.0 as usize).filter(|number| **number != NO_SEGMENT).map(|number| *number as usize)
    }
}

impl Cohort {
    /// When the attributes of grain and segments are read; none for the latest.
    pub(crate) const fn attributes_at(&self, span: Span) -> Option<Boundary> {
        match self.attribute_at {
            ReadAt::Open => Some(span.open),
            ReadAt::Close => Some(span.close),
            ReadAt::Latest => None,
        }
    }

    /// Whether one customer is left out, given the open at which exclusions are read.
    pub(crate) fn excludes(&self, view: &View<'_>, customer: CustomerIx, open: Boundary) -> bool {
        let at = self.exclusions_at(open);
        self.exclude.iter().any(|exclusion| {
            let Some(attribute) = view.attribute(&exclusion.attribute) else { return false };
            let value = attribute.value(&exclusion.value);
            value.is_some() && attribute.value_at(customer, at) == value
        })
    }

    /// When the attributes of exclusions are read; none for the latest.
    pub(crate) const fn exclusions_at(&self, open: Boundary) -> Option<Boundary> {
        match self.exclude_at {
            ExclusionAt::Latest => None,
            ExclusionAt::Open => Some(open),
        }
    }
}

fn excluded(view: &View<'_>, cohort: &Cohort, open: Boundary) -> Vec<bool> {
    let at = cohort.exclusions_at(open);
    let mut excluded = Vec::new();
    for exclusion in &cohort.exclude {
        // An attribute or a value that no record has excludes nobody.
        let Some(attribute) = view.attribute(&exclusion.attribute) else { continue };
        let Some(value) = attribute.value(&exclusion.value) else { continue };
        excluded.resize(view.customer_count() as usize, false);
        for customer in view.customers().filter(|customer| attribute.value_at(*customer, at) == Some(value)) {
            excluded[customer.0 as usize] = true;
        }
    }
    excluded
}
