//! What has no answer is refused by name, and only that: currencies without a rate, unknown attributes, circles, odd windows.

use recount_ledger::Zone;
use recount_metrics::{
    Calendar, Definition, FigureError, MovementsQuestion, RetentionQuestion, RetentionReport, Window, WindowError,
    movements, retention,
};
use recount_projection::Cut;
use recount_testkit::records;

use crate::product::projected;

fn asked(script: &str, definition: &str, by: Option<&str>) -> Result<RetentionReport, FigureError> {
    let projection = projected(&records(script));
    let view = projection.view(Cut::NONE).expect("no circle of merges");
    let calendar = Calendar::new(Zone::UTC);
    let window = Window::parse("2025", &calendar)?;
    let definition = Definition::from_toml(&format!("name = \"asked\"\n{definition}")).expect("a definition");
    retention(&view, &RetentionQuestion { window: &window, definition: &definition, calendar: &calendar, by })
}

const IN_DOLLARS: &str = "currency.report = \"USD\"";

#[test]
fn only_currencies_that_enter_need_a_rate() {
    // A yen customer left before the window, another comes after it opened: neither is in the cohort.
    let script =
        "2024-01-01 a new 100\n2023-01-01 gone new 5000 JPY\n2024-06-01 gone churn\n2025-03-01 late new 7000 JPY";
    let report = asked(script, IN_DOLLARS, None).expect("the cohort is in dollars");
    assert_eq!((report.total.opening, report.total.customers), (10_000_000_000, 1));
    let refused = asked(&format!("{script}\n2024-02-01 stays new 9000 JPY"), IN_DOLLARS, None);
    assert!(matches!(refused, Err(FigureError::NoRate { .. })), "{refused:?}");
    let vendor = format!("{IN_DOLLARS}\nnet.method = \"all-movements\"");
    let refused = asked(script, &vendor, None);
    assert!(matches!(refused, Err(FigureError::NoRate { .. })), "every member's movements: {refused:?}");
}

#[test]
fn several_currencies_need_a_report_currency() {
    let script = "2024-01-01 fx EUR/USD 1.1\n2024-01-02 a new 100\n2024-01-02 b new 100 EUR";
    let refused = asked(script, "", None);
    assert!(matches!(refused, Err(FigureError::SeveralCurrencies(_))), "{refused:?}");
    let report = asked(script, IN_DOLLARS, None).expect("there is a rate");
    assert_eq!(report.total.opening, 21_000_000_000);
    let alone = asked("2024-01-02 b new 100 EUR", "", None).expect("one currency");
    assert_eq!(alone.currency.map(|currency| currency.to_string()).as_deref(), Some("EUR"));
}

#[test]
fn a_rate_counts_from_its_date_and_none_before() {
    let script = "2025-01-01 fx EUR/USD 1.1\n2024-01-02 b new 100 EUR";
    let refused = asked(script, IN_DOLLARS, None);
    assert!(matches!(refused, Err(FigureError::NoRate { .. })), "it begins where the window opens: {refused:?}");
    let spot = format!("{IN_DOLLARS}\ncurrency.rates = \"constant:2025-01-01\"");
    assert_eq!(asked(script, &spot, None).expect("in force at the end of that day").total.opening, 11_000_000_000);
}

#[test]
fn circles_and_unknown_names() {
    let circle = "2024-01-01 a new 1 attr.parent=b\n2024-01-01 b new 1 attr.parent=a";
    let refused = asked(circle, "cohort.grain = \"attribute:parent\"", None);
    assert!(matches!(refused, Err(FigureError::ParentCycle(_))), "{refused:?}");
    assert_eq!(asked(circle, "", None).expect("nobody asks for parents").total.customers, 2);
    let refused = asked("2024-01-01 a new 1", "", Some("region"));
    assert!(matches!(refused, Err(FigureError::UnknownAttribute { .. })), "{refused:?}");
    let merged = projected(&records("2024-01-01 a new 1\n2024-01-01 merge a b\n2024-01-01 merge b a"));
    let ids = merged.view(Cut::NONE).map(|_| ()).map_err(|circle| circle.ids);
    assert_eq!(ids.map_err(|ids| ids.len()), Err(3));
}

#[test]
fn combined_windows_are_whole_parts() {
    let projection = projected(&records("2024-01-01 a new 1"));
    let view = projection.view(Cut::NONE).expect("no circle of merges");
    let calendar = Calendar::new(Zone::UTC);
    let window = Window::parse("2025-01-01..2025-02-14", &calendar).expect("a window");
    let definition = Definition::preset("chained-monthly").expect("a preset");
    let question = RetentionQuestion { window: &window, definition: &definition, calendar: &calendar, by: None };
    let refused = retention(&view, &question);
    assert!(matches!(refused, Err(FigureError::Window(WindowError::NotWhole { .. }))), "{refused:?}");
    let members = "name = \"by\"\n[cohort]\ngrain = \"attribute:channel\"";
    let definition = Definition::from_toml(members).expect("a definition");
    let question =
        MovementsQuestion { window: &window, every: None, definition: &definition, calendar: &calendar, by: Some("x") };
    let refused = movements(&view, &question);
    assert!(matches!(refused, Err(FigureError::GroupedMembers(_))), "{refused:?}");
}
