//! The one-time charges on record, which figures never count and decks sometimes do.

use std::collections::HashMap;

use recount_ledger::{Body, EventId, ReadError};
use recount_metrics::Charge;

use crate::context::Context;
use crate::error::CommandError;
use crate::load::Book;

/// Every one-time charge, with the void that takes it back. They are in the records alone, which are read only where
/// there are any; beside another process's writer they cannot be read, which is told.
pub fn read(book: &Book, context: &mut Context) -> Result<Vec<Charge>, CommandError> {
    if book.projection.one_time_count() == 0 {
        return Ok(Vec::new());
    }
    match all(book) {
        Ok(charges) => Ok(charges),
        Err(ReadError::InUse(in_use)) => {
            context.out.note(&format!("{in_use}; one-time charges are not tried as an explanation"))?;
            Ok(Vec::new())
        }
        Err(error) => Err(error.into()),
    }
}

fn all(book: &Book) -> Result<Vec<Charge>, ReadError> {
    let mut charges: HashMap<EventId, Charge> = HashMap::new();
    for chunk in book.reader.read(0..book.projection.size())?.read_ahead() {
        for record in chunk?.records() {
            let (position, booked_at) = (record.position, record.booked_at());
            if let Body::OneTime(charge) = &record.event.body {
                let charge = Charge {
                    position,
                    booked_at,
                    voided: None,
                    customer: charge.customer.to_owned(),
                    effective_at: charge.effective_at.at,
                    units: charge.amount.units(),
                    currency: charge.currency.currency,
                };
                charges.insert(record.event.id(), charge);
            } else if let Some(charge) = record.event.voids().and_then(|target| charges.get_mut(&target)) {
                charge.voided = Some((position, booked_at));
            }
        }
    }
    let mut charges: Vec<_> = charges.into_values().collect();
    charges.sort_by_key(|charge| charge.position);
    Ok(charges)
}
