//! The column of subscription ids, which most systems derive from their customer's: `cus_0042` has `sub_0042_00`.
//!
//! A shape is what stands before and after the tail of the customer's id. Where most rows have one of a few shapes, a
//! row costs a fraction of a byte.

use rustc_hash::FxHashMap;

use super::arena::{ArenaBuilder, Span};
use super::blocks::{BlockReader, BlockWriter};
use super::ints;
use super::texts::{self, Texts};
use crate::codec::error::DecodeError;
use crate::validate::TEXT_BYTES_MAX;

const LITERAL: u8 = 0;
const SHAPED: u8 = 1;
const SHAPES_MAX: usize = 255;

/// What makes a subscription's id from the customer's.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Shape<'a> {
    prefix: &'a str,
    suffix: &'a str,
    /// Where the tail of the customer's id begins.
    skip: usize,
}

impl<'a> Shape<'a> {
    fn of(subscription: &'a str, customer: &str, like: Option<Self>) -> Option<Self> {
        let digits = customer.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        if let Some(like) = like {
            // Nearly all rows of a source are made alike; searching is several times slower.
            let tail = customer.get(like.skip..).filter(|tail| !tail.is_empty());
            let rest = subscription.strip_prefix(like.prefix);
            if let Some(suffix) = rest.zip(tail).and_then(|(rest, tail)| rest.strip_prefix(tail)) {
                return Some(Shape { suffix, ..like });
            }
        }
        [0, digits].into_iter().find_map(|skip| {
            let tail = customer.get(skip..).filter(|tail| !tail.is_empty())?;
            let (prefix, suffix) = subscription.split_once(tail)?;
            Some(Shape { prefix, suffix, skip })
        })
    }
}

/// Writes the subscriptions of the rows that have one, beside the customers of the same rows.
pub(super) fn write(subscriptions: &[&str], customers: &[&str], out: &mut BlockWriter) {
    if subscriptions.is_empty() {
        return;
    }
    let mut numbers: FxHashMap<Shape<'_>, i64> = FxHashMap::default();
    let (mut shapes, mut literals, mut last) = (Vec::new(), Vec::new(), None);
    let mut indexes = Vec::with_capacity(subscriptions.len());
    for (subscription, customer) in subscriptions.iter().zip(customers) {
        let shape = Shape::of(subscription, customer, last);
        let known = shape.and_then(|shape| numbers.get(&shape).copied());
        let index = match (shape, known) {
            (_, Some(index)) => index,
            (Some(shape), None) if shapes.len() < SHAPES_MAX => {
                shapes.push(shape);
                numbers.insert(shape, shapes.len() as i64);
                shapes.len() as i64
            }
            _ => {
                literals.push(*subscription);
                0
            }
        };
        last = shape.or(last);
        indexes.push(index);
    }
    // Shapes that hardly any row shares are a clumsy dictionary.
    if literals.len() * 4 > subscriptions.len() || shapes.len() * 8 > subscriptions.len() + 8 {
        out.put(u64::from(LITERAL));
        return texts::write(subscriptions, out);
    }
    out.put(u64::from(SHAPED));
    out.put(shapes.len() as u64);
    texts::write(&shapes.iter().map(|shape| shape.prefix).collect::<Vec<_>>(), out);
    texts::write(&shapes.iter().map(|shape| shape.suffix).collect::<Vec<_>>(), out);
    ints::write_narrow(&shapes.iter().map(|shape| shape.skip as i64).collect::<Vec<_>>(), out);
    ints::write_narrow(&indexes, out);
    texts::write(&literals, out);
}

/// Reads the subscriptions of rows with these customers.
pub(super) fn read(
    customers: &[Span],
    arena: &mut ArenaBuilder,
    from: &mut BlockReader<'_>,
) -> Result<Texts, DecodeError> {
    let count = customers.len();
    if count == 0 {
        return Ok(Texts::Each(Vec::new()));
    }
    match from.numbers.byte()? {
        LITERAL => return texts::read(count, arena, from),
        SHAPED => {}
        _ => return Err(from.numbers.malformed("a subscription column has an unknown form")),
    }
    let shapes = from.numbers.length(SHAPES_MAX)?;
    let (prefixes, suffixes) = (texts::read(shapes, arena, from)?, texts::read(shapes, arena, from)?);
    let skips = ints::read_small(shapes, TEXT_BYTES_MAX, from)?;
    let indexes = ints::read_small(count, shapes, from)?;
    let literal_rows = indexes.iter(count).filter(|index| *index == 0).count();
    let literals = texts::read(literal_rows, arena, from)?;
    let (mut literal, mut spans) = (0, Vec::with_capacity(count));
    for (customer, index) in customers.iter().zip(indexes.iter(count)) {
        let Some(shape) = index.checked_sub(1) else {
            spans.push(literals.at(literal));
            literal += 1;
            continue;
        };
        let skip = skips.at(shape) as u32;
        let Some(tail) = customer.len.checked_sub(skip) else {
            return Err(from.numbers.malformed("a subscription skips more than its customer's id has"));
        };
        let (prefix, suffix) = (prefixes.at(shape), suffixes.at(shape));
        let tail = Span { start: customer.start + skip, len: tail };
        if prefix.len + suffix.len == 0 {
            spans.push(tail);
            continue;
        }
        let start = arena.begin();
        [prefix, tail, suffix].into_iter().for_each(|part| arena.repeat(part));
        spans.push(arena.end(start)?);
    }
    Ok(Texts::Each(spans))
}
