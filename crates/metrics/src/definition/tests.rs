//! Documents: what is read, what is refused, what is hashed.

use super::*;

const BOARD: &str = r#"
name = "board-ndr"
description = "as printed in the board deck since 2024"
[net]
method = "endpoint"
winback = "zero"
[cohort]
grain = "attribute:parent"
floor = "100"
gap_days = 3
exclude = [{ attribute = "channel", value = "internal" }]
[window]
combine = "chain"
every = "month"
[currency]
report = "USD"
rates = "constant-open"
[display]
percent_digits = 1
rounding = "half-up"
"#;

#[test]
fn the_canonical_form_spells_out_every_parameter() {
    let board = Definition::from_toml(BOARD).expect("a definition");
    assert_eq!((board.name.as_str(), board.version), ("board-ndr", None));
    assert_eq!(
        board.canonical(),
        concat!(
            r#"{"cohort":{"attribute_at":"open","exclude":[{"attribute":"channel","value":"internal"}],"exclude_at":"latest","#,
            r#""floor":"100","gap_days":3,"grain":"attribute:parent"},"currency":{"rates":"constant-open","report":"USD"},"#,
            r#""display":{"percent_digits":1,"rounding":"half-up"},"gross":{"method":"endpoint-min","winback":"count"},"#,
            r#""net":{"contraction":"count","method":"endpoint","reactivation":"count","winback":"zero"},"#,
            r#""window":{"combine":"chain","every":"month","weight":"equal"}}"#
        )
    );
}

