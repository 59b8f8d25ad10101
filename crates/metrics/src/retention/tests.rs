//! Retention, parameter by parameter, on books small enough to check by hand.

mod currency;

use recount_projection::Cut;

use crate::testing::{Book, definition, money, utc, window};
use crate::{Definition, FigureError, LinesBasis, Retention, RetentionQuestion, Undefined, WarningCode, parse_point};

fn total(book: &str, text: &str, settings: &str) -> Retention {
    Book::of(book).retention(text, &definition(settings)).unwrap_or_else(|error| panic!("{settings}: {error}")).total
}

fn fails(book: &str, text: &str, settings: &str) -> FigureError {
    Book::of(book).retention(text, &definition(settings)).expect_err(settings)
}

fn ratios(r: &Retention) -> [String; 3] {
    [&r.ndr, &r.gdr, &r.logo_retention].map(|figure| match figure {
        Ok(ratio) => ratio.to_string(),
        Err(reason) => reason.to_string(),
    })
}

#[test]
fn an_event_on_a_boundary_belongs_to_the_window_that_opens_there() {
    let book = "2024-01-01 A 100
                2025-01-01 A 0
                2024-01-01 B 100
                2026-01-01 B 0
                2025-01-01 C 50";
    let r = total(book, "2025", "");
    assert_eq!((r.customers, r.customers_closing), (2, 1));
    assert_eq!(money(&[r.opening, r.churn, r.closing]), ["200", "100", "100"]);
}

#[test]
fn an_empty_cohort_is_undefined() {
    let r = total("2025-03-01 A 100", "2025", "");
    assert_eq!((r.ndr.clone(), r.logo_retention), (Err(Undefined::NoOpening), Err(Undefined::NoCustomers)));
    assert_eq!((r.gdr, r.top_ten.share), (Err(Undefined::NoOpening), Err(Undefined::NoOpening)));
    let r = total("2024-03-01 A 100\n2025-03-01 A 0", "2025", "net.method = \"survivors\"");
    assert_eq!(r.ndr, Err(Undefined::NoSurvivors));
    assert_eq!(r.gdr.map(|ratio| ratio.to_string()), Ok("0".to_owned()));
}

#[test]
fn a_gap_is_bridged_also_over_a_boundary() {
    let book = "2024-01-01 A 100
                2024-12-30 A 0
                2025-01-02 A 120
                2025-12-30 A 0
                2026-01-02 A 90";
    assert_eq!(total(book, "2025", "").customers, 0);
    assert_eq!(total(book, "2025", "cohort.gap_days = 2").customers, 0);
    let r = total(book, "2025", "cohort.gap_days = 3");
    assert_eq!((r.customers, ratios(&r)), (1, ["1.2".into(), "1".into(), "1".into()]));
}

#[test]
fn subscriptions_as_members() {
    let book = "2024-01-01 A/one 100
                2024-01-01 A/two 50
                2025-03-01 A/one 0
                2025-03-01 A/two 200";
    let r = total(book, "2025", "");
    assert_eq!((r.customers, r.members, ratios(&r)), (1, 1, ["1.3333333333".into(), "1".into(), "1".into()]));
    let r = total(book, "2025", "cohort.grain = \"subscription\"");
    assert_eq!((r.customers, r.members), (1, 2));
    assert_eq!(ratios(&r), ["1.3333333333", "0.3333333333", "1"]);
    assert_eq!(money(&[r.churn, r.expansion]), ["100", "150"]);
    // Below the floor a subscription is no member, yet it keeps its customer.
    let r = total(book, "2025", "cohort.grain = \"subscription\"; cohort.floor = \"60\"");
    assert_eq!((r.customers, r.members, r.customers_closing), (1, 1, 1));
    assert_eq!(ratios(&r), ["0", "0", "1"]);
    assert_eq!(r.top_ten.share.map(|share| share.to_string()), Ok("1".to_owned()));
}

const FAMILY: &str = "
    2024-01-01 A 100 parent=group
    2024-01-01 B 50 parent=A
    2024-01-01 C 10
    2025-03-01 A 0
    2025-03-01 B 80
    2025-03-01 C 20";

