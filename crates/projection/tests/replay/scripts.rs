//! Short histories: what contradicts, what is worth a look, what cannot be.

use recount_projection::{Boundary, Cut, ExtendError, Projection, View};
use recount_testkit::records as script_records;

fn projection(text: &str) -> Projection {
    let mut projection = Projection::empty();
    projection.extend(script_records(text)).expect("a valid script");
    projection
}

fn findings(text: &str) -> Vec<String> {
    let projection = projection(text);
    let view = projection.view(Cut::NONE).expect("no circle");
    let told = view.findings().into_iter();
    told.map(|it| format!("{} {} {}: {}", it.position, it.code.name(), view.customer_id(it.customer), it.message))
        .collect()
}

fn known_at(text: &str) -> Cut {
    Cut { known_at: Some(Boundary(text.parse().expect("an instant"))), ..Cut::NONE }
}

fn mrr(view: &View<'_>, customer: &str, at: &str) -> i128 {
    let customer = view.customer(customer).expect("is on record");
    view.mrr_at(customer, Boundary(at.parse().expect("an instant"))) / 100_000_000
}

#[test]
fn a_contradiction_names_what_it_was_held_against() {
    let told = findings(
        "2024-01-01 acme new 100
         2024-02-01 acme/seats up 50
         2024-03-01 acme up 80 was=90
         2024-04-01 acme churn
         2024-05-01 acme new 10 EUR",
    );
    assert_eq!(
        told,
        [
            "2 contradiction acme: is called upgrade, but the subscription went from 100 USD to 80 USD and the customer \
             from 150 USD to 130 USD; it states 90 USD before it, but the subscription had 100 USD and the customer 150 USD",
            "4 contradiction acme: is called new_logo, but the subscription went from 0 to 10 EUR and the customer from \
             50 USD to 50 USD + 10 EUR, not for the first time",
        ]
    );
}

#[test]
fn everything_at_one_instant_is_one_change() {
    // The customer moves from one subscription to another: neither record alone is an upgrade, both together are.
    let told = findings(
        "2024-01-01 acme/old new 100
         2024-02-01 acme/old churn
         2024-02-01 acme/new up 120 was=100",
    );
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn what_is_worth_a_look_is_listed() {
    let told = findings(
        "2024-01-01 acme/s new 100
         2024-03-01 acme/s churn
         2024-03-02 acme/s react 100
         2024-06-01 acme/s change 110
         2024-06-01 acme/s change 120
         2024-07-01 zeta/s new 10
         2024-08-01 zeta/s churn
         2024-09-01 zeta/s react 10",
    );
    assert_eq!(
        told,
        [
            "1 zero_spell acme: subscription \"s\" is at 0 from 2024-03-01T00:00:00Z to 2024-03-02T00:00:00Z only and then \
             at 100 USD; if it went on, bridge such gaps with cohort.gap_days",
            "4 position_order acme: movements 3, 4 of subscription \"s\" take effect at 2024-06-01T00:00:00Z and were \
             booked at 2024-06-01T00:00:00Z; only their order in the ledger makes 120 USD the last",
            "5 shared_subscription zeta: subscription \"s\" is active under \"acme\" and, from position 5, under \"zeta\" at \
             once; if they are one customer, merge them",
        ]
    );
}

#[test]
fn a_void_counts_from_its_own_booking_on() {
    let projection = projection(
        "2024-01-01 acme new 100 id=a
         2024-01-01 acme new 70 id=b voids=a booked=2024-05-01
         2024-06-01 void b",
    );
    let at = "2024-12-01T00:00:00Z";
    for (cut, expected) in [
        (known_at("2024-04-01T00:00:00Z"), 100),
        (known_at("2024-05-02T00:00:00Z"), 70),
        // The replacement is gone, and what it replaced stays replaced.
        (Cut::NONE, 0),
        (Cut { known_at: None, size: 1 }, 100),
    ] {
        assert_eq!(mrr(&projection.view(cut).expect("no circle"), "acme", at), expected, "{cut:?}");
    }
}

#[test]
fn circles_of_merges_are_named_and_can_be_cut_away() {
    let mut projection = projection(
        "2024-01-01 a new 1
         2024-02-01 merge a b id=first
         2024-03-01 merge b c
         2024-04-01 merge c a id=last",
    );
    let circle = projection.view(Cut::NONE).expect_err("a circle");
    assert_eq!(circle.ids, ["a", "b", "c", "a"]);
    assert_eq!(circle.to_string(), "customers are merged in a circle: a -> b -> c -> a; void one of these merges");
    let before = known_at("2024-04-01T00:00:00Z");
    assert_eq!(mrr(&projection.view(before).expect("not yet a circle"), "a", "2024-02-01T00:00:00Z"), 1);
    let void = script_records(
        "2024-01-01 x new 1\n2024-01-01 x1 new 1\n2024-01-01 x2 new 1\n2024-01-01 x3 new 1\n2024-05-01 void last",
    );
    projection.extend(void.into_iter().skip(4)).expect("a valid void");
    let view = projection.view(Cut::NONE).expect("the circle is broken");
    assert_eq!(mrr(&view, "b", "2024-06-01T00:00:00Z"), 1);
    assert_eq!(view.customers().count(), 1);
}

#[test]
fn records_out_of_order_and_unknown_targets_change_nothing() {
    let mut projection = projection("2024-01-01 acme new 100");
    let gap = script_records("2024-01-01 acme new 100\n2024-02-01 acme up 120\n2024-03-01 beta new 5");
    let error = projection.extend(gap.into_iter().skip(2)).expect_err("position 1 is missing");
    assert_eq!(error, ExtendError::OutOfOrder { expected: 1, found: 2 });
    let records =
        script_records("2024-01-01 acme new 100\n2024-02-01 beta new 9 attr.size=big\n2024-03-01 void nothing");
    let error = projection.extend(records.into_iter().skip(1)).expect_err("nothing is voided");
    assert!(matches!(error, ExtendError::UnknownTarget { position: 2, .. }), "{error}");
    let view = projection.view(Cut::NONE).expect("no circle");
    assert_eq!((view.projection().size(), view.customer("beta"), view.attribute_names().count()), (1, None, 0));
    assert_eq!(mrr(&view, "acme", "2024-06-01T00:00:00Z"), 100);
}

#[test]
fn a_customer_of_many_subscriptions_keeps_them_apart() {
    let line = |n: usize| format!("2024-01-01 acme/s{n} new 1\n");
    let first: String = (0..100).map(line).collect();
    let all: String =
        first.clone() + &(50..150).map(|n| format!("2024-02-01 acme/s{n} change 2\n")).collect::<String>();
    let mut projection = projection(&first);
    projection.extend(script_records(&all).into_iter().skip(100)).expect("a valid script");
    let view = projection.view(Cut::NONE).expect("no circle");
    let acme = view.customer("acme").expect("is on record");
    assert_eq!(view.subscriptions(acme).count(), 150);
    assert_eq!(mrr(&view, "acme", "2024-03-01T00:00:00Z"), 50 + 200);
}