#[test]
fn the_hash_is_of_the_parameters_alone() {
    let plain = Definition::from_toml("name = \"mine\"").expect("a definition");
    assert_eq!(plain.hash_hex(), Definition::standard().hash_hex());
    assert_eq!(Definition::preset("standard").expect("a preset").hash(), plain.hash());
    let floor =
        |text: &str| Definition::from_toml(&format!("name = \"f\"\n[cohort]\nfloor = {text}")).expect(text).hash();
    assert_eq!(floor("\"10.00\""), floor("10"));
    assert_ne!(floor("\"10.01\""), floor("10"));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, line, says) in [
        ("", 1, "missing field `name`"),
        (
            "name = \"a\"\n[net]\nmethods = \"endpoint\"",
            3,
            "expected one of `method`, `winback`, `contraction`, `reactivation`",
        ),
        ("name = \"a\"\n[nett]", 2, "`net`, `gross`, `window`, `cohort`, `currency`, `display`"),
        ("name = \"a\"\n[net]\nmethod = \"mean\"", 3, "`endpoint`, `movements`, `all-movements`, `survivors`"),
        ("name = \"a\"\n[cohort]\ngrain = \"attribute:\"", 3, "attribute:NAME"),
        ("name = \"a\"\n[cohort]\nfloor = 0.1", 3, "exact amount"),
        ("name = \"a\"\n[cohort]\nfloor = \"-1\"", 3, "0 or more"),
        ("name = \"a\"\n[cohort]\ngap_days = -1", 3, "u32"),
        ("name = \"a\"\n[cohort]\nexclude = [{ attribute = \"a\", valu = \"b\" }]", 3, "`attribute` or `value`"),
        ("name = \"a\"\n[currency]\nreport = \"usd\"", 3, "ISO 4217"),
        ("name = \"a\"\n[currency]\nrates = \"constant:June\"", 3, "constant:2025-06-30"),
        ("name = \"a\"\n[window]\nevery = \"year\"", 3, "`month` or `quarter`"),
        ("name = \"a\"\n[display]\npercent_digits = 9", 3, "0 to 8"),
        ("name = \"a\"\nname = \"b\"", 2, "duplicate key"),
        ("name = \"a\"\n[net", 2, ""),
    ] {
        match Definition::from_toml(text) {
            Err(DefinitionError::Document { line: at, problem, .. }) => {
                assert_eq!(at, line, "{text}: {problem}");
                assert!(problem.contains(says), "{text}: {problem}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!(Definition::preset("stricter").expect_err("unknown").to_string().contains("vendor-movements"));
}

/// Whether a document of `table.key = value; ...` is refused.
fn refused(settings: &str) -> bool {
    let text = format!("name = \"a\"\n{}", settings.replace("; ", "\n"));
    match Definition::from_toml(&text) {
        Ok(_) => false,
        Err(DefinitionError::NoEffect { .. }) => true,
        Err(other) => panic!("{settings}: {other}"),
    }
}

#[test]
fn a_parameter_without_effect_beside_another_is_refused() {
    let net = |rest: &str| refused(&format!("net.{}", rest.replace("; ", "; net.")));
    for method in ["endpoint", "movements", "all-movements", "survivors"] {
        let with = |rest: &str| net(&format!("method = \"{method}\"; {rest}"));
        let steps = method.ends_with("movements");
        assert_eq!(with("winback = \"zero\""), matches!(method, "all-movements" | "survivors"), "{method}");
        assert_eq!(with("contraction = \"ignore\""), method == "survivors", "{method}");
        assert_eq!(with("reactivation = \"ignore\""), !steps, "{method}");
        assert!(!with("winback = \"count\"; contraction = \"count\"; reactivation = \"count\""), "{method}");
        let floor = format!("net.method = \"{method}\"; cohort.floor = \"1\"");
        assert!(!refused(&floor), "{method}: where the floor does not apply a report warns");
    }
    assert!(net("method = \"movements\"; winback = \"zero\"; reactivation = \"ignore\""));
    for (method, without) in
        [("endpoint-min", false), ("movements", false), ("running-min", true), ("all-movements", true)]
    {
        assert_eq!(refused(&format!("gross.method = \"{method}\"; gross.winback = \"zero\"")), without, "{method}");
    }
    for (combine, mean) in [("whole", false), ("chain", false), ("mean", true), ("mean-trailing", true)] {
        assert_eq!(
            refused(&format!("window.combine = \"{combine}\"; window.weight = \"opening\"")),
            !mean,
            "{combine}"
        );
        let quarters = format!("window.combine = \"{combine}\"; window.every = \"quarter\"");
        assert_eq!(refused(&quarters), combine == "whole", "{combine}");
    }
    assert!(refused("cohort.exclude_at = \"open\""));
    assert!(!refused("cohort.exclude_at = \"open\"; cohort.exclude = [{ attribute = \"a\", value = \"b\" }]"));
}

#[test]
fn presets_are_what_their_names_say() {
    let parameters = |name: &str| Definition::preset(name).expect(name).parameters;
    assert_eq!(parameters("standard"), Parameters::default());
    assert_eq!(parameters("strict").net.winback, Winback::Zero);
    assert_eq!(parameters("strict").gross.winback, Winback::Zero);
    assert_eq!(parameters("churn-only").net.contraction, Count::Ignore);
    assert_eq!(parameters("vendor-movements").net.method, NetMethod::AllMovements);
    assert_eq!(parameters("vendor-movements").gross.method, GrossMethod::AllMovements);
    assert_eq!(parameters("subscription-grain").cohort.grain, Grain::Subscription);
    assert_eq!(parameters("survivors").net.method, NetMethod::Survivors);
    assert_eq!(parameters("chained-monthly").window.combine, Combine::Chain);
    for preset in PRESETS {
        assert_eq!(parameters(preset.name).check(), Ok(()), "{}", preset.name);
    }
}

#[test]
fn overrides_are_remembered() {
    let changed = Definition::standard()
        .with_currency("EUR".parse().expect("a currency"))
        .with_rates("spot".parse().expect("a policy"));
    assert_eq!(changed.overridden, ["currency.report", "currency.rates"]);
    assert_ne!(changed.hash(), Definition::standard().hash());
    assert_eq!("constant:2025-06-30".parse::<Rates>().expect("a policy").to_string(), "constant:2025-06-30");
}