#[test]
fn a_family_is_one_member() {
    let r = total(FAMILY, "2025", "cohort.grain = \"attribute:parent\"");
    assert_eq!((r.customers, r.members, r.customers_closing), (3, 2, 2));
    // Members over members.
    assert_eq!(ratios(&r), ["0.625", "0.5625", "1"]);
    assert_eq!(money(&[r.contraction, r.expansion, r.churn]), ["70", "10", "0"]);
    let plain = total(FAMILY, "2025", "");
    assert_eq!(ratios(&plain), ["0.625", "0.375", "0.6666666667"]);
}

#[test]
fn a_parent_may_be_merged_away_or_name_itself() {
    let book = "2024-01-01 A 100 parent=old
                2024-01-01 B 50 parent=B
                merge old into B";
    assert_eq!(total(book, "2025", "cohort.grain = \"attribute:parent\"").members, 1);
}

#[test]
fn parents_in_a_circle_are_an_error_at_their_time_only() {
    let book = "2024-01-01 A 100 parent=B
                2024-01-01 B 50 parent=C
                2025-06-01 profile C parent=A";
    let grain = "cohort.grain = \"attribute:parent\"";
    assert_eq!(total(book, "2025", grain).members, 1);
    let latest = format!("{grain}; cohort.attribute_at = \"latest\"");
    assert!(matches!(fails(book, "2025", &latest), FigureError::ParentCycle(ids) if ids.len() == 4));
}

#[test]
fn attributes_of_grain_are_read_where_the_definition_says() {
    let book = "2024-01-01 A 100 region=north
                2024-01-01 B 100 region=south
                2025-06-01 profile A region=south
                2027-01-01 profile A region=west
                2024-01-01 C 100 region=west";
    let members = |at: &str| {
        let settings = format!("cohort.grain = \"attribute:region\"; cohort.attribute_at = \"{at}\"");
        total(book, "2025", &settings).members
    };
    assert_eq!([members("open"), members("close"), members("latest")], [3, 2, 2]);
    // A customer without a value stands alone; an attribute that nobody has leaves all alone.
    assert_eq!(total(book, "2025", "cohort.grain = \"attribute:nothing\"").members, 3);
}

#[test]
fn exclusions_are_read_at_the_latest_or_at_the_open() {
    let book = "2024-01-01 A 100 channel=internal
                2024-01-01 B 50
                2025-06-01 profile B channel=internal
                2024-01-01 C 20 channel=ads";
    let internal = "cohort.exclude = [{ attribute = \"channel\", value = \"internal\" }]";
    assert_eq!(money(&[total(book, "2025", internal).opening]), ["20"]);
    let at_open = format!("{internal}; cohort.exclude_at = \"open\"");
    assert_eq!(money(&[total(book, "2025", &at_open).opening]), ["70"]);
    // In a combined window the open is each part's own.
    let chained = format!("{at_open}; window.combine = \"chain\"");
    let r = total(
        "2024-01-01 A 100\n2025-02-10 A 50\n2025-02-01 profile B x=y\n2024-01-01 B 1\n2025-01-15 profile A channel=internal",
        "2025-Q1",
        &chained,
    );
    assert_eq!(r.ndr.map(|ratio| ratio.to_string()), Ok("1".to_owned()));
    let nobody =
        "cohort.exclude = [{ attribute = \"size\", value = \"big\" }, { attribute = \"channel\", value = \"tv\" }]";
    assert_eq!(money(&[total(book, "2025", nobody).opening]), ["170"]);
}

#[test]
fn merged_customers_are_one() {
    let book = "2024-01-01 A 100
                2025-03-01 A 0
                2025-03-01 B 100
                merge A into B";
    let r = total(book, "2025", "");
    assert_eq!((r.customers, ratios(&r)), (1, ["1".into(), "1".into(), "1".into()]));
    assert_eq!(r.top_ten.customers, ["B"]);
}

#[test]
fn parts_have_their_own_cohorts_and_lines_are_of_the_whole() {
    let book = "2024-01-01 A 100
                2025-01-10 A 50
                2025-02-10 B 100
                2025-03-10 B 200";
    let q1 = |settings: &str| total(book, "2025-Q1", settings);
    let chained = q1("window.combine = \"chain\"");
    // January 50/100, February 50/50, March (50+200)/(50+100).
    assert_eq!(ratios(&chained), ["0.8333333333", "0.5", "1"]);
    assert_eq!(money(&[chained.opening, chained.contraction, chained.closing]), ["100", "50", "50"]);
    let mean = q1("window.combine = \"mean\"");
    assert_eq!(ratios(&mean), ["1.0555555556", "0.8333333333", "1"]);
    let weighted = q1("window.combine = \"mean\"; window.weight = \"opening\"");
    assert_eq!(ratios(&weighted), ["1.1666666667", "0.8333333333", "1"]);
    let whole = q1("window.combine = \"mean\"; window.every = \"quarter\"");
    assert_eq!(ratios(&whole), ratios(&q1("")));
}

