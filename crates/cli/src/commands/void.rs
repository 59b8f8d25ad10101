//! `recount void`: takes a record back, by its event id.

use recount_ledger::{Body, DEFAULT_SOURCE, Event, EventId, Key, Options, Origin, Void, Writer};
use uuid::Uuid;

use super::append;
use crate::context::{Context, recorded_by};
use crate::error::CommandError;

const EXAMPLES: &str = "\
Examples:
  recount void crm-4711 --reason 'entered twice'
  recount void crm-4711 --source salesforce --reason 'contract was never signed'
  recount void 52e761d2-0b86-5318-81ad-2dbd0bd93452 --reason 'wrong customer'

Nothing is removed: the void is a record of its own, and reports under an earlier cut still show what it takes back.
`recount log` shows event ids.";

/// Flags of `void`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Event id of the record: its key in its source, or the UUID that `log` shows
    pub event_id: String,
    /// Why it is taken back
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The system that the record came from, where EVENT_ID is its key there
    #[arg(long, value_name = "NAME", default_value = DEFAULT_SOURCE)]
    pub source: String,
    /// Refuse the void if it changes the figures of a closed period
    #[arg(long)]
    pub refuse_closed: bool,
}

/// Records the void.
pub fn run(args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let writer = Writer::open(&context.dir, Options::default())?;
    let target = EventId::of_key(&args.source, &args.event_id);
    let event = Event {
        key: Key::Uuid(Uuid::new_v4()),
        origin: Origin { source: args.source.clone(), file: None, row: None },
        recorded_by: recorded_by("void"),
        booked_at: None,
        zone: None,
        body: Body::Void(Void { target, reason: args.reason.clone() }),
    };
    append::record(writer, event, args.refuse_closed, context)
}
