//! What a single event would do to closed periods, asked before it is recorded.

use recount_ledger::{Close, Event, Writer};
use recount_projection::Cut;

use super::{Before, Changes, Touch, with_period};
use crate::context::Context;
use crate::definition::Published;
use crate::error::CommandError;
use crate::load;

/// What recording this event would do. Figures are computed only where there are closed periods that it might reach.
pub fn of_append(writer: &mut Writer, event: &Event, context: &mut Context) -> Result<Changes, CommandError> {
    let registers = load::registers(&context.dir, writer, &mut context.out)?;
    let published = Published::new(&registers.definitions, u64::MAX);
    let mut touch = Touch::default();
    touch.note(event);
    let reached = with_period(&registers.closes).filter(|close| touch.reaches(close, published));
    let reached: Vec<&Close> = reached.collect();
    if reached.is_empty() {
        return Ok(Changes::default());
    }
    // What cannot be recorded at all is told by the append itself.
    let Ok(preview) = writer.preview(vec![event.clone()]) else { return Ok(Changes::default()) };
    if preview.is_empty() {
        return Ok(Changes::default());
    }
    let mut projection = load::projection(&context.dir, writer, &mut context.out)?;
    let before = match projection.view(Cut::NONE) {
        Ok(view) => Before::of(reached.iter().copied(), &registers.definitions, &view),
        Err(circle) => return Ok(Changes::untold(reached, &circle.to_string())),
    };
    if let Err(error) = projection.extend(preview) {
        return Ok(Changes::untold(reached, &error.to_string()));
    }
    Ok(match projection.view(Cut::NONE) {
        Ok(view) => before.changes(&view),
        Err(circle) => Changes::untold(reached, &circle.to_string()),
    })
}