#[test]
fn an_empty_part_is_named_unless_parts_are_weighed() {
    let book = "2025-01-10 A 100\n2025-03-01 A 80";
    let reason = total(book, "2025-Q1", "window.combine = \"chain\"").ndr.expect_err("undefined").to_string();
    assert_eq!(reason, "part 2025-01: the cohort's opening MRR is 0");
    let weighted = total(book, "2025-Q1", "window.combine = \"mean\"; window.weight = \"opening\"");
    assert_eq!(ratios(&weighted), ["0.9", "0.9", "1"]);
}

#[test]
fn trailing_means_average_twelve_months_ended_with_each_part() {
    let book = "2023-06-01 A 100
                2024-06-15 A 150
                2025-02-10 A 300";
    // The years ended with January, February and March 2025: 150/100, 300/100, 300/100.
    let r = total(book, "2025-Q1", "window.combine = \"mean-trailing\"");
    assert_eq!(ratios(&r), ["2.5", "1", "1"]);
    assert_eq!(money(&[r.opening, r.closing]), ["150", "300"]);
    let early = total(book, "2024-Q1", "window.combine = \"mean-trailing\"").ndr.expect_err("undefined");
    assert_eq!(early.to_string(), "part ttm:2024-01: the cohort's opening MRR is 0");
}

#[test]
fn windows_that_are_not_whole_parts_cannot_be_combined() {
    let error = fails("2024-01-01 A 1", "2025-01-15..2025-03-31", "window.combine = \"chain\"");
    assert!(matches!(error, FigureError::Window(_)), "{error}");
}

/// Twelve customers with MRR at open of 10 (five times) and 1 to 7, and some change.
fn twelve() -> String {
    let opened = (1..=12).map(|n| format!("2024-01-01 c{n:02} {}\n", if n <= 5 { 10 } else { n - 5 }));
    let moved = (1..=12).map(|n| format!("2025-05-01 c{n:02} {}\n", if n % 3 == 0 { 0 } else { n }));
    opened.chain(moved).collect()
}

#[test]
fn the_ten_largest_go_by_size_then_by_id() {
    let r = total(&twelve(), "2025", "");
    assert_eq!(r.top_ten.customers, ["c01", "c02", "c03", "c04", "c05", "c12", "c11", "c10", "c09", "c08"]);
    // 75 of 78; without them 7 of 3.
    assert_eq!(r.top_ten.share.map(|ratio| ratio.to_string()), Ok("0.9615384615".to_owned()));
    assert_eq!(r.top_ten.ndr_without.map(|ratio| ratio.to_string()), Ok("2.3333333333".to_owned()));
    let few = total("2024-01-01 A 1", "2025", "");
    assert_eq!(few.top_ten.ndr_without, Err(Undefined::OnlyTopTen));
}

#[test]
fn ndr_without_the_ten_largest_is_ndr_with_them_excluded() {
    let named = total(&twelve(), "2025", "").top_ten.customers;
    let marked: String = named.iter().map(|id| format!("2024-01-01 profile {id} top=yes\n")).collect();
    let family = "2024-01-01 profile c01 parent=c07\n2024-01-01 profile c06 parent=c12\n";
    let book = twelve() + &marked + family;
    for settings in [
        "",
        "net.winback = \"zero\"",
        "net.method = \"movements\"",
        "net.method = \"all-movements\"",
        "net.method = \"survivors\"",
        "cohort.grain = \"subscription\"",
        "cohort.grain = \"attribute:parent\"",
        "window.combine = \"mean\"; window.weight = \"opening\"",
    ] {
        let without = total(&book, "2025", settings).top_ten.ndr_without;
        let excluded = format!("{settings}; cohort.exclude = [{{ attribute = \"top\", value = \"yes\" }}]");
        assert_eq!(without, total(&book, "2025", &excluded).ndr, "{settings}");
    }
}

