//! Two definitions over one window: what each parameter that differs does to the figures, one at a time.

use recount_ledger::Currency;
use recount_projection::View;
use serde_json::Value;

use crate::calendar::Calendar;
use crate::definition::Definition;
use crate::error::FigureError;
use crate::ratio::{Figure, Printed};
use crate::retention::{Retention, RetentionQuestion, RetentionReport, retention};
use crate::window::Window;

/// The three ratios of a retention report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headline<T> {
    /// Net dollar retention.
    pub ndr: T,
    /// Gross dollar retention.
    pub gdr: T,
    /// Logo retention.
    pub logo_retention: T,
}

/// A difference of printed ratios; none where one of the two does not exist.
pub type Difference = Option<Printed>;

/// A question for what separates two definitions.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonQuestion<'a> {
    /// Over which span.
    pub window: &'a Window,
    /// In which zone and fiscal year.
    pub calendar: &'a Calendar,
    /// Where it starts.
    pub from: &'a Definition,
    /// Where it ends.
    pub to: &'a Definition,
}

/// The answer to a [`ComparisonQuestion`]. Differences are of what reports print, so for each ratio the changes and the
/// interaction add up to the whole, to the last digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The figures by the first definition.
    pub from: Headline<Figure>,
    /// Their currency.
    pub from_currency: Option<Currency>,
    /// The figures by the second definition.
    pub to: Headline<Figure>,
    /// Their currency.
    pub to_currency: Option<Currency>,
    /// Second less first.
    pub whole: Headline<Difference>,
    /// The first definition with one parameter of the second, for each that differs, by key.
    pub changes: Vec<ParameterChange>,
    /// What the changes do only together: the whole less each of them alone.
    pub interaction: Headline<Difference>,
}

/// What one parameter does, all others left as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterChange {
    /// Its key, such as `net.method`.
    pub parameter: &'static str,
    /// Its value in the first definition.
    pub from: Value,
    /// Its value in the second.
    pub to: Value,
    /// The figures with it; none where there are none, and `remark` says why.
    pub figures: Option<Headline<Figure>>,
    /// These less the first definition's. Where there is none, what it does is part of the interaction.
    pub difference: Headline<Difference>,
    /// Why it has no figures, or no effect, of its own.
    pub remark: Option<String>,
}

impl<T> Headline<T> {
    /// The names in reports, in order.
    pub const NAMES: [&'static str; 3] = ["ndr", "gdr", "logo_retention"];

    /// The three, in the order of [`Headline::NAMES`].
    pub const fn each(&self) -> [&T; 3] {
        [&self.ndr, &self.gdr, &self.logo_retention]
    }

    fn with<U, V>(&self, other: &Headline<U>, join: impl Fn(&T, &U) -> V) -> Headline<V> {
        Headline {
            ndr: join(&self.ndr, &other.ndr),
            gdr: join(&self.gdr, &other.gdr),
            logo_retention: join(&self.logo_retention, &other.logo_retention),
        }
    }
}

impl Headline<Figure> {
    fn of(retention: &Retention) -> Self {
        let Retention { ndr, gdr, logo_retention, .. } = retention;
        Self { ndr: ndr.clone(), gdr: gdr.clone(), logo_retention: logo_retention.clone() }
    }

    /// These less others, as printed.
    fn less(&self, other: &Self) -> Headline<Difference> {
        self.with(other, |now, was| Some(&now.as_ref().ok()?.printed() - &was.as_ref().ok()?.printed()))
    }
}

/// Compares two definitions. Fails where one of the two has no figures at all.
pub fn compare(view: &View<'_>, question: &ComparisonQuestion<'_>) -> Result<Comparison, FigureError> {
    let ComparisonQuestion { window, calendar, from, to } = *question;
    let asked = |definition: &Definition| -> Result<RetentionReport, FigureError> {
        retention(view, &RetentionQuestion { window, definition, calendar, by: None })
    };
    let (first, second) = (asked(from)?, asked(to)?);
    let (was, now) = (Headline::of(&first.total), Headline::of(&second.total));
    let change = |parameter: &'static str| {
        let (figures, remark) = match from.with_parameter_of(parameter, to) {
            Ok(changed) => match asked(&changed) {
                Ok(report) => (Some(Headline::of(&report.total)), None),
                Err(error) => (None, Some(error.to_string())),
            },
            // Without effect beside the others of the first definition: its figures, unchanged.
            Err(error) => (Some(was.clone()), Some(error.to_string())),
        };
        let difference = figures.as_ref().map(|figures| figures.less(&was)).unwrap_or_default();
        let (from, to) = (from.parameter(parameter), to.parameter(parameter));
        ParameterChange { parameter, from, to, figures, difference, remark }
    };
    let changes: Vec<_> = from.differing(to).into_iter().map(change).collect();
    let whole = now.less(&was);
    let alone = |rest: Headline<Difference>, change: &ParameterChange| {
        rest.with(&change.difference, |rest, part| match (rest, part) {
            (Some(rest), Some(part)) => Some(rest - part),
            (rest, _) => rest.clone(),
        })
    };
    let interaction = changes.iter().fold(whole.clone(), alone);
    Ok(Comparison {
        from: was,
        from_currency: first.currency,
        to: now,
        to_currency: second.currency,
        whole,
        changes,
        interaction,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Book, definition, utc, window};

    /// One customer that left and came back at less, one that shrank.
    const BOOK: &str = "
        2024-01-01 a 100
        2024-01-01 b 100
        2024-01-01 c 100
        2025-02-01 a 0
        2025-06-01 a 80
        2025-03-01 b 50
        2025-04-01 c 150";

    fn compared(from: &Definition, to: &Definition) -> Comparison {
        let (book, window, calendar) = (Book::of(BOOK), window("2025"), utc());
        compare(&book.view(), &ComparisonQuestion { window: &window, calendar: &calendar, from, to }).expect("figures")
    }

    fn told(difference: &Headline<Difference>) -> [String; 3] {
        difference.each().map(|one| one.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string))
    }

