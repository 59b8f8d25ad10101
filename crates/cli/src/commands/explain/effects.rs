//! The customers and records behind the net ratio, by their effects.

use recount_metrics::{ExplainedCustomer, Explanation, RetentionQuestion, explain, retention};
use serde::Serialize;

use super::{Args, TABLE_LIMIT, all};
use crate::commands::mrr::in_currency;
use crate::commands::ndr::WindowJson;
use crate::definition::DefinitionJson;
use crate::error::CommandError;
use crate::output::csv::Records;
use crate::output::moment::local;
use crate::output::money::{self, Money, exact};
use crate::output::{Cell, Column, Page, Report, Style, Table};
use crate::scope::{Envelope, Scope};

/// Explains the net ratio.
pub(super) fn answer(args: &Args, scope: &Scope<'_>, question: &RetentionQuestion<'_>) -> Result<Answer, CommandError> {
    let figure = retention(&scope.view, question)?.total.ndr;
    let explained = explain(&scope.view, question, args.customer.as_deref())?;
    Ok(Answer::new(args, question, figure, explained, scope))
}

/// The answer.
#[derive(Serialize)]
pub struct Answer {
    schema: &'static str,
    window: WindowJson,
    currency: Option<String>,
    definition: DefinitionJson,
    ndr: Option<String>,
    customers: Vec<CustomerJson>,
    #[serde(flatten)]
    envelope: Envelope,
    #[serde(skip)]
    explained: Explanation,
    #[serde(skip)]
    limit: usize,
    #[serde(skip)]
    percent: String,
}

#[derive(Serialize)]
struct CustomerJson {
    customer: String,
    in_cohort: bool,
    opening: String,
    closing: String,
    effect: String,
    movements: Vec<MovementJson>,
}

#[derive(Serialize)]
struct MovementJson {
    position: u64,
    kind: &'static str,
    subscription: String,
    effective_at: String,
    booked_at: String,
    before: String,
    after: String,
}

impl CustomerJson {
    fn new(of: &ExplainedCustomer) -> Self {
        let movement = |one: &recount_metrics::ExplainedMovement| MovementJson {
            position: one.position.0,
            kind: one.claim.name(),
            subscription: one.subscription.clone(),
            effective_at: one.effective_at.to_string(),
            booked_at: one.booked_at.to_string(),
            before: exact(one.before),
            after: exact(one.after),
        };
        Self {
            customer: of.customer.clone(),
            in_cohort: of.in_cohort,
            opening: exact(of.opening),
            closing: exact(of.closing),
            effect: exact(of.effect),
            movements: of.movements.iter().map(movement).collect(),
        }
    }
}

impl Answer {
    fn new(
        args: &Args,
        question: &RetentionQuestion<'_>,
        figure: recount_metrics::Figure,
        explained: Explanation,
        scope: &Scope<'_>,
    ) -> Self {
        let RetentionQuestion { window, definition, .. } = *question;
        let customers = explained.customers.iter().take(all(args.limit.unwrap_or(0))).map(CustomerJson::new);
        let display = definition.parameters.display;
        let percent = match &figure {
            Ok(ratio) => format!("NDR {} %", ratio.percent(display.percent_digits, display.rounding)),
            Err(reason) => format!("NDR is undefined: {reason}"),
        };
        Self {
            schema: "recount.explain/1",
            window: window.into(),
            currency: explained.currency.map(|currency| currency.to_string()),
            definition: DefinitionJson::of(definition, scope),
            ndr: figure.ok().map(|ratio| ratio.to_string()),
            customers: customers.collect(),
            envelope: scope.envelope(&explained.warnings),
            limit: all(args.limit.unwrap_or(TABLE_LIMIT)),
            percent,
            explained,
        }
    }

    fn table(&self, money: &Money) -> Table {
        let figures = ["opening", "closing", "effect", "position"].map(Column::figure);
        let texts = ["customer", "what", "effective", "booked"].map(Column::text);
        let mut table = Table::new(texts.into_iter().chain(figures));
        let zone = self.envelope.zone();
        for of in self.explained.customers.iter().take(self.limit) {
            let style = if of.effect < 0 { Style::Bad } else { Style::Good };
            let what = if of.in_cohort { "" } else { "not in the cohort" };
            table.row([
                Cell::styled(of.customer.as_str(), Style::Strong),
                Cell::styled(what, Style::Dim),
                Cell::default(),
                Cell::default(),
                Cell::styled(money.show(of.opening), Style::Strong),
                Cell::styled(money.show(of.closing), Style::Strong),
                Cell::styled(money.signed(of.effect), style),
                Cell::default(),
            ]);
            for one in &of.movements {
                let own = one.subscription == of.customer;
                let subscription = if own { String::new() } else { format!("  {}", one.subscription) };
                table.row([
                    Cell::styled(subscription, Style::Dim),
                    one.claim.name().into(),
                    local(one.effective_at, zone).into(),
                    local(one.booked_at, zone).into(),
                    money.show(one.before).into(),
                    money.show(one.after).into(),
                    money.signed(one.after - one.before).into(),
                    one.position.to_string().into(),
                ]);
            }
        }
        table
    }
}

impl Report for Answer {
    fn page(&self) -> Page {
        let money = Money::new(self.explained.currency);
        let mut page = Page::new();
        let name = &self.window.name;
        page.heading(format!("{} over {name}, explained{}", self.percent, in_currency(self.explained.currency)));
        page.blank();
        page.table(self.table(&money));
        let hidden = self.explained.customers.len().saturating_sub(self.limit);
        if hidden > 0 {
            page.remark(format!(
                "and {} customers with smaller effects; --limit 0 shows all",
                money::count(hidden as u64)
            ));
        }
        page.blank();
        self.definition.remark(&mut page);
        money.remark().into_iter().for_each(|text| {
            page.remark(text);
        });
        self.envelope.close_page(&mut page);
        page
    }

    fn records(&self) -> Records {
        let mut records = Records::new(["customer", "in_cohort", "opening", "closing", "effect", "movements"]);
        for of in &self.customers {
            let (in_cohort, movements) = (of.in_cohort.to_string(), of.movements.len().to_string());
            records.row([&of.customer, &in_cohort, &of.opening, &of.closing, &of.effect, &movements]);
        }
        records
    }
}
