//! Everything but columns as one section: lists, names of attributes, currencies, zones.

use recount_ledger::{Close, Currency, Definition, Import, Instant, Position, Rate};

use super::wire::{Decoder, Encoder};
use crate::fact::{FxQuote, Listed};
use crate::lists::{FxMark, Lists, MergeMark, Rowless, VoidMark};
use crate::projection::{Projection, Summary};
use crate::strings::{Interner, Strings};

pub(super) fn encode(projection: &Projection) -> Vec<u8> {
    let mut out = Encoder::default();
    out.list(&projection.currencies, |out, currency| out.text(currency.code()));
    out.list(&projection.zones.strings().iter().collect::<Vec<_>>(), |out, zone| out.text(zone));
    out.list(&projection.attributes, |out, attribute| out.text(&attribute.name));
    out.list(&projection.rows.wide, |out, units| out.i128(*units));
    out.option(projection.summary.newest_booking, Encoder::i64);
    let lists = &projection.lists;
    out.list(&lists.voids, |out, void| {
        out.u32(void.target);
        out.u32(void.position);
        out.i64(void.booked);
    });
    out.list(&lists.merges, |out, merge| {
        out.u32(merge.customer);
        out.u32(merge.into);
        out.u32(merge.position);
        out.i64(merge.booked);
    });
    out.list(&lists.rates, rate);
    out.list(&lists.rowless, |out, record| {
        out.u32(record.position);
        out.i64(record.booked);
    });
    out.list(&lists.recorded, |out, (position, at)| {
        out.u32(*position);
        out.i64(*at);
    });
    out.list(&lists.closes, |out, close| listed(out, close, close_body));
    out.list(&lists.definitions, |out, definition| listed(out, definition, definition_body));
    out.list(&lists.imports, |out, import| listed(out, import, import_body));
    out.0
}

fn rate(out: &mut Encoder, mark: &FxMark) {
    out.u64(mark.quote.position.0);
    out.i64(mark.quote.effective_at.micros());
    out.i64(mark.quote.booked_at.micros());
    out.text(mark.quote.base.code());
    out.text(mark.quote.quote.code());
    out.i128(mark.quote.rate.units());
    out.u32(u32::from(mark.zone));
}

fn listed<T>(out: &mut Encoder, record: &Listed<T>, body: impl Fn(&mut Encoder, &T)) {
    out.u64(record.position.0);
    out.i64(record.recorded_at.micros());
    out.i64(record.booked_at.micros());
    out.text(&record.recorded_by);
    out.text(&record.source);
    body(out, &record.body);
}

fn optional(out: &mut Encoder, text: Option<&String>) {
    out.option(text, |out, text| out.text(text));
}

fn close_body(out: &mut Encoder, close: &Close) {
    out.text(&close.name);
    out.bytes(&close.root);
    out.text(&close.definition);
    out.u32(close.version);
    out.bytes(&close.definition_hash);
    out.text(&close.zone);
    out.u8(close.fiscal_start);
    for text in [&close.period, &close.figures, &close.note, &close.approved_by] {
        optional(out, text.as_ref());
    }
    out.text(&close.prepared_by);
}

fn definition_body(out: &mut Encoder, definition: &Definition) {
    out.text(&definition.name);
    out.u32(definition.version);
    out.text(&definition.document);
    out.bytes(&definition.hash);
}

fn import_body(out: &mut Encoder, import: &Import) {
    out.text(&import.file);
    out.u64(import.bytes);
    out.bytes(&import.sha256);
    out.text(&import.format);
    out.text(&import.rules);
    for count in [import.read, import.recorded, import.duplicates, import.rejected] {
        out.u64(count);
    }
    out.option(import.positions, |out, (first, last)| {
        out.u64(first);
        out.u64(last);
    });
}