const SEGMENTS: &str = "
    2024-01-01 A 100 channel=ads
    2024-01-01 B 100 channel=sales
    2024-01-01 C 40
    2025-02-01 A 50
    2025-02-01 B 180
    2025-03-01 profile A channel=sales
    2025-03-01 D 10 channel=tv";

#[test]
fn segments_reconcile_with_the_total() {
    let book = Book::of(SEGMENTS);
    let report = book.retention_by("2025", &Definition::standard(), Some("channel")).expect("a figure");
    let told: Vec<_> =
        report.groups.iter().map(|(value, r)| (value.as_deref(), r.customers, ratios(r)[0].clone())).collect();
    assert_eq!(told, [(Some("ads"), 1, "0.5".into()), (Some("sales"), 1, "1.8".into()), (None, 1, "1".into())]);
    let sum = |of: fn(&Retention) -> i128| report.groups.iter().map(|(_, r)| of(r)).sum::<i128>();
    assert_eq!(sum(|r| r.opening), report.total.opening);
    assert_eq!(sum(|r| r.closing), report.total.closing);
    let hidden = report.warnings.iter().find(|warning| warning.code == WarningCode::HiddenSegment).expect("a warning");
    assert_eq!((hidden.count, hidden.message.contains("ads")), (1, true));
    let at_close = definition("cohort.attribute_at = \"close\"");
    let report = book.retention_by("2025", &at_close, Some("channel")).expect("a figure");
    assert_eq!(report.groups.iter().map(|(value, _)| value.as_deref()).collect::<Vec<_>>(), [Some("sales"), None]);
    let error = book.retention_by("2025", &at_close, Some("chanel")).expect_err("unknown");
    assert!(error.to_string().contains("those set are channel"), "{error}");
}

#[test]
fn segments_of_combined_windows_are_read_at_each_parts_own_open() {
    let chained = definition("window.combine = \"chain\"");
    let report =
        Book::of(SEGMENTS).retention_by("2025-02-01..2025-04-30", &chained, Some("channel")).expect("a figure");
    let ndr = |name: Option<&str>| {
        let group = report.groups.iter().find(|(value, _)| value.as_deref() == name).expect("a group");
        ratios(&group.1)[0].clone()
    };
    // A leaves `ads` on March 1: at the open of March it is not yet gone, of April it is.
    assert_eq!(ndr(Some("ads")), "part 2025-04: the cohort's opening MRR is 0");
    assert_eq!(ndr(Some("sales")), "1.8");
    assert_eq!(ndr(None), "1");
}

#[test]
fn families_are_split_by_segment() {
    let book = format!("{FAMILY}\n2024-01-01 profile A size=big\n2024-01-01 profile B size=small");
    let by = definition("cohort.grain = \"attribute:parent\"");
    let report = Book::of(&book).retention_by("2025", &by, Some("size")).expect("a figure");
    assert_eq!(report.total.members, 2);
    let told: Vec<_> =
        report.groups.iter().map(|(value, r)| (value.as_deref(), r.members, ratios(r)[0].clone())).collect();
    assert_eq!(told, [(Some("big"), 1, "0".into()), (Some("small"), 1, "1.6".into()), (None, 1, "2".into())]);
}

#[test]
fn a_series_has_a_row_for_each_part_that_closes_inside() {
    let book = Book::of("2023-06-01 A 100\n2024-06-15 A 150\n2025-02-10 A 300");
    let (view, calendar, standard) = (book.view(), utc(), Definition::standard());
    let series = |text: &str, trailing: Option<&str>| {
        let question =
            RetentionQuestion { window: &window(text), definition: &standard, calendar: &calendar, by: None };
        let trailing = trailing.map(|trailing| trailing.parse().expect("a span"));
        let every = "month".parse().expect("a length");
        let rows = crate::retention_series(&view, &question, every, trailing).expect("a series");
        rows.iter().map(|row| (row.window.name.clone(), ratios(&row.total)[0].clone())).collect::<Vec<_>>()
    };
    assert_eq!(
        series("2025-01-15..2025-03-10", None),
        [("2025-01".into(), "1".into()), ("2025-02".into(), "2".into())]
    );
    let yearly = [("ttm:2025-01", "1.5"), ("ttm:2025-02", "3"), ("ttm:2025-03", "3")];
    assert_eq!(series("2025-Q1", Some("12m")), yearly.map(|(name, ndr)| (name.to_owned(), ndr.to_owned())));
}

