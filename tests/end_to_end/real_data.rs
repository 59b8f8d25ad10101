//! Real data, where there is some: `RECOUNT_REAL_DATA` names a folder with files of public projects.
//!
//! `maksim-events-mit/subscription_events.csv` is the event file of maksimchudakov/saas-subscription-analytics (MIT).

use std::path::PathBuf;

use crate::binary::{Cli, text};

/// Window, NDR, GDR, as worked out from the file by an independent script.
const FIGURES: [(&str, &str, &str, &str, &str); 3] = [
    ("2024-01-01..2024-12-31", "77412", "65805", "0.8500620059", "0.7365137188"),
    ("2024-07-01..2025-06-30", "116318", "104944", "0.902216338", "0.7427397307"),
    ("2023-07-01..2024-06-30", "45371", "37614", "0.8290317604", "0.6970091027"),
];

#[test]
fn a_file_of_another_project_as_it_is() {
    let Some(folder) = std::env::var_os("RECOUNT_REAL_DATA").map(PathBuf::from) else {
        eprintln!("SKIPPED: no real data; set RECOUNT_REAL_DATA to a folder that holds maksim-events-mit/");
        return;
    };
    let events = folder.join("maksim-events-mit/subscription_events.csv");
    let file = events.to_str().expect("a path in UTF-8");
    let maps = ["--map", "event_type=kind", "--map", "event_date=effective_at", "--map", "mrr_amount=mrr"];
    let kinds = ["--map-kind", "signup=new_logo", "--currency", "USD"];
    let cli = Cli::importing(&[&[file, "--format", "csv"], &maps[..], &kinds[..]].concat());
    for (window, opening, closing, ndr, gdr) in FIGURES {
        let answer = cli.json(&["ndr", "--window", window]);
        let got = ["opening", "closing", "ndr", "gdr"].map(|key| text(&answer[key]));
        assert_eq!(got, [opening, closing, ndr, gdr], "{window}");
    }
    let again = cli.json(&[&["import", file, "--format", "csv"], &maps[..], &kinds[..]].concat());
    assert_eq!((text(&again["recorded"]), text(&again["duplicates"])), ("0".to_owned(), "2419".to_owned()));
}