/// Fills in what [`encode`] wrote; `None` where the bytes are not that.
pub(super) fn decode(bytes: &[u8], projection: &mut Projection) -> Option<()> {
    let mut input = Decoder(bytes);
    projection.currencies = input.list(currency)?;
    projection.zones = Interner::of(strings(&input.list(Decoder::text)?)?);
    let names = input.list(Decoder::text)?;
    projection.attributes = names.into_iter().map(crate::rows::AttributeColumn::named).collect();
    projection.rows.wide = input.list(Decoder::i128)?;
    projection.summary = Summary { newest_booking: input.option(Decoder::i64)?, contradictions: Vec::new() };
    projection.lists = Lists {
        voids: input.list(|it| Some(VoidMark { target: it.u32()?, position: it.u32()?, booked: it.i64()? }))?,
        merges: input.list(|it| {
            Some(MergeMark { customer: it.u32()?, into: it.u32()?, position: it.u32()?, booked: it.i64()? })
        })?,
        rates: input.list(rate_back)?,
        rowless: input.list(|it| Some(Rowless { position: it.u32()?, booked: it.i64()? }))?,
        recorded: input.list(|it| Some((it.u32()?, it.i64()?)))?,
        closes: input.list(|it| listed_back(it, close_back))?,
        definitions: input.list(|it| listed_back(it, definition_back))?,
        imports: input.list(|it| listed_back(it, import_back))?,
    };
    input.0.is_empty().then_some(())
}

fn strings(texts: &[String]) -> Option<Strings> {
    let mut strings = Strings::default();
    texts.iter().try_for_each(|text| strings.push(text).map(|_| ()))?;
    Some(strings)
}

fn currency(input: &mut Decoder<'_>) -> Option<Currency> {
    input.text()?.parse().ok()
}

fn moment(input: &mut Decoder<'_>) -> Option<Instant> {
    Instant::from_micros(input.i64()?).ok()
}

fn rate_back(input: &mut Decoder<'_>) -> Option<FxMark> {
    let quote = FxQuote {
        position: Position(input.u64()?),
        effective_at: moment(input)?,
        booked_at: moment(input)?,
        base: currency(input)?,
        quote: currency(input)?,
        rate: Rate::from_units(input.i128()?).ok()?,
    };
    Some(FxMark { quote, zone: u16::try_from(input.u32()?).ok()? })
}

fn listed_back<T>(input: &mut Decoder<'_>, body: impl Fn(&mut Decoder<'_>) -> Option<T>) -> Option<Listed<T>> {
    Some(Listed {
        position: Position(input.u64()?),
        recorded_at: moment(input)?,
        booked_at: moment(input)?,
        recorded_by: input.text()?,
        source: input.text()?,
        body: body(input)?,
    })
}

fn hash(input: &mut Decoder<'_>) -> Option<[u8; 32]> {
    input.bytes()?.try_into().ok()
}

fn close_back(input: &mut Decoder<'_>) -> Option<Close> {
    let (name, root, definition) = (input.text()?, hash(input)?, input.text()?);
    let (version, definition_hash, zone, fiscal_start) = (input.u32()?, hash(input)?, input.text()?, input.u8()?);
    let mut optional = || input.option(Decoder::text);
    let (period, figures, note, approved_by) = (optional()?, optional()?, optional()?, optional()?);
    Some(Close {
        name,
        root,
        definition,
        version,
        definition_hash,
        zone,
        fiscal_start,
        period,
        figures,
        note,
        prepared_by: input.text()?,
        approved_by,
    })
}

fn definition_back(input: &mut Decoder<'_>) -> Option<Definition> {
    Some(Definition { name: input.text()?, version: input.u32()?, document: input.text()?, hash: hash(input)? })
}

fn import_back(input: &mut Decoder<'_>) -> Option<Import> {
    Some(Import {
        file: input.text()?,
        bytes: input.u64()?,
        sha256: hash(input)?,
        format: input.text()?,
        rules: input.text()?,
        read: input.u64()?,
        recorded: input.u64()?,
        duplicates: input.u64()?,
        rejected: input.u64()?,
        positions: input.option(|it| Some((it.u64()?, it.u64()?)))?,
    })
}
