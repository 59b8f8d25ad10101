//! Definitions that differ from the deck's in one parameter.

use recount_projection::Projection;

use super::cause::{Cause, CauseKind};
use super::setting::Setting;
use super::variations::Variation;
use crate::calendar::Every;
use crate::definition::{
    Combine, Count, Exclusion, Grain, GrossMethod, NetMethod, Parameters, Weight, Winback, WindowRules,
};
use recount_projection::Cut;

/// Gaps that people bridge, in days.
const GAPS: [u32; 7] = [30, 31, 60, 90, 14, 7, 1];
/// Values of an attribute that are tried as exclusions.
const MOST_VALUES: u32 = 40;

/// Every variation of one parameter that has an effect beside the others.
pub(super) fn all(projection: &Projection, base: &Setting) -> Vec<Variation> {
    let own = &base.definition.parameters;
    let mut found: Vec<(String, Parameters)> = Vec::new();
    let mut put = |text: String, change: &dyn Fn(&mut Parameters)| {
        let mut parameters = own.clone();
        change(&mut parameters);
        if parameters != *own && parameters.check().is_ok() {
            found.push((text, parameters));
        }
    };
    for winback in [Winback::Zero, Winback::Count] {
        put(format!("net.winback = {:?}", winback.name()), &|p| p.net.winback = winback);
        put(format!("gross.winback = {:?}", winback.name()), &|p| p.gross.winback = winback);
    }
    for count in [Count::Ignore, Count::Count] {
        put(format!("net.contraction = {:?}", count.name()), &|p| p.net.contraction = count);
        put(format!("net.reactivation = {:?}", count.name()), &|p| p.net.reactivation = count);
    }
    for method in [NetMethod::Movements, NetMethod::AllMovements, NetMethod::Survivors, NetMethod::Endpoint] {
        put(format!("net.method = {:?}", method.name()), &|p| p.net.method = method);
    }
    for method in [GrossMethod::Movements, GrossMethod::RunningMin, GrossMethod::AllMovements, GrossMethod::EndpointMin]
    {
        put(format!("gross.method = {:?}", method.name()), &|p| p.gross.method = method);
    }
    let parent = Grain::Attribute("parent".to_owned());
    for grain in [Grain::Subscription, Grain::Customer, parent] {
        put(format!("cohort.grain = {:?}", grain.to_string()), &|p| p.cohort.grain = grain.clone());
    }
    for days in GAPS.into_iter().chain([0]) {
        put(format!("cohort.gap_days = {days}"), &|p| p.cohort.gap_days = days);
    }
    for (combine, every, weight) in combinations() {
        let text = format!("window.combine = {:?} by {every}, weight {:?}", combine.name(), weight.name());
        put(text, &|p| p.window = WindowRules { combine, every, weight });
    }
    put("window.combine = \"whole\"".to_owned(), &|p| p.window = WindowRules::default());
    for floor in ["100", "500", "1000", "5000", "10000", "0"] {
        let Ok(floor) = floor.parse() else { continue };
        put(format!("cohort.floor = \"{floor}\""), &|p| p.cohort.floor = floor);
    }
    let of_parameters = found.into_iter().enumerate().map(|(place, (text, parameters))| {
        (Cause::new(CauseKind::Parameter, format!("with {text}")).at(place / 2), with(base, parameters))
    });
    of_parameters.chain(exclusions(projection, base)).collect()
}

fn combinations() -> impl Iterator<Item = (Combine, Every, Weight)> {
    let ways = [
        (Combine::Chain, Weight::Equal),
        (Combine::Mean, Weight::Equal),
        (Combine::Mean, Weight::Opening),
        (Combine::MeanTrailing, Weight::Equal),
        (Combine::MeanTrailing, Weight::Opening),
    ];
    ways.into_iter().flat_map(|(combine, weight)| [Every::Month, Every::Quarter].map(|every| (combine, every, weight)))
}

/// One more exclusion, or none.
fn exclusions(projection: &Projection, base: &Setting) -> Vec<Variation> {
    let own = &base.definition.parameters;
    let mut found = Vec::new();
    if !own.cohort.exclude.is_empty() {
        let mut parameters = own.clone();
        (parameters.cohort.exclude, parameters.cohort.exclude_at) = Default::default();
        let cause = Cause::new(CauseKind::Excluded, "without the definition's exclusions");
        found.push((cause, with(base, parameters)));
    }
    let Ok(view) = projection.view(Cut::NONE) else { return found };
    for attribute in view.attribute_names().filter_map(|name| view.attribute(name)) {
        for value in (0..attribute.value_count().min(MOST_VALUES)).map(recount_projection::ValueIx) {
            let exclusion =
                Exclusion { attribute: attribute.name().to_owned(), value: attribute.text(value).to_owned() };
            if own.cohort.exclude.contains(&exclusion) {
                continue;
            }
            let text = format!("without the customers of {} = {:?}", exclusion.attribute, exclusion.value);
            let mut parameters = own.clone();
            parameters.cohort.exclude.push(exclusion);
            parameters.cohort.exclude.sort();
            found.push((Cause::new(CauseKind::Excluded, text), with(base, parameters)));
        }
    }
    found
}

fn with(base: &Setting, parameters: Parameters) -> Setting {
    let mut setting = base.clone();
    setting.definition.parameters = parameters;
    setting
}
