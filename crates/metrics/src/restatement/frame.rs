//! How records are read: the spans of a window, its parts, and the rules of a definition.

use super::{Category, Side};
use crate::calendar::Calendar;
use crate::combine::combined_windows;
use crate::definition::Parameters;
use crate::error::FigureError;
use crate::window::{Span, Window};

/// A window under a definition in a calendar.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) parameters: Parameters,
    pub(super) calendar: &'a Calendar,
    /// The whole window, then the parts that are combined.
    pub(super) spans: Vec<Span>,
}

impl<'a> Frame<'a> {
    fn new(window: &Window, parameters: Parameters, calendar: &'a Calendar) -> Result<Self, FigureError> {
        let parts = combined_windows(&parameters.window, window, calendar)?;
        let spans = std::iter::once(window).chain(&parts).map(Window::span).collect();
        Ok(Self { parameters, calendar, spans })
    }

    /// The frames on the way from one side to the other, each with what is new in it; the first is the first side's.
    pub(super) fn between(then: &Side<'a>, now: &Side<'a>) -> Result<Vec<(Category, Self)>, FigureError> {
        let (was, is) = (&then.definition.parameters, &now.definition.parameters);
        let mut frames = vec![(Category::Calendar, Self::new(then.window, was.clone(), then.calendar)?)];
        let moved = (then.window.span(), then.calendar) != (now.window.span(), now.calendar);
        if moved {
            // Parts that the old rules cut the new window into may not exist; then the rules change with the calendar.
            match Self::new(now.window, was.clone(), now.calendar) {
                Ok(frame) => frames.push((Category::Calendar, frame)),
                Err(_) if was != is => {}
                Err(error) => return Err(error),
            }
        }
        let converted = Parameters { currency: is.currency, ..was.clone() };
        if converted != *was
            && converted != *is
            && let Ok(frame) = Self::new(now.window, converted.clone(), now.calendar)
        {
            frames.push((Category::Currency, frame));
        }
        if was != is {
            let category = if converted == *is { Category::Currency } else { Category::Definition };
            frames.push((category, Self::new(now.window, is.clone(), now.calendar)?));
        }
        Ok(frames)
    }
}
