//! Explanations: the customers behind a figure make exactly the figure, and their records make exactly their change.

use num_bigint::BigInt;
use num_rational::BigRational;
use recount_metrics::{Calendar, RetentionQuestion, Window, explain, retention};
use recount_testkit::{Ask, Combine, Grain, NetMethod, RatesAt, Workload};

use crate::product::{cut_of, projected, read};

const SEEDS: std::ops::Range<u64> = 3_000..3_300;

#[test]
fn effects_sum_to_the_figure() {
    let mut explained = 0;
    for seed in SEEDS {
        let workload = Workload::new(seed);
        let projection = projected(&workload.records);
        for number in 0..6 {
            let question = workload.question(number);
            let Ask::Retention { window, definition: wanted, .. } = &question.ask else { continue };
            let Ok(view) = projection.view(cut_of(&question)) else { continue };
            if wanted.combine != Combine::Whole || wanted.net == NetMethod::Survivors {
                continue;
            }
            let calendar =
                Calendar::new(question.zone).with_fiscal_start(question.fiscal_start as u8).expect("a month");
            let window = Window::parse(window, &calendar).expect("a window");
            let definition = read(wanted);
            let asked = RetentionQuestion { window: &window, definition: &definition, calendar: &calendar, by: None };
            let (Ok(report), Ok(explanation)) = (retention(&view, &asked), explain(&view, &asked, None)) else {
                continue;
            };
            let what = format!("seed {seed}, question {number}: {wanted:?}");
            let effects: i128 = explanation.customers.iter().map(|customer| customer.effect).sum();
            if let Ok(ndr) = &report.total.ndr {
                let opening = BigInt::from(report.total.opening);
                let explained_ratio = BigRational::new(&opening + effects, opening);
                assert_eq!(*ndr.exact(), explained_ratio, "{what}");
                explained += 1;
            }
            let effects = explanation.customers.iter().map(|customer| customer.effect.abs());
            assert!(effects.is_sorted_by(|a, b| a >= b), "{what}: not the largest first");
            let plain = wanted.gap_days == 0 && wanted.rates != RatesAt::Spot && wanted.grain == Grain::Customer;
            for customer in explanation.customers.iter().filter(|_| plain) {
                let change: i128 = customer.movements.iter().map(|movement| movement.after - movement.before).sum();
                assert_eq!(change, customer.closing - customer.opening, "{what}: records of {}", customer.customer);
            }
        }
    }
    assert!(explained > 200, "only {explained} figures were explained");
}
