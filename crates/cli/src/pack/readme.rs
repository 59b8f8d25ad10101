//! `README.txt`: for the auditor.

use recount_ledger::checkpoint::NotedCheckpoint;

use super::about::Reach;

/// The page of a pack.
pub fn text(reach: Reach, noted: &NotedCheckpoint, records: u64) -> String {
    let head = &noted.checkpoint;
    let (size, root, origin) = (head.size, &head.root, &head.origin);
    let holds = match reach {
        Reach::Whole => format!("all {records} records of the ledger, from the first to the last"),
        Reach::Customers => format!("{records} of the {size} records of the ledger: those that bear on the figure"),
    };
    let (complete, missing) = match reach {
        Reach::Whole => ("\nThat no record is missing: the root was computed from all of them.", WHOLE),
        Reach::Customers => ("", CUSTOMERS),
    };
    let signers: Vec<String> = noted.note.iter().flat_map(|note| note.signatures()).map(|it| it.name.clone()).collect();
    let signed = if signers.is_empty() {
        UNSIGNED.to_owned()
    } else {
        format!("checkpoint.txt carries the signature of {}. {SIGNED}", signers.join(", "))
    };
    format!(
        "EVIDENCE FOR A RETENTION FIGURE\n\n{INTRODUCTION}\n\nThe ledger: {origin}, {size} records, root {root}\n\n\
         WHAT IS IN IT\n\n{ENTRIES}\n\nThis pack holds {holds}.\n\nHOW TO CHECK IT\n\n{CHECK}\n\n\
         WHAT IT SHOWS\n\n{SHOWS}{complete}\n\nWHAT IT DOES NOT SHOW\n\n{missing}\n\n{signed}\n\n{LIMITS}\n"
    )
}

const INTRODUCTION: &str = "\
Somebody published a net dollar retention figure and gave you this pack. With it you can compute the figure
yourself, from the records it rests on, and check that those records are the ones a ledger was holding.";

const ENTRIES: &str = "\
report.json       the report: the figures, the window, the zone, the cut of knowledge, the ledger's head
definition.json   what NDR means here: every parameter with its value, and the hash over them
definition.toml   the same as a document
schedule.csv      per customer its MRR at open, every movement inside the window, its MRR at close
records.jsonl     the records: the bytes that were hashed, and what they say
checkpoint.txt    how many records the ledger had, and the Merkle root over them
pack.json         what kind of pack this is, and the SHA-256 of every other entry";

const CHECK: &str = "\
\x20   recount verify PACK.zip --key VERIFIER-KEY

on any machine, without the ledger and without a network. It hashes every record, follows it to the root in the
checkpoint, computes figures and schedule anew from the records, and compares them with what is printed here.
Exit code 0: all of it agrees. 1: a figure, the schedule or the definition is not what the records come to.
4: a record, a path, a signature or an entry is not what was signed. 3: the file is no pack.
Get the verifier key from whoever signs by another way than this pack. Without --key nothing says whose ledger
this is. The format is described in docs/format.md of Recount, and tests/evidence/check_pack.py there checks a
pack in plain Python.";

const SHOWS: &str = "\
That every record here is, bit for bit, at its position among the records that the checkpoint counts.
That these records come to the printed figures, by the definition and under the cut that are printed.";

const CUSTOMERS: &str = "\
That no record is missing. The issuer chose the records: all those of the customers that had a movement before
the window opens (before it closes, where the definition looks at everybody), with what merges them or takes their
records back, and all exchange rates where there are several currencies. A customer that was left out leaves no
trace in this pack; its absence rests on the issuer's word. To remove that doubt ask for a pack made with --whole,
which holds every record, so that the root itself proves that none is missing.
The numbers of contradictions and warnings in the report: they concern the whole ledger.";

const WHOLE: &str = "\
That the company keeps no other ledger beside this one. The warnings in the report, which are not computed again.";

const SIGNED: &str = "\
The signature says that its owner
held a ledger with exactly these records; compare the verifier key with the one you were given.";

const UNSIGNED: &str = "\
The checkpoint is NOT SIGNED: nobody vouches for its root, and a pack like this can be made of records that never
were. Compare the root above with one that was noted elsewhere, or ask for a pack made with --sign.";

const LIMITS: &str = "\
That what the records say is true. They say what the company's systems told the ledger, and when; contracts,
invoices and bank statements are where that is checked. The time in recorded_at is the issuer's clock.";