    /// Changes and interaction add up to the whole.
    fn adds_up(comparison: &Comparison) {
        for (at, name) in Headline::<()>::NAMES.iter().enumerate() {
            let Some(whole) = comparison.whole.each()[at] else { continue };
            let parts = comparison.changes.iter().filter_map(|change| change.difference.each()[at].as_ref());
            let interaction = comparison.interaction.each()[at].as_ref().expect("there is a whole");
            let sum = parts.fold(interaction.clone(), |sum, part| &sum + part);
            assert_eq!(&sum, whole, "{name}");
        }
    }

    #[test]
    fn each_parameter_alone_and_what_they_do_together() {
        let (from, to) = (Definition::standard(), definition("net.winback = \"zero\"; net.contraction = \"ignore\""));
        let comparison = compared(&from, &to);
        let changes: Vec<_> = comparison.changes.iter().map(|c| (c.parameter, told(&c.difference))).collect();
        // (80 + 50 + 150) / 300; contraction ignored: a's 20 and b's 50 back; winback zero: a's 80 away.
        let same = || "0".to_owned();
        assert_eq!(
            changes,
            [
                ("net.contraction", ["0.2333333334".to_owned(), same(), same()]),
                ("net.winback", ["-0.2666666666".to_owned(), same(), same()]),
            ]
        );
        assert_eq!(told(&comparison.whole)[0], "-0.1");
        // a's loss is a churn with winback zero, so of the 70 only 50 can be ignored.
        assert_eq!(told(&comparison.interaction)[0], "-0.0666666668");
        adds_up(&comparison);
    }

    #[test]
    fn what_has_no_effect_alone_is_part_of_the_interaction() {
        let to = definition("net.method = \"movements\"; net.reactivation = \"ignore\"");
        let comparison = compared(&Definition::standard(), &to);
        let [method, reactivation] = comparison.changes.as_slice() else { panic!("{comparison:?}") };
        assert_eq!(told(&method.difference)[0], "0");
        assert_eq!(told(&reactivation.difference)[0], "0");
        assert!(reactivation.remark.as_deref().is_some_and(|text| text.contains("no effect")), "{reactivation:?}");
        assert_eq!(told(&comparison.interaction)[0], "-0.2666666666");
        adds_up(&comparison);
    }

    #[test]
    fn a_change_without_figures_is_part_of_the_interaction() {
        let to = definition("net.winback = \"zero\"; currency.report = \"EUR\"");
        let (book, window, calendar) =
            (Book::of(&(BOOK.to_owned() + "\n2023-01-01 rate EUR/USD 2")), window("2025"), utc());
        let from = definition("currency.report = \"CHF\"");
        let question = ComparisonQuestion { window: &window, calendar: &calendar, from: &from, to: &to };
        assert!(matches!(compare(&book.view(), &question), Err(FigureError::NoRate { .. })));
        let comparison =
            compare(&book.view(), &ComparisonQuestion { from: &Definition::standard(), to: &to, ..question });
        let comparison = comparison.expect("figures");
        assert_eq!(comparison.changes.len(), 2);
        assert_eq!(comparison.to_currency.map(|code| code.to_string()).as_deref(), Some("EUR"));
        adds_up(&comparison);
    }

    #[test]
    fn equal_definitions_have_no_changes() {
        let named = Definition::from_toml("name = \"mine\"").expect("a definition");
        let comparison = compared(&Definition::standard(), &named);
        assert_eq!(comparison.changes, []);
        assert_eq!(told(&comparison.whole), told(&comparison.interaction));
        assert_eq!(told(&comparison.whole)[0], "0");
    }
}