#[test]
fn lines_say_what_they_are_made_of() {
    let book = Book::of("2024-01-01 A 100");
    for (method, basis) in [
        ("endpoint", LinesBasis::Endpoints),
        ("survivors", LinesBasis::Endpoints),
        ("movements", LinesBasis::CohortMovements),
        ("all-movements", LinesBasis::AllMovements),
    ] {
        let settings = definition(&format!("net.method = \"{method}\""));
        assert_eq!(book.retention("2025", &settings).expect("a figure").lines_basis, basis, "{method}");
    }
}

#[test]
fn closing_of_all_movements_leaves_new_logos_out() {
    let book = "2024-01-01 A 100
                2025-02-01 A 60
                2025-03-01 B 30
                2025-04-01 B 50";
    let r = total(book, "2025", "net.method = \"all-movements\"");
    assert_eq!(money(&[r.opening, r.expansion, r.contraction, r.closing]), ["100", "20", "40", "80"]);
    assert_eq!((r.customers, ratios(&r)[0].as_str()), (1, "0.8"));
}

#[test]
fn warnings_say_what_to_know() {
    let codes = |book: &str, text: &str, settings: &str| -> Vec<(WarningCode, u64)> {
        let report = Book::of(book).retention(text, &definition(settings)).expect("a figure");
        report.warnings.iter().map(|warning| (warning.code, warning.count)).collect()
    };
    use WarningCode::{FewCustomers, ShortHistory, StaleRate, WindowIncomplete, ZoneDiffers};
    assert_eq!(codes("2024-01-01 A 1", "2024-Q2", ""), [(FewCustomers, 1)]);
    assert_eq!(codes("2024-01-01T00:00:00.000001Z A 1", "2024-Q2", ""), [(FewCustomers, 1), (ShortHistory, 181)]);
    assert_eq!(codes("2024-01-01 A 1 @2024-08-01", "2024-Q4", ""), [(FewCustomers, 1), (WindowIncomplete, 1)]);
    let stale =
        "2024-12-24T23:00:00Z rate EUR/USD 2\n2024-12-25 rate GBP/USD 2\n2024-01-01 A EUR 1\n2024-01-01 B GBP 1";
    let report = codes(stale, "2025", "currency.report = \"USD\"");
    assert_eq!(report, [(FewCustomers, 2), (StaleRate, 1)]);
    let zones = "2024-01-01 A 1 %Europe/Berlin\n2024-01-01 B 1 %UTC\n2024-01-01 C 1";
    assert_eq!(codes(zones, "2025", ""), [(FewCustomers, 3), (ZoneDiffers, 1)]);
    let many: String = (0..50).map(|n| format!("2024-01-01 c{n} 1\n")).collect();
    assert_eq!(codes(&many, "2025", ""), []);
}

#[test]
fn a_cut_by_knowledge_says_what_was_recorded_later() {
    let book = Book::of("2024-01-01 A 100 @2024-01-01\n2025-03-01 A 0 @2025-03-01\n2025-02-01 A 50 @2026-02-01");
    let known_at = Some(parse_point("2025-12-31", &utc()).expect("a point"));
    let view = book.view_of(Cut { known_at, ..Cut::NONE });
    let (window, standard, calendar) = (window("2025"), Definition::standard(), utc());
    let question = RetentionQuestion { window: &window, definition: &standard, calendar: &calendar, by: None };
    let report = crate::retention(&view, &question).expect("a figure");
    assert_eq!(money(&[report.total.opening, report.total.closing]), ["100", "0"]);
    let codes: Vec<_> = report.warnings.iter().map(|warning| (warning.code.name(), warning.count)).collect();
    assert_eq!(codes, [("few_customers", 1), ("unsealed_knowledge", 2), ("window_incomplete", 1)]);
}

#[test]
fn rates_of_change_are_complements() {
    let r = total("2024-01-01 A 100\n2024-01-01 B 100\n2025-03-01 A 0\n2025-03-01 B 150", "2025", "");
    let shown = [r.customer_churn_rate(), r.revenue_churn_rate(), r.net_revenue_churn_rate()];
    assert_eq!(shown.map(|figure| figure.expect("defined").to_string()), ["0.5", "0.5", "0.25"]);
}
